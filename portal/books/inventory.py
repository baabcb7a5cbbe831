"""Items and their stock: read at once, all of an order together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, func, select

from bridge.common.batch import Batch
from bridge.common.database import fold
from bridge.common.money import ZERO
from bridge.common.prepared import Rows

from .costing import Layer
from .tables import inventory, inventory_history, journal_cogs_owed

TRACKED = frozenset({"ma", "mi", "ms", "sa", "si", "sr"})
"""Types of items whose stock and cost Bizuno keeps."""
NON_STOCK = "ns"
_i, _h, _o = inventory.c, inventory_history.c, journal_cogs_owed.c


@dataclass(frozen=True)
class Item:
    """An item of the inventory; ``layers`` is its stock, oldest first."""

    id: int
    sku: str
    kind: str
    stock: Decimal
    ordered: Decimal
    allocated: Decimal
    cost: Decimal
    cost_method: str
    serialized: bool
    stock_account: str | None
    cost_account: str | None
    layers: tuple[Layer, ...] = ()
    owed: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def tracked(self) -> bool:
        """True where stock and cost are kept."""
        return self.kind in TRACKED

    @property
    def orderable(self) -> bool:
        """True where open orders are counted."""
        return self.tracked or self.kind == NON_STOCK

    @property
    def available(self) -> Decimal:
        """Stock that nobody waits for: less open orders and allocations."""
        return self.stock - self.ordered - self.allocated

    def in_store(self, store: int) -> Decimal:
        """What one store has, less what it owes."""
        there = sum((x.remaining for x in self.layers if x.store_id == store), ZERO)
        return there - self.owed.get(store, ZERO)


class Stock:
    """The items of an order by SKU, as the database compares SKUs."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.items = list(items)
        self._by_sku: dict[str, Item] = {}
        for item in self.items:
            self._by_sku.setdefault(fold(item.sku), item)

    def find(self, sku: str) -> Item | None:
        """The item of a SKU; the oldest where several have it."""
        return self._by_sku.get(fold(sku)) if sku else None


def ask_items(
    batch: Batch,
    skus: Iterable[str],
    *,
    layers: bool,
    owed: bool = False,
    lock: bool = True,
) -> Callable[[], Stock]:
    """The items of these SKUs; unknown SKUs are missing in the answer.

    ``layers`` reads the stock by layers too, ``owed`` what the stores owe. ``lock``
    keeps others from changing items and layers.
    """
    wanted = sorted({sku for sku in skus if sku})
    if not wanted:
        return Stock
    given = {f"sku{at}": sku for at, sku in enumerate(wanted)}
    items = batch.ask(_items(len(wanted), lock), given, list)
    there_are = _layers(len(wanted), lock)
    stock = batch.ask(there_are, given, _by_item) if layers else dict
    debts = batch.ask(_debts(len(wanted)), given, _by_sku) if owed else dict

    def read() -> Stock:
        there, due = stock(), debts()
        return Stock(
            _item(row, there.get(row.id, ()), due.get(fold(row.sku), {}))
            for row in sorted(items(), key=lambda row: row.id)
        )

    return read


@functools.lru_cache(maxsize=512)
def _items(skus: int, lock: bool) -> Select[Any]:
    query = select(
        _i.id,
        _i.sku,
        _i.inventory_type,
        _i.qty_stock,
        _i.qty_so,
        _i.qty_alloc,
        _i.item_cost,
        _i.cost_method,
        _i.serialize,
        _i.gl_inv,
        _i.gl_cogs,
    ).where(_i.sku.in_(_each(skus)))
    return query.with_for_update() if lock else query


@functools.lru_cache(maxsize=512)
def _layers(skus: int, lock: bool) -> Select[Any]:
    query = (
        select(
            _i.id.label("item"),
            _h.id,
            _h.store_id,
            _h.remaining,
            _h.unit_cost,
            _h.avg_cost,
            _h.post_date,
        )
        .join_from(inventory, inventory_history, _h.sku == _i.sku)
        .where(_i.sku.in_(_each(skus)), _h.remaining > 0)
    )
    return query.with_for_update() if lock else query


@functools.lru_cache(maxsize=512)
def _debts(skus: int) -> Select[Any]:
    return (
        select(_o.sku, _o.store_id, func.sum(_o.qty).label("qty"))
        .where(_o.sku.in_(_each(skus)))
        .group_by(_o.sku, _o.store_id)
    )


def _each(skus: int) -> list[BindParameter[str]]:
    return [bindparam(f"sku{at}") for at in range(skus)]


def _by_item(rows: Rows) -> dict[int, list[Layer]]:
    layers: dict[int, list[Layer]] = {}
    # the server would sort them in a temporary table, while every other order waits
    for row in sorted(rows, key=lambda row: (row.post_date or "", row.id)):
        layers.setdefault(row.item, []).append(
            Layer(
                id=row.id,
                store_id=row.store_id or 0,
                remaining=row.remaining,
                unit_cost=row.unit_cost,
                average_cost=row.avg_cost,
                post_date=str(row.post_date),
            )
        )
    return layers


def _by_sku(rows: Rows) -> dict[str, dict[int, Decimal]]:
    debts: dict[str, dict[int, Decimal]] = {}
    for row in rows:
        of_item = debts.setdefault(fold(row.sku), {})
        of_item[row.store_id or 0] = Decimal(str(row.qty))
    return debts


def _item(row: Row[Any], layers: Iterable[Layer], owed: Mapping[int, Decimal]) -> Item:
    return Item(
        id=row.id,
        sku=row.sku,
        kind=row.inventory_type,
        stock=row.qty_stock or ZERO,
        ordered=row.qty_so or ZERO,
        allocated=row.qty_alloc or ZERO,
        cost=row.item_cost or ZERO,
        cost_method=row.cost_method,
        serialized=row.serialize == "1",
        stock_account=row.gl_inv,
        cost_account=row.gl_cogs,
        layers=tuple(layers),
        owed=owed,
    )
