"""Bizuno's audit log. Its table is not transactional: write the row last."""

from __future__ import annotations

from sqlalchemy import bindparam, insert

from bridge.common.batch import Writer

from .clock import DatabaseTime
from .tables import audit_log

MODULE = "portal"
_ADDRESS_LENGTH, _ENTRY_LENGTH = 15, 240
_WRITE = insert(audit_log).values(
    module_id=MODULE,
    ip_address=bindparam("address"),
    user_id=bindparam("user"),
    stats="",
    log_entry=bindparam("entry"),
    date=DatabaseTime(),
)


def write_audit(writer: Writer, user: int, address: str, entry: str) -> None:
    """Log what ``user`` (a contact's ID) did from ``address``."""
    values = {
        "user": user,
        "address": address[:_ADDRESS_LENGTH],
        "entry": entry[:_ENTRY_LENGTH],
    }
    writer.execute(_WRITE, values)
