"""Bizuno's simple carriers: one service each, priced by a setting.

Weight and destination do not count with them. Titles are those of Bizuno's own
carriers, where settings cannot change them either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from bridge.common.money import NotANumber, parse_decimal, to_cents

from .offers import CannotQuote, Carrier, Deadline, Offer, Shipment

GROUND = "GND"


@dataclass(frozen=True)
class Simple:
    """A carrier with its settings in Bizuno."""

    code: str
    title: str
    settings: Mapping[str, Any]

    def quote(self, shipment: Shipment, deadline: Deadline) -> Sequence[Offer]:
        """One offer; raises CannotQuote for a setting that is no amount."""
        price = to_cents(self._price(shipment))
        return (Offer(self.code, GROUND, self.title, price),)

    def _price(self, shipment: Shipment) -> Decimal:
        raise NotImplementedError

    def _amount(self, name: str) -> Decimal:
        """A setting of 0 or more; empty is 0."""
        try:
            found = parse_decimal(self.settings.get(name)) or Decimal(0)
        except NotANumber:
            found = Decimal(-1)
        if found < 0:
            raise CannotQuote(
                f"Carrier {self.code} is left out: its setting {name} is no number of "
                "0 or more; correct it among Bizuno's shipping methods."
            )
        return found


@dataclass(frozen=True)
class Flat(Simple):
    """The same price for every order."""

    def _price(self, shipment: Shipment) -> Decimal:
        return self._rate

    @cached_property
    def _rate(self) -> Decimal:
        return self._amount("rate")


@dataclass(frozen=True)
class Item(Simple):
    """A price per piece; for one piece when the store does not tell how many."""

    def _price(self, shipment: Shipment) -> Decimal:
        pieces = Decimal(1) if shipment.pieces is None else shipment.pieces
        return pieces * self._rate

    @cached_property
    def _rate(self) -> Decimal:
        return self._amount("rate")


@dataclass(frozen=True)
class Percent(Simple):
    """A share of the goods' value, at least a minimum; that alone without a value."""

    def _price(self, shipment: Shipment) -> Decimal:
        share, minimum = self._shares
        return max((shipment.value or Decimal(0)) * share, minimum)

    @cached_property
    def _shares(self) -> tuple[Decimal, Decimal]:
        return self._amount("percent") / 100, self._amount("minRate")


@dataclass(frozen=True)
class Unquoted:
    """A carrier for the books only; it never offers anything to the store."""

    code: str
    title: str
    settings: Mapping[str, Any]

    def quote(self, shipment: Shipment, deadline: Deadline) -> Sequence[Offer]:
        """Nothing."""
        return ()


@dataclass(frozen=True)
class Unknown:
    """A carrier that Bizuno asks and we cannot."""

    code: str

    def quote(self, shipment: Shipment, deadline: Deadline) -> Sequence[Offer]:
        """Raises CannotQuote."""
        raise CannotQuote(
            f"Carrier {self.code} is left out: it is not quoted here; unmark it as "
            "default among Bizuno's shipping methods."
        )


_KINDS: dict[str, tuple[Callable[..., Carrier], str]] = {
    "best_way": (Flat, "Shipper Preference"),
    "flat": (Flat, "Best Way"),
    "freeshipper": (Flat, "Local Delivery"),
    "item": (Item, "Best Way"),
    "percent": (Percent, "Best Way"),
    "thirdparty": (Unquoted, ""),
}


def carrier_of(code: str, settings: Mapping[str, Any]) -> Carrier:
    """A carrier of Bizuno by its code there."""
    if code not in _KINDS:
        return Unknown(code)
    kind, title = _KINDS[code]
    return kind(code, title, settings)
