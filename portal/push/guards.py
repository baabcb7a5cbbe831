"""What a person should look at before it goes out; pure.

Compared is the content to be sent with what the store acknowledged last. A first push
has nothing to be compared with and passes (DECISIONS 56).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.common.config import StoreConfig
from bridge.common.money import NotANumber, parse_decimal


@dataclass(frozen=True)
class Concern:
    """One thing to look at; ``items`` are what it is about."""

    code: str
    text: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """An item's content before (as acknowledged) and after."""

    item: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def concerns_of(changes: Iterable[Change], config: StoreConfig) -> list[Concern]:
    """What in these changes of products is over the limits of the configuration."""
    listed = list(changes)
    found: list[tuple[str, str, list[str]]] = []
    zero = [
        c.item for c in listed if _price(c.before) and _price(c.after) == Decimal(0)
    ]
    if zero:
        found.append(("zero_price", _count(zero, "falls to price 0"), zero))
    percent = config.guard_price_change
    if percent is not None:
        jumps = [c.item for c in listed if _jump(c) > percent and c.item not in zero]
        if jumps:
            text = _count(jumps, f"changes price by more than {percent} %")
            found.append(("price_change", text, jumps))
    most = config.guard_out_of_stock
    gone = [c.item for c in listed if _stock(c.before) > 0 >= _stock(c.after)]
    if most is not None and len(gone) > most:
        text = f"{_count(gone, 'goes out of stock')} ({most} pass without asking)"
        found.append(("out_of_stock", text, gone))
    return [Concern(code, text, tuple(items)) for code, text, items in found]


def removal_concern(
    before: Iterable[str], after: Iterable[str], config: StoreConfig
) -> Concern | None:
    """The SKUs that leave the list of a store, if they are over the limit."""
    gone = sorted(set(before) - set(after))
    most = config.guard_removals
    if most is None or len(gone) <= most:
        return None
    text = f"{_count(gone, 'leaves the list')} ({most} pass without asking)"
    return Concern("removals", text, tuple(gone))


def _count(items: Sequence[str], what: str) -> str:
    verb, _, rest = what.partition(" ")
    one = len(items) == 1
    plain = verb if one else {"goes": "go"}.get(verb, verb.removesuffix("s"))
    return f"{len(items)} item{'' if one else 's'} {plain} {rest}"


def _price(document: Mapping[str, Any]) -> Decimal | None:
    return _number(document.get("Price"))


def _stock(document: Mapping[str, Any]) -> Decimal:
    return _number(document.get("QtyStock")) or Decimal(0)


def _number(value: Any) -> Decimal | None:
    try:
        return parse_decimal(value)
    except NotANumber:
        return None


def _jump(change: Change) -> Decimal:
    """The change of the price in percent of what it was."""
    before, after = _price(change.before), _price(change.after)
    if not before or after is None:
        return Decimal(0)
    return abs(after - before) * 100 / before
