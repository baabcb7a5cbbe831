"""Items and their stock: read once, all of an order together, then changed at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from bridge.common.batch import Writer
from bridge.common.database import fold
from bridge.common.money import ZERO

from .adjust import add
from .costing import Layer
from .tables import (
    inventory,
    inventory_history,
    journal_cogs_owed,
    journal_cogs_usage,
)

TRACKED = frozenset({"ma", "mi", "ms", "sa", "si", "sr"})
"""Types of items whose stock and cost Bizuno keeps."""
NON_STOCK = "ns"
_i, _h = inventory.c, inventory_history.c
_skus: BindParameter[list[str]] = bindparam("skus", expanding=True)
_ITEMS = (
    select(
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
    )
    .where(_i.sku.in_(_skus))
    .order_by(_i.id)
    .with_for_update()
)
_LAYERS = (
    _ITEMS.add_columns(
        _h.id.label("layer"),
        _h.store_id,
        _h.remaining,
        _h.unit_cost,
        _h.avg_cost,
        _h.post_date,
    )
    .select_from(inventory)
    .outerjoin(inventory_history, and_(_h.sku == _i.sku, _h.remaining > 0))
    .order_by(None)
    .order_by(_i.id, _h.post_date, _h.id)
)
_USE, _OWE = insert(journal_cogs_usage), insert(journal_cogs_owed)
_OWED = (
    select(
        journal_cogs_owed.c.sku,
        journal_cogs_owed.c.store_id,
        func.sum(journal_cogs_owed.c.qty).label("qty"),
    )
    .where(journal_cogs_owed.c.sku.in_(_skus))
    .group_by(journal_cogs_owed.c.sku, journal_cogs_owed.c.store_id)
)


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


def read_items(
    conn: Connection,
    skus: Iterable[str],
    *,
    layers: bool,
    owed: bool = False,
) -> Stock:
    """The items of these SKUs, locked; unknown SKUs are missing in the answer.

    ``layers`` reads and locks the stock by layers too, ``owed`` what the stores owe.
    """
    given = {"skus": sorted({sku for sku in skus if sku})}
    if not given["skus"]:
        return Stock()
    rows: dict[int, list[Row[tuple[object, ...]]]] = {}
    for row in conn.execute(_LAYERS if layers else _ITEMS, given):
        rows.setdefault(row.id, []).append(row)
    debts: dict[str, dict[int, Decimal]] = {}
    for row in conn.execute(_OWED, given) if owed else ():
        of_item = debts.setdefault(fold(row.sku), {})
        of_item[row.store_id or 0] = Decimal(str(row.qty))
    return Stock(_item(group, debts, layers) for group in rows.values())


def _item(
    rows: list[Row[tuple[object, ...]]],
    debts: Mapping[str, Mapping[int, Decimal]],
    with_layers: bool,
) -> Item:
    row = rows[0]
    found = rows if with_layers and row.layer is not None else ()
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
        layers=tuple(
            Layer(
                id=one.layer,
                store_id=one.store_id or 0,
                remaining=one.remaining,
                unit_cost=one.unit_cost,
                average_cost=one.avg_cost,
                post_date=str(one.post_date),
            )
            for one in found
        ),
        owed=debts.get(fold(row.sku), {}),
    )


def add_ordered(writer: Writer, quantities: Mapping[int, Decimal]) -> None:
    """Raise the open orders of items, by ID; lower them with negative quantities."""
    add(writer, inventory, "qty_so", quantities, stamp="last_journal_date")


def add_stock(writer: Writer, quantities: Mapping[int, Decimal]) -> None:
    """Raise the stock of items, by ID; lower it with negative quantities."""
    add(writer, inventory, "qty_stock", quantities, stamp="last_journal_date")


def use_layers(
    writer: Writer, entry: int, usage: Iterable[tuple[int, Decimal]]
) -> None:
    """Take from layers of stock what an entry uses, and record it."""
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
    if rows:
        writer.execute(_USE, rows)
        add(writer, inventory_history, "remaining", taken)


def owe(
    writer: Writer,
    entry: int,
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


def give_back(conn: Connection, entry: int) -> None:
    """Put back into the layers what an entry used, and forget what it owed."""
    table = journal_cogs_usage
    query = (
        select(table.c.inventory_history_id, func.sum(table.c.qty).label("qty"))
        .where(table.c.journal_main_id == entry)
        .group_by(table.c.inventory_history_id)
    )
    used = {
        row.inventory_history_id: Decimal(str(row.qty)) for row in conn.execute(query)
    }
    add(conn, inventory_history, "remaining", used)
    for made in (journal_cogs_usage, journal_cogs_owed):
        conn.execute(delete(made).where(made.c.journal_main_id == entry))
