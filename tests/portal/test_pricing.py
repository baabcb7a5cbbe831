"""Price sheets give the prices that Bizuno itself would quote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.push.pricing import (
    Priced,
    Quote,
    Sheet,
    level_price,
    parse_sheet,
    quote,
    tiers,
)

ITEM = Priced(7, full=19.95, cost=8.0)


def row(
    qty: Any = "1", source: Any = "1", price: Any = "", **more: Any
) -> dict[str, Any]:
    plain = {"adjType": "0", "adjValue": "0", "rndType": "0", "rndValue": "0"}
    return {"qty": qty, "source": source, "price": price, **plain, **more}


def sheet(*rows: dict[str, Any], row_id: int = 1, **more: Any) -> Sheet:
    document = {
        "cType": "c",
        "cID": 0,
        "iID": 0,
        "default": "1",
        "postCalc": "0",
        "title": "Sheet",
        "levels": {"total": len(rows), "rows": list(rows)},
        **more,
    }
    return parse_sheet(row_id, json.dumps(document))


def price(*rows: dict[str, Any]) -> float:
    """The price of the last of these levels."""
    found = quote(ITEM, [sheet(*rows)])
    return found.sheets[0].steps[-1].price


@pytest.mark.parametrize(
    ("source", "expected"),
    [("0", 0), ("1", 12.5), ("2", 8), ("3", 19.95), ("4", 17), ("5", 12.5), (None, 0)],
)
def test_a_level_starts_from_its_source(source: Any, expected: float) -> None:
    assert price(row(price="17"), row("5", source, "12.5")) == expected


def test_a_typed_price_left_empty_is_the_retail_price() -> None:
    assert price(row(source="1", price="")) == 19.95


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("0", "3", 20),
        ("1", "3", 17),
        ("2", "10", 18),
        ("3", "3", 23),
        ("4", "10", 22),
        ("9", "10", 20),
        ("1", "", 20),
    ],
)
def test_a_level_is_adjusted(kind: str, amount: str, expected: float) -> None:
    assert price(row(price="20", adjType=kind, adjValue=amount)) == expected


@pytest.mark.parametrize(
    ("kind", "to", "expected"),
    [
        ("0", "0.5", 10.3),
        ("1", "0", 11),
        ("2", "0.99", 10.99),
        ("2", "95", 10.95),
        ("2", "-1", 10),
        ("2", "", 10),
        ("3", "0.25", 10.5),
        ("3", "5", 15),
        ("3", "0", 11),
    ],
)
def test_a_level_is_rounded(kind: str, to: str, expected: float) -> None:
    assert price(row(price="10.3", rndType=kind, rndValue=to)) == expected


def test_half_a_cent_is_rounded_up_whatever_binary_makes_of_it() -> None:
    assert price(row(price="3.755")) == 3.76
    assert price(row(price="1.005")) == 1.01
    assert price(row(price="100", adjType="2", adjValue="10.005")) == 90


def test_the_currency_says_how_many_places_a_price_has() -> None:
    level = sheet(row(price="3.7556")).levels[0]
    assert level_price(level, 0, 0, 0, places=3) == 3.756
    assert level_price(level, 0, 0, 0, places=0) == 4


def test_the_items_own_sheet_lowers_the_quote_to_its_best_price_for_one() -> None:
    own = sheet(row("1", price="15"), row("10", price="12"), iID=7)
    assert quote(ITEM, [own]).price == 15


def test_no_sheet_raises_the_quote() -> None:
    assert quote(ITEM, [sheet(row("1", price="25"), iID="7")]).price == 19.95


def test_a_store_wide_sheet_leaves_the_quote_and_gives_tiers() -> None:
    common = sheet(row("1", "3", adjType="2", adjValue="10"), row("5", "4"))
    found = quote(ITEM, [common])
    assert found.price == 19.95
    assert tiers(found) == [("1", 17.96), ("5", 17.96)]


def test_a_store_wide_sheet_that_the_item_names_lowers_the_quote() -> None:
    common = sheet(row("1", price="14"), row_id=31)
    assert quote(ITEM._replace(sheet=31), [common]).price == 14
    assert quote(ITEM._replace(sheet=32), [common]).price == 19.95


def test_a_sheet_of_another_item_does_not_count_at_all() -> None:
    assert quote(ITEM, [sheet(row(price="1"), iID=8)]) == Quote(19.95)


def test_a_sheet_of_one_customer_leaves_the_quote() -> None:
    assert quote(ITEM, [sheet(row(price="1"), iID=7, cID="12")]).price == 19.95


def test_a_sheet_that_works_afterwards_does_not_count_at_all() -> None:
    assert quote(ITEM, [sheet(row(price="1"), iID=7, postCalc="1")]) == Quote(19.95)


def test_blocked_discounts_leave_the_retail_price_and_no_tiers() -> None:
    own = sheet(row("1", price="15"), row("10", price="12"), iID=7)
    assert quote(ITEM._replace(locked=True), [own]) == Quote(19.95)


def test_a_level_of_more_than_one_piece_leaves_the_quote() -> None:
    assert quote(ITEM, [sheet(row("2", price="5"), iID=7)]).price == 19.95


def test_tiers_come_from_default_sheets_one_after_the_other() -> None:
    first = sheet(row("1", price="9"), row("5", price="8"))
    second = sheet(row("1", price="7"), row("5", price="6"))
    other = sheet(row("1", price="5"), row("5", price="4"), default="0")
    found = quote(ITEM, [first, other, second])
    assert tiers(found) == [("1", 9), ("5", 8), ("1", 7), ("5", 6)]


def test_a_single_sheet_counts_as_default() -> None:
    only = sheet(row("1", price="9"), row("5", price="8"), default="0")
    assert tiers(quote(ITEM, [only])) == [("1", 9), ("5", 8)]


def test_a_sheet_of_one_level_gives_no_tiers() -> None:
    assert tiers(quote(ITEM, [sheet(row(price="9"), iID=7)])) == []


def test_a_level_without_quantity_or_price_gives_no_tier() -> None:
    found = quote(ITEM, [sheet(row("1", price="9"), row("", price="8"), row("9", "0"))])
    assert tiers(found) == [("1", 9)]


@pytest.mark.parametrize("document", [None, "", "{", "[]", '"x"', '{"levels":7}'])
def test_a_broken_sheet_has_no_levels(document: str | None) -> None:
    assert parse_sheet(1, document).levels == ()
