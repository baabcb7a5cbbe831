"""WordPress options: plain ones and those holding serialized PHP."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Delete,
    Select,
    bindparam,
    delete,
    select,
)

from ..common import phpdata
from ..common.batch import Answer, Batch, Writer
from ..common.database import upsert
from .tables import ShopTables

_NAMES: BindParameter[Any] = bindparam("names", expanding=True)


def ask_options(
    batch: Batch, tables: ShopTables, names: Iterable[str]
) -> Answer[dict[str, str]]:
    """The options of these names that exist."""
    given = {"names": list(names)}
    return batch.ask(
        _named(tables),
        given,
        lambda rows: {row.option_name: row.option_value for row in rows},
    )


def read_options(
    conn: Connection, tables: ShopTables, names: Iterable[str]
) -> dict[str, str]:
    """The same in a statement of its own."""
    return ask_options(Batch(conn), tables, names)()


@functools.lru_cache(maxsize=8)
def _named(tables: ShopTables) -> Select[Any]:
    table = tables.options.c
    query = select(table.option_name, table.option_value)
    return query.where(table.option_name.in_(_NAMES))


def unpack(value: str | None) -> dict[Any, Any]:
    """A serialized array option; anything else, a broken one too, is an empty dict."""
    try:
        found = phpdata.loads(value or "")
    except phpdata.PhpDataError:
        return {}
    return found if isinstance(found, dict) else {}


def write_options(
    writer: Writer,
    tables: ShopTables,
    values: dict[str, str],
    *,
    autoload: str = "auto",
) -> None:
    """Set options; ``autoload`` counts for those that are new only."""
    rows = [
        {"option_name": name, "option_value": value, "autoload": autoload}
        for name, value in values.items()
    ]
    upsert(
        writer, tables.options, rows, unique=["option_name"], update=["option_value"]
    )


def delete_options(writer: Writer, tables: ShopTables, names: Iterable[str]) -> None:
    """Remove options; those that do not exist do not matter."""
    writer.execute(_removal(tables), {"names": list(names)})


@functools.lru_cache(maxsize=8)
def _removal(tables: ShopTables) -> Delete:
    table = tables.options
    return delete(table).where(table.c.option_name.in_(_NAMES))
