"""Calls under way: a bounded pool of threads, and one call per question.

Who asks what is being asked already waits for the same answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Generic, TypeVar

from .offers import Deadline

T = TypeVar("T")


class Flights(Generic[T]):
    """At most ``most`` calls at a time; the pool is made at first use, after a fork."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pool: ThreadPoolExecutor | None = None
        self._flying: dict[str, tuple[Future[T], Deadline]] = {}
        self._lock = threading.Lock()

    def join(
        self, name: str, call: Callable[[], T], deadline: Deadline
    ) -> tuple[Future[T], bool]:
        """The call of that name, begun if there is none; and whether it was begun.

        One whose deadline is over is on its way out and not joined any more.
        """
        with self._lock:
            if name in self._flying:
                flying, until = self._flying[name]
                if until.left() > 0:
                    return flying, False
            begun = self._threads().submit(call)
            self._flying[name] = begun, deadline
        # outside the lock: a call that is over already lands at once
        begun.add_done_callback(lambda call: self._landed(name, call))
        return begun, True

    def later(self, work: Callable[[], None]) -> None:
        """Do something that nobody waits for."""
        with self._lock:
            self._threads().submit(work)

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, "rates")
        return self._pool

    def _landed(self, name: str, call: Future[T]) -> None:
        with self._lock:
            if self._flying.get(name, (None,))[0] is call:
                del self._flying[name]

    def close(self) -> None:
        """Wait for what is under way, and begin nothing more."""
        with self._lock:
            pool, self._pool = self._pool, None
        # outside the lock: a call that lands meanwhile needs it
        if pool is not None:
            pool.shutdown()


__all__ = ["Flights", "NotYet"]
