"""Many rows in one statement and one value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, MetaData, Table, event, select

from bridge.common.bulk import JSON, insert_many, select_many
from bridge.common.columns import WORDPRESS, Texts, integer, table_options
from bridge.common.database import Database

metadata = MetaData()
words = Texts(WORDPRESS)
notes = Table(
    "notes",
    metadata,
    Column("id", integer("bigint", unsigned=True), primary_key=True),
    Column("text", words.longtext()),
    Column("data", words.longtext(), info=JSON),
    **table_options(WORDPRESS),
)
QUERY = select(notes.c.id, notes.c.text)


@pytest.fixture
def filled(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    with made.transaction() as conn:
        metadata.create_all(conn)
    yield made
    made.dispose()


def write(database: Database, texts: list[str | None]) -> None:
    rows = [(at + 1, text) for at, text in enumerate(texts)]
    with database.transaction() as conn:
        insert_many(conn, notes, ["id", "text"], rows)


def read(database: Database) -> dict[str, str | None]:
    with database.read() as conn:
        return {ident: text for ident, text in select_many(conn, QUERY)}


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["one"],
        [None],
        ["", None, "two", "ünïcödé 🚲", "null", '"\\', "a\nb", "%(rows)s :rows"],
        ["a field \x1f in it", None, "plain"],
        ["a row \x1e in it", "plain"],
        ["a row and a field \x1e2\x1fx", None],
    ],
)
def test_what_is_inserted_comes_back(filled: Database, texts: list[str | None]) -> None:
    write(filled, texts)
    assert read(filled) == {str(at + 1): text for at, text in enumerate(texts)}


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_text_that_the_server_cut_is_read_row_by_row(filled: Database) -> None:
    write(filled, ["x" * 50] * 20)
    wanted = {str(at + 1): "x" * 50 for at in range(20)}
    with filled.read() as conn:
        # at each byte of the last row and of the one before
        for most in range(970, 1100):
            conn.exec_driver_sql(f"SET SESSION group_concat_max_len = {most}")
            assert dict(select_many(conn, QUERY)) == wanted, most


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_many_rows_are_one_statement_each_way(filled: Database) -> None:
    asked: list[str] = []
    event.listen(
        filled.engine, "before_cursor_execute", lambda *args: asked.append(args[2])
    )
    write(filled, [str(at) for at in range(5000)])
    assert len(read(filled)) == 5000
    assert len(asked) == 2


def test_a_structure_is_stored_as_its_json_text(filled: Database) -> None:
    rows = [(1, {"Price": ['8"', None]}), (2, None), (3, {})]
    with filled.transaction() as conn:
        insert_many(conn, notes, ["id", "data"], rows)
    with filled.read() as conn:
        found = conn.scalars(select(notes.c.data).order_by(notes.c.id)).all()
    assert found == ['{"Price":["8\\"",null]}', None, "{}"]
