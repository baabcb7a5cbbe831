"""Who may call the portal, and in whose name orders are booked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from bridge.common import sample
from bridge.common.errors import Forbidden
from portal.app import create_app
from portal.auth import require_api_user
from portal.books import EXTENSION, Books
from portal.books.settings import read_configuration
from portal.books.tables import configuration, contacts
from portal.sample.people import ADMIN_EMAIL, API_EMAIL

from .conftest import config_of

RATES = "/?bizRt=portal/api/shipGetRates&postcode=78704&country=US"
TOKEN = sample.API_TOKEN
Make = Callable[[str], Flask]


@pytest.fixture
def make_app(sample_url: str, tmp_path: Path) -> Iterator[Make]:
    """Portals on one set of sample books, with further lines of configuration."""
    made: list[Flask] = []

    def make(more: str) -> Flask:
        app = create_app(config_of(sample_url, tmp_path / "data", more))
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions[EXTENSION].database.dispose()


def status(client: FlaskClient, **options: Any) -> int:
    """The status of a question for rates."""
    method = options.pop("method", "GET")
    target = options.pop("target", RATES)
    return client.open(target, method=method, **options).status_code


def change_api(app: Flask, **settings: Any) -> None:
    """Change the API settings as a person does in Bizuno's own screen."""
    books: Books = app.extensions[EXTENSION]
    with books.database.transaction() as conn:
        document = read_configuration(conn, "api")["api"]
        document["settings"]["phreesoft_api"].update(settings)
        conn.execute(
            update(configuration).where(configuration.c.config_key == "api"),
            {"config_value": json.dumps(document)},
        )


def test_token_of_bizunos_settings_opens(portal_client: FlaskClient) -> None:
    assert status(portal_client, headers={"X-Bizuno-Token": TOKEN}) == 200


def test_any_other_token_is_refused(portal_client: FlaskClient) -> None:
    near = [TOKEN.upper(), TOKEN[:-1], TOKEN + "x", f"{TOKEN},{TOKEN}"]
    for given in ["wrong", *near]:
        answer = portal_client.get(RATES, headers={"X-Bizuno-Token": given})
        assert answer.status_code == 401
        assert answer.json is not None
        assert answer.json["messages"]["error"][0]["text"] == "Illegal Access"
        assert "message" not in answer.json and answer.json["rates"] == []


def test_no_token_is_refused(portal_client: FlaskClient) -> None:
    assert status(portal_client) == 401


def test_posted_token_opens_when_there_is_no_header(portal_client: FlaskClient) -> None:
    assert status(portal_client, method="POST", data={"token": TOKEN}) == 200
    assert status(portal_client, method="POST", json={"token": TOKEN}) == 200
    assert status(portal_client, method="POST", data={"token": "wrong"}) == 401


def test_empty_header_counts_as_none(portal_client: FlaskClient) -> None:
    headers = {"X-Bizuno-Token": " "}
    data = {"token": TOKEN}
    assert status(portal_client, method="POST", data=data, headers=headers) == 200
    assert status(portal_client, headers=headers) == 401


def test_wrong_header_is_final(portal_client: FlaskClient) -> None:
    headers = {"X-Bizuno-Token": "wrong"}
    data = {"token": TOKEN}
    assert status(portal_client, method="POST", data=data, headers=headers) == 401


def test_posted_token_of_another_kind_is_refused(portal_client: FlaskClient) -> None:
    form, as_json = "application/x-www-form-urlencoded", "application/json"
    for body, kind in [
        (f"token[]={TOKEN}", form),
        ("token=", form),
        (json.dumps({"token": [TOKEN]}), as_json),
        ('{"token": true}', as_json),
    ]:
        answer = portal_client.post(RATES, data=body, content_type=kind)
        assert answer.status_code == 401


def test_token_in_the_address_opens_only_where_allowed(make_app: Make) -> None:
    target = f"{RATES}&token={TOKEN}"
    assert status(make_app("").test_client(), target=target) == 401
    allowing = make_app("allow_query_token = yes").test_client()
    assert status(allowing, target=target) == 200
    assert status(allowing, target=target + "x") == 401


def test_every_configured_token_opens_and_bizunos_own_does_not(make_app: Make) -> None:
    client = make_app("tokens = old-one new-one").test_client()
    for token, expected in [("old-one", 200), ("new-one", 200), (TOKEN, 401)]:
        assert status(client, headers={"X-Bizuno-Token": token}) == expected


def test_token_is_compared_as_bytes(portal_app: Flask) -> None:
    odd = "t@k/en+1 ü€"
    change_api(portal_app, api_token=odd)
    client = portal_app.test_client()
    # a header of UTF-8 bytes reaches the application as Latin-1
    header = {"X-Bizuno-Token": odd.encode().decode("latin-1")}
    assert status(client, headers=header) == 200
    assert status(client, method="POST", data={"token": odd}) == 200
    assert status(client, headers={"X-Bizuno-Token": "t@k/en+1 u"}) == 401


def test_without_any_token_configured_everything_is_refused(
    portal_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = portal_app.test_client()
    books: Books = portal_app.extensions[EXTENSION]
    unlimited = replace(books, login_attempts=0)
    monkeypatch.setitem(portal_app.extensions, EXTENSION, unlimited)
    for nothing in ("", None, 0, ["a"]):
        change_api(portal_app, api_token=nothing)
        for given in ("", "0", "None", TOKEN):
            assert status(client, headers={"X-Bizuno-Token": given}) == 401
            assert status(client, method="POST", data={"token": given}) == 401


def test_changed_settings_count_at_once(portal_app: Flask) -> None:
    client = portal_app.test_client()
    assert status(client, headers={"X-Bizuno-Token": TOKEN}) == 200
    change_api(portal_app, api_token="next")
    assert status(client, headers={"X-Bizuno-Token": TOKEN}) == 401
    assert status(client, headers={"X-Bizuno-Token": "next"}) == 200


def test_api_user_is_the_one_of_bizunos_settings(portal_app: Flask) -> None:
    books: Books = portal_app.extensions[EXTENSION]
    with portal_app.app_context(), books.database.read() as conn:
        user = require_api_user(conn)
    assert (user.id, user.email, user.name) == (2, API_EMAIL, "Web store")


def test_configured_api_user_wins(make_app: Make) -> None:
    app = make_app(f"api_user = {ADMIN_EMAIL.upper()}")
    with app.app_context(), app.extensions[EXTENSION].database.read() as conn:
        assert require_api_user(conn).email == ADMIN_EMAIL


def test_without_an_api_user_orders_are_refused(portal_app: Flask) -> None:
    change_api(portal_app, api_user="")
    books: Books = portal_app.extensions[EXTENSION]
    with portal_app.app_context(), books.database.read() as conn:
        with pytest.raises(Forbidden, match="^API user not configured$"):
            require_api_user(conn)


def test_unknown_customer_or_inactive_api_user_is_refused(make_app: Make) -> None:
    former = "sam@ridgeline.example"
    for who in ("nobody@ridgeline.example", sample.ANNA.email, former):
        app = make_app(f"api_user = {who}")
        with app.app_context(), app.extensions[EXTENSION].database.read() as conn:
            with pytest.raises(Forbidden, match="^API user not found$"):
                require_api_user(conn)


def test_user_that_is_locked_later_is_refused(portal_app: Flask) -> None:
    books: Books = portal_app.extensions[EXTENSION]
    with portal_app.app_context(), books.database.transaction() as conn:
        conn.execute(
            update(contacts).where(contacts.c.email == API_EMAIL), {"inactive": "2"}
        )
        with pytest.raises(Forbidden):
            require_api_user(conn)
