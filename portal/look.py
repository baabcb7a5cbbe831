"""The first look into the database: what every request asks, in one round trip.

Asked one by one, the questions cost more than answering a whole request: who may call
(tokens, and failures of the caller's address), and Bizuno's own settings.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Column, Select, Table, bindparam, select

from bridge.common.batch import Batch
from bridge.common.prepared import Rows

from .books.tables import common_meta, configuration
from .tokens import Token


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
    """Its questions, each built once."""

    def __init__(self, tokens: Table, attempts: Table) -> None:
        self._tokens, failed = select(tokens), attempts.c
        self._failures = select(
            failed.counter, failed.failures, failed.last_failure
        ).where(failed.counter == bindparam("counter"))

    def ask(
        self,
        batch: Batch,
        counters: Sequence[str],
        modules: Sequence[str],
        metas: Sequence[str],
    ) -> Callable[[], Look]:
        """Look; ``counters``, ``modules`` and ``metas`` are the names asked for."""
        tokens = batch.ask(self._tokens, {}, list)
        failures = [
            batch.ask(self._failures, {"counter": name}, list) for name in counters
        ]
        settings = batch.ask(_modules(len(modules)), _numbered(modules), list)
        documents = batch.ask(_metas(len(metas)), _numbered(metas), list)

        def look() -> Look:
            found = [row for rows in failures for row in rows()]
            return Look(
                {**_by_name(settings()), **_by_name(documents())},
                [Token(**row._mapping) for row in tokens()],
                {row.counter: (row.failures, row.last_failure) for row in found},
            )

        return look


def _numbered(names: Sequence[str]) -> dict[str, str]:
    return {f"name{at}": name for at, name in enumerate(names)}


@functools.cache
def _modules(count: int) -> Select[Any]:
    table = configuration.c
    query = select(table.config_key.label("name"), table.config_value.label("text"))
    return query.where(_among(table.config_key, count))


@functools.cache
def _metas(count: int) -> Select[Any]:
    table = common_meta.c
    query = select(table.meta_key.label("name"), table.meta_value.label("text"))
    # of several documents of one key the first counts, so it comes last
    named = query.where(_among(table.meta_key, count))
    return named.order_by(table.id.desc()).limit(10_000)


def _among(column: Column[Any], count: int) -> Any:
    names: list[BindParameter[str]] = [bindparam(f"name{at}") for at in range(count)]
    return column.in_(names)


def _by_name(rows: Rows) -> dict[str, str]:
    return {row.name: row.text or "" for row in rows}
