"""``export --watch``: new and changed orders go to Bizuno within seconds.

Each round asks one cheap question by an index: which orders were touched in the last
minutes. Now and then, at the start, and after any trouble, everything is compared, so
that nothing depends on a clock or on a round that was missed.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event

from sqlalchemy.exc import DBAPIError

from ..common.database import error_number
from ..common.errors import ConfigError, Unavailable
from ..shop import Shop
from ..wordpress.clock import stamp
from .due import changed, due, touched, waiting
from .exporter import Manner, export_orders

# how far back a round looks: more than clocks and transactions may be late
WINDOW = timedelta(minutes=10)
SAME_SECOND = timedelta(seconds=3)
SWEEP_SECONDS = 900.0
LONGEST_PAUSE_SECONDS = 60.0
# an order that Bizuno refused, or whose outcome is not known, is tried again less and
# less often
REFUSED_HOLD_SECONDS, UNKNOWN_HOLD_SECONDS = 60.0, 5.0
LONGEST_HOLD_SECONDS = 3600.0
_MANNER = Manner(wait=5.0, source="export --watch")
log = logging.getLogger("bizuno_bridge.watch")


@dataclass
class _Held:
    """An order that is not tried again before ``until``."""

    seconds: float = 0.0
    until: float = 0.0

    def longer(self, now: float, first: float) -> None:
        """Double the time, which begins with ``first``."""
        self.seconds = min(max(self.seconds * 2, first), LONGEST_HOLD_SECONDS)
        self.until = now + self.seconds


@dataclass
class Watch:
    """One watcher; ``run`` returns when ``stop`` is set. ``interval`` is in seconds."""

    shop: Shop
    stop: Event
    interval: float = 2.0
    _seen: dict[int, str] = field(default_factory=dict)
    _held: dict[int, _Held] = field(default_factory=dict)
    _next_sweep: float = 0.0

    def run(self) -> None:
        """Round after round, less often while something is wrong."""
        statuses = ", ".join(self.shop.config.export_statuses)
        log.info("watching orders that are %s", statuses)
        pause, well = self.interval, True
        while not self.stop.is_set():
            trouble = self._round_or_trouble()
            if trouble:
                # what this round missed is found by comparing everything
                self._next_sweep = 0.0
                pause, well = min(max(pause, 1.0) * 2, LONGEST_PAUSE_SECONDS), False
                log.warning("%s Next try in %g seconds.", trouble, pause)
            else:
                if not well:
                    log.info("all is well again")
                pause, well = self.interval, True
            self.stop.wait(pause)
        log.info("stopped")

    def _round_or_trouble(self) -> str:
        try:
            return self.round()
        except Unavailable as exc:
            return exc.text
        except ConfigError as exc:
            return f"The configuration is wrong: {exc}."
        except DBAPIError as exc:
            # its own text holds the statement and rows
            return f"The database refused a statement (error {error_number(exc)})."

    def round(self) -> str:
        """Look and send; a sentence about what is wrong with more than one order."""
        now = time.monotonic()
        if now >= self._next_sweep:
            self.shop.ledger.create(self.shop.database)
            wanted = [*waiting(self.shop), *changed(self.shop)]
            self._next_sweep = now + SWEEP_SECONDS
        else:
            wanted = due(self.shop, self._news())
        wanted += self._again(now)
        ready = [n for n in dict.fromkeys(wanted) if n not in self._held_at(now)]
        return self._send(ready) if ready else ""

    def _news(self) -> list[int]:
        """Orders touched since they were looked at; an edit ends every waiting."""
        now = datetime.now(UTC)
        found = touched(self.shop, now - WINDOW)
        edited = {n for n, when in found.items() if self._seen.get(n) != when}
        self._seen = found
        for number in edited:
            self._held.pop(number, None)
        # times are in whole seconds: another edit may bear the same one
        recent = stamp(now - SAME_SECOND)
        return [n for n, when in found.items() if n in edited or when >= recent]

    def _held_at(self, now: float) -> set[int]:
        return {number for number, one in self._held.items() if one.until > now}

    def _again(self, now: float) -> list[int]:
        """Orders that have waited long enough; what became of them may have changed."""
        over = sorted(self._held.keys() - self._held_at(now))
        still = due(self.shop, over) if over else []
        for number in set(over) - set(still):
            del self._held[number]  # withdrawn, or sent by somebody else
        return still

    def _send(self, numbers: list[int]) -> str:
        results = []
        manner = replace(_MANNER, pause=self.stop.wait)
        for result in export_orders(self.shop, numbers, manner):
            level = logging.INFO if result.kind == "done" else logging.WARNING
            log.log(level, "%s: %s", result.order_id, result.text)
            results.append(result)
            if self.stop.is_set():
                return ""
        if len(results) < len(numbers) or not any(one.heard for one in results):
            return "Bizuno does not answer."
        now = time.monotonic()
        for result in results:
            if result.kind == "done":
                self._held.pop(result.order_id, None)
                continue
            refused = result.kind == "refused" and result.heard
            first = REFUSED_HOLD_SECONDS if refused else UNKNOWN_HOLD_SECONDS
            self._held.setdefault(result.order_id, _Held()).longer(now, first)
        return ""
