"""How fast a catalog refresh is, over HTTP, against the same change in raw SQL.

A sample shop with N simple products behind gunicorn with two workers, a user with a
real password, 1,000 items in each call, bodies as Bizuno's own client builds them, a
new connection for every call. The database flushes at every commit.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import requests

from bridge.common import config, phpform, sample
from bridge.common.database import Database
from bridge.sample import create_sample
from bridge.shop import Shop
from tests.support import mariadb
from tests.support.servers import Gunicorn

from . import catalog, limit
from .measure import Statements, forget_peaks, peak_rss_mb
from .report import Result, Timing

PER_CALL = 1000
SEED = 20261121
HEADERS = {
    "email": sample.STORE_EMAIL,
    "pass": sample.STORE_PASSWORD,
    "Content-Type": "application/x-www-form-urlencoded",
}


class Values:
    """Prices and quantities; each round gives every product others than before."""

    def __init__(self, items: int) -> None:
        self.rows: list[limit.Row] = []
        self._items, self._round = items, 0
        self._random = random.Random(SEED)

    def all_change(self) -> list[limit.Row]:
        """Every product gets another price and another quantity."""
        self._round += 1
        self.rows = [self._row(number) for number in range(self._items)]
        return self.rows

    def some_change(self, share: float) -> list[limit.Row]:
        """A random share of the products changes."""
        self._round += 1
        for number in self._random.sample(
            range(self._items), max(1, int(self._items * share))
        ):
            self.rows[number] = self._row(number)
        return self.rows

    def _row(self, number: int) -> limit.Row:
        price = Decimal(6 + number % 90 + self._round) + Decimal("0.25")
        return catalog.sku(number), price, 11 + number % 40 + self._round % 7


class Store:
    """The shop under test: sends refreshes and checks what is answered."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/wp-json/bizuno-api/v1/product/refresh"

    def send(self, body: bytes) -> tuple[float, int]:
        """One call; its seconds and how many products it changed."""
        started = time.perf_counter()
        answer = requests.put(self.url, data=body, headers=HEADERS, timeout=300)
        seconds = time.perf_counter() - started
        if answer.status_code != 200 or answer.json()["result"] != "Success":
            raise RuntimeError(f"status {answer.status_code}: {answer.text[:500]}")
        return seconds, int(answer.json()["acted"])

    def refresh(
        self, rows: Sequence[limit.Row], expected: int, *, at_once: int = 1
    ) -> Timing:
        """Send all rows, so many calls at a time."""
        bodies = bodies_of(rows)
        started = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            calls = list(pool.map(self.send, bodies))
        seconds = time.perf_counter() - started
        acted = sum(changed for _, changed in calls)
        if acted != expected:
            raise RuntimeError(f"{acted} products changed, not {expected}")
        return Timing((seconds,), tuple(one for one, _ in calls))


def bodies_of(rows: Sequence[limit.Row]) -> list[bytes]:
    """The bodies of the calls, with the fields that Bizuno sends."""
    items = [
        {
            "SKU": sku,
            "QtyStock": qty,
            "Weight": 1,
            "Type": "si",
            "FullPrice": price,
            "Price": price,
            "RegularPrice": price,
            "SalePrice": "",
        }
        for sku, price, qty in rows
    ]
    return [
        phpform.encode({"data": items[at : at + PER_CALL]})
        for at in range(0, len(items), PER_CALL)
    ]


def run(server: mariadb.Server, items: int, runs: int) -> Result:
    """The whole benchmark on a new database of ``server``."""
    url = server.url(server.create_database())
    with tempfile.TemporaryDirectory(prefix="bizuno-bench-") as folder:
        text = (
            f"[bridge]\ndatabase = {url}\nuploads = {folder}\n"
            "[server]\nthreads = 8\nlog_level = warning\n"
        )
        create_sample(Shop.of(config.parse(text, {})))
        database = Database(url)
        started = time.perf_counter()
        catalog.fill(database, items)
        filled = time.perf_counter() - started
        served = Gunicorn("bridge", text, Path(folder), workers=2)
        try:
            return _Bench(served, database, items, runs).measure(filled)
        finally:
            served.stop()
            database.dispose()


class _Bench:
    def __init__(
        self, served: Gunicorn, database: Database, items: int, runs: int
    ) -> None:
        self.served, self.database = served, database
        self.items, self.runs = items, runs
        self.store, self.values = Store(served.url), Values(items)
        self.result = Result(
            f"product/refresh, {items} products, {PER_CALL} per call, median of {runs}",
            ("case", "seconds", "items/s", "call p95 ms", "against the limit"),
        )

    def measure(self, filled: float) -> Result:
        """Warm up, then every case."""
        warm = self.values.all_change()
        for _ in range(2):
            limit.change_at_once(self.database.url, self.values.all_change())
            self.store.refresh(self.values.all_change(), self.items, at_once=2)
        self.store.refresh(warm[:10], 10)
        self.store.refresh(self.values.rows[:10], 10)
        forget_peaks(self.served)
        raw, at_once, ours, statements = self._all_three()
        peak = peak_rss_mb(self.served)
        numbers = self.result.numbers
        numbers |= {
            "items_per_s": round(self.items / ours.seconds, 1),
            "limit_items_per_s": round(self.items / raw.seconds, 1),
            "ratio_to_limit": round(ours.seconds / raw.seconds, 3),
            "one_transaction_items_per_s": round(self.items / at_once.seconds, 1),
            "ratio_to_one_transaction": round(ours.seconds / at_once.seconds, 3),
            "statements_per_call": round(statements, 1),
            "peak_rss_mb": round(peak, 1),
        }
        self._row(f"the limit: raw SQL, {PER_CALL} in a transaction", raw, raw)
        self._row("raw SQL, all in one transaction", at_once, raw)
        self._row("all change", ours, raw, "all_change")
        few = max(1, self.items // 100)
        self._row("1 % change", self._some(few), raw, "one_percent")
        self._row("none change", self._none(), raw, "none_change")
        self._row("all change, two calls at once", self._all(2), raw, "two_at_once")
        for name, categories in (("none", 0), ("one", 1)):
            catalog.spread(self.database, categories)
            case = f"all change, all products in {name} category"
            self._row(case, self._all(1), raw, f"category_{name}")
        self.result.notes += [
            f"{statements:.1f} statements per call; a worker held {peak:.0f} MiB at "
            f"most; filling the shop took {filled:.1f} s.",
            "The limit writes the same values in as many transactions as there are "
            "calls, without parents, visibility, transients, ledger or finding out "
            "what changed.",
        ]
        return self.result

    def _all_three(self) -> tuple[Timing, Timing, Timing, float]:
        """The limits and ours by turns, so that all meet the same machine."""
        url, counter = self.database.url, Statements(self.database)
        raw, at_once, ours, asked = [], [], [], 0
        for _ in range(self.runs):
            rows = self.values.all_change()
            raw.append(limit.change_in_calls(url, rows, PER_CALL))
            at_once.append(limit.change_at_once(url, self.values.all_change()))
            rows = self.values.all_change()
            before = counter.count()
            ours.append(self.store.refresh(rows, self.items))
            asked += counter.count() - before
        timing = _joined(ours)
        share = asked / len(timing.calls)
        return Timing(tuple(raw)), Timing(tuple(at_once)), timing, share

    def _all(self, at_once: int) -> Timing:
        return _joined(
            self.store.refresh(self.values.all_change(), self.items, at_once=at_once)
            for _ in range(self.runs)
        )

    def _some(self, few: int) -> Timing:
        return _joined(
            self.store.refresh(self.values.some_change(0.01), few)
            for _ in range(self.runs)
        )

    def _none(self) -> Timing:
        return _joined(
            self.store.refresh(self.values.rows, 0) for _ in range(self.runs)
        )

    def _row(self, case: str, timing: Timing, raw: Timing, key: str = "") -> None:
        speed = self.items / timing.seconds
        self.result.rows.append(
            (
                case,
                f"{timing.seconds:.3f}",
                f"{speed:,.0f}",
                f"{timing.p95 * 1000:.0f}" if timing.calls else "",
                f"{timing.seconds / raw.seconds:.2f}",
            )
        )
        if key:
            self.result.numbers[f"{key}_items_per_s"] = round(speed, 1)


def _joined(timings: Iterable[Timing]) -> Timing:
    found = list(timings)
    return Timing(
        tuple(one.runs[0] for one in found),
        tuple(call for one in found for call in one.calls),
    )
