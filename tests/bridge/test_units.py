"""Every unit converts into every other of its kind."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from bridge.wordpress.units import UnknownUnit, convert_length, convert_weight


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "result"),
    [
        ("10", "KG", "lbs", "22.046226"),
        ("1", "lb", "kg", "0.453592"),
        ("1", "kg", "g", "1000"),
        ("1500", "g", "kg", "1.5"),
        ("1", "lb", "oz", "16"),
        ("8", "oz", "lbs", "0.5"),
        ("1", "oz", "g", "28.349523"),
    ],
)
def test_weights(value: str, unit: str, wanted: str, result: str) -> None:
    assert convert_weight(D(value), unit, wanted) == D(result)


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "result"),
    [
        ("2", "FT", "in", "24"),
        ("25.4", "cm", "in", "10"),
        ("1", "m", "cm", "100"),
        ("100", "cm", "m", "1"),
        ("5", "mm", "m", "0.005"),
        ("36", "in", "yd", "1"),
        ("1", "yd", "ft", "3"),
        ("1", "in", "mm", "25.4"),
    ],
)
def test_lengths(value: str, unit: str, wanted: str, result: str) -> None:
    assert convert_length(D(value), unit, wanted) == D(result)


def test_same_unit_keeps_every_digit() -> None:
    assert convert_weight(D("0.123456789"), "lb", "lbs") == D("0.123456789")


@pytest.mark.parametrize(("unit", "wanted"), [("st", "kg"), ("kg", "cm"), ("", "lbs")])
def test_unknown_unit_is_named(unit: str, wanted: str) -> None:
    with pytest.raises(UnknownUnit):
        convert_weight(D(1), unit, wanted)
