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

from .prepared import NUMBER, Prepared, Question, Rows, Unknown, Values, prepare
from .spelling import Spelling

T = TypeVar("T")
_FIGURES = -1
"""Stands where a row of an answer has the number of its question."""


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
    compiled at its first use and kept. ``together`` tells whether they travel in one
    round trip.
    """

    def __init__(self, conn: Connection) -> None:
        self.conn, self.dialect = conn, conn.dialect
        self.together = bool(getattr(conn.dialect, "is_mariadb", False))
        self._start()

    def _start(self) -> None:
        self._texts: list[str] = []
        self._values: list[Any] = []
        self._questions: list[tuple[Answer[Any], Prepared]] = []
        self._figures: list[Figure] = []
        self._checks: list[Callable[[], None]] = []
        self._wanted: list[tuple[Figure, int]] = []
        self._sealed: tuple[int, int] | None = None
        self._joining = 0
        self._spellings: list[Spelling] = []

    def execute(
        self,
        statement: UpdateBase | TextClause,
        parameters: Values | Sequence[Values],
        /,
    ) -> None:
        """Add an INSERT, UPDATE or DELETE; with several rows an INSERT of them all."""
        rows = [parameters] if isinstance(parameters, Mapping) else parameters
        if self.together:
            self._add(statement, rows)
        else:
            self.conn.execute(statement, _settled(rows))

    def ask(
        self, statement: Question, parameters: Values, read: Callable[[Rows], T], /
    ) -> Answer[T]:
        """Add a SELECT; ``read`` makes of its rows what the answer is to be."""
        answer = Answer(self, read)
        if self.together:
            number = len(self._questions)
            known = self._add(statement, [{**parameters, NUMBER: number}])
            self._questions.append((answer, known))
        else:
            answer.rows = self.conn.execute(statement, parameters).all()
        return answer

    def count(
        self,
        statement: UpdateBase,
        parameters: Values,
        check: Callable[[int], None],
        /,
        *,
        wanted: int | None = None,
    ) -> None:
        """Add an UPDATE or DELETE; ``check`` gets the number of rows it has found.

        It may raise; what was added later may have been carried out by then, but for
        what is behind a ``seal`` where it was to find ``wanted`` rows.
        """
        if self.together:
            self._add(statement, [parameters])
            figure = self._keep("ROW_COUNT()")
            self._checks.append(lambda: check(figure()))
            if wanted is not None:
                self._wanted.append((figure, wanted))
        else:
            check(self.conn.execute(statement, parameters).rowcount)

    def seal(self) -> None:
        """Commit with this batch; what is added from now on is the last to be done.

        It is done, and all is committed, where every count has found the rows wanted.
        Whoever waits for a row of this transaction need not wait until the answer has
        travelled to and fro. Where a check lets other rows pass, and where statements
        are sent one by one, the end of the transaction commits, as it does anyway.
        """
        self._sealed = len(self._texts), len(self._values)
        self._joining = 0

    def insert(self, statement: Insert, parameters: Values, /) -> Figure:
        """Add an INSERT of one row; the ID that it gets."""
        if self.together:
            self._add(statement, [parameters])
            return self._keep("LAST_INSERT_ID()")
        (row,) = _settled([parameters])
        key = self.conn.execute(statement, row).inserted_primary_key
        assert key is not None
        figure = Figure(self)
        figure.number = int(key[0])
        return figure

    def drawn(self) -> Figure:
        """The number that the last statement left by ``LAST_INSERT_ID(number)``.

        Only where statements travel together.
        """
        return self._keep("LAST_INSERT_ID()")

    def spell(self, figure: Figure, digits: int) -> Spelling:
        """A stand-in for so many digits of ``figure`` in the texts of this batch."""
        spelling = Spelling(figure, figure.variable, digits)
        self._spellings.append(spelling)
        return spelling

    def send(self) -> None:
        """Carry out what has been added since the last time."""
        if not self._texts:
            return
        texts, values = self._texts, self._values
        questions, figures, checks = self._questions, self._figures, self._checks
        wanted, sealed = self._wanted, self._sealed
        self._start()
        last, last_values = texts[len(texts) :], values[len(values) :]
        if sealed is not None:
            texts, last = texts[: sealed[0]], texts[sealed[0] :]
            last_values = values[sealed[1] :]
            met = (f"{figure.variable} = {rows:d}" for figure, rows in wanted)
            texts.append(f"IF {' AND '.join(met) or 'TRUE'} THEN DO 0")
            texts += [*last, "COMMIT", "END IF"]
        if figures:
            names = ", ".join(one.variable for one in figures)
            texts.append(f"SELECT CAST(JSON_ARRAY({_FIGURES}, {names}) AS BINARY)")
        rows = self._carry_out(texts, values, bool(questions or figures))
        found: dict[int, list[list[Any]]] = {}
        # one text is read faster than one for each row
        for number, *cells in json.loads(b"[%b]" % b",".join([one for (one,) in rows])):
            found.setdefault(number, []).append(cells)
        for at, (answer, known) in enumerate(questions):
            answer.rows = known.rows(found.get(at, ()))
        if figures:
            for figure, number in zip(figures, found[_FIGURES][0], strict=True):
                figure.number = int(number)
        for check in checks:
            check()
        if last and any(f.number != rows for f, rows in wanted):
            self._carry_out(last, last_values, False)

    def _carry_out(
        self, texts: Sequence[str], values: Sequence[Any], answered: bool
    ) -> list[Sequence[Any]]:
        text = texts[0]
        if len(texts) > 1:
            text = f"BEGIN NOT ATOMIC {'; '.join(texts)}; END"
        result = self.conn.exec_driver_sql(text, tuple(values))
        return _all_rows(self.conn, text, result) if answered else []

    def _add(self, statement: ClauseElement, rows: Sequence[Values]) -> Prepared:
        known = prepare(statement, tuple(rows[0]), self.dialect)
        settled_rows = _settled(rows)
        for spelling in self._spellings:
            settled_rows = [spelling.find_in(row) for row in settled_rows]
        text, values = known.fill(settled_rows)
        if known.joins and self._joining:
            one = "({})" if self._joining == 1 else "{}"
            text = f"{one.format(self._texts.pop())} UNION ALL ({text})"
        self._texts.append(text)
        self._joining = self._joining + 1 if known.joins else 0
        self._values += values
        return known

    def _keep(self, source: str) -> Figure:
        figure = Figure(self, f"@figure{len(self._figures)}")
        self._texts.append(f"SET {figure.variable} = {source}")
        self._joining = 0
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


_LATER = (Figure, list)
"""What may have to be looked into again."""


def _settled(rows: Sequence[Values]) -> Sequence[Values]:
    """The same rows with numbers for the figures that are known by now."""
    if not any(isinstance(value, _LATER) for value in rows[0].values()):
        return rows
    return [{name: _known(value) for name, value in row.items()} for row in rows]


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return [_known(one) for one in value]
    return value.number or value if isinstance(value, Figure) else value


def _all_rows(
    conn: Connection, text: str, result: CursorResult[Any]
) -> list[Sequence[Any]]:
    """The rows of every SELECT in a compound statement.

    SQLAlchemy knows of the first only; errors of the others have to become its own.
    What fails after the last SELECT is said behind its rows.
    """
    cursor: Any = result.cursor
    driver = conn.dialect.loaded_dbapi
    found: list[Sequence[Any]] = []
    try:
        found += cursor.fetchall()
        while cursor.nextset():
            found += cursor.fetchall()
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
