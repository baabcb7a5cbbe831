"""What of an order is still sold: its items, tax and total, refunds taken off.

The plugin sends a partly refunded order as if nothing had come back. Bizuno knows no
negative quantities, so what was returned is taken off the lines themselves; money that
was given back without naming an item becomes a line of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..common.money import CENT, ZERO
from .order import Fee, Line, Order, Taken

REFUND, NOTHING_LEFT = "Refund", "All items were returned"
_ONE = Decimal(1)


@dataclass(frozen=True)
class Sold:
    """One line of the payload; ``charge`` marks one that is no article.

    ``base`` divided by ``of`` is the price of one before discounts.
    """

    name: str
    total: Decimal
    sku: str = ""
    quantity: Decimal = _ONE
    base: Decimal = ZERO
    of: Decimal = _ONE
    tax: Decimal = ZERO
    charge: bool = False


@dataclass(frozen=True)
class Settled:
    """An order after its refunds."""

    items: tuple[Sold, ...]
    shipping: Decimal
    tax: Decimal
    shipping_tax: Decimal
    total: Decimal


def settle(order: Order) -> Settled:
    """The order as it stands today."""
    refunds = order.refunds
    shipping = sum((one.shipping for one in refunds), ZERO)
    tax = sum((one.tax for one in refunds), ZERO)
    shipping_tax = sum((one.shipping_tax for one in refunds), ZERO)
    amount = sum((one.amount for one in refunds), ZERO)
    taken = _taken(order)
    items = [*_lines(order.lines, taken), *_fees(order.fees, taken)]
    named = sum((one.total for one in taken.values()), ZERO)
    rest = amount - named - shipping - tax - shipping_tax
    if abs(rest) >= CENT:
        items.append(Sold(REFUND, -rest, base=-rest, charge=True))
    if refunds and not items:
        items.append(Sold(NOTHING_LEFT, ZERO, charge=True))
    return Settled(
        tuple(items),
        order.shipping_total - shipping,
        order.tax - tax,
        order.shipping_tax - shipping_tax,
        order.total - amount,
    )


def _taken(order: Order) -> Mapping[int, Taken]:
    """All that was taken off each item."""
    sums: dict[int, Taken] = defaultdict(Taken)
    for refund in order.refunds:
        for item, one in refund.taken.items():
            so_far = sums[item]
            sums[item] = Taken(
                so_far.quantity + one.quantity,
                so_far.total + one.total,
                so_far.tax + one.tax,
            )
    return sums


def _lines(lines: tuple[Line, ...], taken: Mapping[int, Taken]) -> Iterator[Sold]:
    for line in lines:
        gone = taken.get(line.item, Taken())
        quantity, total = line.quantity - gone.quantity, line.total - gone.total
        tax = line.subtotal_tax - gone.tax
        # WooCommerce never shows a subtotal below the total
        base = max(line.subtotal, line.total)
        if quantity > 0:
            of = line.quantity
            yield Sold(line.name, total, line.sku, quantity, base, of, tax)
        elif not gone.quantity or abs(total) >= CENT:
            # money without goods: Bizuno takes no line of none
            yield Sold(line.name, total, base=base, tax=tax, charge=True)


def _fees(fees: tuple[Fee, ...], taken: Mapping[int, Taken]) -> Iterator[Sold]:
    for fee in fees:
        gone = taken.get(fee.item)
        total = fee.total - (gone.total if gone else ZERO)
        if gone is None or abs(total) >= CENT:
            tax = fee.tax - (gone.tax if gone else ZERO)
            yield Sold(fee.name, total, base=total, tax=tax, charge=True)
