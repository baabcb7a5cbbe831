"""Quotes and quantity prices from Bizuno's price sheets; pure.

Mirrors what Bizuno asks itself before a push: the price for one piece without a
customer, and every sheet that concerns the item. Sheets of the item come first, then
the store-wide ones; whether a sheet is inactive is not looked at (sic).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..books.settings import decode
from .phpvalues import code, equals, is_empty, is_numeric, number, round_half_up

TIER_PLACES = 2


class Level(NamedTuple):
    """One row of a sheet; codes as Bizuno stores them, amounts as they were typed.

    ``source`` 0 not used, 1 typed, 2 cost, 3 retail, 4 level 1, 5 fixed;
    ``adjust`` 1 minus amount, 2 minus percent, 3 plus amount, 4 plus percent;
    ``rounding`` 1 next whole, 2 fixed cents, 3 next multiple.
    """

    qty: Any
    price: Any
    source: int
    adjust: int
    adjust_by: float
    rounding: int
    round_to: Any
    label: Any = ""
    weight: Any = 0


@dataclass(frozen=True)
class Sheet:
    """A price sheet; ``item`` and ``customer`` are the IDs it is limited to, if any."""

    id: int
    title: Any
    default: Any
    item: Any
    customer: Any
    kind: Any
    after: bool
    levels: tuple[Level, ...]


class Step(NamedTuple):
    """A quantity and its price."""

    label: Any
    qty: Any
    price: float
    weight: Any


class PricedSheet(NamedTuple):
    """A sheet, computed for one item."""

    title: Any
    default: Any
    steps: tuple[Step, ...]


class Priced(NamedTuple):
    """What of an item a price depends on; ``locked``: discounts are blocked."""

    id: int
    full: float
    cost: float
    sheet: int = 0
    vendor_sheet: int = 0
    locked: bool = False


@dataclass(frozen=True)
class Quote:
    """The price of one piece, and the sheets that concern the item."""

    price: float
    sheets: tuple[PricedSheet, ...] = ()


def parse_sheet(row_id: int, document: str | None) -> Sheet:
    """A sheet from its JSON document; a broken one has no levels, as in Bizuno."""
    found = decode(document)
    data: dict[str, Any] = found if isinstance(found, dict) else {}
    levels = data.get("levels")
    rows = levels.get("rows") if isinstance(levels, dict) else None
    members = rows.values() if isinstance(rows, dict) else rows or ()
    return Sheet(
        row_id,
        data.get("title"),
        data.get("default"),
        data.get("iID"),
        data.get("cID"),
        data.get("cType", data.get("contact_type")),
        not is_empty(data.get("postCalc")),
        tuple(_level(row) for row in members if isinstance(row, dict)),
    )


def _level(row: dict[str, Any]) -> Level:
    return Level(
        row.get("qty"),
        row.get("price"),
        code(row.get("source")),
        code(row.get("adjType")),
        number(row.get("adjValue")),
        code(row.get("rndType")),
        row.get("rndValue"),
        "" if is_empty(row.get("label")) else row["label"],
        0 if is_empty(row.get("weight")) else row["weight"],
    )


def quote(item: Priced, sheets: Iterable[Sheet], places: int = 2) -> Quote:
    """The price for quantity 1 and every sheet computed; ``places`` of the currency.

    Sheets that work afterwards on a price need a customer, so none applies here.
    """
    if item.locked:
        return Quote(item.full)
    price, priced = item.full, []
    for sheet in sheets:
        if sheet.after or (
            not is_empty(sheet.item) and not equals(sheet.item, item.id)
        ):
            continue
        steps = _steps(sheet, item, places)
        if _applies(sheet, item):
            reached = [s.price for s in steps if s.price and _reached(s.qty)]
            price = min([price, *reached])
        priced.append(PricedSheet(sheet.title, sheet.default, steps))
    return Quote(price, tuple(priced))


def _applies(sheet: Sheet, item: Priced) -> bool:
    """Whether the quote may fall to this sheet's price."""
    for_item = not is_empty(sheet.item) and equals(sheet.item, item.id)
    return (
        (for_item and is_empty(sheet.customer))
        or (sheet.kind == "c" and equals(sheet.customer, 0) and for_item)
        or (item.sheet != 0 and item.sheet == sheet.id)
        or (item.vendor_sheet != 0 and item.vendor_sheet == sheet.id)
    )


def _reached(qty: Any) -> bool:
    """Whether one piece is enough for the level; no quantity is reached by any."""
    return is_empty(qty) or (is_numeric(qty) and number(qty) <= 1)


def _steps(sheet: Sheet, item: Priced, places: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    for level in sheet.levels:
        first = steps[0].price if steps else 0.0
        price = level_price(level, item.cost, item.full, first, places)
        steps.append(Step(level.label, level.qty, price, level.weight))
    return tuple(steps)


def level_price(
    level: Level, cost: float, full: float, first: float, places: int = 2
) -> float:
    """The price of a level: source, then adjustment, then rounding, then cents."""
    typed = full if is_empty(level.price) else number(level.price)
    price = {0: 0.0, 2: cost, 3: full, 4: first}.get(level.source, typed)
    if level.adjust == 1:
        price -= level.adjust_by
    elif level.adjust == 2:
        price -= price * (level.adjust_by / 100)
    elif level.adjust == 3:
        price += level.adjust_by
    elif level.adjust == 4:
        price += price * (level.adjust_by / 100)
    return round_half_up(_rounded(price, level), places)


def _rounded(price: float, level: Level) -> float:
    to = number(level.round_to)
    if level.rounding == 1:
        return float(math.ceil(price))
    if level.rounding == 2:
        # 99 means .99: a person left out the point
        cents = number(f".{level.round_to}") if to >= 1 else max(to, 0.0)
        return math.floor(price) + cents
    if level.rounding == 3:
        return float(math.ceil(price) if to <= 0 else math.ceil(price / to) * to)
    return price


def tiers(found: Quote) -> list[tuple[Any, float]]:
    """Quantity and price of every level that a store offers.

    Default sheets only (a single sheet counts as one), and none of one level: that is
    a fixed price. Several default sheets stand one after the other.
    """
    out = []
    for sheet in found.sheets:
        is_default = len(found.sheets) == 1 or not is_empty(sheet.default)
        if is_default and len(sheet.steps) > 1:
            out += [
                (step.qty, round_half_up(step.price, TIER_PLACES))
                for step in sheet.steps
                if not is_empty(step.qty) and step.price
            ]
    return out
