"""The tables of Bizuno 7.3.8 that the portal reads or writes.

Columns, types, keys, defaults and field tags (in the column comments) are those of an
installation, so that sample books are genuine ones.
"""

from __future__ import annotations

from sqlalchemy import MetaData

from . import ledgers, master

METADATA = MetaData()
journal_main = ledgers.journal_main(METADATA)
journal_item = ledgers.journal_item(METADATA)
journal_meta = ledgers.journal_meta(METADATA)
journal_periods = ledgers.journal_periods(METADATA)
journal_history = ledgers.journal_history(METADATA)
journal_cogs_owed = ledgers.journal_cogs_owed(METADATA)
journal_cogs_usage = ledgers.journal_cogs_usage(METADATA)
contacts = master.contacts(METADATA)
contacts_meta = master.contacts_meta(METADATA)
contacts_log = master.contacts_log(METADATA)
inventory = master.inventory(METADATA)
inventory_meta = master.inventory_meta(METADATA)
inventory_history = master.inventory_history(METADATA)
common_meta = master.common_meta(METADATA)
configuration = master.configuration(METADATA)
audit_log = master.audit_log(METADATA)
