"""A WooCommerce order as one value, whichever storage it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ..common.money import ZERO


@dataclass(frozen=True)
class Address:
    """A billing or shipping address; a field that is not there is empty."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Line:
    """Something sold; ``subtotal`` is before and ``total`` after discount, net of tax.

    ``name`` and ``sku`` are the product's of today; a product that is gone has no SKU
    and the name that it was sold under.
    """

    name: str
    sku: str
    quantity: Decimal
    subtotal: Decimal
    subtotal_tax: Decimal
    total: Decimal


@dataclass(frozen=True)
class Fee:
    """An amount that is added, or taken off when negative."""

    name: str
    total: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Order:
    """An order; ``status`` is without ``wc-``, ``created`` aware UTC.

    ``taxes`` holds one amount per tax line, the tax on shipping included.
    """

    id: int
    status: str
    created: datetime | None
    total: Decimal = ZERO
    shipping_total: Decimal = ZERO
    customer_id: int = 0
    customer_note: str = ""
    payment_method: str = ""
    payment_title: str = ""
    transaction_id: str = ""
    billing: Address = field(default_factory=Address)
    shipping: Address = field(default_factory=Address)
    shipping_methods: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    fees: tuple[Fee, ...] = ()
    taxes: tuple[Decimal, ...] = ()
    exported: bool = False
