"""What happened to an order, when and by whom: the parts of its story."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from bridge.common.columns import parse_stamp
from bridge.common.story import Event

from .books import Books
from .books.clock import InUtc
from .books.settings import decode, dig
from .books.tables import audit_log, contacts
from .push.runs import PREFIX
from .push.shipments import shipment_of
from .refused import ACCEPTED, DROPPED, REFUSED

_WORDS = {
    REFUSED: "Other content came too late",
    ACCEPTED: "The other content was put into Bizuno by hand",
    DROPPED: "The other content was dropped",
    f"{PREFIX}confirm": "The store was told of the shipment",
}


def received(receipt: Row[Any] | None) -> Iterator[Event]:
    """The order came in, and which of its contents counts since when."""
    if receipt is None:
        return
    reply = json.loads(receipt.reply)
    created, updated = parse_stamp(receipt.created), parse_stamp(receipt.updated)
    if "total" in reply:
        yield Event(created, "store", "The order was received.")
    else:
        text = "The order was received; Bizuno's own import had booked it before."
        yield Event(created, "store", text)
    if receipt.revision > 1:
        text = f"Its content in the books is revision {receipt.revision} since then."
        yield Event(updated, "portal", text)


def answered(receipt: Row[Any] | None) -> Iterator[Event]:
    """What the store was told beside the number."""
    reply = decode(receipt.reply) if receipt else None
    for level in ("caution", "warning"):
        for message in dig(reply, f"messages.{level}", ()):
            told = f"Told the store: {message['text']}"
            yield Event(parse_stamp(receipt and receipt.updated), "portal", told)


def posted(conn: Connection, ids: Collection[int]) -> Iterator[Event]:
    """Every posting, ours and those of people, is in Bizuno's audit log."""
    if not ids:
        return
    entry = audit_log.c.log_entry
    query = (
        select(
            audit_log.c.ip_address,
            audit_log.c.user_id,
            contacts.c.primary_name,
            contacts.c.email,
            entry,
            InUtc(audit_log.c.date).label("moment"),
        )
        .outerjoin(contacts, contacts.c.id == audit_log.c.user_id)
        .where(or_(*(entry.contains(f"(rID={one})") for one in ids)))
        .order_by(audit_log.c.id)
    )
    for row in conn.execute(query):
        who = row.primary_name or row.email or f"user {row.user_id}"
        place = f" (from {row.ip_address})" if row.ip_address else ""
        yield Event(parse_stamp(row.moment), who, f"{row.log_entry}{place}")


def shipped(shipments: Iterable[Row[Any]], zone: tzinfo) -> Iterator[Event]:
    """The shipments of Bizuno's documents; ``zone`` is the clock of the business."""
    for row in shipments:
        document = decode(row.meta_value)
        found = shipment_of(row.purch_order_id or "", row.method_code or "", document)
        if found:
            numbers = ", ".join(found.tracking) or "no tracking number"
            text = f"Shipped by {found.method}: {numbers}."
            when = _moment(dig(document, "ship_date"), zone)
            yield Event(when, "Bizuno", text)


def _moment(shipped: object, zone: tzinfo) -> datetime | None:
    """A time on the clock of the business; a day alone begins at midnight."""
    try:
        local = datetime.fromisoformat(str(shipped))
    except ValueError:
        return None
    return local.replace(tzinfo=zone).astimezone(UTC)


def recorded(conn: Connection, books: Books, order: str) -> Iterator[Event]:
    """What the runs of the ledger have: late contents, decisions, confirmations."""
    items, runs = books.ledger.items, books.ledger.runs
    query = (
        select(items, runs.c.kind.label("kind"), runs.c.source, runs.c.started)
        .join(runs, runs.c.id == items.c.run_id)
        .where(items.c.item == order)
        .order_by(items.c.id)
    )
    for row in conn.execute(query):
        what = _WORDS.get(row.kind, row.kind)
        if row.kind.startswith(PREFIX):
            what = f"{what}: {row.status}"
        told = f"{what}: {row.text}" if row.text else f"{what}."
        yield Event(parse_stamp(row.started), row.source or "store", told)
