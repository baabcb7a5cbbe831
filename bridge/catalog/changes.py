"""How a product's metas change to what a refresh row asks for, pure.

Everything is compared before it is set, numbers as numbers, so that what comes out is
only what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..common import phpdata
from ..common.money import plain
from ..wordpress.kinds import is_variable
from ..wordpress.prices import (
    active_price,
    number_text,
    sale_is_valid,
    same_number,
    stored_number,
)
from .rows import Rules, Tiers, Wish

TIERS = "_bizuno_price_tiers"
_SALE_DATES = ("_sale_price_dates_from", "_sale_price_dates_to")
REFRESH_METAS = (
    "_regular_price",
    "_sale_price",
    "_price",
    *_SALE_DATES,
    "_manage_stock",
    "_backorders",
    "_stock",
    "_stock_status",
    "_weight",
    TIERS,
)
# the names a person knows them by, in the plan and in the ledger
NAMES = {
    "_regular_price": "RegularPrice",
    "_sale_price": "SalePrice",
    "_price": "Price",
    "_sale_price_dates_from": "SaleFrom",
    "_sale_price_dates_to": "SaleTo",
    "_manage_stock": "ManageStock",
    "_backorders": "Backorders",
    "_stock": "QtyStock",
    "_stock_status": "StockStatus",
    "_weight": "Weight",
    TIERS: "PriceTiers",
}
_FROM_VARIATIONS = "Price and quantity come from its variations and were left alone."
_GROUPED = "A grouped product has no price and no stock of its own; they were left."
_EXTERNAL = "An external product keeps no stock; the quantity was left alone."
Metas = Mapping[str, str | None]


class Edit:
    """Metas before and after; keeps what differs."""

    def __init__(self, stored: Metas) -> None:
        self.stored = stored
        self.sets: dict[str, str | None] = {}
        self.drops: list[str] = []
        self.changes: dict[str, list[Any]] = {}

    def get(self, key: str) -> str | None:
        return self.stored.get(key)

    def set(self, key: str, value: str | None) -> None:
        """Store ``value``; NULL where it is None."""
        if self.stored.get(key) != value or key not in self.stored:
            self.sets[key] = value
            self._note(key, value)

    def drop(self, key: str) -> None:
        """Remove a meta; an empty one is as good as none and stays."""
        if self.stored.get(key):
            self.drops.append(key)
            self._note(key, None)

    def number(self, key: str, value: str) -> None:
        """Store a number unless the same number is there, however it is written."""
        if not same_number(self.stored.get(key), value):
            self.set(key, value)

    def _note(self, key: str, value: str | None) -> None:
        before = self.stored.get(key)
        shown: list[Any] = [before or None, value or None]
        if key == TIERS:
            shown = [shown_tiers(text) for text in shown]
        self.changes[NAMES[key]] = shown


def edit_metas(
    edit: Edit, wish: Wish, kind: str, rules: Rules, now: datetime
) -> list[str]:
    """Put a wish into effect; returns remarks on what was not taken."""
    remarks = []
    derived = is_variable(kind)
    if derived or kind == "grouped":
        if wish.priced or wish.quantity is not None:
            remarks.append(_FROM_VARIATIONS if derived else _GROUPED)
    else:
        if wish.priced:
            remarks += _edit_prices(edit, wish, now)
        if wish.quantity is not None and kind == "external":
            remarks.append(_EXTERNAL)
        elif wish.quantity is not None:
            _edit_stock(edit, wish.quantity, rules)
    if wish.clear_weight:
        edit.drop("_weight")
    elif wish.weight is not None:
        stored = stored_number(edit.get("_weight")) or Decimal(0)
        if stored != wish.weight:  # no weight at all weighs 0
            edit.set("_weight", plain(wish.weight))
    if wish.tiers is not None:
        _edit_tiers(edit, wish.tiers)
    return remarks


def _edit_prices(edit: Edit, wish: Wish, now: datetime) -> list[str]:
    remarks = []
    regular, sale = edit.get("_regular_price"), edit.get("_sale_price") or ""
    on_sale = bool(sale)
    if wish.regular is not None:
        edit.number("_regular_price", number_text(wish.regular))
        regular = edit.sets.get("_regular_price", regular)
    if wish.sale is not None and not (sale and same_number(sale, str(wish.sale))):
        sale = number_text(wish.sale)
    if wish.sale is not None and not wish.sale:
        sale = ""
    asked = wish.sale is not None or "_regular_price" in edit.sets
    if sale and asked and not sale_is_valid(regular, sale):
        remarks.append(
            f"The sale price {sale} is not below the regular price"
            f" {regular or 'that is missing'}; there is no sale."
        )
        sale = ""
    bounds = [edit.get(key) for key in _SALE_DATES]
    if sale:
        edit.number("_sale_price", sale)
    elif on_sale and asked:
        # as in WooCommerce's own screen, the dates of a sale end with it
        for key in ("_sale_price", *_SALE_DATES):
            edit.drop(key)
        bounds = [None, None]
    price = active_price(regular, sale, start=bounds[0], end=bounds[1], now=now)
    edit.number("_price", price)
    if wish.sale and sale and not same_number(price, sale):
        remarks.append("The sale counts only between the dates set in the shop.")
    return remarks


def _edit_stock(edit: Edit, quantity: Decimal, rules: Rules) -> None:
    stock = rules.stock
    if stock.managed:
        edit.set("_manage_stock", "yes")
        edit.set("_backorders", stock.backorders)
        edit.number("_stock", plain(quantity))
        edit.set("_stock_status", stock.status(quantity))
        return
    # WooCommerce keeps no quantity and no backorders where stock is not managed
    edit.set("_manage_stock", "no")
    edit.set("_backorders", "no")
    if edit.get("_stock") is not None:
        edit.set("_stock", None)
    edit.set("_stock_status", stock.status(quantity, "no"))


def _edit_tiers(edit: Edit, tiers: Tiers) -> None:
    stored = edit.get(TIERS)
    if not tiers:
        edit.drop(TIERS)
    elif stored_tiers(stored) != tiers:
        rows = [{"qty": plain(qty), "price": number_text(at)} for qty, at in tiers]
        edit.set(TIERS, phpdata.dumps(rows))


def stored_tiers(text: str | None) -> Tiers | None:
    """Price tiers as a meta holds them; None when there are none or they are broken."""
    try:
        found = phpdata.loads(text) if text else None
    except phpdata.PhpDataError:
        return None
    rows = found.values() if isinstance(found, dict) else ()
    tiers = []
    for row in rows:
        if not isinstance(row, dict):
            return None
        quantity, price = (stored_number(str(row.get(k))) for k in ("qty", "price"))
        if quantity is None or price is None:
            return None
        tiers.append((quantity, price))
    return tuple(tiers) or None


def shown_tiers(text: str | None) -> list[dict[str, str]] | None:
    """Price tiers of a meta for people; None when there are none."""
    tiers = stored_tiers(text)
    if tiers is None:
        return None
    return [{"qty": plain(qty), "price": plain(price)} for qty, price in tiers]
