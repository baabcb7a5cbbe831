"""What the portal's database account may do: book orders, no more.

Items, prices and settings are Bizuno's: of an item only its quantities change, and of
the settings only the reference numbers.
"""

from __future__ import annotations

from bridge.common.grants import Rights, own_tables

from ..push.state import locks, pushed
from . import Books, tables
from .contacts import FIELDS


def rights(books: Books) -> list[Rights]:
    """The rights to every table."""
    t = tables
    written = [
        Rights(t.journal_main, insert=True, update=True),
        Rights(t.journal_item, insert=True, delete=True),
        Rights(t.journal_cogs_usage, insert=True, delete=True),
        Rights(t.journal_cogs_owed, insert=True, delete=True),
        Rights(
            t.journal_history,
            update=(
                "beginning_balance",
                "debit_amount",
                "credit_amount",
                "last_update",
            ),
        ),
        Rights(t.contacts, insert=True, update=tuple(FIELDS)),
        Rights(t.inventory, update=("qty_stock", "qty_so", "last_journal_date")),
        Rights(t.inventory_history, update=("remaining",)),
        Rights(t.common_meta, update=("meta_value",)),
        Rights(t.audit_log, insert=True),
    ]
    read = (
        t.configuration,
        t.inventory_meta,
        t.journal_meta,
        t.journal_periods,
        t.contacts_meta,
    )
    own = own_tables([*books.ledger.metadata.sorted_tables, pushed, locks])
    return [*written, *(Rights(table) for table in read), *own]
