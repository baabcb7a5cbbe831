"""``bizuno-portal orders`` and ``map``: what was booked, refused, or would be."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import click

from bridge.common import phpform
from bridge.common.batch import Batch
from bridge.common.commands import load_config, operator
from bridge.common.contract.order import Order, read_order
from bridge.common.errors import Malformed
from bridge.common.money import plain

from . import refused
from .auth import ApiUser
from .booking import Clerk
from .books import Books
from .books.journals import Entry
from .books.settings import read_documents
from .intake.entry import NAMES
from .intake.rules import METAS, MODULES

_NOBODY = ApiUser(0, "", "")


@click.group("orders", invoke_without_command=True)
@click.option("--refused", "late", is_flag=True, help="Contents that came too late.")
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.pass_context
def orders(ctx: click.Context, late: bool, limit: int, as_json: bool) -> None:
    """List the orders of the store that were booked, or refused as too late."""
    if ctx.invoked_subcommand:
        return
    books = Books.of(load_config())
    with books.database.read() as conn:
        rows = refused.receipts(conn, books.ledger, late=late, limit=limit)
    found = [_receipt(row._asdict()) for row in rows]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        about = one["reason"] if late else f"{one['number']}  {one['total']}"
        click.echo(
            f"{one['order']}  ID {one['ID']}  {about}  "
            f"revision {one['revision']}, {one['updated']} UTC"
        )
    if not found:
        click.echo("Nothing was refused." if late else "No order was booked yet.")


@orders.command("accept")
@click.argument("order")
def accept(order: str) -> None:
    """Say that ORDER's new content has been put into Bizuno by hand."""
    books = Books.of(load_config())
    accepted = books.database.run(
        lambda conn: refused.accept(conn, books.ledger, order, operator())
    )
    click.echo(
        f"Order {order} counts as recorded with its new content "
        f"(revision {accepted.revision}, ID {accepted.reference})."
    )


@orders.command("drop")
@click.argument("order")
def drop(order: str) -> None:
    """Stay with what is in the books for ORDER and forget its new content."""
    books = Books.of(load_config())
    books.database.run(lambda conn: refused.drop(conn, books.ledger, order, operator()))
    click.echo(f"The new content of order {order} is forgotten.")


@click.command("map")
@click.option(
    "--order",
    "file",
    type=click.File("rb"),
    required=True,
    help="A request body of orderAdd, form or JSON; - reads standard input.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def map_order(file: BinaryIO, as_json: bool) -> None:
    """Show what an order would become in Bizuno, without booking it."""
    books = Books.of(load_config())
    order = _read(file.read(), books)
    with books.database.read() as conn:
        receipt = books.ledger.receipt(conn, refused.KIND, order.purchase_order)
        settings = read_documents(conn, MODULES, METAS)
        clerk = Clerk(Batch(conn), books, order, settings)
        clerk.plan()
        entry, customer = clerk.preview(_NOBODY)
    shown = _shown(entry, customer)
    shown["recorded"] = receipt.reply.get("number") if receipt else None
    shown["messages"] = clerk.messages.as_dict()
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        _print(shown)


def _receipt(row: dict[str, Any]) -> dict[str, Any]:
    reply = json.loads(row["reply"])
    return {
        "order": row["receipt_key"],
        "ID": row["reference"],
        "number": reply.get("number", ""),
        "total": reply.get("total", ""),
        "reason": reply.get("reason", ""),
        "content": reply.get("order"),
        "revision": row["revision"],
        "created": row["created"],
        "updated": row["updated"],
    }


def _read(body: bytes, books: Books) -> Order:
    text = body.lstrip()
    if not text.startswith(b"{"):
        return read_order(phpform.parse(body.strip(), books.limits))
    try:
        return read_order(json.loads(text))
    except ValueError:
        raise Malformed("The file is not valid JSON.") from None


def _shown(entry: Entry, customer: int | None) -> dict[str, Any]:
    head = {
        name: plain(value) if name.endswith(("amount", "tax", "freight")) else value
        for name, value in entry.head.items()
        if value not in (None, "")
    }
    return {
        "journal": entry.journal,
        "name": NAMES[entry.journal],
        "period": entry.period,
        "date": str(entry.post_date),
        "customer": customer,
        "head": {name: str(value) for name, value in head.items()},
        "rows": [
            {
                "type": row.gl_type,
                "account": row.account,
                "sku": row.sku,
                "quantity": plain(row.quantity),
                "description": row.description,
                "debit": plain(row.debit),
                "credit": plain(row.credit),
            }
            for row in entry.postings
        ],
    }


def _print(shown: dict[str, Any]) -> None:
    whom = f"customer {shown['customer']}" if shown["customer"] else "a new customer"
    click.echo(
        f"{shown['name']} (journal {shown['journal']}) of {shown['date']}, period "
        f"{shown['period']}, for {whom}, by {shown['head']['method_code']}"
    )
    if shown["recorded"]:
        click.echo(f"An order of this number is recorded as {shown['recorded']}.")
    click.echo(f"{'type':4} {'account':15} {'debit':>12} {'credit':>12}  text")
    for row in shown["rows"]:
        text = row["description"]
        if row["type"] == "itm":
            text = f"{row['quantity']} x {row['sku'] or '(no SKU)'}: {text}"
        click.echo(
            f"{row['type']:4} {row['account']:15} {row['debit']:>12} "
            f"{row['credit']:>12}  {text}"
        )
    for level, entries in shown["messages"].items():
        for one in entries:
            click.echo(f"{level}: {one['text']}")
