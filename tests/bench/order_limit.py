"""What the database itself can do: the rows of an order in hand-written statements.

Each client is a process with a connection of its own. A transaction locks the row of
the reference numbers, counts it on, and writes the rows that the portal wrote for an
order: entry, lines, cost, stock, balances, receipt, audit. Left out is all that finds
out what to write: who may, customer, items, layers, accounts, totals.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pymysql
from pymysql.cursors import Cursor
from sqlalchemy import Connection, Table, make_url, select
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

from bridge.common.batch import Batch
from portal.books import Books
from portal.books import tables as t
from portal.books.journals import INVOICE, ORDER
from portal.books.periods import Calendar, ask_calendar
from portal.books.references import META_KEY, increment
from portal.books.settings import read_documents
from portal.intake.accounts import EARNINGS, Chart, read_chart

from .clients import Load

Row = dict[str, Any]
_SERIES = {ORDER: "next_ref_j10", INVOICE: "next_ref_j12"}
_LOCK = (
    f"SELECT id, meta_value FROM common_meta WHERE meta_key = '{META_KEY}' FOR UPDATE"
)
_NUMBER = "UPDATE common_meta SET meta_value = %s WHERE id = %s"
_ADD = (
    "UPDATE {table} SET {column} = {column} + CASE id {cases} END WHERE id IN ({ids})"
)
_BALANCES = """
    UPDATE journal_history
    SET credit_amount = credit_amount + IF(period = {period}, CASE {credit} END, 0),
        debit_amount = debit_amount + IF(period = {period}, CASE {debit} END, 0),
        beginning_balance = beginning_balance + CASE
            WHEN period = {period} THEN 0
            WHEN period <= {year_end} THEN CASE {carry} END
            ELSE CASE {beyond} END END
    WHERE period >= {period} AND gl_account IN ({accounts})"""


@dataclass(frozen=True)
class Model:
    """The rows of one entry as the portal wrote them; ``updates`` are ready to run."""

    head: Row
    lines: list[Row]
    usage: list[Row]
    receipt: Row
    audit: Row
    updates: list[str]


def model_of(books: Books, entry: int) -> Model:
    """Read an entry that was booked through the portal."""
    receipts, usage, log = books.ledger.receipts, t.journal_cogs_usage, t.audit_log
    with books.database.read() as conn:
        (head,) = _rows(conn, t.journal_main, t.journal_main.c.id == entry)
        lines = _rows(conn, t.journal_item, t.journal_item.c.ref_id == entry)
        used = _rows(conn, usage, usage.c.journal_main_id == entry)
        (receipt,) = _rows(conn, receipts, receipts.c.reference == entry)
        (audit,) = _rows(conn, log, log.c.log_entry.contains(f"(rID={entry})"))
        skus = {line["sku"]: line["qty"] for line in lines if "sku" in line}
        item = t.inventory.c
        found = conn.execute(select(item.id, item.sku).where(item.sku.in_(skus)))
        sold = {row.id: skus[row.sku] for row in found}
        day = date.fromisoformat(head["post_date"])
        calendar = ask_calendar(Batch(conn), day, day)()
        texts = read_documents(conn, (), ["chart_of_accounts"])
        chart = read_chart(texts["chart_of_accounts"])
    updates = [_addition("inventory", "qty_so", sold)]
    if head["journal_id"] == INVOICE:
        layers = {row["inventory_history_id"]: -row["qty"] for row in used}
        updates = [
            _addition("inventory", "qty_stock", {i: -qty for i, qty in sold.items()}),
            _addition("inventory_history", "remaining", layers),
            _balances(head["period"], lines, calendar, chart),
        ]
    return Model(head, lines, used, receipt, audit, updates)


def _rows(conn: Connection, table: Table, where: Any) -> list[Row]:
    """Rows without what the database fills in by itself."""
    return [
        {
            name: value
            for name, value in row._mapping.items()
            if name != "id" and value is not None
        }
        for row in conn.execute(select(table).where(where))
    ]


def _addition(table: str, column: str, amounts: Mapping[int, Any]) -> str:
    cases = " ".join(f"WHEN {row} THEN {amount}" for row, amount in amounts.items())
    ids = ", ".join(map(str, amounts))
    return _ADD.format(table=table, column=column, cases=cases, ids=ids)


def _balances(
    period: int, lines: Iterable[Row], calendar: Calendar, chart: Chart
) -> str:
    zero, keeper = Decimal(0), chart.defaults[EARNINGS]
    sums: dict[str, dict[str, Decimal]] = {
        name: defaultdict(Decimal) for name in ("credit", "debit", "carry", "beyond")
    }
    for line in lines:
        account, net = line["gl_account"], line["debit_amount"] - line["credit_amount"]
        sums["credit"][account] += line["credit_amount"]
        sums["debit"][account] += line["debit_amount"]
        sums["carry"][account] += net
        sums["beyond"][keeper if chart.closes_yearly(account) else account] += net
    accounts = sorted({account for side in sums.values() for account in side})

    def cases(side: dict[str, Decimal]) -> str:
        found = ((account, side.get(account, zero)) for account in accounts)
        return " ".join(f"WHEN gl_account = '{a}' THEN {s}" for a, s in found)

    return _BALANCES.format(
        period=period,
        year_end=calendar.year_end,
        accounts=", ".join(f"'{account}'" for account in accounts),
        **{name: cases(side) for name, side in sums.items()},
    )


def write(url: str, model: Model, first: int, count: int, clients: int) -> Load:
    """Write ``count`` orders with so many clients; ``first`` is the first's number.

    A client that fails is an EOFError here.
    """
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(clients)
    answers = []
    for at in range(clients):
        heard, said = context.Pipe(duplex=False)
        numbers = range(first + at, first + count, clients)
        context.Process(
            target=_client, args=(url, model, numbers, ready, said), daemon=True
        ).start()
        said.close()
        answers.append(heard)
    found = [answer.recv() for answer in answers]
    seconds = max(ended for _, ended, _ in found) - min(began for began, *_ in found)
    return Load(seconds, tuple(wait for *_, waits in found for wait in waits), b"")


def _client(url: str, model: Model, numbers: range, ready: Any, answer: Any) -> None:
    _, options = MySQLDialect_pymysql().create_connect_args(make_url(url))
    conn = pymysql.connect(**options, charset="utf8mb4", autocommit=False)
    waits: list[float] = []
    with conn, conn.cursor() as cursor:
        ready.wait(60)
        began = time.perf_counter()
        for number in numbers:
            asked = time.perf_counter()
            _write(cursor, model, number)
            conn.commit()
            waits.append(time.perf_counter() - asked)
        answer.send((began, time.perf_counter(), waits))


def _write(cursor: Cursor, model: Model, number: int) -> None:
    """One order; the audit row last, as its table knows no rollback."""
    cursor.execute(_LOCK)
    row, text = cursor.fetchall()[0]
    document = json.loads(text)
    series = document[_SERIES[model.head["journal_id"]]]
    invoice, series["value"] = series["value"], increment(series["value"])
    cursor.execute(_NUMBER, (json.dumps(document), row))
    order = f"L{number}"
    entry = _insert(
        cursor,
        "journal_main",
        [{**model.head, "invoice_num": invoice, "purch_order_id": order}],
    )
    _insert(cursor, "journal_item", [{**line, "ref_id": entry} for line in model.lines])
    if model.usage:
        used = [{**one, "journal_main_id": entry} for one in model.usage]
        _insert(cursor, "journal_cogs_usage", used)
    for update in model.updates:
        cursor.execute(update)
    receipt = {**model.receipt, "receipt_key": order, "reference": entry}
    _insert(cursor, "bizuno_portal_receipts", [receipt])
    _insert(cursor, "audit_log", [model.audit])


def _insert(cursor: Cursor, table: str, rows: list[Row]) -> int:
    """The rows in one statement; the ID of the first."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    one = f"({', '.join(['%s'] * len(names))})"
    all_of_them = ", ".join([one] * len(rows))
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES {all_of_them}",
        [row.get(name) for row in rows for name in names],
    )
    return int(cursor.lastrowid)
