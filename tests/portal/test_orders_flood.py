"""Sixteen clients send orders of known and new customers for the same few items.

Real gunicorn on MariaDB. Afterwards the books are gone through once more by hand: each
order once, each number once, and every piece of stock taken from the layer it has to
come from, in the order of the entries.
"""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Row, select, update

from bridge.common import phpform
from bridge.common.money import ZERO
from portal.books import Books
from portal.books import tables as t
from portal.sample.people import CUSTOMERS
from tests.support.servers import Gunicorn

from . import sound
from .orders import ADDRESS, all_of, fix_journal, line, order
from .test_orders_parallel import FORM, at_once

CLIENTS = 16
SKUS = (
    "TUBE-700",
    "PATCH-KIT",
    "LUBE-DRY",
    "LUBE-WET",
    "PAD-SM55",
    "CHAIN-11",
    "CASS-11-30",
)
KNOWN = tuple(CUSTOMERS)
_on_mariadb = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
_journals = pytest.mark.parametrize("journal", ["", 12])


def orders(count: int) -> list[dict[str, Any]]:
    """Orders of one to four lines; each new customer comes once or several times."""
    chance = random.Random(2026)
    made = []
    for at in range(count):
        chosen = chance.sample(SKUS, chance.randint(1, 4))
        lines = [line(sku, chance.randint(1, 3), "7.35") for sku in chosen]
        if chance.random() < 0.2:  # the same item on two lines
            lines.append(line(chosen[0], 1, "7.00"))
        email = chance.choice(
            [
                chance.choice(KNOWN),
                f"once{at}@x.example",
                f"again{chance.randrange(count // 10)}@x.example",
            ]
        )
        amounts = {"freight": chance.choice(["0", "4.95"]), "tax": f"0.{at % 90 + 10}"}
        made.append(order(f"WC{50000 + at}", *lines, email=email, **amounts))
    return made


def stock_up(books: Books, pieces: int) -> None:
    """Layers of different ages and costs, so that it counts which one is used."""
    items, layers = t.inventory, t.inventory_history
    with books.database.transaction() as conn:
        for sku in SKUS:
            for age in range(10):
                row = {
                    "sku": sku,
                    "qty": pieces,
                    "remaining": pieces,
                    "unit_cost": Decimal("1.10") + age,
                    "post_date": f"2026-0{9 - age % 9}-1{age} 00:00:00",
                }
                conn.execute(layers.insert(), row)
            more = items.c.qty_stock + 10 * pieces
            conn.execute(update(items).where(items.c.sku == sku).values(qty_stock=more))


class Replay:
    """Stock by layers, first in first out, as it was before the first order."""

    def __init__(self, books: Books) -> None:
        self.layers: dict[str, list[list[Any]]] = defaultdict(list)
        for row in all_of(books, t.inventory_history):
            self.layers[row.sku].append([row.post_date, row.id, row.remaining])
        for layers in self.layers.values():
            layers.sort()
        self.used: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        self.owed: dict[tuple[int, str], Decimal] = defaultdict(Decimal)

    def sell(self, entry: int, sku: str, quantity: Decimal) -> None:
        """Take a line's pieces from the oldest layers that have some."""
        for layer in self.layers[sku]:
            taken = min(layer[2], quantity)
            if taken > 0:
                layer[2] -= taken
                quantity -= taken
                self.used[entry, layer[1]] += taken
        if quantity > 0:
            self.owed[entry, sku] += quantity

    def remaining(self) -> dict[int, Decimal]:
        """What each layer has left."""
        return {layer[1]: layer[2] for of in self.layers.values() for layer in of}


def send_all(url: str, payloads: list[dict[str, Any]]) -> list[requests.Response]:
    """Sixteen clients, each on a connection of its own."""
    here = threading.local()

    def one(payload: dict[str, Any]) -> requests.Response:
        if not hasattr(here, "session"):
            here.session = requests.Session()
        body = phpform.encode(payload)
        answer: requests.Response = here.session.post(
            url + ADDRESS, data=body, headers=FORM, timeout=60
        )
        return answer

    return at_once(one, payloads, CLIENTS)


def sold_lines(books: Books, entries: list[Row[Any]]) -> list[tuple[int, str, Decimal]]:
    """The lines of the invoices among ``entries``, in the order they were posted."""
    rows = t.journal_item
    invoices = [head.id for head in entries if head.journal_id == 12]
    query = (
        select(rows.c.ref_id, rows.c.sku, rows.c.qty)
        .where(rows.c.ref_id.in_(invoices), rows.c.gl_type == "itm")
        .order_by(rows.c.ref_id, rows.c.id)
    )
    with books.database.read() as conn:
        return [(row[0], row[1], row[2]) for row in conn.execute(query)]


def check_flood(books: Books, folder: Path, journal: int | str, count: int) -> None:
    fix_journal(books, journal)
    stock_up(books, max(count // 25, 2))
    replay, payloads = Replay(books), orders(count)
    usage, owed = t.journal_cogs_usage, t.journal_cogs_owed
    old = {head.id for head in all_of(books, t.journal_main)}
    customers = len(all_of(books, t.contacts))
    used_before = {row.id for row in all_of(books, usage)}
    text = f"[portal]\ndatabase = {books.database.url}\ndata = {folder}\n"
    portal = Gunicorn("portal", text, folder, workers=4, threads=4)
    try:
        answers = send_all(portal.url, payloads)
    finally:
        portal.stop()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["ID"] for answer in answers}) == count
    heads = [head for head in all_of(books, t.journal_main) if head.id not in old]
    assert len(heads) == count
    assert len({(head.journal_id, head.invoice_num) for head in heads}) == count
    assert {head.journal_id for head in heads} == ({12} if journal else {10, 12})
    totals = {head.purch_order_id: head.total_amount for head in heads}
    assert totals == {
        one["General"]["PurchaseOrderID"]: Decimal(one["General"]["OrderTotal"])
        for one in payloads
    }
    emails = {one["Billing"]["Email"] for one in payloads}
    assert len(all_of(books, t.contacts)) - customers == len(emails - {*KNOWN})
    for sold in sold_lines(books, heads):
        replay.sell(*sold)
    layers = all_of(books, t.inventory_history)
    assert {row.id: row.remaining for row in layers} == replay.remaining()
    used: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    for row in all_of(books, usage):
        if row.id not in used_before:
            used[row.journal_main_id, row.inventory_history_id] += row.qty
    assert used == replay.used
    debts: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    for row in all_of(books, owed):
        debts[row.journal_main_id, row.sku] += row.qty
    assert debts == replay.owed
    assert bool(debts) == bool(journal)
    with books.database.read() as conn:
        assert sound.findings(conn) == []
        assert not sound.conformance_findings(conn)


@_on_mariadb
@_journals
def test_orders_of_many_clients_are_booked_to_the_piece(
    books: Books, tmp_path: Path, journal: int | str
) -> None:
    check_flood(books, tmp_path, journal, 120)


@pytest.mark.slow
@pytest.mark.timeout(900)
@_on_mariadb
@_journals
def test_two_thousand_orders_are_booked_to_the_piece(
    books: Books, tmp_path: Path, journal: int | str
) -> None:
    check_flood(books, tmp_path, journal, 2000)
