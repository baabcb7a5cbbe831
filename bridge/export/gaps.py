"""Orders of the shop that Bizuno does not have, with their age and the reason.

The shop's own marks and receipts are compared first. With ``ask`` the portal is asked
what is in the books (``orderFind``, read-only): sending everything once more would
answer too, but it would book what is missing, and a report must not write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Column, Connection, func, select

from ..common.bulk import staged, temporary
from ..common.columns import BIZUNO, Texts
from ..common.errors import Conflict
from ..common.phpform import encode
from ..shop import Shop
from ..wordpress.options import read_options
from ..wordpress.orders import STORAGE_OPTIONS, Storage
from .due import batches, changed, waiting
from .exporter import NOT_EXPORTED
from .marks import KIND, SENT
from .pending import exported_orders
from .prepared import Prepared, prepare
from .target import portal_client

FIND = "?bizRt=portal/api/orderFind"
# what the portal answers at once
_ASKED = 1000
Kind = Literal["missing", "changed", "cancelled"]

_ORDER: Final[tuple[Kind, ...]] = ("missing", "changed", "cancelled")
_CANCELLED = "It was exported before; cancel or credit it in Bizuno by hand."


@dataclass(frozen=True)
class Gap:
    """One order; ``age`` is how long ago it was placed.

    ``missing``: Bizuno does not have it; ``changed``: it has an older content;
    ``cancelled``: it is none any more in the shop, and in Bizuno it stands. ``heal`` is
    False where sending it again changes nothing.
    """

    kind: Kind
    order_id: int
    reference: str
    status: str
    created: datetime | None
    age: timedelta
    reason: str
    heal: bool = True


@dataclass(frozen=True)
class Report:
    """What was compared, and what came of it."""

    compared: int
    asked: bool
    gaps: tuple[Gap, ...]

    def of(self, kind: Kind) -> list[Gap]:
        """The gaps of one kind."""
        return [gap for gap in self.gaps if gap.kind == kind]


@dataclass(frozen=True)
class _Lost:
    """Why the books lack an order that was acknowledged."""

    text: str
    heal: bool


def find_gaps(
    shop: Shop,
    *,
    since: datetime | None = None,
    ask: bool = False,
    older: timedelta = timedelta(0),
) -> Report:
    """Compare; orders that nobody touched for less than ``older`` are not counted.

    ``since`` leaves out orders that were placed before. Raises ConfigError where the
    portal is not known, Unavailable or Conflict where it cannot be asked.
    """
    shop.ledger.create(shop.database)
    now = datetime.now(UTC)
    missing = dict.fromkeys(waiting(shop, since))
    edited = [one for one in changed(shop, since) if one not in missing]
    acknowledged = _exported(shop, shop.config.export_statuses, since)
    cancelled = set(_exported(shop, NOT_EXPORTED, since))
    lost = _lost(shop, [*acknowledged, *sorted(cancelled)]) if ask else {}
    # what is not in the books either is settled
    cancelled -= lost.keys()
    lost = {one: why for one, why in lost.items() if one in set(acknowledged)}
    wanted = [*missing, *lost, *edited, *sorted(cancelled)]
    gaps: list[Gap] = []
    for batch in batches(list(dict.fromkeys(wanted))):
        prepared = prepare(shop, batch)
        reasons = _reasons(shop, [prepared.reference(one) for one in batch])
        for order_id in batch:
            kind: Kind = "missing"
            reason = reasons.get(prepared.reference(order_id), "It was never sent.")
            heal = True
            if order_id in cancelled:
                kind, heal = "cancelled", False
                reason = _CANCELLED
            elif order_id in lost:
                reason, heal = lost[order_id].text, lost[order_id].heal
            elif order_id not in missing:
                kind, reason = "changed", _edited(reason, prepared, order_id)
            gap = _gap(kind, prepared, order_id, reason, heal, now)
            if gap and _untouched(prepared, order_id, now) >= older:
                gaps.append(gap)
    gaps.sort(key=lambda gap: (_ORDER.index(gap.kind), -gap.age))
    return Report(len(missing) + len(acknowledged), ask, tuple(gaps))


def _gap(
    kind: Kind,
    prepared: Prepared,
    order_id: int,
    reason: str,
    heal: bool,
    now: datetime,
) -> Gap | None:
    order = prepared.orders.get(order_id)
    reference = prepared.reference(order_id)
    if order is None:
        if order_id not in prepared.broken:
            return None  # deleted meanwhile
        reason = "Its rows in the shop cannot be read as an order."
        return Gap(kind, order_id, reference, "", None, timedelta(0), reason, False)
    age = now - order.created if order.created else timedelta(0)
    return Gap(
        kind, order_id, reference, order.status, order.created, age, reason, heal
    )


def _untouched(prepared: Prepared, order_id: int, now: datetime) -> timedelta:
    order = prepared.orders.get(order_id)
    if order is None or order.updated is None:
        return timedelta.max
    # the shop's clock may be ahead of ours
    return max(now - order.updated, timedelta(0))


def _edited(reason: str, prepared: Prepared, order_id: int) -> str:
    order = prepared.orders.get(order_id)
    when = f" on {order.updated:%Y-%m-%d %H:%M} UTC" if order and order.updated else ""
    return f"It was edited{when}, after Bizuno had it. {reason}".replace(
        " It was never sent.", ""
    )


def _exported(
    shop: Shop, statuses: Collection[str], since: datetime | None
) -> list[int]:
    with shop.database.read() as conn:
        storage = Storage.of(read_options(conn, shop.tables, STORAGE_OPTIONS))
        return exported_orders(conn, shop.tables, storage, statuses, since)


def _lost(shop: Shop, ids: Sequence[int]) -> dict[int, _Lost]:
    """Orders that are marked here and not in the books there, with the reason."""
    prepared = prepare(shop, [])
    client = portal_client(shop, prepared.plugin)
    found: dict[int, _Lost] = {}
    try:
        for start in range(0, len(ids), _ASKED):
            numbers = {
                prepared.reference(one): one for one in ids[start : start + _ASKED]
            }
            body = encode({"PurchaseOrderID": list(numbers)})
            outcome = client.send("POST", FIND, body)
            for item in _answered(outcome.body, outcome.reason, outcome.status):
                if item.get("status") == "missing" and item.get("PO") in numbers:
                    text = str(item.get("text") or "It is not in the books.")
                    found[numbers[item["PO"]]] = _Lost(
                        f"Marked as exported, but: {text}",
                        # its receipt there would answer, and nothing would be booked
                        item.get("code") != "deleted",
                    )
    finally:
        client.close()
    return found


def _answered(body: Any, reason: str, status: int) -> Iterable[dict[str, Any]]:
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list):
        said = f" ({reason})" if reason else f" (status {status})"
        raise Conflict(
            "Bizuno was asked which orders it has, and gave no list"
            f"{said}. Only the portal of bizuno-bridge can be asked; against Bizuno's "
            "own leave --ask out."
        )
    return [item for item in items if isinstance(item, dict)]


def _reasons(shop: Shop, references: Sequence[str]) -> dict[str, str]:
    """What last became of each of these orders, as far as it was sent at all."""
    with shop.database.transaction() as conn:
        column = Column("reference", Texts(BIZUNO).varchar(190))
        rows = [{"reference": one} for one in references]
        with staged(conn, temporary("bizuno_bridge_gaps", [column]), rows) as wanted:
            latest = _latest(conn, shop, wanted)
        sent = shop.ledger.receipts
        query = select(sent.c.receipt_key, sent.c.created).where(
            sent.c.kind == SENT, sent.c.receipt_key.in_(list(references))
        )
        unanswered = {row[0]: row[1] for row in conn.execute(query)}
    for reference, when in unanswered.items():
        text = f"Sent on {when[:16]} UTC, and nobody heard the answer."
        latest[reference] = f"{text} {latest.get(reference, '')}".strip()
    return latest


def _latest(conn: Connection, shop: Shop, wanted: Any) -> dict[str, str]:
    """The text of the last failure of each order; success is no reason."""
    items, runs = shop.ledger.items, shop.ledger.runs
    last = (
        select(func.max(items.c.id).label("id"))
        .join(wanted, wanted.c.reference == items.c.item)
        .join(runs, runs.c.id == items.c.run_id)
        .where(runs.c.kind == KIND)
        .group_by(items.c.item)
        .subquery()
    )
    query = (
        select(items.c.item, items.c.status, items.c.code, items.c.text, runs.c.started)
        .join(last, last.c.id == items.c.id)
        .join(runs, runs.c.id == items.c.run_id)
    )
    return {
        row.item: f"{row.code.capitalize()} on {row.started[:16]} UTC: {row.text}"
        for row in conn.execute(query)
        if row.status == "refused"
    }
