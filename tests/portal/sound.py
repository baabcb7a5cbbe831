"""Are books sound? What any auditor would add up, over everything that is in them."""

from __future__ import annotations

import importlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from portal.books import tables as t
from portal.books.inventory import TRACKED

SHARED = Path(__file__).resolve().parents[3] / "shared"
POSTED_TO_LEDGER = (2, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)
TEMPORARY = (30, 32, 34)
CLOSED = (*TEMPORARY, 42, 44)
ZERO = Decimal(0)
CENT = Decimal("0.005")


def findings(conn: Connection) -> list[str]:
    """Everything that is wrong, as sentences; empty for sound books."""
    return [
        *_entries(conn),
        *_numbers(conn),
        *_balances(conn),
        *_open_orders(conn),
        *_stock(conn),
        *_costs(conn),
    ]


def conformance_findings(conn: Connection) -> list[Any] | None:
    """What the conformance tools find wrong; None where they are not here."""
    if not (SHARED / "conformance" / "fsck_books.py").exists():
        return None
    sys.path.insert(0, str(SHARED))
    try:
        fsck = importlib.import_module("conformance.fsck_books")
    finally:
        sys.path.remove(str(SHARED))
    shot = {}
    for table in t.METADATA.sorted_tables:
        rows = [dict(row) for row in conn.execute(select(table)).mappings()]
        shot[table.name] = dict(enumerate(rows))
    found: list[Any] = fsck.check_rows_of(shot, {})
    return found


def _rows(conn: Connection, table: Any) -> list[Row[Any]]:
    return list(conn.execute(select(table)))


def _entries(conn: Connection) -> Iterator[str]:
    heads = {head.id: head for head in _rows(conn, t.journal_main)}
    sides: dict[int, Decimal] = defaultdict(Decimal)
    totals: dict[int, list[Decimal]] = defaultdict(list)
    for row in _rows(conn, t.journal_item):
        if row.ref_id not in heads:
            yield f"row {row.id} belongs to no entry"
            continue
        sides[row.ref_id] += row.debit_amount - row.credit_amount
        if row.gl_type == "ttl":
            totals[row.ref_id].append(row.debit_amount - row.credit_amount)
        if row.post_date != heads[row.ref_id].post_date:
            yield f"row {row.id} has another date than its entry"
        for amount in (row.debit_amount, row.credit_amount):
            if amount != amount.quantize(Decimal("0.01")):
                yield f"row {row.id} has {amount}, which is no cents"
    for ident, head in heads.items():
        if abs(sides[ident]) > CENT:
            yield f"entry {ident} is out of balance by {sides[ident]}"
        if head.journal_id in (10, 12):
            if (
                len(totals[ident]) != 1
                or abs(totals[ident][0] - head.total_amount) > CENT
            ):
                yield f"entry {ident} has totals {totals[ident]}"


def _numbers(conn: Connection) -> Iterator[str]:
    heads = [h for h in _rows(conn, t.journal_main) if h.invoice_num]
    numbers = Counter((h.journal_id, h.invoice_num.casefold()) for h in heads)
    orders = Counter(h.purch_order_id for h in heads if h.journal_id in (10, 12))
    names = Counter(c.short_name for c in _rows(conn, t.contacts) if c.ctype_c == "1")
    for what, counted in (("number", numbers), ("order", orders), ("name", names)):
        for key, count in counted.items():
            if count > 1 and key:
                yield f"{what} {key} {count} times"


def _balances(conn: Connection) -> Iterator[str]:
    moved = _moved(conn)
    years = {p.period: p.fiscal_year for p in _rows(conn, t.journal_periods)}
    cells = {(h.period, h.gl_account): h for h in _rows(conn, t.journal_history)}
    for period in sorted(years):
        begin = sum(c.beginning_balance for (at, _), c in cells.items() if at == period)
        if abs(begin) > CENT:
            yield f"period {period} begins at {begin}"
    for (period, account), cell in cells.items():
        debit, credit = moved.pop((period, account), (ZERO, ZERO))
        if abs(cell.debit_amount - debit) > CENT:
            yield f"{account} in {period}: debit {cell.debit_amount}, rows {debit}"
        if abs(cell.credit_amount - credit) > CENT:
            yield f"{account} in {period}: credit {cell.credit_amount}, rows {credit}"
        after = cells.get((period + 1, account))
        turn = years.get(period) != years.get(period + 1)
        if after is not None and not (turn and cell.gl_type in CLOSED):
            end = cell.beginning_balance + cell.debit_amount - cell.credit_amount
            if abs(after.beginning_balance - end) > CENT:
                yield f"{account} ends {period} at {end}, goes on at {after}"
        if after is not None and turn and cell.gl_type in TEMPORARY:
            if abs(after.beginning_balance) > CENT:
                yield f"{account}: a new year begins at {after.beginning_balance}"
    for key, sides in moved.items():
        if any(abs(side) > CENT for side in sides):
            yield f"{key}: no balance for {sides}"


def _moved(conn: Connection) -> dict[tuple[int, str], tuple[Decimal, Decimal]]:
    """Debit and credit of all rows by period and account."""
    heads = {head.id: head for head in _rows(conn, t.journal_main)}
    moved: dict[tuple[int, str], tuple[Decimal, Decimal]] = {}
    for row in _rows(conn, t.journal_item):
        head = heads[row.ref_id]
        if head.journal_id in POSTED_TO_LEDGER:
            debit, credit = moved.get((head.period, row.gl_account), (ZERO, ZERO))
            sides = (debit + row.debit_amount, credit + row.credit_amount)
            moved[head.period, row.gl_account] = sides
    return moved


def _open_orders(conn: Connection) -> Iterator[str]:
    heads = {
        head.id
        for head in _rows(conn, t.journal_main)
        if head.journal_id == 10 and head.closed == "0"
    }
    ordered: dict[str, Decimal] = defaultdict(Decimal)
    for row in _rows(conn, t.journal_item):
        if row.gl_type == "itm" and row.sku and row.ref_id in heads:
            ordered[row.sku.casefold()] += row.qty
    for item in _rows(conn, t.inventory):
        if item.inventory_type in (*TRACKED, "ns"):
            if item.qty_so != ordered[item.sku.casefold()]:
                yield f"{item.sku}: {item.qty_so} on order, lines have {ordered}"


def _stock(conn: Connection) -> Iterator[str]:
    layers: dict[str, Decimal] = defaultdict(Decimal)
    for layer in _rows(conn, t.inventory_history):
        layers[layer.sku.casefold()] += layer.remaining
        if layer.remaining < 0:
            yield f"layer {layer.id} has {layer.remaining}"
    for debt in _rows(conn, t.journal_cogs_owed):
        layers[debt.sku.casefold()] -= debt.qty
    for item in _rows(conn, t.inventory):
        if item.inventory_type in TRACKED:
            if abs(item.qty_stock - layers[item.sku.casefold()]) > CENT:
                yield f"{item.sku}: stock {item.qty_stock}, layers {layers[item.sku]}"


def _costs(conn: Connection) -> Iterator[str]:
    layers = {layer.id: layer for layer in _rows(conn, t.inventory_history)}
    items = {item.sku.casefold(): item for item in _rows(conn, t.inventory)}
    used: dict[int, Decimal] = defaultdict(Decimal)
    worth: dict[int, Decimal] = defaultdict(Decimal)
    for row in _rows(conn, t.journal_cogs_usage):
        used[row.inventory_history_id] += row.qty
        layer = layers[row.inventory_history_id]
        worth[row.journal_main_id] += row.qty * layer.unit_cost
    for row in _rows(conn, t.journal_cogs_owed):
        cost = items[row.sku.casefold()].item_cost
        worth[row.journal_main_id] += row.qty * cost
    for layer in layers.values():
        if abs(layer.qty - layer.remaining - used[layer.id]) > CENT:
            yield f"layer {layer.id}: {layer.qty} came, {layer.remaining} left, {used}"
    booked: dict[int, Decimal] = defaultdict(Decimal)
    for row in _rows(conn, t.journal_item):
        if row.gl_type == "cog":
            booked[row.ref_id] += row.debit_amount
    for entry in {*booked, *worth}:
        if abs(booked[entry] - worth[entry]) > Decimal("0.05"):
            yield f"entry {entry}: cost {booked[entry]}, layers say {worth[entry]}"
