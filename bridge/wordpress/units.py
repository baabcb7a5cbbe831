"""Weights and lengths between the units that WooCommerce and Bizuno know."""

from __future__ import annotations

from decimal import Decimal

_INCH = Decimal("0.0254")
_POUND = Decimal("0.45359237")
# in kilograms and metres, exact by definition
_KILOGRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lb": _POUND,
    "oz": _POUND / 16,
}
_METRES = {
    "m": Decimal(1),
    "cm": Decimal("0.01"),
    "mm": Decimal("0.001"),
    "in": _INCH,
    "ft": _INCH * 12,
    "yd": _INCH * 36,
}
_SPELLINGS = {
    "lbs": "lb", "pound": "lb", "pounds": "lb", "ounce": "oz", "ounces": "oz",
    "gram": "g", "grams": "g", "kgs": "kg", "kilogram": "kg", "kilograms": "kg",
    "inch": "in", "inches": "in", "foot": "ft", "feet": "ft", "yard": "yd",
    "yards": "yd", "meter": "m", "meters": "m", "metre": "m", "metres": "m",
}  # fmt: skip
_PLACES = Decimal("0.000001")


class UnknownUnit(ValueError):
    """A unit nobody here can convert; ``unit`` is its name as it was given."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        super().__init__(unit)


def convert_weight(value: Decimal, unit: str, wanted: str) -> Decimal:
    """``value`` from one of kg, g, lb (lbs), oz to another; raises UnknownUnit.

    The same unit gives the same number; anything else is rounded to six places.
    """
    return _convert(value, unit, wanted, _KILOGRAMS)


def convert_length(value: Decimal, unit: str, wanted: str) -> Decimal:
    """``value`` from one of m, cm, mm, in, ft, yd to another; raises UnknownUnit."""
    return _convert(value, unit, wanted, _METRES)


def _convert(
    value: Decimal, unit: str, wanted: str, table: dict[str, Decimal]
) -> Decimal:
    source, target = _spelled(unit), _spelled(wanted)
    if source not in table:
        raise UnknownUnit(unit)
    if source == target:
        return value
    if target not in table:
        raise UnknownUnit(wanted)
    return (value * table[source] / table[target]).quantize(_PLACES)


def _spelled(unit: str) -> str:
    name = unit.strip().lower().rstrip(".")
    return _SPELLINGS.get(name, name)
