"""Bizuno's reference numbers: one JSON document that holds the next of each kind.

Bizuno reads, raises and writes the document without a lock of its own, so the row is
locked here first; a number that is used already is stepped over (DECISIONS 42).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.dialects.mysql import BIGINT
from sqlalchemy.sql.dml import Update

from bridge.common.batch import Answer, Batch
from bridge.common.errors import Unprocessable
from bridge.common.prepared import Rows
from bridge.common.spelling import Spelling

from .settings import decode
from .tables import common_meta, contacts, journal_main

META_KEY = "bizuno_refs"
_LONGEST = 24
_STEPS = (20, 400, 8000)
"""How many numbers are looked up at once while one after the other is used."""
_INTEGER = re.compile(r"\s*[+-]?\d{1,18}\s*")
_USUAL = re.compile(r"([A-Za-z][A-Za-z0-9_-]*?)([0-9]{1,15})", re.ASCII)
"""A number that counts up by its last digits, as long as they are not all nines."""
_FLOAT = re.compile(r"\s*[+-]?(\d+\.\d*|\.?\d+)([eE][+-]?\d+)?\s*")


class NumberTaken(Exception):
    """A number that was to be given is used already; nothing may be committed."""


@dataclass(frozen=True)
class Series:
    """A kind of number: its key, its first number, and where numbers are used."""

    key: str
    first: str
    number: Column[Any]
    among: ColumnElement[bool]

    def used(self, which: ColumnElement[bool]) -> Select[Any]:
        """The numbers of which this is true that somebody has already."""
        return select(self.number).where(which, self.among)


JOURNALS = {
    journal: Series(
        f"next_ref_j{journal}",
        first,
        journal_main.c.invoice_num,
        journal_main.c.journal_id == journal,
    )
    for journal, first in ((10, "SO00001"), (12, "INV00001"))
}
CUSTOMERS = Series(
    "next_cust_id_num", "C000001", contacts.c.short_name, contacts.c.ctype_c == "1"
)
_m = common_meta.c
_READ = (
    select(_m.id, _m.meta_value).where(_m.meta_key == META_KEY).order_by(_m.id).limit(1)
)
_LOCK = _READ.with_for_update()


@dataclass(frozen=True)
class Foreseen:
    """A number whose digits the server draws; until then ``text`` has stand-ins."""

    text: str
    spelling: Spelling


@dataclass
class References:
    """The document; ``take`` needs it locked until the transaction ends."""

    row: int
    document: dict[str, Any]

    def take(self, batch: Batch, *series: Series, careful: bool = False) -> list[str]:
        """The next number of each series; the document is saved with the batch.

        Sending that raises NumberTaken where somebody has one of them already: seldom,
        so it is not asked before. ``careful`` does ask, and steps over such numbers;
        it raises Unprocessable where counting up leads nowhere.
        """
        if not series:
            return []
        numbers = [
            self._unused(batch.conn, one) if careful else str(self._value(one))
            for one in series
        ]
        self.document = self._counted_on(series, numbers)
        text = json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))
        values: dict[str, Any] = {"row": self.row, "document": text}
        for at, number in enumerate(numbers):
            values[f"number{at}"] = number
        batch.count(_saving(series), values, _require_saved, wanted=1)
        return numbers

    def foresee(self, batch: Batch, series: Series) -> Foreseen | None:
        """The next number of a series, drawn by the server once it gets the batch.

        What was read here may be old by then: only its letters and how many digits it
        has must still be true. Sending raises NumberTaken where they are not, or where
        somebody has the number already. None where it does not count up that simply.
        """
        entry = self.document.get(series.key)
        value = entry.get("value") if isinstance(entry, dict) else None
        usual = _USUAL.fullmatch(value) if isinstance(value, str) else None
        if usual is None or not batch.together:
            return None
        letters, digits = usual.groups()
        values = {
            "row": self.row,
            "place": f"$.{series.key}.value",
            # letter case counts, and what follows nines only has to fit
            "shape": rf"(?-i)^{letters}(?!9+\z)[0-9]{{{len(digits)}}}\z",
            "letters": letters,
            "digits": len(digits),
            "first": len(letters) + 1,
        }
        batch.count(_drawing(series), values, _require_saved, wanted=1)
        spelling = batch.spell(batch.drawn(), len(digits))
        return Foreseen(letters + spelling.mark, spelling)

    def _counted_on(
        self, series: Sequence[Series], numbers: Sequence[str]
    ) -> dict[str, Any]:
        document = dict(self.document)
        for one, number in zip(series, numbers, strict=True):
            entry, following = document.get(one.key), increment(number)
            if isinstance(entry, dict) or entry is None:
                entry = entry or {"label": one.key}
                document[one.key] = {**entry, "value": following}
            else:  # how Bizuno kept them before 7.0
                document[one.key] = following
        return document

    def _unused(self, conn: Connection, series: Series) -> str:
        following = _count_from(str(self._value(series)))
        for step in _STEPS:
            numbers = list(islice(following, step))
            among = series.number.in_(bindparam("numbers", expanding=True))
            query = series.used(among)
            taken = conn.execute(query, {"numbers": numbers}).scalars()
            known = {number.casefold() for number in taken}
            for number in numbers:
                if number.casefold() not in known:
                    return number
            if len(numbers) < step:
                break
        raise Unprocessable(
            f"Bizuno's next number {series.key} cannot be counted on from "
            f"{self._value(series)}; set it to an unused one in Bizuno.",
            code="no_number",
        )

    def _value(self, series: Series) -> Any:
        entry = self.document.get(series.key)
        value = entry.get("value") if isinstance(entry, dict) else entry
        return value or series.first


@functools.cache
def _saving(series: tuple[Series, ...]) -> Update:
    used = [
        one.used(one.number == bindparam(f"number{at}")).exists()
        for at, one in enumerate(series)
    ]
    return (
        update(common_meta)
        .where(_m.id == bindparam("row"), *(~one for one in used))
        .values(meta_value=bindparam("document"))
    )


@functools.cache
def _drawing(series: Series) -> Update:
    """Count a number on by itself, leaving its digits as the last ID."""
    place: BindParameter[str] = bindparam("place")
    number = func.json_value(_m.meta_value, place)
    digits = cast(func.substr(number, bindparam("first")), BIGINT(unsigned=True))
    following = func.lpad(func.last_insert_id(digits) + 1, bindparam("digits"), "0")
    counted_on = func.json_replace(
        _m.meta_value, place, func.concat(bindparam("letters"), following)
    )
    return (
        update(common_meta)
        .where(
            _m.id == bindparam("row"),
            func.json_valid(_m.meta_value) == 1,
            number.regexp_match(bindparam("shape")),
            ~series.used(series.number == number).exists(),
        )
        .values(meta_value=func.json_compact(counted_on))
    )


def _require_saved(rows: int) -> None:
    if not rows:
        raise NumberTaken


def ask_references(batch: Batch) -> Answer[References]:
    """The reference numbers as they are now, not locked."""
    return batch.ask(_READ, {}, _references)


def lock_references(batch: Batch) -> Answer[References]:
    """The reference numbers; every other order waits until this one is booked."""
    return batch.ask(_LOCK, {}, _references)


def _references(rows: Rows) -> References:
    row = rows[0] if rows else None
    document = decode(row.meta_value) if row else None
    if row is None or not isinstance(document, dict):
        raise Unprocessable(
            f"Bizuno's reference numbers ({META_KEY}) are missing; open its settings "
            "once and save them.",
            code="no_references",
        )
    return References(row.id, document)


def _count_from(number: str) -> Iterator[str]:
    """A number and those after it; ends where counting up comes round again."""
    seen: set[str] = set()
    while number not in seen and 0 < len(number) <= _LONGEST:
        yield number
        seen.add(number)
        number = str(increment(number))


def increment(text: str) -> str | int:
    """What PHP's ``++`` makes of a text.

    Digits and letters carry like an odometer (``INV99999`` is followed by
    ``INW00000``); a character that is neither stops the carry. A text that is a number
    becomes one, which loses its leading zeros.
    """
    if not text:
        return "1"
    if _INTEGER.fullmatch(text):
        return int(text) + 1
    if _FLOAT.fullmatch(text):
        raised = float(text) + 1
        return str(int(raised)) if raised.is_integer() else repr(raised)
    characters = list(text)
    for at in reversed(range(len(characters))):
        raised_to, carries = _raise(characters[at])
        characters[at] = raised_to
        if not carries:
            return "".join(characters)
    first = {"0": "1", "A": "A", "a": "a"}[characters[0]]
    return first + "".join(characters)


def _raise(character: str) -> tuple[str, bool]:
    for last, first in (("9", "0"), ("Z", "A"), ("z", "a")):
        if character == last:
            return first, True
    if character.isascii() and character.isalnum():
        return chr(ord(character) + 1), False
    return character, False
