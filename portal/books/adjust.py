"""Adding to many rows at once: one UPDATE, however many rows."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import BindParameter, Table, bindparam, case, update
from sqlalchemy.sql.dml import Update

from bridge.common.batch import Writer

from .clock import DatabaseTime


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
    changed = sorted((row, amount) for row, amount in amounts.items() if amount)
    if not changed:
        return
    values: dict[str, int | Decimal] = {}
    for at, (row, amount) in enumerate(changed):
        values[f"row{at}"], values[f"amount{at}"] = row, amount
    writer.execute(_addition(table, column, len(changed), stamp), values)


@functools.lru_cache(maxsize=512)
def _addition(table: Table, column: str, rows: int, stamp: str | None) -> Update:
    target = table.c[column]
    names: list[BindParameter[int]] = [bindparam(f"row{at}") for at in range(rows)]
    amount = case(
        *(
            (table.c.id == name, bindparam(f"amount{at}", type_=target.type))
            for at, name in enumerate(names)
        )
    )
    statement = update(table).where(table.c.id.in_(names))
    values = {column: target + amount}
    if stamp:
        values[stamp] = DatabaseTime()
    return statement.values(values)
