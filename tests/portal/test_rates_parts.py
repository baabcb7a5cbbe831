"""The small parts of shipping rates: parcels, mark-ups, names, breaker, settings."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common.config import parse
from bridge.common.contract.rates import method_of
from bridge.common.errors import ConfigError
from bridge.common.rate_settings import Address, Handling
from portal.quoting.assortment import choose, marked_up, with_handling
from portal.quoting.breaker import Breaker
from portal.quoting.flights import Flights
from portal.quoting.metrics import Metrics
from portal.quoting.naming import name_service
from portal.quoting.offers import (
    CannotQuote,
    CannotServe,
    Deadline,
    Offer,
    Shipment,
    Source,
)
from portal.quoting.parcels import Packing, Parcels, band, pack
from portal.quoting.places import country_code, zone
from portal.quoting.provider import Price, check
from portal.quoting.terms import home_country, read_terms

from .quoting import DOCUMENTS, rates_config

CART = Shipment("US", "TX", "75201-1234", "Dallas", Decimal("2.5"))


def offer(rate: str, quote: str = "5", source: Source = Source.TABLE) -> Offer:
    carrier, _, service = rate.rpartition("_")
    return Offer(carrier, service, f"The {rate}", Decimal(quote), source)


# parcels


@pytest.mark.parametrize(
    "amount, step, upper",
    [
        ("0", "0.5", "0.5"),
        ("0.5", "0.5", "0.5"),
        ("2.51", "0.5", "3.0"),
        ("7", "", "7"),
    ],
)
def test_band_is_told_by_its_upper_end(amount: str, step: str, upper: str) -> None:
    found = band(Decimal(amount), Decimal(step) if step else None)
    assert found == Decimal(upper)


def test_light_cart_is_one_parcel_with_its_box() -> None:
    packing = Packing("lb", Decimal(70), Decimal("0.5"))
    assert pack(CART, Decimal(2), packing) == Parcels(1, Decimal("2.5"), "lb")


def test_heavy_cart_is_split_into_equal_parcels() -> None:
    packing = Packing("lb", Decimal(70), Decimal(2))
    found = pack(CART, Decimal(150), packing)
    assert found == Parcels(3, Decimal(52), "lb")


@given(
    st.decimals("0.01", "500", places=2),
    st.decimals("1", "70", places=1),
    st.decimals("0", "0.9", places=1),
)
def test_no_parcel_is_heavier_than_the_limit_and_nothing_is_lost(
    weight: Decimal, heaviest: Decimal, box: Decimal
) -> None:
    found = pack(CART, weight, Packing("kg", heaviest, box, 100_000))
    assert found.weight <= heaviest + Decimal("1e-20")
    carried = found.count * (found.weight - box)
    assert abs(carried - weight) < Decimal("1e-18")


def test_too_many_parcels_and_too_heavy_pieces_are_refused() -> None:
    packing = Packing("lb", Decimal(70), Decimal(0), 3)
    with pytest.raises(CannotServe, match="4 parcels of 70 lb; 3"):
        pack(CART, Decimal(211), packing)
    piece = Shipment("US", "", "75201", "", Decimal(80), pieces=Decimal(1))
    with pytest.raises(CannotServe, match="heavier than a parcel of 70 lb"):
        pack(piece, Decimal(80), packing)
    with pytest.raises(CannotQuote, match="box_weight"):
        pack(CART, Decimal(80), Packing("lb", Decimal(1), Decimal(1)))


@pytest.mark.parametrize(
    "weight, unit, ounces",
    [("2.5", "lb", "40"), ("1", "kg", "35.3"), ("100", "g", "3.6"), ("3", "oz", "3")],
)
def test_weights_become_ounces(weight: str, unit: str, ounces: str) -> None:
    assert Parcels(1, Decimal(weight), unit).ounces == Decimal(ounces)


# places


def test_countries_are_known_by_code_and_name() -> None:
    assert country_code(" usa ") == country_code("us") == "US"
    assert country_code("Germany") == "DE"
    assert country_code("XX") is country_code("") is None


def test_zone_is_the_beginning_of_the_postcode() -> None:
    assert zone(CART, 3) == "US 752"
    assert zone(CART, 0) == "US 752011234"
    london = Shipment("GB", "", "sw1a 1aa", "", Decimal(1))
    assert zone(london, 4) == "GB SW1A"


# mark-ups and choice


@pytest.mark.parametrize(
    "text, price",
    [
        ("1.50", "11.50"),
        ("5%", "10.50"),
        ("5% + 1.50", "12.00"),
        ("3.33% round 0.25", "10.25"),
        ("0.01 up 0.50", "10.50"),
        ("up 0.50", "10.00"),
        ("-20%", "8.00"),
        ("-15.00", "0.00"),
    ],
)
def test_handling_is_percent_then_fee_then_rounding(text: str, price: str) -> None:
    found = rates_config(f"handling =\n  ups = {text}\n").handling["ups"]
    assert marked_up(Decimal(10), found) == Decimal(price)


def test_handling_of_the_rate_wins_over_that_of_the_carrier_and_of_all() -> None:
    add = {
        "ups_GND": Handling(Decimal(1)),
        "ups": Handling(Decimal(2)),
        "*": Handling(Decimal(3)),
    }
    rates = ("ups_GND", "ups_1DA", "flat_GND")
    assert [with_handling(offer(rate), add).quote for rate in rates] == [6, 7, 8]


@pytest.mark.parametrize("text", ["five", "5 %%", "1 round", "1 up 0", "round 0.05 x"])
def test_handling_that_is_nonsense_is_a_problem_of_the_configuration(text: str) -> None:
    with pytest.raises(ConfigError, match="handling"):
        parse(f"[rates]\nhandling =\n  ups = {text}\n", {})


def test_all_offers_are_shown_by_carrier_and_price_unless_chosen() -> None:
    offers = [offer("ups_1DA", "40"), offer("ups_GND", "9"), offer("flat_GND", "12")]
    shown, _ = choose(offers, ())
    assert [one.id for one in shown] == ["flat_GND", "ups_GND", "ups_1DA"]


def test_chosen_services_come_in_their_order_under_their_names() -> None:
    offers = [offer("ups_1DA", "40"), offer("ups_GND", "9"), offer("flat_GND", "12")]
    shown, out = choose(offers, (("ups_*", ""), ("fedex_*", "No"), ("*_GND", "Van")))
    assert [(one.id, one.title) for one in shown] == [
        ("ups_GND", "The ups_GND"),
        ("ups_1DA", "The ups_1DA"),
        ("flat_GND", "Van"),
    ]
    assert out == []
    shown, out = choose(offers, (("flat_GND", ""),))
    assert [one.id for one in out] == ["ups_1DA", "ups_GND"]


def test_of_one_rate_what_was_asked_for_wins_over_the_table() -> None:
    asked = offer("ups_GND", "9", source=Source.LIVE)
    shown, out = choose([offer("ups_GND", "7"), asked], ())
    assert shown == [asked] and [one.quote for one in out] == [7]


# names


@pytest.mark.parametrize(
    "carrier, service, rate, title",
    [
        ("USPS", "Priority", "endicia_2DP", "USPS Priority Mail"),
        ("UPSDAP", "Ground", "ups_GND", "UPS Ground"),
        ("FedEx", "FEDEX_2_DAY", "fedex_2DP", "FedEx 2Day"),
        ("OnTrac", "Sunrise", "ontrac_SUNRISE", "OnTrac Sunrise"),
        ("AP", "EXPRESS_POST", "ap_EXPRESSPOST", "AP Express Post"),
    ],
)
def test_services_have_ids_that_an_order_can_carry(
    carrier: str, service: str, rate: str, title: str
) -> None:
    assert name_service(carrier, service, {}) == (rate, title)


def test_configured_name_of_a_service_wins() -> None:
    mine = {"usps  priority": "usps_PRI"}
    assert name_service("USPS", "Priority", mine)[0] == "usps_PRI"


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_every_service_gets_an_id_that_comes_back(carrier: str, service: str) -> None:
    assert method_of(name_service(carrier, service, {})[0]) is not None


def test_long_names_that_begin_alike_stay_two() -> None:
    first = name_service("DHLExpress", "ExpressWorldwideDoc", {})[0]
    assert first != name_service("DHLExpress", "ExpressWorldwideNonDoc", {})[0]


# offers


@pytest.mark.parametrize(
    "change, wrong",
    [
        ({"amount": "-0.01"}, "below 0"),
        ({"amount": None}, "no amount"),
        ({"amount": ""}, "no amount"),
        ({"amount": "NaN"}, "no number"),
        ({"amount": True}, "no number"),
        ({"amount": ["1"]}, "no number"),
        ({"currency": "CAD"}, "not in USD"),
        ({"currency": None}, "not in USD"),
        ({"id": ""}, "no rate id"),
        ({"title": " "}, "no name"),
    ],
)
def test_offer_that_is_not_sound_is_refused(
    change: dict[str, object], wrong: str
) -> None:
    sound = {"id": "ups_GND", "title": "UPS", "amount": "7.005", "currency": "USD"}
    assert check(Price(**sound), 2, "USD").quote == Decimal("14.01")
    with pytest.raises(ValueError, match=wrong):
        check(Price(**{**sound, **change}), 1, "USD")


# the breaker


def test_breaker_opens_after_failures_in_a_row_and_lets_one_try_later() -> None:
    now = [0.0]
    breaker = Breaker(3, 30, lambda: now[0])
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    assert not breaker.allows() and breaker.seconds() == 30
    now[0] = 30
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.failed()
    now[0] = 59
    assert not breaker.allows()
    now[0] = 60
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_probe_that_never_reports_does_not_close_the_way_for_ever() -> None:
    now = [0.0]
    breaker = Breaker(1, 10, lambda: now[0])
    breaker.failed()
    now[0] = 10
    assert breaker.allows() and not breaker.allows()
    now[0] = 20
    assert breaker.allows()


# calls under way


def test_equal_questions_share_one_call_and_others_do_not() -> None:
    flights: Flights[int] = Flights(4)
    go, calls = threading.Event(), []

    def call() -> int:
        calls.append(1)
        go.wait(5)
        return len(calls)

    soon = Deadline.after(5)
    first, begun = flights.join("a", call, soon)
    second, joined = flights.join("a", call, soon)
    other, _ = flights.join("b", call, Deadline.after(0))
    assert first is second and begun and not joined and other is not first
    late, begun_late = flights.join("b", call, soon)
    assert begun_late and late is not other
    go.set()
    assert first.result(5) and other.result(5) and len(calls) == 3
    again, begun = flights.join("a", lambda: 7, soon)
    assert begun and again.result(5) == 7
    flights.close()


def test_closing_waits_for_calls_that_land_meanwhile() -> None:
    flights: Flights[str] = Flights(8)
    go = threading.Event()

    def call() -> str:
        go.wait(5)
        return "landed"

    calls = [
        flights.join(f"call {number}", call, Deadline.after(5))[0]
        for number in range(8)
    ]
    closing = threading.Thread(target=flights.close, daemon=True)
    closing.start()
    go.set()
    closing.join(10)
    assert not closing.is_alive()
    assert [call.result(0) for call in calls] == ["landed"] * 8


# settings


def test_terms_come_from_bizuno_where_the_configuration_is_silent() -> None:
    company = (
        '{"settings": {"company": {"address1": "1 Main St", "city": "Lyon", '
        '"state": "", "postal_code": "69001", "country": "FRA"}}}'
    )
    documents = {**DOCUMENTS, "bizuno": company}
    terms = read_terms(documents, rates_config())
    assert terms.origin == Address("FR", "69001", "", "Lyon", "1 Main St")
    assert terms.packing == Packing("lb", Decimal(70), Decimal(0), 20)
    assert terms.currency == "USD" and terms.residential
    assert home_country(documents, rates_config()) == "FR"
    own = "weight_unit = kg\nparcel_weight = 30\nresidential = no\nbox_weight = 1"
    ours = read_terms(documents, rates_config(own))
    assert ours.packing == Packing("kg", Decimal(30), Decimal(1), 20)
    assert not ours.residential and ours.version != terms.version


@pytest.mark.parametrize("text", ["", "x", "[]", '{"settings": 1}'])
def test_broken_settings_of_bizuno_leave_the_defaults(text: str) -> None:
    terms = read_terms(dict.fromkeys(DOCUMENTS, text), rates_config())
    assert terms.origin == Address() and terms.currency == "USD"
    assert terms.packing == Packing()


@pytest.mark.parametrize(
    "line",
    [
        "origin =\n  city = Austin",
        "origin =\n  planet = Mars",
        "origin =\n  postcode = 1\n  country = USA",
        "services =\n  = UPS",
        "easypost_services =\n  UPS Ground = UPS",
        "easypost_url = http://api.example.com",
        "easypost_key = schlüssel",
        "parcel_size = 1 x 2",
        "parcel_size = 1 x 0 x 2",
        "table_role = sometimes",
        "calls = 0",
    ],
)
def test_settings_that_are_wrong_are_named(line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[rates]\n{line}\n", {})
    (place, text), *more = caught.value.problems
    assert place == f"[rates] {line.split(' ')[0]}" and not more
    assert "schlüssel" not in text


def test_key_of_easypost_is_never_shown() -> None:
    config = rates_config("easypost_key = EZAKsecret")
    assert config.easypost_key == "EZAKsecret" and "EZAKsecret" not in repr(config)


# measurements


def test_measurements_are_kept_by_carrier_and_source() -> None:
    metrics = Metrics()
    for seconds in (0.004, 0.005, 0.7, 99):
        metrics.answered("easypost", "live", seconds, 3)
    metrics.dropped("easypost", 2)
    histogram = metrics.answers()["easypost", "live"]
    assert histogram.count == 4 and histogram.counts[0] == 2
    assert histogram.counts[-1] == 1 and round(histogram.seconds, 3) == 99.709
    assert metrics.offers() == {("easypost", "live"): 12}
    assert metrics.unusable() == {"easypost": 2}
