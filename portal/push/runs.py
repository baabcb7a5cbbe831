"""Pushes in the ledger: what each was asked to do, and what became of every item.

A run's items are written before the first call, as *waiting*, and change with every
answer, so a run that was cut off knows where it was.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from bridge.common.bulk import insert_many
from bridge.common.database import Database
from bridge.common.envelope import ItemResult, Status
from bridge.common.errors import Unprocessable
from bridge.common.ledger import Ledger

WAITING = "waiting"
PREFIX = "push "
_WAITING = ("run_id", "item", "status", "field", "code", "text")
_CHANGED = (Status.CREATED, Status.UPDATED, Status.DELETED)


@dataclass(frozen=True)
class Run:
    """A push as it stands in the ledger; times are UTC texts.

    ``status`` is running, done, stopped (by the store), interrupted (here) or parked
    (waits for a person). ``details`` holds options, reason, counts and concerns.
    """

    id: int
    kind: str
    store: str
    started: str
    finished: str | None
    status: str
    asked: int
    changed: int
    refused: int
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunItem:
    """What became of one item of a run."""

    item: str
    status: str
    field: str
    code: str
    text: str


class Runs:
    """The pushes of these books."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database, self.ledger = database, ledger

    def begin(
        self, kind: str, store: str, items: Sequence[str], details: Mapping[str, Any]
    ) -> int:
        """Open a run with all its items waiting; its number."""

        def work(conn: Connection) -> int:
            run = self.ledger.start(conn, PREFIX + kind, store, len(items))
            self._set(conn, run, details=_json(details))
            rows = [(run, item[:190], WAITING, "", "", "") for item in items]
            insert_many(conn, self.ledger.items, _WAITING, rows)
            return run

        return self.database.run(work)

    def reopen(self, run: int, details: Mapping[str, Any]) -> None:
        """Mark a run as running again; ``details`` are added to what is known."""
        with self.database.transaction() as conn:
            known = {**self._read(conn, run).details, **details}
            self._set(conn, run, status="running", finished=None, details=_json(known))

    def report(self, conn: Connection, run: int, results: Sequence[ItemResult]) -> None:
        """Write down what became of some items."""
        table = self.ledger.items
        groups: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for result in results:
            number = result.id if len(results) == 1 else None
            said = (result.status, number, result.field, result.code, result.text)
            groups[said].append(result.key[:190])
        for (status, number, place, code, text), items in groups.items():
            conn.execute(
                update(table)
                .where(table.c.run_id == run, table.c.item.in_(items))
                .values(
                    status=status.value,
                    reference=number,
                    field=place[:190],
                    code=code[:40],
                    text=text,
                )
            )
        changed = sum(result.status in _CHANGED for result in results)
        refused = sum(result.status is Status.REFUSED for result in results)
        runs = self.ledger.runs
        conn.execute(
            update(runs)
            .where(runs.c.id == run)
            .values(changed=runs.c.changed + changed, refused=runs.c.refused + refused)
        )

    def end(self, run: int, status: str, **details: Any) -> dict[str, int]:
        """Close a run; how many items ended (or still wait) in which status.

        Unchanged items keep no row: their number is all there is to know.
        """
        table = self.ledger.items

        def work(conn: Connection) -> dict[str, int]:
            count = select(table.c.status, func.count()).where(table.c.run_id == run)
            counts: dict[str, int] = {
                status: number
                for status, number in conn.execute(count.group_by(table.c.status))
            }
            known = self._read(conn, run).details
            before = known.get("counts", {}).get(Status.UNCHANGED.value, 0)
            if before:
                counts[Status.UNCHANGED.value] = before + counts.get(
                    Status.UNCHANGED.value, 0
                )
            conn.execute(
                delete(table).where(
                    table.c.run_id == run,
                    table.c.status == Status.UNCHANGED.value,
                )
            )
            self._set(
                conn,
                run,
                status=status,
                finished=datetime.now(UTC),
                details=_json({**known, **details, "counts": counts}),
            )
            return counts

        return self.database.run(work)

    def read(self, run: int) -> Run:
        """One push; raises Unprocessable for an unknown number."""
        with self.database.read() as conn:
            return self._read(conn, run)

    def newest(self, limit: int = 20, *, unfinished: bool = False) -> list[Run]:
        """The latest pushes, newest first; or those that can be resumed."""
        runs = self.ledger.runs
        query = select(runs).where(runs.c.kind.startswith(PREFIX))
        if unfinished:
            query = query.where(
                runs.c.status.in_(("running", "stopped", "interrupted"))
            )
        with self.database.read() as conn:
            rows = conn.execute(query.order_by(runs.c.id.desc()).limit(limit))
            return [_run(row) for row in rows]

    def items(self, run: int, statuses: Iterable[str] | None = None) -> list[RunItem]:
        """The items of a push in the order they were planned."""
        table = self.ledger.items
        query = select(table).where(table.c.run_id == run).order_by(table.c.id)
        if statuses is not None:
            query = query.where(table.c.status.in_(list(statuses)))
        with self.database.read() as conn:
            return [
                RunItem(row.item, row.status, row.field, row.code, row.text)
                for row in conn.execute(query)
            ]

    def progress(self, run: int) -> str:
        """How far a run is, as part of a sentence; empty for no run."""
        if not run:
            return ""
        table = self.ledger.items
        query = select(func.count()).where(
            table.c.run_id == run, table.c.status == WAITING
        )
        with self.database.read() as conn:
            asked = self._read(conn, run).asked
            waiting = conn.execute(query).scalar_one()
        return f", run {run}, {asked - waiting} of {asked} done"

    def _read(self, conn: Connection, run: int) -> Run:
        runs = self.ledger.runs
        query = select(runs).where(runs.c.id == run, runs.c.kind.startswith(PREFIX))
        row = conn.execute(query).one_or_none()
        if row is None:
            raise Unprocessable(
                f"There is no run {run}; `bizuno-portal runs` lists them.",
                code="unknown_run",
            )
        return _run(row)

    def _set(self, conn: Connection, run: int, **values: Any) -> None:
        runs = self.ledger.runs
        conn.execute(update(runs).where(runs.c.id == run), values)


def _run(row: Row[Any]) -> Run:
    details = json.loads(row.details or "{}")
    return Run(
        row.id,
        row.kind.removeprefix(PREFIX),
        row.source,
        row.started,
        row.finished,
        row.status,
        row.asked,
        row.changed,
        row.refused,
        details if isinstance(details, dict) else {},
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))
