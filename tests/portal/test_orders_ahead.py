"""Orders that are worked out before they wait for others, who are faster meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal as D
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, update

from portal.books import EXTENSION, Books
from portal.books import tables as t

from .orders import (
    ADDRESS,
    all_of,
    booked,
    change,
    fix_journal,
    head_of,
    item_of,
    line,
    order,
    rows_of,
    send,
    set_in,
    texts,
)

pytestmark = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
SKU = "TUBE-700"


@pytest.fixture
def client(portal_client: FlaskClient) -> FlaskClient:
    """A portal that books invoices."""
    fix_journal(portal_client.application.extensions[EXTENSION], 12)
    return portal_client


@contextmanager
def meanwhile(books: Books, work: Callable[[], object]) -> Iterator[list[str]]:
    """Once an order is worked out and about to be written, ``work`` comes first."""
    written: list[str] = []

    def before(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "last_insert_id(" in statement or "INSERT INTO journal_main" in statement:
            written.append(statement)
            if len(written) == 1:
                work()

    engine = books.database.engine
    event.listen(engine, "before_cursor_execute", before)
    yield written
    event.remove(engine, "before_cursor_execute", before)


def layers_of(books: Books, sku: str) -> list[Any]:
    """What is left of an item, oldest first."""
    table = t.inventory_history
    rows = all_of(books, table, table.c.sku == sku, table.c.remaining > 0)
    return sorted(rows, key=lambda row: (row.post_date, row.id))


def stock_up(books: Books, pieces: int) -> None:
    """Two more layers of so many pieces each, behind those that are there."""
    items, layers = t.inventory, t.inventory_history
    with books.database.transaction() as conn:
        for day in ("2026-11-18", "2026-11-19"):
            row = {"sku": SKU, "qty": pieces, "remaining": pieces, "unit_cost": 3}
            conn.execute(layers.insert(), {**row, "post_date": f"{day} 00:00:00"})
        more = items.c.qty_stock + 2 * pieces
        conn.execute(items.update().where(items.c.sku == SKU).values(qty_stock=more))


def used_by(books: Books, ident: str) -> dict[int, D]:
    """What an entry took, by layer."""
    table = t.journal_cogs_usage
    rows = all_of(books, table, table.c.journal_main_id == int(ident))
    return {row.inventory_history_id: row.qty for row in rows}


def test_nobody_in_between_and_it_is_written_at_once(
    client: FlaskClient, own: Books
) -> None:
    with meanwhile(own, lambda: None) as written:
        body = booked(client, order("WC7001", line(SKU, 2)))
    assert len(written) == 1
    head = head_of(own, body["ID"])
    assert texts(body, "success") == [
        f"The journal entry was successfully posted - Reference # {head.invoice_num}"
    ]
    told = {row.description for row in rows_of(own, body["ID"], "cog")}
    assert told == {f"inventory_cogs - {head.invoice_num}"}
    (log,) = all_of(own, t.audit_log, t.audit_log.c.log_entry.contains("Reference #"))
    assert f"{head.invoice_num} - " in log.log_entry
    assert f"(rID={head.id})" in log.log_entry
    again = booked(client, order("WC7001", line(SKU, 2)))
    assert again["ID"] == body["ID"]
    (told_again,) = texts(again, "info")
    assert head.invoice_num in told_again


def test_orders_that_draw_numbers_meanwhile_come_before(
    client: FlaskClient, own: Books
) -> None:
    others: list[dict[str, Any]] = []

    def two_more() -> None:
        for number in ("WC7002", "WC7003"):
            others.append(booked(client, order(number, line(SKU))))

    with meanwhile(own, two_more):
        body = booked(client, order("WC7001", line(SKU)))
    numbers = [head_of(own, one["ID"]).invoice_num for one in [*others, body]]
    first = int(numbers[0].removeprefix("INV"))
    assert numbers == [f"INV{first + at:05}" for at in range(3)]


def test_the_same_order_meanwhile_is_booked_once(
    client: FlaskClient, own: Books
) -> None:
    payload, other = order("WC7001", line(SKU)), {}

    def same() -> None:
        other.update(booked(client, payload))

    with meanwhile(own, same):
        body = booked(client, payload)
    assert body["ID"] == other["ID"] and "success" not in body["messages"]
    main = t.journal_main
    assert len(all_of(own, main, main.c.purch_order_id == "WC7001")) == 1


def test_a_number_that_a_person_took_is_stepped_over(
    client: FlaskClient, own: Books
) -> None:
    set_in(own, "bizuno_refs", "next_ref_j12.value", "INV00500")

    def person() -> None:
        with own.database.transaction() as conn:
            row = {"journal_id": 12, "invoice_num": "inv00500", "period": 23}
            conn.execute(t.journal_main.insert(), row)

    with meanwhile(own, person) as written:
        body = booked(client, order("WC7001", line(SKU)))
    assert len(written) == 2
    assert head_of(own, body["ID"]).invoice_num == "INV00501"
    logs = all_of(own, t.audit_log, t.audit_log.c.log_entry.contains("Reference #"))
    assert len(logs) == 1
    with own.database.transaction() as conn:  # an entry without rows is not sound
        conn.execute(
            t.journal_main.delete().where(
                t.journal_main.c.period == 23,
                t.journal_main.c.invoice_num == "inv00500",
            )
        )


def test_after_nines_letters_are_counted_up(client: FlaskClient, own: Books) -> None:
    set_in(own, "bizuno_refs", "next_ref_j12.value", "INV99998")
    numbers = [
        head_of(own, booked(client, order(f"WC700{at}", line(SKU)))["ID"]).invoice_num
        for at in range(4)
    ]
    assert numbers == ["INV99998", "INV99999", "INW00000", "INW00001"]


def test_a_layer_that_others_emptied_is_not_used(
    client: FlaskClient, own: Books
) -> None:
    stock_up(own, 5)
    first, *rest = layers_of(own, SKU)
    most = int(first.remaining)
    with meanwhile(
        own, lambda: booked(client, order("WC7002", line(SKU, most - 1)))
    ) as written:
        body = booked(client, order("WC7001", line(SKU, 2)))
    assert len(written) == 3, "once in vain"
    assert used_by(own, body["ID"]) == {first.id: D(1), rest[0].id: D(1)}


def test_stock_that_others_sold_makes_it_a_sales_order(
    client: FlaskClient, own: Books
) -> None:
    fix_journal(own, "")
    item = item_of(own, SKU)
    there = int(item.qty_stock - item.qty_so - item.qty_alloc)

    def others() -> None:
        change(own, t.inventory, t.inventory.c.sku == SKU, qty_alloc=there - 1)

    with meanwhile(own, others):
        body = booked(client, order("WC7001", line(SKU, 2)))
    assert head_of(own, body["ID"]).journal_id == 10
    assert item_of(own, SKU).qty_so == item.qty_so + 2


def test_an_account_without_balance_is_refused_and_nothing_kept(
    client: FlaskClient, own: Books
) -> None:
    table = t.journal_history
    account = "4000-03"
    rows = all_of(own, table, table.c.gl_account == account)
    with own.database.transaction() as conn:
        conn.execute(table.delete().where(table.c.gl_account == account))
    logs = len(all_of(own, t.audit_log))
    answer = send(client, order("WC7001", line(SKU)))
    assert answer.status_code == 422 and account in answer.text
    main = t.journal_main
    assert all_of(own, main, main.c.purch_order_id == "WC7001") == []
    assert len(all_of(own, t.audit_log)) == logs
    with own.database.transaction() as conn:
        conn.execute(table.insert(), [dict(row._mapping) for row in rows])


def test_settings_are_those_of_now_not_of_the_order_before(
    client: FlaskClient, own: Books
) -> None:
    booked(client, order("WC7001", line(SKU)))
    fix_journal(own, 10)
    body = booked(client, order("WC7002", line(SKU)))
    assert head_of(own, body["ID"]).journal_id == 10
    set_in(own, "shipping", "settings.general.gl_shipping_c", "4000-03")
    body = booked(client, order("WC7003", line(SKU), freight="5"))
    (freight,) = rows_of(own, body["ID"], "frt")
    assert freight.gl_account == "4000-03"


def test_settings_that_come_later_count(client: FlaskClient, own: Books) -> None:
    table = t.configuration
    (kept,) = all_of(own, table, table.c.config_key == "shipping")
    with own.database.transaction() as conn:
        conn.execute(table.delete().where(table.c.config_key == "shipping"))
    booked(client, order("WC7001", line(SKU)))
    with own.database.transaction() as conn:
        conn.execute(table.insert(), dict(kept._mapping))
    set_in(own, "shipping", "settings.general.gl_shipping_c", "4000-03")
    body = booked(client, order("WC7002", line(SKU), freight="5"))
    (freight,) = rows_of(own, body["ID"], "frt")
    assert freight.gl_account == "4000-03"


@pytest.mark.parametrize("headers", [{}, {"X-Bizuno-Token": "wrong"}])
def test_who_may_not_book_may_not_after_who_may(
    client: FlaskClient, own: Books, headers: dict[str, str]
) -> None:
    booked(client, order("WC7001", line(SKU)))
    answer = client.post(ADDRESS, json=order("WC7002", line(SKU)), headers=headers)
    assert answer.status_code == 401
    assert answer.json["messages"]["error"][0]["text"] == "Illegal Access"
    again = client.post(ADDRESS, json=order("WC7001", line(SKU)), headers=headers)
    assert again.status_code == 401 and "already" not in again.text
    broken = client.post(ADDRESS, json={"Item": "x"}, headers=headers)
    assert broken.status_code == 401
    main = t.journal_main
    assert all_of(own, main, main.c.purch_order_id == "WC7002") == []


def test_a_user_who_left_may_not_book(client: FlaskClient, own: Books) -> None:
    booked(client, order("WC7001", line(SKU)))
    change(own, t.contacts, t.contacts.c.ctype_u == "1", inactive="1")
    answer = send(client, order("WC7002", line(SKU)))
    assert answer.status_code == 403


def test_balances_that_were_restored_under_other_ids_move(
    client: FlaskClient, own: Books
) -> None:
    rows = t.journal_history

    def shift(by: int) -> None:
        with own.database.transaction() as conn:
            conn.execute(update(rows).values(id=-rows.c.id))
            conn.execute(update(rows).values(id=by - rows.c.id))

    shift(5000)
    booked(client, order("WC7001", line(SKU)))
    shift(-5000)
    booked(client, order("WC7002", line(SKU)))
