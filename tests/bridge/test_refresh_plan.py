"""What a refresh row means, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.catalog.plan import Decision, plan_refresh
from bridge.catalog.rows import Rules
from bridge.common import phpdata
from bridge.common.config import BridgeConfig
from bridge.common.contract.product import read_refresh, read_sync
from bridge.common.envelope import Status
from bridge.common.errors import Unprocessable
from bridge.wordpress.prices import stored_number
from bridge.wordpress.products import Product
from bridge.wordpress.stock import StockRules, stock_rules

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STORED = {
    "_regular_price": "8.00",
    "_price": "8.00",
    "_manage_stock": "yes",
    "_backorders": "no",
    "_stock": "2",
    "_stock_status": "instock",
    "_weight": "1",
}
ON_SALE = STORED | {"_sale_price": "6.5", "_price": "6.5"}
TIERS = phpdata.dumps([{"qty": "5", "price": "7"}, {"qty": "25", "price": "6"}])


def decide(
    row: Mapping[str, Any],
    stored: Mapping[str, str | None] = STORED,
    *,
    kind: str = "simple",
    rules: Rules = Rules(),
) -> Decision:
    (sent,) = read_refresh({"data": [{"SKU": "A", **row}]})
    product = Product(7, kind, "publish", 3 if kind == "variation" else 0)
    (decision,) = plan_refresh([sent], {"A": [product]}, {7: stored}, rules, NOW)
    return decision


def after(decision: Decision, stored: Mapping[str, str | None]) -> dict[str, Any]:
    left = {key: value for key, value in stored.items() if key not in decision.drops}
    return left | decision.sets


def test_the_row_of_the_erp_is_read() -> None:
    row = {
        "SKU": " A ",
        "QtyStock": "1",
        "Weight": "2",
        "Type": "si",
        "FullPrice": "9",
        "Price": "8",
        "RegularPrice": "8",
        "SalePrice": "",
        "PriceTiers": [{"qty": "5", "price": "7"}],
    }
    (read,) = read_refresh({"data": [row]})
    assert (read.sku, read.quantity, read.weight, read.price) == ("A", "1", "2", "8")
    assert read.sale_price == ""
    assert read.tiers is not None and read.tiers[0].price == "7"


def test_letter_case_of_fields_does_not_count() -> None:
    (read,) = read_refresh({"DATA": [{"sku": "A", "qtystock": 3, "regularprice": 1.5}]})
    assert (read.sku, read.quantity, read.price) == ("A", "3", "1.5")


def test_a_list_may_come_with_keys() -> None:
    rows = read_refresh({"data": {"3": {"SKU": "A"}, "9": {"SKU": "B"}}})
    assert [(row.path, row.sku) for row in rows] == [("data[3]", "A"), ("data[9]", "B")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": None},
        {"data": ""},
        {"data": []},
        {"data": {}},
        {"data": "x"},
        {"data": 5},
        {"data": {"SKU": "A", "RegularPrice": "2"}},
    ],
)
def test_what_is_no_list_is_refused_whole(body: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable):
        read_refresh(body)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"RegularPrice": "1,50"}, "price_format"),
        ({"RegularPrice": "eight"}, "price_format"),
        ({"RegularPrice": "-1"}, "price_range"),
        ({"RegularPrice": "9" * 14}, "price_range"),
        ({"RegularPrice": "0"}, "zero_price"),
        ({"RegularPrice": "0.00"}, "zero_price"),
        ({"RegularPrice": " ", "Price": "0"}, "zero_price"),
        ({"SalePrice": "1,5"}, "price_format"),
        ({"RegularPrice": ["8"]}, "invalid"),
        ({"PriceTiers": [{"qty": "x", "price": "7"}]}, "price_format"),
        ({"PriceTiers": [{"qty": "5", "price": "0"}]}, "zero_price"),
        ({"PriceTiers": ["5"]}, "invalid"),
        ({"PriceTiers": "5"}, "invalid"),
        ({"SKU": ""}, "missing"),
        ({"SKU": "x" * 101}, "sku_length"),
    ],
)
def test_a_bad_row_is_refused_with_its_field(row: dict[str, Any], code: str) -> None:
    decision = decide(row)
    assert decision.result.status is Status.REFUSED
    assert decision.result.code == code
    assert decision.result.field.startswith("data[0]")
    assert not decision.sets and not decision.drops


def test_a_hostile_value_does_not_fill_the_message() -> None:
    decision = decide({"RegularPrice": "9" * 10_000, "SalePrice": "x" * 10_000})
    assert decision.result.status is Status.REFUSED
    assert len(decision.result.text) < 500


def test_zero_is_taken_where_the_shop_allows_it() -> None:
    decision = decide({"RegularPrice": "0"}, rules=Rules(allow_zero_price=True))
    assert decision.sets == {"_regular_price": "0", "_price": "0"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("8.10", "8.10"),
        ("1,234.56", "1234.56"),
        (".5", "0.5"),
        ("+9", "9"),
        ("1e3", "1000"),
        (8.2, "8.2"),
        (9, "9"),
    ],
)
def test_prices_are_stored_as_woocommerce_formats_them(sent: Any, stored: str) -> None:
    decision = decide({"RegularPrice": sent})
    assert decision.sets == {"_regular_price": stored, "_price": stored}


@pytest.mark.parametrize("sent", ["8", "8.0000", "", None, 8, 8.0])
def test_the_same_or_no_price_changes_nothing(sent: Any) -> None:
    decision = decide({"RegularPrice": sent})
    assert decision.result.status is Status.UNCHANGED
    assert not decision.changes


def test_price_stands_in_for_the_regular_price() -> None:
    assert decide({"Price": "9"}).sets["_regular_price"] == "9"
    assert decide({"Price": "9", "RegularPrice": ""}).sets["_regular_price"] == "9"
    assert decide({"Price": "9", "RegularPrice": "7"}).sets["_regular_price"] == "7"


def test_a_sale_below_the_regular_price_is_the_price() -> None:
    decision = decide({"RegularPrice": "8", "SalePrice": "6.50"})
    assert decision.sets == {"_sale_price": "6.50", "_price": "6.50"}


@pytest.mark.parametrize("sent", ["8", "9.00"])
def test_a_sale_that_is_none_is_dropped_with_a_word(sent: str) -> None:
    decision = decide({"RegularPrice": "8", "SalePrice": sent}, ON_SALE)
    assert decision.drops == ("_sale_price",)
    assert decision.sets == {"_price": "8.00"}
    assert "not below" in decision.result.text


@pytest.mark.parametrize("sent", ["", "0", "0.00", 0])
def test_an_empty_sale_price_ends_the_sale_and_its_dates(sent: Any) -> None:
    stored = ON_SALE | {"_sale_price_dates_from": "1"}
    decision = decide({"SalePrice": sent}, stored)
    assert set(decision.drops) == {"_sale_price", "_sale_price_dates_from"}
    assert decision.sets == {"_price": "8.00"}


@pytest.mark.parametrize("row", [{}, {"SalePrice": None}, {"RegularPrice": "8"}])
def test_a_sale_that_is_not_spoken_of_goes_on(row: dict[str, Any]) -> None:
    assert not decide(row, ON_SALE).changes


def test_a_regular_price_below_the_sale_ends_it() -> None:
    decision = decide({"RegularPrice": "6"}, ON_SALE)
    assert decision.sets == {"_regular_price": "6", "_price": "6"}
    assert decision.drops == ("_sale_price",)


def test_a_sale_outside_its_dates_is_not_the_price() -> None:
    soon = str(int((NOW + timedelta(days=1)).timestamp()))
    past = str(int((NOW - timedelta(days=1)).timestamp()))
    for dates in ({"_sale_price_dates_from": soon}, {"_sale_price_dates_to": past}):
        decision = decide({"RegularPrice": "9", "SalePrice": "6.5"}, ON_SALE | dates)
        assert decision.sets == {"_regular_price": "9", "_price": "9"}
        assert "dates" in decision.result.text
        assert not decision.drops


def test_quantity_and_status_are_set_together() -> None:
    decision = decide({"QtyStock": "0"})
    assert decision.sets == {"_stock": "0", "_stock_status": "outofstock"}


@pytest.mark.parametrize(
    ("sent", "stored"), [("2.75", None), ("-3", "0"), ("1,000", "1000"), (5.9, "5")]
)
def test_quantities_are_whole_and_not_negative(sent: Any, stored: str | None) -> None:
    assert decide({"QtyStock": sent}).sets.get("_stock") == stored


def test_fractions_are_kept_where_the_shop_has_them() -> None:
    rules = Rules(stock=StockRules(fractions=True))
    assert decide({"QtyStock": "2.750"}, rules=rules).sets["_stock"] == "2.75"


@pytest.mark.parametrize("sent", ["", " ", "many", "9" * 20])
def test_a_quantity_that_is_none_leaves_stock_alone(sent: str) -> None:
    decision = decide({"QtyStock": sent, "RegularPrice": "9"})
    assert set(decision.sets) == {"_regular_price", "_price"}
    assert [warning.field for warning in decision.warnings] == ["data[0].QtyStock"]


def test_an_absent_quantity_is_not_worth_a_word() -> None:
    decision = decide({"QtyStock": None})
    assert not decision.changes and not decision.warnings


def test_the_threshold_and_backorders_decide_the_status() -> None:
    rules = Rules(stock=StockRules(threshold=Decimal(2), backorders="notify"))
    decision = decide({"QtyStock": "2"}, rules=rules)
    assert decision.sets == {"_backorders": "notify", "_stock_status": "onbackorder"}
    assert decide({"QtyStock": "3"}, rules=rules).sets == {
        "_backorders": "notify",
        "_stock": "3",
    }


def test_without_stock_management_only_the_status_follows() -> None:
    rules = Rules(stock=StockRules(managed=False, backorders="yes"))
    decision = decide({"QtyStock": "0"}, rules=rules)
    assert decision.sets == {
        "_manage_stock": "no",
        "_stock": None,
        "_stock_status": "outofstock",
    }


@pytest.mark.parametrize(
    ("stored", "sent", "sets", "drops"),
    [
        ("1", "3.30", {"_weight": "3.3"}, ()),
        ("1", "1.0", {}, ()),
        ("1", "", {}, ("_weight",)),
        ("1", "0", {"_weight": "0"}, ()),
        (None, "0", {}, ()),
        (None, "", {}, ()),
        ("1", "heavy", {}, ()),
        ("1", "-2", {}, ()),
    ],
)
def test_weights(
    stored: str | None, sent: str, sets: dict[str, str], drops: tuple[str, ...]
) -> None:
    metas = {key: value for key, value in STORED.items() if key != "_weight"}
    if stored:
        metas["_weight"] = stored
    decision = decide({"Weight": sent}, metas)
    assert (decision.sets, decision.drops) == (sets, drops)


def test_a_weight_with_a_unit_is_converted() -> None:
    rules = Rules(weight_unit="lbs")
    decision = decide({"Weight": "1", "WeightUOM": "kg"}, rules=rules)
    assert decision.sets == {"_weight": "2.204623"}
    unknown = decide({"Weight": "5", "WeightUOM": "stone"}, rules=rules)
    assert not unknown.changes and unknown.warnings


def test_tiers_are_sorted_and_compared_as_numbers() -> None:
    tiers = [{"qty": "25", "price": "6.00"}, {"qty": "5", "price": "7"}]
    assert decide({"PriceTiers": tiers}).sets["_bizuno_price_tiers"] == phpdata.dumps(
        [{"qty": "5", "price": "7"}, {"qty": "25", "price": "6.00"}]
    )
    stored = STORED | {"_bizuno_price_tiers": TIERS}
    assert not decide({"PriceTiers": tiers}, stored).changes


def test_tiers_that_are_not_sent_with_a_price_are_removed() -> None:
    stored = STORED | {"_bizuno_price_tiers": TIERS}
    decision = decide({"RegularPrice": "8"}, stored)
    assert decision.drops == ("_bizuno_price_tiers",)
    before = [{"qty": "5", "price": "7"}, {"qty": "25", "price": "6"}]
    assert decision.changes == {"PriceTiers": [before, None]}
    assert decide({"PriceTiers": ""}, stored).drops
    assert not decide({"QtyStock": "2"}, stored).changes


def test_broken_tiers_are_replaced() -> None:
    stored = STORED | {"_bizuno_price_tiers": "a:1:{broken"}
    decision = decide({"PriceTiers": [{"qty": 5, "price": 7}]}, stored)
    value = phpdata.dumps([{"qty": "5", "price": "7"}])
    assert decision.sets == {"_bizuno_price_tiers": value}


def test_a_variable_product_takes_weight_and_tiers_only() -> None:
    row = {
        "QtyStock": "9",
        "Weight": "4",
        "RegularPrice": "99",
        "SalePrice": "",
        "PriceTiers": [{"qty": "5", "price": "7"}],
    }
    decision = decide(row, {"_price": "10", "_weight": "1"}, kind="variable")
    assert set(decision.sets) == {"_weight", "_bizuno_price_tiers"}
    assert decision.remarks


def test_grouped_and_external_products_keep_what_is_theirs() -> None:
    row = {"QtyStock": "9", "RegularPrice": "99"}
    assert not decide(row, kind="grouped").changes
    external = decide(row, {"_regular_price": "5", "_price": "5"}, kind="external")
    assert set(external.sets) == {"_regular_price", "_price"}
    assert external.remarks


def test_the_last_of_several_rows_for_a_product_counts() -> None:
    prices = ["9", "x", "7"]
    skus = ["A", "NO", "a"]
    body = {
        "data": [
            {"SKU": sku, "RegularPrice": price}
            for sku, price in zip(skus, prices, strict=True)
        ]
    }
    found = {sku: [Product(7, "simple", "publish")] for sku in ("A", "a")}
    first, second, third = plan_refresh(
        read_refresh(body), found, {7: STORED}, Rules(), NOW
    )
    assert first.result.status is Status.UNCHANGED
    assert first.result.code == "duplicate_sku"
    assert second.result.status is Status.REFUSED
    assert third.sets["_regular_price"] == "7"


def test_two_products_of_one_sku_are_named() -> None:
    (row,) = read_refresh({"data": [{"SKU": "A", "RegularPrice": "9"}]})
    found = {"A": [Product(7, "simple", "publish"), Product(8, "simple", "draft")]}
    (decision,) = plan_refresh([row], found, {}, Rules(), NOW)
    assert decision.result.code == "ambiguous_sku"
    assert "7 and 8" in decision.result.text


amounts = st.decimals(0, 10_000, places=2).map(str) | st.sampled_from(
    ["", "0", "1,50", "1,234.50", "x", "8.000", " 7 "]
)
tiers = st.lists(st.fixed_dictionaries({"qty": amounts, "price": amounts}), max_size=3)


@given(
    row=st.fixed_dictionaries(
        {},
        optional={
            "RegularPrice": amounts,
            "Price": amounts,
            "SalePrice": amounts,
            "QtyStock": amounts,
            "Weight": amounts,
            "PriceTiers": tiers,
        },
    ),
    stored=st.sampled_from([STORED, ON_SALE, {}, ON_SALE | {"_stock": None}]),
    managed=st.booleans(),
    kind=st.sampled_from(["simple", "variation", "variable", "external"]),
)
def test_the_same_row_again_changes_nothing(
    row: dict[str, Any], stored: dict[str, str | None], managed: bool, kind: str
) -> None:
    """Whatever was sent: carried out once, a second time there is nothing to do."""
    rules = Rules(stock=StockRules(managed=managed))
    first = decide(row, stored, kind=kind, rules=rules)
    then = after(first, stored)
    second = decide(row, then, kind=kind, rules=rules)
    assert not second.changes
    assert second.result.status in (Status.UNCHANGED, Status.REFUSED)
    if first.result.status is Status.UPDATED and "_price" in then:
        sale, regular = (
            stored_number(then.get(f"_{name}_price")) for name in ("sale", "regular")
        )
        wanted = sale if sale and regular and sale < regular else regular
        assert stored_number(then["_price"]) == wanted


@pytest.mark.parametrize(
    ("option", "managed", "backorders"),
    [
        ({"inv_stock_mgt": "on", "inv_backorders": "no"}, True, "no"),
        ({"inv_stock_mgt": "off", "inv_backorders": "yes"}, False, "yes"),
        ({"inv_backorders": "notify"}, False, "notify"),
        ({"inv_stock_mgt": "on", "inv_backorders": "maybe"}, True, "no"),
        ({}, False, "no"),
    ],
)
def test_stock_settings_come_from_the_plugin(
    option: dict[str, str], managed: bool, backorders: str
) -> None:
    options = {"bizuno_api_options": phpdata.dumps(option)}
    rules = stock_rules(BridgeConfig(), options)
    assert (rules.managed, rules.backorders) == (managed, backorders)


def test_the_configuration_overrides_the_plugin() -> None:
    options = {"bizuno_api_options": phpdata.dumps({"inv_stock_mgt": "on"})}
    config = BridgeConfig(stock_management="no", backorders="notify")
    rules = stock_rules(config, options)
    assert (rules.managed, rules.backorders) == (False, "notify")


def test_a_shop_without_stock_has_none_here() -> None:
    options = {
        "bizuno_api_options": phpdata.dumps({"inv_stock_mgt": "on"}),
        "woocommerce_manage_stock": "no",
    }
    assert not stock_rules(BridgeConfig(stock_management="yes"), options).managed


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        {},
        {"syncSkus": ""},
        {"syncSkus": "[]"},
        {"syncSkus": "{}"},
        {"syncSkus": '["A"'},
        {"syncSkus": '"A"'},
        {"syncSkus": '[["A"]]'},
        {"syncSkus": '[" ", null]'},
        {"syncSkus": []},
        {"syncSkus": "[" * 20_000},
        {"syncSkus": '["A"]', "syncDelete": ["1"]},
    ],
)
def test_a_sync_without_a_list_is_refused(data: Any) -> None:
    with pytest.raises(Unprocessable):
        read_sync({"data": data}, {})


def test_a_sync_list_is_read() -> None:
    data = {"syncSkus": '[" A", "B", "A", 5]', "syncDelete": "1"}
    asked = read_sync({"data": data}, {})
    assert asked.skus == ("A", "B", "5")
    assert asked.delete and not asked.force


@pytest.mark.parametrize("place", ["data", "body", "query"])
def test_force_may_stand_in_three_places(place: str) -> None:
    flag = {"syncForce": "1"}
    data = {"syncSkus": ["A"]} | (flag if place == "data" else {})
    body = {"data": data} | (flag if place == "body" else {})
    assert read_sync(body, flag if place == "query" else {}).force
