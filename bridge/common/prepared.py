"""Statements compiled once, whose parameters are told by their place.

What SQLAlchemy does with every execution of a statement costs more than most of them
take; here it is done at the first use, and text and values are left to be joined with
those of other statements (see ``batch``).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Row, Select, func
from sqlalchemy.engine import Dialect, IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
Rows = Sequence[Row[Any]]
Question = Select[*tuple[Any, ...]]
_PARAMETER = re.compile(r"%\((\w+)\)s")


class Unknown:
    """A value that only the server knows by now, as the session's ``variable``."""

    variable = ""


@functools.lru_cache(maxsize=512)
def prepare(
    statement: ClauseElement, names: tuple[str, ...], dialect: Dialect
) -> Prepared:
    """A statement with parameters of these names, in the language of a server.

    Lists in it need a parameter for each member.
    """
    return Prepared(statement, list(names), dialect)


class Prepared:
    """A compiled statement; a question answers each row as an array in JSON."""

    def __init__(
        self, statement: ClauseElement, names: list[str], dialect: Dialect
    ) -> None:
        if isinstance(statement, Select):
            self._columns, self._readers = _columns_of(statement, dialect)
            statement = _in_one_column(statement)
        compiled = statement.compile(dialect=dialect, column_keys=names)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.post_compile_params, "a list in a prepared statement"
        defaults = compiled.params
        self._parameters = [
            (name, defaults[name], _binder(compiled, name, dialect))
            for name in _PARAMETER.findall(compiled.string)
        ]
        text = _PARAMETER.sub("%s", compiled.string)
        head, mark, row = text.partition(" VALUES ") if compiled.isinsert else ("",) * 3
        self._head, self._row = (head + mark, row) if mark else ("", text)

    def bind(self, rows: Iterable[Values]) -> list[Any]:
        """The parameters of all rows in their order, ready for the driver."""
        out = []
        for row in rows:
            for name, default, process in self._parameters:
                value = row.get(name, default)
                if process is not None and not isinstance(value, Unknown):
                    value = process(value)
                out.append(value)
        return out

    def text(self, rows: int, values: Sequence[Any]) -> str:
        """The statement for so many rows; what is unknown of the values is named."""
        text = self._head + ", ".join([self._row] * rows)
        if not any(isinstance(value, Unknown) for value in values):
            return text
        marks = (v.variable if isinstance(v, Unknown) else "%s" for v in values)
        # formatting halves the signs of percent that the driver is to halve
        return text.replace("%%", "%%%%") % tuple(marks)

    def rows(self, answer: Iterable[Sequence[str]]) -> Rows:
        """Rows as SQLAlchemy would have made them."""
        made = []
        for (text,) in answer:
            values = json.loads(text)
            for at, read in self._readers:
                values[at] = read(values[at])
            made.append(tuple(values))
        result: IteratorResult[Any] = IteratorResult(self._columns, iter(made))
        return result.all()


def _columns_of(
    statement: Question, dialect: Dialect
) -> tuple[SimpleResultMetaData, list[tuple[int, Callable[[Any], Any]]]]:
    """The names of the columns, and what makes Python's values of some of them."""
    columns = list(statement.selected_columns)
    readers = (
        column.type.dialect_impl(dialect).result_processor(dialect, None)
        for column in columns
    )
    return (
        SimpleResultMetaData([str(column.key) for column in columns]),
        [(at, read) for at, read in enumerate(readers) if read is not None],
    )


def _in_one_column(statement: Question) -> Question:
    """The same question with one column.

    The driver describes every column of an answer in Python, which costs more than the
    rows of most answers.
    """
    values = []
    for column in statement.selected_columns:
        # inside of a function SQLAlchemy leaves this out
        special = column.type.column_expression(column)
        values.append(column if special is None else special)
    return statement.with_only_columns(
        func.json_array(*values), maintain_column_froms=True
    )


def _binder(
    compiled: SQLCompiler, name: str, dialect: Dialect
) -> Callable[[Any], Any] | None:
    kind = compiled.binds[name].type
    return kind.dialect_impl(dialect).bind_processor(dialect)
