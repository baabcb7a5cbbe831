"""Many rows in one statement and one parameter.

The driver formats every value of a multi-row INSERT in Python, which for thousands of
rows costs more than the database's own work. MariaDB can read the rows out of one JSON
text instead (``JSON_TABLE``, MariaDB 10.6 and later), and Python writes JSON in C.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Integer, Table, text

from .database import is_sqlite, upsert

# characters; the driver may double them, and servers take 16 MiB unless told otherwise
PACKET = 4 * 1024 * 1024


def insert_many(
    conn: Connection,
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
    Decimals, aware times or None.
    """
    if not rows:
        return
    keys = list(update)
    if is_sqlite(conn):
        named = [dict(zip(names, row, strict=True)) for row in rows]
        if keys:
            upsert(conn, table, named, unique=unique, update=keys)
        else:
            conn.execute(table.insert(), named)
        return
    statement = text(_statement(conn, table, names, keys))
    for part in _packets(rows):
        conn.execute(statement, {"rows": part})


def _packets(rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """The rows as JSON; in halves where it might exceed the server's packet."""
    encoded = _ENCODE(rows)
    if len(encoded) <= PACKET or len(rows) == 1:
        yield encoded
        return
    middle = len(rows) // 2
    yield from _packets(rows[:middle])
    yield from _packets(rows[middle:])


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


def _statement(
    conn: Connection, table: Table, names: Sequence[str], update: Sequence[str]
) -> str:
    quote = conn.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    # places in the JSON, not names: nothing of a row gets into the statement
    read = ", ".join(
        f"c{at} {_json_type(table, name)} PATH '$[{at}]'"
        for at, name in enumerate(names)
    )
    found = ", ".join(f"j.c{at}" for at in range(len(names)))
    statement = (
        f"INSERT INTO {quote(table.name)} ({columns}) SELECT {found}"
        f" FROM JSON_TABLE(:rows, '$[*]' COLUMNS ({read})) AS j"
    )
    if not update:
        return statement
    changes = ", ".join(
        f"{quote(table.name)}.{quote(name)} = j.c{names.index(name)}" for name in update
    )
    return f"{statement} ON DUPLICATE KEY UPDATE {changes}"


def _json_type(table: Table, name: str) -> str:
    """Numbers that have to be exact travel as text; the column converts them."""
    return "BIGINT" if isinstance(table.c[name].type, Integer) else "LONGTEXT"


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    raise TypeError(f"{type(value).__name__} in a row")


_ENCODE = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_plain
).encode
