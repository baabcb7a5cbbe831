"""Named tokens: made, valid for a time, retired; every valid one opens."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from bridge.common.sample import API_TOKEN
from portal import tokens as tokens_module
from portal.app import create_app
from portal.books import EXTENSION, Books
from portal.cli import main
from tests.support.servers import Gunicorn

from .conftest import books_of, config_of

RATES = "/?bizRt=portal/api/shipGetRates&postcode=78704&country=US"
Make = Callable[[str], Flask]


@pytest.fixture
def make_app(sample_url: str, tmp_path: Path) -> Iterator[Make]:
    """Portals on one set of sample books, with further lines of configuration."""
    made: list[Flask] = []

    def make(more: str) -> Flask:
        made.append(create_app(config_of(sample_url, tmp_path / "data", more)))
        return made[-1]

    yield make
    for app in made:
        app.extensions[EXTENSION].database.dispose()


def opens(app: Flask, token: str) -> bool:
    answer = app.test_client().get(RATES, headers={"X-Bizuno-Token": token})
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def add(books: Books, name: str, **options: int) -> str:
    with books.database.transaction() as conn:
        return books.tokens.add(conn, name, **options)  # type: ignore[arg-type]


def last_used(books: Books, name: str) -> int | None:
    with books.database.read() as conn:
        found = {token.name: token for token in books.tokens.all(conn)}
    return found[name].last_used


def test_a_named_token_opens_beside_the_others(make_app: Make) -> None:
    app = make_app("")
    secret = add(app.extensions[EXTENSION], "shop")
    assert opens(app, secret) and opens(app, API_TOKEN)
    configured = make_app("tokens = from-the-file")
    assert opens(configured, secret) and opens(configured, "from-the-file")
    assert not opens(configured, API_TOKEN)


def test_each_token_has_its_span_of_time(make_app: Make) -> None:
    app = make_app("")
    books: Books = app.extensions[EXTENSION]
    now = int(time.time())
    early = add(books, "early", not_before=now + 60)
    late = add(books, "late", not_after=now - 1)
    both = add(books, "both", not_before=now - 60, not_after=now + 60)
    assert [opens(app, secret) for secret in (early, late, both)] == [
        False,
        False,
        True,
    ]


def test_a_retired_token_is_out_at_once(make_app: Make) -> None:
    app = make_app("")
    books: Books = app.extensions[EXTENSION]
    secret = add(books, "shop")
    assert opens(app, secret)
    with books.database.transaction() as conn:
        assert books.tokens.retire(conn, "shop", int(time.time())) is not None
        assert books.tokens.retire(conn, "other", int(time.time())) is None
    assert not opens(app, secret)


def test_retiring_never_makes_a_token_last_longer(books: Books) -> None:
    now = int(time.time())
    add(books, "shop", not_after=now + 10)
    with books.database.transaction() as conn:
        books.tokens.retire(conn, "shop", now + 1000)
        assert [token.not_after for token in books.tokens.all(conn)] == [now + 10]


def test_a_name_belongs_to_one_token(books: Books) -> None:
    add(books, "shop")
    with pytest.raises(IntegrityError):
        add(books, "shop")


def test_only_a_digest_is_kept(books: Books) -> None:
    secret = add(books, "shop")
    with books.database.read() as conn:
        row = conn.execute(select(books.tokens.table)).one()
    plain = hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(row) and plain not in repr(row)
    assert len(secret) >= 43


def test_a_token_is_bound_to_the_key_it_was_made_under(make_app: Make) -> None:
    with_key, without = make_app("token_key = pepper"), make_app("")
    other = make_app("token_key = salt")
    secret = add(with_key.extensions[EXTENSION], "shop")
    assert opens(with_key, secret)
    assert not opens(without, secret) and not opens(other, secret)


def test_the_last_use_is_noted_now_and_then(
    make_app: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app("")
    books: Books = app.extensions[EXTENSION]
    secret = add(books, "shop")
    assert last_used(books, "shop") is None
    assert opens(app, secret)
    noted = last_used(books, "shop")
    assert noted is not None and abs(noted - time.time()) < 60
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]).split()[0])

    event.listen(books.database.engine, "before_cursor_execute", note)
    assert opens(app, secret)
    assert "UPDATE" not in statements
    monkeypatch.setattr(tokens_module, "TOUCH_SECONDS", 0)
    assert opens(app, secret)
    assert "UPDATE" in statements


def test_every_token_is_compared_even_after_a_match(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = [add(books, f"shop {n}") for n in range(3)]
    with books.database.read() as conn:
        valid = books.tokens.valid(conn)
    compared: list[str] = []
    real = tokens_module.hmac.compare_digest

    def compare(a: str, b: str) -> bool:
        compared.append(b)
        return real(a, b)

    monkeypatch.setattr(tokens_module.hmac, "compare_digest", compare)
    for at, secret in enumerate(secrets):
        compared.clear()
        assert books.tokens.match(secret.encode(), valid) == valid[at]
        assert len(compared) == 3
    assert books.tokens.match(b"\xff\xfe", valid) is None


# the command


@pytest.fixture
def run(sample_url: str, tmp_path: Path) -> Callable[..., Result]:
    file = tmp_path / "portal.ini"
    data = tmp_path / "data"
    file.write_text(f"[portal]\ndatabase = {sample_url}\ndata = {data}\n", "utf-8")

    def call(*args: str, **options: str) -> Result:
        command = ["--config", str(file), "token", *args]
        return CliRunner().invoke(main, command, **options)  # type: ignore[arg-type]

    return call


def test_a_token_is_shown_once_and_listed_without_its_secret(
    run: Callable[..., Result],
) -> None:
    made = run("add", "Web shop")
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip().splitlines()[-1]
    assert len(secret) == 43
    listed = run("list")
    assert listed.exit_code == 0
    assert "Web shop" in listed.output and secret not in listed.output
    assert "Bizuno's settings" in listed.output
    assert API_TOKEN not in listed.output


def test_the_list_for_machines_is_json(run: Callable[..., Result]) -> None:
    run("add", "now")
    run("add", "later", "--from", "2999-01-01")
    run("add", "gone", "--until", "2001-01-01 12:00")
    found = json.loads(run("list", "--json").stdout)
    states = {entry["name"]: entry["state"] for entry in found}
    assert states == {
        "now": "valid",
        "later": "early",
        "gone": "retired",
        "Bizuno's settings": "valid",
    }
    gone = next(entry for entry in found if entry["name"] == "gone")
    assert gone["not_after"] == "2001-01-01 12:00:00Z"


def test_a_token_can_be_given_by_hand(
    run: Callable[..., Result], sample_url: str, tmp_path: Path
) -> None:
    given = "Chosen-by-the-store-0123456789"
    made = run("add", "shop", "--read", input=f"{given}\n")
    assert made.exit_code == 0, made.output
    assert given not in made.output
    app = create_app(config_of(sample_url, tmp_path / "data"))
    assert opens(app, given)
    app.extensions[EXTENSION].database.dispose()


@pytest.mark.parametrize("given", ["short", "tökën-tökën-tökën-tökën", ""])
def test_a_token_that_is_no_use_is_refused(
    run: Callable[..., Result], given: str
) -> None:
    made = run("add", "shop", "--read", input=f"{given}\n")
    assert made.exit_code == 1
    assert "printable ASCII" in made.output
    assert not given or given not in made.output


def test_a_second_token_of_a_name_is_refused_by_name(
    run: Callable[..., Result],
) -> None:
    run("add", "shop")
    again = run("add", "shop")
    assert again.exit_code == 1
    assert "there is a token called 'shop' already" in again.output.lower()


def test_retiring_takes_effect_now_or_later(run: Callable[..., Result]) -> None:
    run("add", "old")
    run("add", "older")
    assert run("retire", "old", "--at", "2999-01-01").exit_code == 0
    assert run("retire", "older").exit_code == 0
    found = json.loads(run("list", "--json").stdout)
    states = {entry["name"]: entry["state"] for entry in found}
    assert (states["old"], states["older"]) == ("valid", "retired")
    unknown = run("retire", "nobody")
    assert unknown.exit_code == 1 and "no token called" in unknown.output


# rotation


def test_rotation_under_traffic_refuses_nobody(
    sample_url: str, tmp_path: Path, run: Callable[..., Result]
) -> None:
    data = tmp_path / "data"
    config = f"[portal]\ndatabase = {sample_url}\ndata = {data}\n"
    server = Gunicorn("portal", config, tmp_path, workers=2, threads=4)
    current = [run("add", "first").stdout.strip().splitlines()[-1]]
    statuses: list[int] = []
    over = threading.Event()

    def traffic() -> None:
        with requests.Session() as session:
            while not over.is_set():
                headers = {"X-Bizuno-Token": current[0]}
                answer = session.get(server.url + RATES, headers=headers, timeout=20)
                statuses.append(answer.status_code)

    threads = [threading.Thread(target=traffic) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for turn in range(4):
            old, new = f"turn {turn - 1}" if turn else "first", f"turn {turn}"
            made = run("add", new)
            assert made.exit_code == 0, made.output
            current[0] = made.stdout.strip().splitlines()[-1]
            # requests that were on their way with the old one are answered first
            time.sleep(0.3)
            assert run("retire", old).exit_code == 0
            time.sleep(0.2)
    finally:
        over.set()
        for thread in threads:
            thread.join()
        server.stop()
    assert set(statuses) == {200}
    assert len(statuses) > 40


def test_a_token_shows_in_no_repr(tmp_path: Path) -> None:
    books = books_of("sqlite:///none.sqlite", tmp_path, "token_key = hunter2")
    assert "hunter2" not in repr(books) + repr(books.tokens)
