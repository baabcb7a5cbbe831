"""Decimal rules: reading numbers people typed, rounding to cents, adding up.

``parse_decimal`` follows DECISIONS 11: a comma counts only as a separator of
thousands, so ``1,234.56`` is a number and ``1,50`` is refused rather than guessed.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)
_DIGITS = 15  # before the dot; what a double holds exactly
_PLAIN = re.compile(r"[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


class NotANumber(ValueError):
    """The text is no number; ``comma`` tells a decimal comma from plain nonsense."""

    def __init__(self, text: str) -> None:
        self.comma = "," in text
        super().__init__(
            "a comma separates thousands only; use a dot for decimals"
            if self.comma
            else "not a number"
        )


def parse_decimal(value: object) -> Decimal | None:
    """Read a number as text, int or float; ``None`` for an empty one.

    Raises NotANumber for anything else, booleans, infinities and more than 15
    digits before the dot included.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise NotANumber("")
    text = value.strip() if isinstance(value, str) else str(value)
    if not text:
        return None
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _PLAIN.fullmatch(text):
        raise NotANumber(text)
    found = Decimal(text)
    if found.adjusted() >= _DIGITS:
        raise NotANumber(text)
    return found


def to_cents(amount: Decimal) -> Decimal:
    """Round half up to two places, as Bizuno and WooCommerce round."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(amount: Decimal) -> str:
    """The shortest plain text: ``21`` for 21.00, ``0.5`` for 0.50; no exponent."""
    text = f"{amount:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
