"""What the shop keeps of an order that Bizuno has: mark, note, receipt, ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from ..common.envelope import ItemResult, Status
from ..common.ledger import Receipt, digest
from ..shop import Shop
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
from .order import Order
from .reading import EXPORTED
from .sending import Answer

KIND = "export"
_OPTIONS = ("siteurl", *STORAGE_OPTIONS, *CLOCK_OPTIONS)


def keep_answer(
    shop: Shop, order: Order, payload: Mapping[str, Any], answer: Answer
) -> bool:
    """Keep what Bizuno answered; True when it told anything that was not known.

    Booked orders are marked as the plugin marks them, with a private note that names
    Bizuno's number, and get a receipt for this content. Others only leave a run in the
    ledger. All of it in one transaction.
    """

    def work(conn: Connection) -> bool:
        run = shop.ledger.start(conn, KIND, "bizuno-bridge export", 1)
        reference = payload["General"]["PurchaseOrderID"]
        news = False
        if answer.kind == "done":
            news = _mark(conn, shop, order, reference, digest(payload), answer)
        result = _result(reference, answer, news)
        status = "unknown" if answer.kind == "unknown" else "done"
        shop.ledger.finish(conn, run, [result], status=status)
        return news

    return shop.database.run(work)


def _mark(
    conn: Connection,
    shop: Shop,
    order: Order,
    reference: str,
    content: str,
    answer: Answer,
) -> bool:
    options = read_options(conn, shop.tables, _OPTIONS)
    storage, zone = Storage.of(options), site_zone(options)
    now = datetime.now(UTC)
    # the order's row before the receipt, as every other writer takes them
    order_statuses(conn, shop.tables, storage, [order.id], lock=True)
    known = shop.ledger.receipt(conn, KIND, reference, lock=True)
    reply = {"number": answer.number}
    receipt = Receipt(
        reference, content, answer.bizuno_id, reply, known.revision + 1 if known else 1
    )
    if known and (known.digest, known.reference) == (content, answer.bizuno_id):
        if order.exported:
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


def named(answer: Answer) -> str:
    """The entry as people find it in Bizuno."""
    if answer.number:
        return f"{answer.number} (ID {answer.bizuno_id})"
    return f"ID {answer.bizuno_id}"


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
