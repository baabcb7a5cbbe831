"""Counters and a histogram of this process: who answered, from where, how fast."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 5.0)
"""Upper ends in seconds; a last bucket holds what took longer."""


@dataclass
class Histogram:
    """How often something took how long; ``counts`` has one more than BUCKETS."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How often it happened."""
        return sum(self.counts)


class Metrics:
    """Kept by carrier and by where an answer came from (``failed``: from nowhere)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], Histogram] = {}
        self._offers: Counter[tuple[str, str]] = Counter()
        self._dropped: Counter[str] = Counter()

    def answered(self, carrier: str, source: str, seconds: float, offers: int) -> None:
        """A carrier was asked: its answer took so long and held so many offers."""
        place = bisect_left(BUCKETS, seconds)
        with self._lock:
            histogram = self._answers.get((carrier, source))
            if histogram is None:
                histogram = self._answers[carrier, source] = Histogram()
            histogram.counts[place] += 1
            histogram.seconds += seconds
            self._offers[carrier, source] += offers

    def dropped(self, carrier: str, offers: int = 1) -> None:
        """So many offers of a carrier could not be used."""
        with self._lock:
            self._dropped[carrier] += offers

    def answers(self) -> dict[tuple[str, str], Histogram]:
        """A copy of the histograms by carrier and source."""
        with self._lock:
            return {
                key: Histogram(list(one.counts), one.seconds)
                for key, one in self._answers.items()
            }

    def offers(self) -> dict[tuple[str, str], int]:
        """How many offers, by carrier and source."""
        with self._lock:
            return dict(self._offers)

    def unusable(self) -> dict[str, int]:
        """How many offers could not be used, by carrier."""
        with self._lock:
            return dict(self._dropped)
