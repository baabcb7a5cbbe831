"""How fast a catalog is pushed: the portal's command against the bridge, end to end.

A sample shop and sample books with N items each of which has three price tiers, the
bridge behind gunicorn with two workers, ``bizuno-portal refresh`` as a person calls
it. The database flushes at every commit. Portal, wire and bridge are parts of the
whole time of the command, starting Python included. What to send is computed once more
by itself, since that is what a person waits for before a plan is shown.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bridge.common import config, sample
from bridge.common.database import Database
from bridge.sample import create_sample as create_shop
from bridge.shop import Shop
from portal.books import Books
from portal.push.jobs import RefreshJob
from portal.sample import create_sample as create_books
from tests.support import mariadb
from tests.support.servers import ROOT, Gunicorn

from . import catalog
from .report import Result, Timing

FIRST_ID = 100_000
COMMAND = "import sys; from portal.cli import main; main(sys.argv[1:])"
_ACCESS_LOG = "--access-logfile=- --access-logformat='%(m)s %(U)s %(s)s %(D)s'"
_SERVED = re.compile(r"PUT \S+/product/refresh 200 (\d+)")
_LEVELS = ",".join(
    f'{{"qty":"{qty}","source":"3","adjType":"2","adjValue":"{percent}",'
    '"rndType":"0","rndValue":"0","price":""}'
    for qty, percent in ((1, 0), (10, 5), (50, 12))
)


@dataclass(frozen=True)
class Parts:
    """Seconds of one push, whole and by who spent them."""

    whole: float
    portal: float
    wire: float
    bridge: float


def run(server: mariadb.Server, items: int, runs: int) -> Result:
    """The whole benchmark on two new databases of ``server``."""
    shop, books = (server.url(server.create_database()) for _ in range(2))
    with tempfile.TemporaryDirectory(prefix="bizuno-bench-") as folder:
        text = (
            f"[bridge]\ndatabase = {shop}\nuploads = {folder}\n"
            f"[portal]\ndatabase = {books}\ndata = {folder}/data\n"
            "[server]\nthreads = 8\nlog_level = info\n"
        )
        create_shop(Shop.of(config.parse(text, {})))
        create_books(Books.of(config.parse(text, {})))
        database = Database(books)
        catalog.fill(Database(shop), items)
        fill(database, items)
        served = Gunicorn(
            "bridge",
            text,
            Path(folder),
            workers=2,
            environment={"GUNICORN_CMD_ARGS": _ACCESS_LOG},
        )
        try:
            file = Path(folder) / "push.ini"
            file.write_text(text + _store(served.url), "utf-8")
            return _Bench(file, served, database, items, runs).measure()
        finally:
            served.stop()
            database.dispose()


def _store(url: str) -> str:
    return (
        f"[store]\nurl = {url}\nemail = {sample.STORE_EMAIL}\n"
        f"password = {sample.STORE_PASSWORD}\nprefix = WC\n"
        "guard_price_change =\nguard_out_of_stock =\n"
    )


def fill(database: Database, count: int) -> None:
    """Add ``count`` items with a price sheet each, flagged for the store."""
    numbers = f"seq_0_to_{count - 1}"
    with database.transaction() as conn:
        conn.exec_driver_sql(f"""
            INSERT INTO inventory (id, sku, description_short, item_weight, qty_stock,
                full_price, item_cost, inventory_type, woocommerce_sync)
            SELECT {FIRST_ID} + seq, CONCAT('BENCH-', LPAD(seq, 5, '0')),
                CONCAT('Product ', seq), 1, 10 + MOD(seq, 50), 5.5 + MOD(seq, 90), 2,
                'si', '1'
            FROM {numbers}""")
        conn.exec_driver_sql(
            "INSERT INTO inventory_meta (ref_id, meta_key, meta_value)"
            f' SELECT {FIRST_ID} + seq, \'price_c\', CONCAT(\'{{"cType":"c","cID":0,'
            f'"iID":\', {FIRST_ID} + seq, \',"title":"Tiers","default":"1",'
            f'"levels":{{"rows":[{_LEVELS}]}}}}\') FROM {numbers}'
        )


class _Bench:
    def __init__(
        self, file: Path, served: Gunicorn, database: Database, items: int, runs: int
    ) -> None:
        self.file, self.served, self.database = file, served, database
        self.items, self.runs, self.seen = items, runs, 0
        self.result = Result(
            f"bizuno-portal refresh, {items} items with tiers, median of {runs}",
            ("case", "seconds", "items/s", "portal", "wire", "bridge"),
        )

    def measure(self) -> Result:
        """A first push to warm up, then every case."""
        self._prepare()
        self.push()
        self._case("all change", "all_change", 1)
        self._case("1 % change", "one_percent", 100)
        self._case("none change", "none_change", 0)
        return self.result

    def _prepare(self) -> None:
        """How long it takes to compute what to send, nothing else."""
        (store,) = config.parse(self.file.read_text("utf-8"), {}).stores
        job = RefreshJob(store, prefix="BENCH-")
        runs = []
        for _ in range(self.runs):
            started = time.perf_counter()
            with self.database.read() as conn:
                planned = job.plan(conn).planned
            runs.append(time.perf_counter() - started)
            if len(planned) != self.items:
                raise RuntimeError(f"{len(planned)} items are planned")
        seconds = Timing(tuple(runs)).seconds
        speed = f"{self.items / seconds:,.0f}"
        self.result.rows.append(("prepared", f"{seconds:.2f}", speed, "", "", ""))
        self.result.numbers["prepare_s"] = round(seconds, 3)

    def _case(self, name: str, key: str, every: int) -> None:
        found = []
        for _ in range(self.runs):
            changed = self._change(every) if every else 0
            found.append(self.push(changed))
        middle = sorted(found, key=lambda parts: parts.whole)[len(found) // 2]
        whole = Timing(tuple(parts.whole for parts in found)).seconds
        shares = {
            part: round(getattr(middle, part) / middle.whole, 3)
            for part in ("portal", "wire", "bridge")
        }
        self.result.rows.append(
            (
                name,
                f"{whole:.2f}",
                f"{self.items / whole:,.0f}",
                *(f"{share:.0%}" for share in shares.values()),
            )
        )
        self.result.numbers[f"{key}_s"] = round(whole, 3)
        self.result.numbers[f"{key}_shares"] = shares

    def _change(self, every: int) -> int:
        """Give every so-manieth item another price and quantity; how many it were."""
        with self.database.transaction() as conn:
            return int(
                conn.exec_driver_sql(
                    "UPDATE inventory SET qty_stock = qty_stock + 1,"
                    " full_price = full_price + 0.1"
                    f" WHERE id >= {FIRST_ID} AND MOD(id, {every}) = 0"
                ).rowcount
            )

    def push(self, expected: int | None = None) -> Parts:
        """One refresh as a command; checks that what changed was updated."""
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, "--config", str(self.file)]
            + ["refresh", "--prefix", "BENCH-", "--json"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        whole = time.perf_counter() - started
        end = json.loads(done.stdout.splitlines()[-1])
        updated = end["counts"].get("updated", 0)
        if expected is not None and updated != expected:
            raise RuntimeError(f"{updated} items were updated, not {expected}")
        calls = end.get("call_seconds", 0.0)
        served = self._served()
        return Parts(whole, whole - calls, max(0.0, calls - served), served)

    def _served(self) -> float:
        """Seconds the bridge says it worked since the last look at its log."""
        spent = _SERVED.findall(self.served.log.read_text("utf-8", "replace"))
        new, self.seen = spent[self.seen :], len(spent)
        return sum(int(microseconds) for microseconds in new) / 1e6
