"""What a shop should hold after calls: the rules once more, told by themselves.

The model knows products by their ID and takes over what was accepted; whether the shop
has the same is read from its tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bridge.shop import Shop
from tests.bridge.products import Product, product
from tests.support.shopcheck import number, unserialized

Fields = Mapping[str, Any]
AXES = ("Size", "Color")


@dataclass
class Item:
    """A product or variation; None is "has none"."""

    sku: str
    kind: str
    status: str = "publish"
    name: str | None = None
    regular: Decimal | None = None
    sale: Decimal | None = None
    stock: int | None = None
    weight: Decimal | None = None
    tiers: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    categories: list[str] | None = None
    tags: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    picture: str | None = None
    chosen: dict[str, str] = field(default_factory=dict)
    children: dict[str, Item] = field(default_factory=dict)
    before_trash: str = "publish"

    def priced(self, regular: str | None, sale: str | None) -> None:
        """Prices as they were sent: absent (None) leaves, an empty sale ends it."""
        if regular:
            self.regular = Decimal(regular)
        if sale is not None:
            self.sale = Decimal(sale or 0) or None
        if self.sale is not None and (
            self.regular is None or self.sale >= self.regular
        ):
            self.sale = None

    def stocked(self, quantity: str | None) -> None:
        """The quantity as it was sent; below nothing is nothing."""
        if quantity:
            self.stock = max(0, int(Decimal(quantity)))

    def weighed(self, weight: str | None) -> None:
        """The weight as it was sent; empty clears it."""
        if weight is not None:
            self.weight = Decimal(weight or 0) or None


def tiers_of(sent: Fields) -> list[tuple[Decimal, Decimal]] | None:
    """Tiers of a row; a price without them removes them, None leaves them."""
    if "PriceTiers" in sent:
        rows = [(Decimal(r["qty"]), Decimal(r["price"])) for r in sent["PriceTiers"]]
        return sorted(rows, key=lambda row: row[0])
    return [] if sent.get("Price") else None


@dataclass
class Model:
    """Products by ID."""

    items: dict[int, Item] = field(default_factory=dict)

    def everyone(self) -> Iterator[Item]:
        """Products and their variations."""
        for item in self.items.values():
            yield item
            yield from item.children.values()

    def live(self, sku: str) -> list[Item]:
        """Whoever has the SKU and is not in the trash."""
        return [i for i in self.everyone() if i.sku == sku and i.status != "trash"]

    def in_trash(self, sku: str) -> bool:
        """True when somebody with the SKU lies in the trash."""
        return any(i.sku == sku and i.status == "trash" for i in self.everyone())

    # product/update

    def update(self, ident: int, sent: Fields) -> None:
        """A product that was accepted under this ID."""
        item = self.items.setdefault(ident, Item(sent["SKU"], "", status="new"))
        kind = {"ms": "variable", "si": "simple"}.get(sent.get("Type", ""))
        has_choices = "invOptions" in sent
        kind = kind or item.kind or ("variable" if has_choices else "simple")
        retyped = bool(item.kind) and item.kind != kind
        item.kind = kind
        self._publish(item, sent)
        item.name = sent.get("Description", item.name or item.sku)
        self._describe(item, sent)
        item.weighed(sent.get("Weight"))
        if (tiers := tiers_of(sent)) is not None:
            item.tiers = tiers
        if kind == "simple":
            item.children = {}
            item.priced(sent.get("Price"), sent.get("SalePrice"))
            item.stocked(sent.get("QtyStock"))
        else:
            if retyped or item.regular is not None:
                item.regular = item.sale = item.stock = None
            if has_choices:
                self._family(item, sent)

    @staticmethod
    def _publish(item: Item, sent: Fields) -> None:
        if item.status == "new":
            item.status = "draft" if sent.get("InactiveFlag") == "1" else "publish"
        elif item.status == "trash":
            inactive = sent.get("InactiveFlag") == "1"
            item.status = "draft" if inactive else item.before_trash
            for child in item.children.values():
                child.status = "publish"

    @staticmethod
    def _describe(item: Item, sent: Fields) -> None:
        if "WooCommerceCategory" in sent or item.categories is None:
            path = sent.get("WooCommerceCategory", "")
            names = [name for name in path.replace(";", ":").split(":") if name]
            item.categories = sorted(set(names)) or ["Uncategorized"]
        if "WooCommerceTags" in sent:
            item.tags = sorted(set(filter(None, sent["WooCommerceTags"].split(";"))))
        if "Attributes" in sent:
            item.attributes = {a["title"]: a["value"] for a in sent["Attributes"]}
        if sent.get("sendMode") != "3" and sent.get("ProductImageFilename"):
            item.picture = f"products/{sent['ProductImageFilename']}"

    @staticmethod
    def _family(item: Item, sent: Fields) -> None:
        before, item.children = item.children, {}
        for row in sent["invOptions"]["variations"]:
            child = before.get(row["sku"]) or Item(row["sku"], "variation")
            child.chosen = dict(row["attributes"])
            child.status = "publish"
            regular = row.get("regular_price") or sent.get("Price")
            child.priced(regular, row.get("sale_price"))
            child.stocked(row.get("stock") or row.get("stock_qty"))
            child.weighed(row.get("weight"))
            item.children[child.sku] = child

    def update_variation(self, sent: Fields) -> None:
        """An update whose SKU is a variation's: what it has of its own."""
        (child,) = self.live(sent["SKU"])
        child.priced(sent.get("Price"), sent.get("SalePrice"))
        child.stocked(sent.get("QtyStock"))
        child.weighed(sent.get("Weight"))

    # product/refresh and product/sync

    def refresh(self, row: Fields) -> None:
        """One row that was accepted."""
        (item,) = self.live(row["SKU"])
        if item.kind != "variable":
            item.priced(row.get("Price"), row.get("SalePrice"))
            item.stocked(row.get("QtyStock"))
        item.weighed(row.get("Weight"))
        tiers = tiers_of(row)
        if tiers is not None:
            item.tiers = tiers

    def trash(self, sku: str) -> None:
        """A product goes to the trash, and its variations with it."""
        for item in self.items.values():
            if item.sku == sku and item.status != "trash":
                item.before_trash = item.status
                item.status = "trash"
                for child in item.children.values():
                    child.status = "trash"

    # what the shop has

    def differences(self, shop: Shop) -> list[str]:
        """Where the shop's tables say something else."""
        wrong = []
        for ident, item in self.items.items():
            found = product(shop, ident)
            wrong += [f"{item.sku}: {text}" for text in _compare(shop, found, item)]
            wrong += self._compare_children(shop, ident, item)
        return wrong

    @staticmethod
    def _compare_children(shop: Shop, ident: int, item: Item) -> list[str]:
        posts = shop.tables.posts
        query = posts.select().where(
            posts.c.post_parent == ident, posts.c.post_type == "product_variation"
        )
        with shop.database.read() as conn:
            ids = [row.ID for row in conn.execute(query)]
        found = {str(p.metas["_sku"]): p for p in (product(shop, i) for i in ids)}
        if len(ids) != len(found) or set(found) != set(item.children):
            return [f"{item.sku}: variations {sorted(found)} of {len(ids)}"]
        wrong = []
        for sku, child in item.children.items():
            wrong += [f"{sku}: {text}" for text in _compare(shop, found[sku], child)]
            keys = {f"attribute_{axis.lower()}": axis for axis in child.chosen}
            chosen = {axis: found[sku].metas.get(key) for key, axis in keys.items()}
            if chosen != child.chosen:
                wrong.append(f"{sku}: chosen {chosen}, wanted {child.chosen}")
        return wrong


def _compare(shop: Shop, found: Product, item: Item) -> list[str]:
    metas = found.metas
    price = item.regular if item.sale is None else item.sale
    pairs: list[tuple[str, Any, Any]] = [
        ("status", found.post["post_status"], item.status),
        ("SKU", metas["_sku"], item.sku),
        ("regular", number(metas.get("_regular_price")), item.regular),
        ("sale", number(metas.get("_sale_price")), item.sale),
        ("weight", number(metas.get("_weight")) or None, item.weight),
    ]
    if item.kind != "variable":
        pairs.append(("price", number(metas.get("_price")), price))
        pairs.append(("stock", number(metas.get("_stock")), item.stock))
    if item.kind != "variation":
        rows = unserialized(metas.get("_bizuno_price_tiers"))
        tiers = [(Decimal(r["qty"]), Decimal(r["price"])) for r in rows or []]
        named = {a["name"]: a["value"] for a in found.attributes.values()}
        own = {name: named.get(name) for name in item.attributes}
        shown = metas.get("_thumbnail_id")
        path = product(shop, int(shown)).metas["_wp_attached_file"] if shown else None
        pairs += [
            ("name", found.post["post_title"], item.name),
            ("tiers", tiers, item.tiers),
            ("categories", found.terms("product_cat"), item.categories),
            ("tags", found.terms("product_tag"), item.tags),
            ("attributes", own, item.attributes),
            ("type", found.terms("product_type"), [item.kind]),
            ("picture", path, item.picture),
        ]
    return [
        f"{n} is {have!r}, wanted {want!r}" for n, have, want in pairs if have != want
    ]
