"""``orderFind``: which orders of a store are in the books."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from bridge.common import sample
from bridge.common.phpform import encode
from portal.books import Books
from portal.books.tables import journal_main

HEADERS = {"X-Bizuno-Token": sample.API_TOKEN}
PATH = "/?bizRt=portal/api/"


def find(
    portal_client: FlaskClient, *references: Any, token: bool = True
) -> TestResponse:
    return portal_client.post(
        f"{PATH}orderFind",
        data=encode({"PurchaseOrderID": list(references)}),
        headers=HEADERS if token else {},
        content_type="application/x-www-form-urlencoded",
    )


def items(portal_client: FlaskClient, *references: str) -> list[dict[str, Any]]:
    answer = find(portal_client, *references)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def book(portal_client: FlaskClient, reference: str) -> int:
    order = {
        "General": {
            "PurchaseOrderID": reference,
            "OrderDate": "2026-11-20",
            "OrderTotal": "5",
        },
        "Billing": {"PrimaryName": "Anna Whitfield", "Email": "anna@example.com"},
        "Item": [{"ItemID": "TUBE-700", "Quantity": "1", "TotalPrice": "5"}],
    }
    answer = portal_client.post(f"{PATH}orderAdd", json=order, headers=HEADERS)
    assert answer.status_code == 200, answer.get_json()
    return int(answer.get_json()["ID"])


def test_booked_and_unknown_orders_are_told_apart(portal_client: FlaskClient) -> None:
    ident = book(portal_client, "WC7001")
    known, unknown = items(portal_client, "WC7001", "WC7002")
    assert (known["PO"], known["status"], known["ID"]) == ("WC7001", "unchanged", ident)
    assert known["text"]  # the entry's number
    assert (unknown["PO"], unknown["status"]) == ("WC7002", "missing")
    assert unknown["code"] == "missing"


def test_an_order_of_bizunos_own_import_is_found_by_its_number(
    portal_client: FlaskClient, books: Books
) -> None:
    ident = book(portal_client, "WC7003")
    receipts = books.ledger.receipts
    with books.database.transaction() as conn:
        conn.execute(delete(receipts).where(receipts.c.receipt_key == "WC7003"))
    (item,) = items(portal_client, "WC7003")
    assert (item["status"], item["ID"]) == ("unchanged", ident)


def test_an_entry_that_was_deleted_is_missing_and_says_so(
    portal_client: FlaskClient, books: Books
) -> None:
    ident = book(portal_client, "WC7004")
    with books.database.transaction() as conn:
        conn.execute(
            update(journal_main).where(journal_main.c.id == ident),
            {"purch_order_id": "", "id": 999_999},
        )
    (item,) = items(portal_client, "WC7004")
    assert (item["status"], item["code"]) == ("missing", "deleted")


def test_without_a_token_nothing_is_told(portal_client: FlaskClient) -> None:
    answer = find(portal_client, "WC7001", token=False)
    assert answer.status_code == 401
    assert "items" not in answer.get_json()


@pytest.mark.parametrize("body", [b"", b"PurchaseOrderID=WC1", b"x=1"])
def test_what_is_no_list_is_refused(portal_client: FlaskClient, body: bytes) -> None:
    answer = portal_client.post(f"{PATH}orderFind", data=body, headers=HEADERS)
    assert answer.status_code == 422
    assert "PurchaseOrderID" in answer.get_json()["messages"]["error"][0]["text"]


def test_too_many_at_once_are_refused(portal_client: FlaskClient) -> None:
    assert find(portal_client, *[f"WC{n}" for n in range(2001)]).status_code == 413
