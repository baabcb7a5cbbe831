"""What was shipped: one confirmation per order, in the words of the original.

Shipments lie in ``journal_meta`` beside the sale they belong to. They are chosen by
their **ship date**, and all parcels of an order are joined (DECISIONS 54).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from ..books.settings import decode, dig, read_meta
from ..books.tables import journal_main, journal_meta
from .phpvalues import is_empty, text

# above this many days it is cheaper to read all shipments than to look for each day
_LISTED_DAYS = 62


@dataclass(frozen=True)
class Shipment:
    """One shipment of one sale; ``order`` is the store's own reference."""

    order: str
    method: str
    shipped: date
    tracking: tuple[str, ...]


@dataclass(frozen=True)
class Confirmation:
    """What the store is told of an order: a headline, and its tracking numbers."""

    order: str
    head: str
    body: str

    @property
    def untracked(self) -> bool:
        """True when there is no tracking number to tell."""
        return not self.body.strip(", ")


def read_shipments(conn: Connection, first: date, last: date) -> list[Shipment]:
    """The shipments of these days, oldest first; one statement."""
    query = (
        select(
            journal_main.c.purch_order_id,
            journal_main.c.method_code,
            journal_meta.c.meta_value,
        )
        .join(journal_main, journal_main.c.id == journal_meta.c.ref_id)
        .where(journal_meta.c.meta_key == "shipment")
        .order_by(journal_meta.c.id)
    )
    if (last - first).days < _LISTED_DAYS:
        # only narrows: which date of the document it is, is seen below
        days = (first + timedelta(n) for n in range((last - first).days + 1))
        query = query.where(
            or_(*(journal_meta.c.meta_value.contains(day.isoformat()) for day in days))
        )
    found = []
    for order, method, document in conn.execute(query):
        shipment = shipment_of(order or "", method or "", decode(document))
        if shipment and first <= shipment.shipped <= last:
            found.append(shipment)
    return sorted(found, key=lambda shipment: shipment.shipped)


def shipment_of(order: str, method: str, document: Any) -> Shipment | None:
    """A shipment of Bizuno's document; None for one without a ship date."""
    try:
        shipped = date.fromisoformat(str(dig(document, "ship_date"))[:10])
    except ValueError:
        return None
    packages = dig(document, "packages.rows", ())
    rows = packages.values() if isinstance(packages, dict) else packages or ()
    tracking = tuple(
        text(row["tracking_id"])
        for row in rows
        if isinstance(row, dict) and row.get("tracking_id") is not None
    )
    return Shipment(order, method, shipped, tracking)


def read_carriers(conn: Connection) -> dict[str, Any]:
    """Bizuno's carriers by code, switched off or not."""
    found = read_meta(conn, "methods_carriers")["methods_carriers"]
    return found if isinstance(found, dict) else {}


def carrier_text(carriers: Mapping[str, Any], method: str) -> str:
    """How a method ``carrier:service`` is called.

    By the text of the service, else the carrier's acronym, else the carrier's code.
    """
    carrier = method.partition(":")[0]
    known = carriers.get(carrier) if carrier else None
    services = dig(known, "settings.services", ())
    rows = services.values() if isinstance(services, dict) else services
    for row in reversed(list(rows or ())):
        if isinstance(row, dict) and row.get("id") == method and row.get("text"):
            return text(row["text"])
    acronym = dig(known, "acronym")
    return carrier if is_empty(acronym) else text(acronym)


def confirmations(
    shipments: Iterable[Shipment],
    prefix: str,
    carriers: Mapping[str, Any],
    date_format: str,
) -> list[Confirmation]:
    """One confirmation per order that came from the store, in the order shipped.

    Of several shipments the last one gives the headline, as in the original; a
    reference is the store's if digits follow ``prefix`` and nothing else.
    """
    own = re.compile(re.escape(prefix) + "[0-9]+")
    orders: dict[str, list[Shipment]] = {}
    for shipment in shipments:
        if own.fullmatch(shipment.order):
            orders.setdefault(shipment.order, []).append(shipment)
    return [
        Confirmation(order, _head(parts, carriers, date_format), _body(parts))
        for order, parts in orders.items()
    ]


def _head(
    parts: Sequence[Shipment], carriers: Mapping[str, Any], date_format: str
) -> str:
    day = format_day(parts[-1].shipped, date_format)
    carrier = carrier_text(carriers, parts[-1].method)
    return f"Shipped {day} via {carrier}, tracking number(s):"


def _body(parts: Sequence[Shipment]) -> str:
    return ", ".join(number for part in parts for number in part.tracking)


def format_day(day: date, date_format: str) -> str:
    """A day in one of Bizuno's date formats (PHP's letters ``d m Y j n y``)."""
    letters = {
        "d": f"{day.day:02}",
        "m": f"{day.month:02}",
        "Y": f"{day.year:04}",
        "j": str(day.day),
        "n": str(day.month),
        "y": f"{day.year % 100:02}",
    }
    return "".join(letters.get(letter, letter) for letter in date_format)


def parse_day(given: str, date_format: str, today: date) -> date:
    """A day as a person types it: ISO, Bizuno's own format, today or yesterday.

    Raises ValueError with a sentence that says how to write it.
    """
    if given.lower() in ("today", "yesterday"):
        return today - timedelta(given.lower() == "yesterday")
    digits = {"d": r"(?P<d>\d{2})", "m": r"(?P<m>\d{2})", "Y": r"(?P<Y>\d{4})"}
    for form in ("Y-m-d", date_format):
        pattern = "".join(digits.get(letter, re.escape(letter)) for letter in form)
        try:
            if found := re.fullmatch(pattern, given, re.ASCII):
                return date(int(found["Y"]), int(found["m"]), int(found["d"]))
        except (ValueError, IndexError, re.error):
            continue  # no such day, or a format that no day can be read by
    example = format_day(today, date_format)
    raise ValueError(
        f"{given!r} is no date; write it like {today.isoformat()} or {example}"
    )
