"""A shop that is one site of a WordPress network: shared users, blocked users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, make_url, text, update

from bridge import auth
from bridge.app import create_app
from bridge.common import phpdata
from bridge.common.config import Config
from bridge.common.database import is_sqlite
from bridge.common.grants import account_of
from bridge.common.sample import STORE_EMAIL, STORE_LOGIN, STORE_PASSWORD
from bridge.sample.people import APP_PASSWORD, USERS
from bridge.shop import EXTENSION, Shop
from bridge.wordpress.tables import ShopTables

READER = next(user for user in USERS if user.login == "reader")


@pytest.fixture
def network(config: Config, shop: Shop) -> Iterator[FlaskClient]:
    """The sample shop as a site whose users stand in the tables of a network."""
    bridge = replace(config.bridge, network_prefix="net_")
    app = create_app(replace(config, bridge=bridge))
    app.add_url_rule("/whoami", view_func=lambda: {"login": whoami()})
    made: Shop = app.extensions[EXTENSION]
    with made.database.transaction() as conn:
        for name in ("users", "usermeta"):
            conn.execute(text(f"CREATE TABLE net_{name} AS SELECT * FROM wp_{name}"))
        conn.execute(text("ALTER TABLE net_users ADD spam INT DEFAULT 0"))
        conn.execute(text("ALTER TABLE net_users ADD deleted INT DEFAULT 0"))
        # what WordPress reads must not come from the tables of the one site
        conn.execute(text("DELETE FROM wp_users"))
        conn.execute(text("DELETE FROM wp_options WHERE option_name LIKE 'using_%'"))
        made.tables.sitemeta.create(conn)
        if not is_sqlite(conn):
            account = account_of(str(make_url(made.database.url).username), "localhost")
            for name in ("users", "usermeta", "sitemeta"):
                conn.execute(text(f"GRANT SELECT ON net_{name} TO {account}"))
        set_network(conn, made.tables, "using_application_passwords", "1")
    yield app.test_client()
    with made.database.transaction() as conn:
        for name in ("users", "usermeta", "sitemeta"):
            conn.execute(text(f"DROP TABLE net_{name}"))
    made.database.dispose()


def whoami() -> str:
    return auth.require_manager().login


def shop_of(client: FlaskClient) -> Shop:
    shop = client.application.extensions[EXTENSION]
    assert isinstance(shop, Shop)
    return shop


def set_network(conn: Connection, tables: ShopTables, key: str, value: str) -> None:
    row = {"site_id": 1, "meta_key": key, "meta_value": value}
    conn.execute(tables.sitemeta.insert(), row)


def block(client: FlaskClient, login: str) -> None:
    with shop_of(client).database.transaction() as conn:
        conn.execute(
            text("UPDATE net_users SET spam = 1 WHERE user_login = :login"),
            {"login": login},
        )


def ask(client: FlaskClient, name: str, password: str) -> tuple[int, str]:
    answer = client.get("/whoami", headers={"email": name, "pass": password})
    body = answer.get_json()
    return answer.status_code, body.get("message", body.get("login"))


INVALID = (401, "Invalid credentials.")
INSUFFICIENT = (403, "Insufficient permissions.")


@pytest.mark.parametrize("password", [STORE_PASSWORD, APP_PASSWORD])
def test_a_user_of_the_network_gets_in(network: FlaskClient, password: str) -> None:
    assert ask(network, STORE_EMAIL, password) == (200, STORE_LOGIN)


@pytest.mark.parametrize("password", [STORE_PASSWORD, APP_PASSWORD])
def test_a_blocked_user_is_out_at_once(network: FlaskClient, password: str) -> None:
    assert ask(network, STORE_EMAIL, password) == (200, STORE_LOGIN)
    block(network, STORE_LOGIN)
    assert ask(network, STORE_EMAIL, password) == INVALID


def test_an_administrator_of_the_network_may_manage_each_shop(
    network: FlaskClient,
) -> None:
    assert ask(network, READER.email, READER.password) == INSUFFICIENT
    shop = shop_of(network)
    with shop.database.transaction() as conn:
        named = phpdata.dumps(["somebody", READER.login])
        set_network(conn, shop.tables, "site_admins", named)
    assert ask(network, READER.email, READER.password) == (200, READER.login)


def test_a_role_on_another_site_counts_for_nothing(network: FlaskClient) -> None:
    with shop_of(network).database.transaction() as conn:
        conn.execute(
            text(
                "UPDATE net_usermeta SET meta_key = 'wp_2_capabilities'"
                " WHERE meta_key = 'wp_capabilities'"
            )
        )
    assert ask(network, STORE_EMAIL, STORE_PASSWORD) == INSUFFICIENT


def test_application_passwords_are_the_networks_to_allow(network: FlaskClient) -> None:
    shop = shop_of(network)
    with shop.database.transaction() as conn:
        conn.execute(update(shop.tables.sitemeta).values(meta_value=""))
    assert ask(network, STORE_EMAIL, APP_PASSWORD) == INVALID


def test_the_tables_that_sites_share_have_no_number() -> None:
    def names(*prefixes: str | None) -> tuple[str, str, str]:
        tables = ShopTables(*prefixes)  # type: ignore[arg-type]
        return tables.users.name, tables.usermeta.name, tables.options.name

    assert names("wp_2_") == ("wp_users", "wp_usermeta", "wp_2_options")
    assert names("wp_") == ("wp_users", "wp_usermeta", "wp_options")
    assert names("shop_12_", None) == ("shop_users", "shop_usermeta", "shop_12_options")
    assert names("a_2_", "a_2_") == ("a_2_users", "a_2_usermeta", "a_2_options")
