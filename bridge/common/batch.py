"""Several statements in one round trip.

A booking is two dozen short statements, and most of their time is the way to the
server and back. MariaDB takes them as one compound statement (``BEGIN NOT ATOMIC ...
END``) and answers with one result after the other; the embedded database, and a server
that knows no such thing, get them one by one.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import ClauseElement, Connection, Table, TextClause, insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Insert, UpdateBase

from .prepared import Prepared, Question, Rows, Unknown, Values, prepare

T = TypeVar("T")


class Answer(Generic[T]):
    """What a question will have been answered; a call sends the batch if need be."""

    def __init__(self, batch: Batch, read: Callable[[Rows], T]) -> None:
        self._batch, self._read = batch, read
        self._found: list[T] = []
        self.rows: Rows | None = None

    def __call__(self) -> T:
        if not self._found:
            if self.rows is None:
                self._batch.send()
            assert self.rows is not None, "the batch failed"
            self._found.append(self._read(self.rows))
        return self._found[0]


class Figure(Unknown):
    """A number that a statement leaves behind; a parameter of those after it."""

    def __init__(self, batch: Batch, variable: str = "") -> None:
        self._batch, self.variable = batch, variable
        self.number: int | None = None

    def __call__(self) -> int:
        if self.number is None:
            self._batch.send()
        assert self.number is not None, "the batch failed"
        return self.number


class Batch:
    """Collects statements; ``send`` carries them out in order.

    They belong to the transaction of ``conn``. The first that fails ends the batch,
    with the error it would have had alone. Statements should be built once: each is
    compiled at its first use and kept.
    """

    def __init__(self, conn: Connection) -> None:
        self.conn, self.dialect = conn, conn.dialect
        self._together = bool(getattr(conn.dialect, "is_mariadb", False))
        self._start()

    def _start(self) -> None:
        self._texts: list[str] = []
        self._values: list[Any] = []
        self._questions: list[tuple[Answer[Any], Prepared]] = []
        self._figures: list[Figure] = []
        self._checks: list[Callable[[], None]] = []

    def execute(
        self,
        statement: UpdateBase | TextClause,
        parameters: Values | Sequence[Values],
        /,
    ) -> None:
        """Add an INSERT, UPDATE or DELETE; with several rows an INSERT of them all."""
        rows = [parameters] if isinstance(parameters, Mapping) else parameters
        if self._together:
            self._add(statement, rows)
        else:
            self.conn.execute(statement, _settled(rows))

    def ask(
        self, statement: Question, parameters: Values, read: Callable[[Rows], T], /
    ) -> Answer[T]:
        """Add a SELECT; ``read`` makes of its rows what the answer is to be."""
        answer = Answer(self, read)
        if self._together:
            self._questions.append((answer, self._add(statement, [parameters])))
        else:
            answer.rows = self.conn.execute(statement, parameters).all()
        return answer

    def count(
        self, statement: UpdateBase, parameters: Values, check: Callable[[int], None], /
    ) -> None:
        """Add an UPDATE or DELETE; ``check`` gets the number of rows it has found.

        It may raise; what was added later may have been carried out by then.
        """
        if self._together:
            self._add(statement, [parameters])
            figure = self._keep("ROW_COUNT()")
            self._checks.append(lambda: check(figure()))
        else:
            check(self.conn.execute(statement, parameters).rowcount)

    def insert(self, statement: Insert, parameters: Values, /) -> Figure:
        """Add an INSERT of one row; the ID that it gets."""
        if self._together:
            self._add(statement, [parameters])
            return self._keep("LAST_INSERT_ID()")
        (row,) = _settled([parameters])
        key = self.conn.execute(statement, row).inserted_primary_key
        assert key is not None
        figure = Figure(self)
        figure.number = int(key[0])
        return figure

    def send(self) -> None:
        """Carry out what has been added since the last time."""
        if not self._texts:
            return
        texts, values = self._texts, tuple(self._values)
        questions, figures, checks = self._questions, self._figures, self._checks
        self._start()
        if figures:
            names = ", ".join(one.variable for one in figures)
            texts.append(f"SELECT JSON_ARRAY({names})")
        text = f"BEGIN NOT ATOMIC {'; '.join(texts)}; END"
        result = self.conn.exec_driver_sql(text, values)
        if not questions and not figures:
            return
        found = _result_sets(self.conn, text, result)
        for (answer, known), rows in zip(questions, found, strict=False):
            answer.rows = known.rows(rows)
        if figures:
            numbers = json.loads(found[-1][0][0])
            for figure, number in zip(figures, numbers, strict=True):
                figure.number = int(number)
        for check in checks:
            check()

    def _add(self, statement: ClauseElement, rows: Sequence[Values]) -> Prepared:
        known = prepare(statement, tuple(rows[0]), self.dialect)
        text, values = known.fill(_settled(rows))
        self._texts.append(text)
        self._values += values
        return known

    def _keep(self, source: str) -> Figure:
        figure = Figure(self, f"@figure{len(self._figures)}")
        self._texts.append(f"SET {figure.variable} = {source}")
        self._figures.append(figure)
        return figure


@functools.lru_cache(maxsize=64)
def insertion(table: Table) -> Insert:
    """An INSERT into a table, built once."""
    return insert(table)


Writer = Connection | Batch
"""What a function takes that only writes: it does not care when."""


def settled(writer: Writer) -> Connection:
    """The connection, with everything sent that was collected for it."""
    if isinstance(writer, Batch):
        writer.send()
        return writer.conn
    return writer


def _settled(rows: Sequence[Values]) -> Sequence[Values]:
    """The same rows with numbers for the figures that are known by now."""
    if not any(isinstance(value, Figure | list) for value in rows[0].values()):
        return rows
    return [{name: _known(value) for name, value in row.items()} for row in rows]


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return [_known(one) for one in value]
    return value.number or value if isinstance(value, Figure) else value


def _result_sets(
    conn: Connection, text: str, result: CursorResult[Any]
) -> list[Sequence[Sequence[Any]]]:
    """The rows of each SELECT in a compound statement.

    SQLAlchemy knows of the first only; errors of the others have to become its own.
    What fails after the last SELECT is said behind its rows.
    """
    cursor: Any = result.cursor
    driver = conn.dialect.loaded_dbapi
    found = []
    try:
        while cursor.description is not None:
            found.append(cursor.fetchall())
            cursor.nextset()
        return found
    except driver.Error as exc:
        lost = conn.dialect.is_disconnect(exc, None, cursor)
        if lost:
            conn.invalidate(exc)
        raise DBAPIError.instance(
            text, None, exc, driver.Error, connection_invalidated=lost
        ) from exc
    finally:
        result.close()
