"""Statements compiled once, whose parameters are told by their place.

What SQLAlchemy does with every execution of a statement costs more than most of them
take; here it is done at the first use, and text and values are left to be joined with
those of other statements (see ``batch``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Integer,
    LargeBinary,
    Row,
    Select,
    bindparam,
    cast,
    func,
)
from sqlalchemy.engine import Dialect, IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
Rows = Sequence[Row[Any]]
Question = Select[*tuple[Any, ...]]
# a value, and the place of a list, which SQLAlchemy fills in when it executes
_PARAMETER = re.compile(r"%\((\w+)\)s|__\[POSTCOMPILE_(\w+)\]")
_LIST = "__[LIST]"
NUMBER = "question_number"
"""The parameter that tells the answers of several questions apart."""


class Unknown:
    """A value that only the server knows by now, as the session's ``variable``.

    That may be an expression with ``values`` of its own.
    """

    variable = ""
    values: tuple[Any, ...] = ()


@functools.lru_cache(maxsize=512)
def prepare(
    statement: ClauseElement, names: tuple[str, ...], dialect: Dialect
) -> Prepared:
    """A statement with parameters of these names, in the language of a server."""
    return Prepared(statement, list(names), dialect)


class Prepared:
    """A compiled statement; a question answers each row as an array in JSON."""

    def __init__(
        self, statement: ClauseElement, names: list[str], dialect: Dialect
    ) -> None:
        asks = isinstance(statement, Select)
        if isinstance(statement, Select):
            self._columns, self._readers = _columns_of(statement, dialect)
            statement = _in_one_column(statement)
        compiled = statement.compile(dialect=dialect, column_keys=names)
        assert isinstance(compiled, SQLCompiler)
        defaults = compiled.params
        self._parameters = [
            (
                one or many,
                defaults[one or many],
                _binder(compiled, one or many, dialect),
                bool(many),
            )
            for one, many in _PARAMETER.findall(compiled.string)
        ]
        text = _PARAMETER.sub(lambda p: "%s" if p[1] else _LIST, compiled.string)
        # in a union an order without a limit is lost, and locks are taken in any order
        ordered = "ORDER BY" in text and " LIMIT " not in text
        self.joins = asks and not ordered and not text.endswith("FOR UPDATE")
        head, mark, row = text.partition(" VALUES ") if compiled.isinsert else ("",) * 3
        self._head, self._row = (head + mark, row) if mark else ("", text)
        self._row, *tail = self._row.partition(" ON DUPLICATE ")
        self._tail = "".join(tail)

    def fill(self, rows: Sequence[Values]) -> tuple[str, list[Any]]:
        """The statement for so many rows, and its values ready for the driver.

        What is unknown of the values is named in the text.
        """
        text = self._head + ", ".join([self._row] * len(rows)) + self._tail
        values: list[Any] = []
        unknown = False
        for row in rows:
            for name, default, process, many in self._parameters:
                value = row.get(name, default)
                if many:  # nothing is in a list of NULL alone
                    marks = ", ".join(["%s"] * len(value)) or "NULL"
                    text = text.replace(_LIST, marks, 1)
                    values += value if process is None else map(process, value)
                    unknown = unknown or any(isinstance(v, Unknown) for v in value)
                elif isinstance(value, Unknown):
                    values.append(value)
                    unknown = True
                else:
                    values.append(value if process is None else process(value))
        if not unknown:
            return text, values
        marks_of = (v.variable if isinstance(v, Unknown) else "%s" for v in values)
        # formatting halves the signs of percent that the driver is to halve
        text = text.replace("%%", "%%%%") % tuple(marks_of)
        parts = (v.values if isinstance(v, Unknown) else (v,) for v in values)
        return text, [one for part in parts for one in part]

    def rows(self, answer: Iterable[list[Any]]) -> Rows:
        """Rows as SQLAlchemy would have made them."""
        found = list(answer)
        if not found:
            return []
        for at, read in self._readers:
            for values in found:
                values[at] = read(values[at])
        result: IteratorResult[Any] = IteratorResult(
            self._columns, iter([tuple(values) for values in found])
        )
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
    """The same question with one column, an array that begins with its ``NUMBER``.

    The driver describes every column of an answer in Python, which costs more than the
    rows of most answers; so questions can share an answer as well. As bytes, columns of
    any collation do.
    """
    values: list[ColumnElement[Any]] = [bindparam(NUMBER, type_=Integer())]
    for column in statement.selected_columns:
        # inside of a function SQLAlchemy leaves this out
        special = column.type.column_expression(column)
        values.append(column if special is None else special)
    return statement.with_only_columns(
        cast(func.json_array(*values), LargeBinary), maintain_column_froms=True
    )


def _binder(
    compiled: SQLCompiler, name: str, dialect: Dialect
) -> Callable[[Any], Any] | None:
    kind = compiled.binds[name].type
    return kind.dialect_impl(dialect).bind_processor(dialect)
