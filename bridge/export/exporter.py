"""Sending orders one after the other; what becomes of each."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..common.errors import Unavailable
from ..shop import Shop
from ..wordpress.orders import status_label
from .due import batches
from .marks import Standing, Told, announce, keep_answer, named, withdraw
from .order import Order
from .prepared import Prepared, prepare
from .sending import LOOK_THERE, Answer, Peer, send_order
from .target import portal_client

# silences in a row after which it ends
UNANSWERED = 3
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
log = logging.getLogger("bizuno_bridge.export")


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
class Manner:
    """How orders are sent.

    ``wait`` is how many seconds each is asked for again while its outcome is unknown,
    ``timeout`` how many one call may take (None: as configured). ``any_status`` sends
    cancelled ones as well, ``again`` what Bizuno's own portal would book twice.
    ``source`` is who sends them, as the ledger names him.
    """

    wait: float = 0.0
    timeout: float | None = None
    any_status: bool = False
    again: bool = False
    source: str = "export"
    pause: Callable[[float], Any] = time.sleep


def export_orders(
    shop: Shop, ids: Collection[int], manner: Manner = Manner()
) -> Iterator[Export]:
    """Send orders one after the other; one that fails never stops the rest.

    Ends early, with fewer results than ``ids``, when Bizuno gives no answer several
    times in a row. Raises ConfigError when the portal's address or token is not known.
    """
    # an order that Bizuno has booked must not fail for want of a place to note it
    shop.ledger.create(shop.database)
    peer: Peer | None = None
    unanswered = 0
    try:
        for batch in batches(list(dict.fromkeys(ids))):
            # read now and not before the first: later ones may have been edited since
            prepared = prepare(shop, batch)
            if peer is None:
                peer = Peer(portal_client(shop, prepared.plugin, manner.timeout))
            sender = _Sender(shop, prepared, peer, manner)
            for order_id in batch:
                result = sender.export(order_id)
                yield result
                answered = result.heard and result.kind != "unknown"
                unanswered = 0 if answered else unanswered + 1
                if unanswered == UNANSWERED:
                    return
    finally:
        if peer:
            peer.client.close()


def record_booked(shop: Shop, order_id: int, bizuno_id: int, source: str) -> Export:
    """Mark an order that a person found in Bizuno, without sending it."""
    shop.ledger.create(shop.database)
    prepared = prepare(shop, [order_id])
    order = prepared.orders.get(order_id)
    if order is None:
        return _missing(order_id)
    payload = prepared.payload(order)
    answer = Answer("done", bizuno_id)
    news = keep_answer(shop, Told(order, payload, prepared.moment, answer, source))
    return Export(order_id, "done", _told(answer, news))


@dataclass(frozen=True)
class _Sender:
    """Sends the orders of one batch."""

    shop: Shop
    prepared: Prepared
    peer: Peer
    manner: Manner

    def export(self, order_id: int) -> Export:
        """Send one order and keep the answer."""
        order = self.prepared.orders.get(order_id)
        if order_id in self.prepared.broken:
            return _broken(order_id)
        if order is None:
            return _missing(order_id)
        if order.status in NOT_EXPORTED and not self.manner.any_status:
            label = status_label(order.status).lower()
            text = f"refused: the order is {label}; --any-status sends it all the same."
            return Export(order_id, "refused", text)
        try:
            payload = self.prepared.payload(order)
        except (ArithmeticError, ValueError) as exc:
            log.error("order %s cannot be mapped: %s", order_id, type(exc).__name__)
            return _broken(order_id)
        return self._send(order, payload)

    def _send(self, order: Order, payload: dict[str, Any]) -> Export:
        # in transactions of their own, right before and right after the outside
        # world changes
        try:
            standing = announce(self.shop, self.prepared.storage, order, payload)
        except Unavailable as exc:
            text = f"refused: it was not sent, as nothing can be noted. {exc.text}"
            return Export(order.id, "refused", text)
        if not standing.fresh and not self.manner.again:
            repeats = self.peer.repeats()
            if not repeats:
                return self._held_back(order.id, standing, repeats)
        answer = send_order(
            self.peer, payload, wait=self.manner.wait, pause=self.manner.pause
        )
        if standing.unanswered and answer.kind == "refused" and not answer.heard:
            # nobody there now: that says nothing about the first time
            answer = replace(answer, kind="unknown")
        moment, source = self.prepared.moment, self.manner.source
        try:
            news = keep_answer(self.shop, Told(order, payload, moment, answer, source))
        except Unavailable as exc:
            text = f"unknown: Bizuno answered, but the shop cannot keep it. {exc.text}"
            return Export(order.id, "unknown", text)
        return Export(order.id, answer.kind, _told(answer, news), answer.heard)

    def _held_back(
        self, order_id: int, standing: Standing, repeats: bool | None
    ) -> Export:
        """Not sent, because it might be booked twice."""
        reference = self.prepared.reference(order_id)
        if not standing.unanswered:
            withdraw(self.shop, reference)
        if repeats is None:
            text = "Bizuno cannot be reached, or something else answers; not sent."
            kind: Literal["refused", "unknown"] = "refused"
            if standing.unanswered:
                kind = "unknown"
            return Export(order_id, kind, f"{kind}: {text}", heard=False)
        if standing.unanswered:
            text = (
                "unknown: it was sent before, and nobody heard the answer. "
                f"{LOOK_THERE} Look for {reference} there: if Bizuno has it, give its "
                "ID with --booked; if not, send it with --again."
            )
            return Export(order_id, "unknown", text)
        name = f" as {standing.name}" if standing.name else ""
        text = (
            f"refused: Bizuno has it already{name}. {LOOK_THERE} Correct it there, or "
            "send it with --again."
        )
        return Export(order_id, "refused", text)


def _missing(order_id: int) -> Export:
    text = "refused: there is no such order in the shop; check the number."
    return Export(order_id, "refused", text)


def _broken(order_id: int) -> Export:
    text = (
        "refused: its rows in the shop cannot be read as an order. Open it in "
        "WooCommerce, correct its amounts and dates, and save it."
    )
    return Export(order_id, "refused", text)


def _told(answer: Answer, news: bool) -> str:
    remarks = "".join(f" Note: {text}" for text in answer.remarks)
    if answer.kind == "refused":
        return f"refused: {answer.reason}"
    if answer.kind == "unknown":
        advice = (
            "Look there, then give the same command with --booked or --again."
            if answer.final
            else "Give the same command again."
        )
        return f"unknown: {answer.reason} It was not marked as exported. {advice}"
    what = "recorded in Bizuno as" if news else "already recorded in Bizuno as"
    return f"{what} {named(answer)}.{remarks}"
