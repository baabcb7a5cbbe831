"""What a person, or a program, is told of one push to one store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.common.difference import change_line, differences
from bridge.common.envelope import ItemResult, Status

from .guards import Concern
from .jobs import Job, Plan
from .output import Output
from .planning import Chosen

SHOWN = 20
_PROBLEMS = (Status.REFUSED, Status.MISSING)


@dataclass
class Report:
    """The report of one push to one store."""

    output: Output
    store: str
    kind: str
    total: int = 0
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[ItemResult] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """A sentence."""
        self.output.line(self.store, text)

    def event(self, name: str, **values: Any) -> None:
        """Something for machines only."""
        self.output.event(self.store, name, {"kind": self.kind, **values})

    def plan(self, job: Job, plan: Plan, chosen: Chosen, *, diff: bool) -> None:
        """What is there to send."""
        self._list([f"Note: {notice}" for notice in plan.notices])
        counts = {"new": chosen.new, "changed": len(chosen.changes)}
        counts["unchanged"] = chosen.unchanged
        self.event("plan", total=chosen.total, send=len(chosen.planned), **counts)
        if chosen.total:
            one, many = job.what
            words = zip(("not sent before", "changed", "unchanged"), counts.values())
            told = ", ".join(f"{n:,} {what}" for what, n in words if n)
            told = "" if job.always else f": {told}; {len(chosen.planned):,} to send"
            count = f"{chosen.total:,} {one if chosen.total == 1 else many}{told}"
            self.say(f"{plan.headline or count}.")
        for change in chosen.changes if diff else ():
            self.say(f"  {change.item}")
            for line in differences(change.before, change.after):
                self.say(f"    {line}")

    def rehearsal(self, chosen: Chosen) -> None:
        """What would be sent, as far as there are words for it."""
        for planned in chosen.planned:
            if planned.text:
                self.say(f"  {planned.entry.key}: {planned.text}")

    def begin(self, total: int) -> None:
        """The first call is about to be made."""
        self.total = total
        self.output.progress(self.store, 0, total, "")

    def advance(self, results: Sequence[ItemResult]) -> None:
        """Some items are done."""
        self.count(results)
        self.event("items", items=[result.as_dict() for result in results])
        self.output.progress(self.store, self.done, self.total, self.tally())

    def remarks(self, texts: Sequence[str]) -> None:
        """What the store remarked besides."""
        self._list([f"Store: {text}" for text in texts])

    def store_changes(self, results: Sequence[ItemResult]) -> None:
        """What would change in the store, field by field."""
        for result in results:
            if result.changes:
                self.say(f"  {result.key}")
                for name, values in result.changes.items():
                    self.say(f"    {name}: {change_line(values)}")

    def count(self, results: Sequence[ItemResult]) -> None:
        """Add to what the summary will tell."""
        self.done += len(results)
        self.counts.update(result.status.value for result in results)
        self.problems += [r for r in results if r.status in _PROBLEMS]

    def tally(self) -> str:
        """``12 updated, 1 refused``."""
        counts = ((status.value, self.counts[status.value]) for status in Status)
        return ", ".join(f"{n:,} {status}" for status, n in counts if n)

    def parked(self, run: int, concerns: Sequence[Concern]) -> None:
        """Nothing was sent, because a person has to look at it first."""
        for concern in concerns:
            shown = ", ".join(concern.items[:SHOWN])
            more = len(concern.items) - SHOWN
            self.say(f"{concern.text}: {shown}{f' and {more} more' * (more > 0)}.")
        self.say(
            f"Run {run} is parked and nothing was sent. If this is right, go on with: "
            f"bizuno-portal {self.kind} --accept {run}"
        )
        self.event("end", result="parked", run=run)

    def end(
        self,
        run: int,
        result: str,
        reason: str,
        counts: Mapping[str, int],
        **spent: Any,
    ) -> None:
        """The summary; ``spent`` is for machines."""
        seconds = time.monotonic() - self.started
        self.problem_lines()
        waiting = counts.get("waiting", 0)
        told = self.tally() or "nothing done"
        if self.kind == "sync" and result == "done" and not self.problems:
            told = "done"
        self.say(f"{self.kind}, run {run}: {told} in {seconds:.1f} s.")
        if result != "done":
            self.say(
                f"{reason} {waiting:,} not sent; go on with: bizuno-portal resume {run}"
            )
        self.event(
            "end",
            result=result,
            run=run,
            reason=reason,
            counts=dict(counts),
            seconds=round(seconds, 3),
            **spent,
        )

    def problem_lines(self) -> None:
        """The items that were refused or missing, with field and remedy."""
        lines = []
        for result in self.problems:
            place = f"{result.field}: " if result.field else ""
            text = result.text or result.code or "no reason given"
            lines.append(f"  {result.status.value:8} {result.key}  {place}{text}")
        self._list(lines)
        if any(r.status is Status.MISSING for r in self.problems):
            self.say("  What the store does not have yet goes there with `upload`.")

    def _list(self, lines: Sequence[str]) -> None:
        for line in lines[:SHOWN]:
            self.say(line)
        if len(lines) > SHOWN:
            self.say(f"  and {len(lines) - SHOWN:,} more")
