"""What is asked of carriers and what they offer, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol


class Source(StrEnum):
    """Where an offer comes from (DECISIONS 47)."""

    LIVE = "live"
    CACHED = "cached"
    TABLE = "table"
    FALLBACK = "fallback"


@dataclass(frozen=True)
class Shipment:
    """What carriers are asked to quote.

    ``weight`` is in the unit of the books; ``value`` (of the goods) and ``pieces``
    are None when the store does not tell.
    """

    country: str
    state: str
    postcode: str
    city: str
    weight: Decimal
    value: Decimal | None = None
    pieces: Decimal | None = None


@dataclass(frozen=True)
class Offer:
    """One service at a price; ``quote`` is what the customer pays, 0 or more."""

    carrier: str
    service: str
    title: str
    quote: Decimal
    source: Source = Source.TABLE

    @property
    def id(self) -> str:
        """As the store keeps it; an order names the rate by it (DECISIONS 45)."""
        return f"{self.carrier}_{self.service}"


@dataclass(frozen=True)
class Quotes:
    """The answer: offers in the order they are shown, and who is missing and why."""

    offers: tuple[Offer, ...] = ()
    missing: tuple[str, ...] = ()


class CannotQuote(Exception):
    """A carrier that is left out; the text names it and what to do."""


class Carrier(Protocol):
    """One way to find prices; a carrier is a module that provides one of these.

    ``settings`` are the carrier's own. Raises CannotQuote when there is no price to
    be had; no offer at all is an answer too.
    """

    def quote(self, shipment: Shipment, settings: Mapping[str, Any]) -> list[Offer]:
        """The offers for a shipment."""
        ...
