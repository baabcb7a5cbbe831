"""The ledger says what was asked and done, and makes a request exactly-once."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from bridge.common.database import Database
from bridge.common.envelope import ItemResult, Status
from bridge.common.errors import FieldProblem
from bridge.common.ledger import Ledger, Receipt, digest
from tests.support import mariadb

RECEIPT = Receipt("WC3044", "d1", 7, {"ID": "7", "text": "größer 🚲"})


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url, pool_size=4)
    yield made
    made.dispose()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    made = Ledger("app_")
    made.create(database)
    return made


def run_of(database: Database, ledger: Ledger, run: int) -> Any:
    with database.read() as conn:
        return conn.execute(select(ledger.runs).where(ledger.runs.c.id == run)).one()


def test_the_tables_carry_their_own_prefix(database: Database, ledger: Ledger) -> None:
    assert {"app_runs", "app_items", "app_receipts"} <= set(
        inspect(database.engine).get_table_names()
    )


def test_creating_the_tables_again_keeps_what_is_there(
    database: Database, ledger: Ledger
) -> None:
    with database.transaction() as conn:
        ledger.issue(conn, "order", RECEIPT)
    Ledger("app_").create(database)
    with database.read() as conn:
        assert ledger.receipt(conn, "order", "WC3044") == RECEIPT


def create_at_once(url: str) -> list[BaseException]:
    """Six workers create the tables at the same moment; what went wrong."""
    failed: list[BaseException] = []
    together = threading.Barrier(6)

    def begin() -> None:
        own = Database(url)
        together.wait(30)
        try:
            Ledger("many_").create(own)
        except BaseException as exc:  # shown by the caller's assertion
            failed.append(exc)
        own.dispose()

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return failed


def test_several_workers_may_create_the_tables_at_once(database: Database) -> None:
    assert create_at_once(database.url) == []
    assert "many_receipts" in inspect(database.engine).get_table_names()


def test_several_workers_may_make_the_embedded_database_at_once(tmp_path: Path) -> None:
    """Its first connections change the journal, for which SQLite lets nobody wait."""
    urls = [f"sqlite:///{tmp_path / str(n)}.sqlite" for n in range(60)]
    assert [create_at_once(url) for url in urls] == [[]] * 60


# runs


def test_a_run_tells_what_was_asked_changed_and_refused(
    database: Database, ledger: Ledger
) -> None:
    items = [
        ItemResult("A", Status.UPDATED, id=11),
        ItemResult("B", Status.UNCHANGED, id=12),
        ItemResult("C", Status.MISSING),
        ItemResult.refused("D", FieldProblem("Price", "No number.", "price_format")),
        ItemResult("E", Status.CREATED, id=13),
        ItemResult("F", Status.DELETED, id=14),
    ]
    with database.transaction() as conn:
        run = ledger.start(conn, "refresh", "manager", len(items))
        ledger.finish(
            conn,
            run,
            items,
            changes={0: {"price": [Decimal("8.00"), Decimal("9.50")]}},
            details={"batch": 1},
        )
    row = run_of(database, ledger, run)
    assert (row.kind, row.source, row.status) == ("refresh", "manager", "done")
    assert (row.asked, row.changed, row.refused) == (6, 3, 1)
    assert json.loads(row.details) == {"batch": 1}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row.started)
    assert row.finished >= row.started
    with database.read() as conn:
        kept = conn.execute(select(ledger.items).order_by(ledger.items.c.id)).all()
    assert [(i.item, i.status, i.reference) for i in kept] == [
        ("A", "updated", 11),
        ("D", "refused", None),
        ("E", "created", 13),
        ("F", "deleted", 14),
    ]
    assert json.loads(kept[0].changes) == {"price": ["8.00", "9.50"]}
    assert (kept[1].field, kept[1].code, kept[1].text) == (
        "Price",
        "price_format",
        "No number.",
    )
    assert kept[1].changes is None


def test_a_run_that_died_stays_running(database: Database, ledger: Ledger) -> None:
    with database.transaction() as conn:
        run = ledger.start(conn, "push", "store", 3)
    row = run_of(database, ledger, run)
    assert (row.status, row.finished, row.details) == ("running", None, None)


def test_a_run_without_changes_keeps_no_items(
    database: Database, ledger: Ledger
) -> None:
    with database.transaction() as conn:
        run = ledger.start(conn, "refresh", "manager", 1)
        ledger.finish(conn, run, [ItemResult("A", Status.UNCHANGED)], status="failed")
    with database.read() as conn:
        assert conn.execute(select(ledger.items)).all() == []
    assert run_of(database, ledger, run).status == "failed"


def test_what_is_too_long_for_the_ledger_is_cut(
    database: Database, ledger: Ledger
) -> None:
    problem = FieldProblem("f" * 500, "t" * 500)
    with database.transaction() as conn:
        run = ledger.start(conn, "refresh", "s" * 500, 1)
        ledger.finish(conn, run, [ItemResult.refused("k" * 500, problem)])
    with database.read() as conn:
        item = conn.execute(select(ledger.items)).one()
    assert (len(item.item), len(item.field), len(item.text)) == (190, 190, 500)


def test_a_run_takes_three_statements_whatever_its_size(
    database: Database, ledger: Ledger
) -> None:
    from sqlalchemy import event

    seen: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda conn, cursor, statement, *rest: seen.append(statement),
    )
    counts = []
    for size in (1, 500):
        items = [ItemResult(f"S{n}", Status.UPDATED) for n in range(size)]
        seen.clear()
        with database.transaction() as conn:
            ledger.finish(conn, ledger.start(conn, "r", "s", size), items)
        counts.append(len([s for s in seen if s.upper().startswith(("INS", "UPD"))]))
    assert counts == [3, 3]


# receipts


def test_a_receipt_comes_back_as_it_was_issued(
    database: Database, ledger: Ledger
) -> None:
    with database.transaction() as conn:
        assert ledger.receipt(conn, "order", "WC3044", lock=True) is None
        ledger.issue(conn, "order", RECEIPT)
        assert ledger.receipt(conn, "order", "WC3044", lock=True) == RECEIPT
        assert ledger.receipt(conn, "shipment", "WC3044") is None


def test_a_second_receipt_for_the_same_key_is_impossible(
    database: Database, ledger: Ledger
) -> None:
    with database.transaction() as conn:
        ledger.issue(conn, "order", RECEIPT)
    with pytest.raises(IntegrityError):
        with database.transaction() as conn:
            ledger.issue(conn, "order", Receipt("WC3044", "d2", 8, {}))
    with database.transaction() as conn:
        assert ledger.receipt(conn, "order", "WC3044") == RECEIPT
        ledger.issue(conn, "shipment", RECEIPT)  # another kind, another key


@pytest.mark.parametrize("other", ["wc3044", "WC3044 ", "WC3044é", "WÇ3044"])
def test_keys_differ_by_a_single_byte(
    database: Database, ledger: Ledger, other: str
) -> None:
    with database.transaction() as conn:
        ledger.issue(conn, "order", RECEIPT)
        assert ledger.receipt(conn, "order", other) is None
        ledger.issue(conn, "order", Receipt(other, "d", 9, {}))
        found = ledger.receipt(conn, "order", other)
    assert found is not None and found.reference == 9


def test_a_receipt_goes_with_the_transaction_that_failed(
    database: Database, ledger: Ledger
) -> None:
    with pytest.raises(RuntimeError):
        with database.transaction() as conn:
            ledger.issue(conn, "order", RECEIPT)
            raise RuntimeError
    with database.read() as conn:
        assert ledger.receipt(conn, "order", "WC3044") is None


def test_a_receipt_is_replaced_for_new_content(
    database: Database, ledger: Ledger
) -> None:
    second = Receipt("WC3044", "d2", 7, {"ID": "7"}, revision=2)
    with database.transaction() as conn:
        ledger.issue(conn, "order", RECEIPT)
        ledger.issue(conn, "order", Receipt("WC1", "d1", 1, {}))
        ledger.reissue(conn, "order", second)
        assert ledger.receipt(conn, "order", "WC3044") == second
        untouched = ledger.receipt(conn, "order", "WC1")
    assert untouched is not None and untouched.revision == 1


def test_two_at_once_make_one_receipt(database: Database, ledger: Ledger) -> None:
    start, outcomes = threading.Barrier(4), []

    def book(number: int) -> None:
        start.wait(10)
        try:
            with database.transaction() as conn:
                ledger.issue(conn, "order", Receipt("WC1", f"d{number}", number, {}))
            outcomes.append("issued")
        except IntegrityError:
            outcomes.append("there already")

    threads = [threading.Thread(target=book, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["issued"] + ["there already"] * 3


def test_a_locked_receipt_keeps_others_waiting(server: mariadb.Server) -> None:
    database = Database(server.url(server.create_database()), pool_size=4)
    ledger = Ledger("app_")
    ledger.create(database)
    order: list[str] = []
    with database.transaction() as conn:
        ledger.issue(conn, "order", RECEIPT)

    def second() -> None:
        with database.transaction() as conn:
            found = ledger.receipt(conn, "order", "WC3044", lock=True)
            assert found is not None
            order.append(found.digest)

    with database.transaction() as conn:
        ledger.receipt(conn, "order", "WC3044", lock=True)
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        order.append("first")
        ledger.reissue(conn, "order", Receipt("WC3044", "d2", 7, {}, 2))
    waiting.join(10)
    assert order == ["first", "d2"]
    database.dispose()


# digests

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_a_digest_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


def test_a_digest_sees_every_difference() -> None:
    values: list[Any] = [
        {"a": "1"},
        {"a": "2"},
        {"b": "1"},
        {"a": ["1", "2"]},
        {"a": ["2", "1"]},
        {"a": {"0": "1"}},
        {"a": ""},
        {"a": None},
        {},
        {"a": Decimal("1.0")},
        {"a": Decimal("1.00")},
    ]
    assert len({digest(value) for value in values}) == len(values)
    assert re.fullmatch("[0-9a-f]{64}", digest({}))


def test_only_plain_values_are_kept(database: Database, ledger: Ledger) -> None:
    with pytest.raises(TypeError, match="bytes in a ledger row"):
        with database.transaction() as conn:
            ledger.issue(conn, "order", Receipt("WC1", "d", 1, {"raw": b"x"}))
