"""Which orders have to be sent: new ones, and those that are no longer what they were.

A trigger (the clock, a webhook, a person) names orders; this decides. Nothing is sent
because of a trigger alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ..shop import Shop
from ..wordpress.options import read_options
from ..wordpress.orders import STORAGE_OPTIONS, Storage, order_prefix
from ..wordpress.plugin import PLUGIN_OPTIONS, read_plugin
from .mapping import content_digest
from .marks import KIND, looked_at
from .pending import changed_orders, pending_orders, touched_orders
from .prepared import Prepared, prepare

# orders that are read together
BATCH = 50


def waiting(shop: Shop, since: datetime | None = None) -> list[int]:
    """Orders in an exported status that Bizuno is not known to have, oldest first."""
    with shop.database.read() as conn:
        storage = Storage.of(read_options(conn, shop.tables, STORAGE_OPTIONS))
        statuses = shop.config.export_statuses
        return pending_orders(conn, shop.tables, storage, statuses, since)


def touched(shop: Shop, since: datetime) -> dict[int, str]:
    """Orders in an exported status that somebody touched, and when."""
    with shop.database.read() as conn:
        storage = Storage.of(read_options(conn, shop.tables, STORAGE_OPTIONS))
        statuses = shop.config.export_statuses
        return touched_orders(conn, shop.tables, storage, statuses, since)


def changed(shop: Shop, since: datetime | None = None) -> list[int]:
    """Orders whose content is not what Bizuno acknowledged, oldest change first."""
    with shop.database.read() as conn:
        options = read_options(conn, shop.tables, (*STORAGE_OPTIONS, *PLUGIN_OPTIONS))
        candidates = changed_orders(
            conn,
            shop.tables,
            Storage.of(options),
            shop.config.export_statuses,
            shop.ledger.receipts,
            KIND,
            order_prefix(shop.config.order_prefix, read_plugin(options)),
            since,
        )
    return due(shop, candidates)


def due(shop: Shop, ids: Collection[int]) -> list[int]:
    """Those of ``ids`` that have to be sent now, in their order.

    That is an order in an exported status which is not marked, or whose content is
    another than that of its receipt. One that the plugin exported has no receipt, and
    what it was then nobody knows; it is left alone.
    """
    found: list[int] = []
    for batch in batches(list(ids)):
        prepared = prepare(shop, batch)
        digests = _digests(shop, prepared)
        same: list[str] = []
        for order_id in batch:
            kept = digests.get(prepared.reference(order_id))
            if order_id in prepared.broken:
                found.append(order_id)
            elif order_id in prepared.orders and _in_status(shop, prepared, order_id):
                order = prepared.orders[order_id]
                if kept is None and order.exported:
                    continue
                if kept != _content(prepared, order_id) or not order.exported:
                    found.append(order_id)
                else:
                    same.append(prepared.reference(order_id))
        if same:
            _keep(shop, same, prepared.moment)
    return found


def batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """``ids`` in parts that are read together."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _in_status(shop: Shop, prepared: Prepared, order_id: int) -> bool:
    return prepared.orders[order_id].status in shop.config.export_statuses


def _content(prepared: Prepared, order_id: int) -> str:
    """The digest of an order; none where it cannot be mapped, which is said later."""
    try:
        return content_digest(prepared.payload(prepared.orders[order_id]))
    except (ArithmeticError, ValueError):
        return ""


def _digests(shop: Shop, prepared: Prepared) -> dict[str, str]:
    table = shop.ledger.receipts
    references = [prepared.reference(order_id) for order_id in prepared.orders]
    query = select(table.c.receipt_key, table.c.digest).where(
        table.c.kind == KIND, table.c.receipt_key.in_(references)
    )
    with shop.database.read() as conn:
        return {row[0]: row[1] for row in conn.execute(query)}


def _keep(shop: Shop, references: Sequence[str], moment: datetime) -> None:
    def work(conn: Connection) -> Any:
        looked_at(conn, shop, references, moment)

    shop.database.run(work)
