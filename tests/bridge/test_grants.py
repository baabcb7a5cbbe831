"""The database account of the bridge can do its direction's writes, no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridge.app import create_app
from bridge.cli import main
from bridge.common.config import Config
from bridge.common.database import error_number
from bridge.shop import EXTENSION, Shop
from bridge.wordpress.grants import rights
from tests.support import mariadb
from tests.support.account import restrict

from .conftest import Copies, shop_config

DENIED = (1142, 1143, 1044)  # table, column, database


@pytest.fixture
def least(server: mariadb.Server, copies: Copies, tmp_path: Path) -> Config:
    """A configuration of the bridge under its own account."""
    copies.restore()
    shop = Shop.of(shop_config(copies.url, tmp_path))
    return shop_config(restrict(server, copies.name, rights(shop)), tmp_path)


@pytest.fixture
def client(least: Config) -> Iterator[FlaskClient]:
    app = create_app(least)
    yield app.test_client()
    app.extensions[EXTENSION].database.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wp_wc_orders SET total_amount = 0",
        "UPDATE wp_wc_orders SET customer_id = 1",
        "INSERT INTO wp_wc_orders (id) VALUES (1)",
        "DELETE FROM wp_wc_orders",
        "UPDATE wp_wc_order_stats SET net_total = 0",
        "UPDATE wp_wc_order_operational_data SET shipping_total_amount = 0",
        "UPDATE wp_wc_order_addresses SET email = ''",
        "UPDATE wp_woocommerce_order_items SET order_item_name = ''",
        "DELETE FROM wp_woocommerce_order_itemmeta",
        "UPDATE wp_users SET user_pass = ''",
        "UPDATE wp_users SET user_email = 'x@example.com'",
        "INSERT INTO wp_users (user_login) VALUES ('x')",
        "DELETE FROM wp_users",
        "UPDATE wp_usermeta SET meta_value = ''",
        "INSERT INTO wp_usermeta (user_id) VALUES (1)",
        "UPDATE wp_comments SET comment_content = ''",
        "UPDATE wp_woocommerce_tax_rates SET tax_rate = '0'",
        "SELECT * FROM wp_wc_customer_lookup",
        "DROP TABLE wp_posts",
        "TRUNCATE wp_postmeta",
        "ALTER TABLE wp_posts ADD x INT",
        "CREATE TABLE wp_other (x INT)",
        "DROP TABLE wp_bizuno_bridge_runs",
        "SELECT * FROM mysql.user",
        "GRANT SELECT ON wp_users TO root@localhost",
        "SELECT 1 INTO OUTFILE '/tmp/bizuno-crossed-the-line'",
    ],
)
def test_crossing_the_line_fails_in_the_database(least: Config, statement: str) -> None:
    shop = Shop.of(least)
    try:
        with pytest.raises(DBAPIError) as caught:
            with shop.database.engine.begin() as conn:
                conn.execute(text(statement))
    finally:
        shop.database.dispose()
    assert error_number(caught.value) in (*DENIED, 1045, 1227)


def test_every_right_that_is_needed_is_there(least: Config) -> None:
    shop = Shop.of(least)
    with shop.database.engine.connect() as conn:
        for right in rights(shop):
            for _, trial in right.trials():
                conn.execute(trial)
        conn.rollback()
    shop.database.dispose()


def test_the_apps_own_tables_can_be_made(
    server: mariadb.Server, least: Config, copies: Copies
) -> None:
    names = Shop.of(least).ledger.metadata.tables
    server.execute(*(f"DROP TABLE {copies.name}.{name}" for name in names))
    app = create_app(least)
    shop: Shop = app.extensions[EXTENSION]
    with shop.database.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM wp_bizuno_bridge_runs"))
    shop.database.dispose()
    for name in names:
        server.execute(
            f"DROP TABLE {copies.name}.{name}",
            f"CREATE TABLE {copies.name}.{name} LIKE {copies.sample}.{name}",
        )


def test_the_main_road_can_be_gone(
    client: FlaskClient, manager: dict[str, str]
) -> None:
    """The other tests of the bridge go everywhere else under this account."""
    base = "/wp-json/bizuno-api/v1"
    item = {"SKU": "RC-TUBE-700", "QtyStock": "3", "RegularPrice": "9.99"}
    product = {"SKU": "NEW-1", "Description": "New", "Price": "5", "QtyStock": "1"}
    calls = [
        ("PUT", "product/refresh", [item]),
        ("POST", "product/update", product),
        ("POST", "product/sync", {"syncSkus": '["NEW-1"]'}),
        ("POST", "order/confirm", {"head": {"WC3044": "Shipped"}, "body": {}}),
    ]
    for method, path, data in calls:
        answer = client.open(
            f"{base}/{path}", method=method, headers=manager, json={"data": data}
        )
        assert answer.status_code == 200, answer.json
        assert answer.json is not None and answer.json["result"] == "Success"


def test_wrong_logins_are_counted(client: FlaskClient, manager: dict[str, str]) -> None:
    answer = client.put(
        "/wp-json/bizuno-api/v1/product/refresh", headers={**manager, "pass": "no"}
    )
    assert answer.status_code == 401
    shop: Shop = client.application.extensions[EXTENSION]
    with shop.database.read() as conn:
        assert conn.execute(shop.attempts.table.select()).all()


# the command


def grants(tmp_path: Path, database: str, *args: str, more: str = "") -> str:
    file = tmp_path / "b.ini"
    file.write_text(f"[bridge]\ndatabase = {database}\n{more}", "utf-8")
    done = CliRunner().invoke(main, ["--config", str(file), "grants", *args])
    return f"{done.exit_code}\n{done.output}"


def test_the_command_prints_statements_for_the_configured_account(
    tmp_path: Path,
) -> None:
    said = grants(tmp_path, "mysql+pymysql://brid:hunter2@db/word_press")
    assert said.startswith("0\n") and "hunter2" not in said
    assert (
        "GRANT SELECT, UPDATE (`status`, `date_updated_gmt`) ON "
        "`word_press`.`wp_wc_orders` TO 'brid'@'localhost';"
    ) in said
    assert "GRANT SELECT ON `word_press`.`wp_users` TO 'brid'@'localhost';" in said
    assert "ON `word\\_press`.* TO" in said
    assert "ALL PRIVILEGES ON" not in said


def test_account_and_host_can_be_given(tmp_path: Path) -> None:
    url = "mysql+pymysql://brid@db/shop"
    said = grants(tmp_path, url, "--user", "o'x", "--host", "10.%")
    assert "TO 'o''x'@'10.%';" in said


def test_a_network_has_its_own_tables(tmp_path: Path) -> None:
    url = "mysql+pymysql://brid@db/shop"
    said = grants(tmp_path, url, more="table_prefix = wp_7_\n")
    assert "GRANT SELECT ON `shop`.`wp_sitemeta`" in said
    assert "GRANT SELECT ON `shop`.`wp_users`" in said
    assert "`shop`.`wp_7_wc_orders`" in said


def test_the_embedded_database_has_no_accounts(tmp_path: Path) -> None:
    said = grants(tmp_path, "sqlite:///x.sqlite")
    assert said.startswith("1\n") and "no accounts" in said
