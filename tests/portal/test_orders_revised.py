"""The same order again, changed orders, and orders that Bizuno has moved on with."""

from __future__ import annotations

import json
from decimal import Decimal as D
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from portal.books import EXTENSION, Books
from portal.books import tables as t
from portal.refused import KIND, REFUSED

from .orders import (
    KNOWN,
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
    texts,
)

TABLES = (
    t.contacts,
    t.inventory,
    t.inventory_history,
    t.journal_cogs_owed,
    t.journal_cogs_usage,
    t.journal_history,
    t.journal_item,
    t.journal_main,
    t.common_meta,
    t.audit_log,
)


@pytest.fixture
def client(portal_client: FlaskClient) -> FlaskClient:
    """A portal that chooses the journal itself."""
    fix_journal(portal_client.application.extensions[EXTENSION], "")
    return portal_client


def everything(books: Books) -> list[list[Any]]:
    """All rows that an order may touch."""
    return [[tuple(row) for row in all_of(books, table)] for table in TABLES]


def test_the_same_again_writes_nothing(client: FlaskClient, own: Books) -> None:
    first = booked(client, order())
    before = everything(own)
    again = booked(client, order())
    assert again["ID"] == first["ID"]
    assert "already recorded" in texts(again, "info")[0]
    assert texts(again, "success") == []
    assert everything(own) == before


@pytest.mark.parametrize(
    "change_of",
    [
        {"General": {"OrderTotal": "15.900"}},
        {"Payment": {"Status": "on-hold"}},
        {"Billing": {"CustomerID": "WC999"}},
    ],
)
def test_what_bizuno_does_not_keep_is_no_change(
    client: FlaskClient, own: Books, change_of: dict[str, Any]
) -> None:
    first = booked(client, order())
    again = booked(client, order(**change_of))
    assert again["ID"] == first["ID"]
    assert "already recorded" in texts(again, "info")[0]


@pytest.mark.parametrize("journal", [10, 12])
def test_changed_order_is_replaced_under_its_id_and_number(
    client: FlaskClient, own: Books, journal: int
) -> None:
    fix_journal(own, journal)
    tube, chain = item_of(own, "TUBE-700"), item_of(own, "CHAIN-11")
    first = booked(client, order("WC7001", line("TUBE-700", 3, "7.95"), freight="5"))
    number = head_of(own, first["ID"]).invoice_num
    lines = [line("TUBE-700", 1, "7.95"), line("CHAIN-11", 2, "39")]
    again = booked(client, order("WC7001", *lines, tax="2.50"))
    head = head_of(own, again["ID"])
    assert (again["ID"], head.invoice_num) == (first["ID"], number)
    assert (head.total_amount, head.freight) == (D("88.45"), 0)
    assert [row.sku for row in rows_of(own, first["ID"], "itm")] == [
        "TUBE-700",
        "CHAIN-11",
    ]
    column, sign = ("qty_so", 1) if journal == 10 else ("qty_stock", -1)
    for before, moved in ((tube, 1), (chain, 2)):
        after = item_of(own, before.sku)
        assert getattr(after, column) - getattr(before, column) == sign * moved
    assert any("revision 2" in text for text in texts(again, "info"))
    third = booked(client, order("WC7001", *lines, tax="2.51"))
    assert any("revision 3" in text for text in texts(third, "info"))
    assert (
        len(all_of(own, t.journal_main, t.journal_main.c.purch_order_id == "WC7001"))
        == 1
    )


def test_going_back_to_the_first_content_is_a_revision(
    client: FlaskClient, own: Books
) -> None:
    first = booked(client, order())
    before = everything(own)[1:6]
    booked(client, order("WC7001", line("CHAIN-11", 2, "39")))
    assert booked(client, order())["ID"] == first["ID"]
    stock, layers, owed, usage, balances = everything(own)[1:6]
    assert (layers, owed, balances) == (before[1], before[2], before[4])
    assert len(usage) == len(before[3])


def test_the_journal_stays_when_stock_has_changed(
    client: FlaskClient, own: Books
) -> None:
    first = booked(client, order("WC7001", line("CASS-11-30", 2, "74")))
    assert head_of(own, first["ID"]).journal_id == 12
    again = booked(client, order("WC7001", line("CASS-11-30", 50, "74")))
    assert head_of(own, again["ID"]).journal_id == 12
    assert len(all_of(own, t.journal_cogs_owed)) == 1
    booked(client, order("WC7001", line("CASS-11-30", 1, "74")))
    assert all_of(own, t.journal_cogs_owed) == []


def test_a_change_of_date_moves_the_balances(client: FlaskClient, own: Books) -> None:
    booked(client, order())
    moved = booked(client, order(General={"OrderDate": "2025-12-31"}))
    head = head_of(own, moved["ID"])
    assert (head.period, head.post_date) == (12, "2025-12-31")
    assert {row.post_date for row in rows_of(own, moved["ID"])} == {"2025-12-31"}


def test_another_customer_takes_over(client: FlaskClient, own: Books) -> None:
    first = booked(client, order())
    again = booked(client, order(email="new@x.example"))
    (made,) = all_of(own, t.contacts, t.contacts.c.email == "new@x.example")
    assert head_of(own, first["ID"]).contact_id_b == made.id
    assert again["ID"] == first["ID"]


def invoice_of(books: Books, ident: int) -> None:
    with books.database.transaction() as conn:
        values = {"journal_id": 13, "period": 23, "so_po_ref_id": ident}
        conn.execute(t.journal_main.insert(), values)


def payment_of(books: Books, ident: int) -> None:
    with books.database.transaction() as conn:
        head = {"journal_id": 18, "period": 23, "post_date": "2026-11-20"}
        key = conn.execute(t.journal_main.insert(), head).inserted_primary_key
        assert key is not None
        row = {"ref_id": key[0], "gl_type": "pmt", "item_ref_id": ident}
        conn.execute(t.journal_item.insert(), {**row, "post_date": "2026-11-20"})


def shipment_of(books: Books, ident: int) -> None:
    with books.database.transaction() as conn:
        row = {"ref_id": ident, "meta_key": "shipment", "meta_value": "{}"}
        conn.execute(t.journal_meta.insert(), row)


def label_of(books: Books, ident: int) -> None:
    change(books, t.journal_main, t.journal_main.c.id == ident, waiting="0")


def closing_of(books: Books, ident: int) -> None:
    change(books, t.journal_main, t.journal_main.c.id == ident, closed="1")


@pytest.mark.parametrize(
    ("done", "word"),
    [
        (invoice_of, "invoiced"),
        (payment_of, "paid"),
        (shipment_of, "shipped"),
        (label_of, "shipped"),
        (closing_of, "closed"),
    ],
)
def test_what_bizuno_has_moved_on_with_stays(
    client: FlaskClient, own: Books, done: Any, word: str
) -> None:
    first = booked(client, order())
    done(own, int(first["ID"]))
    before = everything(own)
    answer = send(client, order(total="20"))
    assert answer.status_code == 409
    assert answer.json["ID"] is None and answer.json["result"] == "Fail"
    assert word in texts(answer.json, "error")[0]
    assert everything(own) == before
    assert booked(client, order())["ID"] == first["ID"]


def refused_of(books: Books) -> list[Any]:
    table = books.ledger.receipts
    return all_of(books, table, table.c.kind == REFUSED)


def test_refused_content_is_kept_for_an_operator(
    client: FlaskClient, own: Books
) -> None:
    first = booked(client, order())
    label_of(own, int(first["ID"]))
    for total in ("20", "21", "21"):
        assert send(client, order(total=total)).status_code == 409
    (kept,) = refused_of(own)
    assert (kept.receipt_key, kept.reference) == ("WC7001", int(first["ID"]))
    assert json.loads(kept.reply)["order"]["total"] == "21"


def test_a_revision_that_comes_through_clears_the_refused_one(
    client: FlaskClient, own: Books
) -> None:
    first = booked(client, order())
    label_of(own, int(first["ID"]))
    assert send(client, order(total="20")).status_code == 409
    change(own, t.journal_main, t.journal_main.c.id == int(first["ID"]), waiting="1")
    booked(client, order(total="20"))
    assert refused_of(own) == []


def test_a_deleted_entry_is_not_booked_again(client: FlaskClient, own: Books) -> None:
    fix_journal(own, 10)
    first = booked(client, order("WC7001", line("SVC-TUNE", 1, "85")))
    with own.database.transaction() as conn:
        ident = int(first["ID"])
        conn.execute(delete(t.journal_main).where(t.journal_main.c.id == ident))
        conn.execute(delete(t.journal_item).where(t.journal_item.c.ref_id == ident))
    again = booked(client, order("WC7001", line("SVC-TUNE", 1, "85")))
    assert again["ID"] == first["ID"]
    answer = send(client, order("WC7001", line("SVC-TUNE", 1, "90")))
    assert answer.status_code == 409
    assert "deleted" in texts(answer.json, "error")[0]


def test_refusal_of_a_revision_leaves_the_entry(
    client: FlaskClient, own: Books
) -> None:
    booked(client, order())
    before = everything(own)
    answer = send(client, order(General={"OrderDate": "2031-01-01"}))
    assert answer.status_code == 422
    assert everything(own) == before


def test_receipt_knows_number_and_revision(client: FlaskClient, own: Books) -> None:
    first = booked(client, order())
    booked(client, order(total="20"))
    table = own.ledger.receipts
    (receipt,) = all_of(own, table, table.c.kind == KIND)
    assert (receipt.receipt_key, receipt.revision) == ("WC7001", 2)
    assert receipt.reference == int(first["ID"])
    assert json.loads(receipt.reply)["number"] == head_of(own, first["ID"]).invoice_num


def booked_by_bizuno(books: Books, journal: int) -> tuple[Any, dict[str, Any]]:
    """An entry that was in the books before the portal, and the order it was."""
    table = t.journal_main
    wanted = (table.c.journal_id == journal, table.c.purch_order_id.like("WC%"))
    for head in all_of(books, table, *wanted):
        (person,) = all_of(books, t.contacts, t.contacts.c.id == head.contact_id_b)
        if person.email:
            sent = order(
                head.purch_order_id,
                line("SVC-TUNE", 1, str(head.total_amount)),
                email=person.email,
                General={"OrderDate": head.post_date},
            )
            return head, sent
    raise AssertionError("no such entry in the sample books")


@pytest.mark.parametrize("journal", [10, 12])
def test_an_order_that_bizuno_booked_itself_is_taken_over(
    client: FlaskClient, own: Books, journal: int
) -> None:
    head, sent = booked_by_bizuno(own, journal)
    before = everything(own)[1:]
    for _ in range(2):
        answer = booked(client, sent)
        assert answer["ID"] == str(head.id)
        assert "already recorded" in texts(answer, "info")[0]
    assert everything(own)[1:] == before


def test_another_total_counts_as_a_change_of_it(
    client: FlaskClient, own: Books
) -> None:
    head, sent = booked_by_bizuno(own, 10)
    sent["General"]["OrderTotal"] = str(head.total_amount + 1)
    sent["Item"][0]["TotalPrice"] = str(head.total_amount + 1)
    answer = booked(client, sent)
    assert answer["ID"] == str(head.id)
    assert head_of(own, head.id).total_amount == head.total_amount + 1
    assert head_of(own, head.id).invoice_num == head.invoice_num


def test_shipped_entries_of_bizuno_stay(client: FlaskClient, own: Books) -> None:
    head, sent = booked_by_bizuno(own, 12)
    change(own, t.journal_main, t.journal_main.c.id == head.id, waiting="0")
    sent["General"]["OrderTotal"] = "1"
    assert send(client, sent).status_code == 409


def test_what_a_person_enters_later_is_none_of_ours(
    client: FlaskClient, own: Books
) -> None:
    booked(client, order("WC7000", line("SVC-TUNE", 1, "85")))
    (person,) = all_of(own, t.contacts, t.contacts.c.email == KNOWN)
    with own.database.transaction() as conn:
        values = {"journal_id": 10, "period": 23, "purch_order_id": "WC7001"}
        values |= {"contact_id_b": person.id, "total_amount": 85}
        key = conn.execute(t.journal_main.insert(), values).inserted_primary_key
        assert key is not None
    answer = booked(client, order("WC7001", line("SVC-TUNE", 1, "85")))
    with own.database.transaction() as conn:
        conn.execute(delete(t.journal_main).where(t.journal_main.c.id == key[0]))
    assert answer["ID"] != str(key[0])
