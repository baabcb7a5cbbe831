"""Sample books with stock and customers enough for thousands of orders.

``ORDER-000`` and so on, each with two layers of stock that no run uses up, and known
customers who buy three of them at a time, as the store's plugin sends it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from bridge.common import phpform, sample
from portal.books import Books
from portal.books import tables as t
from tests.portal.orders import line, order

ITEMS, CUSTOMERS, LINES = 300, 200, 3
STOCK = 1_000_000
SEED = 20261121
_DAY = "2026-11-02 00:00:00"


def fill(books: Books) -> None:
    """Add the items, their layers and the customers to sample books."""
    model = _row(books, t.inventory, t.inventory.c.sku == "TUBE-700")
    person = _row(books, t.contacts, t.contacts.c.ctype_c == "1")
    items = [
        {**model, "sku": _sku(at), "qty_stock": 2 * STOCK, "qty_so": 0}
        for at in range(ITEMS)
    ]
    layers = [
        {"sku": _sku(at), "qty": STOCK, "remaining": STOCK, "unit_cost": cost}
        | {"avg_cost": cost, "post_date": _DAY}
        for at in range(ITEMS)
        for cost in (Decimal("3.10"), Decimal("3.25"))
    ]
    people = [
        {**person, "short_name": f"B{at:05}", "email": _email(at)}
        for at in range(CUSTOMERS)
    ]
    with books.database.transaction() as conn:
        for table, rows in (
            (t.inventory, items),
            (t.inventory_history, layers),
            (t.contacts, people),
        ):
            conn.execute(insert(table), rows)
            conn.exec_driver_sql(f"ANALYZE TABLE {table.name}").all()


def _row(books: Books, table: Any, where: Any) -> dict[str, Any]:
    """A row of the sample to make others like it."""
    with books.database.read() as conn:
        row = conn.execute(select(table).where(where).limit(1)).one()
    return {name: value for name, value in row._mapping.items() if name != "id"}


def _sku(at: int) -> str:
    return f"ORDER-{at:03}"


def _email(at: int) -> str:
    return f"buyer{at}@example.com"


def requests(first: int) -> Iterator[bytes]:
    """Orders without end, each another one, as HTTP requests of the plugin.

    ``first`` is the number of the first of them.
    """
    chosen = random.Random(SEED + first)
    number = first
    while True:
        skus = chosen.sample(range(ITEMS), LINES)
        lines = [line(_sku(at), chosen.randint(1, 3), "9.95") for at in skus]
        email = _email(chosen.randrange(CUSTOMERS))
        yield _request(order(f"WC{number}", *lines, freight="8.95", email=email))
        number += 1


def _request(payload: dict[str, Any]) -> bytes:
    body = phpform.encode(payload)
    lines = (
        "POST /?bizRt=portal/api/orderAdd HTTP/1.1",
        "Host: books.example.com",
        "Accept-Encoding: deflate, gzip",
        f"X-Bizuno-Token: {sample.API_TOKEN}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "\r\n",
    )
    return "\r\n".join(lines).encode() + body
