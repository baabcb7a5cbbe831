"""What letting somebody in costs: the first call with a password, and those after it.

The bridge on the sample shop behind gunicorn with one worker, over kept connections.
Each call is a refresh without a body, which is refused (422) once the caller is known,
so what is measured is the way in. For a first call the stored hash is made anew from
the same password, which the bridge then has not seen. The portal is asked for rates
without a postcode.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import bcrypt
import requests
from passlib.hash import phpass  # type: ignore[import-untyped]
from sqlalchemy import update

from bridge.common import config, sample
from bridge.common.attempts import counters
from bridge.sample import create_sample as create_shop
from bridge.sample.people import APP_PASSWORD
from bridge.shop import Shop
from portal.books import Books
from portal.sample import create_sample as create_books
from tests.support import mariadb
from tests.support.servers import Gunicorn

from .report import Result, Timing

REFRESH = "/wp-json/bizuno-api/v1/product/refresh"
RATES = "/?bizRt=portal/api/shipGetRates"
MOST = 1_000  # repeated calls of one case
NAMED = 10  # tokens beside each other
LOGIN, PASSWORD = sample.STORE_LOGIN, sample.STORE_PASSWORD
RIGHT = {"email": sample.STORE_EMAIL, "pass": PASSWORD}


def _wordpress(password: bytes) -> str:
    digest = base64.b64encode(hmac.digest(b"wp-sha384", password, "sha384"))
    return "$wp" + bcrypt.hashpw(digest, bcrypt.gensalt(10)).decode()


FORMS: dict[str, Callable[[bytes], str]] = {
    "bcrypt of WordPress": _wordpress,
    "bcrypt": lambda password: bcrypt.hashpw(password, bcrypt.gensalt(10)).decode(),
    "phpass": lambda password: str(phpass.using(rounds=13).hash(password)),
    "md5": lambda password: hashlib.md5(password).hexdigest(),
}


class Door:
    """One address of a server, asked over a kept connection."""

    def __init__(self, url: str, method: str) -> None:
        self.url, self.method = url, method
        self.session = requests.Session()

    def ask(self, headers: dict[str, str], expected: int) -> float:
        """Seconds of one call that is answered with this status."""
        started = time.perf_counter()
        answer = self.session.request(
            self.method, self.url, headers=headers, timeout=60
        )
        seconds = time.perf_counter() - started
        if answer.status_code != expected:
            raise RuntimeError(f"status {answer.status_code}: {answer.text[:300]}")
        return seconds

    def times(self, count: int, headers: dict[str, str], expected: int) -> Timing:
        """The same call many times."""
        return _timing([self.ask(headers, expected) for _ in range(count)])


def _timing(seconds: Sequence[float]) -> Timing:
    return Timing((median(seconds),), tuple(seconds))


def run(server: mariadb.Server, items: int, runs: int) -> Result:
    """The whole benchmark on new databases of ``server``; ``items`` calls a case."""
    with tempfile.TemporaryDirectory(prefix="bizuno-bench-") as name:
        folder = Path(name)
        shop_text = (
            f"[bridge]\ndatabase = {server.url(server.create_database())}\n"
            f"uploads = {folder}\n[server]\nlog_level = warning\n"
        )
        books_url = server.url(server.create_database("utf8mb4_unicode_ci"))
        books_text = (
            f"[portal]\ndatabase = {books_url}\ndata = {folder}\n"
            "[server]\nlog_level = warning\n"
        )
        shop = Shop.of(config.parse(shop_text, {}))
        books = Books.of(config.parse(books_text, {}))
        create_shop(shop)
        create_books(books)
        served = [
            Gunicorn("bridge", shop_text, folder),
            Gunicorn("portal", books_text, folder),
        ]
        bridge, portal = served
        try:
            bench = _Bench(min(items, MOST), runs)
            bench.passwords(shop, Door(bridge.url + REFRESH, "PUT"))
            bench.tokens(books, Door(portal.url + RATES, "GET"))
            return bench.result
        finally:
            for one in served:
                one.stop()
            shop.database.dispose()
            books.database.dispose()


class _Bench:
    def __init__(self, calls: int, runs: int) -> None:
        self.calls, self.runs = calls, runs
        self.result = Result(
            f"credentials, {calls} repeated calls each, {runs} first ones",
            ("case", "first ms", "repeated ms", "p95 ms"),
        )

    def passwords(self, shop: Shop, door: Door) -> None:
        """Every form of hash, then whoever is refused."""
        nothing = door.times(self.calls, {}, 401)
        self._row("no credentials: the server itself", None, nothing, "floor")
        for form, make in FORMS.items():
            first = []
            for _ in range(self.runs):
                _store(shop, make(PASSWORD.encode()))
                first.append(door.ask(RIGHT, 422))
            again = door.times(self.calls, RIGHT, 422)
            key = form.split()[0] + ("_wp" if " " in form else "")
            self._row(f"password, {form}", _timing(first), again, key)
        with_application = {**RIGHT, "pass": APP_PASSWORD}
        first_time = _timing([door.ask(with_application, 422)])
        again = door.times(self.calls, with_application, 422)
        self._row("application password", first_time, again, "application")
        self._refusals(shop, door)

    def _refusals(self, shop: Shop, door: Door) -> None:
        _store(shop, _wordpress(PASSWORD.encode()))
        reader = {"email": "reader", "pass": "Just.reading-5"}
        cases = {
            "wrong password": ({**RIGHT, "pass": "wrong"}, 401, "wrong"),
            "unknown user": ({"email": "nobody", "pass": "wrong"}, 401, "unknown"),
            "no capability": (reader, 403, "no_capability"),
        }
        for case, (headers, status, key) in cases.items():
            times = []
            for _ in range(self.runs * 2):
                times.append(door.ask(headers, status))
                _forgive(shop)
            self._row(f"refused: {case}", None, _timing(times), key)
        shut = counters("hammered", "127.0.0.1", shop.login_attempts)
        with shop.database.transaction() as conn:
            for _ in range(shop.login_attempts + 9):
                shop.attempts.fail(conn, shut)
        hammering = {"email": "hammered", "pass": "wrong"}
        limited = door.times(self.calls, hammering, 429)
        self._row("limited: has to wait", None, limited, "limited")
        self.result.notes.append(
            "Refusals take a whole number of tenths of a second, so that their time "
            "does not tell whether the user exists."
        )

    def tokens(self, books: Books, door: Door) -> None:
        """Bizuno's own token, then the last of several named ones."""
        own = {"X-Bizuno-Token": sample.API_TOKEN}
        first = _timing([door.ask(own, 200)])
        self._row("token of Bizuno", first, door.times(self.calls, own, 200), "token")
        with books.database.transaction() as conn:
            made = [books.tokens.add(conn, f"shop {n}") for n in range(NAMED)]
        last = {"X-Bizuno-Token": made[-1]}
        first = _timing([door.ask(last, 200)])  # notes when it was used last
        again = door.times(self.calls, last, 200)
        self._row(f"named token, one of {NAMED}", first, again, "named_token")

    def _row(self, case: str, first: Timing | None, again: Timing, key: str) -> None:
        numbers = self.result.numbers
        if first is not None:
            numbers[f"{key}_first_ms"] = round(first.seconds * 1000, 2)
        numbers[f"{key}_ms"] = round(again.seconds * 1000, 2)
        self.result.rows.append(
            (
                case,
                f"{first.seconds * 1000:.2f}" if first else "",
                f"{again.seconds * 1000:.2f}",
                f"{again.p95 * 1000:.2f}",
            )
        )


def _store(shop: Shop, stored: str) -> None:
    users = shop.tables.users
    with shop.database.transaction() as conn:
        conn.execute(
            update(users).where(users.c.user_login == LOGIN).values(user_pass=stored)
        )


def _forgive(shop: Shop) -> None:
    with shop.database.transaction() as conn:
        conn.execute(shop.attempts.table.delete())
