"""Orders that Bizuno's own import booked before the portal took over.

They have no receipt, so the store sending one again would book it twice. Which entries
are that old is settled with the first order of all: everything that was in the books
then. A later entry with the number of an order is a person's, and none of ours.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Connection, bindparam, func, literal, select

from bridge.common.batch import Answer, Batch
from bridge.common.database import Database
from bridge.common.ledger import Ledger, Receipt
from bridge.common.money import to_cents
from bridge.common.prepared import Rows

from .books.journals import INVOICE, ORDER
from .books.tables import journal_main
from .intake.sale import Sale

SINCE = "order-since"
"""The receipt that keeps how far the books went before the first order."""
_known: WeakKeyDictionary[Database, int] = WeakKeyDictionary()
_m = journal_main.c
_LAST = select(func.max(_m.id))
_BOOKED = (
    select(_m.id, _m.invoice_num, _m.journal_id, _m.total_amount, _m.purch_order_id)
    .where(
        _m.contact_id_b == bindparam("customer"),
        _m.id <= bindparam("since"),
        _m.purch_order_id == bindparam("number"),
        _m.journal_id.in_([literal(ORDER), literal(INVOICE)]),
        _m.so_po_ref_id == 0,
    )
    .order_by(_m.id)
)


def books_since(batch: Batch, database: Database, ledger: Ledger) -> int:
    """The ID of the last entry before the first order; 0 for books without any.

    Never changes, so each process asks once, after what is in the batch. The very first
    order settles it: two at once are an IntegrityError for one of them, as with any
    receipt.
    """
    if database not in _known:
        batch.send()
    since = known_since(batch.conn, database, ledger)
    if since is None:
        since = int(batch.conn.execute(_LAST).scalar() or 0)
        ledger.issue(batch, SINCE, Receipt("", "", since, {}))
    return since


def known_since(conn: Connection, database: Database, ledger: Ledger) -> int | None:
    """The same where the first order has been; None before it."""
    if database not in _known:
        kept = ledger.receipt(conn, SINCE, "")
        if kept is None:
            return None
        _known[database] = kept.reference
    return _known[database]


def ask_booked_before(
    batch: Batch, since: int, customer: int, sale: Sale, content: str
) -> Answer[Receipt | None]:
    """A receipt for the entry that Bizuno made of this order of a known customer.

    With the same total it is taken for the same content; else its digest is empty,
    and the order counts as changed.
    """
    number = sale.purchase_order

    def receipt(rows: Rows) -> Receipt | None:
        for row in rows:
            if row.purch_order_id == number:
                same = to_cents(row.total_amount) == sale.total
                kept = {"number": row.invoice_num, "journal": row.journal_id}
                return Receipt(number, content if same else "", row.id, kept)
        return None

    given = {"customer": customer, "since": since, "number": number}
    return batch.ask(_BOOKED, given, receipt)
