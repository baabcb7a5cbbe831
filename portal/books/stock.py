"""Stock as entries change it: open orders, layers used up, what is owed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import bindparam, delete, func, insert, select

from bridge.common.batch import Batch, Figure, Writer
from bridge.common.money import ZERO

from .adjust import add, take
from .tables import (
    inventory,
    inventory_history,
    journal_cogs_owed,
    journal_cogs_usage,
)

_i, _h = inventory.c, inventory_history.c
_FREE = _i.qty_stock - _i.qty_so - _i.qty_alloc
_USE, _OWE = insert(journal_cogs_usage), insert(journal_cogs_owed)
_USED = (
    select(
        journal_cogs_usage.c.inventory_history_id,
        func.sum(journal_cogs_usage.c.qty).label("qty"),
    )
    .where(journal_cogs_usage.c.journal_main_id == bindparam("entry"))
    .group_by(journal_cogs_usage.c.inventory_history_id)
)
_FORGET = [
    delete(made).where(made.c.journal_main_id == bindparam("entry"))
    for made in (journal_cogs_usage, journal_cogs_owed)
]


def add_ordered(writer: Writer, quantities: Mapping[int, Decimal]) -> None:
    """Raise the open orders of items, by ID; lower them with negative quantities."""
    add(writer, inventory, "qty_so", quantities, stamp="last_journal_date")


def add_stock(writer: Writer, quantities: Mapping[int, Decimal]) -> None:
    """Raise the stock of items, by ID; lower it with negative quantities."""
    add(writer, inventory, "qty_stock", quantities, stamp="last_journal_date")


def sell_stock(batch: Batch, quantities: Mapping[int, Decimal]) -> None:
    """Lower the stock of items that nobody else waits for.

    Sending raises Overtaken where there is less than that.
    """
    sold = {item: -quantity for item, quantity in quantities.items()}
    stamp = "last_journal_date"
    take(batch, inventory, "qty_stock", sold, there=_FREE, stamp=stamp)


def use_layers(
    batch: Batch,
    entry: int | Figure,
    usage: Iterable[tuple[int, Decimal]],
    *,
    locked: bool,
) -> None:
    """Take from layers of stock what an entry uses, and record it.

    Where they are not ``locked``, sending raises Overtaken if they have less than that.
    """
    taken: dict[int, Decimal] = {}
    rows = []
    for layer, quantity in usage:
        taken[layer] = taken.get(layer, ZERO) - quantity
        rows.append(
            {
                "journal_main_id": entry,
                "inventory_history_id": layer,
                "qty": quantity,
            }
        )
    if not rows:
        return
    batch.execute(_USE, rows)
    if locked:
        add(batch, inventory_history, "remaining", taken)
    else:
        take(batch, inventory_history, "remaining", taken, there=_h.remaining)


def owe(
    writer: Writer,
    entry: int | Figure,
    owed: Iterable[tuple[str, Decimal]],
    day: object,
    store: int,
) -> None:
    """Record what an entry sold and no layer covered."""
    rows = [
        {
            "journal_main_id": entry,
            "sku": sku,
            "qty": quantity,
            "post_date": day,
            "store_id": store,
        }
        for sku, quantity in owed
    ]
    if rows:
        writer.execute(_OWE, rows)


def give_back(batch: Batch, entry: int) -> None:
    """Put back into the layers what an entry used, and forget what it owed."""
    used = batch.ask(_USED, {"entry": entry}, list)
    layers = {row.inventory_history_id: Decimal(str(row.qty)) for row in used()}
    add(batch, inventory_history, "remaining", layers)
    for forget in _FORGET:
        batch.execute(forget, {"entry": entry})
