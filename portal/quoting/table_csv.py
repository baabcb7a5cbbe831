"""The CSV of a price table, that an operator keeps.

It is validated whole: every mistake is told with the number of its line, and a file
with mistakes is not used at all. ``config.example.ini`` describes the columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bridge.common.contract.rates import method_of
from bridge.common.money import NotANumber, parse_decimal

from .places import country_code
from .table import Band, Line, PriceTable, Span, Zone

_NEEDED = ("id", "title", "price")
_BANDS = ("weight_from", "weight_to", "value_from", "value_to")
_COLUMNS = (*_NEEDED, "country", "state", "postcode", *_BANDS)
_MOST_LINES = 20_000
_ALL = "*"


class TableErrors(Exception):
    """Everything wrong with a file: ``(line, text)`` pairs, line 0 for the whole."""

    def __init__(self, problems: Sequence[tuple[int, str]]) -> None:
        self.problems = tuple(problems)
        texts = [f"line {n}: {text}" if n else text for n, text in self.problems]
        super().__init__("\n".join(texts))


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
