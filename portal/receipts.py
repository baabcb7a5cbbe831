"""Exactly once: an order is booked, answered from its receipt, or replaced.

The key is the purchase order number. The receipt is written in the transaction that
books the order, under a unique key, so that of two identical requests at once one
books and the other answers (DECISIONS 35).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bridge.common.contract.order import Order
from bridge.common.envelope import Messages, Reply
from bridge.common.errors import Conflict
from bridge.common.ledger import Receipt, digest

from . import refused
from .auth import ApiUser
from .booking import Booked, Clerk
from .books import Books
from .books.posted import read_posted
from .intake import mapping
from .refused import KIND
from .takeover import booked_before, books_since

Authorise = Callable[[Connection], ApiUser]


class _Beaten(Exception):
    """Another request with the same key was faster."""


@dataclass(frozen=True)
class _Refused:
    text: str


def receive(books: Books, order: Order, authorise: Authorise, address: str) -> Reply:
    """Book an order once, whatever is sent how often; returns the answer.

    ``authorise`` names the user within the same transaction, ``address`` is the
    caller's. Raises Conflict (409) where Bizuno has moved on; the new content is kept.
    """
    content = digest(_content(order))

    def work(conn: Connection) -> Reply | _Refused:
        return _receive(conn, books, order, content, authorise(conn), address)

    while True:
        try:
            outcome = books.database.run(work)
        except _Beaten:
            continue  # its receipt is there now, and answers
        if isinstance(outcome, _Refused):
            raise Conflict(outcome.text, code="order_moved_on")
        return outcome


def _content(order: Order) -> dict[str, Any]:
    """What makes two orders the same: of the payment status only what Bizuno keeps."""
    content = order.content()
    content["payment"]["status"] = mapping.payment_status(order.payment.status)
    return content


def _receive(
    conn: Connection,
    books: Books,
    order: Order,
    content: str,
    user: ApiUser,
    address: str,
) -> Reply | _Refused:
    receipt = books.ledger.receipt(conn, KIND, order.purchase_order)
    if receipt and receipt.digest == content:
        return _already(receipt)
    clerk = Clerk(conn, books, order, user, address)
    clerk.lock()
    if receipt is None:
        receipt = _taken_over(books, clerk, content)
        if receipt is None:
            return _first(books, clerk, content)
    else:
        receipt = books.ledger.receipt(conn, KIND, order.purchase_order, lock=True)
        if receipt is None:
            raise _Beaten
    if receipt.digest == content:
        return _already(receipt)
    return _again(books, clerk, content, receipt)


def _taken_over(books: Books, clerk: Clerk, content: str) -> Receipt | None:
    """The receipt of an entry from before the portal, issued now."""
    ledger, conn = books.ledger, clerk.conn
    since = books_since(conn, books.database, ledger, clerk.batch)
    if clerk.customer is None:
        return None
    customer = int(clerk.customer.id)
    receipt = booked_before(conn, since, customer, clerk.sale, content)
    if receipt is not None:
        try:
            ledger.issue(clerk.batch, KIND, receipt)
            clerk.batch.send()
        except IntegrityError:
            raise _Beaten from None
    return receipt


def _first(books: Books, clerk: Clerk, content: str) -> Reply:
    booked = clerk.book()
    receipt = Receipt(clerk.order.purchase_order, content, booked.id, _kept(booked))
    try:
        books.ledger.issue(clerk.batch, KIND, receipt)
        clerk.finish(booked)
    except IntegrityError:
        raise _Beaten from None
    return _reply(booked.id, booked.messages)


def _again(
    books: Books, clerk: Clerk, content: str, receipt: Receipt
) -> Reply | _Refused:
    """Replace the entry of a receipt by one for new content, if it is still open."""
    posted = read_posted(clerk.conn, receipt.reference)
    number = receipt.reply.get("number", "")
    obstacle = posted.obstacle if posted else "has been deleted"
    if posted is None or obstacle:
        text = (
            f"Order {receipt.key} is recorded as {number} (ID {receipt.reference}), "
            f"which {obstacle} in Bizuno; nothing was changed. The new content is kept "
            "for an operator to decide."
        )
        kept = {"reason": text, "order": clerk.order.content()}
        late = Receipt(receipt.key, content, receipt.reference, kept)
        refused.keep(clerk.conn, books.ledger, late, clerk.address)
        return _Refused(text)
    booked = clerk.replace(posted)
    revision = receipt.revision + 1
    booked.messages.info(
        f"Order {receipt.key} had been recorded as {posted.number}; the entry was "
        f"replaced (revision {revision}).",
        code="revised",
    )
    books.ledger.reissue(
        clerk.conn,
        KIND,
        Receipt(receipt.key, content, booked.id, _kept(booked), revision),
    )
    refused.forget(clerk.conn, books.ledger, receipt.key)
    clerk.finish(booked)
    return _reply(booked.id, booked.messages)


def _kept(booked: Booked) -> dict[str, Any]:
    return {
        "number": booked.number,
        "journal": booked.journal,
        "total": str(booked.total),
        "messages": booked.messages.as_dict(),
    }


def _already(receipt: Receipt) -> Reply:
    messages = Messages()
    number = receipt.reply.get("number", "")
    messages.info(
        f"Order {receipt.key} is already recorded as {number}; nothing was written.",
        code="already_recorded",
    )
    return _reply(receipt.reference, messages)


def _reply(entry: int, messages: Messages) -> Reply:
    return Reply(fields={"ID": str(entry)}, messages=messages)
