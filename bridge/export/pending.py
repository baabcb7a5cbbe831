"""Orders that Bizuno does not have yet, or not as they are now, as the shop knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    Table,
    cast,
    collate,
    literal,
    select,
)

from ..common.columns import BINARY
from ..wordpress.clock import stamp
from ..wordpress.ids import among
from ..wordpress.orders import ORDER_TYPE, Storage, stored_status
from ..wordpress.tables import ShopTables
from .reading import EXPORTED

# Posts have no index on the time of their change. Of those that are older than this
# a change is found by ``changed_orders``, some minutes later.
_YOUNG = timedelta(days=30)


@dataclass(frozen=True)
class _Rows:
    """Where orders lie, and what their columns are called there."""

    table: FromClause
    id: ColumnElement[int]
    kind: ColumnElement[str]
    status: ColumnElement[str]
    created: ColumnElement[str]
    updated: ColumnElement[str]
    metas: Table
    owner: str

    @classmethod
    def of(cls, tables: ShopTables, storage: Storage) -> _Rows:
        """The storage that counts."""
        if storage.hpos:
            orders = tables.wc_orders
            return cls(
                orders,
                orders.c.id,
                orders.c.type,
                orders.c.status,
                orders.c.date_created_gmt,
                orders.c.date_updated_gmt,
                tables.wc_orders_meta,
                "order_id",
            )
        posts = tables.posts
        return cls(
            posts,
            posts.c.ID,
            posts.c.post_type,
            posts.c.post_status,
            posts.c.post_date_gmt,
            posts.c.post_modified_gmt,
            tables.postmeta,
            "post_id",
        )

    def among_statuses(self, *columns: Any, statuses: Iterable[str]) -> Select[Any]:
        """Orders in one of ``statuses``, which carry no ``wc-``."""
        stored = [stored_status(status) for status in sorted(statuses)]
        return select(*columns).where(self.kind == ORDER_TYPE, self.status.in_(stored))

    def marked(self) -> ColumnElement[bool]:
        """True for an order that has been exported."""
        metas = self.metas
        return (
            select(metas.c[self.owner])
            .where(
                metas.c[self.owner] == self.id,
                metas.c.meta_key == EXPORTED,
                metas.c.meta_value == "yes",
            )
            .exists()
        )


def pending_orders(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    statuses: Collection[str],
    since: datetime | None = None,
) -> list[int]:
    """Orders in one of ``statuses`` without the mark of an export, oldest first.

    ``since`` leaves out those that were created before.
    """
    rows = _Rows.of(tables, storage)
    query = rows.among_statuses(rows.id, statuses=statuses).where(~rows.marked())
    if since:
        query = query.where(rows.created >= stamp(since))
    return list(conn.execute(query.order_by(rows.created, rows.id)).scalars())


def exported_orders(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    statuses: Collection[str],
    since: datetime | None = None,
) -> list[int]:
    """Orders in one of ``statuses`` that carry the mark of an export, oldest first."""
    rows = _Rows.of(tables, storage)
    query = rows.among_statuses(rows.id, statuses=statuses).where(rows.marked())
    if since:
        query = query.where(rows.created >= stamp(since))
    return list(conn.execute(query.order_by(rows.created, rows.id)).scalars())


def marked_orders(
    conn: Connection, tables: ShopTables, storage: Storage, ids: Collection[int]
) -> set[int]:
    """Those of ``ids`` that carry the mark of an export."""
    rows = _Rows.of(tables, storage)
    query = select(rows.id).where(among(rows.id, ids), rows.marked())
    return set(conn.execute(query).scalars())


def touched_orders(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    statuses: Collection[str],
    since: datetime,
) -> dict[int, str]:
    """Orders that changed at or after ``since``, with the time of their change.

    By an index, so that it may be asked every second however many orders there are.
    """
    rows = _Rows.of(tables, storage)
    query = rows.among_statuses(rows.id, rows.updated, statuses=statuses).where(
        rows.updated >= stamp(since)
    )
    if not storage.hpos:
        # the index has the local date, which is at most a day away from UTC
        young = stamp(since - _YOUNG)
        query = query.where(tables.posts.c.post_date >= young)
    return {row[0]: row[1] for row in conn.execute(query.order_by(rows.updated))}


def changed_orders(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    statuses: Collection[str],
    receipts: Table,
    kind: str,
    prefix: str,
    since: datetime | None = None,
) -> list[int]:
    """Orders that were touched after the time of their receipt, oldest change first.

    Whether their content changed is another question.
    """
    rows = _Rows.of(tables, storage)
    number = literal(prefix, String) + cast(rows.id, String(20))
    query = (
        rows.among_statuses(rows.id, statuses=statuses)
        .join(
            receipts,
            (receipts.c.kind == kind)
            & (receipts.c.receipt_key == collate(number, BINARY)),
        )
        .where(rows.updated >= receipts.c.updated)
    )
    if since:
        query = query.where(rows.created >= stamp(since))
    return list(conn.execute(query.order_by(rows.updated, rows.id)).scalars())
