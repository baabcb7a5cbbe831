"""The story of one order in the books: received, booked, revised, shipped, told.

It is put together from what there is anyway: the receipt, Bizuno's journal and audit
log, and the runs of the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from bridge.common.money import to_cents
from bridge.common.story import Event, in_order

from . import events
from .books import Books
from .books.journals import INVOICE, ORDER
from .books.settings import decode, dig, read_documents
from .books.tables import journal_item, journal_main, journal_meta
from .intake.entry import NAMES
from .intake.rules import METAS, MODULES, Rules
from .refused import KIND, REFUSED

_m, _r = journal_main.c, journal_item.c


@dataclass(frozen=True)
class Story:
    """An order as it stands in the books, and its events in the order of time.

    ``entry`` is its row of ``journal_main``, None where it was deleted; ``standing``
    are sentences about now.
    """

    order: str
    entry: Row[Any] | None
    standing: tuple[str, ...]
    events: tuple[Event, ...]


def tell_order(books: Books, word: str, prefixes: Collection[str] = ()) -> Story | None:
    """All that the books know of an order; None where they know of none.

    ``word`` is the store's number (``WC3044``), its digits where one of ``prefixes``
    is to be put before them, or Bizuno's number of the order or of an invoice of it.
    """
    books.ledger.create(books.database)
    with books.database.read() as conn:
        order = _reference(conn, books, word, prefixes)
        if order is None:
            return None
        kept = _receipts(conn, books, order)
        receipt = kept.get(KIND)
        head = _head(conn, order, receipt)
        linked = _linked(conn, head.id) if head else []
        ids = [receipt.reference] if receipt else []
        ids += [one.id for one in ([head] if head else []) + linked]
        shipments, payments = _shipments(conn, ids), _payments(conn, ids)
        ids += [one.id for one in payments]
        standing = [
            *_of_entry(head, receipt),
            *(_of_linked(one) for one in linked),
            *(_of_payment(one) for one in payments),
            *_of_refused(kept.get(REFUSED)),
        ]
        rules = Rules(read_documents(conn, MODULES, METAS), books.config)
        happened = [
            *events.received(receipt),
            *events.posted(conn, ids),
            *events.answered(receipt),
            *events.shipped(shipments, rules.timezone()),
            *events.recorded(conn, books, order),
        ]
    return Story(order, head, tuple(standing), in_order(happened))


def _reference(
    conn: Connection, books: Books, word: str, prefixes: Iterable[str]
) -> str | None:
    """The store's number of the order that a person calls ``word``."""
    table = books.ledger.receipts.c
    names = list(dict.fromkeys([word, *(prefix + word for prefix in prefixes)]))
    query = select(table.receipt_key).where(
        table.kind.in_((KIND, REFUSED)), table.receipt_key.in_(names)
    )
    known = set(conn.execute(query).scalars())
    for name in names:
        if name in known:
            return name
    # an entry of that number, or one that Bizuno's own import made of the order
    entry = conn.execute(
        select(_m.id, _m.so_po_ref_id, _m.purch_order_id)
        .where(
            or_(_m.invoice_num == word, _m.purch_order_id.in_(names)),
            _m.journal_id.in_((ORDER, INVOICE)),
        )
        .order_by(_m.id)
        .limit(1)
    ).one_or_none()
    if entry is None:
        return None
    query = select(table.receipt_key).where(
        table.kind == KIND, table.reference.in_((entry.id, entry.so_po_ref_id))
    )
    return conn.execute(query).scalars().first() or entry.purch_order_id or None


def _receipts(conn: Connection, books: Books, order: str) -> dict[str, Row[Any]]:
    table = books.ledger.receipts
    query = select(table).where(
        table.c.kind.in_((KIND, REFUSED)), table.c.receipt_key == order
    )
    return {row.kind: row for row in conn.execute(query)}


def _head(conn: Connection, order: str, receipt: Row[Any] | None) -> Row[Any] | None:
    query = select(journal_main).order_by(_m.id).limit(1)
    if receipt is not None:
        query = query.where(_m.id == receipt.reference)
    else:
        mine = _m.purch_order_id == order
        query = query.where(mine, _m.journal_id.in_((ORDER, INVOICE)))
    return conn.execute(query).one_or_none()


def _linked(conn: Connection, entry: int) -> list[Row[Any]]:
    """What people made of the entry in Bizuno: invoices, credits."""
    query = select(journal_main).where(_m.so_po_ref_id == entry).order_by(_m.id)
    return list(conn.execute(query))


def _shipments(conn: Connection, ids: Collection[int]) -> list[Row[Any]]:
    query = (
        select(journal_meta.c.meta_value, _m.purch_order_id, _m.method_code)
        .join(journal_main, _m.id == journal_meta.c.ref_id)
        .where(journal_meta.c.meta_key == "shipment", _m.id.in_(ids))
        .order_by(journal_meta.c.id)
    )
    return list(conn.execute(query))


def _payments(conn: Connection, ids: Collection[int]) -> list[Row[Any]]:
    query = (
        select(
            _m.id,
            _m.journal_id,
            _m.invoice_num,
            _m.post_date,
            _r.credit_amount,
            _r.debit_amount,
        )
        .join(journal_item, _r.ref_id == _m.id)
        .where(_r.gl_type == "pmt", _r.item_ref_id.in_(ids))
        .order_by(_m.id)
    )
    return list(conn.execute(query))


# how it stands


def _named(head: Row[Any]) -> str:
    kind = NAMES.get(head.journal_id, "Entry")
    number = f" {head.invoice_num}" if head.invoice_num else ""
    return f"{kind}{number} (journal {head.journal_id}, ID {head.id})"


def _of_entry(head: Row[Any] | None, receipt: Row[Any] | None) -> Iterator[str]:
    if head is None:
        number = dig(decode(receipt.reply), "number", "") if receipt else ""
        entry = receipt.reference if receipt else 0
        yield f"It was recorded as {number} (ID {entry}) and deleted in Bizuno since."
        return
    total, tax = to_cents(head.total_amount), to_cents(head.sales_tax)
    yield (
        f"{_named(head)} of {head.post_date}, period {head.period}: total {total} "
        f"{head.currency}, tax {tax}, freight {to_cents(head.freight)}."
    )
    customer = f"{head.primary_name_b or ''} (ID {head.contact_id_b})".strip()
    yield f"Customer {customer}; by {head.method_code or 'no shipping method'}."
    yield f"It is {'closed' if head.closed == '1' else 'open'} in Bizuno."
    if receipt is None:
        yield "It has no receipt: Bizuno's own import booked it, not the portal."


def _of_linked(head: Row[Any]) -> str:
    verb = "Invoiced as" if head.journal_id == INVOICE else "Followed by"
    total = f"{to_cents(head.total_amount)} {head.currency}"
    return f"{verb} {_named(head)} on {head.post_date}: {total}."


def _of_payment(row: Row[Any]) -> str:
    amount = to_cents(row.credit_amount - row.debit_amount)
    return f"Paid {amount} with {_named(row)} on {row.post_date}."


def _of_refused(late: Row[Any] | None) -> Iterator[str]:
    if late is not None:
        total = dig(decode(late.reply), "order.total", "?")
        yield (
            f"Other content, with a total of {total}, waits for a decision: "
            f"bizuno-portal orders accept {late.receipt_key}, or drop."
        )
