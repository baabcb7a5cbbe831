"""Many rows in one statement and one value.

The driver formats and reads every value of every row in Python, which for thousands of
rows costs more than the database's own work. MariaDB can read the rows to be inserted
out of one JSON text (``JSON_TABLE``, MariaDB 10.6 and later), which Python writes in C,
and can answer a SELECT with one text that Python splits in C.
"""

from __future__ import annotations

import functools
import gc
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    TextClause,
    cast,
    func,
    text,
    type_coerce,
)
from sqlalchemy.dialects.mysql import dialect as mysql_dialect

from .batch import Writer
from .database import is_sqlite, upsert

# bytes, of which base64 makes a third more; servers take 16 MiB unless told otherwise
PACKET = 4 * 1024 * 1024
# mark of a column whose values are JSON texts: rows may hold the structures themselves
JSON = {"json": True}
_QUOTER = mysql_dialect().identifier_preparer
_FIELD, _ROW = "\x1f", "\x1e"


def insert_many(
    writer: Writer,
    table: Table,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    unique: Iterable[str] = (),
    update: Iterable[str] = (),
) -> None:
    """Insert rows, given as values in the order of ``names``.

    Where a row with the same ``unique`` columns exists, its ``update`` columns are
    set; without ``update`` that is an IntegrityError. Values are texts, whole numbers,
    Decimals, aware times or None; in columns whose ``info`` is JSON dicts or None.
    """
    if not rows:
        return
    keys = list(update)
    if is_sqlite(writer):
        named = [
            {
                name: _ENCODE(value) if isinstance(value, dict) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in rows
        ]
        if keys:
            upsert(writer, table, named, unique=unique, update=keys)
        else:
            writer.execute(table.insert(), named)
        return
    statement = _statement(table, tuple(names), tuple(keys))
    for part in _packets(rows):
        # the driver escapes JSON's quotes one by one, base64 has nothing to escape
        writer.execute(statement, {"rows": b64encode(part).decode()})


def _packets(rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """The rows as JSON; in halves where it might exceed the server's packet."""
    encoded = _ENCODE(rows).encode()
    if len(encoded) <= PACKET or len(rows) == 1:
        yield encoded
        return
    middle = len(rows) // 2
    yield from _packets(rows[:middle])
    yield from _packets(rows[middle:])


def select_many(conn: Connection, query: Select[Any]) -> list[list[Any]]:
    """The rows of a query as texts, in no order; only the last column may be NULL.

    Fields and rows come in one text, ended by control characters that no sane value
    holds. Where one does, the numbers do not add up, and where the text was too long
    for the server, its end is missing; the rows are then asked for one by one.
    """
    if not is_sqlite(conn):
        # bytes: the columns of an old shop may have different collations
        fields = [
            cast(column, LargeBinary) if isinstance(column.type, String) else column
            for column in query.selected_columns
        ]
        row = func.concat(func.concat_ws(_FIELD.encode(), *fields), _ROW.encode())
        packed = type_coerce(func.aggregate_strings(row, ""), LargeBinary)
        count, found = conn.execute(query.with_only_columns(func.count(), packed)).one()
        rows = _unpack(count, found, len(fields))
        if rows is not None:
            return rows
    return [
        [None if value is None else str(value) for value in row]
        for row in conn.execute(query)
    ]


def _unpack(count: int, packed: bytes | None, width: int) -> list[list[Any]] | None:
    """``count`` rows of ``width`` fields; None where the text does not hold them."""
    if not packed:
        return [] if not count else None
    if not packed.endswith(_ROW.encode()):
        return None
    texts = packed[:-1].decode().split(_ROW)
    rows: list[list[Any]] = [row.split(_FIELD) for row in texts]
    widths = set(map(len, rows))
    if len(rows) != count or not widths <= {width, width - 1}:
        return None
    if len(widths) > 1 or width not in widths:
        for row in rows:
            if len(row) < width:  # NULL leaves no field at all
                row.append(None)
    return rows


def temporary(name: str, columns: Sequence[Column[Any]]) -> Table:
    """A temporary table for ``staged``; build it once where that is possible.

    Give text columns the collation of what they are joined with (MariaDB error 1267
    otherwise). For an index make the column the first of the primary key:
    ``index=True`` would be a CREATE INDEX, which commits the transaction on MariaDB.
    """
    assert not any(column.index for column in columns)
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])


@contextmanager
def staged(
    conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]] = ()
) -> Iterator[Table]:
    """A ``temporary`` table filled with ``rows``, for set-based statements.

    Gone at the end of the block.
    """
    try:
        table.create(conn)
        if rows:
            conn.execute(table.insert(), rows)
        yield table
    except BaseException:
        with suppress(Exception):  # what went wrong first is what counts
            _drop(conn, table.name)
        raise
    _drop(conn, table.name)


def _drop(conn: Connection, name: str) -> None:
    """Drop a temporary table, or the connection with it.

    MariaDB keeps it over a rollback, and the next user of a pooled connection would
    stumble over it.
    """
    if conn.invalidated:
        return
    temporary = "" if is_sqlite(conn) else "TEMPORARY "
    try:
        conn.exec_driver_sql(f"DROP {temporary}TABLE IF EXISTS {name}")
    except Exception:
        conn.invalidate()
        raise


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python's cycle collector out of a batch.

    A batch makes hundreds of thousands of objects that live until its end and form no
    cycles; the collector would walk them again and again, a fifth of the time.
    Threads do not disturb each other: whoever found it on switches it on again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@functools.lru_cache(maxsize=64)
def _statement(
    table: Table, names: tuple[str, ...], update: tuple[str, ...]
) -> TextClause:
    quote = _QUOTER.quote
    columns = ", ".join(quote(name) for name in names)
    # places in the JSON, not names: nothing of a row gets into the statement
    read = ", ".join(
        f"c{at} {_json_type(table, name)} PATH '$[{at}]'"
        for at, name in enumerate(names)
    )
    found = ", ".join(
        # JSON's null is a JSON text as well
        f"NULLIF(j.c{at}, 'null')" if _is_json(table, name) else f"j.c{at}"
        for at, name in enumerate(names)
    )
    statement = (
        f"INSERT INTO {quote(table.name)} ({columns}) SELECT {found}"
        f" FROM JSON_TABLE("
        "CONVERT(FROM_BASE64(:rows) USING utf8mb4),"
        f" '$[*]' COLUMNS ({read})) AS j"
    )
    if not update:
        return text(statement)
    changes = ", ".join(
        f"{quote(table.name)}.{quote(name)} = j.c{names.index(name)}" for name in update
    )
    return text(f"{statement} ON DUPLICATE KEY UPDATE {changes}")


def _json_type(table: Table, name: str) -> str:
    """Numbers that have to be exact travel as text; the column converts them."""
    if _is_json(table, name):
        return "JSON"
    return "BIGINT" if isinstance(table.c[name].type, Integer) else "LONGTEXT"


def _is_json(table: Table, name: str) -> bool:
    return table.c[name].info == JSON


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    raise TypeError(f"{type(value).__name__} in a row")


_ENCODE = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_plain
).encode
