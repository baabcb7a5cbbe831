"""How PHP reads, rounds and prints the values that Bizuno computes with.

The prices and quantities a store gets must be those of Bizuno to the last digit, so
they are computed as Bizuno computes them: in binary floating point, with PHP's
rounding, from whatever text or number a price sheet holds. Nothing else of the
project should use this; money elsewhere is Decimal.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

_NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")


def is_empty(value: Any) -> bool:
    """PHP's ``empty()``: null, "", "0", 0, false, and empty arrays."""
    return not value or value == "0"


def number(value: Any) -> float:
    """A number from text or number; text counts as far as it is one, else as 0."""
    if isinstance(value, str):
        return _number(value)
    return float(value) if isinstance(value, (int, float, Decimal)) else 0.0


# a price sheet repeats a few texts for thousands of items
@lru_cache(maxsize=16_384)
def _number(value: str) -> float:
    found = _NUMERIC.match(value)
    return float(found.group()) if found else 0.0


def is_numeric(value: Any) -> bool:
    """True for numbers and for text that is one as a whole."""
    if isinstance(value, str):
        return _NUMERIC.fullmatch(value) is not None
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def equals(value: Any, number_: int) -> bool:
    """PHP 8's ``==`` of anything and an integer: null is 0, other text is not."""
    if value is None or isinstance(value, bool):
        return bool(value) == bool(number_)
    return is_numeric(value) and number(value) == number_


def code(value: Any) -> int:
    """A numeric code as ``switch`` matches it: null is 0, other text matches none."""
    if isinstance(value, str):
        return _code(value)
    return int(number(value)) if is_numeric(value) else 0 if value is None else -1


@lru_cache(maxsize=1_024)
def _code(value: str) -> int:
    return int(number(value)) if is_numeric(value) else -1


@lru_cache(maxsize=65_536)
def round_half_up(value: float, places: int) -> float:
    """``round()``: half away from zero, after binary noise is cut at 15 digits."""
    decimal = Decimal(f"{value:.15g}")
    return float(decimal.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def text(value: Any) -> str:
    """A value as it stands in a form: 14 digits, no exponent, dates as MySQL's."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        shown = f"{value:.14g}"
        return f"{Decimal(shown):f}" if "e" in shown else _no_minus_zero(shown)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def _no_minus_zero(shown: str) -> str:
    return "0" if shown == "-0" else shown
