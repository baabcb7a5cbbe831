"""Orders in WooCommerce's two storages: where they lie, their status, their metas.

High-performance order storage (HPOS) keeps orders in tables of their own, the older
form keeps them as posts; a shop may keep both in step. A merchant can change the mode
at any time, so the options are read on every call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    select,
    update,
)

from ..common.columns import ZERO_STAMP
from .clock import stamp
from .ids import among
from .plugin import Plugin
from .tables import ShopTables

STORAGE_OPTIONS = (
    "woocommerce_custom_orders_table_enabled",
    "woocommerce_custom_orders_table_data_sync_enabled",
)
_LABELS = {
    "pending": "Pending payment",
    "on-hold": "On hold",
    "checkout-draft": "Draft",
}
# those of any post; WooCommerce puts its prefix before its own
_WORDPRESS_STATUSES = {"auto-draft", "draft", "trash"}
# a post of the other type only holds the number of an order that HPOS keeps
ORDER_TYPE = "shop_order"


@dataclass(frozen=True)
class Storage:
    """``hpos``: order tables count, else the posts; ``synced``: both are written."""

    hpos: bool
    synced: bool

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Storage:
        """The mode the shop's options say."""
        hpos, synced = (options.get(name) == "yes" for name in STORAGE_OPTIONS)
        return cls(hpos, synced)

    @property
    def in_tables(self) -> bool:
        """True when the order tables are written."""
        return self.hpos or self.synced

    @property
    def in_posts(self) -> bool:
        """True when the posts are written."""
        return self.synced or not self.hpos


def order_prefix(configured: str | None, plugin: Plugin) -> str:
    """What stands before an order's number in Bizuno: configured, else the plugin's."""
    return configured or plugin.order_prefix


def stored_status(status: str) -> str:
    """A status as it is stored: ``wc-completed``, but ``trash``."""
    return status if status in _WORDPRESS_STATUSES else f"wc-{status}"


def status_label(status: str) -> str:
    """A status as WooCommerce names it to people: ``on-hold`` is ``On hold``."""
    return _LABELS.get(status) or status.replace("-", " ").capitalize()


def order_statuses(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    ids: Iterable[int],
    *,
    lock: bool = False,
) -> dict[int, str]:
    """The status, without ``wc-``, of each of ``ids`` that is an order.

    ``lock`` takes the rows in ascending order, so that two callers cannot deadlock.
    """
    orders, posts = tables.wc_orders, tables.posts
    if storage.hpos:
        query = select(orders.c.id, orders.c.status).where(
            among(orders.c.id, ids), orders.c.type == ORDER_TYPE
        )
        query = query.order_by(orders.c.id)
    else:
        query = select(posts.c.ID, posts.c.post_status).where(
            among(posts.c.ID, ids), posts.c.post_type == ORDER_TYPE
        )
        query = query.order_by(posts.c.ID)
    if lock:
        query = query.with_for_update()
    return {row[0]: (row[1] or "").removeprefix("wc-") for row in conn.execute(query)}


def set_status(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    ids: Collection[int],
    status: str,
    *,
    now: datetime,
    zone: tzinfo,
) -> None:
    """Move orders to ``status`` (without ``wc-``), statistics and dates included."""
    if not ids:
        return
    touch(conn, tables, storage, ids, now=now, zone=zone, status=status)
    stats = tables.wc_order_stats
    values: dict[str, Any] = {"status": f"wc-{status}"}
    if status == "completed":
        values["date_completed"] = stamp(now, zone)
        values["date_paid"] = _or_now(stats.c.date_paid, stamp(now, zone))
        _complete(conn, tables, storage, ids, now=now, zone=zone)
    conn.execute(update(stats).where(among(stats.c.order_id, ids)).values(values))


def touch(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    ids: Collection[int],
    *,
    now: datetime,
    zone: tzinfo,
    status: str = "",
) -> None:
    """Say that orders changed just now, and move them to ``status`` if one is given."""
    orders, posts = tables.wc_orders, tables.posts
    if storage.in_tables:
        values = {"date_updated_gmt": stamp(now)}
        if status:
            values["status"] = f"wc-{status}"
        conn.execute(update(orders).where(among(orders.c.id, ids)).values(values))
    if storage.in_posts:
        values = {"post_modified": stamp(now, zone), "post_modified_gmt": stamp(now)}
        if status:
            values["post_status"] = f"wc-{status}"
        conn.execute(
            update(posts)
            .where(among(posts.c.ID, ids), posts.c.post_type == ORDER_TYPE)
            .values(values)
        )


def set_metas(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    ids: Collection[int],
    values: Mapping[str, str],
) -> None:
    """Give each order exactly one row per meta, in every storage that is written."""
    if storage.in_tables:
        table = tables.wc_orders_meta
        _replace_metas(conn, table, "order_id", ids, values)
    if storage.in_posts:
        _replace_metas(conn, tables.postmeta, "post_id", ids, values)


def _complete(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    ids: Collection[int],
    *,
    now: datetime,
    zone: tzinfo,
) -> None:
    """The date an order was completed; one not marked as paid counts as paid now."""
    if storage.in_tables:
        data = tables.wc_order_operational_data
        conn.execute(
            update(data)
            .where(among(data.c.order_id, ids))
            .values(
                date_completed_gmt=stamp(now),
                date_paid_gmt=_or_now(data.c.date_paid_gmt, stamp(now)),
            )
        )
    if storage.in_posts:
        moment, local = str(int(now.timestamp())), stamp(now, zone)
        dates = {"_date_completed": moment, "_completed_date": local}
        _replace_metas(conn, tables.postmeta, "post_id", ids, dates)
        meta = tables.postmeta
        paid = select(meta.c.post_id).where(
            among(meta.c.post_id, ids),
            meta.c.meta_key == "_date_paid",
            meta.c.meta_value != "",
        )
        unpaid_ids = set(ids) - set(conn.execute(paid).scalars())
        paid_now = {"_date_paid": moment, "_paid_date": local}
        _replace_metas(conn, meta, "post_id", unpaid_ids, paid_now)


def _or_now(column: Column[Any], now: str) -> ColumnElement[Any]:
    return func.coalesce(func.nullif(column, ZERO_STAMP), now)


def _replace_metas(
    conn: Connection,
    table: Table,
    owner: str,
    ids: Collection[int],
    values: Mapping[str, str],
) -> None:
    conn.execute(
        delete(table).where(
            among(table.c[owner], ids), table.c.meta_key.in_(list(values))
        )
    )
    rows = [
        {owner: one, "meta_key": key, "meta_value": value}
        for one in sorted(ids)
        for key, value in values.items()
    ]
    if rows:
        conn.execute(table.insert(), rows)
