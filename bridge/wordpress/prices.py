"""WooCommerce's price rule: regular price, sale price and sale dates to one price."""

from __future__ import annotations

import functools
from datetime import datetime
from decimal import Decimal, InvalidOperation


@functools.lru_cache(maxsize=16384)
def stored_number(text: str | None) -> Decimal | None:
    """A number as a meta holds it; None for an empty one or what is no number."""
    if text is None or not text.strip():
        return None
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def same_number(one: str | None, other: str | None) -> bool:
    """True when two stored values are the same number; ``8.00`` is ``8``.

    Empty and missing are the same, and differ from every number.
    """
    if (one or "") == (other or ""):
        return True
    a, b = stored_number(one), stored_number(other)
    return a is not None and a == b


def number_text(amount: Decimal) -> str:
    """A price as ``wc_format_decimal`` leaves it: a dot, the digits as they were sent.

    ``8.00`` stays ``8.00``; no exponent, no plus sign, no zero below zero.
    """
    text = f"{abs(amount) if not amount else amount:f}"
    return text if not text.startswith(".") else f"0{text}"


def sale_is_valid(regular: str | None, sale: str | None) -> bool:
    """A sale price counts only below the regular price."""
    was, now = stored_number(regular), stored_number(sale)
    return was is not None and now is not None and now < was


def active_price(
    regular: str | None,
    sale: str | None,
    *,
    start: str | None = None,
    end: str | None = None,
    now: datetime,
) -> str:
    """The text of ``_price``: the sale price while it counts, else the regular one.

    ``start`` and ``end`` are Unix times as text, as the shop stores sale dates; empty
    is no bound.
    """
    if sale and sale_is_valid(regular, sale):
        clock = Decimal(now.timestamp())
        begins, ends = stored_number(start), stored_number(end)
        if (begins is None or begins <= clock) and (ends is None or ends >= clock):
            return sale
    return regular or ""
