"""The metas of a product or variation, and its lookup row."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..common import phpdata
from ..common import sample as s
from ..common.money import plain
from ..wordpress.tables import ShopTables
from .rows import VERSION, Rows
from .terms import slug

_TRASHED_STAMP = "1794652200"  # 2026-11-14 10:30 UTC


@dataclass(frozen=True)
class Product:
    """What a product row, its metas and its lookup row are made of."""

    ident: int
    sku: str
    name: str
    status: str
    regular: Decimal | None = None
    sale: Decimal | None = None
    prices: tuple[Decimal, ...] = ()
    stock: int | None = None
    in_stock: bool = True
    weight: Decimal | None = None
    size: tuple[Decimal, Decimal, Decimal] | None = None
    virtual: bool = False
    tax_class: str = ""
    sales: int = 0

    @property
    def stock_status(self) -> str:
        """WooCommerce's word."""
        return "instock" if self.in_stock else "outofstock"


def write_metas(
    rows: Rows, tables: ShopTables, product: Product, extra: dict[str, str]
) -> None:
    """The metas of a first save, those that have a value, and the lookup row."""
    managed = product.stock is not None
    metas: dict[str, str | None] = {
        "_sku": product.sku,
        "total_sales": str(product.sales),
        "_tax_status": "taxable",
        "_tax_class": product.tax_class,
        "_manage_stock": "yes" if managed else "no",
        "_backorders": "no",
        "_sold_individually": "no",
        "_virtual": "yes" if product.virtual else "no",
        "_downloadable": "no",
        "_download_limit": "-1",
        "_download_expiry": "-1",
        "_stock": str(product.stock) if managed else None,
        "_stock_status": product.stock_status,
        "_wc_average_rating": "0",
        "_wc_review_count": "0",
        "_product_version": VERSION,
    }
    amounts = {"_regular_price": product.regular, "_sale_price": product.sale}
    amounts["_weight"] = product.weight
    amounts |= dict(
        zip(("_length", "_width", "_height"), product.size or (), strict=False)
    )
    metas |= {key: plain(value) for key, value in amounts.items() if value is not None}
    rowset = [*metas.items(), *extra.items()]
    rowset += [("_price", plain(price)) for price in product.prices]
    for key, value in rowset:
        rows.add(tables.postmeta, post_id=product.ident, meta_key=key, meta_value=value)
    rows.add(
        tables.wc_product_meta_lookup,
        product_id=product.ident,
        sku=product.sku,
        global_unique_id="",
        virtual=int(product.virtual),
        downloadable=0,
        min_price=product.prices[0],
        max_price=product.prices[-1],
        onsale=int(product.sale is not None),
        stock_quantity=product.stock,
        stock_status=product.stock_status,
        rating_count=0,
        average_rating=0,
        total_sales=product.sales,
        tax_status="taxable",
        tax_class=product.tax_class,
    )


def extra_metas(
    item: s.SampleItem, product: Product, ids: dict[str, int]
) -> dict[str, str]:
    """Tiers, attributes, cross-sells and what only a trashed product has."""
    metas = {}
    if item.tiers:
        tiers = [{"qty": str(q), "price": plain(price)} for q, price in item.tiers]
        metas["_bizuno_price_tiers"] = phpdata.dumps(tiers)
    attributes = [
        (option.name, " | ".join(option.labels), 1) for option in item.options
    ] + [(title, value, 0) for title, value in item.attributes]
    if attributes:
        metas["_product_attributes"] = phpdata.dumps(
            {
                slug(name): {
                    "name": name,
                    "value": value,
                    "position": position,
                    "is_visible": 1,
                    "is_variation": variation,
                    "is_taxonomy": 0,
                }
                for position, (name, value, variation) in enumerate(attributes)
            }
        )
    for title, value in item.attributes:
        metas[f"biz_{s.attribute_index(title)}"] = value
    crosssells = [ids[sku] for sku in item.accessories if sku in ids]
    if crosssells:
        metas["_crosssell_ids"] = phpdata.dumps(crosssells)
    if product.status == "trash":
        metas |= {
            "_wp_trash_meta_status": "publish",
            "_wp_trash_meta_time": _TRASHED_STAMP,
            "_wp_desired_post_slug": slug(item.name),
        }
    return metas
