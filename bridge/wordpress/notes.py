"""Order notes: comments that WooCommerce shows with an order.

A note for the customer carries the meta ``is_customer_note``; all others are private.
In every storage mode notes lie in the comments table, under the order's ID.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from sqlalchemy import Connection, ScalarSelect, func, select, update

from .clock import stamp
from .html import clean_post
from .ids import among
from .tables import ShopTables

BREAK = "<br />"
_BREAKS = re.compile(r"\s*(<br>|\n)\s*")
_META = "is_customer_note"


@dataclass(frozen=True)
class Note:
    """One note to be added; ``text`` is cleaned HTML."""

    order_id: int
    text: str
    for_customer: bool = False


def canonical(text: str) -> str:
    """A form in which two notes that read alike are equal, whoever wrote them."""
    return _BREAKS.sub("<br>", clean_post(text).strip()).removesuffix("<br>")


def author_address(site_url: str) -> str:
    """The address WooCommerce signs notes with: ``woocommerce@`` the shop's host."""
    host = (urlsplit(site_url).hostname or "").removeprefix("www.")
    return f"woocommerce@{host or 'noreply.com'}"[:100]


def customer_notes(
    conn: Connection, tables: ShopTables, order_ids: Iterable[int]
) -> dict[int, set[str]]:
    """What the customers of these orders were told, in canonical form."""
    notes, meta = tables.comments, tables.commentmeta
    query = (
        select(notes.c.comment_post_ID, notes.c.comment_content)
        .join(meta, meta.c.comment_id == notes.c.comment_ID)
        .where(
            among(notes.c.comment_post_ID, order_ids),
            notes.c.comment_type == "order_note",
            meta.c.meta_key == _META,
            meta.c.meta_value == "1",
        )
    )
    told: dict[int, set[str]] = {}
    for order_id, text in conn.execute(query):
        told.setdefault(order_id, set()).add(canonical(text))
    return told


def add_notes(
    conn: Connection,
    tables: ShopTables,
    notes: Sequence[Note],
    *,
    author: str,
    now: datetime,
    zone: tzinfo,
) -> None:
    """Add ``notes`` in their order and recount; the caller holds the orders' rows."""
    if not notes:
        return
    common = {
        "comment_author": "WooCommerce",
        "comment_author_email": author,
        "comment_date": stamp(now, zone),
        "comment_date_gmt": stamp(now),
        "comment_approved": "1",
        "comment_agent": "WooCommerce",
        "comment_type": "order_note",
    }
    conn.execute(
        tables.comments.insert(),
        [
            {"comment_post_ID": n.order_id, "comment_content": n.text, **common}
            for n in notes
        ],
    )
    _flag(conn, tables, [note for note in notes if note.for_customer], now)
    ids = {note.order_id for note in notes}
    conn.execute(
        update(tables.posts)
        .where(among(tables.posts.c.ID, ids))
        .values(comment_count=_count(tables))
    )


def _flag(
    conn: Connection, tables: ShopTables, notes: Sequence[Note], now: datetime
) -> None:
    """Mark the notes just added as the customer's; reads their IDs back at once."""
    if not notes:
        return
    table = tables.comments
    query = (
        select(table.c.comment_ID, table.c.comment_post_ID, table.c.comment_content)
        .where(
            among(table.c.comment_post_ID, {note.order_id for note in notes}),
            table.c.comment_date_gmt == stamp(now),
            table.c.comment_type == "order_note",
        )
        .order_by(table.c.comment_ID)
    )
    # of several alike the last is ours: nobody else adds while we hold the order
    added = {(row[1], row[2]): row[0] for row in conn.execute(query)}
    conn.execute(
        tables.commentmeta.insert(),
        [
            {
                "comment_id": added[note.order_id, note.text],
                "meta_key": _META,
                "meta_value": "1",
            }
            for note in notes
        ],
    )


def _count(tables: ShopTables) -> ScalarSelect[int]:
    table = tables.comments
    return (
        select(func.count())
        .select_from(table)
        .where(
            table.c.comment_post_ID == tables.posts.c.ID,
            table.c.comment_approved == "1",
        )
        .scalar_subquery()
    )
