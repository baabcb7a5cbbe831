"""Prices and quantities are those that Bizuno 7.3.8 itself computed (PHP 8.2).

``push_vectors.json`` holds random price sheets and bills of materials and, under
``sent``, the form fields that the ERP made of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bridge.common.database import fold
from bridge.common.phpform import encode
from portal.push.availability import Availability, Stock
from portal.push.phpvalues import is_empty, text
from portal.push.pricing import Priced, parse_sheet, quote, tiers
from portal.push.products import levels_document
from portal.push.reading import parse_bill

VECTORS = json.loads(Path(__file__).with_name("push_vectors.json").read_text("utf-8"))
PRICES = [vector for vector in VECTORS if "item" in vector]
QUANTITIES = [vector for vector in VECTORS if "items" in vector]


@pytest.mark.parametrize("vector", PRICES, ids=lambda v: "")
def test_prices_are_those_of_bizuno(vector: dict[str, Any]) -> None:
    item = vector["item"]
    priced = Priced(
        item["id"],
        float(item["full_price"]),
        float(item["item_cost"]),
        item["price_sheet_c"],
        item["price_sheet_v"],
        not is_empty(item["block_discount"]),
    )
    sheets = [parse_sheet(s["id"], s["doc"]) for s in vector["own"] + vector["common"]]
    places = vector["places"]
    found = quote(priced, sheets, 2 if places is None else int(places))
    document = {
        "Price": text(found.price),
        "PriceTiers": [{"qty": text(q), "price": text(p)} for q, p in tiers(found)],
        "PriceLevels": levels_document(found),
    }
    assert encode(document).decode() == vector["sent"]


@pytest.mark.parametrize("vector", QUANTITIES, ids=lambda v: "")
def test_quantities_are_those_of_bizuno(vector: dict[str, Any]) -> None:
    stocks = [
        Stock(
            row["id"],
            row["sku"],
            row["inventory_type"] or "",
            row["qty_stock"],
            row["qty_so"],
            row["qty_alloc"],
        )
        for row in vector["items"]
    ]
    availability = Availability(
        {int(k): parse_bill(json.dumps(bill)) for k, bill in vector["boms"].items()},
        {fold(stock.sku): stock for stock in stocks},
        not is_empty(vector["commit"]),
        not is_empty(vector["assy"]),
    )
    counted = {stock.sku: text(availability.of(stock)) for stock in stocks}
    assert encode(counted).decode() == vector["sent"]
