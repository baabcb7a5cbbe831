"""Texts with a number in them that only the server knows by now."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable

from .prepared import Unknown, Values


class Spelling:
    """The digits of a number within texts; ``mark`` stands there until it is known.

    ``number`` tells it, the server has it in ``variable``. It has no more than so many
    ``digits``; zeros stand in front.
    """

    def __init__(self, number: Callable[[], int], variable: str, digits: int) -> None:
        self._number, self._digits = number, digits
        self.mark = _mark(digits)
        shown = f"LPAD({variable}, {digits:d}, '0')"
        self._expression = f"REPLACE(%s, '{self.mark}', {shown})"

    def read(self, text: str) -> str:
        """A text with the digits in it; sends the batch if need be."""
        return text.replace(self.mark, f"{self._number():0{self._digits}}")

    def find_in(self, row: Values) -> Values:
        """The same values; for texts with the mark in them, what the server makes."""
        texts = (
            name
            for name, value in row.items()
            if isinstance(value, str) and self.mark in value
        )
        spelled = {name: _Spelled(row[name], self._expression) for name in texts}
        return {**row, **spelled} if spelled else row


class _Spelled(Unknown):
    """A text in which the server puts the digits."""

    def __init__(self, text: str, expression: str) -> None:
        self.variable, self.values = expression, (text,)


@functools.cache
def _mark(digits: int) -> str:
    """What nobody could have written, and as long as what it becomes.

    Letters for private use, another choice in each process.
    """
    return "".join(chr(0xE000 + secrets.randbelow(6400)) for _ in range(digits))
