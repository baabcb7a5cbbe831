"""The rate that was handed out comes back with the order (DECISIONS 45)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bridge.common import sample
from portal.app import create_app
from portal.books import EXTENSION, Books
from tests.support.easypost import KEY, FakeEasyPost

from .conftest import config_of
from .orders import booked, head_of, order
from .quoting import ORIGIN

ADDRESS = (
    "/?bizRt=portal/api/shipGetRates&country=US&state=TX&postcode=75201&totalWeight=2.5"
)
TOKEN = {"X-Bizuno-Token": sample.API_TOKEN}


@pytest.fixture
def live_app(sample_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal with every kind of carrier."""
    fake = FakeEasyPost()
    table = tmp_path / "rates.csv"
    table.write_text("id,title,price\nfreeshipper_GDR,Collect it yourself,0\n")
    rates = (
        f"[rates]\neasypost_key = {KEY}\neasypost_url = {fake.url}\n"
        f"table = {table}\ntable_role = always\nfallback_rate = 19\n"
        f"easypost_services =\n  UPSDAP NextDayAir = ups_NEXTDAY\n{ORIGIN}"
    )
    app = create_app(config_of(sample_url, tmp_path / "data", rates))
    yield app
    app.extensions[EXTENSION].database.dispose()
    fake.close()


def methods(app: Flask, client: FlaskClient, *sent: str) -> list[str]:
    """What Bizuno holds for orders with these shipping methods."""
    books: Books = app.extensions[EXTENSION]
    found = []
    for number, carrier in enumerate(sent):
        payload = order(f"WC{8000 + number}", General={"ShippingCarrier": carrier})
        found.append(head_of(books, booked(client, payload)["ID"]).method_code)
    return found


def test_every_rate_comes_back_by_id_and_by_title(live_app: Flask) -> None:
    client = live_app.test_client()
    rates = client.get(ADDRESS, headers=TOKEN).json["rates"]
    assert {rate["source"] for rate in rates} == {"live", "table"}
    wanted = {rate["id"]: rate["id"].replace("_GND", ":GND") for rate in rates}
    wanted |= {
        "endicia_2DP": "endicia:2DP",
        "ups_NEXTDAY": "ups:NEXTDAY",
        "freeshipper_GDR": "freeshipper:GDR",
    }
    assert methods(live_app, client, *wanted) == list(wanted.values())
    # three of Bizuno's own carriers have the title "Best Way": nobody can tell which
    titles = {
        rate["title"]: wanted[rate["id"]]
        for rate in rates
        if rate["title"] != "Best Way"
    }
    assert len(titles) == 8
    assert methods_by_title(live_app, client, titles) == titles
    assert methods_by_title(live_app, client, {"Best Way": ""}) == {
        "Best Way": "fedex:GND"
    }


def methods_by_title(
    app: Flask, client: FlaskClient, titles: dict[str, str]
) -> dict[str, str]:
    """The same by title, as the plugin sends it."""
    books: Books = app.extensions[EXTENSION]
    found = {}
    for title in titles:
        payload = order(f"WC-{title}"[:24], General={"ShippingCarrier": title})
        found[title] = head_of(books, booked(client, payload)["ID"]).method_code
    return found


def test_configured_title_wins_over_the_one_handed_out(
    sample_url: str, tmp_path: Path
) -> None:
    mapping = "shipping_methods =\n  Shipper Preference = ups:GND\n"
    app = create_app(config_of(sample_url, tmp_path / "data", mapping))
    client = app.test_client()
    client.get(ADDRESS, headers=TOKEN)
    assert methods(app, client, "Shipper Preference", "Local Delivery") == [
        "ups:GND",
        "freeshipper:GND",
    ]
    app.extensions[EXTENSION].database.dispose()
