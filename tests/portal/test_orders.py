"""Booking orders: sales orders, customers, texts, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bridge.common import phpform
from portal.books import EXTENSION, Books
from portal.books import tables as t
from portal.sample import people

from .orders import (
    ADDRESS,
    DAY,
    HEADERS,
    KNOWN,
    all_of,
    booked,
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
    """A portal whose merchant wants sales orders."""
    fix_journal(portal_client.application.extensions[EXTENSION], 10)
    return portal_client


def count(books: Books) -> dict[str, int]:
    """How many rows each table has."""
    with books.database.read() as conn:
        return {
            table.name: conn.execute(
                select(func.count()).select_from(table)
            ).scalar_one()
            for table in t.METADATA.sorted_tables
        }


def test_order_becomes_a_sales_order(client: FlaskClient, own: Books) -> None:
    before = item_of(own, "TUBE-700")
    body = booked(
        client,
        order(
            "WC7001",
            line("TUBE-700", 2, "7.95"),
            line("SVC-TUNE", 1, "85"),
            tax="8.32",
            freight="8.95",
        ),
    )
    head = head_of(own, body["ID"])
    assert texts(body, "success") == [
        f"The journal entry was successfully posted - SO # {head.invoice_num}"
    ]
    assert (head.journal_id, head.purch_order_id, head.period) == (10, "WC7001", 23)
    assert head.description == "Sales Order: Anna Whitfield"
    assert (str(head.total_amount), str(head.freight)) == ("118.17", "8.95")
    assert (head.country_b, head.post_date, head.closed) == ("USA", DAY, "0")
    assert head.contact_id_b == head.contact_id_s != 0
    assert [row.gl_type for row in rows_of(own, body["ID"])][:3] == [
        "itm",
        "itm",
        "frt",
    ]
    after = item_of(own, "TUBE-700")
    assert after.qty_so - before.qty_so == 2
    assert after.qty_stock == before.qty_stock
    assert after.last_journal_date is not None
    assert item_of(own, "SVC-TUNE").qty_so == 0


def test_id_is_text(client: FlaskClient, own: Books) -> None:
    assert isinstance(booked(client, order())["ID"], str)


def test_json_and_form_are_one_order(client: FlaskClient, own: Books) -> None:
    first = booked(client, order())
    again = client.post(ADDRESS, json=order(), headers=HEADERS).json
    assert again is not None and again["ID"] == first["ID"]
    assert "already recorded" in texts(again, "info")[0]


def test_names_match_in_any_letter_case(client: FlaskClient, own: Books) -> None:
    first = booked(client, order())
    shouted = json.loads(json.dumps(order()).replace('"Email"', '"EMAIL"'))
    shouted["GENERAL"] = shouted.pop("General")
    assert booked(client, shouted)["ID"] == first["ID"]


def test_known_customer_is_found_by_email_and_updated(
    client: FlaskClient, own: Books
) -> None:
    moved = {"Email": KNOWN.upper(), "City": "Round Rock", "Address2": ""}
    body = booked(client, order(Billing=moved))
    (anna,) = all_of(own, t.contacts, t.contacts.c.short_name == "C000001")
    assert head_of(own, body["ID"]).contact_id_b == anna.id
    assert (anna.city, anna.address1) == ("Round Rock", "12 Main St")


def test_empty_fields_erase_nothing(client: FlaskClient, own: Books) -> None:
    (before,) = all_of(own, t.contacts, t.contacts.c.short_name == "C000001")
    booked(client, order(Billing={"Telephone": "", "City": ""}))
    (after,) = all_of(own, t.contacts, t.contacts.c.short_name == "C000001")
    assert (after.telephone1, after.city) == (before.telephone1, before.city)
    assert before.telephone1


def test_new_customer_gets_the_next_number(client: FlaskClient, own: Books) -> None:
    body = booked(client, order(email="nora@new.example"))
    made = all_of(own, t.contacts, t.contacts.c.email == "nora@new.example")
    assert [c.short_name for c in made] == [people.NEXT_CUSTOMER]
    assert made[0].ctype_c == "1" and made[0].country == "USA"
    assert head_of(own, body["ID"]).contact_id_s == made[0].id
    again = booked(client, order("WC7002", email="Nora@New.Example"))
    assert head_of(own, again["ID"]).contact_id_b == made[0].id


def test_vendors_and_users_are_no_customers(client: FlaskClient, own: Books) -> None:
    body = booked(client, order(email=people.API_EMAIL))
    made = all_of(own, t.contacts, t.contacts.c.email == people.API_EMAIL)
    assert sorted(c.ctype_c for c in made) == ["0", "1"]
    assert head_of(own, body["ID"]).contact_id_b == made[-1].id


def test_accents_make_another_email(client: FlaskClient, own: Books) -> None:
    first = booked(client, order(email="jose@x.example"))
    other = booked(client, order("WC7002", email="josé@x.example"))
    assert (
        head_of(own, first["ID"]).contact_id_b != head_of(own, other["ID"]).contact_id_b
    )


def test_active_customer_goes_before_an_older_inactive_one(
    client: FlaskClient, own: Books
) -> None:
    with own.database.transaction() as conn:
        for name, inactive in (("C800001", "1"), ("C800002", "0"), ("C800003", "0")):
            conn.execute(
                t.contacts.insert(),
                {
                    "ctype_c": "1",
                    "short_name": name,
                    "email": "dup@x.example",
                    "inactive": inactive,
                    "primary_name": "Dup",
                },
            )
    body = booked(client, order(email="dup@x.example"))
    (wanted,) = all_of(own, t.contacts, t.contacts.c.short_name == "C800002")
    assert head_of(own, body["ID"]).contact_id_b == wanted.id


def test_without_email_name_and_place_decide(client: FlaskClient, own: Books) -> None:
    first = head_of(own, booked(client, order("WC7001", email=""))["ID"])
    same = head_of(own, booked(client, order("WC7002", email=""))["ID"])
    moved = order("WC7003", email="", Billing={"Address1": "9 Elm St"})
    other = head_of(own, booked(client, moved)["ID"])
    assert first.contact_id_b == same.contact_id_b != other.contact_id_b


def test_text_arrives_as_it_was_sent(client: FlaskClient, own: Books) -> None:
    name, note = 'Jürgen "Joe" O\'Müßig 🚲', "C:\\new <b>ok</b> 注文"
    body = booked(
        client,
        order(
            "WC7001",
            line("CAP-CLASSIC", Description='5" cap\\'),
            email="jm@x.example",
            Billing={"PrimaryName": name},
            General={"OrderNotes": note},
        ),
    )
    head = head_of(own, body["ID"])
    assert (head.primary_name_b, head.notes) == (name, note)
    assert rows_of(own, body["ID"], "itm")[0].description == '5" cap\\'


def test_nul_is_dropped(client: FlaskClient, own: Books) -> None:
    body = booked(client, order(General={"OrderNotes": "a\0b"}))
    assert head_of(own, body["ID"]).notes == "ab"


def test_long_values_are_cut_with_a_warning(client: FlaskClient, own: Books) -> None:
    body = booked(
        client, order(Billing={"City": "C" * 40, "PostalCode": "Z" * 20, "State": "S"})
    )
    head = head_of(own, body["ID"])
    assert (head.city_b, head.postal_code_b) == ("C" * 24, "Z" * 10)
    warned = " ".join(texts(body, "warning"))
    assert "Billing.City has 40 characters; Bizuno keeps 24" in warned
    assert "Billing.PostalCode" in warned and "Billing.State" not in warned


def test_purchase_order_number_is_never_cut(client: FlaskClient, own: Books) -> None:
    before = count(own)
    answer = send(client, order("W" * 25))
    assert answer.status_code == 422
    assert "General.PurchaseOrderID" in texts(answer.json, "error")[0]
    assert count(own) == before


def test_every_problem_is_named_at_once(client: FlaskClient, own: Books) -> None:
    before = count(own)
    payload = order(
        "WC7001",
        line("TUBE-700"),
        line("TUBE-700"),
        General={"OrderDate": "20.11.2026", "OrderTotal": "abc"},
        Billing={"PrimaryName": " "},
    )
    payload["Item"][1].update(Quantity="0", TotalPrice="1,50")
    answer = send(client, payload)
    assert answer.status_code == 422
    found = {entry["field"] for entry in answer.json["messages"]["error"]}
    assert found == {
        "General.OrderDate",
        "General.OrderTotal",
        "Billing.PrimaryName",
        "Item[1].Quantity",
        "Item[1].TotalPrice",
    }
    assert answer.json["result"] == "Fail" and answer.json["ID"] is None
    assert count(own) == before


@pytest.mark.parametrize("group", ["General", "Billing", "Item"])
def test_missing_groups_are_refused(
    client: FlaskClient, own: Books, group: str
) -> None:
    before = count(own)
    payload = order()
    del payload[group]
    answer = send(client, payload)
    assert answer.status_code == 422
    assert group.casefold() in texts(answer.json, "error")[0].casefold()
    assert count(own) == before


@pytest.mark.parametrize("group", ["Shipping", "Payment"])
def test_shipping_and_payment_may_be_missing(
    client: FlaskClient, own: Books, group: str
) -> None:
    payload = order()
    del payload[group]
    head = head_of(own, booked(client, payload)["ID"])
    assert (head.primary_name_s is None) == (group == "Shipping")


def test_gaps_in_the_line_numbers_do_not_matter(
    client: FlaskClient, own: Books
) -> None:
    payload = order()
    payload["Item"] = {"3": line("TUBE-700"), "7": line("CAP-CLASSIC")}
    payload["General"]["OrderTotal"] = "20"
    assert len(rows_of(own, booked(client, payload)["ID"], "itm")) == 2


def test_unknown_sku_is_booked_as_text(client: FlaskClient, own: Books) -> None:
    body = booked(client, order("WC7001", line("NOPE-1", Description="A thing")))
    (row,) = rows_of(own, body["ID"], "itm")
    assert (row.sku, row.description, row.qty) == (None, "A thing (NOPE-1)", 1)
    assert "NOPE-1" in texts(body, "warning")[0]


def test_a_fee_is_no_unknown_item(client: FlaskClient, own: Books) -> None:
    fix_journal(own, "")
    fee = line("", 1, "3.50", Type="fee", Description="Gift wrap")
    body = booked(client, order("WC7001", line("TUBE-700"), fee))
    assert head_of(own, body["ID"]).journal_id == 12
    assert texts(body, "warning") == []


def test_quantities_may_have_fractions(client: FlaskClient, own: Books) -> None:
    before = item_of(own, "LUBE-DRY").qty_so
    booked(client, order("WC7001", line("LUBE-DRY", "2.5", "4")))
    assert str(item_of(own, "LUBE-DRY").qty_so - before) == "2.5"


def test_discount_keeps_the_price_before_it(client: FlaskClient, own: Books) -> None:
    sold = line("TUBE-700", 2, "7.95", TotalPrice="14.31")
    (row,) = rows_of(own, booked(client, order("WC7001", sold))["ID"], "itm")
    assert (str(row.credit_amount), str(row.full_price)) == ("14.31", "7.95")


def test_a_difference_is_booked_as_a_line_of_its_own(
    client: FlaskClient, own: Books
) -> None:
    body = booked(client, order("WC7001", line("TUBE-700", 2, "7.95"), total="17.90"))
    rows = rows_of(own, body["ID"], "itm")
    assert rows[1].description == "Not itemised by the store"
    assert (str(rows[1].credit_amount), rows[1].item_cnt) == ("2.0", 2)
    assert "Not itemised by the store" in texts(body, "caution")[0]
    assert str(head_of(own, body["ID"]).total_amount) == "17.9"


def test_what_is_missing_is_a_discount_of_the_whole_order(
    client: FlaskClient, own: Books
) -> None:
    body = booked(client, order("WC7001", line("TUBE-700", 2, "7.95"), total="15.89"))
    (row,) = rows_of(own, body["ID"], "dsc")
    assert (str(row.debit_amount), row.description) == (
        "0.01",
        "Not itemised by the store",
    )
    assert str(head_of(own, body["ID"]).discount) == "0.01"


def test_order_outside_the_fiscal_years_is_refused(
    client: FlaskClient, own: Books
) -> None:
    before = count(own)
    answer = send(client, order(General={"OrderDate": "2031-01-15"}))
    (text,) = texts(answer.json, "error")
    assert answer.status_code == 422
    assert "2031-01-15" in text and "2025-01-01 to 2027-12-31" in text
    assert count(own) == before


def test_order_of_another_period_is_booked_there_with_a_warning(
    client: FlaskClient, own: Books
) -> None:
    body = booked(client, order(General={"OrderDate": "2025-03-31"}))
    assert head_of(own, body["ID"]).period == 3
    assert texts(body, "warning") == [
        "The transaction post date is not within the current period!"
    ]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("gl_sales", "gl_sales"),
        ("gl_receivables", "gl_receivables"),
    ],
)
def test_an_account_that_is_not_in_the_chart_is_named(
    client: FlaskClient, own: Books, setting: str, message: str
) -> None:
    set_in(own, "api", f"settings.bizuno_api.{setting}", "9999-99")
    answer = send(client, order())
    assert answer.status_code == 422
    assert message in texts(answer.json, "error")[0]


def test_blank_accounts_fall_back(client: FlaskClient, own: Books) -> None:
    for setting in ("gl_sales", "gl_receivables"):
        set_in(own, "api", f"settings.bizuno_api.{setting}", "")
        set_in(own, "phreebooks", f"settings.customers.{setting}", "")
    body = booked(client, order())
    assert rows_of(own, body["ID"], "itm")[0].gl_account == "4000-00"
    assert head_of(own, body["ID"]).gl_acct_id == "1100-00"


def test_tax_goes_to_the_enabled_total(client: FlaskClient, own: Books) -> None:
    for code in ("tax_rest", "tax_other", "tax_item", "tax_order"):
        set_in(own, "methods_totals", f"{code}.status", int(code == "tax_other"))
    body = booked(client, order(tax="1.32"))
    (row,) = rows_of(own, body["ID"], "glt")
    assert (row.description, str(row.credit_amount)) == (
        "Sales Tax (Amount): Anna Whitfield",
        "1.32",
    )
    set_in(own, "methods_totals", "tax_rest.status", 1)
    body = booked(client, order("WC7002", tax="1.32"))
    (row,) = rows_of(own, body["ID"], "tbt")
    assert row.description == "title:Sales Tax (REST)-Anna Whitfield;exempt:0"


def test_tax_without_any_total_is_booked_with_a_warning(
    client: FlaskClient, own: Books
) -> None:
    for code in ("tax_rest", "tax_other", "tax_item", "tax_order"):
        set_in(own, "methods_totals", f"{code}.status", 0)
    body = booked(client, order(tax="1.32"))
    assert "2500-00" in texts(body, "warning")[0]
    assert str(rows_of(own, body["ID"], "glt")[0].credit_amount) == "1.32"


def test_tax_is_booked_for_every_country(client: FlaskClient, own: Books) -> None:
    body = booked(client, order(tax="3.18", Shipping={"Country": "GB"}))
    head = head_of(own, body["ID"])
    assert (head.country_s, str(head.sales_tax)) == ("GBR", "3.18")


def test_foreign_currency_is_booked_at_bizunos_rate(
    client: FlaskClient, own: Books
) -> None:
    euro = {"title": "Euro", "code": "EUR", "prefix": "€", "value": 0.8, "dec_len": "2"}
    set_in(own, "phreebooks", "currency.iso.EUR", euro)
    body = booked(
        client,
        order(
            "WC7001",
            line("TUBE-700", 1, "8.01"),
            line("CAP-CLASSIC", 1, "9.99"),
            General={"Currency": "EUR"},
        ),
    )
    head = head_of(own, body["ID"])
    assert (head.currency, str(head.currency_rate)) == ("EUR", "0.8")
    assert str(head.total_amount) == "22.5"
    assert len(rows_of(own, body["ID"], "itm")) == 2


def test_unknown_currency_is_refused_by_name(client: FlaskClient, own: Books) -> None:
    answer = send(client, order(General={"Currency": "XTS"}))
    assert answer.status_code == 422
    assert "XTS" in texts(answer.json, "error")[0]


def test_booking_is_logged_in_the_users_name(client: FlaskClient, own: Books) -> None:
    body = booked(client, order(total="1015.90"))
    row = max(all_of(own, t.audit_log), key=lambda one: one.id)
    number = head_of(own, body["ID"]).invoice_num
    assert row.log_entry == (
        f"Sales Order-Save SO # {number} - Anna Whitfield (rID={body['ID']}) "
        "Total: $ 1,015.90"
    )
    assert (row.module_id, row.user_id) == ("portal", people.API_USER.id)


def test_a_caller_without_a_user_learns_that_first(
    client: FlaskClient, own: Books
) -> None:
    set_in(own, "api", "settings.phreesoft_api.api_user", "nobody@x.example")
    for payload in (order(), {"General": {}}):
        answer = send(client, payload)
        assert answer.status_code == 403
        assert texts(answer.json, "error") == ["API user not found"]


def test_body_that_is_no_form_is_refused(client: FlaskClient, own: Books) -> None:
    bad: list[dict[str, Any]] = [
        {"data": b"{", "content_type": "application/json"},
        {"data": b"a=%ff", "content_type": "application/x-www-form-urlencoded"},
        {"data": phpform.encode(order()), "content_type": "text/plain"},
    ]
    for request in bad:
        answer = client.post(ADDRESS, headers=HEADERS, **request)
        assert answer.status_code == 400
        assert answer.json is not None and answer.json["messages"]["error"]
