"""How fast shipping rates are, over HTTP: Bizuno's own carriers, and live ones.

Sample books behind gunicorn with two workers of eight threads; the client shares the
machine. Unless a row says otherwise each request has a connection of its own, as those
of the plugin do. The live carrier is the tests' fake EasyPost; what is measured are its
cached answers, over 40 zones and 5 weights.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bridge.common import config, sample
from portal.books import Books
from portal.sample import create_sample
from tests.support import mariadb
from tests.support.easypost import KEY, FakeEasyPost
from tests.support.servers import Gunicorn

from .clients import load
from .report import Result, Timing

WORKERS, THREADS, CLIENTS = 2, 8, 8
SEED = 20261121
PEER = {1: (119.9, 9.7), CLIENTS: (121.4, 97.8)}
"""What the original does: answers per second and p95 in ms, by clients."""
ORIGIN = "origin =\n  street = 400 Congress Ave\n  postcode = 78701\n  country = US\n"


def run(server: mariadb.Server, items: int, runs: int) -> Result:
    """``items`` requests for each row, in ``runs`` parts."""
    url = server.url(server.create_database("utf8mb4_unicode_ci"))
    result = Result(
        f"shipGetRates, {items} requests, median of {runs}, {WORKERS} workers with "
        f"{THREADS} threads",
        ("case", "requests/s", "median ms", "p95 ms", "p99 ms", "the original"),
    )
    with tempfile.TemporaryDirectory(prefix="bizuno-bench-") as folder:
        books = (
            f"[portal]\ndatabase = {url}\ndata = {folder}/data\n"
            f"[server]\nthreads = {THREADS}\nlog_level = warning\n"
        )
        made = Books.of(config.parse(books, {}))
        create_sample(made)
        made.database.dispose()
        bench = _Bench(result, Path(folder), items // runs, runs)
        bench.simple(books)
        bench.live(books)
    result.notes.append(
        "The original: Bizuno 7.3.8 with PHP-FPM, simple carriers, measured elsewhere "
        "on two cores."
    )
    return result


class _Bench:
    def __init__(self, result: Result, folder: Path, items: int, runs: int) -> None:
        self.result, self.folder = result, folder
        self.items, self.runs = items, runs

    def simple(self, text: str) -> None:
        """Bizuno's own carriers."""
        served = Gunicorn("portal", text, self.folder, workers=WORKERS, threads=THREADS)
        try:
            best = self._case(served, "simple carriers, 8 clients", CLIENTS, {"table"})
            self.result.numbers |= {
                "requests_per_s": round(best[0], 1),
                "p95_ms": round(best[1], 2),
            }
            kept = "simple carriers, 8 clients, kept connections"
            self._note("kept", self._case(served, kept, CLIENTS, {"table"}, keep=True))
            one = self._case(served, "simple carriers, 1 client", 1, {"table"})
            self._note("one_client", one)
        finally:
            served.stop()

    def live(self, text: str) -> None:
        """A live carrier whose answers are in the cache."""
        fake = FakeEasyPost()
        rates = f"[rates]\neasypost_key = {KEY}\neasypost_url = {fake.url}\n{ORIGIN}"
        served = Gunicorn(
            "portal", text + rates, self.folder, workers=WORKERS, threads=THREADS
        )
        try:
            # twice: the first time one worker asks, the second time the other reads
            for _ in range(4):
                load(served.port, [_request(*one) for one in _PLACES], CLIENTS)
            asked = len(fake.questions)
            sources = {"table", "cached"}
            case = "cached live rates, 8 clients"
            self._note("live_cached", self._case(served, case, CLIENTS, sources))
            if len(fake.questions) != asked:
                raise RuntimeError("the carrier was asked again")
        finally:
            served.stop()
            fake.close()

    def _note(self, name: str, numbers: tuple[float, float]) -> None:
        self.result.numbers |= {
            f"{name}_requests_per_s": round(numbers[0], 1),
            f"{name}_p95_ms": round(numbers[1], 2),
        }

    def _case(
        self,
        served: Gunicorn,
        case: str,
        clients: int,
        sources: set[str],
        *,
        keep: bool = False,
    ) -> tuple[float, float]:
        """One row; requests per second and p95 in milliseconds."""
        chosen = random.Random(SEED)
        parts = [
            [_request(*chosen.choice(_PLACES), keep=keep) for _ in range(self.items)]
            for _ in range(self.runs)
        ]
        load(served.port, parts[0][:400], clients, keep_alive=keep)
        loads = [load(served.port, one, clients, keep_alive=keep) for one in parts]
        seen = {rate["source"] for rate in json.loads(loads[-1].last)["rates"]}
        if seen != sources:
            raise RuntimeError(f"rates are {seen}, not {sources}")
        waits = sorted(wait for one in loads for wait in one.waits)
        speed = median(len(one.waits) / one.seconds for one in loads)
        p95 = Timing((), tuple(waits)).p95 * 1000
        original = PEER.get(clients) if sources == {"table"} and not keep else None
        self.result.rows.append(
            (
                case,
                f"{speed:,.0f}",
                f"{_share(waits, 0.5):.1f}",
                f"{p95:.1f}",
                f"{_share(waits, 0.99):.1f}",
                f"{original[0]:.0f}/s, p95 {original[1]:.0f} ms" if original else "",
            )
        )
        return speed, p95


_PLACES = [
    (f"{zone}01", weight)
    for zone in range(750, 790)
    for weight in ("0.4", "2.5", "9", "30", "65")
]


def _request(postcode: str, weight: str, keep: bool = False) -> bytes:
    """A question as the plugin sends it."""
    query = urlencode(
        {
            "country": "US",
            "state": "TX",
            "postcode": postcode,
            "city": "Dallas",
            "address": "12 Main St",
            "address_1": "12 Main St",
            "address_2": "",
            "totalWeight": weight,
        }
    )
    lines = (
        f"GET /?bizRt=portal/api/shipGetRates&{query} HTTP/1.1",
        "Host: books.example.com",
        "Accept-Encoding: deflate, gzip",
        "Accept: application/json",
        f"X-Bizuno-Token: {sample.API_TOKEN}",
        f"Connection: {'keep-alive' if keep else 'close'}",
        "\r\n",
    )
    return "\r\n".join(lines).encode()


def _share(waits: Sequence[float], share: float) -> float:
    """The wait that such a share is not above, in milliseconds."""
    return waits[min(int(len(waits) * share), len(waits) - 1)] * 1000
