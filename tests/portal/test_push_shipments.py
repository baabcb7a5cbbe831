"""Confirmations: what was shipped, in the words of the original."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.books import Books
from portal.push.shipments import (
    Shipment,
    carrier_text,
    confirmations,
    format_day,
    parse_day,
)
from tests.support.listening import ListeningStore
from tests.support.pushing import Portal

CARRIERS = {
    "ups": {
        "acronym": "UPS",
        "settings": {"services": [{"id": "ups:GND", "text": "UPS Ground"}]},
    },
    "fedex": {"acronym": "FedEx", "settings": {}},
    "plain": {"title": "Plain", "settings": {"services": []}},
}
DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("ups:GND", "UPS Ground"),
        ("ups:1DA", "UPS"),
        ("fedex:GND", "FedEx"),
        ("plain:GND", "plain"),
        ("acme:XX", "acme"),
        ("acme", "acme"),
        ("", ""),
    ],
)
def test_a_carrier_is_called_by_service_acronym_or_code(method: str, text: str) -> None:
    assert carrier_text(CARRIERS, method) == text


def told(*shipments: Shipment, prefix: str = "WC") -> dict[str, tuple[str, str]]:
    found = confirmations(shipments, prefix, CARRIERS, "m/d/Y")
    return {c.order: (c.head, c.body) for c in found}


def test_an_order_is_told_as_the_original_words_it() -> None:
    assert told(Shipment("WC501", "ups:GND", DAY, ("1Z1", "1Z2"))) == {
        "WC501": (
            "Shipped 11/20/2026 via UPS Ground, tracking number(s):",
            "1Z1, 1Z2",
        )
    }


def test_all_parcels_of_an_order_are_joined() -> None:
    found = told(
        Shipment("WC501", "ups:GND", DAY, ("1Z1",)),
        Shipment("WC502", "ups:GND", DAY, ("1Z9",)),
        Shipment("WC501", "ups:GND", DAY, ()),
        Shipment("WC501", "fedex:GND", date(2026, 11, 21), ("7946",)),
    )
    assert found["WC501"] == (
        "Shipped 11/21/2026 via FedEx, tracking number(s):",
        "1Z1, 7946",
    )
    assert len(found) == 2


@pytest.mark.parametrize(
    "order", ["EB502", "77-A", "", "WC", "wc501", "WC501a", "WC 501", "501", "WC５"]
)
def test_orders_of_other_channels_are_left_out(order: str) -> None:
    assert told(Shipment(order, "ups:GND", DAY, ("1Z1",))) == {}


def test_without_prefix_an_order_is_digits_only() -> None:
    found = told(
        Shipment("501", "", DAY, ()), Shipment("WC501", "", DAY, ()), prefix=""
    )
    assert list(found) == ["501"]


def test_a_prefix_is_no_pattern() -> None:
    assert told(Shipment("WXC1", "", DAY, ()), prefix="W.C") == {}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("m/d/Y", "11/02/2026"),
        ("d.m.Y", "02.11.2026"),
        ("Ymd", "20261102"),
        ("Y-m-d", "2026-11-02"),
    ],
)
def test_a_day_is_written_in_the_format_of_the_business(form: str, text: str) -> None:
    assert format_day(date(2026, 11, 2), form) == text
    assert parse_day(text, form, DAY) == date(2026, 11, 2)


def test_a_day_may_be_given_in_several_ways() -> None:
    assert parse_day("2026-11-02", "m/d/Y", DAY) == date(2026, 11, 2)
    assert parse_day("today", "m/d/Y", DAY) == DAY
    assert parse_day("Yesterday", "m/d/Y", DAY) == date(2026, 11, 19)


@pytest.mark.parametrize("given", ["", "2026-13-01", "20.11.2026", "02/30/2026", "x"])
def test_what_is_no_day_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(ValueError, match="write it like 2026-11-20 or 11/20/2026"):
        parse_day(given, "m/d/Y", DAY)


# what does not depend on the kind of database is seen on one
embedded = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def portal(books: Books, tmp_path: Path) -> Iterator[Portal]:
    """The commands, a bridge that listens, and books without any shipment."""
    with ListeningStore() as store:
        made = Portal.of(books, store, tmp_path)
        made.sql("DELETE FROM journal_meta")
        yield made


def ship(portal: Portal, order: str, day: str, *tracking: str, **more: Any) -> None:
    """Book a sale and a shipment of it, posted on another day than it was shipped."""
    portal.sql(
        "INSERT INTO journal_main (period, journal_id, purch_order_id, post_date,"
        " contact_id_b, method_code) VALUES (11, 12, :po, '2026-11-01', 3, 'flat:GND')",
        po=order,
    )
    document = {
        "ship_date": f"{day} 14:05:00",
        "packages": {"rows": [{"tracking_id": number} for number in tracking]},
        **more,
    }
    portal.sql(
        "INSERT INTO journal_meta (ref_id, meta_key, meta_value)"
        " SELECT max(id), 'shipment', :document FROM journal_main",
        document=json.dumps(document),
    )


def test_the_day_of_shipment_counts_not_the_day_of_posting(portal: Portal) -> None:
    ship(portal, "WC1", "2026-11-20", "T1")
    ship(portal, "WC2", "2026-11-21", "T2", deliver_date="2026-11-20")
    portal.run("confirm", "--date", "2026-11-20")
    (call,) = portal.store.book.calls
    assert (call.method, call.endpoint) == ("POST", "order/confirm")
    assert call.data == {
        "head": {"WC1": "Shipped 11/20/2026 via Flat Best Way, tracking number(s):"},
        "body": {"WC1": "T1"},
    }


def test_several_days_go_out_together_each_order_once(portal: Portal) -> None:
    ship(portal, "WC1", "2026-11-20", "T1")
    ship(portal, "WC1", "2026-11-22", "T2")
    ship(portal, "WC2", "2026-11-21", "T3")
    portal.run("confirm", "--date", "11/20/2026", "--to", "2026-11-22")
    assert portal.store.book.calls[0].data["body"] == {"WC1": "T1, T2", "WC2": "T3"}


@embedded
def test_a_long_range_finds_the_same(portal: Portal) -> None:
    ship(portal, "WC1", "2026-03-20", "T1")
    portal.run("confirm", "--date", "2026-01-01", "--to", "2026-12-31")
    assert portal.store.book.calls[0].keys == ["WC1"]


@embedded
def test_a_day_without_shipments_sends_nothing_and_says_so(portal: Portal) -> None:
    said = portal.run("confirm", "--date", "2026-11-18")
    assert "nothing was sent" in said
    assert not portal.store.book.calls and not portal.store.book.probes


@embedded
def test_an_order_without_tracking_number_goes_out_and_is_named(portal: Portal) -> None:
    ship(portal, "WC1", "2026-11-20")
    said = portal.run("confirm", "--date", "2026-11-20")
    assert "WC1 was shipped without a tracking number" in said
    assert portal.store.book.calls[0].data["body"] == {"WC1": ""}


@embedded
def test_orders_left_out_are_named(portal: Portal) -> None:
    ship(portal, "WC1", "2026-11-20", "T1")
    ship(portal, "EB9", "2026-11-20", "T2")
    assert "EB9" in portal.run("confirm", "--date", "2026-11-20")


@pytest.mark.parametrize(
    "document", ["", "{", "[]", '{"ship_date":null}', '{"ship_date":"2026-11-20x"}']
)
def test_a_broken_shipment_stops_nobody(portal: Portal, document: str) -> None:
    ship(portal, "WC1", "2026-11-20", "T1")
    portal.sql(
        "INSERT INTO journal_meta (ref_id, meta_key, meta_value)"
        " VALUES (1, 'shipment', :document)",
        document=document,
    )
    portal.run("confirm", "--date", "2026-11-20")
    assert "WC1" in portal.store.book.calls[0].keys


@embedded
def test_a_refused_order_is_named_and_the_exit_status_tells(portal: Portal) -> None:
    ship(portal, "WC1", "2026-11-20", "T1")
    ship(portal, "WC2", "2026-11-20", "T2")
    portal.store.book.refused["WC2"] = "head"
    said = portal.run("confirm", "--date", "2026-11-20", status=1)
    assert "refused  WC2  head: Correct it in Bizuno." in said
    assert "1 updated, 1 refused" in said


@embedded
def test_a_dry_run_shows_the_texts_and_sends_nothing(portal: Portal) -> None:
    ship(portal, "WC1", "2026-11-20", "T1")
    said = portal.run("confirm", "--date", "2026-11-20", "--dry-run")
    assert "WC1: Shipped 11/20/2026 via Flat Best Way" in said
    assert not portal.store.book.calls and not portal.store.book.probes


@embedded
@pytest.mark.parametrize(
    "given", [("--date", "2026-11-32"), ("--date", "2026-11-20", "--to", "2026-11-19")]
)
def test_wrong_days_are_refused(portal: Portal, given: tuple[str, ...]) -> None:
    portal.run("confirm", *given, status=1)
    assert not portal.store.book.calls
