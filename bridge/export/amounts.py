"""Amounts as the shop stores them, and amounts that add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..common.money import CENT, ZERO, NotANumber, parse_decimal, to_cents

# half a cent each for the total, the tax on goods and the tax on shipping
_ROUNDING = Decimal("0.015")


def stored_amount(text: str) -> Decimal:
    """A stored number; what is none counts as 0, as in WooCommerce."""
    try:
        return parse_decimal(text) or ZERO
    except NotANumber:
        return ZERO


def add_up(parts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """``parts``, in cents where that is needed for their rounded sum to be ``total``.

    A shop whose prices include tax stores what a line costs without it to six
    decimals. Each rounded by itself, as Bizuno books them, they often miss the total
    by a cent or two. Then every part is given in cents, and the cents that are missing
    go to the parts that rounding had changed most. What differs by more than rounding
    can explain is left as it is: it is no matter of cents.
    """
    rounded = [to_cents(part) for part in parts]
    missing = total - sum(rounded, ZERO)
    if not missing or abs(total - sum(parts, ZERO)) >= _ROUNDING:
        return list(parts)
    sign = Decimal(1).copy_sign(missing)
    lost = [(part - whole) * sign for part, whole in zip(parts, rounded, strict=True)]
    wanted = int(abs(missing) / CENT)
    most = sorted(range(len(parts)), key=lambda at: (-lost[at], at))[:wanted]
    if missing != sign * wanted * CENT or any(lost[at] <= 0 for at in most):
        return list(parts)
    for at in most:
        rounded[at] += sign * CENT
    return rounded
