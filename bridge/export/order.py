"""A WooCommerce order as one value, whichever storage it was read from."""

from __future__ import annotations

from collections.abc import Mapping
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

    @property
    def has_place(self) -> bool:
        """True when a parcel could be sent there, as WooCommerce decides it."""
        return bool(self.address_1 or self.address_2)


@dataclass(frozen=True)
class Line:
    """Something sold; ``subtotal`` is before and ``total`` after discount, net of tax.

    ``name`` and ``sku`` are the product's of today; a product that is gone has no SKU
    and the name that it was sold under. ``item`` is the row's own ID.
    """

    name: str
    sku: str
    quantity: Decimal
    subtotal: Decimal
    subtotal_tax: Decimal
    total: Decimal
    item: int = 0


@dataclass(frozen=True)
class Fee:
    """An amount that is added, or taken off when negative."""

    name: str
    total: Decimal
    tax: Decimal
    item: int = 0


@dataclass(frozen=True)
class Taken:
    """What one refund took off one item; positive."""

    quantity: Decimal = ZERO
    total: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(frozen=True)
class Refund:
    """Money given back; every amount positive.

    ``taken`` is by item of the order. ``shipping``, ``tax`` and ``shipping_tax`` are
    parts of ``amount``, which may be more than all its parts.
    """

    amount: Decimal
    taken: Mapping[int, Taken] = field(default_factory=dict)
    shipping: Decimal = ZERO
    tax: Decimal = ZERO
    shipping_tax: Decimal = ZERO


@dataclass(frozen=True)
class Order:
    """An order; ``status`` is without ``wc-``, times are aware UTC.

    ``tax`` and ``shipping_tax`` are the sums over every tax line. Amounts are before
    refunds; see ``settled``.
    """

    id: int
    status: str
    created: datetime | None
    updated: datetime | None = None
    currency: str = ""
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
    tax: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    refunds: tuple[Refund, ...] = ()
    exported: bool = False
