"""Many rows in one statement: what MariaDB and SQLite spell differently."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Delete,
    Table,
    Update,
    bindparam,
    delete,
    select,
    update,
)

from ..common.batch import Writer, settled
from ..common.bulk import insert_many, staged, temporary
from ..common.database import is_sqlite

# as many rows are written one by one, or named: a temporary table costs four statements
FEW = 4
_NAMED = 100


def update_rows(
    writer: Writer, table: Table, key: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Set columns of many rows at once; each row names its ``key`` and new values.

    All rows name the same columns. Rows whose key does not exist are passed over.
    Only values are copied, never compared, so the collations do not matter.
    """
    if not rows:
        return
    names = [name for name in rows[0] if name != key]
    ordered = sorted(rows, key=lambda row: row[key])  # locks are taken in this order
    if len(rows) <= FEW:
        one = _one(table, key, tuple(names))
        for row in ordered:
            given = {f"_{name}": row[name] for name in names}
            writer.execute(one, {"_key": row[key], **given})
        return
    columns: list[Column[Any]] = [
        Column(key, table.c[key].type, primary_key=True, autoincrement=False),
        *(Column(name, table.c[name].type, nullable=True) for name in names),
    ]
    conn = settled(writer)
    with staged(conn, temporary(f"bizuno_set_{table.name}", columns)) as source:
        values = [[row[key], *(row[name] for name in names)] for row in ordered]
        insert_many(conn, source, [key, *names], values)
        conn.execute(
            update(table)
            .where(table.c[key] == source.c[key])
            .values({name: source.c[name] for name in names})
        )


@functools.lru_cache(maxsize=64)
def _one(table: Table, key: str, names: tuple[str, ...]) -> Update:
    one = update(table).where(table.c[key] == bindparam("_key"))
    return one.values({name: bindparam(f"_{name}") for name in names})


def delete_rows(writer: Writer, table: Table, key: str, values: Sequence[int]) -> None:
    """Remove the rows whose ``key`` is one of ``values``."""
    if not values:
        return
    if len(values) <= _NAMED:
        writer.execute(_some(table, key), {"keys": sorted(set(values))})
        return
    columns = [Column(key, table.c[key].type, primary_key=True, autoincrement=False)]
    conn = settled(writer)
    with staged(conn, temporary(f"bizuno_del_{table.name}", columns)) as source:
        insert_many(conn, source, [key], [[value] for value in sorted(set(values))])
        if is_sqlite(conn):
            conn.execute(delete(table).where(table.c[key].in_(select(source.c[key]))))
        else:
            # MariaDB scans the whole table for DELETE ... IN (SELECT ...)
            conn.execute(delete(table).where(table.c[key] == source.c[key]))


@functools.lru_cache(maxsize=64)
def _some(table: Table, key: str) -> Delete:
    keys: BindParameter[Any] = bindparam("keys", expanding=True, literal_execute=True)
    return delete(table).where(table.c[key].in_(keys))
