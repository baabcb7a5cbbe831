"""``wp_wc_product_meta_lookup``: one row per product, computed from its metas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Connection, select

from ..common import phpdata
from ..common.bulk import insert_many
from .ids import among
from .metas import MetaRow, MetaRows, read_meta_rows
from .prices import stored_number
from .tables import ShopTables

PRICE_PLACES = Decimal("0.0001")
LOOKUP_METAS = (
    "_sku",
    "_global_unique_id",
    "_virtual",
    "_downloadable",
    "_price",
    "_sale_price",
    "_manage_stock",
    "_stock",
    "_stock_status",
    "_wc_rating_count",
    "_wc_average_rating",
    "total_sales",
    "_tax_status",
    "_tax_class",
)
OFFER_METAS = ("_price", "_sale_price", "_manage_stock", "_stock", "_stock_status")
Values = Mapping[str, Sequence[MetaRow]]


def lookup_price(text: str | None) -> Decimal:
    """A price as the lookup table holds it: four places, 0 for none."""
    return (stored_number(text) or Decimal(0)).quantize(PRICE_PLACES, ROUND_HALF_UP)


def lookup_row(metas: Values) -> dict[str, Any]:
    """The lookup row (without ``product_id``) that WooCommerce derives from metas.

    ``metas`` maps a key to its rows, oldest first: the first and last ``_price`` are
    the lowest and highest price.
    """

    def one(key: str) -> str:
        rows = metas.get(key)
        return (rows[0][1] or "") if rows else ""

    prices = [value for _, value in metas.get("_price", ())] or [None]
    return {
        "sku": one("_sku")[:100],
        "global_unique_id": one("_global_unique_id")[:100],
        "virtual": int(one("_virtual") == "yes"),
        "downloadable": int(one("_downloadable") == "yes"),
        **lookup_offer({key: one(key) for key in OFFER_METAS} | {"_price": prices[0]}),
        "max_price": lookup_price(prices[-1]),
        "rating_count": _rating_count(one("_wc_rating_count")),
        "average_rating": stored_number(one("_wc_average_rating")) or Decimal(0),
        "total_sales": int(stored_number(one("total_sales")) or 0),
        "tax_status": one("_tax_status") or "taxable",
        "tax_class": one("_tax_class"),
    }


def lookup_offer(metas: Mapping[str, str | None]) -> dict[str, Any]:
    """The columns that follow from price and stock of a product with one price.

    ``onsale``: the sale price is the price.
    """
    price, sale = metas.get("_price"), stored_number(metas.get("_sale_price"))
    managed = metas.get("_manage_stock") == "yes"
    return {
        "min_price": lookup_price(price),
        "max_price": lookup_price(price),
        "onsale": int(sale is not None and sale == stored_number(price)),
        "stock_quantity": stored_number(metas.get("_stock")) if managed else None,
        "stock_status": metas.get("_stock_status") or "instock",
    }


def _rating_count(stored: str) -> int:
    """The sum of a serialized map of stars to numbers of ratings."""
    try:
        found = phpdata.loads(stored) if stored else {}
    except phpdata.PhpDataError:
        return 0
    if not isinstance(found, dict):
        return 0
    return sum(value for value in found.values() if isinstance(value, int))


def rebuild_lookup(
    conn: Connection,
    tables: ShopTables,
    ids: Iterable[int],
    *,
    known: MetaRows | None = None,
) -> set[int]:
    """Bring the lookup rows of products and variations into line with their metas.

    Returns the products whose row changed; rows that are right are not written.
    ``known`` are the rows of ``LOOKUP_METAS`` where the caller has just read them.
    """
    wanted = sorted({int(ident) for ident in ids})
    if not wanted:
        return set()
    table = tables.wc_product_meta_lookup
    metas = known or read_meta_rows(conn, tables, wanted, LOOKUP_METAS)
    present = {
        row.product_id: row._mapping
        for row in conn.execute(select(table).where(among(table.c.product_id, wanted)))
    }
    wrong = {}
    for ident in wanted:
        row = lookup_row(metas.get(ident, {}))
        if not _same(row, present.get(ident)):
            wrong[ident] = row
    write_lookup(conn, tables, wrong)
    return set(wrong)


def write_lookup(
    conn: Connection, tables: ShopTables, rows: Mapping[int, Mapping[str, Any]]
) -> None:
    """Set columns of lookup rows by product; all rows name the same columns.

    A row that does not exist is inserted with defaults in the other columns, so name
    all columns (``rebuild_lookup``) unless the rows are known to be there.
    """
    if not rows:
        return
    names = list(next(iter(rows.values())))
    insert_many(
        conn,
        tables.wc_product_meta_lookup,
        ["product_id", *names],
        [(i, *(row[name] for name in names)) for i, row in sorted(rows.items())],
        unique=["product_id"],
        update=names,
    )


def _same(row: Mapping[str, Any], present: Mapping[Any, Any] | None) -> bool:
    if present is None:
        return False
    for name, value in row.items():
        have = present[name]
        if name in ("min_price", "max_price"):
            have = have or Decimal(0)  # NULL and 0 are both "no price"
        elif name == "global_unique_id":
            have = have or ""
        if have != value:
            return False
    return True
