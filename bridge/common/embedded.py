"""SQLite, the embedded default: made to compare and to lock as MariaDB does."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

from sqlalchemy import Connection

from .columns import BINARY, COLLATIONS


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Make a new connection ready: MariaDB's collations, write-ahead log."""
    connection.isolation_level = None  # transactions begin where we say, below
    for name in COLLATIONS:
        connection.create_collation(name, _compare)
    connection.create_collation(BINARY, _compare_bytes)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def begin_sqlite(conn: Connection) -> None:
    """Begin as a writer unless the connection is marked as a reader."""
    # IMMEDIATE: a writer that begins as a reader cannot wait for another writer
    read_only = conn.get_execution_options().get("bizuno_read_only")
    conn.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@functools.lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """A text as MariaDB's ``unicode_ci`` collations compare it.

    Letter case, accents and trailing blanks do not count.
    """
    decomposed = unicodedata.normalize("NFKD", text.rstrip(" "))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return kept.casefold()


def _compare(a: str, b: str) -> int:
    x, y = fold(a), fold(b)
    return (x > y) - (x < y)


def _compare_bytes(a: str, b: str) -> int:
    return (a > b) - (a < b)
