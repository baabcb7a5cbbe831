"""Refunds: orders of their own, whose amounts are negative, below the order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from sqlalchemy import Connection, select

from ..common.money import ZERO
from ..wordpress.ids import among
from ..wordpress.orders import Storage
from ..wordpress.tables import ShopTables
from .amounts import stored_amount
from .order import Refund, Taken

REFUND_TYPE = "shop_order_refund"
Item = tuple[int, str, str, Mapping[str, str]]
"""One row as (item, name, type, metas)."""


def find_refunds(
    conn: Connection, tables: ShopTables, storage: Storage, ids: Collection[int]
) -> dict[int, tuple[int, Decimal]]:
    """The refunds of orders as ``{refund: (order, amount)}``, oldest first."""
    if storage.hpos:
        orders = tables.wc_orders
        query = select(
            orders.c.id, orders.c.parent_order_id, orders.c.total_amount
        ).where(among(orders.c.parent_order_id, ids), orders.c.type == REFUND_TYPE)
        rows = conn.execute(query.order_by(orders.c.id))
        return {row[0]: (row[1], abs(row[2] or ZERO)) for row in rows}
    posts, meta = tables.posts, tables.postmeta
    query = (
        select(posts.c.ID, posts.c.post_parent, meta.c.meta_value)
        .outerjoin(
            meta,
            (meta.c.post_id == posts.c.ID) & (meta.c.meta_key == "_order_total"),
        )
        .where(among(posts.c.post_parent, ids), posts.c.post_type == REFUND_TYPE)
        .order_by(posts.c.ID)
    )
    return {
        row[0]: (row[1], abs(stored_amount(row[2] or "")))
        for row in conn.execute(query)
    }


def build_refunds(
    found: Mapping[int, tuple[int, Decimal]], items: Mapping[int, Iterable[Item]]
) -> dict[int, tuple[Refund, ...]]:
    """The refunds of each order; ``items`` holds the rows of each refund."""
    refunds: dict[int, list[Refund]] = defaultdict(list)
    for refund, (order, amount) in found.items():
        refunds[order].append(_build(amount, items.get(refund, ())))
    return {order: tuple(members) for order, members in refunds.items()}


def _build(amount: Decimal, items: Iterable[Item]) -> Refund:
    taken: dict[int, Taken] = {}
    shipping = tax = shipping_tax = ZERO
    for _, _, kind, metas in items:
        if kind in ("line_item", "fee"):
            # what names no item of the order remains a plain amount
            taken[int(stored_amount(metas["_refunded_item_id"]))] = Taken(
                abs(stored_amount(metas["_qty"])),
                -stored_amount(metas["_line_total"]),
                -stored_amount(metas["_line_tax"]),
            )
        elif kind == "shipping":
            shipping -= stored_amount(metas["cost"])
        elif kind == "tax":
            tax -= stored_amount(metas["tax_amount"])
            shipping_tax -= stored_amount(metas["shipping_tax_amount"])
    taken.pop(0, None)
    return Refund(amount, taken, shipping, tax, shipping_tax)
