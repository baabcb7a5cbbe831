"""``bizuno-portal explain``: the whole story of an order on the side of the books."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from bridge.common.envelope import ItemResult, Status
from portal.books import Books
from portal.books import tables as t
from portal.push.runs import Runs
from tests.support import mariadb

from .orders import all_of, booked, change, fix_journal, head_of, line, order, send
from .test_orders_kept import Run, everything, own, refuse, run
from .test_orders_revised import payment_of

__all__ = ["own", "run"]  # fixtures


def events(run: Run, word: str) -> list[dict[str, Any]]:
    story: dict[str, Any] = json.loads(run("explain", word, "--json").output)
    told: list[dict[str, Any]] = story["events"]
    return told


def add_entry(books: Books, ident: int, journal: int, number: str) -> int:
    """What a person makes of an order in Bizuno."""
    values = {"journal_id": journal, "invoice_num": number, "so_po_ref_id": ident}
    values |= {"period": 23, "post_date": "2026-11-20", "total_amount": 15}
    with books.database.transaction() as conn:
        key = conn.execute(t.journal_main.insert(), values).inserted_primary_key
        assert key is not None
        return int(key[0])


def test_the_story_from_the_order_to_the_parcel(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    fix_journal(own, 10)
    ident = int(booked(portal_client, order("WC7001", freight="5"))["ID"])
    number = head_of(own, ident).invoice_num
    booked(portal_client, order("WC7001", freight="6"))
    invoice = add_entry(own, ident, 12, "INV90001")
    assert send(portal_client, order("WC7001", freight="7")).status_code == 409
    waits = run("explain", "WC7001").output
    assert "a total of 22.9, waits for a decision" in waits
    assert run("orders", "accept", "WC7001").exit_code == 0
    packages = {"rows": [{"tracking_id": "1Z1"}, {"tracking_id": "1Z2"}]}
    change(own, t.journal_main, t.journal_main.c.id == invoice, method_code="own:DEF")
    shipment = {"ship_date": "2026-11-20 14:05:00", "packages": packages}
    with own.database.transaction() as conn:
        row = {"ref_id": invoice, "meta_key": "shipment"}
        document = {"meta_value": json.dumps(shipment)}
        conn.execute(t.journal_meta.insert(), row | document)
        entry = {"log_entry": f"Sales-Save INV90001 - Anna (rID={invoice}) Total: 15"}
        entry |= {"user_id": 99, "ip_address": "192.0.2.7"}
        conn.execute(t.audit_log.insert(), entry)
    runs = Runs(own.database, own.ledger)
    told = runs.begin("confirm", "shop.example", ["WC7001"], {})
    with own.database.transaction() as conn:
        text = "Shipped via UPS"
        runs.report(conn, told, [ItemResult("WC7001", Status.UPDATED, "PO", text=text)])
    shown = run("explain", "WC7001")
    assert shown.exit_code == 0
    for sentence in (
        f"Sales Order {number} (journal 10, ID {ident}) of 2026-11-20, period 23: "
        "total 21.90 USD, tax 0.00, freight 6.00.",
        "Customer Anna Whitfield",
        f"Invoiced as Sales INV90001 (journal 12, ID {invoice}) on 2026-11-20: 15.00",
        "The order was received.",
        "Its content in the books is revision 3 since then.",
        f"Sales Order-Save SO # {number} - Anna Whitfield (rID={ident})",
        "user 99",
        f"(rID={invoice}) Total: 15 (from 192.0.2.7)",
        "Other content came too late: Order WC7001 is recorded as",
        "The other content was put into Bizuno by hand.",
        (
            "2026-11-20 20:05:00  Bizuno                Shipped by own:DEF: 1Z1, 1Z2."
            if False
            else ": 1Z1, 1Z2."
        ),
        "The store was told of the shipment: updated: Shipped via UPS",
    ):
        assert sentence in shown.output, sentence
    assert "waits for a decision" not in shown.output


def test_the_story_as_json_names_the_entry_and_when_and_who(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    ident = int(booked(portal_client, order("WC7001", tax="1.20"))["ID"])
    story = json.loads(run("explain", "WC7001", "--json").output)
    head = head_of(own, ident)
    assert story["order"] == "WC7001"
    assert story["entry"] == {
        "ID": ident,
        "journal": head.journal_id,
        "number": head.invoice_num,
        "date": "2026-11-20",
        "total": "17.10",
        "tax": "1.20",
        "freight": "0.00",
        "currency": "USD",
        "closed": False,
    }
    received, posted = story["events"][:2]
    assert (received["who"], received["text"]) == ("store", "The order was received.")
    (user,) = all_of(own, t.contacts, t.contacts.c.id == head.admin_id)
    assert posted["who"] == user.primary_name
    for event in story["events"]:
        passed = datetime.now(UTC) - datetime.fromisoformat(event["when"])
        assert abs(passed) < timedelta(minutes=5), event


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_times_of_the_audit_log_are_utc_whatever_the_server_runs_in(
    portal_client: FlaskClient, server: mariadb.Server, run: Run
) -> None:
    server.execute("SET GLOBAL time_zone = '+05:00'")
    try:
        booked(portal_client, order())
        moments = [event["when"] for event in events(run, "WC7001")]
    finally:
        server.execute("SET GLOBAL time_zone = 'SYSTEM'")
    for moment in moments:
        passed = datetime.now(UTC) - datetime.fromisoformat(moment)
        assert abs(passed) < timedelta(minutes=5)


def test_every_name_of_an_order_finds_it(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    fix_journal(own, 10)
    ident = int(booked(portal_client, order("WC7001"))["ID"])
    add_entry(own, ident, 12, "INV90001")
    number = head_of(own, ident).invoice_num
    for word in ("WC7001", "7001", number, "INV90001"):
        found = run("explain", word)
        assert found.output.startswith("Order WC7001\n"), word


def test_a_dropped_content_names_who_dropped_it(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    refuse(portal_client, own)
    run("orders", "drop", "WC7001")
    late, dropped = events(run, "WC7001")[-2:]
    assert late["text"].startswith("Other content came too late: ")
    assert late["who"] == "127.0.0.1"
    assert dropped["text"] == "The other content was dropped."
    assert dropped["who"].startswith(f"{getpass.getuser()}@")


def test_the_same_late_content_is_told_once(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    refuse(portal_client, own)
    for total in ("20", "20", "21"):
        assert send(portal_client, order(total=total)).status_code == 409
    texts = [event["text"] for event in events(run, "WC7001")]
    assert len([text for text in texts if "came too late" in text]) == 2


def test_what_the_store_was_told_is_part_of_it(
    portal_client: FlaskClient, run: Run
) -> None:
    booked(portal_client, order("WC7001", line("NOPE-1")))
    (warned,) = [e for e in events(run, "WC7001") if e["text"].startswith("Told")]
    assert "NOPE-1 is not in Bizuno's inventory" in warned["text"]


def test_a_payment_is_told_with_who_entered_it(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    ident = int(booked(portal_client, order("WC7001"))["ID"])
    payment_of(own, ident)
    ((payment, *_),) = all_of(own, t.journal_main, t.journal_main.c.journal_id == 18)
    with own.database.transaction() as conn:
        paid = t.journal_item.c.ref_id == payment
        amount = {"credit_amount": 15.9}
        conn.execute(update(t.journal_item).where(paid), amount)
        entry = {"log_entry": f"Cash Receipt-Save (rID={payment}) Total: 15.90"}
        conn.execute(t.audit_log.insert(), entry)
    shown = run("explain", "WC7001").output
    paid_with = f"Entry (journal 18, ID {payment}) on 2026-11-20."
    assert f"Paid 15.90 with {paid_with}" in shown
    assert "Cash Receipt-Save" in shown


def test_a_deleted_entry_is_told(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    ident = int(booked(portal_client, order())["ID"])
    with own.database.transaction() as conn:
        conn.execute(delete(t.journal_main).where(t.journal_main.c.id == ident))
    assert (
        f"(ID {ident}) and deleted in Bizuno since" in run("explain", "WC7001").output
    )
    assert json.loads(run("explain", "WC7001", "--json").output)["entry"] is None


def test_an_order_that_bizuno_booked_itself_has_a_story(own: Books, run: Run) -> None:
    own_orders = t.journal_main.c.purch_order_id.like("WC%")
    head, *_ = all_of(own, t.journal_main, own_orders)
    shown = run("explain", head.purch_order_id)
    assert "Bizuno's own import booked it" in shown.output
    assert f"{head.invoice_num} (journal {head.journal_id}" in shown.output


def test_explaining_changes_nothing(
    portal_client: FlaskClient, own: Books, run: Run
) -> None:
    booked(portal_client, order())
    before = everything(own)
    run("explain", "WC7001")
    assert everything(own) == before


@pytest.mark.parametrize("word", ["WC1", "", "%"])
def test_what_nobody_knows_ends_with_status_1(run: Run, word: str) -> None:
    result = run("explain", word)
    assert result.exit_code == 1
    assert "the books know of no such order" in result.output
