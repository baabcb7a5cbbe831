"""Wrong tokens have to wait longer and longer; other addresses are left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bridge.common import attempts
from bridge.common.addresses import Proxies
from bridge.common.sample import API_TOKEN
from portal.app import create_app
from portal.books import EXTENSION, Books

from .conftest import config_of

RATES = "/?bizRt=portal/api/shipGetRates&postcode=78704&country=US"
ATTACKER, STORE = "203.0.113.9", "198.51.100.7"
Make = Callable[[int], Flask]


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which stands still: a slow machine makes no delay pass."""
    moment = [1_800_000_000.0]
    monkeypatch.setattr(attempts, "clock", lambda: moment[0])
    return moment


@pytest.fixture
def make(sample_url: str, tmp_path: Path) -> Iterator[Make]:
    """Portals behind a trusted proxy, with a number of attempts that are free."""
    made: list[Flask] = []

    def start(free: int) -> Flask:
        config = config_of(sample_url, tmp_path / "data")
        proxies = Proxies.of(("127.0.0.1",))
        app = create_app(
            replace(
                config,
                portal=replace(config.portal, trusted_proxies=proxies),
                limits=replace(config.limits, login_attempts=free),
            )
        )
        made.append(app)
        return app

    yield start
    for app in made:
        app.extensions[EXTENSION].database.dispose()


def ask(client: FlaskClient, token: str, address: str = ATTACKER) -> int:
    headers = {"X-Bizuno-Token": token, "X-Forwarded-For": address}
    return client.get(RATES, headers=headers).status_code


def rows(app: Flask) -> int:
    books: Books = app.extensions[EXTENSION]
    with books.database.read() as conn:
        count = select(func.count()).select_from(books.attempts.table)
        return conn.execute(count).scalar_one()


def test_after_the_free_attempts_the_next_has_to_wait(make: Make) -> None:
    client = make(3).test_client()
    assert [ask(client, "wrong") for _ in range(4)] == [401, 401, 401, 429]
    refused = client.get(
        RATES, headers={"X-Bizuno-Token": "wrong", "X-Forwarded-For": ATTACKER}
    )
    assert int(refused.headers["Retry-After"]) >= 1
    body = refused.get_json()
    assert body["rates"] == [] and "message" not in body
    assert body["messages"]["error"][0]["code"] == "too_many_requests"


def test_the_store_gets_through_meanwhile(make: Make) -> None:
    client = make(2).test_client()
    for _ in range(3):
        ask(client, "wrong")
    assert ask(client, API_TOKEN, STORE) == 200
    assert ask(client, API_TOKEN) == 429


def test_waiting_opens_the_door_again_and_success_forgets(
    make: Make, now: list[float]
) -> None:
    app = make(2)
    client = app.test_client()
    for _ in range(2):
        ask(client, "wrong")
    now[0] += 1
    assert ask(client, API_TOKEN) == 200
    assert rows(app) == 0
    assert [ask(client, "wrong") for _ in range(3)] == [401, 401, 429]


def test_the_limit_is_that_of_orders_too(make: Make) -> None:
    client = make(1).test_client()
    assert ask(client, "wrong") == 401
    order = client.post(
        "/?bizRt=portal/api/orderAdd",
        headers={"X-Bizuno-Token": API_TOKEN, "X-Forwarded-For": ATTACKER},
    )
    assert order.status_code == 429


def test_a_request_without_a_token_is_no_attempt(make: Make) -> None:
    app = make(1)
    client = app.test_client()
    assert [client.get(RATES).status_code for _ in range(3)] == [401] * 3
    assert rows(app) == 0


def test_zero_is_no_limit(make: Make) -> None:
    app = make(0)
    assert {ask(app.test_client(), "wrong") for _ in range(12)} == {401}
    assert rows(app) == 0
