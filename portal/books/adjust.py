"""Adding to many rows at once: one UPDATE, however many rows."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    bindparam,
    case,
    func,
    update,
)
from sqlalchemy.sql.dml import Update

from bridge.common.batch import Batch, Writer

from .clock import DatabaseTime

_DIGITS = 4
"""Of a quantity; what single precision adds behind them is no quantity."""


class Overtaken(Exception):
    """What was read before is not so any more; nothing may be committed."""


def add(
    writer: Writer,
    table: Table,
    column: str,
    amounts: Mapping[int, Decimal],
    *,
    stamp: str | None = None,
) -> None:
    """Add to ``column`` of each row, by ID; ``stamp`` names a column that gets now.

    Additions, not new values: Bizuno itself may have changed the rows meanwhile. Rows
    are taken in order of their IDs, so that two callers cannot wait for each other.
    """
    values = _values(amounts)
    if values:
        writer.execute(_addition(table, column, len(values) // 2, stamp), values)


def take(
    batch: Batch,
    table: Table,
    column: str,
    amounts: Mapping[int, Decimal],
    *,
    there: ColumnElement[Decimal],
    stamp: str | None = None,
) -> None:
    """Add (negative) amounts where ``there`` covers them.

    Sending raises Overtaken where it does not, or where a row is gone.
    """
    values = _values(amounts)
    rows = len(values) // 2

    def check(found: int) -> None:
        if found != rows:
            raise Overtaken

    if values:
        statement = _addition(table, column, rows, stamp, there)
        batch.count(statement, values, check, wanted=rows)


def _values(amounts: Mapping[int, Decimal]) -> dict[str, int | Decimal]:
    """Parameters: two for each row that changes."""
    changed = sorted((row, amount) for row, amount in amounts.items() if amount)
    values: dict[str, int | Decimal] = {}
    for at, (row, amount) in enumerate(changed):
        values[f"row{at}"], values[f"amount{at}"] = row, amount
    return values


@functools.lru_cache(maxsize=512)
def _addition(
    table: Table,
    column: str,
    rows: int,
    stamp: str | None,
    there: ColumnElement[Decimal] | None = None,
) -> Update:
    target = table.c[column]
    names: list[BindParameter[int]] = [bindparam(f"row{at}") for at in range(rows)]
    amount = case(
        *(
            (table.c.id == name, bindparam(f"amount{at}", type_=target.type))
            for at, name in enumerate(names)
        )
    )
    statement = update(table).where(table.c.id.in_(names))
    if there is not None:
        statement = statement.where(func.round(there + amount, _DIGITS) >= 0)
    values = {column: target + amount}
    if stamp:
        values[stamp] = DatabaseTime()
    return statement.values(values)
