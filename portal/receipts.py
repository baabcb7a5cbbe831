"""Exactly once: an order is booked, answered from its receipt, or replaced.

The key is the purchase order number. The receipt is written in the transaction that
books the order, under a unique key, so that of two identical requests at once one
books and the other answers (DECISIONS 35).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bridge.common.batch import Answer, Batch, Figure
from bridge.common.contract.order import Order
from bridge.common.envelope import Messages, Reply
from bridge.common.errors import Conflict
from bridge.common.ledger import Receipt, digest

from . import refused
from .auth import ApiUser
from .booking import Booked, Clerk
from .books import Books
from .books.adjust import Overtaken
from .books.posted import read_posted
from .books.references import NumberTaken
from .intake import mapping
from .refused import KIND
from .takeover import ask_booked_before, books_since, known_since

Authorise = Callable[[Batch], Answer[ApiUser]]


class _Beaten(Exception):
    """Another request with the same key was faster."""


@dataclass(frozen=True)
class _Refused:
    text: str


@dataclass(frozen=True)
class Asked:
    """One request to book an order.

    ``settings`` are Bizuno's documents as text, ``authorise`` asks for the user in
    whose name to book, within the same transaction, and ``address`` is the caller's.
    ``admit`` asks whether the caller may ask at all, where that is not known yet.
    """

    order: Order
    settings: Mapping[str, str]
    authorise: Authorise
    address: str
    admit: Callable[[Batch], Callable[[], None]] | None = None


def receive(books: Books, asked: Asked) -> Reply:
    """Book an order once, whatever is sent how often; returns the answer.

    Raises Conflict (409) where Bizuno has moved on; the new content is kept.
    """
    content, careful = digest(_content(asked.order)), False

    def work(conn: Connection) -> Reply | _Refused:
        return _Work(books, asked, content, Batch(conn), careful).receive()

    while True:
        try:
            outcome = books.database.run(work)
        except _Beaten:
            continue  # its receipt is there now, and answers
        except (NumberTaken, Overtaken):
            careful = True
            continue
        if isinstance(outcome, _Refused):
            raise Conflict(outcome.text, code="order_moved_on")
        return outcome


def _content(order: Order) -> dict[str, Any]:
    """What makes two orders the same: of the payment status only what Bizuno keeps."""
    content = order.content()
    content["payment"]["status"] = mapping.payment_status(order.payment.status)
    return content


class _Work:
    """One try of a request, in one transaction."""

    def __init__(
        self, books: Books, asked: Asked, content: str, batch: Batch, careful: bool
    ) -> None:
        self.books, self.asked, self.content = books, asked, content
        self.batch, self.careful = batch, careful
        self.key, self.ledger = asked.order.purchase_order, books.ledger

    def receive(self) -> Reply | _Refused:
        batch, since = self.batch, None
        if not self.careful:
            since = known_since(batch.conn, self.books.database, self.ledger)
        admitted = self.asked.admit(batch) if self.asked.admit else None
        user = self.asked.authorise(batch)
        known = self.ledger.ask_receipt(batch, KIND, self.key)
        order, settings = self.asked.order, self.asked.settings
        self.clerk = Clerk(batch, self.books, order, settings, since)
        if admitted:
            admitted()
        self.user, receipt = user(), known()
        if receipt and receipt.digest == self.content:
            return _already(receipt)
        self.clerk.plan()
        if receipt is None and (foreseen := self.clerk.foresee(self.user)):
            return self._issue(foreseen)
        self.clerk.lock(new=receipt is None)
        if receipt is None:
            receipt = self._taken_over()
            if receipt is None:
                booked = self.clerk.book(self.user, careful=self.careful)
                return self._issue(booked)
        else:
            batch.send()
            receipt = self.ledger.receipt(batch.conn, KIND, self.key, lock=True)
            if receipt is None:
                raise _Beaten
        if receipt.digest == self.content:
            return _already(receipt)
        return self._again(receipt)

    def _taken_over(self) -> Receipt | None:
        """The receipt of an entry from before the portal, issued now."""
        batch, clerk = self.batch, self.clerk
        since = books_since(batch, self.books.database, self.ledger)
        if not since or clerk.customer is None:
            return None
        customer = int(clerk.customer.id)
        receipt = ask_booked_before(batch, since, customer, clerk.sale, self.content)()
        if receipt is not None:
            try:
                self.ledger.issue(batch, KIND, receipt)
                batch.send()
            except IntegrityError:
                raise _Beaten from None
        return receipt

    def _issue(self, booked: Booked) -> Reply:
        """Write the receipt of a new entry with it, and send both."""
        receipt = Receipt(self.key, self.content, 0, _kept(booked))
        try:
            self.ledger.issue(self.batch, KIND, receipt, reference=booked.id)
            self.clerk.finish(booked, self.user, self.asked.address)
        except IntegrityError:
            raise _Beaten from None
        return _reply(booked)

    def _again(self, receipt: Receipt) -> Reply | _Refused:
        """Replace the entry of a receipt by new content, if it is still open."""
        conn = self.batch.conn
        posted = read_posted(conn, receipt.reference)
        number = receipt.reply.get("number", "")
        obstacle = posted.obstacle if posted else "has been deleted"
        if posted is None or obstacle:
            text = (
                f"Order {receipt.key} is recorded as {number} (ID "
                f"{receipt.reference}), which {obstacle} in Bizuno; nothing was "
                "changed. The new content is kept for an operator to decide."
            )
            kept = {"reason": text, "order": self.asked.order.content()}
            late = Receipt(receipt.key, self.content, receipt.reference, kept)
            refused.keep(conn, self.ledger, late, self.asked.address)
            return _Refused(text)
        booked = self.clerk.replace(posted, self.user, careful=self.careful)
        revision = receipt.revision + 1
        booked.messages.info(
            f"Order {receipt.key} had been recorded as {posted.number}; the entry was "
            f"replaced (revision {revision}).",
            code="revised",
        )
        kept = _kept(booked)
        new = Receipt(receipt.key, self.content, receipt.reference, kept, revision)
        self.ledger.reissue(conn, KIND, new)
        refused.forget(conn, self.ledger, receipt.key)
        self.clerk.finish(booked, self.user, self.asked.address)
        return _reply(booked)


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
    return Reply(fields={"ID": str(receipt.reference)}, messages=messages)


def _reply(booked: Booked) -> Reply:
    ident = booked.id() if isinstance(booked.id, Figure) else booked.id
    messages = booked.messages
    if booked.spelling:
        messages = messages.reworded(booked.spelling.read)
    return Reply(fields={"ID": str(ident)}, messages=messages)
