"""What of an order is still sold, and amounts that add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common.money import CENT, to_cents
from bridge.export.amounts import add_up
from bridge.export.order import Fee, Line, Order, Refund, Taken
from bridge.export.settled import NOTHING_LEFT, REFUND, settle
from bridge.shop import Shop

from .orders import MODES, add_item, add_refund, line_of, set_mode
from .test_export import change, change_address, payload_of

D = Decimal
# order 3044 of the sample: 1 LIGHT-F600, 2 TUBE-700 at 7.95, shipping 7.50, tax 6.05
TOTAL = D("79.40")


def parts_of(payload: dict[str, Any]) -> Decimal:
    """What the receiver adds up, each part rounded by itself."""
    general = payload["General"]
    parts = [*(item["TotalPrice"] for item in payload["Item"])]
    parts += [general["ShippingTotal"], general["SalesTaxAmount"]]
    return sum((to_cents(D(part)) for part in parts), D(0))


def refund_one_tube(shop: Shop) -> None:
    """One of two tubes comes back, with its share of the tax."""
    refund = add_refund(shop, "8.61")
    of = str(line_of(shop, "TUBE-700"))
    metas = {"_line_total": "-7.95", "_line_tax": "-0.66", "_refunded_item_id": of}
    add_item(shop, "line_item", "Tube", refund, _qty="-1", **metas)
    amounts = {"tax_amount": "-0.66", "shipping_tax_amount": "0"}
    add_item(shop, "tax", "US-TX", refund, **amounts)


# refunds


@pytest.mark.parametrize("mode", MODES)
def test_what_came_back_is_taken_off_its_line(shop: Shop, mode: str) -> None:
    refund_one_tube(shop)
    set_mode(shop, mode)
    payload = payload_of(shop)
    tube = payload["Item"][1]
    assert (tube["Quantity"], tube["UnitPrice"], tube["TotalPrice"]) == (
        "1",
        "7.95",
        "7.95",
    )
    general = payload["General"]
    assert general["OrderTotal"] == "70.79"
    assert general["SalesTaxAmount"] == "5.39"
    assert parts_of(payload) == D("70.79")


def test_a_line_that_came_back_whole_is_not_sent(shop: Shop) -> None:
    refund_one_tube(shop)
    refund = add_refund(shop, "7.95", refund=4002)
    of = str(line_of(shop, "TUBE-700"))
    metas = {"_line_total": "-7.95", "_refunded_item_id": of}
    add_item(shop, "line_item", "Tube", refund, _qty="-1", **metas)
    payload = payload_of(shop)
    assert [item["ItemID"] for item in payload["Item"]] == ["LIGHT-F600"]
    assert parts_of(payload) == D(payload["General"]["OrderTotal"])


def test_money_given_back_for_no_item_is_a_line_of_its_own(shop: Shop) -> None:
    add_refund(shop, "10")
    payload = payload_of(shop)
    assert payload["Item"][-1] == {
        "ItemID": "",
        "Description": REFUND,
        "Quantity": "1",
        "UnitPrice": "-10",
        "SalesTaxAmount": "0",
        "TotalPrice": "-10",
        "Type": "fee",
    }
    assert payload["General"]["OrderTotal"] == "69.40"
    assert parts_of(payload) == D("69.40")


def test_shipping_given_back_is_taken_off_the_shipping(shop: Shop) -> None:
    refund = add_refund(shop, "8.12")
    add_item(shop, "shipping", "Ground shipping", refund, cost="-7.50")
    amounts = {"tax_amount": "0", "shipping_tax_amount": "-0.62"}
    add_item(shop, "tax", "US-TX", refund, **amounts)
    general = payload_of(shop)["General"]
    assert (general["ShippingTotal"], general["SalesTaxAmount"]) == ("0", "5.43")
    assert parts_of(payload_of(shop)) == D("71.28")


def order(**values: Any) -> Order:
    return Order(7, "processing", None, **values)


LINE = Line("Tube", "TUBE", D(2), D(16), D(0), D(16), 1)


def test_a_price_lowered_afterwards_leaves_the_quantity() -> None:
    refund = Refund(D(3), {1: Taken(D(0), D(3))})
    (item,) = settle(order(lines=(LINE,), refunds=(refund,))).items
    assert (item.quantity, item.total, item.base, item.of) == (2, 13, 16, 2)


def test_goods_back_without_all_their_money_leave_a_charge() -> None:
    refund = Refund(D(10), {1: Taken(D(2), D(10))})
    (item,) = settle(order(lines=(LINE,), refunds=(refund,))).items
    assert (item.sku, item.quantity, item.total, item.charge) == ("", 1, 6, True)


def test_an_order_of_which_nothing_is_left_still_has_a_line() -> None:
    refund = Refund(D(16), {1: Taken(D(2), D(16))})
    fee = Fee("Gift wrap", D(5), D(0), 2)
    settled = settle(order(lines=(LINE,), shipping_total=D(4), refunds=(refund,)))
    assert [item.name for item in settled.items] == [NOTHING_LEFT]
    settled = settle(order(lines=(LINE,), fees=(fee,), refunds=(refund,)))
    assert [item.name for item in settled.items] == ["Gift wrap"]


def test_a_fee_given_back_is_gone() -> None:
    fee = Fee("Gift wrap", D(5), D(1), 2)
    refund = Refund(D(6), {2: Taken(D(0), D(5), D(1))}, tax=D(1))
    settled = settle(order(lines=(LINE,), fees=(fee,), refunds=(refund,), tax=D(1)))
    assert [item.name for item in settled.items] == ["Tube"]
    assert settled.tax == 0


_amounts = st.decimals(0, 500, places=2)


@given(
    st.lists(st.tuples(st.integers(1, 9), _amounts), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 100)), max_size=5),
    _amounts,
    _amounts,
)
def test_an_order_adds_up_before_and_after_its_refunds(
    sold: list[tuple[int, Decimal]],
    back: list[tuple[int, int]],
    shipping: Decimal,
    extra: Decimal,
) -> None:
    lines = tuple(
        Line("x", "x", D(n), amount, D(0), amount, at)
        for at, (n, amount) in enumerate(sold, 1)
    )
    taken = {
        at: Taken(
            D(min(n, lines[at - 1].quantity)), to_cents(share * sold[at - 1][1] / 100)
        )
        for at, (n, share) in enumerate(back[: len(sold)], 1)
    }
    given_back = sum((one.total for one in taken.values()), D(0))
    refund = Refund(given_back + extra, taken)
    total = sum((line.total for line in lines), shipping)
    settled = settle(
        order(lines=lines, shipping_total=shipping, total=total, refunds=(refund,))
    )
    assert all(item.quantity > 0 for item in settled.items)
    parts = sum((item.total for item in settled.items), settled.shipping)
    assert parts == settled.total


# cents


def test_parts_that_add_up_stay_as_they_are() -> None:
    parts = [D("37.731324"), D("4.821266"), D("3.33"), D("4.99")]
    assert add_up(parts, D("50.87")) == parts


@pytest.mark.parametrize(
    ("parts", "total", "expected"),
    [
        (["8.336667"] * 3, "25.01", ["8.33", "8.34", "8.34"]),
        (["8.333333"] * 3, "25.00", ["8.34", "8.33", "8.33"]),
        (["-1.005", "2.004"], "1.00", ["-1.00", "2.00"]),
    ],
)
def test_cents_lost_by_rounding_go_to_who_lost_most(
    parts: list[str], total: str, expected: list[str]
) -> None:
    assert add_up([D(part) for part in parts], D(total)) == [D(e) for e in expected]


@pytest.mark.parametrize(
    ("parts", "total"),
    [(["1.00", "2.00"], "3.01"), (["8.333333"] * 3, "24.00"), ([], "1")],
)
def test_a_real_difference_is_not_hidden(parts: list[str], total: str) -> None:
    given_parts = [D(part) for part in parts]
    assert add_up(given_parts, D(total)) == given_parts


@given(st.lists(st.decimals(-1000, 1000, places=6), min_size=1, max_size=30))
def test_parts_add_up_to_their_own_rounded_sum(parts: list[Decimal]) -> None:
    total = to_cents(sum(parts, D(0)))
    given_out = add_up(parts, total)
    assert sum((to_cents(part) for part in given_out), D(0)) == total
    for part, cents in zip(parts, given_out, strict=True):
        assert abs(part - cents) < CENT


def test_a_shop_whose_prices_include_tax_adds_up_to_the_cent(shop: Shop) -> None:
    gone = {"_product_id": "987654", "_qty": "1"}
    for name in ("A", "B"):
        amount = "8.395"
        add_item(
            shop, "line_item", name, _line_subtotal=amount, _line_total=amount, **gone
        )
    change(shop, total_amount=TOTAL + D("16.79"))
    payload = payload_of(shop)
    assert [item["TotalPrice"] for item in payload["Item"][2:]] == ["8.39", "8.4"]
    assert parts_of(payload) == TOTAL + D("16.79")


# addresses


def test_a_shipping_address_is_taken_as_a_whole(shop: Shop) -> None:
    change_address(
        shop, "billing", address_2="Suite 400", company="Whitfield Ltd", phone="555"
    )
    blank = dict.fromkeys(("address_2", "state", "company", "first_name", "last_name"))
    change_address(shop, "shipping", address_1="Hauptstr. 1", country="DE", **blank)
    change_address(shop, "shipping", city="Bonn", postcode="53111")
    shipping = payload_of(shop)["Shipping"]
    place = ("Address1", "Address2", "City", "State", "PostalCode", "Country")
    assert [shipping[name] for name in place] == [
        "Hauptstr. 1",
        "",
        "Bonn",
        "",
        "53111",
        "DE",
    ]
    # who it is for and how he is called up may still come from the billing address
    assert (shipping["PrimaryName"], shipping["Telephone"]) == ("Whitfield Ltd", "555")


def test_without_a_street_the_billing_address_counts_as_a_whole(shop: Shop) -> None:
    change_address(shop, "shipping", address_1=None, address_2=None, country="FR")
    payload = payload_of(shop)
    for name in ("Address1", "City", "PostalCode", "Country"):
        assert payload["Shipping"][name] == payload["Billing"][name]
