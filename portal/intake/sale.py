"""An order as a sale: texts that fit, amounts in cents, the difference explicit.

Pure: which journal it goes to, and what stock says, is decided later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bridge.common.contract.order import Address, Line, Order
from bridge.common.envelope import Messages
from bridge.common.errors import FieldProblem, Unprocessable
from bridge.common.money import ZERO, plain, to_cents

from ..books.tables import journal_item, journal_main
from . import mapping
from .rules import Rules

_NOTES_LENGTH = 16383
"""Characters that always fit into the 65,535 bytes of a TEXT column."""
_PRICE_STEP = Decimal("0.000001")
_NOT_AUTHORIZED = (
    "The order has been authorized but the Authorization Code is not present, the "
    "payment for this order must be completed in Bizuno AND at the merchant website."
)
_ALREADY_PAID = (
    "The order has been paid at the cart, the payment for this order must be "
    "completed manually in Bizuno."
)


@dataclass(frozen=True)
class Party:
    """A name and address as Bizuno keeps it, under the names of its columns."""

    primary_name: str
    contact: str
    address1: str
    address2: str
    city: str
    state: str
    postal_code: str
    country: str
    telephone1: str
    email: str


@dataclass(frozen=True)
class SaleLine:
    """One line in the default currency; ``amount`` in cents, after discount."""

    place: str
    sku: str
    description: str
    quantity: Decimal
    amount: Decimal
    full_price: Decimal
    fee: bool = False


@dataclass(frozen=True)
class Sale:
    """What is to be booked; amounts in the default currency, in cents.

    ``lines + freight + tax + difference`` is ``total``.
    """

    purchase_order: str
    post_date: date
    billing: Party
    shipping: Party
    lines: tuple[SaleLine, ...]
    freight: Decimal
    tax: Decimal
    difference: Decimal
    total: Decimal
    currency: str
    rate: Decimal
    notes: str
    payment: str
    transaction: str


def billing_of(order: Order, messages: Messages) -> Party:
    """Who pays, as Bizuno keeps it; needed before the rest, to find the customer."""
    return _party("Billing", order.billing, "b", messages)


def plan_sale(order: Order, billing: Party, rules: Rules, messages: Messages) -> Sale:
    """The sale an order becomes; what had to be changed is said in ``messages``.

    Raises Unprocessable where the difference is above ``max_difference``.
    """
    currency = rules.currency(order.currency)
    difference = _difference(order, rules, messages)
    lines = [
        _line(at, line, currency.rate, messages) for at, line in enumerate(order.lines)
    ]
    freight, tax, total = (
        to_cents(amount / currency.rate)
        for amount in (order.freight, order.tax, order.total)
    )
    rest = total - sum(line.amount for line in lines) - freight - tax
    if not difference and rest:
        # cents lost in converting every part by itself: no difference of the store's
        at = max(range(len(lines)), key=lambda n: abs(lines[n].amount))
        lines[at] = replace(lines[at], amount=lines[at].amount + rest)
        rest = ZERO
    if rest:
        messages.caution(
            f"The parts of the order add up to {plain(order.total - difference)}, its "
            f"total is {plain(order.total)}; {plain(difference)} was booked as "
            '"Not itemised by the store". Please check it.',
            code="difference",
        )
    return Sale(
        purchase_order=order.purchase_order,
        post_date=order.date,
        billing=billing,
        shipping=_party("Shipping", order.shipping, "s", messages),
        lines=tuple(lines),
        freight=freight,
        tax=tax,
        difference=rest,
        total=total,
        currency=currency.code,
        rate=currency.rate,
        notes=fit(order.notes, _NOTES_LENGTH, "General.OrderNotes", messages),
        payment=_payment(order, messages),
        transaction=fit(
            order.payment.transaction_id,
            length(journal_item.c.trans_code),
            "Payment.TransactionID",
            messages,
        ),
    )


def _difference(order: Order, rules: Rules, messages: Messages) -> Decimal:
    """What the total has beyond its parts, in the order's currency (DECISIONS 40)."""
    parts = sum((to_cents(line.total) for line in order.lines), start=ZERO)
    parts += to_cents(order.freight) + to_cents(order.tax)
    difference = to_cents(order.total) - parts
    limit = rules.config.max_difference
    if limit is not None and abs(difference) > limit:
        place = "General.OrderTotal"
        text = (
            f"{place} {plain(order.total)} differs by {plain(difference)} from the sum "
            f"of lines, shipping and tax, {plain(parts)}; send what is missing as a "
            "line, or raise max_difference."
        )
        raise Unprocessable.of([FieldProblem(place, text, "difference")])
    return difference


def _line(at: int, line: Line, rate: Decimal, messages: Messages) -> SaleLine:
    place = f"Item[{at}]"
    limit = length(journal_item.c.description)
    unit_price = (line.unit_price or ZERO) / rate
    return SaleLine(
        place=place,
        sku=line.sku,
        description=fit(line.description, limit, f"{place}.Description", messages),
        quantity=line.quantity,
        amount=to_cents(to_cents(line.total) / rate),
        full_price=unit_price.quantize(_PRICE_STEP),
        fee=line.fee,
    )


def _party(group: str, address: Address, suffix: str, messages: Messages) -> Party:
    """An address cut to what Bizuno keeps, each cut with a warning (DECISIONS 43)."""

    def cut(text: str, column: str, field: str) -> str:
        limit = length(journal_main.c[f"{column}_{suffix}"])
        return fit(text, limit, f"{group}.{field}", messages)

    country = mapping.country_code(address.country, f"{group}.Country", messages)
    return Party(
        primary_name=cut(address.primary_name, "primary_name", "PrimaryName"),
        contact=cut(address.contact, "contact", "Contact"),
        address1=cut(address.address1, "address1", "Address1"),
        address2=cut(address.address2, "address2", "Address2"),
        city=cut(address.city, "city", "City"),
        state=cut(address.state, "state", "State"),
        postal_code=cut(address.postal_code, "postal_code", "PostalCode"),
        country=country,
        telephone1=cut(address.telephone, "telephone1", "Telephone"),
        email=cut(address.email, "email", "Email"),
    )


def _payment(order: Order, messages: Messages) -> str:
    """How it was paid, as Bizuno appends it to the description of the total."""
    paid = order.payment
    status = mapping.payment_status(paid.status)
    if status == mapping.CAPTURED:
        messages.warning(_ALREADY_PAID)
    elif not paid.transaction_id:
        messages.warning(_NOT_AUTHORIZED)
    method = mapping.payment_method(paid.method)
    return f";method:{method};title:{mapping.as_command(paid.title)};status:{status}"


def length(column: object) -> int:
    """How many characters a column takes."""
    limit = getattr(getattr(column, "type", None), "length", None)
    assert isinstance(limit, int)
    return limit


def fit(text: str, limit: int, field: str, messages: Messages) -> str:
    """``text``, cut to ``limit`` characters with a warning where it is longer."""
    if len(text) <= limit:
        return text
    messages.warning(
        f"{field} has {len(text)} characters; Bizuno keeps {limit}, the rest was cut.",
        field=field,
        code="cut",
    )
    return text[:limit]
