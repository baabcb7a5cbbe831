"""The table of rates: its file, its zones and bands, and what is wrong with it."""

from __future__ import annotations

import os
import random
from decimal import Decimal
from pathlib import Path

import pytest

from portal.quoting.offers import CannotQuote, CannotServe, Deadline, Shipment
from portal.quoting.table import PriceTable
from portal.quoting.table_csv import TableErrors, parse_table
from portal.quoting.table_file import TableFile

HEAD = "id,title,country,state,postcode,weight_from,weight_to,value_from,value_to,price"
TABLE = f"""{HEAD}
best_way_GND,Parcel,US,TX,75000-75999 76001,0,5,,,7.90
best_way_GND,Parcel,US,TX,75000-75999 76001,5,70,,,14.90
best_way_GND,Parcel,US,TX,,0,70,,,19.90
best_way_GND,Parcel,US,,,0,70,,,"1,029.90"
best_way_GND,Parcel,GB,,SW1* EC,0,30,,,24
flat_1DA,Express,US,*,*,0,20,,100,30
flat_1DA,Express,USA,,,0,20,100,,0
"""


def cart(
    postcode: str = "75201",
    weight: str = "2.5",
    *,
    country: str = "US",
    state: str = "TX",
    value: str | None = None,
) -> Shipment:
    worth = None if value is None else Decimal(value)
    return Shipment(country, state, postcode, "", Decimal(weight), worth)


def prices(table: PriceTable, shipment: Shipment) -> dict[str, str]:
    offers = table.quote(shipment, Deadline.after(1))
    return {offer.id: str(offer.quote) for offer in offers}


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(TableErrors) as caught:
        parse_table(text)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    "shipment, price",
    [
        (cart("75201"), "7.90"),
        (cart("75201-1234"), "7.90"),
        (cart("76001"), "7.90"),
        (cart("76002"), "19.90"),
        (cart("75201", state="tx"), "7.90"),
        (cart("90210", state="CA"), "1029.90"),
        (cart("sw1a 1aa", country="GB", state=""), "24.00"),
        (cart("EC", country="GB"), "24.00"),
        (cart("75201", "0"), "7.90"),
        (cart("75201", "5"), "7.90"),
        (cart("75201", "5.01"), "14.90"),
        (cart("75201", "70"), "14.90"),
    ],
)
def test_first_line_that_fits_counts(shipment: Shipment, price: str) -> None:
    assert prices(parse_table(TABLE), shipment)["best_way_GND"] == price


def test_value_bands_begin_with_their_lower_end() -> None:
    table = parse_table(TABLE)
    found = [
        prices(table, cart(value=value)).get("flat_1DA") for value in ("99.99", "100")
    ]
    assert found == ["30.00", "0.00"]
    # nobody knows what it is worth: only lines without a value fit
    assert "flat_1DA" not in prices(table, cart())


def test_what_no_line_fits_is_told_by_reason() -> None:
    table = parse_table(TABLE)
    for shipment, code, said in (
        (cart("M1 1AE", country="GB"), "not_served", "no zone for GB M1 1AE"),
        (cart("75201", "71"), "too_heavy", "a weight of 71"),
    ):
        with pytest.raises(CannotServe, match=said) as caught:
            table.quote(shipment, Deadline.after(1))
        assert caught.value.code == code


@pytest.mark.parametrize(
    "line, said",
    [
        ("flat,X,US,,,,,,,1", "id 'flat' is no rate id"),
        ("flat_GND,,US,,,,,,,1", "title is empty"),
        ("flat_GND,X,XX,,,,,,,1", "country 'XX' is no country"),
        ("flat_GND,X,US,,75-7,,,,,1", "postcode '75-7' does not go upwards"),
        ("flat_GND,X,US,,75999-75000,,,,,1", "does not go upwards"),
        ("flat_GND,X,US,,7?,,,,,1", "postcode '7?' is neither"),
        ("flat_GND,X,US,,,a,,,,1", "weight_from 'a': not a number"),
        ("flat_GND,X,US,,,5,5,,,1", "weight_to must be above weight_from"),
        ("flat_GND,X,US,,,,,-1,,1", "value_from '-1' is below 0"),
        ("flat_GND,X,US,,,,,,,", "price is empty"),
        ("flat_GND,X,US,,,,,,,free", "price 'free': not a number"),
        ("flat_GND,X,US,,,,,,,-2", "price '-2' is below 0"),
        ('flat_GND,X,US,,,,,,,"1,5"', "a comma separates thousands only"),
        ("flat_GND,X,US", "has fewer fields"),
        ("flat_GND,X,US,,,,,,,1,2", "has more fields"),
    ],
)
def test_mistakes_are_told_with_their_line(line: str, said: str) -> None:
    good = "best_way_GND,Parcel,,,,,,,,5"
    found = problems(f"{HEAD}\n{good}\n\n{line}\n")
    assert {number for number, _ in found} == {4}
    assert said in found[0][1]


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(f"{HEAD}\nflat,,XX,,,,,,,x\nflat_GND,X,,,,,,,,-1\n")
    assert [number for number, _ in found] == [2, 2, 2, 2, 3]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "the column id is missing"),
        ("id,title,prize\n", "there is no column 'prize'"),
        ("id,title,price,price\nx_AB,A,1,1\n", "the column price stands there twice"),
        ("id,title,price\n", "holds 0 prices"),
        ('id,title,price\nflat_GND,"X,1\n', "is no CSV"),
    ],
)
def test_file_that_is_no_table_is_told(text: str, said: str) -> None:
    assert any(said in found for _, found in problems(text))


def test_lines_that_hide_each_other_and_two_titles_are_mistakes() -> None:
    rows = "flat_GND,X,US,,,0,5,,,1\nflat_GND,X,US,,,5,9,,,2\nflat_GND,X,US,,,4,6,,,3\n"
    assert problems(f"{HEAD}\n{rows}") == [(4, "overlaps line 2: same id and zone")]
    rows = "flat_GND,X,US,,,,,,,1\nflat_GND,Y,GB,,,,,,,1\n"
    assert problems(f"{HEAD}\n{rows}") == [(3, "flat_GND is called 'X' in line 2")]


def test_only_three_columns_are_needed() -> None:
    table = parse_table("\ufeffid,title,price\nflat_GND,Van,5\n".removeprefix("\ufeff"))
    assert prices(table, cart("anything", "999")) == {"flat_GND": "5.00"}


def test_large_table_is_quick() -> None:
    rows = [
        f"flat_GND,Van,US,,{zone:03}*,{low},{low + 5},,,{zone + low}"
        for zone in range(900)
        for low in range(0, 100, 5)
    ]
    random.Random(1).shuffle(rows)
    table = parse_table("\n".join([HEAD, *rows]))
    deadline = Deadline.after(1)
    for postcode in range(100):
        assert table.quote(cart(f"{postcode:03}99", "12"), deadline)
    assert deadline.left() > 0.5


# the file


def write(path: Path, text: str, stamp: int) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, (stamp, stamp))


def test_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    write(path, "\ufeffid,title,price\nflat_GND,Van,5\n", 1)
    file = TableFile(path)
    first = file.current()
    assert file.current() is first
    write(path, "id,title,price\nflat_GND,Van,6\n", 2)
    assert prices(file.current(), cart()) == {"flat_GND": "6.00"}


def test_file_with_mistakes_changes_nothing_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "rates.csv"
    file = TableFile(path)
    with pytest.raises(CannotQuote, match="its file has mistakes"):
        file.current()
    assert "cannot be read" in caplog.text and str(tmp_path) not in caplog.text
    write(path, "id,title,price\nflat_GND,Van,5\n", 1)
    good = file.current()
    assert file.problem is None
    write(path, "id,title,price\nflat_GND,Van,x\n", 2)
    assert file.current() is good
    assert file.current() is good
    assert caplog.text.count("line 2: price 'x'") == 1
    path.write_bytes(b"id,title,price\nflat_GND,\xff,5\n")
    assert file.current() is good and "line 2: is not UTF-8" in caplog.text
    path.unlink()
    assert file.current() is good
