"""Who may use the bridge: the headers ``email`` and ``pass`` against WordPress."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, delete, event, select, update
from werkzeug.test import TestResponse

from bridge import auth
from bridge.app import create_app
from bridge.common import phpdata
from bridge.common.config import Config
from bridge.common.sample import STORE_EMAIL, STORE_LOGIN, STORE_PASSWORD
from bridge.sample.people import (
    APP_PASSWORD,
    OLD_APP_PASSWORD,
    READER_APP_PASSWORD,
    USERS,
)
from bridge.shop import Shop
from bridge.wordpress import passwords
from bridge.wordpress.users import capabilities

RECORDED = Path(__file__).parents[3] / "shared" / "contract" / "bridge"
MANAGERS = [user for user in USERS if user.role in ("administrator", "shop_manager")]


@pytest.fixture
def client(config: Config) -> Iterator[FlaskClient]:
    """The bridge with one more address, which only says who is asking."""
    app = create_app(config)
    app.add_url_rule("/whoami", view_func=lambda: {"login": whoami().login})
    yield app.test_client()
    for extension in app.extensions.values():
        if isinstance(extension, Shop):
            extension.database.dispose()


def whoami() -> auth.User:
    return auth.require_manager()


def ask(client: FlaskClient, email: str | None, password: str | None) -> TestResponse:
    """Send the two headers as raw UTF-8, as the ERP does."""
    sent = {"HTTP_EMAIL": email, "HTTP_PASS": password}
    environ = {
        name: value.encode().decode("latin-1")
        for name, value in sent.items()
        if value is not None
    }
    return client.get("/whoami", environ_overrides=environ)


def refusal(response: TestResponse) -> tuple[int, str]:
    """Status and message; the body has the shape of WordPress's own refusals."""
    body = response.get_json()
    assert body["code"] == "rest_forbidden"
    assert body["data"] == {"status": response.status_code}
    return response.status_code, body["message"]


def set_hash(shop: Shop, login: str, stored: str) -> None:
    users = shop.tables.users
    with shop.database.transaction() as conn:
        conn.execute(
            update(users).where(users.c.user_login == login).values(user_pass=stored)
        )


def set_meta(shop: Shop, user_id: int, key: str, value: Any) -> None:
    metas = shop.tables.usermeta
    with shop.database.transaction() as conn:
        conn.execute(
            update(metas)
            .where(metas.c.user_id == user_id, metas.c.meta_key == key)
            .values(meta_value=phpdata.dumps(value))
        )


def set_option(shop: Shop, name: str, value: str) -> None:
    options = shop.tables.options
    with shop.database.transaction() as conn:
        conn.execute(
            update(options)
            .where(options.c.option_name == name)
            .values(option_value=value)
        )


def wordpress_hash(password: str, cost: int = 4) -> str:
    digest = base64.b64encode(hmac.digest(b"wp-sha384", password.encode(), "sha384"))
    return "$wp" + bcrypt.hashpw(digest, bcrypt.gensalt(cost)).decode().replace(
        "$2b$", "$2y$"
    )


MISSING = (401, "Missing credentials.")
INVALID = (401, "Invalid credentials.")
INSUFFICIENT = (403, "Insufficient permissions.")


@pytest.mark.parametrize("by", ["login", "email"])
def test_every_form_of_hash_lets_a_manager_in(client: FlaskClient, by: str) -> None:
    granted = [user for user in MANAGERS if not user.extra]
    assert {user.hash[:3] for user in granted} == {"$wp", "$2y", "$P$", "dcf"}
    for user in granted:
        response = ask(client, getattr(user, by), user.password)
        assert response.get_json() == {"login": user.login}


def test_a_wrong_password_is_refused_whatever_the_hash(client: FlaskClient) -> None:
    for user in MANAGERS:
        assert refusal(ask(client, user.email, user.password + "x")) == INVALID


@pytest.mark.parametrize(
    ("email", "password"),
    [(None, None), (STORE_EMAIL, None), (None, "x"), (STORE_EMAIL, ""), (" ", "x")],
)
def test_missing_credentials_are_named(
    client: FlaskClient, email: str | None, password: str | None
) -> None:
    assert refusal(ask(client, email, password)) == MISSING


def test_basic_authentication_is_not_looked_at(client: FlaskClient) -> None:
    response = client.get("/whoami", auth=(STORE_LOGIN, APP_PASSWORD))
    assert refusal(response) == MISSING


@pytest.mark.parametrize(
    "name",
    [
        "nobody@ridgeline.example",
        "nobody",
        "man(ager)@ridgeline.example",
        "m\N{EURO SIGN}",
    ],
)
def test_an_unknown_user_hears_what_a_wrong_password_hears(
    client: FlaskClient, name: str
) -> None:
    assert refusal(ask(client, name, STORE_PASSWORD)) == INVALID


def test_a_name_that_is_no_text_is_unknown(client: FlaskClient) -> None:
    environ = {"HTTP_EMAIL": "\xff\xfe", "HTTP_PASS": "x"}
    response = client.get("/whoami", environ_overrides=environ)
    assert refusal(response) == INVALID


@pytest.mark.parametrize("name", ["MANAGER", "Mánager", "Manager@Ridgeline.EXAMPLE"])
def test_names_are_compared_as_the_database_compares(
    client: FlaskClient, name: str
) -> None:
    assert ask(client, name, APP_PASSWORD).get_json() == {"login": STORE_LOGIN}


def test_blanks_around_name_and_password_do_not_count(client: FlaskClient) -> None:
    response = ask(client, f"  {STORE_EMAIL}\t", f" {STORE_PASSWORD} ")
    assert response.status_code == 200


def test_a_blank_that_php_does_not_trim_counts(client: FlaskClient) -> None:
    response = ask(client, STORE_EMAIL, f"{STORE_PASSWORD}\N{NO-BREAK SPACE}")
    assert refusal(response) == INVALID


def test_the_login_name_comes_before_the_address(
    client: FlaskClient, shop: Shop
) -> None:
    users = shop.tables.users
    with shop.database.transaction() as conn:
        conn.execute(
            update(users)
            .where(users.c.user_login == "admin")
            .values(user_login=STORE_EMAIL)
        )
    admin = next(user for user in USERS if user.login == "admin")
    assert ask(client, STORE_EMAIL, admin.password).get_json() == {"login": STORE_EMAIL}
    # WordPress tries the address too when the login name's password was wrong
    assert ask(client, STORE_EMAIL, STORE_PASSWORD).get_json() == {"login": STORE_LOGIN}


def test_a_right_password_without_the_capability_is_not_enough(
    client: FlaskClient,
) -> None:
    for user in USERS:
        if user not in MANAGERS and not user.extra:
            assert refusal(ask(client, user.login, user.password)) == INSUFFICIENT


def test_a_capability_of_ones_own_counts(client: FlaskClient) -> None:
    helper = next(user for user in USERS if user.login == "helper")
    assert ask(client, helper.login, helper.password).status_code == 200


def test_a_capability_denied_to_the_user_counts_more_than_the_role(
    client: FlaskClient,
) -> None:
    leaver = next(user for user in USERS if user.login == "leaver")
    assert refusal(ask(client, leaver.login, leaver.password)) == INSUFFICIENT


def test_a_changed_role_counts_at_once(client: FlaskClient, shop: Shop) -> None:
    assert ask(client, STORE_EMAIL, STORE_PASSWORD).status_code == 200
    set_meta(shop, 2, "wp_capabilities", {"customer": True})
    assert refusal(ask(client, STORE_EMAIL, STORE_PASSWORD)) == INSUFFICIENT


def test_a_changed_password_counts_at_once(client: FlaskClient, shop: Shop) -> None:
    assert ask(client, STORE_EMAIL, STORE_PASSWORD).status_code == 200
    set_hash(shop, STORE_LOGIN, wordpress_hash("another"))
    assert refusal(ask(client, STORE_EMAIL, STORE_PASSWORD)) == INVALID
    assert ask(client, STORE_EMAIL, "another").status_code == 200


def test_a_removed_user_is_out_at_once(client: FlaskClient, shop: Shop) -> None:
    assert ask(client, STORE_EMAIL, STORE_PASSWORD).status_code == 200
    users = shop.tables.users
    with shop.database.transaction() as conn:
        conn.execute(delete(users).where(users.c.user_login == STORE_LOGIN))
    assert refusal(ask(client, STORE_EMAIL, STORE_PASSWORD)) == INVALID


@pytest.mark.parametrize("secret", [APP_PASSWORD, OLD_APP_PASSWORD])
@pytest.mark.parametrize("shown", [False, True])
def test_application_passwords_of_both_forms_are_taken(
    client: FlaskClient, secret: str, shown: bool
) -> None:
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    sent = " ".join(groups) if shown else secret
    assert ask(client, STORE_EMAIL, sent).status_code == 200


def test_an_application_password_gives_no_more_than_its_user_has(
    client: FlaskClient,
) -> None:
    assert refusal(ask(client, "reader", READER_APP_PASSWORD)) == INSUFFICIENT
    assert refusal(ask(client, STORE_EMAIL, READER_APP_PASSWORD)) == INVALID


def test_application_passwords_need_https(client: FlaskClient, shop: Shop) -> None:
    set_option(shop, "siteurl", "http://shop.ridgeline.example")
    assert refusal(ask(client, STORE_EMAIL, APP_PASSWORD)) == INVALID
    assert ask(client, STORE_EMAIL, STORE_PASSWORD).status_code == 200


def test_application_passwords_are_off_where_wordpress_has_none_in_use(
    client: FlaskClient, shop: Shop
) -> None:
    set_option(shop, "using_application_passwords", "0")
    assert refusal(ask(client, STORE_EMAIL, APP_PASSWORD)) == INVALID


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"secure_site": "no"}, 401),
        ({"secure_site": "yes"}, 200),
        ({"site_url": "http://shop.ridgeline.example"}, 401),
        ({"site_url": "http://shop.example.test"}, 200),
        ({"site_url": "http://localhost:8080"}, 200),
        ({"site_url": "http://test.example.com"}, 401),
        ({"secure_site": "yes", "site_url": "http://shop.ridgeline.example"}, 200),
    ],
)
def test_the_configuration_says_whether_the_site_is_on_https(
    config: Config, settings: dict[str, Any], status: int
) -> None:
    app = create_app(replace(config, bridge=replace(config.bridge, **settings)))
    app.add_url_rule("/whoami", view_func=lambda: {"login": whoami().login})
    assert ask(app.test_client(), STORE_EMAIL, APP_PASSWORD).status_code == status


def test_nothing_is_written(client: FlaskClient, shop: Shop) -> None:
    def rows(conn: Connection) -> list[Any]:
        tables = shop.tables.users, shop.tables.usermeta, shop.tables.options
        return [list(conn.execute(select(table))) for table in tables]

    with shop.database.read() as conn:
        before = rows(conn)
    ask(client, "counter", "Cash.drawer-11")  # the md5 WordPress would rewrite
    ask(client, STORE_EMAIL, APP_PASSWORD)
    ask(client, STORE_EMAIL, "wrong")
    with shop.database.read() as conn:
        assert rows(conn) == before


def test_it_takes_two_statements_and_no_write(config: Config) -> None:
    app = create_app(config)
    app.add_url_rule("/whoami", view_func=lambda: {"login": whoami().login})
    shop = next(e for e in app.extensions.values() if isinstance(e, Shop))
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    client = app.test_client()
    ask(client, STORE_EMAIL, APP_PASSWORD)
    for engine in (shop.database.engine, shop.database.glancing):
        event.listen(engine, "before_cursor_execute", note)
    ask(client, STORE_EMAIL, APP_PASSWORD)
    shop.database.dispose()
    # MariaDB is asked two things at once
    asked = 3 if shop.database.engine.dialect.name == "sqlite" else 2
    sent = [
        s.removeprefix("BEGIN NOT ATOMIC ").strip("(").split()[0] for s in statements
    ]
    assert sent == ["SELECT"] * asked


def test_an_unknown_user_costs_as_much_as_a_wrong_password(
    client: FlaskClient,
) -> None:
    def fastest(name: str, password: str = "wrong") -> float:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            ask(client, name, password)
            times.append(time.perf_counter() - started)
        return min(times)

    wrong = fastest(STORE_EMAIL)
    # md5, phpass, and a password too long to be looked at
    for name in ("nobody@ridgeline.example", "counter", "warehouse"):
        assert fastest(name) > wrong / 2
    assert fastest(STORE_EMAIL, "x" * 5000) > wrong / 2


def test_a_right_password_is_remembered_only_for_its_time_and_bounded() -> None:
    now = [0.0]
    asked: list[bytes] = []

    def verify(password: bytes, stored: str) -> bool:
        asked.append(password)
        return stored == "hash"

    verified = auth.Verified(60.0, 2, clock=lambda: now[0])
    assert verified.check(1, "hash", b"a", verify)
    assert verified.check(1, "hash", b"a", verify)
    assert asked == [b"a"]
    now[0] = 60.5
    assert verified.check(1, "hash", b"a", verify)
    assert asked == [b"a", b"a"]
    for password in (b"b", b"c", b"d"):
        assert verified.check(1, "hash", password, verify)
    assert len(verified) == 2


def test_a_wrong_password_is_never_remembered() -> None:
    verified = auth.Verified()
    assert not verified.check(1, "hash", b"a", lambda *_: False)
    assert verified.check(1, "hash", b"a", lambda *_: True)
    assert not verified.check(2, "hash", b"a", lambda *_: False)
    assert not verified.check(1, "other", b"a", lambda *_: False)
    assert not verified.check(1, "hash", b"A", lambda *_: False)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "*",
        "secret",
        "$wp",
        "$wp$2y$10$short",
        "$wp$2y$31$xLCXo1voDD9x5K1BGHa9W.op377vzjOHLLnhFc13gVUtq4c.wO4lK",
        "$2y$31$xLCXo1voDD9x5K1BGHa9W.op377vzjOHLLnhFc13gVUtq4c.wO4lK",
        "$2y$03$xLCXo1voDD9x5K1BGHa9W.op377vzjOHLLnhFc13gVUtq4c.wO4lK",
        "$P$SF7cHGwlU/1apkOxOfhuoyaaqcpy801",
        "$P$.F7cHGwlU/1apkOxOfhuoyaaqcpy801",
        "$H$BF7cHGwlU/1apkOxOfhuoyaaqcpy801",
        "$P$BF7cHGwlU/1apkOxOfhuoyaaqcpy80",
        "$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
        "$generic$NUhWJdzpfBkiEd3dJLveTqrCw3n8xv8WQn6bES56",
        "schön" * 10,
        "$1$abcdefgh$0123456789012345678901234567890",
    ],
)
def test_a_stored_hash_of_absurd_cost_or_form_is_refused_quickly(stored: str) -> None:
    started = time.thread_time()
    assert not passwords.verify(b"secret", stored)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize(
    "stored",
    [
        "$wp$2y$10$0vNgt374EjM1l6Cc0PjtEuEG.OOS6gjOxn6kN4ewnzHmSsxmR/1um",
        "$P$BF7cHGwlU/1apkOxOfhuoyaaqcpy801",
        "5ebe2294ecd0e0f08eab7690d2a6ee69",
    ],
)
def test_hashes_that_wordpress_made_are_verified(stored: str) -> None:
    assert passwords.verify(b"secret", stored)
    assert not passwords.verify(b"Secret", stored)


def test_plain_bcrypt_sees_72_bytes_and_wordpress_form_sees_all() -> None:
    long = b"p" * 80
    plain = bcrypt.hashpw(long[:72], bcrypt.gensalt(4)).decode()
    assert passwords.verify(long, plain.replace("$2b$", "$2y$"))
    assert passwords.verify(long, wordpress_hash(long.decode()))
    assert not passwords.verify(long[:79], wordpress_hash(long.decode()))


def test_a_password_of_more_than_4096_bytes_is_refused() -> None:
    long = "p" * 4097
    assert not passwords.verify(long.encode(), wordpress_hash(long))
    assert passwords.verify(long[:4096].encode(), wordpress_hash(long[:4096]))


def test_md5_is_compared_in_its_own_letter_case() -> None:
    stored = hashlib.md5(b"secret").hexdigest()
    assert not passwords.verify(b"secret", stored.upper())


@pytest.mark.parametrize("cost", [4, 8, 10])
def test_the_time_wasted_is_that_of_a_check_on_this_site(cost: int) -> None:
    stored = wordpress_hash("right", cost)

    def fastest(work: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            started = time.thread_time()
            work()
            times.append(time.thread_time() - started)
        return min(times)

    checked = fastest(lambda: passwords.verify(b"wrong", stored))
    wasted = fastest(lambda: passwords.waste_time(b"x" * 5000, stored))
    assert checked / 2 < wasted < checked * 2


def test_capabilities_follow_wordpress() -> None:
    roles = {"clerk": {"read": True, "sell": True}, "guest": {"read": True}}
    assert capabilities({"clerk": True}, roles) == {"clerk", "read", "sell"}
    # the key alone brings in the role
    assert capabilities({"clerk": False}, roles) == {"read", "sell"}
    assert capabilities({"guest": True, "sell": "1"}, roles) == {
        "guest",
        "read",
        "sell",
    }
    assert capabilities({"clerk": True, "sell": "0"}, roles) == {"clerk", "read"}
    assert capabilities({"unknown": True}, {}) == {"unknown"}


@pytest.mark.parametrize("broken", ["", "a:1:{", "b:1;", 'O:8:"stdClass":0:{}'])
def test_broken_metas_and_roles_grant_nothing(
    client: FlaskClient, shop: Shop, broken: str
) -> None:
    set_option(shop, "wp_user_roles", broken)
    assert refusal(ask(client, STORE_EMAIL, APP_PASSWORD)) == INSUFFICIENT
    metas = shop.tables.usermeta
    with shop.database.transaction() as conn:
        conn.execute(
            update(metas).where(metas.c.user_id == 2).values(meta_value=broken)
        )
    assert refusal(ask(client, STORE_EMAIL, APP_PASSWORD)) == INVALID
    assert refusal(ask(client, STORE_EMAIL, STORE_PASSWORD)) == INSUFFICIENT


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not here")
def test_the_recorded_vectors_verify() -> None:
    recorded = json.loads((RECORDED / "auth-vectors.json").read_text("utf-8"))
    for vector in recorded["vectors"]:
        if vector.get("user_pass", "").startswith("$argon2") and not passwords.argon2:
            continue
        if "application_password" in vector:
            secret = vector["application_password"].encode()
            stored = vector["application_password_hash"]
            assert passwords.verify_application(secret, stored)
        if "password" in vector and "user_pass" in vector:
            secret = passwords.trim(vector["password"].encode())
            assert passwords.verify(secret, vector["user_pass"])


def test_what_is_remembered_costs_no_arithmetic_at_all(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # this user has an old application password too, which is slow to compare with
    assert ask(client, STORE_EMAIL, STORE_PASSWORD).status_code == 200

    def never(*_args: Any) -> bool:
        raise AssertionError("computed again")

    monkeypatch.setattr(passwords, "verify", never)
    monkeypatch.setattr(passwords, "verify_application", never)
    assert ask(client, STORE_EMAIL, STORE_PASSWORD).status_code == 200
