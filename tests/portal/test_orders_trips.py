"""How often an order goes to the database: not more often for more lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.books import EXTENSION, Books

from .orders import KNOWN, booked, fix_journal, line, order

SKUS = ("TUBE-700", "PATCH-KIT", "LUBE-DRY", "LUBE-WET", "PAD-SM55", "CHAIN-11")


@contextmanager
def statements_to(books: Books) -> Iterator[list[str]]:
    """What is sent to the database meanwhile; values are bound, so ; divides."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = books.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def long_order(number: str, lines: int) -> dict[str, Any]:
    """An order of a new customer whose lines are of a few items in turn."""
    items = [line(SKUS[at % len(SKUS)], 1, "4.50") for at in range(lines)]
    return order(number, *items, email=f"{number}@x.example")


def warm_up(client: FlaskClient) -> None:
    """The first order of all settles something, which each process reads once."""
    for number in ("WC8601", "WC8602"):
        booked(client, long_order(number, 2))


@pytest.mark.parametrize("journal", [10, 12])
def test_a_hundred_lines_take_no_more_statements_than_ten(
    portal_app: Flask, journal: int
) -> None:
    own: Books = portal_app.extensions[EXTENSION]
    fix_journal(own, journal)
    client = portal_app.test_client()
    warm_up(client)
    asked = []
    for lines in (10, 100):
        with statements_to(own) as seen:
            booked(client, long_order(f"WC86{lines}", lines))
        asked.append(sum(1 + one.count("; ") for one in seen))
    assert asked[0] == asked[1] > 10


@pytest.mark.parametrize(("email", "trips"), [(KNOWN, 2), ("new@x.example", 3)])
def test_an_order_takes_two_round_trips_to_mariadb(
    portal_app: Flask, email: str, trips: int
) -> None:
    """A new customer is looked for once more under the lock: that is another."""
    own: Books = portal_app.extensions[EXTENSION]
    client = portal_app.test_client()
    warm_up(client)
    with statements_to(own) as seen:
        booked(client, order("WC8603", line("TUBE-700"), email=email))
    if own.database.url.startswith("mysql"):
        assert len(seen) == trips
        assert sum("COMMIT" in one for one in seen) == 1
    else:
        assert not any("ATOMIC" in one for one in seen)
