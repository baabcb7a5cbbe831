"""Products and variations with their metas, terms and lookup rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..common import phpdata
from ..common import sample as s
from ..common.money import plain
from ..wordpress.tables import ShopTables
from .rows import OPENED, VERSION, Rows, post
from .terms import Terms, slug

_TRASHED = "2026-11-14 10:30:00"
_TRASHED_STAMP = "1794652200"
_FIRST_ID = 101
_DEFAULT_MENU_ORDER = 99
# what has no stock to count: services and non-stock items
_UNCOUNTED = ("sv", "ns")
_RECORDED = ("processing", "completed", "on-hold")


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


def in_shop() -> list[s.SampleItem]:
    """The items the shop has."""
    return [item for item in s.ITEMS if item.side != "books"]


def product_ids() -> dict[str, int]:
    """SKU to post ID, variations right after their parent."""
    skus: list[str] = []
    for item in in_shop():
        skus += [item.sku, *(item.child_sku(child) for child in item.children)]
    return {sku: ident for ident, sku in enumerate(skus, _FIRST_ID)}


def build(rows: Rows, tables: ShopTables, terms: Terms) -> None:
    """Every product of the shop."""
    ids = product_ids()
    sold = _sold()
    for item in in_shop():
        status = "draft" if item.inactive else "publish"
        status = "trash" if item.side == "trash" else status
        variations = list(_variations(item, ids))
        product = _product(item, ids[item.sku], status, variations, sold[item.sku])
        _post(rows, tables, item, product)
        _metas(rows, tables, product, _extra_metas(item, product, ids))
        _terms(terms, item, product)
        for position, (child, variation) in enumerate(variations):
            _variation_post(rows, tables, item, child, product, variation, position)
            chosen = {
                f"attribute_{slug(name)}": label
                for name, label in item.chosen(child).items()
            }
            first = {"_variation_description": "", "_thumbnail_id": "0"}
            _metas(rows, tables, variation, first | chosen)
            if not variation.in_stock:
                terms.attach(variation.ident, "product_visibility", "outofstock", True)


def _sold() -> Counter[str]:
    """Pieces sold by SKU of the product; a variation's are counted at its parent."""
    parents = {i.child_sku(c): i.sku for i in s.ITEMS for c in i.children}
    sold: Counter[str] = Counter()
    for order in s.ORDERS:
        if order.status in _RECORDED:
            for sku, quantity, _ in order.lines:
                sold[parents.get(sku, sku)] += quantity
    return sold


def _variations(
    item: s.SampleItem, ids: dict[str, int]
) -> Iterable[tuple[s.Child, Product]]:
    for child in item.children:
        regular = child.price if child.price is not None else item.price
        labels = ", ".join(item.chosen(child).values())
        yield child, Product(
            ids[item.child_sku(child)],
            item.child_sku(child),
            f"{item.name} - {labels}",
            "publish",
            regular,
            child.sale,
            (child.sale if child.sale is not None else regular,),
            child.stock,
            child.stock > 0,
            child.weight if child.weight is not None else item.weight,
            tax_class="parent",
        )


def _product(
    item: s.SampleItem,
    ident: int,
    status: str,
    variations: list[tuple[s.Child, Product]],
    sales: int,
) -> Product:
    if variations:
        return Product(
            ident,
            item.sku,
            item.name,
            status,
            prices=tuple(sorted({v.prices[0] for _, v in variations})),
            in_stock=any(v.in_stock for _, v in variations),
            weight=item.weight,
            size=item.size,
            sales=sales,
        )
    regular = item.shop_price if item.shop_price is not None else item.price
    stock = item.shop_stock if item.shop_stock is not None else item.stock
    counted = item.kind not in _UNCOUNTED
    return Product(
        ident,
        item.sku,
        item.name,
        status,
        regular,
        item.sale,
        (item.sale if item.sale is not None else regular,),
        stock if counted else None,
        stock > 0 or not counted,
        item.weight or None,
        item.size,
        virtual=item.kind == "sv",
        sales=sales,
    )


def _post(rows: Rows, tables: ShopTables, item: s.SampleItem, product: Product) -> None:
    name = slug(item.name)
    trashed = product.status == "trash"
    row = post(
        product.ident,
        "product",
        post_author=0,
        post_title=item.name,
        post_content=item.text,
        post_excerpt=item.name,
        post_status=product.status,
        comment_status="open",
        post_name=f"{name}__trashed" if trashed else name,
        guid=f"{s.SHOP_URL}/?post_type=product&p={product.ident}",
        menu_order=_DEFAULT_MENU_ORDER,
    )
    if trashed:
        row |= {"post_modified": _TRASHED, "post_modified_gmt": _TRASHED}
    rows.add(tables.posts, **row)


def _variation_post(
    rows: Rows,
    tables: ShopTables,
    item: s.SampleItem,
    child: s.Child,
    parent: Product,
    variation: Product,
    position: int,
) -> None:
    number = f"-{position + 1}" if position else ""
    chosen = item.chosen(child).items()
    rows.add(
        tables.posts,
        **post(
            variation.ident,
            "product_variation",
            post_author=0,
            post_title=variation.name,
            post_excerpt=", ".join(f"{name}: {label}" for name, label in chosen),
            post_name=f"product-{parent.ident}-variation{number}",
            post_parent=parent.ident,
            menu_order=position,
            post_date=OPENED,
        ),
    )


def _metas(
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


def _extra_metas(
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


def _terms(terms: Terms, item: s.SampleItem, product: Product) -> None:
    published = product.status == "publish"
    kind = "variable" if item.children else "simple"
    terms.attach(product.ident, "product_type", kind, published)
    if not product.in_stock:
        terms.attach(product.ident, "product_visibility", "outofstock", published)
    terms.categorize(product.ident, item.path or ("Uncategorized",), published)
    for tag in item.tags:
        terms.attach(product.ident, "product_tag", tag, published)
