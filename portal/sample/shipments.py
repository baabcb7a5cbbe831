"""Shipments of the sample books: what the store is told with ``confirm``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bridge.common.sample import SampleOrder

from . import calendar, stock
from .entries import INVOICE, Entry

_HEAVY = Decimal(20)  # pounds; a heavier order travels in two parcels


def shipments(made: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """One shipment per invoice, sent on the day after the order, at most today."""
    number = 0
    for entry in made:
        if entry.journal != INVOICE or entry.order is None:
            continue
        number += 1
        day = min(entry.head["post_date"] + timedelta(days=1), calendar.TODAY)
        if entry.order.status == "processing":
            day = calendar.TODAY
        yield {
            "ref_id": entry.id,
            "meta_key": "shipment",
            "meta_value": json.dumps(
                _shipment(entry, entry.order, f"SH{number:05}", day),
                separators=(",", ":"),
            ),
        }


def _shipment(
    entry: Entry, order: SampleOrder, number: str, day: date
) -> dict[str, Any]:
    weight = sum(
        (quantity * stock.BY_SKU[sku].item.weight for sku, quantity, _ in order.lines),
        Decimal(0),
    )
    parcels = 2 if weight > _HEAVY else 1
    cost = float(order.shipping or Decimal("6.40"))
    packages = [
        {
            "tracking_id": f"7946{order.number}{parcel:04}",
            "deliver_date": "",
            "cost": round(cost / parcels, 2),
            "book": round(cost / parcels, 2),
        }
        for parcel in range(1, parcels + 1)
    ]
    return {
        "ref_num": number,
        "store_id": 0,
        "method_code": entry.head["method_code"],
        "ship_date": f"{day.isoformat()} 14:05:00",
        "deliver_date": "null",
        "notes": "",
        "total_cost": cost,
        "total_book": cost,
        "packages": {"total": parcels, "rows": packages},
        "_table": "journal",
    }
