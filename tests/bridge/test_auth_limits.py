"""Wrong logins have to wait longer and longer; the right ones still get in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from bridge import auth
from bridge.app import create_app
from bridge.common import attempts
from bridge.common.addresses import Proxies
from bridge.common.config import Config
from bridge.common.sample import STORE_EMAIL, STORE_LOGIN, STORE_PASSWORD
from bridge.sample.people import APP_PASSWORD, USERS
from bridge.shop import EXTENSION, Shop
from tests.support.servers import Gunicorn

ATTACKER, OWNER = "203.0.113.9", "198.51.100.7"
Make = Callable[[int], Flask]


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which stands still: a slow machine makes no delay pass."""
    moment = [1_800_000_000.0]
    monkeypatch.setattr(attempts, "clock", lambda: moment[0])
    return moment


@pytest.fixture
def make(config: Config) -> Iterator[Make]:
    """Bridges behind a trusted proxy, with a number of attempts that are free."""
    made: list[Flask] = []

    def start(free: int) -> Flask:
        proxies = Proxies.of(("127.0.0.1",))
        app = create_app(
            replace(
                config,
                bridge=replace(config.bridge, trusted_proxies=proxies),
                limits=replace(config.limits, login_attempts=free),
            )
        )
        app.add_url_rule("/whoami", view_func=_whoami)
        made.append(app)
        return app

    yield start
    for app in made:
        app.extensions[EXTENSION].database.dispose()


def _whoami() -> dict[str, str]:
    return {"login": auth.require_manager().login}


def ask(
    client: FlaskClient, name: str, password: str, address: str = ATTACKER
) -> TestResponse:
    headers = {"email": name, "pass": password, "X-Forwarded-For": address}
    return client.get("/whoami", headers=headers)


def statuses(client: FlaskClient, times: int, *args: str) -> list[int]:
    return [ask(client, *args).status_code for _ in range(times)]


def rows(app: Flask) -> int:
    shop: Shop = app.extensions[EXTENSION]
    with shop.database.read() as conn:
        count = select(func.count()).select_from(shop.attempts.table)
        return conn.execute(count).scalar_one()


def test_after_the_free_attempts_the_next_has_to_wait(make: Make) -> None:
    client = make(3).test_client()
    assert statuses(client, 4, STORE_EMAIL, "wrong") == [401, 401, 401, 429]
    refused = ask(client, STORE_EMAIL, "wrong")
    assert 1 <= int(refused.headers["Retry-After"]) <= 2
    assert refused.get_json() == {
        "code": "too_many_requests",
        "message": "Too many failed attempts; wait and try again.",
        "data": {"status": 429},
    }


def test_the_right_password_has_to_wait_too_from_there(make: Make) -> None:
    client = make(2).test_client()
    statuses(client, 2, STORE_EMAIL, "wrong")
    assert ask(client, STORE_EMAIL, APP_PASSWORD).status_code == 429


def test_the_owner_gets_in_from_another_address_meanwhile(make: Make) -> None:
    client = make(2).test_client()
    for name in (STORE_EMAIL, STORE_LOGIN):
        statuses(client, 3, name, "wrong")
        assert ask(client, name, APP_PASSWORD, OWNER).status_code == 200


def test_many_attackers_lock_out_nobody_new_but_each_other(make: Make) -> None:
    app = make(1)
    client = app.test_client()
    for number in range(10):
        ask(client, STORE_EMAIL, "wrong", f"203.0.113.{number}")
    assert ask(client, STORE_EMAIL, APP_PASSWORD, OWNER).status_code == 200
    assert ask(client, STORE_EMAIL, "wrong", OWNER).status_code == 401
    assert ask(client, STORE_EMAIL, "wrong", OWNER).status_code == 429


def test_one_address_cannot_walk_through_the_accounts(make: Make) -> None:
    client = make(1).test_client()
    found = [ask(client, f"user{n}@x.test", "wrong").status_code for n in range(6)]
    assert found == [401] * 5 + [429]
    assert ask(client, STORE_EMAIL, APP_PASSWORD).status_code == 429
    assert ask(client, STORE_EMAIL, APP_PASSWORD, OWNER).status_code == 200


def test_other_spellings_of_a_name_are_no_new_account(make: Make) -> None:
    client = make(3).test_client()
    for name in ("manager", " MANAGER", "mánager"):
        headers = {"email": name.encode().decode("latin-1"), "pass": "wrong"}
        assert client.get("/whoami", headers=headers).status_code == 401
    assert client.get("/whoami", headers=headers).status_code == 429


def test_waiting_opens_the_door_again_and_success_forgets(
    make: Make, now: list[float]
) -> None:
    client = make(2).test_client()
    statuses(client, 3, STORE_EMAIL, "wrong")
    now[0] += 1
    assert ask(client, STORE_EMAIL, APP_PASSWORD).status_code == 200
    assert statuses(client, 3, STORE_EMAIL, "wrong") == [401, 401, 429]


def test_the_limit_holds_across_workers_and_restarts(make: Make) -> None:
    first, second = make(2).test_client(), make(2).test_client()
    assert ask(first, STORE_EMAIL, "wrong").status_code == 401
    assert ask(second, STORE_EMAIL, "wrong").status_code == 401
    assert ask(first, STORE_EMAIL, "wrong").status_code == 429
    assert ask(make(2).test_client(), STORE_EMAIL, "wrong").status_code == 429


def test_zero_is_no_limit(make: Make) -> None:
    app = make(0)
    assert set(statuses(app.test_client(), 12, "nobody", "wrong")) == {401}
    assert rows(app) == 0


def test_a_request_without_credentials_is_no_attempt(make: Make) -> None:
    app = make(1)
    client = app.test_client()
    for _ in range(3):
        assert client.get("/whoami").status_code == 401
    assert rows(app) == 0


def test_a_right_password_without_the_capability_is_no_failure(make: Make) -> None:
    app = make(1)
    reader = next(user for user in USERS if user.login == "reader")
    client = app.test_client()
    assert statuses(client, 3, reader.login, reader.password) == [403] * 3
    assert rows(app) == 0


def test_a_right_login_writes_nothing(make: Make) -> None:
    app = make(3)
    shop: Shop = app.extensions[EXTENSION]
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent = statement.removeprefix("BEGIN NOT ATOMIC ").strip("(")
        statements.append(sent.split()[0])

    for engine in (shop.database.engine, shop.database.glancing):
        event.listen(engine, "before_cursor_execute", note)
    client = app.test_client()
    for password in (STORE_PASSWORD, STORE_PASSWORD, APP_PASSWORD):
        assert ask(client, STORE_EMAIL, password).status_code == 200
    assert set(statements) == {"SELECT"}


def test_a_forged_header_makes_no_new_address(config: Config) -> None:
    limits = replace(config.limits, login_attempts=2)
    app = create_app(replace(config, limits=limits))
    app.add_url_rule("/whoami", view_func=_whoami)
    client = app.test_client()
    found = [
        ask(client, STORE_EMAIL, "wrong", f"203.0.113.{n}").status_code
        for n in range(3)
    ]
    app.extensions[EXTENSION].database.dispose()
    assert found == [401, 401, 429]


def test_counters_that_cannot_be_kept_change_no_answer(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    app = make(3)
    shop: Shop = app.extensions[EXTENSION]

    def refuse(*_args: Any, **_options: Any) -> None:
        raise auth.Unavailable("The database is busy; send the same request again.")

    object.__setattr__(shop.attempts, "fail", refuse)
    assert ask(app.test_client(), STORE_EMAIL, "wrong").status_code == 401
    assert "cannot keep count of logins" in caplog.text


def test_a_server_that_starts_before_its_database_counts_later(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    config = (
        f"[bridge]\ndatabase = sqlite:///{folder / 'shop.sqlite'}\n"
        f"uploads = {tmp_path}\n"
    )
    server = Gunicorn("bridge", config, tmp_path)
    try:
        url = f"{server.url}/wp-json/bizuno-api/v1/product/refresh"
        headers = {"email": STORE_EMAIL, "pass": APP_PASSWORD}
        answer = requests.put(url, headers=headers, timeout=10)
        assert answer.status_code == 503
        folder.mkdir()
        from bridge.sample import create_sample
        from tests.bridge.conftest import shop_config

        shop = Shop.of(shop_config(f"sqlite:///{folder / 'shop.sqlite'}", tmp_path))
        create_sample(shop)
        with shop.database.transaction() as conn:
            shop.attempts.table.drop(conn)
        wrong = requests.put(url, headers={**headers, "pass": "no"}, timeout=10)
        assert wrong.status_code == 401
        with shop.database.read() as conn:
            assert conn.execute(select(shop.attempts.table)).all()
        shop.database.dispose()
    finally:
        server.stop()
