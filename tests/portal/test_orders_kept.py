"""The command line of orders: booked ones, refused ones, and what one would become."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from bridge.common import phpform
from portal.books import EXTENSION, Books
from portal.books import tables as t
from portal.cli import main

from .orders import all_of, booked, change, head_of, line, order, send, texts

Run = Callable[..., Result]


@pytest.fixture
def own(portal_client: FlaskClient) -> Books:
    """The books of the portal."""
    books: Books = portal_client.application.extensions[EXTENSION]
    return books


@pytest.fixture
def run(own: Books, tmp_path: Path) -> Run:
    """A command of bizuno-portal on those books."""
    file = tmp_path / "config.ini"
    url = own.database.url
    file.write_text(
        f"[portal]\ndatabase = {url}\ndata = {tmp_path}\n[store]\nprefix = WC\n"
    )

    def invoke(*arguments: str, given: bytes | None = None) -> Result:
        return CliRunner().invoke(
            main, ["--config", str(file), *arguments], input=given
        )

    return invoke


def refuse(client: FlaskClient, own: Books, number: str = "WC7001") -> dict[str, Any]:
    """Book an order, ship it, and send other content for it."""
    first = booked(client, order(number))
    ident = int(first["ID"])
    change(own, t.journal_main, t.journal_main.c.id == ident, waiting="0")
    assert send(client, order(number, total="20")).status_code == 409
    return first


def test_booked_orders_are_listed(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    assert "No order" in run("orders").output
    first = booked(portal_client, order())
    shown = run("orders").output
    assert "WC7001" in shown and head_of(own, first["ID"]).invoice_num in shown
    (one,) = json.loads(run("orders", "--json").output)
    assert (one["order"], one["ID"], one["revision"]) == ("WC7001", int(first["ID"]), 1)


def test_refused_contents_are_listed(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    assert "Nothing was refused" in run("orders", "--refused").output
    refuse(portal_client, own)
    assert "has been shipped" in run("orders", "--refused").output
    (one,) = json.loads(run("orders", "--refused", "--json").output)
    assert one["content"]["total"] == "20"


def test_accepted_content_is_already_recorded(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    first = refuse(portal_client, own)
    done = run("orders", "accept", "WC7001")
    assert done.exit_code == 0 and "revision 2" in done.output
    again = booked(portal_client, order(total="20"))
    assert again["ID"] == first["ID"]
    assert "already recorded" in texts(again, "info")[0]
    assert "Nothing was refused" in run("orders", "--refused").output


def test_dropped_content_is_refused_again(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    refuse(portal_client, own)
    assert run("orders", "drop", "WC7001").exit_code == 0
    assert "Nothing was refused" in run("orders", "--refused").output
    assert send(portal_client, order(total="20")).status_code == 409


@pytest.mark.parametrize("word", ["accept", "drop"])
def test_unknown_orders_are_a_sentence(run: Run, word: str) -> None:
    done = run("orders", word, "WC1")
    assert done.exit_code == 1 and "Nothing is kept of order WC1" in done.output


def everything(books: Books) -> list[list[Any]]:
    tables = (*t.METADATA.sorted_tables, books.ledger.receipts)
    return [[tuple(row) for row in all_of(books, table)] for table in tables]


@pytest.mark.parametrize("form", [True, False])
def test_map_shows_the_entry_and_books_nothing(
    own: Books, run: Run, form: bool, tmp_path: Path
) -> None:
    payload = order("WC7001", line("TUBE-700", 2, "7.95"), line("NOPE-1"), freight="5")
    file = tmp_path / "order"
    body = phpform.encode(payload) if form else json.dumps(payload).encode()
    file.write_bytes(body)
    before = everything(own)
    shown = run("map", "--order", str(file)).output
    assert "Sales Order (journal 10)" in shown and "2 x TUBE-700" in shown
    assert "warning: Item[1].ItemID NOPE-1" in shown
    found = json.loads(run("map", "--order", str(file), "--json").output)
    assert [row["type"] for row in found["rows"]][:3] == ["itm", "itm", "frt"]
    assert found["recorded"] is None
    assert everything(own) == before


def test_map_tells_of_a_recorded_order(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    first = booked(portal_client, order())
    shown = run("map", "--order", "-", given=phpform.encode(order())).output
    assert f"recorded as {head_of(own, first['ID']).invoice_num}" in shown


def test_map_names_what_is_wrong(run: Run) -> None:
    done = run("map", "--order", "-", given=b'{"General": {}}')
    assert done.exit_code == 1
    assert "General.OrderDate is missing" in done.output or "General" in done.output
    assert "Traceback" not in done.output
