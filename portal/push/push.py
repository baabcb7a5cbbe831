"""One push to one store, from the plan to the last answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from bridge.common.config import StoreConfig
from bridge.common.envelope import ItemResult, Status

from ..books import Books
from . import locks, state
from .guards import Concern
from .jobs import Job, Plan, Planned
from .planning import Chosen, choose, open_concerns, parking
from .report import Report
from .runs import WAITING, Runs
from .sending import PLUGIN_FIELDS, Delivery, Limit
from .state import Content
from .store import Store, Unreachable

_ACKNOWLEDGED = (Status.CREATED, Status.UPDATED, Status.UNCHANGED)
Result = Literal["done", "nothing", "planned", "parked", "stopped", "interrupted"]


@dataclass(frozen=True)
class Options:
    """How a push is to go.

    ``everything``: unchanged items too. ``continued``: a run to go on with, and
    ``accepted`` says that a person has looked at what it was parked for. ``only`` are
    keys of an earlier run, tried again.
    """

    everything: bool = False
    dry_run: bool = False
    diff: bool = False
    continued: int | None = None
    accepted: bool = False
    only: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Ending:
    """How a push ended; ``good`` when all that was asked for is done."""

    result: Result
    run: int = 0
    good: bool = True


def label_of(config: StoreConfig) -> str:
    """How a store is called in the ledger."""
    return config.name or config.url or ""


class Push:
    """A push of one job to one store.

    ``pause`` waits a number of seconds; ``check`` is called before each call and may
    raise KeyboardInterrupt.
    """

    def __init__(
        self,
        books: Books,
        config: StoreConfig,
        job: Job,
        report: Report,
        options: Options = Options(),
        *,
        pause: Callable[[float], None] = time.sleep,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.books, self.config, self.job = books, config, job
        self.report, self.options = report, options
        self.pause, self.check = pause, check
        self.runs = Runs(books.database, books.ledger)
        self.label = label_of(config)
        self.key = (config.url or "")[:190]

    def go(self) -> Ending:
        """Plan and send; raises Problem for what a person has to put right first."""
        store = Store(self.config)
        self.books.ledger.create(self.books.database)
        state.create_tables(self.books.database)
        try:
            if self.options.dry_run:
                return self._rehearse(store)
            return self._locked(store)
        finally:
            store.close()

    def _rehearse(self, store: Store) -> Ending:
        """Say what would be sent; our bridge is asked what it would do with it."""
        asked = self._is_known_bridge()
        chosen = self._choose(diff=self.options.diff and not asked)
        for concern in self.job.concerns(chosen.changes):
            self.report.say(f"A person would be asked first: {concern.text}.")
        self.report.rehearsal(chosen)
        if chosen.planned and asked:
            delivery = self._delivery(store, self.check, plan=True)
            for results in delivery.run([p.entry for p in chosen.planned]):
                self.report.count(results)
                if self.options.diff:
                    self.report.store_changes(results)
            if self.job.kind != "sync":
                self.report.say(f"The store would answer: {self.report.tally()}.")
            for line in self.job.said(delivery.endpoint):
                self.report.say(line)
            self.report.problem_lines()
        self.report.say("Nothing was sent (--dry-run).")
        return Ending("planned" if chosen.planned else "nothing")

    def _is_known_bridge(self) -> bool:
        """Whether our bridge is known to answer, without asking the store."""
        if self.config.kind != "auto":
            return self.config.kind == "bridge"
        receivers = (
            run.details["receiver"]
            for run in self.runs.newest(50)
            if run.store == self.label and "receiver" in run.details
        )
        return next(receivers, "") == "bridge"

    def _locked(self, store: Store) -> Ending:
        lock, left = locks.take(
            self.books.database, self.job.kind, self.key, self.runs.progress
        )
        try:
            if left and left != self.options.continued:
                self.runs.end(left, "interrupted")
            chosen = self._choose(diff=self.options.diff)
            if not chosen.planned:
                return self._nothing()
            concerns = open_concerns(self.job, chosen, self._accepted())
            run = self._begin(chosen, concerns)
            if concerns:
                return self._park(run, concerns)
            lock.run = run
            lock.beat()
            return self._send(store, run, chosen, lock)
        finally:
            lock.release()

    def _choose(self, *, diff: bool) -> Chosen:
        """Read the books, and leave out what the store has acknowledged just so."""
        continued = self.options.continued
        only: Sequence[str] | None = self.options.only
        if continued is not None:
            only = [item.item for item in self.runs.items(continued, [WAITING])]
        with self.books.database.read() as conn:
            nothing = only is not None and not only
            plan = Plan([]) if nothing else self.job.plan(conn, only)
            keys = [planned.entry.key for planned in plan.planned]
            known = state.read_pushed(conn, self.key, self.job.kind, keys)
        everything = self.options.everything or continued is not None
        chosen = choose(self.job, plan, known, everything=everything)
        self.report.plan(self.job, plan, chosen, diff=diff)
        return chosen

    def _nothing(self) -> Ending:
        self.report.say(self.job.nothing)
        self.report.event("end", result="nothing", counts={})
        if self.options.continued is not None:
            self._close_gone(self.options.continued)
            self.runs.end(self.options.continued, "done")
        return Ending("nothing", self.options.continued or 0)

    def _accepted(self) -> Mapping[str, str]:
        if not self.options.accepted or self.options.continued is None:
            return {}
        found = self.runs.read(self.options.continued).details.get("parked")
        return found if isinstance(found, dict) else {}

    def _begin(self, chosen: Chosen, concerns: Sequence[Concern]) -> int:
        details = {"options": self.job.options(), **parking(chosen, concerns)}
        continued = self.options.continued
        if continued is None:
            return self.runs.begin(self.job.kind, self.label, chosen.keys, details)
        self.runs.reopen(continued, details)
        self._close_gone(continued, chosen.keys)
        return continued

    def _close_gone(self, run: int, still: Sequence[str] = ()) -> None:
        """Items of a continued run that there is nothing to send of any more."""
        waiting = {item.item for item in self.runs.items(run, [WAITING])}
        gone = [
            ItemResult(key, Status.MISSING, text="Bizuno has it no more.", code="gone")
            for key in sorted(waiting - set(still))
        ]
        if gone:
            with self.books.database.transaction() as conn:
                self.runs.report(conn, run, gone)

    def _park(self, run: int, concerns: Sequence[Concern]) -> Ending:
        self.runs.end(run, "parked")
        self.report.parked(run, concerns)
        return Ending("parked", run, good=False)

    def _delivery(
        self, store: Store, beat: Callable[[], None], *, plan: bool = False
    ) -> Delivery:
        limit = Limit.of(is_bridge=store.is_bridge)
        if self.job.one_by_one:
            limit = Limit(items=1)
        endpoint = self.job.endpoint(store, plan=plan)
        return Delivery(endpoint, limit, self.report.say, beat, self.pause)

    def _send(self, store: Store, run: int, chosen: Chosen, lock: locks.Lock) -> Ending:
        contents = chosen.contents
        result: Result = "interrupted"
        details: dict[str, Any] = {}
        spent: dict[str, Any] = {}
        self.report.begin(len(chosen.planned))
        try:
            delivery = self._delivery(store, lambda: self._beat(lock))
            details["receiver"] = "bridge" if store.is_bridge else "plugin"
            self._warn_of_size(store, chosen.planned)
            for results in delivery.run([p.entry for p in chosen.planned]):
                self._record(run, results, contents)
                self.report.advance(results)
                self.report.remarks(delivery.endpoint.take_remarks())
            result = "done"
            seconds = round(delivery.call_seconds, 3)
            spent = {"calls": delivery.calls, "call_seconds": seconds}
            for line in self.job.said(delivery.endpoint):
                self.report.say(line)
        except Unreachable as exc:
            result, details["reason"] = "stopped", exc.text
        except KeyboardInterrupt:
            details["reason"] = "Interrupted by a person."
        finally:
            counts = self.runs.end(run, result, **details)
        reason = details.get("reason", "")
        self.report.end(run, result, reason, counts, **spent)
        good = result == "done" and not counts.get(Status.REFUSED.value)
        return Ending(result, run, good)

    def _beat(self, lock: locks.Lock) -> None:
        self.check()
        lock.beat()

    def _warn_of_size(self, store: Store, planned: Sequence[Planned]) -> None:
        for one in planned if not store.is_bridge else ():
            if one.entry.fields > PLUGIN_FIELDS:
                self.report.say(
                    f"Note: {one.entry.key} has {one.entry.fields:,} form fields; PHP "
                    "reads 1,000 of them unless max_input_vars is raised in php.ini."
                )

    def _record(
        self, run: int, results: Sequence[ItemResult], contents: Mapping[str, Content]
    ) -> None:
        """Write down right after the answer: from here on it is not sent again."""
        known = [
            (result.key, contents[result.key])
            for result in results
            if result.status in _ACKNOWLEDGED and result.key in contents
        ]

        def work(conn: Connection) -> None:
            self.runs.report(conn, run, results)
            state.write_pushed(conn, self.key, self.job.kind, run, known)

        self.books.database.run(work)
