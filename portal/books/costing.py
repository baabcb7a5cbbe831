"""What sold goods cost: layers of stock used up first in first out, or otherwise.

Pure: layers and lines in, the use of each layer and the entries for the ledger out.
The rules are those of Bizuno's own sales invoice, journal 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bridge.common.money import ZERO, to_cents

FIFO, LIFO, AVERAGE = "f", "l", "a"


@dataclass(frozen=True)
class Layer:
    """Stock that came in together: a row of ``inventory_history``."""

    id: int
    store_id: int
    remaining: Decimal
    unit_cost: Decimal
    average_cost: Decimal
    post_date: str


@dataclass(frozen=True)
class Take:
    """How much of which item a line takes, and what it costs where stock is missing.

    ``layers`` are all of the item that may be used; ``accounts`` are stock and cost.
    """

    sku: str
    item: int
    quantity: Decimal
    method: str
    item_cost: Decimal
    accounts: tuple[str, str]


@dataclass(frozen=True)
class Cost:
    """The cost of an entry.

    ``usage``: layer and quantity, a row per line and layer. ``owed``: SKU and quantity
    that no layer covered. ``ledger``: credit and debit in cents by account, in order.
    """

    usage: tuple[tuple[int, Decimal], ...] = ()
    owed: tuple[tuple[str, Decimal], ...] = ()
    ledger: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)


def cost_of(
    takes: Iterable[Take], layers: Mapping[int, Iterable[Layer]], day: date, store: int
) -> Cost:
    """The cost of these lines; ``layers`` by item ID, oldest first.

    What the layers do not cover is owed, and costs what the item costs now. ``day`` and
    ``store`` are those of the entry and count for average cost only.
    """
    usage: list[tuple[int, Decimal]] = []
    owed: list[tuple[str, Decimal]] = []
    sums: dict[tuple[str, str], Decimal] = {}
    left = {layer.id: layer.remaining for of in layers.values() for layer in of}
    for take in takes:
        stock = [layer for layer in layers.get(take.item, ()) if left[layer.id] > ZERO]
        if take.method == LIFO:
            stock.reverse()
        average = None
        if take.method == AVERAGE:
            average = average_cost(stock, left, take.quantity, day, store)
        missing, cost = take.quantity, ZERO
        for layer in stock:
            if missing <= ZERO:
                break
            used = min(missing, left[layer.id])
            usage.append((layer.id, used))
            cost += used * (layer.unit_cost if average is None else average)
            left[layer.id] -= used
            missing -= used
        if missing > ZERO:
            owed.append((take.sku, missing))
            cost += missing * take.item_cost
        sums[take.accounts] = sums.get(take.accounts, ZERO) + cost
    return Cost(tuple(usage), tuple(owed), _ledger(sums))


def average_cost(
    stock: Iterable[Layer],
    left: Mapping[int, Decimal],
    quantity: Decimal,
    day: date,
    store: int,
) -> Decimal:
    """The average cost that holds on ``day``: that of the last receipt before it.

    Bizuno walks the layers of the store until the quantity is covered and stops at the
    first receipt after the day of the sale.
    """
    cost, before, covered = ZERO, ZERO, False
    own = [layer for layer in stock if layer.store_id == store]
    if own:
        cost = own[0].average_cost
    for layer in own:
        quantity -= left[layer.id]
        covered = covered or quantity <= ZERO
        if covered and layer.post_date[:10] > str(day):
            return layer.average_cost if before > ZERO else cost
        cost, before = layer.average_cost, quantity
    return cost


def _ledger(
    sums: Mapping[tuple[str, str], Decimal],
) -> dict[str, tuple[Decimal, Decimal]]:
    """Credit and debit per account; rounded per pair of accounts, so they balance."""
    out: dict[str, tuple[Decimal, Decimal]] = {}
    for (stock, cost), total in sums.items():
        amount = to_cents(total)
        if amount:
            _add(out, stock, amount)
            _add(out, cost, -amount)
    return out


def _add(
    ledger: dict[str, tuple[Decimal, Decimal]], account: str, amount: Decimal
) -> None:
    """Credit an account, debit it where the amount is negative."""
    credit, debit = ledger.get(account, (ZERO, ZERO))
    if amount > ZERO:
        ledger[account] = (credit + amount, debit)
    else:
        ledger[account] = (credit, debit - amount)
