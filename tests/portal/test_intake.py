"""From an order to a sale: reading, mapping, amounts. No database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common.config import PortalConfig
from bridge.common.contract.order import Order, read_order
from bridge.common.envelope import Level, Messages
from bridge.common.errors import Unprocessable
from bridge.common.money import to_cents
from portal.books.costing import Cost
from portal.books.inventory import Stock
from portal.books.journals import INVOICE, ORDER
from portal.intake import mapping
from portal.intake.choice import Choice
from portal.intake.entry import DIFFERENCE, Booking
from portal.intake.rules import Rules
from portal.intake.sale import billing_of, plan_sale
from portal.sample import documents

from .orders import line, order

NUMBERS: dict[str, str] = {}


def rules(config: PortalConfig | None = None, **changes: Mapping[str, Any]) -> Rules:
    """The rules of the sample books, with documents replaced by others."""
    texts = {
        row["config_key"]: row["config_value"] for row in documents.configuration()
    }
    for row in documents.common_meta(NUMBERS):
        texts[row["meta_key"]] = row["meta_value"]
    texts |= {name: json.dumps(document) for name, document in changes.items()}
    return Rules(texts, config or PortalConfig())


SAMPLE = rules()


@pytest.mark.parametrize(
    ("carrier", "code"),
    [
        ("flat_GND", "flat:GND"),
        ("best_way_GND", "best_way:GND"),
        ("freeshipper_1DA", "freeshipper:1DA"),
        ("Ground", "fedex:GND"),
        ("BESTWAY", "fedex:GND"),
        ("1day", "fedex:1DA"),
        ("2Day", "fedex:2DA"),
        ("ltl", "fedex:FRT"),
        ("ups ground ", "ups:GND"),
        ("Flat rate", "own:DEF"),
        ("", "own:DEF"),
        ("a_carrier_of_the_longest_kind_GND", "own:DEF"),
    ],
)
def test_shipping_method(carrier: str, code: str) -> None:
    titles = {"UPS Ground": "ups:GND"}
    found = mapping.shipping_method(carrier.strip(), titles, None, "own:DEF")
    assert found == code


def test_a_rate_under_that_title_goes_before_bizunos_words() -> None:
    titles = {"Mine": "ups:GND"}
    assert mapping.shipping_method("Ground", titles, "flat:GND", "x:Y") == "flat:GND"
    assert mapping.shipping_method("mine", titles, "flat:GND", "x:Y") == "ups:GND"


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("ppcp-gateway", "paypal"),
        ("PayPal_express", "paypal"),
        ("my_payfabric", "payfabric"),
        ("elevon", "converge"),
        ("stripe", "stripe"),
        ("bacs (new)", "bacsnew"),
        ("", ""),
    ],
)
def test_payment_method(method: str, name: str) -> None:
    assert mapping.payment_method(method) == name


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        ("processing", "auth"),
        ("on-hold", "auth"),
        ("Authorize", "auth"),
        ("completed", "cap"),
        ("pending", "cap"),
        ("", "cap"),
    ],
)
def test_payment_status(status: str, kept: str) -> None:
    assert mapping.payment_status(status) == kept


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("US", "USA"),
        ("gb", "GBR"),
        ("DEU", "DEU"),
        ("Germany", "DEU"),
        ("RO", "ROM"),
        ("", "USA"),
    ],
)
def test_country(country: str, code: str) -> None:
    messages = Messages()
    assert mapping.country_code(country, "Billing.Country", messages) == code
    assert messages.as_dict() == {}


def test_unknown_country_is_cut_with_a_warning() -> None:
    messages = Messages()
    assert mapping.country_code("Narnia", "Billing.Country", messages) == "NAR"
    assert "Billing.Country 'Narnia'" in messages.texts(Level.WARNING)[0]


def test_rules_read_what_bizuno_stores() -> None:
    assert SAMPLE.journal() is None
    assert str(SAMPLE.timezone()) == documents.TIMEZONE
    assert not SAMPLE.has_stores() and SAMPLE.allows_negative_stock()
    assert SAMPLE.currency().show(D("3000.5")) == "$ 3,000.50"
    assert SAMPLE.accounts().sales() == "4000-03"


def test_rules_survive_missing_and_broken_documents() -> None:
    empty = Rules({"api": "{", "bizuno": "[]"}, PortalConfig())
    assert empty.journal() is None and str(empty.timezone()) == "UTC"
    assert empty.currency().code == "USD"
    with pytest.raises(Unprocessable, match="gl_sales"):
        empty.accounts().sales()


def test_configured_time_zone_goes_first() -> None:
    own = rules(PortalConfig(timezone="Asia/Tokyo"))
    assert str(own.timezone()) == "Asia/Tokyo"
    assert str(rules(PortalConfig(timezone="Nowhere/Else")).timezone()) == "UTC"


@pytest.mark.parametrize(
    ("chosen", "journal"), [("10", 10), (12, 12), ("", None), (None, None), ("7", None)]
)
def test_fixed_journal(chosen: object, journal: int | None) -> None:
    document = {"settings": {"bizuno_api": {"auto_detect": chosen}}}
    assert rules(api=document).journal() == journal


def test_tax_total_is_for_its_journals_only() -> None:
    totals = {
        "tax_rest": {"status": 1, "settings": {"journals": "[12]", "gl_type": "tbt"}},
        "tax_other": {"status": "1", "settings": {"journals": [10, 12]}},
    }
    own = rules(methods_totals=totals)
    assert own.tax_total(own.accounts(), 12).code == "tax_rest"
    assert own.tax_total(own.accounts(), 10).code == "tax_other"
    assert own.tax_total(own.accounts(), 10).account == "2500-00"


def planned(payload: dict[str, Any], own: Rules = SAMPLE) -> tuple[Any, Messages]:
    messages, sold = Messages(), read_order(payload)
    return plan_sale(sold, billing_of(sold, messages), own, messages), messages


def test_lines_are_rounded_half_up_before_they_are_added() -> None:
    payload = order("WC1", line("A", 1, "10.005"), line("B", 1, "0.755"), total="10.77")
    sale, messages = planned(payload)
    assert [one.amount for one in sale.lines] == [D("10.01"), D("0.76")]
    assert sale.difference == 0 and messages.as_dict() == {}


def test_difference_above_the_limit_is_refused() -> None:
    own = rules(PortalConfig(max_difference=D("0.50")))
    sale, _ = planned(order("WC1", line("A"), total="10.50"), own)
    assert sale.difference == D("0.50")
    with pytest.raises(Unprocessable, match=r"General\.OrderTotal 10\.51"):
        planned(order("WC1", line("A"), total="10.51"), own)


def test_no_difference_is_allowed_with_a_limit_of_zero() -> None:
    own = rules(PortalConfig(max_difference=D(0)))
    assert planned(order("WC1", line("A")), own)[0].difference == 0
    with pytest.raises(Unprocessable):
        planned(order("WC1", line("A"), total="9.99"), own)


def test_payment_goes_behind_the_total() -> None:
    sale, messages = planned(
        order(Payment={"Method": "bacs", "Title": "Direct bank", "TransactionID": ""})
    )
    assert sale.payment == ";method:bacs;title:Directbank;status:auth"
    assert "Authorization Code is not present" in messages.texts(Level.WARNING)[0]


def test_content_does_not_depend_on_how_numbers_are_written() -> None:
    plain, padded = order(), order(General={"OrderTotal": "15.9000"})
    padded["Item"][0]["Quantity"] = 2.0
    assert read_order(plain).content() == read_order(padded).content()


def test_content_depends_on_everything_that_is_booked() -> None:
    first = read_order(order())
    changed = [
        replace(first, notes="x"),
        replace(first, billing=replace(first.billing, city="x")),
        replace(first, payment=replace(first.payment, title="x")),
        replace(first, lines=(replace(first.lines[0], fee=True),)),
        replace(first, currency="EUR"),
    ]
    contents = [json.dumps(one.content(), default=str) for one in (first, *changed)]
    assert len(set(contents)) == len(contents)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("OrderTotal", "1,50"),
        ("OrderTotal", "NaN"),
        ("OrderTotal", "1e400"),
        ("OrderTotal", [1]),
        ("OrderTotal", True),
        ("OrderDate", "0000-00-00"),
        ("OrderDate", "2026-02-30"),
        ("OrderDate", 20261120),
        ("PurchaseOrderID", {"a": "b"}),
    ],
)
def test_values_of_the_wrong_kind_are_named(field: str, value: object) -> None:
    with pytest.raises(Unprocessable) as caught:
        read_order(order(General={field: value}))
    (problem,) = caught.value.problems
    assert problem.field == f"General.{field}" and problem.text.startswith(
        problem.field
    )


def test_a_time_behind_the_date_does_not_count() -> None:
    payload = order(General={"OrderDate": "2026-11-20T23:59:59+00:00"})
    assert str(read_order(payload).date) == "2026-11-20"


cents = st.decimals(0, 5000, places=2)
lines_of = st.lists(
    st.tuples(st.sampled_from([1, 2, 7]), st.decimals(0, 900, places=3)),
    min_size=1,
    max_size=6,
)


def rounded(sold: list[tuple[int, D]]) -> D:
    return sum((to_cents(amount) for _, amount in sold), D(0))


def entry_rows(sold: Order, own: Rules, journal: int) -> list[Any]:
    accounts = own.accounts()
    booking = Booking(
        sale=plan_sale(sold, billing_of(sold, Messages()), own, Messages()),
        choice=Choice(journal),
        stock=Stock(),
        cost=Cost(),
        accounts=accounts,
        tax_total=own.tax_total(accounts, journal),
        method="flat:GND",
        customer=5,
        user=2,
        period=23,
        now=datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("America/Chicago")),
    )
    entry = booking.entry("INV00099")
    amounts = [entry.head[name] for name in ("total_amount", "freight", "sales_tax")]
    for row in entry.postings:
        amounts += [row.credit, row.debit, row.quantity, row.full_price]
    assert {type(amount) for amount in amounts} == {D}
    return list(entry.postings)


@given(lines_of, cents, cents, st.sampled_from([ORDER, INVOICE]), st.booleans())
def test_an_order_whose_parts_add_up_is_booked_balanced(
    sold: list[tuple[int, D]], freight: D, tax: D, journal: int, foreign: bool
) -> None:
    items = [line("A", n, TotalPrice=str(amount)) for n, amount in sold]
    parsed = read_order(order("WC1", *items, freight=freight, tax=tax))
    parsed = replace(parsed, total=rounded(sold) + freight + tax)
    own = SAMPLE
    if foreign:
        document = json.loads(SAMPLE.texts["phreebooks"])
        document["currency"]["iso"]["EUR"] = {"code": "EUR", "value": 0.873}
        own, parsed = rules(phreebooks=document), replace(parsed, currency="EUR")
    rows = entry_rows(parsed, own, journal)
    assert sum(row.credit for row in rows) == sum(row.debit for row in rows)
    assert all(row.credit == row.credit.quantize(D("0.01")) for row in rows)
    assert not any(row.description == DIFFERENCE for row in rows)


@given(lines_of, cents, cents, cents)
def test_an_order_that_does_not_add_up_has_one_line_for_it(
    sold: list[tuple[int, D]], freight: D, tax: D, total: D
) -> None:
    items = [line("A", n, TotalPrice=str(amount)) for n, amount in sold]
    parsed = read_order(order("WC1", *items, freight=freight, tax=tax, total=total))
    rows = entry_rows(parsed, SAMPLE, INVOICE)
    difference = total - rounded(sold) - freight - tax
    assert sum(row.credit for row in rows) == sum(row.debit for row in rows)
    assert [
        row.credit - row.debit for row in rows if row.description == DIFFERENCE
    ] == ([difference] if difference else [])
