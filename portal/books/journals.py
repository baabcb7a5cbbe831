"""Journal entries: a head and its rows, written, replaced and read as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from bridge.common.batch import Batch, Figure
from bridge.common.money import ZERO

from .balances import Movements
from .tables import journal_item, journal_main

ORDER, INVOICE = 10, 12
"""Journals: sales order and sales invoice."""


@dataclass(frozen=True)
class Posting:
    """A row of an entry; exactly one of ``credit`` and ``debit`` is used."""

    gl_type: str
    account: str
    description: str
    credit: Decimal = ZERO
    debit: Decimal = ZERO
    quantity: Decimal = Decimal(1)
    item_cnt: int = 0
    sku: str | None = None
    full_price: Decimal = ZERO
    trans_code: str | None = ""
    item_ref_id: int | None = 0
    date_1: str | None = None


@dataclass(frozen=True)
class Entry:
    """An entry to be written.

    ``head`` has the other columns of ``journal_main`` that do not keep their defaults.
    """

    journal: int
    number: str
    period: int
    post_date: date
    head: Mapping[str, Any]
    postings: tuple[Posting, ...]

    def movements(self) -> Movements:
        """Credit and debit by account."""
        out: dict[str, tuple[Decimal, Decimal]] = {}
        for row in self.postings:
            credit, debit = out.get(row.account, (ZERO, ZERO))
            out[row.account] = (credit + row.credit, debit + row.debit)
        return out


_WRITE = insert(journal_main)
_REPLACE = update(journal_main).where(journal_main.c.id == bindparam("entry"))
_WRITE_ROWS = insert(journal_item)
_DELETE_ROWS = delete(journal_item).where(journal_item.c.ref_id == bindparam("entry"))


def write_entry(batch: Batch, entry: Entry) -> Figure:
    """Write a new entry and its rows; its ID."""
    written = batch.insert(_WRITE, _head(entry))
    batch.execute(_WRITE_ROWS, _rows(written, entry))
    return written


def replace_entry(batch: Batch, written: int, entry: Entry) -> None:
    """Put ``entry`` in the place of the one that is there, under the same ID."""
    batch.execute(_REPLACE, {"entry": written, **_head(entry)})
    batch.execute(_DELETE_ROWS, {"entry": written})
    batch.execute(_WRITE_ROWS, _rows(written, entry))


def _head(entry: Entry) -> dict[str, Any]:
    return {
        **entry.head,
        "journal_id": entry.journal,
        "invoice_num": entry.number,
        "period": entry.period,
        "post_date": entry.post_date,
        "terminal_date": entry.post_date,
    }


def _rows(written: int | Figure, entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "ref_id": written,
            "item_ref_id": row.item_ref_id,
            "gl_type": row.gl_type,
            "item_cnt": row.item_cnt,
            "sku": row.sku,
            "qty": row.quantity,
            "description": row.description,
            "debit_amount": row.debit,
            "credit_amount": row.credit,
            "full_price": row.full_price,
            "gl_account": row.account,
            "trans_code": row.trans_code,
            "post_date": entry.post_date,
            "date_1": row.date_1,
        }
        for row in entry.postings
    ]
