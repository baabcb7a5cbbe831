"""Which columns ``inventory`` has, and under which name each travels to the store.

A column's name on the wire is the ``tag`` of its comment, else its own name; a
business may have columns of its own. Purchase data never leaves (DECISIONS 52).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from bridge.common.database import is_sqlite

from ..books.tables import inventory

_PURCHASE_COLUMNS = frozenset(
    "item_cost cost_method invvendors vendor_id description_purchase tax_rate_id_v "
    "price_sheet_v qty_po gl_sales gl_inv gl_cogs".split()
)
_PURCHASE_TAGS = frozenset(
    "cost costmethod invvendors stockvendor descriptionpurchase taxrateidvendor "
    "defpricesheetidpurchase qtypurchase".split()
)
_COMMENTS = text(
    "SELECT column_name AS name, column_comment AS comment"
    " FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND table_name = 'inventory'"
    " ORDER BY ordinal_position"
)
_SPELLINGS = {
    "woocommercecategory": ("woocommerceCategory", "WooCommerceCategory"),
    "woocommercetags": ("woocommerceTags", "WooCommerceTags"),
    "woocommerceslug": ("woocommerceSlug", "WooCommerceSlug"),
}


def read_fields(conn: Connection) -> dict[str, str]:
    """The columns of ``inventory`` in their order, each with its name on the wire.

    SQLite keeps no comments, so there the tags of an installation are taken.
    """
    if is_sqlite(conn):
        rows = conn.exec_driver_sql("PRAGMA table_info(inventory)")
        known = {c.name: c.comment or "" for c in inventory.columns}
        return {row.name: tag(row.name, known.get(row.name, "")) for row in rows}
    return {row.name: tag(row.name, row.comment) for row in conn.execute(_COMMENTS)}


def tag(column: str, comment: str) -> str:
    """The tag in a column's comment (``type:hidden;tag:RecordID;order:1``)."""
    found = column
    for entry in comment.split(";"):
        name, mark, value = entry.partition(":")
        if mark and name.strip() == "tag" and value.strip():
            found = value.strip()
    return found


def is_purchase(column: str, name: str) -> bool:
    """True for what the store must not see, by column or by name on the wire."""
    folded = name.lower()
    return (
        column.lower() in _PURCHASE_COLUMNS
        or folded in _PURCHASE_TAGS
        or folded.startswith("glaccount")
    )


def spellings(name: str) -> tuple[str, ...]:
    """Every spelling a field is sent in: the ERP's and the plugin's (DECISIONS 50)."""
    return _SPELLINGS.get(name.lower(), (name,))


def outgoing(fields: Mapping[str, str]) -> dict[str, str]:
    """The columns that may leave, with their names on the wire."""
    return {
        column: name for column, name in fields.items() if not is_purchase(column, name)
    }
