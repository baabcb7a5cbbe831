"""Products and variations: which there are, their posts and their terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..common import sample as s
from ..wordpress.tables import ShopTables
from .metas import Product, extra_metas, write_metas
from .rows import OPENED, STOCK_REDUCED, Rows, post
from .terms import Terms, slug

_TRASHED = "2026-11-14 10:30:00"
_FIRST_ID = 101
_DEFAULT_MENU_ORDER = 99
# what has no stock to count: services and non-stock items
_UNCOUNTED = ("sv", "ns")


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
        write_metas(rows, tables, product, extra_metas(item, product, ids))
        _terms(terms, item, product)
        for position, (child, variation) in enumerate(variations):
            _variation_post(rows, tables, item, child, product, variation, position)
            chosen = {
                f"attribute_{slug(name)}": label
                for name, label in item.chosen(child).items()
            }
            first = {"_variation_description": "", "_thumbnail_id": "0"}
            write_metas(rows, tables, variation, first | chosen)
            if not variation.in_stock:
                terms.attach(variation.ident, "product_visibility", "outofstock", True)


def _sold() -> Counter[str]:
    """Pieces sold by SKU of the product; a variation's are counted at its parent."""
    parents = {i.child_sku(c): i.sku for i in s.ITEMS for c in i.children}
    sold: Counter[str] = Counter()
    for order in s.ORDERS:
        if order.status in STOCK_REDUCED:
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


def _terms(terms: Terms, item: s.SampleItem, product: Product) -> None:
    published = product.status == "publish"
    kind = "variable" if item.children else "simple"
    terms.attach(product.ident, "product_type", kind, published)
    if not product.in_stock:
        terms.attach(product.ident, "product_visibility", "outofstock", published)
    terms.categorize(product.ident, item.path or ("Uncategorized",), published)
    for tag in item.tags:
        terms.attach(product.ident, "product_tag", tag, published)
