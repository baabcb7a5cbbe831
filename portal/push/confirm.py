"""The push of confirmations: what was shipped on some days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bridge.common.config import StoreConfig

from .choices import read_choices
from .endpoints import Confirm
from .guards import Change, Concern
from .jobs import Plan, Planned
from .sending import Endpoint, Entry
from .shipments import (
    Confirmation,
    confirmations,
    read_carriers,
    read_shipments,
)
from .state import Content
from .store import Store


@dataclass(frozen=True)
class ConfirmJob:
    """The orders of one store that were shipped on these days."""

    store: StoreConfig
    first: date
    last: date
    kind = "confirm"
    one_by_one = False
    always = True
    what = ("order", "orders")
    nothing = "No order of this store was shipped then; nothing was sent."

    def plan(self, conn: Connection, only: Sequence[str] | None = None) -> Plan:
        """One entry per order; it is sent again whenever it is asked for."""
        shipments = read_shipments(conn, self.first, self.last)
        found = confirmations(
            shipments,
            self.store.prefix,
            read_carriers(conn),
            read_choices(conn).date_format,
        )
        wanted = [c for c in found if only is None or c.order in only]
        notices = [
            f"{c.order} was shipped without a tracking number; it is confirmed so."
            for c in wanted
            if c.untracked
        ]
        foreign = {s.order for s in shipments} - {c.order for c in found}
        if foreign and only is None:
            notices.append(_foreign(sorted(foreign), self.store.prefix))
        planned = [Planned(_entry(c), text=f"{c.head} {c.body}") for c in wanted]
        return Plan(planned, notices)

    def merged(self, content: Content, before: Content) -> Content:
        """Confirmations are not remembered."""
        return content

    def endpoint(self, store: Store, *, plan: bool = False) -> Endpoint:
        """``order/confirm``."""
        return Confirm(store, plan=plan)

    def concerns(self, changes: Sequence[Change]) -> list[Concern]:
        """None: what was shipped was shipped."""
        return []

    def options(self) -> dict[str, Any]:
        """What is needed to make this job again."""
        return {"date": self.first.isoformat(), "to": self.last.isoformat()}

    def said(self, endpoint: Endpoint) -> list[str]:
        """Nothing beyond the orders."""
        return []


def _entry(confirmation: Confirmation) -> Entry:
    return Entry(confirmation.order, 2, partial(_same, confirmation))


def _same(confirmation: Confirmation) -> Confirmation:
    return confirmation


def _foreign(orders: list[str], prefix: str) -> str:
    shown = ", ".join(order or "(no number)" for order in orders[:5])
    more = f" and {len(orders) - 5} more" if len(orders) > 5 else ""
    what = f"{prefix} and digits" if prefix else "digits only"
    return f"Left out, since an order of this store is {what}: {shown}{more}."
