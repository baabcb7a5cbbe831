"""Which side a product's field belongs to, and why; pure.

A field that a push writes is Bizuno's: the next push of it wins over whatever the shop
has. The rest is the shop's and stays as it is (DECISIONS 10 to 25).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..wordpress.kinds import VARIATION, is_variable
from ..wordpress.stock import StockRules
from .changes import NAMES
from .update_edit import FIELD_NAMES

BIZUNO, SHOP = "Bizuno", "shop"
CATEGORIES, TAGS = "WooCommerceCategory", "WooCommerceTags"
OPTIONS = "invOptions"
# what a variation has of its own
_VARIATION = {
    *NAMES.values(),
    "SKU",
    "ProductLength",
    "ProductWidth",
    "ProductHeight",
    "DescriptionSales",
    "ProductImage",
}
_DATES = {"SaleFrom", "SaleTo"}
_STOCK = {"ManageStock", "Backorders", "QtyStock", "StockStatus"}
_PRICES = {"RegularPrice", "SalePrice", "Price"}
_WHY = {
    "Price": "follows from the regular price and the sale",
    "StockStatus": "follows from the quantity",
    "PriceTiers": "a price without tiers ends them",
    "WooCommerceSlug": "kept unless Bizuno sends one",
    "DefaultOptions": "kept while those options exist",
    "Attributes": "global ones (pa_...) are the shop's",
    "SaleFrom": "they end with the sale",
    "SaleTo": "they end with the sale",
    CATEGORIES: "become what is sent",
    TAGS: "become what is sent",
    OPTIONS: "variations that are not sent are deleted",
}


@dataclass(frozen=True)
class Owner:
    """Who has the last word on a field; ``why`` where that is not plain."""

    field: str
    side: str
    why: str = ""


def owners(
    kind: str, rules: StockRules, *, unpublish_inactive: bool, yoast: bool
) -> Iterator[Owner]:
    """Every field of a product of this ``kind`` that a push knows, in its order.

    ``kind`` is simple, variable, ... or variation; ``unpublish_inactive`` is the
    configuration's, ``yoast`` tells that a plugin reads its meta description.
    """
    names = list(dict.fromkeys(["SKU", *FIELD_NAMES.values()]))
    if kind == VARIATION:
        names = [name for name in names if name in _VARIATION]
    else:
        names += [CATEGORIES, TAGS]
    if kind == VARIATION or is_variable(kind):
        names.append(OPTIONS)
    for name in names:
        side, why = BIZUNO, _WHY.get(name, "")
        if name in _DATES or name in ("WooCommerceSlug", "DefaultOptions"):
            side = SHOP
        elif name == "Status":
            side, why = SHOP, "Bizuno decides on new products only"
            if unpublish_inactive:
                side, why = BIZUNO, "inactive ones become drafts (unpublish_inactive)"
        elif name == "MetaDescription" and not yoast:
            side, why = SHOP, "the plugin that reads it is not active"
        elif lacks := _lacks(name, kind):
            side, why = SHOP, lacks
        elif name in ("ManageStock", "Backorders", "QtyStock"):
            why = _stock(name, rules)
        elif name == OPTIONS and kind == VARIATION:
            why = "sent with its product"
        yield Owner(name, side, why)


def _lacks(name: str, kind: str) -> str:
    """Why a product of this kind has no such field of its own; empty if it has."""
    if name in _PRICES | _STOCK and is_variable(kind):
        return "left to its variations"
    if name in _PRICES | _STOCK and kind == "grouped":
        return "a grouped product has none of its own"
    if name in _STOCK and kind == "external":
        return "external products keep no stock"
    return ""


def _stock(name: str, rules: StockRules) -> str:
    if not rules.managed:
        return "this shop manages no stock; only the status follows the quantity"
    if name == "QtyStock":
        return ""
    setting = "stock_management" if name == "ManageStock" else "backorders"
    return f"set with each quantity, by the plugin's settings or [bridge] {setting}"
