"""Sending in batches: as large as the store takes, halved where it fails.

Every call is harmless to repeat (a product by its SKU, a confirmation by its text), so
a call whose outcome is unknown is simply sent again, in halves, until the item that
the store cannot digest stands alone and is set aside.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from bridge.common.envelope import ItemResult, Status
from bridge.common.http import Outcome

from .store import Unreachable, said

PLUGIN_FIELDS = 900
BRIDGE_ITEMS = 2_000
FIRST_ITEMS = 500
ATTEMPTS = 3
SET_ASIDE = 3
PATIENCE_SECONDS = 180.0
_LATER = (429, 503)


@dataclass(frozen=True)
class Entry:
    """One thing to send, known by ``key``; ``fields`` is its number of form fields.

    ``load`` makes what is sent, at the last moment: pictures are large.
    """

    key: str
    fields: int
    load: Callable[[], Any] = field(repr=False)


class Endpoint(Protocol):
    """How entries travel together and how the answer is read."""

    def call(self, entries: Sequence[Entry]) -> Outcome:
        """Send these entries in one call."""

    def read(
        self, entries: Sequence[Entry], body: Mapping[str, Any]
    ) -> list[ItemResult] | None:
        """What became of each; None when the answer does not tell them apart."""

    def alive(self) -> bool:
        """Whether the store answers at all."""

    def take_remarks(self) -> list[str]:
        """What the store has remarked besides since the last call."""


@dataclass(frozen=True)
class Limit:
    """What one call may hold."""

    items: int = BRIDGE_ITEMS
    fields: int | None = None

    @classmethod
    def of(cls, *, is_bridge: bool) -> Limit:
        """The limit of our bridge, or of the plugin (PHP stops at 1,000 fields)."""
        return cls() if is_bridge else cls(fields=PLUGIN_FIELDS)


@dataclass(frozen=True)
class Verdict:
    """What to do after a call: done, split, wait (``seconds``) or stop; and why."""

    kind: Literal["done", "split", "wait", "stop"]
    reason: str = ""
    seconds: float = 0.0


def judge(outcome: Outcome) -> Verdict:
    """What an outcome means for a batch; pure."""
    body, status = outcome.body, outcome.status
    if outcome.done and isinstance(body, dict) and "result" in body:
        return Verdict("done")
    reason = said(body) or outcome.reason or "The answer was not understood."
    if status in _LATER:
        return Verdict("wait", reason, _retry_after(outcome))
    if status == 0 and outcome.kind == "refused" and "certificate" not in reason:
        return Verdict("wait", reason, 1.0)
    if status == 501 or (outcome.kind == "refused" and status not in (400, 413, 422)):
        return Verdict("stop", f"{reason} {_remedy(status)}".strip())
    return Verdict("split", reason)


def _remedy(status: int) -> str:
    if status in (401, 403):
        return "Check email and password in the [store] section."
    if status == 404 or 300 <= status < 400:
        return "Check url in the [store] section."
    return ""


def _retry_after(outcome: Outcome) -> float:
    value = outcome.header("Retry-After").strip()
    return float(value) if value.isdecimal() else 1.0


@dataclass
class Delivery:
    """A push on its way: yields what became of the entries, batch by batch.

    Raises Unreachable when the store cannot go on; what was not reported by then was
    not acknowledged. ``pause`` waits for a number of seconds.
    """

    endpoint: Endpoint
    limit: Limit
    notice: Callable[[str], None] = lambda text: None
    beat: Callable[[], None] = lambda: None
    pause: Callable[[float], None] = time.sleep
    patience: float = PATIENCE_SECONDS
    calls: int = 0
    call_seconds: float = 0.0
    _groups: deque[list[Entry]] = field(default_factory=deque)
    _suspects: list[ItemResult] = field(default_factory=list)
    _waiting_since: float | None = None

    def run(self, entries: Sequence[Entry]) -> Iterator[list[ItemResult]]:
        """Send everything."""
        self._groups = deque([list(entries)] if entries else [])
        size, attempts = min(FIRST_ITEMS, self.limit.items), 0
        while self._groups:
            batch = self._take(size)
            self.beat()
            outcome = self._call(batch)
            verdict = judge(outcome)
            if verdict.kind == "stop":
                raise Unreachable(verdict.reason)
            if verdict.kind == "done":
                size, attempts = min(size * 2, self.limit.items), 0
                self._waiting_since = None
                yield from self._accept(batch, outcome.body)
            elif verdict.kind == "wait" or self._is_gone(outcome):
                self._groups.appendleft(batch)
                self._wait(verdict)
            elif len(batch) > 1:
                size = self._halve(batch)
            elif attempts + 1 < ATTEMPTS and outcome.kind == "unknown":
                attempts += 1
                self._groups.appendleft(batch)
                self.pause(2.0**attempts / 2)
            else:
                attempts = 0
                self._set_aside(batch[0], outcome, verdict.reason)
        if self._suspects:
            yield self._suspects

    def _call(self, batch: list[Entry]) -> Outcome:
        started = time.monotonic()
        outcome = self.endpoint.call(batch)
        self.calls += 1
        self.call_seconds += time.monotonic() - started
        return outcome

    def _is_gone(self, outcome: Outcome) -> bool:
        """Whether it is the store that does not answer, rather than this batch."""
        return outcome.status == 0 and not self.endpoint.alive()

    def _wait(self, verdict: Verdict) -> None:
        """Wait for the store to come back, as long as patience lasts."""
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        waited = now - self._waiting_since
        seconds = max(verdict.seconds, min(1.0 + waited / 2, 10.0))
        if waited + seconds > self.patience:
            raise Unreachable(verdict.reason)
        self.notice(f"{verdict.reason} Next attempt in {seconds:.0f} s.")
        self.pause(seconds)

    def _take(self, size: int) -> list[Entry]:
        """The next batch; at least one entry, however large it is."""
        group = self._groups[0]
        count = fields = 0
        for entry in group[:size]:
            fields += entry.fields
            if count and self.limit.fields and fields > self.limit.fields:
                break
            count += 1
        batch, rest = group[:count], group[count:]
        self._groups.popleft()
        if rest:
            self._groups.appendleft(rest)
        return batch

    def _halve(self, batch: list[Entry]) -> int:
        """Put both halves back as groups of their own; the size of the first."""
        middle = (len(batch) + 1) // 2
        self._groups.appendleft(batch[middle:])
        self._groups.appendleft(batch[:middle])
        return middle

    def _accept(
        self, batch: list[Entry], body: Mapping[str, Any]
    ) -> Iterator[list[ItemResult]]:
        results = self.endpoint.read(batch, body)
        if results is None:
            self._halve(batch)
            return
        # the store lives, so it was the entry set aside before that it could not take
        yield [*self._suspects, *results]
        self._suspects = []

    def _set_aside(self, entry: Entry, outcome: Outcome, reason: str) -> None:
        refused = ItemResult(
            entry.key, Status.REFUSED, text=reason, code="refused_by_store"
        )
        if outcome.kind == "unknown":
            refused = replace(refused, code="not_answered")
        self._suspects.append(refused)
        silent = [s for s in self._suspects if s.code == "not_answered"]
        if len(silent) >= SET_ASIDE:
            raise Unreachable(
                f"The store failed on {len(silent)} items in a row. {reason}"
            )
