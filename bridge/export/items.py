"""The items of orders: lines, fees, taxes, shipping; the same in every storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from ..common.money import ZERO
from ..wordpress.ids import among
from ..wordpress.metas import read_metas
from ..wordpress.tables import ShopTables
from .amounts import stored_amount
from .order import Fee, Line
from .refunds import Item, build_refunds

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
    "cost",
    "_refunded_item_id",
)


def read_parts(
    conn: Connection,
    tables: ShopTables,
    ids: Collection[int],
    refunds: Mapping[int, tuple[int, Decimal]],
) -> dict[int, dict[str, Any]]:
    """What each order consists of, as Order names it; ``refunds`` as found."""
    items = _items(conn, tables, {*ids, *refunds})
    products = {
        _product_id(metas)
        for ident in ids
        for _, _, kind, metas in items[ident]
        if kind == "line_item"
    }
    titles, skus = _products(conn, tables, products - {0})
    given_back = build_refunds(refunds, items)
    return {
        ident: {
            **_parts(items[ident], titles, skus),
            "refunds": given_back.get(ident, ()),
        }
        for ident in ids
    }


def _parts(
    items: Iterable[Item], titles: Mapping[int, str], skus: Mapping[int, str]
) -> dict[str, Any]:
    lines, fees, methods, tax, shipping_tax = [], [], [], ZERO, ZERO
    for ident, name, kind, metas in items:
        if kind == "line_item":
            product = _product_id(metas)
            shown = titles.get(product, name)
            lines.append(_line(ident, shown, skus.get(product, ""), metas))
        elif kind == "fee":
            total = stored_amount(metas["_line_total"])
            fees.append(Fee(name, total, stored_amount(metas["_line_tax"]), ident))
        elif kind == "tax":
            tax += stored_amount(metas["tax_amount"])
            shipping_tax += stored_amount(metas["shipping_tax_amount"])
        elif kind == "shipping":
            methods.append(name)
    return {
        "lines": tuple(lines),
        "fees": tuple(fees),
        "tax": tax,
        "shipping_tax": shipping_tax,
        "shipping_methods": tuple(methods),
    }


def _items(
    conn: Connection, tables: ShopTables, ids: Collection[int]
) -> dict[int, list[Item]]:
    """The items of each order and refund, in the order they were added."""
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
    found: dict[int, list[Item]] = defaultdict(list)
    for row in conn.execute(select(items).where(mine).order_by(items.c.order_item_id)):
        ident = row.order_item_id
        found[row.order_id].append(
            (ident, row.order_item_name, row.order_item_type, metas[ident])
        )
    return found


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


def _line(item: int, name: str, sku: str, metas: Mapping[str, str]) -> Line:
    return Line(
        name,
        sku,
        stored_amount(metas["_qty"]),
        stored_amount(metas["_line_subtotal"]),
        stored_amount(metas["_line_subtotal_tax"]),
        stored_amount(metas["_line_total"]),
        item,
    )


def _product_id(metas: Mapping[str, str]) -> int:
    return int(stored_amount(metas["_variation_id"])) or int(
        stored_amount(metas["_product_id"])
    )
