"""Orders of the shop, sent to Bizuno: read, map, send, keep the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ..common.errors import Unavailable
from ..common.http import Client
from ..shop import Shop
from ..wordpress.clock import CLOCK_OPTIONS, site_zone
from ..wordpress.options import read_options
from ..wordpress.orders import (
    STORAGE_OPTIONS,
    Storage,
    order_prefix,
    status_label,
)
from ..wordpress.plugin import TOKEN_OPTIONS, Plugin, read_plugin
from .mapping import Mapping, to_payload
from .marks import keep_answer, named
from .order import Order
from .pending import pending_orders
from .reading import read_orders
from .sending import Answer, send_order
from .target import portal_client

# orders that are read together, and silences in a row after which it ends
BATCH, UNANSWERED = 50, 3
# what is no sale, or none any more
NOT_EXPORTED = {
    "auto-draft",
    "cancelled",
    "checkout-draft",
    "draft",
    "failed",
    "refunded",
    "trash",
}
_OPTIONS = (
    *TOKEN_OPTIONS,
    "woocommerce_price_num_decimals",
    *STORAGE_OPTIONS,
    *CLOCK_OPTIONS,
)


@dataclass(frozen=True)
class Export:
    """What became of one order: ``text`` is the line a person reads.

    ``heard`` is False where Bizuno said nothing at all.
    """

    order_id: int
    kind: Literal["done", "refused", "unknown"]
    text: str
    heard: bool = True


@dataclass(frozen=True)
class Prepared:
    """Orders as they are now, with the shop's settings they are mapped by."""

    orders: dict[int, Order]
    mapping: Mapping
    plugin: Plugin

    def payload(self, order: Order) -> dict[str, Any]:
        """The payload of one of the orders."""
        return to_payload(order, self.mapping)


def prepare(shop: Shop, ids: Collection[int]) -> Prepared:
    """Read orders and settings in one snapshot; missing orders are not there."""
    with shop.database.read() as conn:
        options = read_options(conn, shop.tables, _OPTIONS)
        zone = site_zone(options)
        storage = Storage.of(options)
        orders = read_orders(conn, shop.tables, storage, ids, zone)
    plugin = read_plugin(options)
    decimals = options.get("woocommerce_price_num_decimals", "")
    mapping = Mapping(
        order_prefix(shop.config.order_prefix, plugin),
        plugin.customer_prefix,
        int(decimals) if decimals.isascii() and decimals.isdigit() else 2,
        zone,
    )
    return Prepared(orders, mapping, plugin)


def waiting(shop: Shop) -> list[int]:
    """Orders in an exported status that Bizuno is not known to have, oldest first."""
    with shop.database.read() as conn:
        storage = Storage.of(read_options(conn, shop.tables, STORAGE_OPTIONS))
        statuses = shop.config.export_statuses
        return pending_orders(conn, shop.tables, storage, statuses)


def export_orders(
    shop: Shop, ids: Collection[int], *, wait: float, any_status: bool = False
) -> Iterator[Export]:
    """Send orders one after the other; one that fails never stops the rest.

    ``wait`` is how many seconds each is asked for again while its outcome is unknown.
    Ends early, with fewer results than ``ids``, when Bizuno gives no answer several
    times in a row. Raises ConfigError when the portal's address or token is not known.
    """
    # an order that Bizuno has booked must not fail for want of a place to note it
    shop.ledger.create(shop.database)
    client, unanswered = None, 0
    wanted = list(dict.fromkeys(ids))
    try:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            # read now and not before the first: later ones may have been edited since
            prepared = prepare(shop, batch)
            client = client or portal_client(shop, prepared.plugin)
            for order_id in batch:
                result = _export(shop, prepared, client, order_id, wait, any_status)
                yield result
                answered = result.heard and result.kind != "unknown"
                unanswered = 0 if answered else unanswered + 1
                if unanswered == UNANSWERED:
                    return
    finally:
        if client:
            client.close()


def _export(
    shop: Shop,
    prepared: Prepared,
    client: Client,
    order_id: int,
    wait: float,
    any_status: bool,
) -> Export:
    order = prepared.orders.get(order_id)
    if order is None:
        text = "refused: there is no such order in the shop; check the number."
        return Export(order_id, "refused", text)
    if order.status in NOT_EXPORTED and not any_status:
        label = status_label(order.status).lower()
        text = f"refused: the order is {label}; --any-status sends it all the same."
        return Export(order_id, "refused", text)
    payload = prepared.payload(order)
    answer = send_order(client, payload, wait=wait)
    try:
        # in a transaction of its own, right after the outside world changed
        news = keep_answer(shop, order, payload, answer)
    except Unavailable as exc:
        text = f"unknown: Bizuno answered, but the shop cannot keep it. {exc.text}"
        return Export(order_id, "unknown", text)
    return Export(order_id, answer.kind, _told(answer, news), answer.heard)


def _told(answer: Answer, news: bool) -> str:
    remarks = "".join(f" Note: {text}" for text in answer.remarks)
    if answer.kind == "refused":
        return f"refused: {answer.reason}"
    if answer.kind == "unknown":
        return (
            f"unknown: {answer.reason} It was not marked as exported; give the same "
            "command again."
        )
    what = "recorded in Bizuno as" if news else "already recorded in Bizuno as"
    return f"{what} {named(answer)}.{remarks}"


__all__ = ["Export", "export_orders", "prepare", "waiting"]
