"""Sales invoices: stock, cost, balances, and which orders become one."""

from __future__ import annotations

import json
from decimal import Decimal as D
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.books import EXTENSION, Books
from portal.books import tables as t

from .orders import (
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


@pytest.fixture
def client(portal_client: FlaskClient) -> FlaskClient:
    """A portal that chooses the journal itself."""
    fix_journal(portal_client.application.extensions[EXTENSION], "")
    return portal_client


def journal_of(client: FlaskClient, books: Books, *lines: dict[str, Any]) -> int:
    """The journal an order of these lines goes to."""
    journal = head_of(books, booked(client, order("WC7001", *lines))["ID"]).journal_id
    assert isinstance(journal, int)
    return journal


def balance(books: Books, account: str, period: int) -> D:
    """What an account ends a period with."""
    table = t.journal_history
    (row,) = all_of(
        books, table, table.c.gl_account == account, table.c.period == period
    )
    ended: D = row.beginning_balance + row.debit_amount - row.credit_amount
    return ended


def second_store(
    books: Books, sku: str, quantity: int, day: str = "2026-02-01"
) -> None:
    """A branch, contact 60, with stock of one item."""
    with books.database.transaction() as conn:
        known = conn.execute(t.contacts.select().where(t.contacts.c.id == 60)).first()
        if known is None:
            conn.execute(
                t.contacts.insert(),
                {"id": 60, "ctype_b": "1", "short_name": "BR1", "primary_name": "Br"},
            )
        conn.execute(
            t.inventory_history.insert(),
            {
                "journal_id": 6,
                "store_id": 60,
                "sku": sku,
                "qty": quantity,
                "remaining": quantity,
                "unit_cost": 3,
                "post_date": f"{day} 00:00:00",
            },
        )
    item = item_of(books, sku)
    change(
        books,
        t.inventory,
        t.inventory.c.sku == sku,
        qty_stock=item.qty_stock + quantity,
    )
    set_in(books, "bizuno", "stores", [{"id": 0, "text": "A"}, {"id": 60, "text": "B"}])


def test_what_is_in_stock_becomes_an_invoice(client: FlaskClient, own: Books) -> None:
    before, owed = item_of(own, "TUBE-700"), balance(own, "1100-00", 23)
    stock, cost = balance(own, "1200-00", 23), balance(own, "5000-00", 23)
    body = booked(client, order("WC7001", line("TUBE-700", 3, "7.95"), freight="5"))
    head = head_of(own, body["ID"])
    assert texts(body, "success") == [
        f"The journal entry was successfully posted - Reference # {head.invoice_num}"
    ]
    assert (head.journal_id, head.description) == (12, "Sales: Anna Whitfield")
    assert item_of(own, "TUBE-700").qty_stock == before.qty_stock - 3
    assert item_of(own, "TUBE-700").qty_so == before.qty_so
    assert [
        (row.gl_account, row.credit_amount, row.debit_amount)
        for row in rows_of(own, body["ID"], "cog")
    ] == [("1200-00", D("6.3"), 0), ("5000-00", 0, D("6.3"))]
    assert balance(own, "1100-00", 23) - owed == D("28.85")
    assert balance(own, "1200-00", 23) - stock == D("-6.3")
    assert balance(own, "5000-00", 23) - cost == D("6.3")


def test_balances_go_on_into_every_later_period(
    client: FlaskClient, own: Books
) -> None:
    fix_journal(own, 12)
    before = {a: balance(own, a, 36) for a in ("1100-00", "4000-03", "3800-00")}
    payload = order("WC7001", line("TUBE-700", 10, "7.95"))
    payload["General"]["OrderDate"] = "2025-06-15"
    assert head_of(own, booked(client, payload)["ID"]).period == 6
    assert balance(own, "1100-00", 36) - before["1100-00"] == D("79.5")
    assert balance(own, "4000-03", 36) == before["4000-03"]
    # a year's income ends in retained earnings: 79.50 sold, 10 x 2.10 what it cost
    assert balance(own, "3800-00", 36) - before["3800-00"] == D("-58.5")


def test_short_stock_becomes_a_sales_order(client: FlaskClient, own: Books) -> None:
    stock = int(item_of(own, "CASS-11-30").qty_stock)
    assert journal_of(client, own, line("CASS-11-30", stock + 1)) == 10


def test_the_last_piece_is_still_an_invoice(client: FlaskClient, own: Books) -> None:
    item = item_of(own, "CASS-11-30")
    free = item.qty_stock - item.qty_so - item.qty_alloc
    assert journal_of(client, own, line("CASS-11-30", free)) == 12


def test_every_line_counts(client: FlaskClient, own: Books) -> None:
    short = line("BIKE-R200-52", 9)
    assert journal_of(client, own, short, line("TUBE-700")) == 10


def test_lines_of_one_sku_are_added_up(client: FlaskClient, own: Books) -> None:
    two = [line("BIKE-R200-54", 3), line("bike-r200-54", 3)]
    assert journal_of(client, own, *two) == 10


def test_open_orders_and_allocations_are_not_available(
    client: FlaskClient, own: Books
) -> None:
    item = item_of(own, "CASS-11-30")
    free = item.qty_stock - item.qty_so
    change(own, t.inventory, t.inventory.c.sku == "CASS-11-30", qty_alloc=1)
    assert journal_of(client, own, line("CASS-11-30", free)) == 10


def test_services_and_non_stock_do_not_count(client: FlaskClient, own: Books) -> None:
    before = item_of(own, "MANUAL-01")
    assert journal_of(client, own, line("SVC-TUNE"), line("MANUAL-01", 2)) == 12
    after = item_of(own, "MANUAL-01")
    assert (after.qty_stock, after.qty_so) == (before.qty_stock, before.qty_so)


def test_non_stock_is_counted_on_order(client: FlaskClient, own: Books) -> None:
    fix_journal(own, 10)
    before = item_of(own, "MANUAL-01").qty_so
    assert journal_of(client, own, line("MANUAL-01", 2)) == 10
    assert item_of(own, "MANUAL-01").qty_so == before + 2


def test_kit_is_sold_as_far_as_it_is_put_together(
    client: FlaskClient, own: Books
) -> None:
    kit = item_of(own, "LIGHT-SET")
    free = kit.qty_stock - kit.qty_so
    assert journal_of(client, own, line("LIGHT-SET", free)) == 12
    assert item_of(own, "LIGHT-SET").qty_stock == kit.qty_stock - free


def test_unknown_sku_makes_a_sales_order(client: FlaskClient, own: Books) -> None:
    assert journal_of(client, own, line("TUBE-700"), line("NOPE-1")) == 10


def test_line_without_sku_makes_a_sales_order(client: FlaskClient, own: Books) -> None:
    assert journal_of(client, own, line("TUBE-700"), line("")) == 10


def test_forced_invoice_may_take_more_than_there_is(
    client: FlaskClient, own: Books
) -> None:
    fix_journal(own, 12)
    stock = item_of(own, "CASS-11-30").qty_stock
    body = booked(client, order("WC7001", line("CASS-11-30", stock + 2, "74")))
    (owed,) = all_of(own, t.journal_cogs_owed)
    assert (owed.sku, owed.qty, owed.journal_main_id) == (
        "CASS-11-30",
        2,
        int(body["ID"]),
    )
    assert item_of(own, "CASS-11-30").qty_stock == -2


def test_sku_is_kept_in_the_letter_case_of_the_store(
    client: FlaskClient, own: Books
) -> None:
    body = booked(client, order("WC7001", line("tube-700")))
    assert rows_of(own, body["ID"], "itm")[0].sku == "tube-700"
    assert len(rows_of(own, body["ID"], "cog")) == 2


def test_invoice_of_nothing_is_closed(client: FlaskClient, own: Books) -> None:
    gift = line("TUBE-700", 1, "7.95", TotalPrice="0")
    head = head_of(own, booked(client, order("WC7001", gift))["ID"])
    assert (head.closed, head.closed_date) == ("1", head.post_date)


def test_one_store_has_to_have_everything(client: FlaskClient, own: Books) -> None:
    second_store(own, "CASS-11-30", 20)
    both = [line("CASS-11-30", 3), line("TUBE-700")]
    head = head_of(own, booked(client, order("WC7001", *both))["ID"])
    assert (head.journal_id, head.store_id) == (12, 0)
    body = booked(client, order("WC7002", line("CASS-11-30", 12)))
    head = head_of(own, body["ID"])
    assert (head.journal_id, head.store_id) == (12, 60)
    apart = [line("CASS-11-30", 8), line("TUBE-700")]
    assert head_of(own, booked(client, order("WC7003", *apart))["ID"]).journal_id == 10


def test_the_oldest_stock_names_the_store(client: FlaskClient, own: Books) -> None:
    second_store(own, "CASS-11-30", 20, day="2025-02-01")
    body = booked(client, order("WC7001", line("CASS-11-30", 2)))
    assert head_of(own, body["ID"]).store_id == 60


def test_isolated_stores_use_their_own_layers(client: FlaskClient, own: Books) -> None:
    set_in(own, "phreebooks", "settings.general.isolate_stores", 1)
    second_store(own, "CASS-11-30", 20)
    body = booked(client, order("WC7001", line("CASS-11-30", 12)))
    (used,) = all_of(
        own,
        t.journal_cogs_usage,
        t.journal_cogs_usage.c.journal_main_id == int(body["ID"]),
    )
    (layer,) = all_of(
        own,
        t.inventory_history,
        t.inventory_history.c.id == used.inventory_history_id,
    )
    assert layer.store_id == 60


def test_serial_numbers_need_a_person(client: FlaskClient, own: Books) -> None:
    change(own, t.inventory, t.inventory.c.sku == "BIKE-M10", serialize="1")
    fix_journal(own, 12)
    body = booked(client, order("WC7001", line("BIKE-M10")))
    assert head_of(own, body["ID"]).journal_id == 10
    assert "BIKE-M10" in texts(body, "caution")[0]


def test_stock_that_may_not_go_below_zero_makes_a_sales_order(
    client: FlaskClient, own: Books
) -> None:
    set_in(own, "inventory", "settings.general.allow_neg_stock", 0)
    fix_journal(own, 12)
    body = booked(client, order("WC7001", line("CASS-11-30", 900)))
    assert head_of(own, body["ID"]).journal_id == 10
    assert "CASS-11-30" in texts(body, "caution")[0]


def test_blank_accounts_of_an_item_fall_back(client: FlaskClient, own: Books) -> None:
    blank = {"gl_inv": "", "gl_cogs": None}
    change(own, t.inventory, t.inventory.c.sku == "TUBE-700", **blank)
    body = booked(client, order("WC7001", line("TUBE-700")))
    accounts = [row.gl_account for row in rows_of(own, body["ID"], "cog")]
    assert accounts == ["1200-00", "5000-00"]


def test_account_without_balances_is_named(client: FlaskClient, own: Books) -> None:
    with own.database.transaction() as conn:
        conn.execute(
            t.journal_history.delete().where(
                t.journal_history.c.gl_account == "4900-00"
            )
        )
    set_in(own, "api", "settings.bizuno_api.gl_sales", "4900-00")
    answer = send(client, order())
    assert answer.status_code == 422
    assert "4900-00" in texts(answer.json, "error")[0]


def test_sums_carry_no_binary_noise(client: FlaskClient, own: Books) -> None:
    for at in range(12):
        booked(client, order(f"WC71{at:02}", line("PATCH-KIT", 1, "0.10")))
    table = t.journal_history
    for row in all_of(own, table, table.c.period == 23):
        for amount in (row.debit_amount, row.credit_amount, row.beginning_balance):
            assert amount == amount.quantize(D("0.01")), json.dumps(str(amount))
