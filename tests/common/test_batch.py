"""Several writes in one round trip do what they would do one by one."""

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
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bridge.common.batch import Batch
from bridge.common.columns import BIZUNO, Double, Stamp, Texts, integer, table_options
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
ADD = insert(notes)
RAISE = (
    update(notes)
    .where(notes.c.id == bindparam("which"))
    .values(amount=notes.c.amount + bindparam("by", type_=Double()))
)
DROP = delete(notes).where(notes.c.id == bindparam("which"))


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
