"""Genuine Bizuno books in small: those of the sample bicycle shop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, inspect, select

from bridge.common import sample
from bridge.common.errors import Conflict

from ..books import Books
from ..books import tables as t
from . import (
    calendar,
    documents,
    entries,
    ledgers,
    people,
    pictures,
    sales,
    shipments,
    stock,
)

Rows = Iterator[tuple[Table, list[dict[str, Any]]]]


def create_sample(books: Books) -> str:
    """Create and fill the sample books; returns a sentence that says what is there.

    The database must hold no rows of Bizuno: anything else is refused with Conflict
    before a table is touched. Pictures that are missing are written below the data
    folder.
    """
    with books.database.transaction() as conn:
        _refuse_rows(conn)
        t.METADATA.create_all(conn)
    books.ledger.create(books.database)
    with books.database.transaction() as conn:
        for table, rows in sample_rows():
            conn.execute(table.insert(), rows)
    pictures.write_pictures(books.config.data)
    return (
        f"Created the books of {sample.SHOP_NAME}: {len(stock.ENTRIES)} items, "
        f"{len(people.PEOPLE)} contacts, {len(sales.entries())} journal entries."
    )


def sample_rows() -> Rows:
    """Every row of the sample, table by table."""
    made = sales.entries()
    ordered = sales.quantities(made, entries.SALES_ORDER)
    yield t.common_meta, list(documents.common_meta(sales.next_numbers(made)))
    yield t.journal_periods, list(calendar.journal_periods())
    yield t.contacts, list(people.contacts())
    yield t.contacts_meta, list(people.contacts_meta())
    yield t.inventory, list(stock.inventory(ordered))
    yield t.inventory_meta, list(stock.inventory_meta())
    yield t.inventory_history, list(ledgers.inventory_history(made))
    yield t.journal_main, [entry.head for entry in made]
    yield t.journal_item, [line for entry in made for line in entry.lines]
    yield t.journal_meta, list(shipments.shipments(made))
    yield t.journal_cogs_usage, list(ledgers.cogs_usage(made))
    yield t.journal_history, list(ledgers.journal_history(made))
    # last, as its MyISAM table keeps its rows when a transaction is rolled back
    yield t.configuration, list(documents.configuration())


def _refuse_rows(conn: Connection) -> None:
    present = set(inspect(conn).get_table_names())
    for table in t.METADATA.sorted_tables:
        if table.name in present and conn.execute(select(1).select_from(table)).first():
            raise Conflict(
                f"The database holds books already (table {table.name} has rows); "
                "name an empty database under [portal] database."
            )
