"""Orders as a store sends them, and short ways to send them and to look at books."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Row, select, update

from bridge.common import phpform, sample
from portal.books import Books
from portal.books import tables as t
from portal.books.settings import decode

ADDRESS = "/?bizRt=portal/api/orderAdd"
HEADERS = {"X-Bizuno-Token": sample.API_TOKEN}
DAY = "2026-11-20"
KNOWN = "anna.whitfield@example.com"


def line(
    sku: str, quantity: object = 1, price: object = "10.00", **more: Any
) -> dict[str, Any]:
    """A line; its total is quantity times price unless ``TotalPrice`` is given."""
    total = Decimal(str(quantity)) * Decimal(str(price))
    return {
        "ItemID": sku,
        "Description": f"The {sku}",
        "Quantity": str(quantity),
        "UnitPrice": str(price),
        "SalesTaxAmount": "0",
        "TotalPrice": str(total),
        **more,
    }


def order(
    number: str = "WC7001",
    *lines: dict[str, Any],
    tax: object = "0",
    freight: object = "0",
    total: object = None,
    email: str = KNOWN,
    **groups: dict[str, Any],
) -> dict[str, Any]:
    """An order; ``total`` is what the parts add up to unless it is given."""
    items = list(lines) or [line("TUBE-700", 2, "7.95")]
    parts = sum(Decimal(str(one["TotalPrice"])) for one in items)
    whole = parts + Decimal(str(tax)) + Decimal(str(freight))
    person = {
        "PrimaryName": "Anna Whitfield",
        "Contact": "",
        "Address1": "12 Main St",
        "Address2": "",
        "City": "Austin",
        "State": "TX",
        "PostalCode": "78704",
        "Country": "US",
        "Telephone": "512-555-0100",
        "Email": email,
    }
    made = {
        "General": {
            "PurchaseOrderID": number,
            "OrderDate": DAY,
            "OrderTotal": str(whole if total is None else total),
            "SalesTaxAmount": str(tax),
            "ShippingTotal": str(freight),
            "ShippingCarrier": "Flat rate",
            "OrderNotes": "",
        },
        "Payment": {
            "Method": "ppcp-gateway",
            "Title": "Credit or debit cards (PayPal)",
            "Status": "processing",
            "TransactionID": "4RW06302HK8809324",
        },
        "Billing": {"CustomerID": "WC7", **person},
        "Shipping": dict(person),
        "Item": items,
    }
    for name, values in groups.items():
        made[name] = {**made[name], **values}
    return made


def send(client: FlaskClient, payload: dict[str, Any]) -> Any:
    """Send an order as the plugin does."""
    return client.post(
        ADDRESS,
        data=phpform.encode(payload),
        content_type="application/x-www-form-urlencoded",
        headers=HEADERS,
    )


def booked(client: FlaskClient, payload: dict[str, Any]) -> dict[str, Any]:
    """The answer to an order that has to be accepted."""
    answer = send(client, payload)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    body: dict[str, Any] = answer.json
    assert body["result"] == "Success" and "message" not in body
    return body


def texts(body: dict[str, Any], level: str) -> list[str]:
    """The messages of one level."""
    return [entry["text"] for entry in body["messages"].get(level, [])]


def head_of(books: Books, ident: str | int) -> Row[Any]:
    """The head of an entry."""
    table = t.journal_main
    with books.database.read() as conn:
        return conn.execute(select(table).where(table.c.id == int(ident))).one()


def rows_of(books: Books, ident: str | int, *types: str) -> list[Row[Any]]:
    """The rows of an entry in their order, of some types only if given."""
    table = t.journal_item
    query = select(table).where(table.c.ref_id == int(ident)).order_by(table.c.id)
    if types:
        query = query.where(table.c.gl_type.in_(types))
    with books.database.read() as conn:
        return list(conn.execute(query))


def item_of(books: Books, sku: str) -> Row[Any]:
    """An item of the inventory."""
    table = t.inventory
    with books.database.read() as conn:
        return conn.execute(select(table).where(table.c.sku == sku)).one()


def all_of(books: Books, table: Any, *where: Any) -> list[Row[Any]]:
    """The rows of a table."""
    with books.database.read() as conn:
        return list(conn.execute(select(table).where(*where)))


def set_in(books: Books, document: str, path: str, value: Any) -> None:
    """Change a setting in Bizuno's documents, as its own screens do."""
    table, name, column = t.common_meta, "meta_key", "meta_value"
    if document in ("api", "bizuno", "inventory", "phreebooks", "shipping"):
        table, name, column = t.configuration, "config_key", "config_value"
    with books.database.transaction() as conn:
        query = select(table.c[column]).where(table.c[name] == document)
        whole = decode(conn.execute(query).scalar_one())
        inner = whole
        *folders, last = path.split(".")
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[last] = value
        conn.execute(
            update(table).where(table.c[name] == document), {column: json.dumps(whole)}
        )


def fix_journal(books: Books, journal: int | str) -> None:
    """Choose the journal in Bizuno's API settings; ``""`` is automatic."""
    set_in(books, "api", "settings.bizuno_api.auto_detect", str(journal))


def change(books: Books, table: Any, where: Any, **values: Any) -> None:
    """Change rows behind the portal's back."""
    with books.database.transaction() as conn:
        conn.execute(update(table).where(where), values)
