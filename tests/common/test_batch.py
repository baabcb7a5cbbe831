"""Several statements in one round trip do what they would do one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    MetaData,
    Table,
    bindparam,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bridge.common.batch import Batch
from bridge.common.columns import (
    BIZUNO,
    Double,
    Single,
    Stamp,
    Texts,
    integer,
    table_options,
)
from bridge.common.database import Database

notes = Table(
    "batch_notes",
    MetaData(),
    Column("id", integer("int"), primary_key=True, autoincrement=False),
    Column("text", Texts(BIZUNO).varchar(80), server_default="none"),
    Column("amount", Double),
    Column("stamp", Stamp),
    **table_options(BIZUNO),
)
numbered = Table(
    "batch_numbered",
    MetaData(),
    Column("id", integer("int"), primary_key=True),
    Column("text", Texts(BIZUNO).varchar(80)),
    **table_options(BIZUNO),
)
ADD = insert(notes)
RAISE = (
    update(notes)
    .where(notes.c.id == bindparam("which"))
    .values(amount=notes.c.amount + bindparam("by", type_=Double()))
)
DROP = delete(notes).where(notes.c.id == bindparam("which"))
LISTED = (
    select(notes.c.id)
    .where(notes.c.id.in_(bindparam("ids", expanding=True)), notes.c.text != "100 %")
    .order_by(notes.c.id)
)
RENAME = (
    update(notes)
    .where(notes.c.text.in_(bindparam("names", expanding=True)))
    .values(text=bindparam("name"))
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    with made.transaction() as conn:
        notes.create(conn)
    yield made
    made.dispose()


def stored(database: Database) -> list[tuple[Any, ...]]:
    with database.read() as conn:
        return [tuple(row) for row in conn.execute(select(notes).order_by(notes.c.id))]


def test_writes_are_carried_out_in_order(database: Database) -> None:
    with database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, [{"id": 1, "amount": 1}, {"id": 2, "amount": 2}])
        batch.execute(RAISE, {"which": 1, "by": Decimal("0.5")})
        batch.execute(DROP, {"which": 2})
        batch.send()
        batch.execute(ADD, {"id": 3, "text": None, "amount": None})
        batch.send()
        batch.send()
    assert stored(database) == [
        (1, "none", Decimal("1.5"), None),
        (3, None, None, None),
    ]


def test_values_are_bound_and_never_read_as_sql(database: Database) -> None:
    texts = ["'; DROP TABLE x; --", "100 %", "%(s0r0_id)s", 'a "b" \\', "注文 🚲", "%%"]
    rows = [{"id": at, "text": text} for at, text in enumerate(texts)]
    with database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, rows)
        batch.send()
    assert [row[1] for row in stored(database)] == texts


def test_values_are_stored_as_their_columns_store_them(database: Database) -> None:
    moment = datetime(2026, 11, 20, 12, 30, 59, 900000, tzinfo=UTC)
    with database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, {"id": 1, "amount": Decimal("0.10"), "stamp": moment})
        batch.send()
    assert stored(database) == [(1, "none", Decimal("0.1"), "2026-11-20 12:30:59")]


def test_a_failing_write_fails_as_it_would_alone(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, {"id": 1})
        batch.execute(ADD, {"id": 1})
        batch.send()
    assert stored(database) == []


def test_what_is_not_sent_does_not_outlive_the_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as conn:
        Batch(conn).execute(ADD, {"id": 1})
        raise RuntimeError
    assert stored(database) == []


def test_mariadb_gets_them_in_one_statement(database: Database) -> None:
    seen: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda conn, cursor, statement, *rest: seen.append(statement),
    )
    with database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, [{"id": 1}, {"id": 2}])
        batch.execute(RAISE, {"which": 1, "by": 1})
        batch.send()
    wrote = [statement for statement in seen if statement != "BEGIN IMMEDIATE"]
    assert len(wrote) == (1 if database.url.startswith("mysql") else 2)


FIND = select(notes.c.id, notes.c.text.label("said"), notes.c.amount, notes.c.stamp)
ALL = FIND.order_by(notes.c.id)
ONE = FIND.where(notes.c.id == bindparam("which"))


def test_questions_are_answered_as_they_would_be_alone(database: Database) -> None:
    moment = datetime(2026, 11, 20, 12, 30, 59, tzinfo=UTC)
    rows = [
        {"id": 1, "text": 'a "b" \\ \n 注文 🚲 %s', "amount": Decimal("19834.74")},
        {"id": 2, "text": None, "amount": None},
        {"id": 3, "text": "[1]", "amount": Decimal("5"), "stamp": moment},
        {"id": 4, "text": "", "amount": Decimal("0.1"), "stamp": None},
    ]
    with database.transaction() as conn:
        for row in rows:
            conn.execute(ADD, row)
        alone = conn.execute(ALL).all()
        batch = Batch(conn)
        every, one = batch.ask(ALL, {}, list), batch.ask(ONE, {"which": 3}, list)
        nobody = batch.ask(ONE, {"which": 9}, list)
        assert [tuple(row) for row in every()] == [tuple(row) for row in alone]
        assert every()[0].said == rows[0]["text"]
        assert [row._mapping["id"] for row in one()] == [3] and nobody() == []


def test_single_precision_is_read_to_its_digits(database: Database) -> None:
    table = Table("batch_single", MetaData(), Column("quantity", Single))
    with database.transaction() as conn:
        table.create(conn)
    with database.transaction() as conn:
        quantities = [Decimal("1234567"), Decimal("0.1"), Decimal("16777216")]
        for quantity in quantities:
            conn.execute(insert(table), {"quantity": quantity})
        found = Batch(conn).ask(select(table.c.quantity), {}, list)
        assert [row.quantity for row in found()] == quantities


def test_a_question_sees_what_was_written_before_it(database: Database) -> None:
    with database.transaction() as conn:
        batch = Batch(conn)
        before = batch.ask(ALL, {}, len)
        batch.execute(ADD, [{"id": 1}, {"id": 2}])
        between = batch.ask(ALL, {}, len)
        batch.execute(DROP, {"which": 1})
        after = batch.ask(ALL, {}, len)
        assert (before(), between(), after()) == (0, 2, 1)


def test_an_id_is_a_parameter_of_what_comes_after_it(database: Database) -> None:
    with database.transaction() as conn:
        numbered.create(conn)
        conn.execute(insert(numbered), [{"text": "a"}, {"text": "b"}])
    with database.transaction() as conn:
        batch = Batch(conn)
        third = batch.insert(insert(numbered), {"text": "100 %"})
        batch.execute(ADD, [{"id": third, "text": "%%"}, {"id": 9, "text": "%"}])
        fourth = batch.insert(insert(numbered), {"text": "d"})
        batch.send()
        batch.execute(ADD, {"id": fourth, "text": "later"})
        batch.send()
        assert (third(), fourth()) == (3, 4)
    assert [row[:2] for row in stored(database)] == [
        (3, "%%"),
        (4, "later"),
        (9, "%"),
    ]


def test_rows_that_were_found_are_counted_even_if_none_changed(
    database: Database,
) -> None:
    counted: list[int] = []
    with database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, [{"id": 1, "amount": 1}, {"id": 2, "amount": 1}])
        batch.count(RAISE, {"which": 1, "by": 0}, counted.append)
        batch.count(DROP, {"which": 7}, counted.append)
        batch.send()
    assert counted == [1, 0]


def test_what_a_count_finds_wrong_undoes_the_whole(database: Database) -> None:
    def refuse(rows: int) -> None:
        raise LookupError(rows)

    with pytest.raises(LookupError), database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, {"id": 1})
        batch.count(DROP, {"which": 7}, refuse)
        batch.execute(ADD, {"id": 2})
        batch.send()
    assert stored(database) == []


def test_a_statement_that_fails_behind_an_answer_is_heard(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, {"id": 1})
        batch.ask(ALL, {}, list)
        batch.execute(ADD, {"id": 1})
        batch.ask(ALL, {}, list)()
    assert stored(database) == []


def test_a_question_of_each_kind_is_one_round_trip(database: Database) -> None:
    seen: list[str] = []
    with database.transaction() as conn:
        event.listen(
            database.engine,
            "before_cursor_execute",
            lambda conn, cursor, statement, *rest: seen.append(statement),
        )
        batch = Batch(conn)
        answers = [batch.ask(ONE, {"which": at}, len) for at in range(5)]
        assert [answer() for answer in answers] == [0] * 5
    assert len(seen) == (1 if database.url.startswith("mysql") else 5)


def test_lists_have_as_many_members_as_they_are_given(database: Database) -> None:
    with database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, [{"id": n, "text": f"{n} %"} for n in range(1, 6)])
        two = batch.ask(LISTED, {"ids": [4, 2, 9]}, list)
        one = batch.ask(LISTED, {"ids": [5]}, list)
        none = batch.ask(LISTED, {"ids": []}, list)
        batch.execute(RENAME, {"name": "100 %", "names": ["4 %", "5 %"]})
        after = batch.ask(LISTED, {"ids": [3, 4, 5]}, list)
        assert [row.id for row in two()] == [2, 4]
        assert [row.id for row in one()] == [5] and none() == []
        assert [row.id for row in after()] == [3]


def test_questions_in_a_row_share_one_answer(database: Database) -> None:
    seen: list[str] = []
    falling = FIND.order_by(notes.c.id.desc())
    with database.transaction() as conn:
        conn.execute(ADD, [{"id": at, "text": f"{at}"} for at in range(1, 4)])
        event.listen(
            database.engine,
            "before_cursor_execute",
            lambda conn, cursor, statement, *rest: seen.append(statement),
        )
        batch = Batch(conn)
        one, two = batch.ask(ONE, {"which": 1}, list), batch.ask(ONE, {"which": 9}, len)
        first = batch.ask(falling.limit(1), {}, list)
        every = batch.ask(falling, {}, list)
        locked = batch.ask(ONE.with_for_update(), {"which": 2}, list)
        assert [row.said for row in one()] == ["1"] and two() == 0
        assert [row.id for row in first()] == [3]
        assert [row.id for row in every()] == [3, 2, 1]
        assert [row.id for row in locked()] == [2]
    if database.url.startswith("mysql"):
        (text,) = seen
        # an order without a limit means nothing in a union, a lock does too early
        assert text.count(" UNION ALL ") == 2 and text.endswith("FOR UPDATE; END")


def one_more(rows: int) -> None:
    """A check that lets anything pass."""


def test_a_sealed_batch_commits_what_it_did(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, {"id": 1})
        batch.count(RAISE, {"which": 1, "by": 1}, one_more, wanted=1)
        batch.seal()
        batch.execute(ADD, {"id": 2})
        batch.send()
        raise RuntimeError
    kept = [row[0] for row in stored(database)]
    assert kept == ([1, 2] if database.url.startswith("mysql") else [])


def test_what_is_sealed_is_not_done_where_a_count_is_wrong(database: Database) -> None:
    def refuse(rows: int) -> None:
        if rows != 1:
            raise LookupError(rows)

    with database.transaction() as conn:
        conn.execute(ADD, {"id": 7, "text": "old"})
    if database.url.startswith("mysql"):  # what no rollback undoes
        with database.transaction() as conn:
            conn.exec_driver_sql("CREATE TABLE batch_log (id INT) ENGINE=MyISAM")
    log = Table("batch_log", MetaData(), Column("id", integer("int")))
    with pytest.raises(LookupError), database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, {"id": 1})
        batch.count(DROP, {"which": 8}, refuse, wanted=1)
        batch.seal()
        batch.execute(insert(log), {"id": 1})
        batch.send()
    assert [row[0] for row in stored(database)] == [7]
    if database.url.startswith("mysql"):
        with database.read() as conn:
            assert conn.execute(select(log.c.id)).all() == []


def test_a_check_may_let_other_rows_pass(database: Database) -> None:
    with database.transaction() as conn:
        batch = Batch(conn)
        batch.execute(ADD, {"id": 1})
        batch.count(DROP, {"which": 8}, one_more, wanted=1)
        batch.seal()
        batch.execute(ADD, {"id": 2, "text": "100 %"})
        batch.send()
    assert [row[:2] for row in stored(database)] == [(1, "none"), (2, "100 %")]


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_digits_that_the_server_draws_get_into_texts(database: Database) -> None:
    drawing = (
        update(notes)
        .where(notes.c.id == 1)
        .values(amount=func.last_insert_id(notes.c.amount) + 1)
    )
    with database.transaction() as conn:
        conn.execute(ADD, {"id": 1, "amount": 41})
        batch = Batch(conn)
        batch.count(drawing, {}, one_more, wanted=1)
        spelling = batch.spell(batch.drawn(), 5)
        told = f"INV{spelling.mark}"
        batch.execute(
            ADD, [{"id": 2, "text": f"100 % {told}: {told}'"}, {"id": 3, "text": None}]
        )
        assert spelling.read(told) == "INV00041" and len(told) == 8
    assert [row[:3] for row in stored(database)] == [
        (1, "none", Decimal("42")),
        (2, "100 % INV00041: INV00041'", None),
        (3, None, None),
    ]


def test_a_list_may_hold_an_id_that_only_the_server_knows(database: Database) -> None:
    among = bindparam("among", expanding=True)
    raising = update(notes).where(notes.c.id.in_(among)).values(text="found")
    with database.transaction() as conn:
        numbered.create(conn)
        conn.execute(ADD, [{"id": at} for at in (1, 2, 3)])
    with database.transaction() as conn:
        batch = Batch(conn)
        first = batch.insert(insert(numbered), {"text": "a"})
        batch.execute(raising, {"among": [first, 3]})
        batch.send()
    assert [row[1] for row in stored(database)] == ["found", "none", "found"]
