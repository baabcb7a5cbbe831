"""What is asked of carriers and what they offer, as values."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class Source(StrEnum):
    """Where an offer comes from (DECISIONS 47); ``stale`` is an old ``cached``."""

    LIVE = "live"
    CACHED = "cached"
    STALE = "stale"
    TABLE = "table"
    FALLBACK = "fallback"


@dataclass(frozen=True)
class Deadline:
    """The moment an answer has to be there, on the clock of ``time.perf_counter``."""

    arrival: float
    moment: float

    @classmethod
    def after(cls, seconds: float, arrival: float | None = None) -> Deadline:
        """``seconds`` from the arrival of the question, which is now if not given."""
        began = time.perf_counter() if arrival is None else arrival
        return cls(began, began + seconds)

    def within(self, seconds: float) -> Deadline:
        """A part of it: ``seconds`` from the arrival, but not later."""
        return Deadline(self.arrival, min(self.moment, self.arrival + seconds))

    def left(self) -> float:
        """Seconds that are left, 0 when it is over."""
        return max(self.moment - time.perf_counter(), 0.0)


@dataclass(frozen=True)
class Shipment:
    """What carriers are asked to quote.

    ``country`` has two letters. ``weight`` is in the unit of the store; ``value`` (of
    the goods) and ``pieces`` are None when the store does not tell.
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
    """One service at a price; ``quote`` is what the customer pays, 0 or more.

    ``age`` is how many seconds ago the carrier said so.
    """

    carrier: str
    service: str
    title: str
    quote: Decimal
    source: Source = Source.TABLE
    age: int = 0

    @property
    def id(self) -> str:
        """As the store keeps it; an order names the rate by it (DECISIONS 45)."""
        return f"{self.carrier}_{self.service}"


@dataclass(frozen=True)
class Report:
    """How asking one carrier went, for operators.

    ``state`` says in words where the answer comes from, ``source`` in one; ``notes``
    what is missing of it and why, ``dropped`` which offers could not be used.
    """

    carrier: str
    state: str
    source: str
    seconds: float
    offers: tuple[Offer, ...] = ()
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quotes:
    """The answer: offers in the order they are shown, and who is missing and why.

    ``unservable`` says why there can be no offer at all, with a code; ``left_out`` are
    offers that ``[rates] services`` does not list.
    """

    offers: tuple[Offer, ...] = ()
    missing: tuple[str, ...] = ()
    unservable: tuple[str, str] | None = None
    reports: tuple[Report, ...] = ()
    left_out: tuple[Offer, ...] = ()


class CannotQuote(Exception):
    """A carrier that is left out; the text names it and what to do."""


class CannotServe(CannotQuote):
    """A carrier that does not go there or does not take that much; ``code`` says."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class Carrier(Protocol):
    """One way to find prices; a carrier is a module that provides one of these.

    Raises CannotQuote when there is no price to be had; no offer at all is an answer
    too.
    """

    @property
    def code(self) -> str:
        """What the carrier is called in messages and measurements."""
        ...

    def quote(self, shipment: Shipment, deadline: Deadline) -> Sequence[Offer]:
        """The offers for a shipment."""
        ...
