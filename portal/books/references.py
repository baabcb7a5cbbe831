"""Bizuno's reference numbers: one JSON document that holds the next of each kind.

Bizuno reads, raises and writes the document without a lock of its own, so the row is
locked here first; a number that is used already is stepped over (DECISIONS 42).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from bridge.common.errors import Unprocessable

from .settings import decode
from .tables import common_meta, contacts, journal_main

META_KEY = "bizuno_refs"
_LONGEST = 24
_STEPS = (1, 20, 400, 8000)
"""How many numbers are looked up at once while one after the other is used."""
_INTEGER = re.compile(r"\s*[+-]?\d{1,18}\s*")
_FLOAT = re.compile(r"\s*[+-]?(\d+\.\d*|\.?\d+)([eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class Series:
    """A kind of number: its key, its first number, and what finds used ones."""

    key: str
    first: str
    used: Select[Any]


def _journal(journal: int, first: str) -> Series:
    table = journal_main
    used = select(table.c.invoice_num).where(
        table.c.invoice_num.in_(bindparam("numbers", expanding=True)),
        table.c.journal_id == journal,
    )
    return Series(f"next_ref_j{journal}", first, used)


JOURNALS = {10: _journal(10, "SO00001"), 12: _journal(12, "INV00001")}
CUSTOMERS = Series(
    "next_cust_id_num",
    "C000001",
    select(contacts.c.short_name).where(
        contacts.c.short_name.in_(bindparam("numbers", expanding=True)),
        contacts.c.ctype_c == "1",
    ),
)
_LOCK = (
    select(common_meta.c.id, common_meta.c.meta_value)
    .where(common_meta.c.meta_key == META_KEY)
    .order_by(common_meta.c.id)
    .limit(1)
    .with_for_update()
)
_SAVE = (
    update(common_meta)
    .where(common_meta.c.id == bindparam("row"))
    .values(meta_value=bindparam("document"))
)


@dataclass
class References:
    """The document, locked until the transaction ends."""

    row: int
    document: dict[str, Any]
    drawn: bool = False

    def draw(self, conn: Connection, series: Series) -> str:
        """The next number of a series that nobody has; ``save`` afterwards.

        Raises Unprocessable where counting up leads nowhere.
        """
        following = _count_from(str(self._value(series.key) or series.first))
        for step in _STEPS:
            numbers = list(islice(following, step))
            taken = conn.execute(series.used, {"numbers": numbers}).scalars()
            known = {number.casefold() for number in taken}
            for number in numbers:
                if number.casefold() not in known:
                    self._set(series.key, increment(number))
                    return number
            if len(numbers) < step:
                break
        raise Unprocessable(
            f"Bizuno's next number {series.key} cannot be counted on from "
            f"{self._value(series.key)}; set it to an unused one in Bizuno.",
            code="no_number",
        )

    def save(self, conn: Connection) -> None:
        """Write the document back where something was drawn."""
        if not self.drawn:
            return
        text = json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))
        conn.execute(_SAVE, {"row": self.row, "document": text})

    def _value(self, key: str) -> Any:
        entry = self.document.get(key)
        return entry.get("value") if isinstance(entry, dict) else entry

    def _set(self, key: str, value: str | int) -> None:
        self.drawn = True
        entry = self.document.get(key)
        if isinstance(entry, dict):
            self.document[key] = {**entry, "value": value}
        elif entry is None:
            self.document[key] = {"label": key, "value": value}
        else:  # how Bizuno kept them before 7.0
            self.document[key] = value


def lock_references(conn: Connection) -> References:
    """The reference numbers; every other order waits until this one is booked."""
    row = conn.execute(_LOCK).one_or_none()
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
