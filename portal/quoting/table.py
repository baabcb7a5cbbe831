"""A table of prices: zones by weight and value bands, read from an operator's CSV.

The file is validated whole: every mistake is told with the number of its line, and a
file with mistakes changes nothing. ``config.example.ini`` describes the columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bridge.common.contract.rates import method_of
from bridge.common.money import NotANumber, parse_decimal, plain, to_cents

from .offers import CannotServe, Deadline, Offer, Shipment
from .places import country_code, plain_postcode

CODE = "table"
_NEEDED = ("id", "title", "price")
_BANDS = ("weight_from", "weight_to", "value_from", "value_to")
_COLUMNS = (*_NEEDED, "country", "state", "postcode", *_BANDS)
_MOST_LINES = 20_000
_ALL = "*"


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


class TableErrors(Exception):
    """Everything wrong with a file: ``(line, text)`` pairs, line 0 for the whole."""

    def __init__(self, problems: Sequence[tuple[int, str]]) -> None:
        self.problems = tuple(problems)
        texts = [f"line {n}: {text}" if n else text for n, text in self.problems]
        super().__init__("\n".join(texts))


class PriceTable:
    """The lines of a file; those of a country and a zone together."""

    code = CODE

    def __init__(self, lines: Sequence[Line]) -> None:
        self._countries: dict[str, dict[Zone, list[Line]]] = {}
        for line in lines:
            zones = self._countries.setdefault(line.zone.country, {})
            zones.setdefault(line.zone, []).append(line)

    def quote(self, shipment: Shipment, deadline: Deadline) -> Sequence[Offer]:
        """Of each id the first line that fits; raises CannotServe where none does."""
        postcode = plain_postcode(shipment.postcode)
        found: dict[str, Line] = {}
        reached = False
        for country in (shipment.country, ""):
            for zone, lines in self._countries.get(country, {}).items():
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


def parse_table(content: str) -> PriceTable:
    """Read the text of a file; raises TableErrors with every mistake."""
    reader = csv.DictReader(io.StringIO(content), strict=True)
    try:
        problems = list(_header_problems(reader.fieldnames or ()))
        if problems:
            raise TableErrors([(1, text) for text in problems])
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as exc:
        raise TableErrors([(reader.line_num, f"is no CSV: {exc}")]) from None
    if not rows or len(rows) > _MOST_LINES:
        text = f"holds {len(rows)} prices; 1 to {_MOST_LINES} can be read"
        raise TableErrors([(1, text)])
    found: list[tuple[int, str]] = []
    lines = []
    for number, row in rows:
        made, wrong = _line(number, row)
        found += [(number, text) for text in wrong]
        lines.append(made)
    found += _titles(lines)
    if not found:
        found += _overlaps(lines)
    if found:
        raise TableErrors(sorted(found))
    return PriceTable(lines)


def _header_problems(names: Sequence[str]) -> Iterator[str]:
    for name in sorted(set(names) - set(_COLUMNS)):
        yield f"there is no column {name!r}; known are {', '.join(_COLUMNS)}"
    for name in _NEEDED:
        if name not in names:
            yield f"the column {name} is missing"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the column {name} stands there twice"


def _line(number: int, row: Mapping[str | None, str | None]) -> tuple[Line, list[str]]:
    """A line and what is wrong with it; with mistakes the line is not to be used."""
    wrong: list[str] = []
    if None in row:
        wrong.append("has more fields than the first line")
    if None in row.values():
        wrong.append("has fewer fields than the first line")
    text = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    if method_of(text["id"]) is None:
        wrong.append(f"id {text['id']!r} is no rate id such as best_way_GND")
    if not text["title"]:
        wrong.append("title is empty")
    country = country_code(text["country"]) if text["country"] not in ("", _ALL) else ""
    if country is None:
        wrong.append(f"country {text['country']!r} is no country; write it like US")
    price = _amount("price", text, wrong)
    if not text["price"]:
        wrong.append("price is empty")
    zone = Zone(
        country or "",
        text["state"].upper() if text["state"] != _ALL else "",
        _spans(text["postcode"], wrong),
    )
    made = Line(
        number,
        text["id"],
        text["title"],
        price or Decimal(0),
        zone,
        _band("weight", text, wrong),
        _band("value", text, wrong),
    )
    return made, wrong


def _amount(name: str, text: Mapping[str, str], wrong: list[str]) -> Decimal | None:
    try:
        found = parse_decimal(text[name])
    except NotANumber as exc:
        wrong.append(f"{name} {text[name]!r}: {exc}")
        return None
    if found is not None and found < 0:
        wrong.append(f"{name} {text[name]!r} is below 0")
    return found


def _band(name: str, text: Mapping[str, str], wrong: list[str]) -> Band:
    low = _amount(f"{name}_from", text, wrong) or Decimal(0)
    high = _amount(f"{name}_to", text, wrong)
    if high is not None and high <= low:
        wrong.append(f"{name}_to must be above {name}_from")
    return Band(low, high)


def _spans(text: str, wrong: list[str]) -> tuple[Span, ...]:
    if text == _ALL:
        return ()
    spans = []
    for word in text.upper().split():
        low, mark, high = word.partition("-")
        if not mark:
            low = high = word.removesuffix(_ALL)
        if not re.fullmatch("[A-Z0-9]+", low) or not re.fullmatch("[A-Z0-9]+", high):
            wrong.append(f"postcode {word!r} is neither a range nor a postcode")
        elif len(low) != len(high) or low > high:
            wrong.append(f"postcode {word!r} does not go upwards in equal length")
        spans.append(Span(low, high))
    return tuple(spans)


def _titles(lines: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """One id, one title: an order comes back with the title only."""
    first: dict[str, Line] = {}
    for line in lines:
        earlier = first.setdefault(line.id, line)
        if earlier.title != line.title:
            text = f"{line.id} is called {earlier.title!r} in line {earlier.number}"
            yield line.number, text


def _overlaps(lines: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """Lines that a line of the same zone above them hides, in whole or in part."""
    above: dict[tuple[str, Zone], list[Line]] = {}
    for line in lines:
        same = above.setdefault((line.id, line.zone), [])
        for earlier in same:
            if line.weight.meets(earlier.weight) and line.value.meets(earlier.value):
                text = f"overlaps line {earlier.number}: same id and zone"
                yield line.number, text
                break
        same.append(line)
