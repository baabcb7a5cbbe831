"""What the sample shop and the sample books agree on: a small bicycle shop.

Pure data, most of it in ``sample.json``. Both samples are made from it, so that the
two sides know the same SKUs, prices, stock and orders, except where ``side``,
``shop_price`` or ``shop_stock`` says that one of them lags behind: that is what a
refresh or a sync of the demo has to find.
All credentials here are sample credentials and are good for nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal as D
from importlib import resources
from typing import Any

SHOP_NAME = "Ridgeline Cycles"
SHOP_HOST = "shop.ridgeline.example"
SHOP_URL = f"https://{SHOP_HOST}"
CURRENCY, COUNTRY, STATE = "USD", "US", "TX"
WEIGHT_UNIT, SIZE_UNIT = "lbs", "in"
ORDER_PREFIX = "WC"
STORE_EMAIL = "manager@ridgeline.example"
STORE_LOGIN = "manager"
STORE_PASSWORD = "Ridge-line!7"
API_TOKEN = "sample-token-ridgeline-1"
TAX_RATE = D("8.25")  # percent; sales tax within the home state, shipping included


@dataclass(frozen=True)
class Option:
    """A choice of a master item; ``codes`` build the children's SKUs."""

    name: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Child:
    """A variation: ``codes`` holds one code of each option, in order.

    ``price`` None is the master's price; ``sale`` None is no sale.
    """

    codes: tuple[str, ...]
    stock: int
    price: D | None = None
    sale: D | None = None
    weight: D | None = None


@dataclass(frozen=True)
class SampleItem:
    """One item; weight in pounds, sizes (length, width, height) in inches.

    ``kind`` is Bizuno's inventory type: si stock, ms master (with ``children``),
    sv service, ns non-stock, sa assembly. ``tiers`` are (from quantity, unit price),
    the level of one piece first. ``path`` is the category, outermost level first.
    ``inactive`` is Bizuno's flag: a draft in the shop. ``side`` is "both", "books"
    (not uploaded yet), "shop" (left over there) or "trash" (both, but the shopkeeper
    threw it away). ``shop_price`` and ``shop_stock``, where given, are what the shop
    still has from before the last change in the books.
    """

    sku: str
    name: str
    kind: str
    price: D
    cost: D
    stock: int
    weight: D
    path: tuple[str, ...]
    text: str
    sale: D | None = None
    size: tuple[D, D, D] | None = None
    tiers: tuple[tuple[int, D], ...] = ()
    tags: tuple[str, ...] = ()
    upc: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    children: tuple[Child, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()
    accessories: tuple[str, ...] = ()
    inactive: bool = False
    side: str = "both"
    shop_price: D | None = None
    shop_stock: int | None = None

    def child_sku(self, child: Child) -> str:
        """Master SKU, hyphen, one code of each option, as Bizuno builds it."""
        return f"{self.sku}-{''.join(child.codes)}"

    def chosen(self, child: Child) -> dict[str, str]:
        """Option name to the label this child stands for."""
        return {
            option.name: option.labels[option.codes.index(code)]
            for option, code in zip(self.options, child.codes, strict=True)
        }


@dataclass(frozen=True)
class SampleCustomer:
    """A customer; ``user`` is the shop's login name, empty for a guest."""

    first: str
    last: str
    email: str
    street: str
    city: str
    state: str
    postcode: str
    phone: str
    country: str = "US"
    company: str = ""
    user: str = ""


@dataclass(frozen=True)
class SampleOrder:
    """An order of the shop; ``when`` is UTC, ``status`` is WooCommerce's, unprefixed.

    ``lines`` are (SKU, quantity, unit price). In the books the order's reference is
    ``ORDER_PREFIX`` + ``number``; ``booked`` says whether they have it already.
    """

    number: int
    when: str
    status: str
    customer: SampleCustomer
    lines: tuple[tuple[str, int, D], ...]
    shipping_method: str
    shipping_title: str
    shipping: D
    payment: str
    payment_title: str
    transaction: str = ""
    note: str = ""
    booked: bool = False

    @property
    def subtotal(self) -> D:
        """The lines without shipping and tax."""
        return sum((quantity * price for _, quantity, price in self.lines), D(0))

    @property
    def taxed(self) -> bool:
        """Sales tax is due in the home state only."""
        return (self.customer.country, self.customer.state) == (COUNTRY, STATE)

    def tax_on(self, amount: D) -> D:
        """The tax on an amount, to the cent."""
        rate = TAX_RATE if self.taxed else D(0)
        return (amount * rate / 100).quantize(D("0.01"), "ROUND_HALF_UP")

    @property
    def tax(self) -> D:
        """Tax of lines and shipping, each line rounded by itself."""
        amounts = [quantity * price for _, quantity, price in self.lines]
        return sum((self.tax_on(a) for a in (*amounts, self.shipping)), D(0))

    @property
    def total(self) -> D:
        """What the customer pays."""
        return self.subtotal + self.shipping + self.tax


ATTRIBUTE_TITLES = (
    "Material",
    "Gears",
    "Travel",
    "Speeds",
    "Teeth",
    "Output",
    "Pressure",
)


def attribute_index(title: str) -> str:
    """Bizuno's short code of an attribute: ``a1`` is the first title."""
    return f"a{ATTRIBUTE_TITLES.index(title) + 1}"


_AMOUNTS = {"price", "cost", "sale", "weight", "shop_price", "shipping"}


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Amounts as Decimal, lists as tuples."""
    out = {}
    for name, value in given.items():
        if name in _AMOUNTS:
            value = D(value)
        elif isinstance(value, list):
            value = tuple(tuple(v) if isinstance(v, list) else v for v in value)
        out[name] = value
    return out


def _item(given: dict[str, Any]) -> SampleItem:
    fields = _plain(given)
    for name, kind in (("options", Option), ("children", Child)):
        fields[name] = tuple(kind(**_plain(g)) for g in given.get(name, ()))
    fields["tiers"] = tuple((q, D(price)) for q, price in given.get("tiers", ()))
    if "size" in given:
        fields["size"] = tuple(D(inches) for inches in given["size"])
    return SampleItem(**fields)


def _order(given: dict[str, Any]) -> SampleOrder:
    fields = _plain(given)
    fields["customer"] = next(c for c in CUSTOMERS if c.email == given["customer"])
    fields["lines"] = tuple((sku, n, D(price)) for sku, n, price in given["lines"])
    return SampleOrder(**fields)


_data = json.loads(
    resources.files(__package__).joinpath("sample.json").read_text("utf-8")
)
ITEMS = tuple(_item(given) for given in _data["items"])
CUSTOMERS = tuple(SampleCustomer(**given) for given in _data["customers"])
ANNA, DEREK, MARISOL, CLUB, JONAS = CUSTOMERS
ORDERS = tuple(_order(given) for given in _data["orders"])
