"""The time of day as Bizuno's database would write it.

Bizuno leaves stamps such as ``last_journal_date`` to the database, which writes them
in its own time zone; our connections run in UTC, so it has to be asked for.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from .tables.types import Stamp


class DatabaseTime(FunctionElement[str]):
    """Now, in the time zone of the database server."""

    inherit_cache = True
    type = Stamp()


@compiles(DatabaseTime)
def _on_mariadb(_element: DatabaseTime, _compiler: SQLCompiler, **_: Any) -> str:
    zoned = "CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', @@global.time_zone)"
    return f"COALESCE({zoned}, UTC_TIMESTAMP())"


@compiles(DatabaseTime, "sqlite")
def _on_sqlite(_element: DatabaseTime, _compiler: SQLCompiler, **_: Any) -> str:
    return "datetime('now')"


class InUtc(FunctionElement[str]):
    """A stamp that the database wrote in its own time zone, in UTC."""

    inherit_cache = True
    name = "in_utc"
    type = Stamp()

    def __init__(self, column: Column[Any]) -> None:
        super().__init__(column)


@compiles(InUtc)
def _utc_on_mariadb(element: InUtc, compiler: SQLCompiler, **keys: Any) -> str:
    column = compiler.process(element.clauses, **keys)
    return f"COALESCE(CONVERT_TZ({column}, @@global.time_zone, '+00:00'), {column})"


@compiles(InUtc, "sqlite")
def _utc_on_sqlite(element: InUtc, compiler: SQLCompiler, **keys: Any) -> str:
    return compiler.process(element.clauses, **keys)
