"""WordPress options: plain ones and those holding serialized PHP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, select

from ..common import phpdata
from ..common.database import upsert
from .tables import ShopTables


def read_options(
    conn: Connection, tables: ShopTables, names: Iterable[str]
) -> dict[str, str]:
    """The options of these names that exist, in one statement."""
    table = tables.options
    query = select(table.c.option_name, table.c.option_value).where(
        table.c.option_name.in_(list(names))
    )
    return {row.option_name: row.option_value for row in conn.execute(query)}


def unpack(value: str | None) -> dict[Any, Any]:
    """A serialized array option; anything else, a broken one too, is an empty dict."""
    try:
        found = phpdata.loads(value or "")
    except phpdata.PhpDataError:
        return {}
    return found if isinstance(found, dict) else {}


def write_options(
    conn: Connection,
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
    upsert(conn, tables.options, rows, unique=["option_name"], update=["option_value"])


def delete_options(conn: Connection, tables: ShopTables, names: Iterable[str]) -> None:
    """Remove options; those that do not exist do not matter."""
    table = tables.options
    conn.execute(delete(table).where(table.c.option_name.in_(list(names))))
