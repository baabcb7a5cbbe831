"""Orders that came too late: kept beside the receipt until an operator decides.

Bizuno had invoiced, shipped, closed or been paid for the entry when the store sent
other content for it (DECISIONS 35). Nothing was changed; the latest such content of an
order is kept here.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, Row, delete, select

from bridge.common.envelope import ItemResult, Status
from bridge.common.errors import NotFound
from bridge.common.ledger import Ledger, Receipt

KIND = "order"
"""Receipts of orders, by purchase order number."""
REFUSED = "order-refused"
"""Receipts of contents that came too late; ``reply`` has ``reason`` and ``order``."""
ACCEPTED, DROPPED = "order-accepted", "order-dropped"
"""Runs that say what an operator decided; those of kind REFUSED, what came."""


def keep(conn: Connection, ledger: Ledger, late: Receipt, who: str) -> None:
    """Keep a content that ``who`` sent; an earlier one of the order makes way."""
    known = ledger.receipt(conn, REFUSED, late.key)
    if known is None:
        ledger.issue(conn, REFUSED, late)
    else:
        ledger.reissue(conn, REFUSED, late)
    if known is None or known.digest != late.digest:
        text = str(late.reply["reason"])
        _note(conn, ledger, REFUSED, late, Status.REFUSED, who, text)


def forget(conn: Connection, ledger: Ledger, key: str) -> None:
    """Forget what is kept of an order, if anything is."""
    table = ledger.receipts
    conn.execute(
        delete(table).where(table.c.kind == REFUSED, table.c.receipt_key == key)
    )


def drop(conn: Connection, ledger: Ledger, key: str, who: str) -> None:
    """The operator stays with what is in the books; the store may send it again.

    Raises NotFound where nothing is kept of this order.
    """
    late = _late(conn, ledger, key)
    forget(conn, ledger, key)
    _note(conn, ledger, DROPPED, late, Status.DELETED, who)


def accept(conn: Connection, ledger: Ledger, key: str, who: str) -> Receipt:
    """The operator ``who`` has put the new content into Bizuno by hand.

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
    _note(conn, ledger, ACCEPTED, accepted, Status.UPDATED, who)
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


def _note(
    conn: Connection,
    ledger: Ledger,
    kind: str,
    receipt: Receipt,
    status: Status,
    who: str,
    text: str = "",
) -> None:
    """A run of its own, so that the order's story has when and who."""
    run = ledger.start(conn, kind, who, 1)
    result = ItemResult(receipt.key, status, "PO", receipt.reference, text)
    ledger.finish(conn, run, [result])
