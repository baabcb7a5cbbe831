"""Shipping rates: carriers, what they are asked, and odd questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from bridge.common import sample
from bridge.common.contract.rates import RatesQuestion, read_question
from bridge.common.errors import Unprocessable
from portal.app import create_app
from portal.books import EXTENSION, Books
from portal.books.tables import common_meta
from portal.quoting.terms import default_carriers
from portal.sample import methods
from tests.support.servers import Gunicorn

from .conftest import config_of

TOKEN = {"X-Bizuno-Token": sample.API_TOKEN}
TO_AUSTIN = {
    "country": "US",
    "state": "TX",
    "postcode": "78704",
    "city": "Austin",
    "address": "418 Cedar Ridge Road",
    "address_1": "418 Cedar Ridge Road",
    "address_2": "",
    "totalWeight": "2.5",
}


def ask_for_rates(client: FlaskClient, **parameters: Any) -> Any:
    """The answer to a question, as JSON."""
    query = urlencode({"bizRt": "portal/api/shipGetRates", **parameters}, doseq=True)
    answer = client.get(f"/?{query}", headers=TOKEN)
    assert answer.status_code == 200, answer.json
    return answer.json


def texts(body: Any, level: str) -> list[str]:
    """The messages of one level."""
    return [entry["text"] for entry in body["messages"].get(level, [])]


def change_carriers(app: Flask, **changes: Mapping[str, Any] | None) -> None:
    """Merge settings into carriers; None takes one away."""
    document = {code: dict(m) for code, m in methods.by_code(methods.CARRIERS).items()}
    for code, change in changes.items():
        if change is None:
            del document[code]
        else:
            settings = document.get(code, {"status": 1}).get("settings", {})
            document[code] = {"status": 1, "settings": {**settings, **change}}
    books: Books = app.extensions[EXTENSION]
    with books.database.transaction() as conn:
        conn.execute(
            update(common_meta).where(common_meta.c.meta_key == "methods_carriers"),
            {"meta_value": json.dumps(document)},
        )


@pytest.fixture(params=["[rates]\nfallback_rate = 14.50", ""])
def fallback_app(
    request: pytest.FixtureRequest, sample_url: str, tmp_path: Path
) -> Iterator[tuple[Flask, bool]]:
    """A portal with a fallback and one without."""
    app = create_app(config_of(sample_url, tmp_path, request.param))
    yield app, bool(request.param)
    app.extensions[EXTENSION].database.dispose()


def test_five_carriers_answer_in_alphabetical_order(portal_client: FlaskClient) -> None:
    body = ask_for_rates(portal_client, **TO_AUSTIN)
    assert body["rates"] == [
        {
            "id": name,
            "title": title,
            "cost": "",
            "quote": quote,
            "source": "table",
            "age": 0,
        }
        for name, title, quote in (
            ("best_way_GND", "Shipper Preference", 12),
            ("flat_GND", "Best Way", 8.95),
            ("freeshipper_GND", "Local Delivery", 0),
            ("item_GND", "Best Way", 4.5),
            ("percent_GND", "Best Way", 5.25),
        )
    ]
    assert body["pkg"]["destination"] == {
        **TO_AUSTIN,
        "address_2": None,
        "totalWeight": 2.5,
    }
    assert body["messages"] == {}


def test_value_and_pieces_count_when_the_store_tells(
    portal_client: FlaskClient,
) -> None:
    body = ask_for_rates(
        portal_client, **TO_AUSTIN, cart_subtotal="1,299.99", item_count=3
    )
    quotes = {rate["id"]: rate["quote"] for rate in body["rates"]}
    assert quotes["percent_GND"] == 97.5 and quotes["item_GND"] == 13.5


def test_without_postcode_there_are_no_rates_but_a_reason(
    portal_client: FlaskClient,
) -> None:
    for postcode in ("", "  "):
        body = ask_for_rates(portal_client, **{**TO_AUSTIN, "postcode": postcode})
        assert body["rates"] == [] and len(texts(body, "info")) == 1
    body = ask_for_rates(portal_client)
    assert body["rates"] == []
    assert set(body["pkg"]["destination"].values()) == {None, 0}


def test_place_names_survive(portal_client: FlaskClient) -> None:
    for city in (
        "Montréal",
        "O'Fallon <b>",
        'St. "A" & Co',
        "東京 🚲",
        "a%26b+c~d",
        "Wells/Bath",
    ):
        body = ask_for_rates(portal_client, **{**TO_AUSTIN, "city": city})
        assert body["pkg"]["destination"]["city"] == city
        assert len(body["rates"]) == 5


def test_bad_weight_is_reported_and_does_not_stop_the_checkout(
    portal_client: FlaskClient,
) -> None:
    for weight in ("abc", "-3", "1,5", "1e999", "NaN", "0x10"):
        body = ask_for_rates(portal_client, **{**TO_AUSTIN, "totalWeight": weight})
        assert len(body["rates"]) == 5
        assert body["pkg"]["destination"]["totalWeight"] == 0
        assert body["messages"]["warning"][0]["field"] == "totalWeight"


def test_last_of_repeated_parameters_counts_as_in_php(
    portal_client: FlaskClient,
) -> None:
    body = ask_for_rates(portal_client, postcode=["78704", "79901"], country="US")
    assert body["pkg"]["destination"]["postcode"] == "79901"


def test_names_of_parameters_are_matched_whatever_their_case(
    portal_client: FlaskClient,
) -> None:
    body = ask_for_rates(portal_client, POSTCODE="78704", totalweight="3")
    assert body["pkg"]["destination"]["postcode"] == "78704"
    assert body["pkg"]["destination"]["totalWeight"] == 3


def test_lists_and_endless_texts_are_refused_by_name(
    portal_client: FlaskClient,
) -> None:
    target = "/?bizRt=portal/api/shipGetRates&postcode[]=78704&city=" + "x" * 300
    answer = portal_client.get(target, headers=TOKEN)
    assert answer.status_code == 422 and answer.json is not None
    fields = {entry["field"] for entry in answer.json["messages"]["error"]}
    assert fields == {"postcode", "city"} and answer.json["rates"] == []


def test_question_may_be_posted(portal_client: FlaskClient) -> None:
    target = "/?bizRt=portal/api/shipGetRates"
    for options in ({"data": TO_AUSTIN}, {"json": {**TO_AUSTIN, "totalWeight": 2.5}}):
        answer = portal_client.post(target, headers=TOKEN, **options)
        assert answer.json is not None and len(answer.json["rates"]) == 5
        assert answer.json["pkg"]["destination"]["totalWeight"] == 2.5


def test_question_with_broken_text_is_refused_whole(portal_client: FlaskClient) -> None:
    target = "/?bizRt=portal/api/shipGetRates&postcode=78704&city=%E9"
    answer = portal_client.get(target, headers=TOKEN)
    assert answer.status_code == 400 and answer.json is not None
    assert answer.json["rates"] == []


def test_other_http_methods_are_refused(portal_client: FlaskClient) -> None:
    answer = portal_client.put("/?bizRt=portal/api/shipGetRates", headers=TOKEN)
    assert answer.status_code == 405


def test_settings_of_bizuno_count_at_once(portal_app: Flask) -> None:
    change_carriers(
        portal_app,
        flat={"rate": "9.999"},
        best_way={"default": "0"},
        percent={"minRate": ""},
        item=None,
    )
    body = ask_for_rates(portal_app.test_client(), **TO_AUSTIN)
    assert [(rate["id"], rate["quote"]) for rate in body["rates"]] == [
        ("flat_GND", 10),
        ("freeshipper_GND", 0),
        ("percent_GND", 0),
    ]


def test_carrier_that_fails_is_left_out_and_named(portal_app: Flask) -> None:
    change_carriers(
        portal_app, flat={"rate": "free!"}, item={"rate": -1}, fedex={"default": 1}
    )
    body = ask_for_rates(portal_app.test_client(), **TO_AUSTIN)
    assert [rate["id"] for rate in body["rates"]] == [
        "best_way_GND",
        "freeshipper_GND",
        "percent_GND",
    ]
    said = texts(body, "warning")
    assert [code for code in ("fedex", "flat", "item") if code in " ".join(said)] == [
        "fedex",
        "flat",
        "item",
    ]


def test_when_nobody_quotes_the_fallback_is_offered(
    fallback_app: tuple[Flask, bool],
) -> None:
    app, configured = fallback_app
    off = {code: {"default": "0"} for code in methods.by_code(methods.CARRIERS)}
    change_carriers(app, **{**off, "flat": {"default": "1", "rate": "?"}})
    body = ask_for_rates(app.test_client(), **TO_AUSTIN)
    found = [(r["id"], r["title"], r["quote"], r["source"]) for r in body["rates"]]
    offer = ("best_way_GND", "Standard shipping", 14.5, "fallback")
    assert found == ([offer] if configured else [])
    assert "flat" in texts(body, "warning")[0]


def test_no_default_carrier_means_no_rates_and_says_so(portal_app: Flask) -> None:
    off = {code: {"default": 0} for code in methods.by_code(methods.CARRIERS)}
    change_carriers(portal_app, **off)
    body = ask_for_rates(portal_app.test_client(), **TO_AUSTIN)
    assert body["rates"] == [] and "default" in texts(body, "warning")[0]


@pytest.mark.parametrize("document", [None, [], "x", {"flat": None}, {"flat": []}])
def test_broken_settings_quote_nothing(document: Any) -> None:
    assert default_carriers(json.dumps(document)) == ()


def test_country_that_does_not_exist_is_told(portal_client: FlaskClient) -> None:
    body = ask_for_rates(portal_client, **{**TO_AUSTIN, "country": "XX"})
    assert body["rates"] == []
    assert body["messages"]["info"][0]["code"] == "unknown_country"


def test_country_may_be_a_long_code_or_a_name(portal_client: FlaskClient) -> None:
    for country in ("usa", "United States", "gb"):
        body = ask_for_rates(portal_client, **{**TO_AUSTIN, "country": country})
        assert len(body["rates"]) == 5
        assert body["pkg"]["destination"]["country"] == country


def test_limits_of_the_house_are_told(sample_url: str, tmp_path: Path) -> None:
    limits = "[rates]\ncountries = US CA\nmax_weight = 50\nfallback_rate = 9"
    app = create_app(config_of(sample_url, tmp_path, limits))
    client = app.test_client()
    for change, code in (
        ({"country": "GB"}, "not_served"),
        ({"totalWeight": "50.1"}, "too_heavy"),
    ):
        body = ask_for_rates(client, **{**TO_AUSTIN, **change})
        assert body["rates"] == []
        assert body["messages"]["info"][0]["code"] == code
    assert len(ask_for_rates(client, **{**TO_AUSTIN, "totalWeight": 50})["rates"]) == 5
    app.extensions[EXTENSION].database.dispose()


def test_services_are_chosen_renamed_and_ordered(
    sample_url: str, tmp_path: Path
) -> None:
    chosen = "[rates]\nservices =\n  flat_* = By van\n  best_way_GND\n"
    added = "handling =\n  flat = 10% + 1 up 0.50\n"
    app = create_app(config_of(sample_url, tmp_path, chosen + added))
    body = ask_for_rates(app.test_client(), **TO_AUSTIN)
    assert [(rate["id"], rate["title"], rate["quote"]) for rate in body["rates"]] == [
        ("flat_GND", "By van", 11),
        ("best_way_GND", "Shipper Preference", 12),
    ]
    app.extensions[EXTENSION].database.dispose()


def test_reading_tells_what_was_left_out_and_what_refuses() -> None:
    question, left_out = read_question({"postcode": 75201, "cart_subtotal": "x"})
    assert question == RatesQuestion(postcode="75201")
    assert [problem.field for problem in left_out] == ["cart_subtotal"]
    with pytest.raises(Unprocessable):
        read_question({"country": {"a": "b"}})


def test_huge_question_does_not_disturb_the_server(
    sqlite_template: Path, tmp_path: Path
) -> None:
    config = f"[portal]\ndatabase = sqlite:///{sqlite_template}\n"
    server = Gunicorn("portal", config, tmp_path)
    try:
        target = f"{server.url}/?bizRt=portal/api/shipGetRates"
        huge = requests.get(f"{target}&city={'x' * 100_000}", headers=TOKEN, timeout=10)
        posted = requests.post(
            target, data={"city": "x" * 5_000_000}, headers=TOKEN, timeout=10
        )
        good = requests.get(f"{target}&postcode=78704", headers=TOKEN, timeout=10)
    finally:
        server.stop()
    assert huge.status_code in (400, 414) and posted.status_code == 422
    assert good.status_code == 200 and len(good.json()["rates"]) == 5
