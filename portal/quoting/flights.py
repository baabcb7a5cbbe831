"""Calls under way: a bounded pool of threads, and one call per question.

Who asks what is being asked already waits for the same answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """At most ``most`` calls at a time; the pool is made at first use, after a fork."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pool: ThreadPoolExecutor | None = None
        self._flying: dict[str, Future[T]] = {}
        self._lock = threading.Lock()

    def join(self, name: str, call: Callable[[], T]) -> tuple[Future[T], bool]:
        """The call of that name, begun if there is none; and whether it was begun."""
        with self._lock:
            flying = self._flying.get(name)
            if flying is not None:
                return flying, False
            begun = self._flying[name] = self._threads().submit(call)
        # outside the lock: a call that is over already lands at once
        begun.add_done_callback(lambda _: self._landed(name))
        return begun, True

    def later(self, work: Callable[[], None]) -> None:
        """Do something that nobody waits for."""
        with self._lock:
            self._threads().submit(work)

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, "rates")
        return self._pool

    def _landed(self, name: str) -> None:
        with self._lock:
            self._flying.pop(name, None)

    def close(self) -> None:
        """Wait for what is under way, and begin nothing more."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown()
                self._pool = None


__all__ = ["Flights", "NotYet"]
