"""The story of one order on this side: placed, noted, sent, acknowledged, shipped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from ..common.columns import parse_stamp
from ..common.money import to_cents
from ..common.story import Event, in_order
from ..shop import Shop
from ..wordpress.html import plain_text
from ..wordpress.notes import BREAK
from ..wordpress.orders import status_label
from .exporter import NOT_EXPORTED
from .mapping import content_digest
from .marks import KIND, SENT, receipt_name
from .order import Order
from .prepared import Prepared, prepare
from .settled import settle

_MAILS = "woocommerce_new_customer_note"


@dataclass(frozen=True)
class Story:
    """An order as it stands, and its events in the order of time.

    ``standing`` are sentences about now.
    """

    reference: str
    order: Order
    standing: tuple[str, ...]
    events: tuple[Event, ...]


def tell_order(shop: Shop, order_id: int) -> Story | None:
    """All that the shop's database knows of an order; None where there is none."""
    shop.ledger.create(shop.database)
    prepared = prepare(shop, [order_id])
    order = prepared.orders.get(order_id)
    if order is None:
        return None
    reference = prepared.reference(order_id)
    with shop.database.read() as conn:
        events = [
            Event(order.created, "customer", f"The order was placed: {_total(order)}."),
            *_notes(conn, shop, order_id),
            *_runs(conn, shop, reference),
            *_receipts(conn, shop, reference),
            *_mails(conn, shop, order_id),
        ]
        standing = tuple(_standing(conn, shop, prepared, order))
    return Story(reference, order, standing, in_order(events))


def _total(order: Order) -> str:
    return f"{to_cents(order.total)} {order.currency}".strip()


def _standing(
    conn: Connection, shop: Shop, prepared: Prepared, order: Order
) -> Iterator[str]:
    yield f"In the shop: {status_label(order.status).lower()}, {_total(order)}."
    if order.refunds:
        left = to_cents(settle(order).total)
        yield f"Refunds: {len(order.refunds)}; {left} {order.currency} remain."
    reference = prepared.reference(order.id)
    receipt = shop.ledger.receipt(conn, KIND, reference)
    if receipt is None:
        mark = "marked as exported, by the plugin" if order.exported else "not exported"
        yield f"Bizuno: {mark}."
    else:
        same = receipt.digest == content_digest(prepared.payload(order))
        content = "as it is now" if same else "an older content; it was edited since"
        yield f"Bizuno: {receipt_name(receipt)}, {content}."
        if not order.exported:
            yield "The mark of the export is gone; the next export restores it."
    if order.status in NOT_EXPORTED and (receipt or order.exported):
        yield "Bizuno had it before that; cancel or credit it there by hand."
    if shop.ledger.receipt(conn, SENT, reference):
        yield "It was sent, and nobody has heard the answer yet."
    if not receipt and not order.exported:
        if order.status in shop.config.export_statuses:
            yield "It is waiting to be exported."
        else:
            yield "Orders in this status are not exported."


def _notes(conn: Connection, shop: Shop, order_id: int) -> Iterator[Event]:
    notes, meta = shop.tables.comments, shop.tables.commentmeta
    query = (
        select(notes, meta.c.meta_value.label("told"))
        .outerjoin(
            meta,
            (meta.c.comment_id == notes.c.comment_ID)
            & (meta.c.meta_key == "is_customer_note"),
        )
        .where(
            notes.c.comment_post_ID == order_id, notes.c.comment_type == "order_note"
        )
        .order_by(notes.c.comment_ID)
    )
    for row in conn.execute(query):
        what = "Note to the customer" if row.told == "1" else "Note"
        shown = plain_text(row.comment_content.replace(BREAK, f" {BREAK}"))
        text = " ".join(shown.split())
        when = parse_stamp(row.comment_date_gmt)
        yield Event(when, row.comment_author, f"{what}: {text}")


def _runs(conn: Connection, shop: Shop, reference: str) -> Iterator[Event]:
    items, runs = shop.ledger.items, shop.ledger.runs
    query = (
        select(items, runs.c.kind, runs.c.source, runs.c.started)
        .join(runs, runs.c.id == items.c.run_id)
        .where(items.c.item == reference)
        .order_by(items.c.id)
    )
    for row in conn.execute(query):
        if row.kind == KIND:
            done = row.status != "refused"
            what = "Sent to Bizuno" if done else f"Sent to Bizuno, {row.code}"
        else:
            what = f"{row.kind}, {row.status}"
        changes = json.loads(row.changes) if row.changes else {}
        parts = [row.text] if row.text else []
        parts += [f"{name}: {a} → {b}" for name, (a, b) in changes.items() if a]
        told = f": {'; '.join(parts)}" if parts else ""
        yield Event(parse_stamp(row.started), row.source, f"{what}{told}")


def _receipts(conn: Connection, shop: Shop, reference: str) -> Iterator[Event]:
    table = shop.ledger.receipts
    query = select(table).where(
        table.c.kind.in_((KIND, SENT)), table.c.receipt_key == reference
    )
    for row in conn.execute(query):
        when = parse_stamp(row.created)
        if row.kind == SENT:
            yield Event(when, "bridge", "Sent to Bizuno; no answer has been kept.")
        else:
            text = f"Bizuno acknowledged it; revision {row.revision} by now."
            yield Event(when, "Bizuno", text)


def _mails(conn: Connection, shop: Shop, order_id: int) -> Iterator[Event]:
    """Mails that were handed to WooCommerce's queue."""
    queue = shop.tables.actionscheduler_actions
    mine = f'"order_id":{order_id},'
    query = (
        select(queue)
        .where(
            queue.c.hook == _MAILS,
            or_(
                queue.c.args.contains(mine, autoescape=True),
                queue.c.extended_args.contains(mine, autoescape=True),
            ),
        )
        .order_by(queue.c.action_id)
    )
    for row in conn.execute(query):
        yield Event(
            parse_stamp(row.scheduled_date_gmt),
            "bridge",
            f"Mail to the customer handed to WooCommerce's queue; it is {row.status}.",
        )
