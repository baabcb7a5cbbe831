"""Answers of carriers that are asked over the network: memory, and what all share."""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from bridge.common.database import Database
from bridge.common.rate_settings import RatesConfig

from .offers import Deadline, Offer, Source
from .store import Entry, QuoteStore

PARTIAL_SECONDS = 120
"""For which an answer that lacks a carrier counts as fresh, at most."""
_POLL_SECONDS = 0.03
_TRIM_EVERY = 50


class Answers:
    """Two levels: this process keeps a tenth of what the database keeps."""

    def __init__(
        self, config: RatesConfig, store: QuoteStore, database: Database
    ) -> None:
        self._config, self._store, self._database = config, store, database
        self._most = max(config.cache_size // 10, 1)
        self._memory: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def is_fresh(self, entry: Entry | None) -> bool:
        """True for an answer that is given again without asking."""
        if entry is None:
            return False
        most = self._config.fresh
        return entry.age() < (min(most, PARTIAL_SECONDS) if entry.missing else most)

    def is_good(self, entry: Entry | None) -> bool:
        """True for an answer that may stand in for a carrier that fails."""
        return entry is not None and entry.age() < self._config.stale

    def get(self, name: str) -> Entry | None:
        """The newest answer of that name, fresh or not."""
        with self._lock:
            known = self._memory.get(name)
            if known is not None:
                self._memory.move_to_end(name)
        if self.is_fresh(known):
            return known
        shared = self._store.read(self._database, name)
        if shared is None or (known is not None and known.stored >= shared.stored):
            return known
        self.remember(name, shared)
        return shared

    def remember(self, name: str, entry: Entry) -> None:
        """Keep an answer in memory; the one not used for longest goes."""
        with self._lock:
            self._memory[name] = entry
            self._memory.move_to_end(name)
            while len(self._memory) > self._most:
                self._memory.popitem(last=False)

    def share(self, name: str, entry: Entry) -> None:
        """Keep an answer for all workers."""
        self._store.keep(self._database, name, entry)
        if random.randrange(_TRIM_EVERY) == 0:
            oldest = time.time() - max(self._config.stale, self._config.fresh)
            self._store.trim(self._database, self._config.cache_size, oldest)

    def give_up(self, name: str) -> None:
        """There is no answer; another worker may ask."""
        self._store.release(self._database, name)

    def of_another(self, name: str, deadline: Deadline) -> Entry | None:
        """The answer another worker is just waiting for; None if it is on us to ask.

        Raises TimeoutError when the deadline comes first.
        """
        while not self._store.claim(self._database, name, deadline.left()):
            if deadline.left() <= _POLL_SECONDS:
                raise TimeoutError
            time.sleep(_POLL_SECONDS)
        # it may have been faster than our look into the cache
        entry = self._store.read(self._database, name)
        if not self.is_fresh(entry):
            return None
        self.give_up(name)
        return entry


def dated(entry: Entry, source: Source) -> Sequence[Offer]:
    """The offers of an answer, with their age."""
    age = int(entry.age())
    return [replace(offer, source=source, age=age) for offer in entry.offers]
