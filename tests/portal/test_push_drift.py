"""Drift names each item that the store has otherwise, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.books import Books
from tests.support.listening import ListeningStore
from tests.support.pushing import Portal

# what does not depend on the kind of database is seen on one
embedded = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def portal(books: Books, tmp_path: Path) -> Iterator[Portal]:
    """The commands, and a bridge that has been refreshed once."""
    with ListeningStore() as store:
        made = Portal.of(books, store, tmp_path)
        made.run("refresh")
        store.book.calls.clear()
        yield made


@embedded
def test_there_is_none_after_a_refresh(portal: Portal) -> None:
    assert portal.run("drift") == "No drift.\n"
    assert all(call.plan for call in portal.store.book.calls)


def test_the_cause_is_named_for_each_item(portal: Portal) -> None:
    state = portal.store.book.state
    state["LOCK-U"] = {**state["LOCK-U"], "Price": "1"}
    portal.sql("UPDATE inventory SET qty_stock = qty_stock + 1 WHERE sku='CHAIN-11'")
    portal.sql("UPDATE inventory SET woocommerce_sync='1' WHERE sku='BIKE-R200-52'")
    portal.store.book.missing = {"CHAIN-12"}
    portal.store.book.refused = {"LUBE-WET": "Price"}
    said = portal.run("drift", status=1)
    assert "LOCK-U: edited in the store" in said
    assert "CHAIN-11: changed in Bizuno since" in said
    assert "BIKE-R200-52: never pushed" in said
    assert "CHAIN-12: missing in the store" in said
    assert "LUBE-WET: refused: Correct it in Bizuno." in said
    assert "5 differ" in said


@embedded
def test_an_item_whose_last_push_was_refused_is_named_so(portal: Portal) -> None:
    portal.sql("UPDATE inventory SET qty_stock = qty_stock + 1 WHERE sku='LOCK-U'")
    portal.store.book.refused = {"LOCK-U": "Price"}
    portal.run("refresh", status=1)
    portal.store.book.refused = {}
    assert "LOCK-U: refused: Correct it" in portal.run("drift", status=1)


@embedded
def test_only_what_differs_is_put_right(portal: Portal) -> None:
    state = portal.store.book.state
    right = dict(state)
    state["LOCK-U"] = {**state["LOCK-U"], "Price": "1"}
    portal.run("drift", "--fix")
    sent = [c.keys for c in portal.store.book.calls if not c.plan]
    assert sent == [["LOCK-U"]]
    assert state == right
    assert portal.run("drift") == "No drift.\n"


@embedded
def test_a_sample_looks_at_some(portal: Portal) -> None:
    portal.run("drift", "--sample", "3")
    assert sum(len(call.keys) for call in portal.store.book.calls) == 3


@embedded
def test_a_plugin_cannot_be_asked(portal: Portal) -> None:
    portal.store.book.bridge = False
    assert "refresh --all" in portal.run("drift", status=1)
    assert not portal.store.book.calls
