"""Bizuno's audit log. Its table is not transactional: write the row last."""

from __future__ import annotations

from sqlalchemy import String, bindparam, insert

from bridge.common.batch import Figure, Writer

from .clock import DatabaseTime
from .tables import audit_log

MODULE = "portal"
_ADDRESS_LENGTH, _BEFORE_LENGTH, _AFTER_LENGTH = 15, 180, 60
_WRITE = insert(audit_log).values(
    module_id=MODULE,
    ip_address=bindparam("address"),
    user_id=bindparam("user"),
    stats="",
    log_entry=bindparam("before", type_=String())
    + bindparam("entry", type_=String())
    + bindparam("after", type_=String()),
    date=DatabaseTime(),
)


def write_audit(
    writer: Writer,
    user: int,
    address: str,
    before: str,
    entry: int | Figure,
    after: str,
) -> None:
    """Log what ``user`` (a contact's ID) did from ``address``.

    The text has the ID of the journal entry between ``before`` and ``after``.
    """
    values = {
        "user": user,
        "address": address[:_ADDRESS_LENGTH],
        "before": before[:_BEFORE_LENGTH],
        "entry": entry,
        "after": after[:_AFTER_LENGTH],
    }
    writer.execute(_WRITE, values)
