"""Numbers people typed are read without guessing; money is rounded half up."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common.money import NotANumber, parse_decimal, plain, to_cents

AMOUNTS = st.decimals(min_value=-(10**14), max_value=10**14, places=4, allow_nan=False)


@pytest.mark.parametrize(
    "given_text,number",
    [
        ("1", "1"),
        ("1234.56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1,234,567", "1234567"),
        ("-1,234.5", "-1234.5"),
        ("+3", "3"),
        (" 21.00\n", "21.00"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        (21, "21"),
        (0.1, "0.1"),
        (1e14, "1e14"),
        (Decimal("3.10"), "3.10"),
    ],
)
def test_numbers_are_read(given_text: object, number: str) -> None:
    assert parse_decimal(given_text) == Decimal(number)


@pytest.mark.parametrize("nothing", [None, "", "  ", "\n"])
def test_an_empty_number_is_no_number_and_not_zero(nothing: object) -> None:
    assert parse_decimal(nothing) is None


@pytest.mark.parametrize("text", ["1,50", "1,5", "12,34", "1,2345", "1,234,56", ",5"])
def test_a_decimal_comma_is_refused_as_such(text: str) -> None:
    with pytest.raises(NotANumber, match="a comma separates thousands only") as caught:
        parse_decimal(text)
    assert caught.value.comma


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "1.2.3",
        "1 000",
        "$5",
        "5 USD",
        "--1",
        "1-",
        "0x10",
        "1_000",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "1e15",
        1e16,
        "1e",
        "e5",
        ".",
        "-",
        "١٢",
        "1" * 16,
        "9" * 5000,
        True,
        False,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        [],
        {},
        ["1"],
        b"1",
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(NotANumber):
        parse_decimal(value)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_decimal(text)
    except NotANumber:
        return
    assert found is None or found.is_finite()


@given(AMOUNTS)
def test_the_plain_text_of_an_amount_reads_back_the_same(amount: Decimal) -> None:
    assert parse_decimal(plain(amount)) == amount


@given(AMOUNTS)
def test_thousands_may_be_separated(amount: Decimal) -> None:
    assert parse_decimal(f"{amount:,f}") == amount


@given(AMOUNTS)
def test_rounding_moves_by_half_a_cent_at_most(amount: Decimal) -> None:
    rounded = to_cents(amount)
    assert abs(rounded - amount) <= Decimal("0.005")
    assert rounded.as_tuple().exponent == -2


@pytest.mark.parametrize(
    "amount,cents",
    [
        ("10.005", "10.01"),
        ("10.004", "10.00"),
        ("-10.005", "-10.01"),
        ("2.675", "2.68"),
    ],
)
def test_half_a_cent_goes_up(amount: str, cents: str) -> None:
    assert str(to_cents(Decimal(amount))) == cents


@pytest.mark.parametrize(
    "amount,text",
    [
        ("21.00", "21"),
        ("0.50", "0.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("0", "0"),
        ("0.00", "0"),
        ("-0.00", "0"),
        ("-0", "0"),
        ("-1.10", "-1.1"),
    ],
)
def test_plain_text_is_the_shortest(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


def test_a_long_text_is_refused_quickly() -> None:
    started = time.process_time()
    with pytest.raises(NotANumber):
        parse_decimal("1,234" * 500_000 + "x")
    assert time.process_time() - started < 2
