"""What the shop keeps of an order that is sent: intent, mark, note, receipt, ledger.

Before an order goes out, a receipt of kind ``SENT`` says so; it goes with the answer.
One that is left behind tells whoever comes next, after a crash too, that Bizuno may
have the order although nobody heard of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import IntegrityError

from ..common.envelope import ItemResult, Status
from ..common.ledger import Receipt
from ..forget import forget
from ..shop import Shop
from ..wordpress.cache_keys import Stale
from ..wordpress.clock import CLOCK_OPTIONS, site_zone
from ..wordpress.html import clean_post
from ..wordpress.notes import Note, add_notes, author_address
from ..wordpress.options import read_options
from ..wordpress.orders import (
    STORAGE_OPTIONS,
    Storage,
    order_statuses,
    set_metas,
    touch,
)
from ..wordpress.transients import reset_order_caches
from .mapping import content_digest
from .order import Order
from .pending import marked_orders
from .reading import EXPORTED
from .sending import Answer

KIND, SENT = "export", "export-sent"
# the clock of whoever edits orders may be behind ours
_CLOCKS_APART = timedelta(seconds=60)
_OPTIONS = ("siteurl", *STORAGE_OPTIONS, *CLOCK_OPTIONS)


@dataclass(frozen=True)
class Standing:
    """What is known of an order when it is about to be sent.

    ``known`` is True where Bizuno has it, ``name`` what it is called there, as far as
    that was told; ``unanswered`` is True where it was sent before and nobody heard what
    became of it.
    """

    known: bool = False
    name: str = ""
    unanswered: bool = False

    @property
    def fresh(self) -> bool:
        """True when Bizuno cannot have it yet."""
        return not self.known and not self.unanswered


@dataclass(frozen=True)
class Told:
    """What is to be kept: an order as it was read at ``moment``, and the answer."""

    order: Order
    payload: Mapping[str, Any]
    moment: datetime
    answer: Answer
    source: str

    @property
    def reference(self) -> str:
        """The number under which Bizuno knows the order."""
        return str(self.payload["General"]["PurchaseOrderID"])


def announce(
    shop: Shop, storage: Storage, order: Order, payload: Mapping[str, Any]
) -> Standing:
    """Write down that an order is about to be sent; what was known of it before."""
    reference = payload["General"]["PurchaseOrderID"]

    def work(conn: Connection) -> Standing:
        standing = _standing(conn, shop, storage, order.id, reference)
        if not standing.unanswered:
            intent = Receipt(reference, content_digest(payload), order.id, {})
            shop.ledger.issue(conn, SENT, intent)
        return standing

    try:
        return shop.database.run(work)
    except IntegrityError:
        # somebody else is sending it at this moment
        with shop.database.read() as conn:
            return _standing(conn, shop, storage, order.id, reference, unanswered=True)


def withdraw(shop: Shop, reference: str) -> None:
    """Take back an announcement: the order was not sent after all."""
    shop.database.run(lambda conn: _answered(conn, shop, reference))


def keep_answer(shop: Shop, told: Told) -> bool:
    """Keep what Bizuno answered; True when it told anything that was not known.

    Booked orders are marked as the plugin marks them, with a private note that names
    Bizuno's number, and get a receipt for this content. Others only leave a run in the
    ledger. All of it in one transaction.
    """
    answer = told.answer

    def work(conn: Connection) -> bool:
        run = shop.ledger.start(conn, KIND, told.source, 1)
        news = False
        if answer.kind == "done":
            news = _mark(conn, shop, told)
            looked_at(conn, shop, [told.reference], told.moment)
        if answer.kind != "unknown":
            _answered(conn, shop, told.reference)
        result = _result(told.reference, answer, news)
        status = "unknown" if answer.kind == "unknown" else "done"
        shop.ledger.finish(conn, run, [result], status=status)
        return news

    news = shop.database.run(work)
    if news:
        forget(shop, Stale(orders=frozenset([told.order.id])))
    return news


def looked_at(
    conn: Connection, shop: Shop, references: Collection[str], moment: datetime
) -> None:
    """Say that these receipts have the content that their orders had at ``moment``."""
    table = shop.ledger.receipts
    conn.execute(
        update(table)
        .where(table.c.kind == KIND, table.c.receipt_key.in_(list(references)))
        .values(updated=moment - _CLOCKS_APART)
    )


def named(answer: Answer) -> str:
    """The entry as people find it in Bizuno."""
    return _named(answer.number, answer.bizuno_id)


def receipt_name(receipt: Receipt) -> str:
    """The entry of a receipt as people find it in Bizuno."""
    return _named(str(receipt.reply.get("number") or ""), receipt.reference)


def _named(number: str, bizuno_id: int) -> str:
    return f"{number} (ID {bizuno_id})" if number else f"ID {bizuno_id}"


def _standing(
    conn: Connection,
    shop: Shop,
    storage: Storage,
    order_id: int,
    reference: str,
    *,
    unanswered: bool = False,
) -> Standing:
    receipt = shop.ledger.receipt(conn, KIND, reference)
    sent = shop.ledger.receipt(conn, SENT, reference)
    marked = bool(marked_orders(conn, shop.tables, storage, [order_id]))
    name = receipt_name(receipt) if receipt else ""
    return Standing(marked or receipt is not None, name, unanswered or sent is not None)


def _answered(conn: Connection, shop: Shop, reference: str) -> None:
    table = shop.ledger.receipts
    conn.execute(
        delete(table).where(table.c.kind == SENT, table.c.receipt_key == reference)
    )


def _mark(conn: Connection, shop: Shop, told: Told) -> bool:
    order, answer, reference = told.order, told.answer, told.reference
    options = read_options(conn, shop.tables, _OPTIONS)
    storage, zone = Storage.of(options), site_zone(options)
    now = datetime.now(UTC)
    # the order's row before the receipt, as every other writer takes them
    order_statuses(conn, shop.tables, storage, [order.id], lock=True)
    known = shop.ledger.receipt(conn, KIND, reference, lock=True)
    content, reply = content_digest(told.payload), {"number": answer.number}
    receipt = Receipt(
        reference, content, answer.bizuno_id, reply, known.revision + 1 if known else 1
    )
    if known and (known.digest, known.reference) == (content, answer.bizuno_id):
        if marked_orders(conn, shop.tables, storage, [order.id]):
            return False
        receipt = known
    elif known:
        shop.ledger.reissue(conn, KIND, receipt)
    else:
        shop.ledger.issue(conn, KIND, receipt)
    set_metas(conn, shop.tables, storage, [order.id], {EXPORTED: "yes"})
    touch(conn, shop.tables, storage, [order.id], now=now, zone=zone)
    if receipt is not known:
        site = shop.config.site_url or options.get("siteurl", "")
        note = Note(order.id, _note_text(answer, again=known is not None))
        add_notes(
            conn, shop.tables, [note], author=author_address(site), now=now, zone=zone
        )
    reset_order_caches(conn, shop.tables)
    return receipt is not known


def _note_text(answer: Answer, *, again: bool) -> str:
    what = "Changes exported to Bizuno" if again else "Order exported to Bizuno"
    return f"{what}: {clean_post(named(answer))}."


def _result(reference: str, answer: Answer, news: bool) -> ItemResult:
    if answer.kind == "done":
        status = Status.UPDATED if news else Status.UNCHANGED
        return ItemResult(reference, status, "PO", answer.bizuno_id, named(answer))
    return ItemResult(
        reference, Status.REFUSED, "PO", None, answer.reason, "", answer.kind
    )
