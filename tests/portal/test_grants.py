"""The database account of the portal can book orders, and touch nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridge.common import sample
from bridge.common.config import parse
from bridge.common.database import error_number
from portal.app import create_app
from portal.books import EXTENSION, Books
from portal.books.grants import rights
from portal.books.tables import METADATA
from portal.cli import main
from portal.push import state
from tests.support import mariadb
from tests.support.account import restrict

from .conftest import books_of, config_of

# the embedded database has no accounts
on_mariadb = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)


@pytest.fixture
def least(sample_url: str, tmp_path: Path) -> Iterator[Books]:
    """Sample books on MariaDB, under the portal's own account."""
    made = books_of(sample_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def empty(
    server: mariadb.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Books]:
    """Books without a row, under the portal's own account.

    The rights were given before the portal made its own tables.
    """
    name, folder = server.create_database("utf8mb4_unicode_ci"), tmp_path_factory
    root = books_of(server.url(name), folder.mktemp("data"))
    with root.database.engine.begin() as conn:
        METADATA.create_all(conn)
    root.database.dispose()
    made = books_of(restrict(server, name, rights(root)), root.config.data)
    yield made
    made.database.dispose()
    server.drop_database(name)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory SET full_price = 0",
        "UPDATE inventory SET item_cost = 0",
        "UPDATE inventory SET sku = 'x'",
        "UPDATE inventory SET description_short = 'x'",
        "UPDATE inventory SET inactive = '1'",
        "INSERT INTO inventory (sku) VALUES ('x')",
        "DELETE FROM inventory",
        "UPDATE inventory_meta SET meta_value = ''",
        "UPDATE inventory_history SET unit_cost = 0",
        "DELETE FROM inventory_history",
        "DELETE FROM contacts",
        "UPDATE contacts SET ctype_u = '1'",
        "UPDATE contacts SET inactive = '1'",
        "UPDATE contacts_meta SET meta_value = ''",
        "UPDATE configuration SET config_value = '{}'",
        "DELETE FROM configuration",
        "UPDATE common_meta SET meta_key = 'x'",
        "DELETE FROM common_meta",
        "DELETE FROM journal_main",
        "UPDATE journal_periods SET period = 1",
        "UPDATE journal_history SET budget = 0",
        "DELETE FROM journal_history",
        "UPDATE journal_meta SET meta_value = ''",
        "UPDATE audit_log SET log_entry = ''",
        "DELETE FROM audit_log",
        "DROP TABLE journal_main",
        "CREATE TABLE other (x INT)",
        "SELECT * FROM mysql.user",
    ],
)
def test_crossing_the_line_fails_in_the_database(empty: Books, statement: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        with empty.database.engine.begin() as conn:
            conn.execute(text(statement))
    assert error_number(caught.value) in (1142, 1143, 1044)


def test_the_apps_own_tables_can_be_made_and_every_right_is_there(
    empty: Books, tmp_path: Path
) -> None:
    app = create_app(config_of(empty.database.url, tmp_path))
    app.extensions[EXTENSION].database.dispose()
    state.create_tables(empty.database)
    with empty.database.engine.connect() as conn:
        for right in rights(empty):
            for _, trial in right.trials():
                conn.execute(trial)
        conn.rollback()


@on_mariadb
def test_an_order_is_booked_and_rates_are_quoted(least: Books, tmp_path: Path) -> None:
    app = create_app(config_of(least.database.url, tmp_path))
    client: FlaskClient = app.test_client()
    headers = {"X-Bizuno-Token": sample.API_TOKEN}
    order = {
        "General": {
            "PurchaseOrderID": "WC900001",
            "OrderDate": "2026-11-20",
            "OrderTotal": "39.90",
            "ShippingTotal": "0",
            "SalesTaxAmount": "0",
        },
        "Billing": {"PrimaryName": "Grant Least", "Email": "grant@example.com"},
        "Shipping": {"PrimaryName": "Grant Least", "Country": "US"},
        "Item": [
            {
                "ItemID": "RC-TUBE-700",
                "Quantity": "2",
                "UnitPrice": "19.95",
                "TotalPrice": "39.90",
                "Description": "Tube",
            }
        ],
    }
    booked = client.post("/?bizRt=portal/api/orderAdd", json=order, headers=headers)
    assert booked.status_code == 200, booked.json
    assert booked.json is not None and booked.json["result"] == "Success"
    rates = client.get(
        "/?bizRt=portal/api/shipGetRates&postcode=78704&country=US", headers=headers
    )
    assert rates.json is not None and rates.json["rates"]
    app.extensions[EXTENSION].database.dispose()


@on_mariadb
def test_tokens_can_be_made_and_used(least: Books, tmp_path: Path) -> None:
    file = tmp_path / "p.ini"
    url = least.database.url
    file.write_text(f"[portal]\ndatabase = {url}\ndata = {tmp_path}\n", "utf-8")
    made = CliRunner().invoke(main, ["--config", str(file), "token", "add", "shop"])
    assert made.exit_code == 0, made.output
    with least.database.engine.begin() as conn:
        (token,) = least.tokens.all(conn)
        least.tokens.touch(conn, token, time.time())
        least.tokens.retire(conn, "shop", int(time.time()))


# the command


def grants(tmp_path: Path, database: str, *args: str) -> str:
    file = tmp_path / "p.ini"
    file.write_text(f"[portal]\ndatabase = {database}\n", "utf-8")
    done = CliRunner().invoke(main, ["--config", str(file), "grants", *args])
    return f"{done.exit_code}\n{done.output}"


def test_the_command_prints_statements_for_the_configured_account(
    tmp_path: Path,
) -> None:
    said = grants(tmp_path, "mysql+pymysql://book:hunter2@db/bizuno")
    assert said.startswith("0\n") and "hunter2" not in said
    assert (
        "GRANT SELECT, UPDATE (`qty_stock`, `qty_so`, `last_journal_date`) ON "
        "`bizuno`.`inventory` TO 'book'@'localhost';"
    ) in said
    assert "GRANT SELECT ON `bizuno`.`configuration` TO 'book'@'localhost';" in said


def test_no_table_of_bizuno_is_granted_whole(tmp_path: Path) -> None:
    books = books_of("sqlite:///none.sqlite", tmp_path)
    own = {right.table.name for right in rights(books) if right.own}
    assert own and all(name.startswith("bizuno_portal_") for name in own)


def test_the_embedded_database_has_no_accounts(tmp_path: Path) -> None:
    assert parse("", {}).portal.database.startswith("sqlite")
    said = grants(tmp_path, "sqlite:///x.sqlite")
    assert said.startswith("1\n") and "no accounts" in said
