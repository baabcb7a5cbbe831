"""A table of prices: zones by weight and value bands; the first line that fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from bridge.common.money import plain, to_cents

from .offers import CannotServe, Deadline, Offer, Shipment
from .places import plain_postcode

CODE = "table"


@dataclass(frozen=True)
class Span:
    """Postcodes from ``low`` to ``high``, compared by as many characters as they have.

    A longer postcode (ZIP+4) is in the span that its beginning is in.
    """

    low: str
    high: str

    def holds(self, postcode: str) -> bool:
        """True for a postcode that is in it; given as ``plain_postcode`` makes it."""
        return self.low <= postcode[: len(self.low)] <= self.high


@dataclass(frozen=True)
class Band:
    """From ``low`` to ``high``; None is no bound."""

    low: Decimal
    high: Decimal | None

    def holds_weight(self, weight: Decimal) -> bool:
        """True above ``low`` and up to ``high``: a limit belongs to the lighter."""
        return (self.low < weight or not self.low) and (
            self.high is None or weight <= self.high
        )

    def holds_value(self, value: Decimal | None) -> bool:
        """True from ``low`` on and below ``high``; an unknown value has no bounds."""
        if value is None:
            return not self.low and self.high is None
        return self.low <= value and (self.high is None or value < self.high)

    def meets(self, other: Band) -> bool:
        """True if an amount can be in both."""
        return (other.high is None or self.low < other.high) and (
            self.high is None or other.low < self.high
        )


@dataclass(frozen=True)
class Zone:
    """Where a line counts; what is empty fits everything."""

    country: str
    state: str
    spans: tuple[Span, ...]

    @property
    def first(self) -> str:
        """What every postcode in it begins with; empty if there is no such thing."""
        firsts = {end[:1] for span in self.spans for end in (span.low, span.high)}
        return firsts.pop() if len(firsts) == 1 else ""

    def holds(self, shipment: Shipment, postcode: str) -> bool:
        """True for a destination in it."""
        return (not self.state or self.state == shipment.state.upper()) and (
            not self.spans or any(span.holds(postcode) for span in self.spans)
        )


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    number: int
    id: str
    title: str
    price: Decimal
    zone: Zone
    weight: Band
    value: Band

    def fits(self, shipment: Shipment) -> bool:
        """True for a cart in its bands."""
        return self.weight.holds_weight(shipment.weight) and self.value.holds_value(
            shipment.value
        )

    def offer(self) -> Offer:
        """What it offers."""
        carrier, _, service = self.id.rpartition("_")
        return Offer(carrier, service, self.title, to_cents(self.price))


class PriceTable:
    """The lines of a file, found by country and by how the postcode begins."""

    code = CODE

    def __init__(self, lines: Sequence[Line]) -> None:
        self._zones: dict[tuple[str, str], dict[Zone, list[Line]]] = {}
        for line in lines:
            key = line.zone.country, line.zone.first
            self._zones.setdefault(key, {}).setdefault(line.zone, []).append(line)

    def quote(self, shipment: Shipment, deadline: Deadline) -> Sequence[Offer]:
        """Of each id the first line that fits; raises CannotServe where none does."""
        postcode = plain_postcode(shipment.postcode)
        found: dict[str, Line] = {}
        reached = False
        for key in product((shipment.country, ""), (postcode[:1], "")):
            for zone, lines in self._zones.get(key, {}).items():
                if not zone.holds(shipment, postcode):
                    continue
                reached = True
                for line in lines:
                    first = found.get(line.id)
                    if line.fits(shipment) and (
                        not first or line.number < first.number
                    ):
                        found[line.id] = line
        if not found:
            raise _nowhere(shipment, reached)
        return [line.offer() for line in found.values()]


def _nowhere(shipment: Shipment, reached: bool) -> CannotServe:
    if reached:
        return CannotServe(
            f"The table of rates has no price for a weight of {plain(shipment.weight)}"
            + (f" and a value of {plain(shipment.value)}." if shipment.value else "."),
            "too_heavy",
        )
    return CannotServe(
        f"The table of rates has no zone for {shipment.country} {shipment.postcode}.",
        "not_served",
    )
