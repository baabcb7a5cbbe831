"""Orders that came too late: kept beside the receipt until an operator decides.

Bizuno had invoiced, shipped, closed or been paid for the entry when the store sent
other content for it (DECISIONS 35). Nothing was changed; the latest such content of an
order is kept here.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, Row, delete, select

from bridge.common.errors import NotFound
from bridge.common.ledger import Ledger, Receipt

KIND = "order"
"""Receipts of orders, by purchase order number."""
REFUSED = "order-refused"
"""Receipts of contents that came too late; ``reply`` has ``reason`` and ``order``."""


def keep(conn: Connection, ledger: Ledger, late: Receipt) -> None:
    """Keep a content; an earlier one of the same order makes way."""
    if ledger.receipt(conn, REFUSED, late.key) is None:
        ledger.issue(conn, REFUSED, late)
    else:
        ledger.reissue(conn, REFUSED, late)


def forget(conn: Connection, ledger: Ledger, key: str) -> None:
    """Forget what is kept of an order, if anything is."""
    table = ledger.receipts
    conn.execute(
        delete(table).where(table.c.kind == REFUSED, table.c.receipt_key == key)
    )


def drop(conn: Connection, ledger: Ledger, key: str) -> None:
    """The operator stays with what is in the books; the store may send it again.

    Raises NotFound where nothing is kept of this order.
    """
    _late(conn, ledger, key)
    forget(conn, ledger, key)


def accept(conn: Connection, ledger: Ledger, key: str) -> Receipt:
    """The operator has put the new content into Bizuno by hand.

    The receipt is for that content from now on: sent again, it is already recorded.
    Raises NotFound where nothing is kept of this order.
    """
    late = _late(conn, ledger, key)
    receipt = ledger.receipt(conn, KIND, key, lock=True)
    if receipt is None:
        raise NotFound(f"Order {key} has no receipt; look with `orders`.")
    accepted = replace(receipt, digest=late.digest, revision=receipt.revision + 1)
    ledger.reissue(conn, KIND, accepted)
    forget(conn, ledger, key)
    return accepted


def receipts(
    conn: Connection, ledger: Ledger, *, late: bool = False, limit: int = 50
) -> list[Row[tuple[object, ...]]]:
    """Receipts of orders, or with ``late`` what was refused; the newest first."""
    table = ledger.receipts
    query = (
        select(table)
        .where(table.c.kind == (REFUSED if late else KIND))
        .order_by(table.c.updated.desc(), table.c.id.desc())
        .limit(limit)
    )
    return list(conn.execute(query))


def _late(conn: Connection, ledger: Ledger, key: str) -> Receipt:
    found = ledger.receipt(conn, REFUSED, key, lock=True)
    if found is None:
        raise NotFound(
            f"Nothing is kept of order {key}; `orders --refused` lists what is."
        )
    return found
