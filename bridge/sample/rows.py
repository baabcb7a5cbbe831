"""Rows on their way into an empty database, and the forms several tables share."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Table

from ..common.sample import SHOP_HOST, SHOP_URL

OPENED = "2026-03-02 09:00:00"  # UTC, which is the sample shop's own time zone too
VERSION = "10.0.2"
# statuses in which WooCommerce has taken the pieces off stock and counted the sale
STOCK_REDUCED = ("processing", "completed", "on-hold")


class Rows:
    """Rows by table; inserted together, in the order the tables were first named."""

    def __init__(self) -> None:
        self._rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)

    def add(self, table: Table, **values: Any) -> None:
        """One row; columns not named keep their defaults."""
        self._rows[table].append(values)

    def insert(self, conn: Connection) -> None:
        """Insert everything, one statement per table and set of columns."""
        for table, rows in self._rows.items():
            alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
            for row in rows:
                alike[tuple(sorted(row))].append(row)
            for group in alike.values():
                conn.execute(table.insert(), group)


def post(ident: int, kind: str, **values: Any) -> dict[str, Any]:
    """A row of posts; every column without a default is there."""
    row: dict[str, Any] = {
        "ID": ident,
        "post_author": 1,
        "post_date": OPENED,
        "post_date_gmt": OPENED,
        "post_content": "",
        "post_title": "",
        "post_excerpt": "",
        "post_status": "publish",
        "comment_status": "closed",
        "ping_status": "closed",
        "post_name": "",
        "to_ping": "",
        "pinged": "",
        "post_content_filtered": "",
        "post_parent": 0,
        "guid": f"{SHOP_URL}/?post_type={kind}&p={ident}",
        "menu_order": 0,
        "post_type": kind,
        "post_mime_type": "",
        "comment_count": 0,
    }
    row.update(values)
    row.setdefault("post_modified", row["post_date"])
    row.setdefault("post_modified_gmt", row["post_date_gmt"])
    return row


def note(order: int, when: str, text: str) -> dict[str, Any]:
    """An order note as WooCommerce itself writes it."""
    return {
        "comment_post_ID": order,
        "comment_author": "WooCommerce",
        "comment_author_email": f"woocommerce@{SHOP_HOST}",
        "comment_author_url": "",
        "comment_author_IP": "",
        "comment_date": when,
        "comment_date_gmt": when,
        "comment_content": text,
        "comment_karma": 0,
        "comment_approved": "1",
        "comment_agent": "WooCommerce",
        "comment_type": "order_note",
        "comment_parent": 0,
        "user_id": 0,
    }
