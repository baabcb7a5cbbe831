"""Orders read for sending, with the shop's settings they are mapped by."""

from __future__ import annotations

import logging
from collections.abc import Collection
from collections.abc import Mapping as Fields
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..common.errors import Problem
from ..shop import Shop
from ..wordpress.clock import CLOCK_OPTIONS, site_zone
from ..wordpress.options import read_options
from ..wordpress.orders import STORAGE_OPTIONS, Storage, order_prefix
from ..wordpress.plugin import TOKEN_OPTIONS, Plugin, read_plugin
from .mapping import Mapping, reference, to_payload
from .order import Order
from .reading import read_orders

_OPTIONS = (
    *TOKEN_OPTIONS,
    "woocommerce_price_num_decimals",
    *STORAGE_OPTIONS,
    *CLOCK_OPTIONS,
)
log = logging.getLogger("bizuno_bridge.export")


@dataclass(frozen=True)
class Prepared:
    """Orders as they were at ``moment``; missing ones are not there.

    ``broken`` are those whose rows cannot be read as an order.
    """

    orders: dict[int, Order]
    mapping: Mapping
    plugin: Plugin
    storage: Storage
    moment: datetime
    broken: frozenset[int] = field(default_factory=frozenset)

    def payload(self, order: Order) -> dict[str, Any]:
        """The payload of one of the orders."""
        return to_payload(order, self.mapping)

    def reference(self, order_id: int) -> str:
        """The number under which Bizuno knows an order."""
        return reference(order_id, self.mapping)


def prepare(shop: Shop, ids: Collection[int]) -> Prepared:
    """Read orders and settings, a fixed number of statements for any number of them."""
    moment = datetime.now(UTC)
    with shop.database.read() as conn:
        options = read_options(conn, shop.tables, _OPTIONS)
        zone = site_zone(options)
        storage = Storage.of(options)
        orders, broken = _read(conn, shop, storage, ids, zone)
    plugin = read_plugin(options)
    mapping = Mapping(
        order_prefix(shop.config.order_prefix, plugin),
        plugin.customer_prefix,
        _decimals(options),
        zone,
    )
    return Prepared(orders, mapping, plugin, storage, moment, broken)


def _decimals(options: Fields[str, str]) -> int:
    text = options.get("woocommerce_price_num_decimals", "")
    return int(text) if text.isascii() and text.isdigit() else 2


def _read(
    conn: Connection,
    shop: Shop,
    storage: Storage,
    ids: Collection[int],
    zone: tzinfo,
) -> tuple[dict[int, Order], frozenset[int]]:
    """All at once; one by one where that fails, so that one bad order stops nobody."""
    try:
        return read_orders(conn, shop.tables, storage, ids, zone), frozenset()
    except (Problem, SQLAlchemyError):
        raise
    except Exception as exc:
        if len(ids) == 1:
            # the type only: its text may hold what stands in the rows
            log.error("order %s cannot be read: %s", *ids, type(exc).__name__)
            return {}, frozenset(ids)
    orders: dict[int, Order] = {}
    broken: set[int] = set()
    for order_id in ids:
        found, bad = _read(conn, shop, storage, [order_id], zone)
        orders |= found
        broken |= bad
    return orders, frozenset(broken)
