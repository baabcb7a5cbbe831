"""Reading orders from the shop, a fixed number of statements for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import tzinfo
from typing import Any

from sqlalchemy import Connection, select

from ..common.columns import parse_stamp
from ..common.money import ZERO
from ..wordpress.ids import among
from ..wordpress.metas import read_metas
from ..wordpress.orders import ORDER_TYPE, Storage
from ..wordpress.tables import ShopTables
from .amounts import stored_amount
from .items import read_parts
from .order import Address, Order
from .refunds import find_refunds

EXPORTED = "bizuno_order_exported"
_ADDRESS = tuple(Address.__dataclass_fields__)
_POST_METAS = {
    "_order_currency": "currency",
    "_order_total": "total",
    "_order_shipping": "shipping_total",
    "_customer_user": "customer_id",
    "_payment_method": "payment_method",
    "_payment_method_title": "payment_title",
    "_transaction_id": "transaction_id",
}


def read_orders(
    conn: Connection,
    tables: ShopTables,
    storage: Storage,
    ids: Collection[int],
    zone: tzinfo,
) -> dict[int, Order]:
    """The orders among ``ids`` that exist in the storage that counts, by number."""
    if not ids:
        return {}
    read = _from_tables if storage.hpos else _from_posts
    heads = read(conn, tables, ids, zone)
    refunds = find_refunds(conn, tables, storage, heads)
    parts = read_parts(conn, tables, heads, refunds)
    return {ident: Order(**heads[ident], **parts[ident]) for ident in heads}


def _from_tables(
    conn: Connection, tables: ShopTables, ids: Collection[int], zone: tzinfo
) -> dict[int, dict[str, Any]]:
    orders, data = tables.wc_orders, tables.wc_order_operational_data
    query = (
        select(orders, data.c.shipping_total_amount)
        .outerjoin(data, data.c.order_id == orders.c.id)
        .where(among(orders.c.id, ids), orders.c.type == ORDER_TYPE)
    )
    rows = {row.id: row for row in conn.execute(query)}
    addresses = _addresses(conn, tables, rows)
    metas = _order_metas(conn, tables, rows)
    heads = {}
    for ident, row in rows.items():
        found = metas.get(ident, {})
        billing = addresses.get((ident, "billing"), {})
        heads[ident] = {
            "id": ident,
            "status": (row.status or "").removeprefix("wc-"),
            "created": parse_stamp(row.date_created_gmt),
            "updated": parse_stamp(row.date_updated_gmt),
            "currency": row.currency or "",
            "total": row.total_amount or ZERO,
            "shipping_total": row.shipping_total_amount or ZERO,
            "customer_id": row.customer_id or 0,
            "customer_note": row.customer_note or "",
            "payment_method": row.payment_method or "",
            "payment_title": row.payment_method_title or "",
            "transaction_id": row.transaction_id or found.get("_transaction_id", ""),
            "billing": Address(**_with_email(billing, row.billing_email)),
            "shipping": Address(**addresses.get((ident, "shipping"), {})),
            "exported": found.get(EXPORTED) == "yes",
        }
    return heads


def _with_email(address: dict[str, str], email: str | None) -> dict[str, str]:
    """The order's own e-mail column is the one that WooCommerce mails to."""
    return {**address, "email": email} if email else address


def _addresses(
    conn: Connection, tables: ShopTables, ids: Iterable[int]
) -> dict[tuple[int, str], dict[str, str]]:
    table = tables.wc_order_addresses
    query = select(table).where(among(table.c.order_id, ids))
    return {
        (row.order_id, row.address_type): {
            name: getattr(row, name) or "" for name in _ADDRESS
        }
        for row in conn.execute(query)
    }


def _order_metas(
    conn: Connection, tables: ShopTables, ids: Iterable[int]
) -> dict[int, dict[str, str]]:
    table = tables.wc_orders_meta
    query = (
        select(table.c.order_id, table.c.meta_key, table.c.meta_value)
        .where(
            among(table.c.order_id, ids),
            table.c.meta_key.in_([EXPORTED, "_transaction_id"]),
        )
        .order_by(table.c.id.desc())  # of several the oldest counts
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for ident, key, value in conn.execute(query):
        found[ident][key] = value or ""
    return found


def _from_posts(
    conn: Connection, tables: ShopTables, ids: Collection[int], zone: tzinfo
) -> dict[int, dict[str, Any]]:
    posts = tables.posts
    query = select(
        posts.c.ID,
        posts.c.post_status,
        posts.c.post_date,
        posts.c.post_date_gmt,
        posts.c.post_modified_gmt,
        posts.c.post_excerpt,
    ).where(among(posts.c.ID, ids), posts.c.post_type == ORDER_TYPE)
    rows = conn.execute(query).all()
    keys = [f"_{kind}_{name}" for kind in ("billing", "shipping") for name in _ADDRESS]
    all_metas = read_metas(
        conn, tables, [row.ID for row in rows], [*keys, *_POST_METAS, EXPORTED]
    )
    heads = {}
    for row in rows:
        metas = {key: value or "" for key, value in all_metas[row.ID].items()}
        created = parse_stamp(row.post_date_gmt) or parse_stamp(row.post_date, zone)
        head = {name: metas.get(key, "") for key, name in _POST_METAS.items()}
        heads[row.ID] = {
            **head,
            "id": row.ID,
            "status": row.post_status.removeprefix("wc-"),
            "created": created,
            "updated": parse_stamp(row.post_modified_gmt),
            "total": stored_amount(head["total"]),
            "shipping_total": stored_amount(head["shipping_total"]),
            "customer_id": int(stored_amount(head["customer_id"])),
            "customer_note": row.post_excerpt,
            "billing": _post_address(metas, "billing"),
            "shipping": _post_address(metas, "shipping"),
            "exported": metas.get(EXPORTED) == "yes",
        }
    return heads


def _post_address(metas: dict[str, str], kind: str) -> Address:
    return Address(**{name: metas.get(f"_{kind}_{name}", "") for name in _ADDRESS})
