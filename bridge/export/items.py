"""The items of orders: lines, fees, taxes, shipping; the same in every storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from ..common.money import ZERO, NotANumber, parse_decimal
from ..wordpress.ids import among
from ..wordpress.metas import read_metas
from ..wordpress.tables import ShopTables
from .order import Fee, Line

_PRODUCTS = ("product", "product_variation")
_METAS = (
    "_product_id",
    "_variation_id",
    "_qty",
    "_line_subtotal",
    "_line_subtotal_tax",
    "_line_total",
    "_line_tax",
    "tax_amount",
    "shipping_tax_amount",
)


def read_parts(
    conn: Connection, tables: ShopTables, ids: Collection[int]
) -> dict[int, dict[str, Any]]:
    """Lines, fees, taxes and shipping methods of each order, as Order names them."""
    items = _items(conn, tables, ids)
    products = {
        _product_id(metas) for _, _, kind, metas in items if kind == "line_item"
    }
    titles, skus = _products(conn, tables, products - {0})
    parts: dict[int, dict[str, list[Any]]] = {
        ident: {"lines": [], "fees": [], "taxes": [], "shipping_methods": []}
        for ident in ids
    }
    for order_id, name, kind, metas in items:
        part = parts[order_id]
        if kind == "line_item":
            product = _product_id(metas)
            shown = titles.get(product, name)
            part["lines"].append(_line(shown, skus.get(product, ""), metas))
        elif kind == "fee":
            total, tax = stored_amount(metas["_line_total"]), stored_amount(
                metas["_line_tax"]
            )
            part["fees"].append(Fee(name, total, tax))
        elif kind == "tax":
            part["taxes"].append(
                stored_amount(metas["tax_amount"])
                + stored_amount(metas["shipping_tax_amount"])
            )
        elif kind == "shipping":
            part["shipping_methods"].append(name)
    return {
        ident: {name: tuple(members) for name, members in part.items()}
        for ident, part in parts.items()
    }


def _items(
    conn: Connection, tables: ShopTables, ids: Collection[int]
) -> list[tuple[int, str, str, dict[str, str]]]:
    """Every item as (order, name, type, metas), in the order they were added."""
    items, meta = tables.woocommerce_order_items, tables.woocommerce_order_itemmeta
    mine = among(items.c.order_id, ids)
    query = (
        select(meta.c.order_item_id, meta.c.meta_key, meta.c.meta_value)
        .join(items, items.c.order_item_id == meta.c.order_item_id)
        .where(mine, meta.c.meta_key.in_(_METAS))
        .order_by(meta.c.meta_id.desc())  # of several the oldest counts
    )
    metas: dict[int, dict[str, str]] = defaultdict(lambda: defaultdict(str))
    for ident, key, value in conn.execute(query):
        metas[ident][key] = value or ""
    rows = conn.execute(select(items).where(mine).order_by(items.c.order_item_id))
    return [
        (row.order_id, row.order_item_name, row.order_item_type, metas[row[0]])
        for row in rows
    ]


def _products(
    conn: Connection, tables: ShopTables, ids: Collection[int]
) -> tuple[dict[int, str], dict[int, str]]:
    """Names and SKUs of products that still exist; trashed ones do.

    A variation without a SKU of its own goes by its parent's, as in WooCommerce.
    """
    posts = tables.posts
    query = select(posts.c.ID, posts.c.post_title, posts.c.post_parent).where(
        among(posts.c.ID, ids), posts.c.post_type.in_(_PRODUCTS)
    )
    rows = conn.execute(query).all()
    owners = {row.ID for row in rows} | {row.post_parent for row in rows}
    metas = read_metas(conn, tables, owners - {0}, ["_sku"])
    skus = {owner: found.get("_sku") or "" for owner, found in metas.items()}
    return (
        {row.ID: row.post_title for row in rows},
        {row.ID: skus[row.ID] or skus.get(row.post_parent, "") for row in rows},
    )


def _line(name: str, sku: str, metas: dict[str, str]) -> Line:
    return Line(
        name,
        sku,
        stored_amount(metas["_qty"]),
        stored_amount(metas["_line_subtotal"]),
        stored_amount(metas["_line_subtotal_tax"]),
        stored_amount(metas["_line_total"]),
    )


def _product_id(metas: dict[str, str]) -> int:
    return int(stored_amount(metas["_variation_id"])) or int(
        stored_amount(metas["_product_id"])
    )


def stored_amount(text: str) -> Decimal:
    """A stored number; what is none counts as 0, as in WooCommerce."""
    try:
        return parse_decimal(text) or ZERO
    except NotANumber:
        return ZERO
