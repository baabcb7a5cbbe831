"""Which orders of a store are in the books: the read-only answer to ``orderFind``.

A method of ours; Bizuno's own portal has none. The store compares its orders with
what the books really hold, not with what it was once told: books that were restored
from a backup lack orders that were acknowledged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from bridge.common.envelope import ItemResult, Reply, Status
from bridge.common.errors import FieldProblem, TooLarge, Unprocessable

from .books import Books
from .books.journals import INVOICE, ORDER
from .books.tables import journal_main
from .refused import KIND

MOST = 2000
_FIELD = "PurchaseOrderID"


@dataclass(frozen=True)
class _Entry:
    id: int
    number: str


def read_references(body: Mapping[str, Any]) -> list[str]:
    """The numbers that are asked for; raises Unprocessable without a list of them."""
    sent = {name.casefold(): value for name, value in body.items()}
    value = sent.get(_FIELD.casefold())
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        text = f"{_FIELD} must be a list of order numbers."
        raise Unprocessable.of([FieldProblem(_FIELD, text, "required")])
    if len(value) > MOST:
        raise TooLarge(f"{len(value)} orders are asked for; {MOST} are allowed.")
    return value


def find_orders(books: Books, references: Sequence[str]) -> Reply:
    """An item for each reference: ``unchanged`` with ID and number, or ``missing``."""
    with books.database.read() as conn:
        receipts = _receipts(conn, books, references)
        entries = _entries(conn, {ident for ident, _ in receipts.values()})
        rest = [one for one in references if one not in receipts]
        booked = _booked(conn, rest) if rest else {}
    items = []
    for reference in references:
        ident, number = receipts.get(reference, (0, ""))
        entry = entries.get(ident) or booked.get(reference)
        items.append(_item(reference, ident, number, entry))
    return Reply(items=items)


def _item(reference: str, ident: int, number: str, entry: _Entry | None) -> ItemResult:
    if entry:
        return ItemResult(reference, Status.UNCHANGED, "PO", entry.id, entry.number)
    if ident:
        text = f"It was recorded as {number} (ID {ident}) and deleted in Bizuno since."
        return ItemResult(reference, Status.MISSING, "PO", None, text, "", "deleted")
    text = "It is not in the books."
    return ItemResult(reference, Status.MISSING, "PO", None, text, "", "missing")


def _receipts(
    conn: Connection, books: Books, references: Sequence[str]
) -> dict[str, tuple[int, str]]:
    table = books.ledger.receipts
    query = select(table.c.receipt_key, table.c.reference, table.c.reply).where(
        table.c.kind == KIND, table.c.receipt_key.in_(_bound(references))
    )
    return {
        row[0]: (row[1], str(json.loads(row[2]).get("number") or ""))
        for row in conn.execute(query)
    }


def _entries(conn: Connection, ids: set[int]) -> dict[int, _Entry]:
    main = journal_main.c
    query = select(main.id, main.invoice_num).where(main.id.in_(_bound(sorted(ids))))
    return {row[0]: _Entry(row[0], row[1] or "") for row in conn.execute(query)}


def _booked(conn: Connection, references: Sequence[str]) -> dict[str, _Entry]:
    """Entries of Bizuno's own import, which have no receipt; the first of each."""
    main = journal_main.c
    query = (
        select(main.purch_order_id, main.id, main.invoice_num)
        .where(
            main.purch_order_id.in_(_bound(references)),
            main.journal_id.in_((ORDER, INVOICE)),
        )
        .order_by(main.id.desc())  # of several the first counts
    )
    return {row[0]: _Entry(row[1], row[2] or "") for row in conn.execute(query)}


def _bound(values: Sequence[Any]) -> Any:
    return bindparam("among", list(values), expanding=True, unique=True)
