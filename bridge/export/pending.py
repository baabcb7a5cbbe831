"""Orders that Bizuno does not have yet, as far as the shop knows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from ..wordpress.orders import ORDER_TYPE, Storage
from ..wordpress.tables import ShopTables
from .reading import EXPORTED


def pending_orders(
    conn: Connection, tables: ShopTables, storage: Storage, statuses: Collection[str]
) -> list[int]:
    """Orders in one of ``statuses`` without the mark of an export, oldest first."""
    stored = [f"wc-{status}" for status in sorted(statuses)]
    if storage.hpos:
        orders = tables.wc_orders
        query = (
            select(orders.c.id)
            .where(
                orders.c.type == ORDER_TYPE,
                orders.c.status.in_(stored),
                ~_marked(tables.wc_orders_meta, "order_id", orders.c.id),
            )
            .order_by(orders.c.date_created_gmt, orders.c.id)
        )
    else:
        posts = tables.posts
        query = (
            select(posts.c.ID)
            .where(
                posts.c.post_type == ORDER_TYPE,
                posts.c.post_status.in_(stored),
                ~_marked(tables.postmeta, "post_id", posts.c.ID),
            )
            .order_by(posts.c.post_date_gmt, posts.c.ID)
        )
    return list(conn.execute(query).scalars())


def _marked(table: Table, owner: str, order: Any) -> ColumnElement[bool]:
    return (
        select(table.c[owner])
        .where(
            table.c[owner] == order,
            table.c.meta_key == EXPORTED,
            table.c.meta_value == "yes",
        )
        .exists()
    )
