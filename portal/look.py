"""The first look into the database: what every request asks, in one statement.

Asked one by one, the questions cost more than answering a whole request: who may call
(tokens, and failures of the caller's address), and Bizuno's own settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from .books.tables import common_meta, configuration
from .tokens import Token

Columns = Any
_SETTING, _META, _TOKEN, _FAILURE = range(4)
_NOTHING: ColumnElement[Any] = literal_column("''")
_NO_NUMBER: ColumnElement[Any] = literal_column("NULL")


@dataclass(frozen=True)
class Look:
    """What it shows.

    ``documents`` are Bizuno's settings as text, by name; ``failures`` how often a
    counter failed and when last (Unix seconds).
    """

    documents: Mapping[str, str]
    tokens: Sequence[Token]
    failures: Mapping[str, tuple[int, int]]


class FirstLook:
    """The statement, built once for each set of names."""

    def __init__(self, tokens: Table, attempts: Table) -> None:
        self._tokens, self._attempts = tokens.c, attempts.c
        self._built: dict[tuple[tuple[str, ...], ...], CompoundSelect[Any]] = {}

    def take(
        self,
        conn: Connection,
        counters: Sequence[str],
        modules: Sequence[str],
        metas: Sequence[str],
    ) -> Look:
        """Look; ``counters``, ``modules`` and ``metas`` are the names asked for."""
        names = {f"counter_{at}": name for at, name in enumerate(counters)}
        documents: dict[str, str] = {}
        tokens: list[Token] = []
        failures: dict[str, tuple[int, int]] = {}
        places: dict[str, int] = {}
        query = self._query(tuple(names), tuple(modules), tuple(metas))
        for kind, name, text, one, two in conn.execute(query, names):
            if kind == _TOKEN:
                tokens.append(Token(one, name, *json.loads(text)))
            elif kind == _FAILURE:
                failures[name] = one, two
            # the first document of a meta key counts
            elif kind == _SETTING or one < places.get(name, one + 1):
                documents[name] = text or ""
                places[name] = one
        return Look(documents, tokens, failures)

    def _query(
        self,
        counters: tuple[str, ...],
        modules: tuple[str, ...],
        metas: tuple[str, ...],
    ) -> CompoundSelect[Any]:
        key = counters, modules, metas
        if key not in self._built:
            # what compares by bytes stands first: so the union does as well
            parts = [_of_tokens(self._tokens)]
            if counters:
                parts.append(_of_failures(self._attempts, counters))
            parts += _of_settings(modules, metas)
            self._built[key] = union_all(*parts)
        return self._built[key]


def _of_tokens(token: Columns) -> Select[Any]:
    rest = func.json_array(
        token.digest,
        token.salt,
        token.key_check,
        token.created,
        token.not_before,
        token.not_after,
        token.last_used,
    )
    return _part(_TOKEN, token.name, rest, token.id)


def _of_failures(attempt: Columns, counters: Sequence[str]) -> Select[Any]:
    asked = (attempt.counter == bindparam(name) for name in counters)
    return _part(
        _FAILURE, attempt.counter, _NOTHING, attempt.failures, attempt.last_failure
    ).where(or_(*asked))


def _of_settings(modules: Sequence[str], metas: Sequence[str]) -> Iterator[Select[Any]]:
    module, meta = configuration.c, common_meta.c
    if modules:
        asked = (module.config_key == name for name in modules)
        yield _part(
            _SETTING, module.config_key, module.config_value, literal_column("0")
        ).where(or_(*asked))
    if metas:
        asked = (meta.meta_key == name for name in metas)
        yield _part(_META, meta.meta_key, meta.meta_value, meta.id).where(or_(*asked))


def _part(
    kind: int,
    name: ColumnElement[Any],
    text: ColumnElement[Any],
    number: ColumnElement[Any],
    more: ColumnElement[Any] = _NO_NUMBER,
) -> Select[Any]:
    """A part of the union: few columns, since each costs every row of it time."""
    return select(literal_column(str(kind)), name, text, number, more)
