"""Inventory of the sample books: items, what they are made of, their price sheets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.common.sample import ITEMS, Child, SampleItem, attribute_index

from . import chart, people

TRACKED = ("si", "ms", "mi", "sa")
OPENED = "2026-01-02"
_CREATED = "2025-01-06 10:00:00"


@dataclass(frozen=True)
class Entry:
    """One row of ``inventory``: an item, or one child of a master item."""

    id: int
    item: SampleItem
    child: Child | None = None

    @property
    def sku(self) -> str:
        return self.item.child_sku(self.child) if self.child else self.item.sku

    @property
    def name(self) -> str:
        if self.child is None:
            return self.item.name
        return " ".join((self.item.name, *self.item.chosen(self.child).values()))

    @property
    def kind(self) -> str:
        return "mi" if self.child else self.item.kind

    @property
    def stock(self) -> int:
        """What the shop may sell."""
        return self.child.stock if self.child else self.item.stock


def _entries() -> Iterator[Entry]:
    ident = 0
    for item in ITEMS:
        if item.side == "shop":
            continue
        for child in (None, *item.children):
            ident += 1
            yield Entry(ident, item, child)


ENTRIES = tuple(_entries())
BY_SKU = {entry.sku: entry for entry in ENTRIES}


def attribute_labels() -> dict[str, dict[str, str]]:
    """Labels of attributes by category: ``{"Bikes": {"a1": "Material", ...}}``."""
    found: dict[str, dict[str, str]] = {}
    for entry in ENTRIES:
        for label, _ in entry.item.attributes:
            labels = found.setdefault(entry.item.path[0], {})
            labels[attribute_index(label)] = label
    return found


def inventory(ordered: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """One row per entry; ``ordered`` are the open quantities by SKU.

    What is on order is in stock as well, so that the quantity the store may sell is
    the one of the sample.
    """
    for entry in ENTRIES:
        waiting = ordered.get(entry.sku, 0)
        yield {
            "id": entry.id,
            "sku": entry.sku,
            "description_short": entry.name,
            "qty_stock": entry.stock + waiting,
            "qty_so": waiting,
            "inventory_type": entry.kind,
            "vendor_id": people.VENDOR.id if entry.kind in TRACKED else 0,
            "creation_date": _CREATED,
            **_prices(entry),
            **_accounts(entry),
            **_description(entry.item, entry.child),
        }


def _prices(entry: Entry) -> dict[str, Any]:
    item, child = entry.item, entry.child
    price = child.price if child and child.price is not None else item.price
    sale = child.sale if child else item.sale
    return {"full_price": price, "sale_price": sale or 0, "item_cost": item.cost}


def _accounts(entry: Entry) -> dict[str, Any]:
    tracked = entry.kind in TRACKED
    return {
        "gl_sales": chart.SERVICES if entry.kind == "sv" else chart.SALES,
        "gl_inv": chart.INVENTORY if tracked else chart.EXPENSE,
        "gl_cogs": chart.COST,
    }


def _description(item: SampleItem, child: Child | None) -> dict[str, Any]:
    length, width, height = item.size or (0, 0, 0)
    shown = child is None
    pictures = picture_names(item) if shown else []
    return {
        "inactive": str(int(item.inactive)),
        "item_weight": child.weight if child and child.weight else item.weight,
        "length": length,
        "width": width,
        "height": height,
        "upc_code": item.upc if shown else "",
        "description_sales": item.text,
        "description_purchase": f"{item.name}, trade pack",
        "woocommerce_sync": str(int(shown)),
        "woocommerce_category": "|".join(item.path) if shown else None,
        "woocommerce_tags": "|".join(item.tags) if shown else None,
        "invAccessory": _json([str(BY_SKU[sku].id) for sku in item.accessories]),
        "bizProAttr": _json(_attributes(item)),
        "invOptions": _json(_options(item) if shown else []),
        "image_with_path": pictures[0] if pictures else "",
        "invImages": _json(pictures),
    }


def _attributes(item: SampleItem) -> dict[str, Any] | None:
    if not item.attributes:
        return None
    attrs = {attribute_index(label): value for label, value in item.attributes}
    return {"category": item.path[0], "attrs": attrs}


def _options(item: SampleItem) -> list[dict[str, str]]:
    return [
        {
            "option": option.name,
            "attrs": ";".join(option.codes),
            "labels": ";".join(option.labels),
        }
        for option in item.options
    ]


def picture_names(item: SampleItem) -> list[str]:
    """Pictures of an item below the folder ``images``; bikes have two."""
    count = 2 if item.path[0] == "Bikes" else int("bestseller" in item.tags)
    name = item.sku.lower()
    return [
        f"sample/{name}{'' if n == 1 else f'-{n}'}.png" for n in range(1, count + 1)
    ]


def inventory_meta() -> Iterator[dict[str, Any]]:
    """Price sheets and bills of material."""
    for entry in ENTRIES:
        item = entry.item
        if entry.child is None and item.tiers:
            sheet = price_sheet(f"Quantity prices {item.sku}", entry.id, item.tiers)
            yield _meta(entry, "price_c", sheet)
        if item.parts:
            parts = [
                {
                    "sku": sku,
                    "description": BY_SKU[sku].name,
                    "qty": str(quantity),
                }
                for sku, quantity in item.parts
            ]
            yield _meta(entry, "bill_of_materials", parts)


def price_sheet(
    title: str, item: int, tiers: tuple[tuple[int, Decimal], ...]
) -> dict[str, Any]:
    """A default price sheet whose levels hold typed prices (source 1)."""
    rows = [
        {
            "qty": str(quantity),
            "source": "1",
            "adjType": "0",
            "adjValue": "0",
            "rndType": "0",
            "rndValue": "0",
            "price": str(price),
        }
        for quantity, price in tiers
    ]
    return {
        "cType": "c",
        "levels": {"total": len(rows), "rows": rows},
        "title": title,
        "cID": 0,
        "iID": item,
        "inactive": "0",
        "default": "1",
        "postCalc": "0",
        "currency": "USD",
        "last_update": OPENED,
    }


def _meta(entry: Entry, key: str, value: Any) -> dict[str, Any]:
    return {"ref_id": entry.id, "meta_key": key, "meta_value": _json(value)}


def _json(value: Any) -> str | None:
    """A document as Bizuno keeps it; NULL for an empty one."""
    if not value:
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
