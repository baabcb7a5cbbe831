"""What ``orderAdd`` carries: one order of the store, checked and typed.

``read_order`` turns a parsed body (form or JSON) into an ``Order`` or names every
problem at once, each with its path (``Item[3].Quantity``). Names are matched without
regard to letter case, unknown ones are ignored (DECISIONS 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from ..errors import FieldProblem, Unprocessable
from ..money import plain
from .typed import Day, Group, Number, Text, problems_of

PURCHASE_ORDER_LENGTH = 24
"""Characters of ``journal_main.purch_order_id``; the key of exactly-once is not cut."""
LARGEST_QUANTITY = Decimal(2**24)
"""Bizuno keeps quantities in single precision: above this, whole numbers get lost."""


@dataclass(frozen=True)
class Address:
    """A billing or shipping address; what was not sent is an empty text."""

    primary_name: str = ""
    contact: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    telephone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Payment:
    """How the customer paid at the cart."""

    method: str = ""
    title: str = ""
    status: str = ""
    transaction_id: str = ""


@dataclass(frozen=True)
class Line:
    """One line of an order; ``total`` is after discount, without tax.

    ``fee`` marks a charge that is no article (``Type`` = ``fee``): it has no SKU by
    nature and does not count against stock.
    """

    sku: str
    description: str
    quantity: Decimal
    total: Decimal
    unit_price: Decimal | None = None
    fee: bool = False


@dataclass(frozen=True)
class Order:
    """One order as the store sent it; amounts in ``currency`` (empty: the default)."""

    purchase_order: str
    date: date
    total: Decimal
    billing: Address
    lines: tuple[Line, ...]
    tax: Decimal = Decimal(0)
    freight: Decimal = Decimal(0)
    carrier: str = ""
    notes: str = ""
    currency: str = ""
    shipping: Address = field(default_factory=Address)
    payment: Payment = field(default_factory=Payment)

    def content(self) -> dict[str, Any]:
        """The order as plain values, equal for equal orders however they were sent."""
        return {
            **_plain(vars(self)),
            "billing": _plain(vars(self.billing)),
            "shipping": _plain(vars(self.shipping)),
            "payment": _plain(vars(self.payment)),
            "lines": [_plain(vars(line)) for line in self.lines],
        }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: plain(value) if isinstance(value, Decimal) else str(value)
        for name, value in values.items()
        if isinstance(value, (str, Decimal, bool, date))
    }


class _General(Group):
    PurchaseOrderID = Text(needed="the order's number in the store")
    OrderDate = Day(needed="the day of the order as YYYY-MM-DD")
    OrderTotal = Number(needed="the total the customer pays")
    SalesTaxAmount = Number()
    ShippingTotal = Number()
    ShippingCarrier = Text()
    OrderNotes = Text()
    Currency = Text()


class _Address(Group):
    PrimaryName = Text()
    Contact = Text()
    Address1 = Text()
    Address2 = Text()
    City = Text()
    State = Text()
    PostalCode = Text()
    Country = Text()
    Telephone = Text()
    Email = Text()


class _Billing(_Address):
    PrimaryName = Text(needed="the customer's name")


class _Payment(Group):
    Method = Text()
    Title = Text()
    Status = Text()
    TransactionID = Text()


class _Line(Group):
    ItemID = Text()
    Description = Text()
    Quantity = Number(needed="how many were ordered", above=0, most=LARGEST_QUANTITY)
    TotalPrice = Number(needed="the price of the whole line")
    UnitPrice = Number()
    Type = Text()


_GROUPS: dict[str, Group] = {
    "General": _General(),
    "Billing": _Billing(),
    "Shipping": _Address(),
    "Payment": _Payment(),
}
_NEEDED = {"General": "the head of the order", "Billing": "the customer's address"}
_LINE = _Line()


def read_order(payload: Mapping[str, Any]) -> Order:
    """The order of a request body; raises Unprocessable with every problem found."""
    sent = {name.casefold(): value for name, value in payload.items()}
    sent.update({name: payload[name] for name in payload if name in (*_GROUPS, "Item")})
    problems: list[FieldProblem] = []
    groups = {name: _group(name, sent, problems) for name in _GROUPS}
    lines = _lines(sent.get("Item", sent.get("item")), problems)
    general = groups["General"]
    number = general.get("PurchaseOrderID", "")
    if len(number) > PURCHASE_ORDER_LENGTH:
        place = "General.PurchaseOrderID"
        text = (
            f"{place} has {len(number)} characters and Bizuno keeps "
            f"{PURCHASE_ORDER_LENGTH}; shorten the order prefix of the store."
        )
        problems.append(FieldProblem(place, text, "too_long"))
    if problems:
        raise Unprocessable.of(problems)
    return Order(
        purchase_order=number,
        date=general["OrderDate"],
        total=general["OrderTotal"],
        billing=_address(groups["Billing"]),
        lines=lines,
        tax=general.get("SalesTaxAmount") or Decimal(0),
        freight=general.get("ShippingTotal") or Decimal(0),
        carrier=general.get("ShippingCarrier", ""),
        notes=general.get("OrderNotes", ""),
        currency=general.get("Currency", "").upper(),
        shipping=_address(groups["Shipping"]),
        payment=Payment(
            groups["Payment"].get("Method", ""),
            groups["Payment"].get("Title", ""),
            groups["Payment"].get("Status", ""),
            groups["Payment"].get("TransactionID", ""),
        ),
    )


def _group(
    name: str, sent: Mapping[str, Any], problems: list[FieldProblem]
) -> dict[str, Any]:
    value = sent.get(name, sent.get(name.casefold()))
    if value in (None, "", [], {}):
        if name in _NEEDED:
            text = f"{name} is missing; send {_NEEDED[name]}."
            problems.append(FieldProblem(name, text, "required"))
        return {}
    return _load(_GROUPS[name], name, value, problems)


def _lines(value: Any, problems: list[FieldProblem]) -> tuple[Line, ...]:
    """The lines of a list, or of the object a form with gaps in its numbers becomes."""
    members: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    lines = tuple(
        _line(_load(_LINE, f"Item[{at}]", member, problems)) for at, member in members
    )
    if not lines:
        text = "There are no items in this order; send at least one Item."
        problems.append(FieldProblem("Item", text, "required"))
    return lines


def _load(
    schema: Group, path: str, value: Any, problems: list[FieldProblem]
) -> dict[str, Any]:
    try:
        return schema.read(value)
    except ValidationError as exc:
        problems.extend(problems_of(exc, path))
        valid = exc.valid_data
        return valid if isinstance(valid, dict) else {}


def _line(values: dict[str, Any]) -> Line:
    return Line(
        sku=values.get("ItemID", ""),
        description=values.get("Description", ""),
        quantity=values.get("Quantity") or Decimal(0),
        total=values.get("TotalPrice") or Decimal(0),
        unit_price=values.get("UnitPrice"),
        fee=values.get("Type", "").casefold() == "fee",
    )


def _address(values: dict[str, Any]) -> Address:
    return Address(
        primary_name=values.get("PrimaryName", ""),
        contact=values.get("Contact", ""),
        address1=values.get("Address1", ""),
        address2=values.get("Address2", ""),
        city=values.get("City", ""),
        state=values.get("State", ""),
        postal_code=values.get("PostalCode", ""),
        country=values.get("Country", ""),
        telephone=values.get("Telephone", ""),
        email=values.get("Email", ""),
    )
