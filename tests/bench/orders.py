"""How fast orders are booked, over HTTP, against the same rows written by hand.

Sample books behind gunicorn as the README runs it; the clients share the machine. Each
order has a connection and a number of its own, three lines, and a customer that is
known. The limit writes the rows of such an order from as many clients, in a transaction
of hand-written statements each, in the same minute on the same MariaDB.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import median

from sqlalchemy import func, select

from bridge.common import config
from portal.books import Books
from portal.books import tables as t
from portal.books.journals import INVOICE, ORDER
from portal.sample import create_sample
from tests.portal import sound
from tests.portal.orders import fix_journal
from tests.support import mariadb
from tests.support.servers import Gunicorn

from . import order_limit, trade
from .clients import Load, load
from .measure import Statements, cpu_seconds
from .report import Result, Timing

WORKERS, THREADS = 2, 16
MOST = 2_000  # orders of one row
PEER = {(ORDER, 8): 67, (INVOICE, 8): 51}
"""What the original books per second, by journal and clients."""
FIRST = 100_000


def run(server: mariadb.Server, items: int, runs: int) -> Result:
    """At most ``MOST`` orders for each row, in ``runs`` parts."""
    url = server.url(server.create_database("utf8mb4_unicode_ci"))
    with tempfile.TemporaryDirectory(prefix="bizuno-bench-") as folder:
        text = (
            f"[portal]\ndatabase = {url}\ndata = {folder}/data\n"
            f"[server]\nthreads = {THREADS}\nlog_level = warning\n"
        )
        books = Books.of(config.parse(text, {}))
        create_sample(books)
        trade.fill(books)
        served = Gunicorn(
            "portal", text, Path(folder), workers=WORKERS, threads=THREADS
        )
        try:
            bench = _Bench(served, books, min(items, MOST), runs)
            for journal in (INVOICE, ORDER):
                bench.measure(journal)
            bench.check()
            return bench.result
        finally:
            served.stop()
            books.database.dispose()


class _Bench:
    def __init__(self, served: Gunicorn, books: Books, items: int, runs: int) -> None:
        self.served, self.books = served, books
        self.part, self.runs = max(items // runs, 8), runs
        self.next = FIRST
        self.result = Result(
            f"orderAdd, {trade.LINES} lines, {items} orders, median of {runs}, "
            f"{WORKERS} workers with {THREADS} threads",
            ("case", "orders/s", "median ms", "p95 ms", "to limit", "the original"),
        )
        self.result.numbers["variants"] = {}

    def measure(self, journal: int) -> None:
        """One journal: with 8 clients beside the limit, then with one."""
        fix_journal(self.books, journal)
        self._send(50, 8)  # each worker has compiled its statements then
        model = order_limit.model_of(self.books, self._last())
        for clients in (8, 1):
            raw, ours = [], []
            asked, cpu = 0, 0.0
            statements = Statements(self.books.database)
            for _ in range(self.runs):  # by turns, so that both meet the same machine
                raw.append(self._limit(model, clients))
                before, used = statements.count(), cpu_seconds(self.served)
                ours.append(self._send(self.part, clients))
                asked += statements.count() - before
                cpu += cpu_seconds(self.served) - used
            self._row(journal, clients, ours, raw)
            booked = self.part * self.runs
            self.result.notes.append(
                f"Journal {journal}, clients {clients}: {asked / booked:.1f} "
                f"statements and {cpu / booked * 1000:.2f} ms of CPU an order."
            )

    def _send(self, count: int, clients: int) -> Load:
        orders = list(islice(trade.requests(self.next), count))
        self.next += count
        return load(self.served.port, orders, clients)

    def _limit(self, model: order_limit.Model, clients: int) -> Load:
        self.next += self.part
        return order_limit.write(
            self.books.database.url, model, self.next, self.part, clients
        )

    def _last(self) -> int:
        with self.books.database.read() as conn:
            return int(conn.execute(select(func.max(t.journal_main.c.id))).scalar_one())

    def check(self) -> None:
        """Every order is in the books once, and the books are sound."""
        with self.books.database.read() as conn:
            findings = sound.findings(conn)
        if findings:
            raise RuntimeError(f"{len(findings)} findings, first: {findings[0]}")

    def _row(
        self, journal: int, clients: int, ours: Sequence[Load], raw: Sequence[Load]
    ) -> None:
        speed, limit = _speed(ours), _speed(raw)
        waits = sorted(wait for one in ours for wait in one.waits)
        p50, p95 = median(waits) * 1000, Timing((), tuple(waits)).p95 * 1000
        original = PEER.get((journal, clients))
        self.result.rows += [
            (
                f"journal {journal}, {clients} client{'s'[: clients > 1]}",
                f"{speed:,.0f}",
                f"{p50:.1f}",
                f"{p95:.1f}",
                f"{speed / limit:.2f}",
                f"{original}/s" if original else "",
            ),
            ("  the limit: by hand", f"{limit:,.0f}", "", "", "1", ""),
        ]
        numbers = {
            "orders_per_s": round(speed, 1),
            "p50_ms": round(p50, 2),
            "p95_ms": round(p95, 2),
            "limit_per_s": round(limit, 1),
            "ratio_to_limit": round(speed / limit, 3),
        }
        if (journal, clients) == (INVOICE, 8):
            self.result.numbers |= numbers
        else:
            name = f"journal_{journal}_clients_{clients}"
            self.result.numbers["variants"][name] = numbers


def _speed(loads: Sequence[Load]) -> float:
    return median(len(one.waits) / one.seconds for one in loads)
