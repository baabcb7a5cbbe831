"""Entries that are in the books already: may they be replaced, and taking them out.

Bizuno itself replaces an entry the same way when a person edits it: everything it did
is undone, then it is posted anew under the same ID.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, bindparam, select

from bridge.common.batch import Batch
from bridge.common.money import ZERO

from .balances import post_balances
from .inventory import Stock, ask_items
from .journals import INVOICE, ORDER
from .periods import ask_calendar
from .stock import add_ordered, add_stock, give_back
from .tables import journal_item, journal_main, journal_meta

_m, _r = journal_main.c, journal_item.c
_later = journal_main.alias()
_HEAD = (
    select(
        _m.id,
        _m.journal_id,
        _m.invoice_num,
        _m.period,
        _m.post_date,
        _m.store_id,
        _m.total_amount,
        _m.closed,
        _m.waiting,
        select(_later.c.id)
        .where(_later.c.so_po_ref_id == _m.id)
        .exists()
        .label("invoiced"),
        select(_r.id)
        .where(_r.item_ref_id == _m.id, _r.gl_type == "pmt")
        .exists()
        .label("paid"),
        select(journal_meta.c.id)
        .where(journal_meta.c.ref_id == _m.id, journal_meta.c.meta_key == "shipment")
        .exists()
        .label("shipped"),
    )
    .where(_m.id == bindparam("entry"))
    .with_for_update()
)
_ROWS = select(
    _r.gl_type, _r.sku, _r.qty, _r.gl_account, _r.credit_amount, _r.debit_amount
).where(_r.ref_id == bindparam("entry"))


@dataclass(frozen=True)
class Posted:
    """An entry as it stands in the books; ``obstacle`` says why it has to stay so."""

    id: int
    journal: int
    number: str
    period: int
    post_date: date
    store: int
    obstacle: str | None


def read_posted(conn: Connection, entry: int) -> Posted | None:
    """The entry, locked; None where it has been deleted."""
    row = conn.execute(_HEAD, {"entry": entry}).one_or_none()
    if row is None:
        return None
    obstacle = None
    if row.journal_id not in (ORDER, INVOICE):
        obstacle = "is in another journal now"
    elif row.paid:
        obstacle = "has been paid"
    elif row.shipped or row.waiting != "1":
        obstacle = "has been shipped"
    elif row.invoiced:
        obstacle = "has been invoiced"
    elif row.closed == "1" and row.total_amount:
        # an invoice of nothing is closed from the start
        obstacle = "has been closed"
    return Posted(
        row.id,
        row.journal_id,
        row.invoice_num or "",
        row.period,
        date.fromisoformat(row.post_date),
        row.store_id or 0,
        obstacle,
    )


def take_out(
    batch: Batch,
    posted: Posted,
    today: date,
    earnings: Callable[[str], str | None],
) -> None:
    """Undo what the entry did to stock, cost and balances; its rows stay."""
    rows = batch.ask(_ROWS, {"entry": posted.id}, list)()
    lines = [(row.sku, row.qty) for row in rows if row.gl_type == "itm" and row.sku]
    stock = ask_items(batch, [sku for sku, _ in lines], layers=False)()
    if posted.journal == ORDER:
        add_ordered(batch, _negative(_by_item(lines, stock, tracked_only=False)))
        return
    give_back(batch, posted.id)
    add_stock(batch, _by_item(lines, stock, tracked_only=True))
    movements: dict[str, tuple[Decimal, Decimal]] = {}
    for row in rows:
        credit, debit = movements.get(row.gl_account, (ZERO, ZERO))
        movements[row.gl_account] = (
            credit - row.credit_amount,
            debit - row.debit_amount,
        )
    day = posted.post_date
    calendar = ask_calendar(batch, day, today)()
    post_balances(batch, movements, posted.period, day, calendar, earnings)


def _by_item(
    lines: list[tuple[str, Decimal]], stock: Stock, *, tracked_only: bool
) -> dict[int, Decimal]:
    out: dict[int, Decimal] = {}
    for sku, quantity in lines:
        item = stock.find(sku)
        if item and (item.tracked if tracked_only else item.orderable):
            out[item.id] = out.get(item.id, ZERO) + quantity
    return out


def _negative(quantities: dict[int, Decimal]) -> dict[int, Decimal]:
    return {item: -quantity for item, quantity in quantities.items()}
