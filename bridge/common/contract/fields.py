"""Fields of a PHP-shaped body, read by kind, with every problem kept.

PHP knows one kind of array, so a list may arrive with keys and an array as a list; a
form carries text only, JSON also numbers. Letter case of a field's name does not count
(DECISIONS 4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..errors import FieldProblem

_SURROGATES = re.compile("[\ud800-\udfff]")


class Fields:
    """Members of an array by name, letter case aside; an exact spelling goes first."""

    def __init__(self, members: Mapping[Any, Any]) -> None:
        self.exact = members
        self.folded: dict[str, Any] = {}
        for key, value in members.items():
            self.folded.setdefault(str(key).lower(), value)

    def get(self, name: str) -> Any:
        found = self.exact.get(name)
        return self.folded.get(name.lower()) if found is None else found


class FieldReader:
    """Reads fields by kind and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def fail(self, path: str, text: str, code: str = "invalid") -> None:
        self.problems.append(FieldProblem(f"data.{path}", text, code))

    def scalar(self, value: Any, path: str) -> str | None:
        if isinstance(value, (Mapping, list)):
            if value:  # an empty array does not travel in a form at all
                text = f"{path} must be one value, not a list; send it as text."
                self.fail(path, text)
            return None
        return as_text(value)

    def text(self, sent: Fields, name: str, base: str = "") -> str | None:
        return self.scalar(sent.get(name), base + name)

    def first_text(
        self, sent: Fields, names: Iterable[str], base: str = ""
    ) -> str | None:
        for name in names:
            found = self.text(sent, name, base)
            if found is not None:
                return found
        return None

    def joined(self, sent: Fields, name: str, separator: str) -> str | None:
        value = sent.get(name)
        if not isinstance(value, (list, Mapping)):
            return self.scalar(value, name)
        texts = (self.scalar(one, path) for one, path in members(value, name))
        return separator.join(text for text in texts if text)

    def rows(self, value: Any, path: str) -> Iterator[tuple[Fields, str]]:
        """The members of a list of arrays; an empty text is an empty list."""
        if value in (None, ""):
            return
        if not isinstance(value, (list, Mapping)):
            self.fail(path, f"{path} must be a list; leave it out if there is none.")
            return
        for one, inner in members(value, path):
            if isinstance(one, Mapping):
                yield Fields(one), inner
            elif one not in (None, "", []):
                self.fail(inner, f"{inner} must hold fields of its own.")


def members(value: Mapping[Any, Any] | list[Any], path: str) -> list[tuple[Any, str]]:
    """Members with their paths; PHP tells lists from arrays only by their keys."""
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    return [(member, f"{path}[{key}]") for key, member in pairs]


def as_text(value: Any) -> str | None:
    """A scalar as the form would have carried it; what no database holds is gone."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return _SURROGATES.sub("\ufffd", str(value).replace("\0", ""))
