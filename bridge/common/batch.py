"""Several writes in one round trip.

A booking is a dozen short writes, and most of their time is the way to the server and
back. MariaDB takes them as one compound statement (``BEGIN NOT ATOMIC ... END``); the
embedded database, and a server that knows no such thing, get them one by one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

Values = Mapping[str, Any]


class Batch:
    """Collects writes whose answers nobody needs; ``send`` carries them out in order.

    They belong to the transaction of ``conn`` and fail as one statement would. The
    statements should be built once: each is compiled at its first use and kept.
    """

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._together = bool(getattr(conn.dialect, "is_mariadb", False))
        self._texts: list[str] = []
        self._values: dict[str, Any] = {}

    def execute(
        self, statement: UpdateBase, parameters: Values | Sequence[Values], /
    ) -> None:
        """Add an INSERT, UPDATE or DELETE; with several rows an INSERT of them all."""
        if not self._together:
            self._conn.execute(statement, parameters)
            return
        rows = [parameters] if isinstance(parameters, Mapping) else parameters
        known = _prepare(statement, tuple(rows[0]), self._conn.dialect)
        mark = f"s{len(self._texts)}"
        self._texts.append(known.text(mark, len(rows)))
        for at, row in enumerate(rows):
            self._values.update(known.values(f"{mark}r{at}", row))

    def send(self) -> None:
        """Carry out what has been added since the last time."""
        if self._texts:
            text = f"BEGIN NOT ATOMIC {'; '.join(self._texts)}; END"
            values, self._texts, self._values = self._values, [], {}
            self._conn.exec_driver_sql(text, values)


Writer = Connection | Batch
"""What a function takes that only writes: it does not care when."""


class _Prepared:
    """A compiled statement whose parameters can be given other names."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._defaults = dict(compiled.params)
        self._process: dict[str, Callable[[Any], Any]] = {}
        for name, bind in compiled.binds.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if process is not None:
                self._process[name] = process
        # renaming is one round of %-formatting, the driver's binding the second
        doubled = compiled.string.replace("%%", "%%%%")
        head, mark, row = doubled.partition(" VALUES ")
        self._head, self._row = (head + mark, row) if mark else ("", head)

    def text(self, mark: str, rows: int) -> str:
        """The statement for so many rows; parameters are called ``<mark>r0_name``."""
        renamed = (self._row % self._names(f"{mark}r{at}") for at in range(rows))
        return self._head % () + ", ".join(renamed)

    def values(self, mark: str, row: Values) -> dict[str, Any]:
        """The parameters of one row under their new names, ready for the driver."""
        out = {}
        for name, default in self._defaults.items():
            value = row.get(name, default)
            process = self._process.get(name)
            out[f"{mark}_{name}"] = value if process is None else process(value)
        return out

    def _names(self, mark: str) -> dict[str, str]:
        return {name: f"%({mark}_{name})s" for name in self._defaults}


@functools.lru_cache(maxsize=512)
def _prepare(
    statement: ClauseElement, keys: tuple[str, ...], dialect: Dialect
) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(keys))
    assert isinstance(compiled, SQLCompiler)
    return _Prepared(compiled, dialect)
