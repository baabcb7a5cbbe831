"""A checkout under load while the carrier misbehaves at random."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from sqlalchemy import update

from bridge.common import sample
from bridge.common.database import Database
from portal.books.tables import common_meta
from portal.quoting.terms import METHODS
from tests.support.easypost import KEY, MOODS, FakeEasyPost
from tests.support.servers import Gunicorn

from .quoting import ORIGIN

CLIENTS = 8
TABLE = "id,title,country,weight_to,price\nbest_way_GND,Parcel,US,70,12.50\n"


@dataclass(frozen=True)
class Answer:
    """One answer and how long the customer waited for it."""

    status: int
    body: Any
    seconds: float

    @property
    def sources(self) -> set[str]:
        return {rate["source"] for rate in self.body["rates"]}


@pytest.fixture
def chaos() -> Iterator[FakeEasyPost]:
    server = FakeEasyPost(*MOODS, "ok", "ok", "ok", seed=7)
    yield server
    server.close()


def checkout(url: str, cart: dict[str, Any]) -> Answer:
    query = urlencode({"bizRt": "portal/api/shipGetRates", **cart})
    token = {"X-Bizuno-Token": sample.API_TOKEN}
    began = time.perf_counter()
    answer = requests.get(f"{url}/?{query}", headers=token, timeout=30)
    return Answer(answer.status_code, answer.json(), time.perf_counter() - began)


def carts(count: int, seed: int) -> list[dict[str, Any]]:
    """Carts of customers, some of whom type the same as others."""
    chosen = random.Random(seed)
    return [
        {
            "country": "US",
            "state": "TX",
            "postcode": f"{chosen.randrange(100, 140)}01",
            "totalWeight": chosen.choice(["0.4", "2.5", "9", "30", "65"]),
        }
        for _ in range(count)
    ]


def run(
    database: str, chaos: FakeEasyPost, folder: Path, rates: str, count: int
) -> list[Answer]:
    """So many checkouts by 8 customers at once, through gunicorn."""
    table = folder / "rates.csv"
    table.write_text(TABLE)
    config = (
        f"[portal]\ndatabase = {database}\n[server]\nlog_level = debug\n"
        f"[rates]\neasypost_key = {KEY}\neasypost_url = {chaos.url}\n"
        f"fallback_rate = 19\ntable = {table}\n{rates}\n{ORIGIN}"
    )
    server = Gunicorn("portal", config, folder, workers=2, threads=CLIENTS)
    try:
        with ThreadPoolExecutor(CLIENTS) as customers:
            answers = list(
                customers.map(lambda cart: checkout(server.url, cart), carts(count, 3))
            )
    finally:
        server.stop()
    log = server.log.read_text("utf-8", "replace")
    assert KEY not in log and "Traceback" not in log
    return answers


def judge(answers: list[Answer], deadline: float) -> None:
    assert {answer.status for answer in answers} == {200}
    for answer in answers:
        assert answer.body["rates"], answer.body
        for rate in answer.body["rates"]:
            assert rate["quote"] >= 0 and rate["id"] and rate["title"]
    seconds = sorted(answer.seconds for answer in answers)
    assert seconds[int(len(seconds) * 0.99)] < deadline


@pytest.fixture
def books(sqlite_template: Path, tmp_path: Path) -> str:
    """Books without carriers of their own, so that the live one makes the list."""
    file = tmp_path / "books.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{file}")
    with database.transaction() as conn:
        conn.execute(
            update(common_meta).where(common_meta.c.meta_key == METHODS),
            {"meta_value": "{}"},
        )
    database.dispose()
    return database.url


def test_no_checkout_waits_too_long_or_finds_nothing(
    books: str, chaos: FakeEasyPost, tmp_path: Path
) -> None:
    rates = (
        "deadline = 0.9\ncarrier_deadline = 0.4\nfresh = 1\n"
        "breaker_failures = 3\nbreaker_pause = 0.5"
    )
    answers = run(books, chaos, tmp_path, rates, 120)
    judge(answers, 0.9)
    seen = set().union(*(answer.sources for answer in answers))
    assert {"live", "cached", "table"} <= seen


@pytest.mark.slow
@pytest.mark.parametrize(
    "breaker", ["breaker_failures = 3", "breaker_failures = 99999"]
)
def test_five_hundred_checkouts_keep_the_default_deadline(
    breaker: str, sample_url: str, chaos: FakeEasyPost, tmp_path: Path
) -> None:
    answers = run(sample_url, chaos, tmp_path, f"fresh = 2\n{breaker}", 500)
    judge(answers, 2.0)


def test_carrier_that_is_not_there_costs_no_time(books: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    fake = FakeEasyPost()
    fake.url = nobody
    answers = run(books, fake, tmp_path, "", 30)
    fake.close()
    judge(answers, 0.5)
    assert set().union(*(answer.sources for answer in answers)) == {"table"}
