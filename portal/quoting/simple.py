"""Bizuno's simple carriers: one service each, priced by a setting.

Weight and destination do not count with them. Titles are those of Bizuno's own
carriers, where settings cannot change them either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.common.money import NotANumber, parse_decimal, to_cents

from .offers import CannotQuote, Carrier, Offer, Shipment

GROUND = "GND"


@dataclass(frozen=True)
class Flat:
    """The same price for every order."""

    code: str
    title: str

    def quote(self, shipment: Shipment, settings: Mapping[str, Any]) -> list[Offer]:
        return [_offer(self.code, self.title, _amount(self.code, settings, "rate"))]


@dataclass(frozen=True)
class Item:
    """A price per piece; for one piece when the store does not tell how many."""

    code: str
    title: str

    def quote(self, shipment: Shipment, settings: Mapping[str, Any]) -> list[Offer]:
        pieces = Decimal(1) if shipment.pieces is None else shipment.pieces
        price = pieces * _amount(self.code, settings, "rate")
        return [_offer(self.code, self.title, price)]


@dataclass(frozen=True)
class Percent:
    """A share of the goods' value, at least a minimum; that alone without a value."""

    code: str
    title: str

    def quote(self, shipment: Shipment, settings: Mapping[str, Any]) -> list[Offer]:
        share = _amount(self.code, settings, "percent") / 100
        price = (shipment.value or Decimal(0)) * share
        minimum = _amount(self.code, settings, "minRate")
        return [_offer(self.code, self.title, max(price, minimum))]


@dataclass(frozen=True)
class Unquoted:
    """A carrier for the books only; it never offers anything to the store."""

    def quote(self, shipment: Shipment, settings: Mapping[str, Any]) -> list[Offer]:
        return []


CARRIERS: dict[str, Carrier] = {
    "best_way": Flat("best_way", "Shipper Preference"),
    "flat": Flat("flat", "Best Way"),
    "freeshipper": Flat("freeshipper", "Local Delivery"),
    "item": Item("item", "Best Way"),
    "percent": Percent("percent", "Best Way"),
    "thirdparty": Unquoted(),
}


def _offer(code: str, title: str, price: Decimal) -> Offer:
    return Offer(code, GROUND, title, to_cents(price))


def _amount(code: str, settings: Mapping[str, Any], name: str) -> Decimal:
    """A setting of 0 or more; empty is 0."""
    try:
        found = parse_decimal(settings.get(name)) or Decimal(0)
    except NotANumber:
        found = Decimal(-1)
    if found < 0:
        raise CannotQuote(
            f"Carrier {code} is left out: its setting {name} is no number of 0 or "
            "more; correct it among Bizuno's shipping methods."
        )
    return found
