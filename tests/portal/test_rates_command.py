"""``bizuno-portal rates``: what an operator sees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from tests.support.easypost import KEY, FakeEasyPost

from .quoting import ORIGIN

Run = Callable[..., Result]


@pytest.fixture
def fake() -> Iterator[FakeEasyPost]:
    server = FakeEasyPost()
    yield server
    server.close()


@pytest.fixture
def run(sqlite_template: Path, tmp_path: Path, fake: FakeEasyPost) -> Run:
    """The command on the sample books; ``config`` are further lines of ``[rates]``."""
    database = tmp_path / "books.sqlite"
    database.write_bytes(sqlite_template.read_bytes())

    def call(*arguments: str, config: str = "") -> Result:
        file = tmp_path / "config.ini"
        file.write_text(
            f"[portal]\ndatabase = sqlite:///{database}\n[rates]\n"
            f"easypost_key = {KEY}\neasypost_url = {fake.url}\n{config}\n{ORIGIN}"
        )
        return CliRunner().invoke(main, ["--config", str(file), "rates", *arguments])

    return call


CART = ("--country", "US", "--postcode", "75201", "--weight", "2.5")


def test_rates_are_listed_with_amount_and_source(run: Run) -> None:
    result = run(*CART)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "ups_GND                  12.80  UPS Ground (live)" in lines
    assert "flat_GND                  8.95  Best Way (table)" in lines
    assert len(lines) == 10
    assert "UPS Ground (cached)" in run(*CART).output


def test_explain_shows_each_carrier_and_why_offers_are_missing(
    run: Run, fake: FakeEasyPost
) -> None:
    fake.behave("partial")
    said = run(*CART, "--explain", config="services =\n  endicia_*").output
    assert "easypost: live, asked, " in said and "flat: table, computed, 0 ms" in said
    assert "Carrier easypost has no rates of UPSDAP." in said
    assert "not offered, by [rates] services or its price: flat_GND" in said
    fake.behave("negative")
    said = run("--postcode", "10001", "--explain").output
    assert "easypost: failed, " in said
    assert "dropped: UPS Ground: its amount is below 0" in said


def test_explain_tells_what_is_wrong_with_the_table(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "rates.csv"
    table.write_text("id,title,price\nflat_GND,Van,x\n")
    result = run(*CART, "--explain", config=f"table = {table}\ntable_role = always")
    assert result.exit_code == 0
    assert "line 2: price 'x': not a number" in result.output


def test_fresh_asks_the_carrier_again(run: Run, fake: FakeEasyPost) -> None:
    run(*CART)
    assert "UPS Ground (live)" in run(*CART, "--fresh").output
    assert len(fake.questions) == 2


def test_json_is_one_object(run: Run) -> None:
    said = json.loads(run(*CART, "--json").output)
    rates = {rate["id"]: rate for rate in said["rates"]}
    assert rates["ups_GND"] == {
        "id": "ups_GND",
        "title": "UPS Ground",
        "quote": "12.80",
        "source": "live",
        "age": 0,
    }
    assert {one["carrier"] for one in said["carriers"]} >= {"easypost", "flat"}


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("--country", "US"), "No rates: There are no shipping rates without"),
        (("--country", "XX", "--postcode", "1"), "No rates: There is no country 'XX'"),
        ((*CART, "--weight", "two"), "totalWeight is not taken into account"),
    ],
)
def test_no_rates_are_explained_and_fail(
    arguments: tuple[str, ...], said: str, run: Run
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1 and said in result.output
