"""A breaker: a carrier that keeps failing is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after ``failures`` in a row, for ``pause`` seconds; then one may try.

    While that one tries the others still stay away; its success closes the breaker,
    its failure opens it for another pause.
    """

    def __init__(
        self,
        failures: int,
        pause: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._pause, self._clock = failures, pause, clock
        self._failed = 0
        self._until = 0.0
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """True if the carrier may be asked now; who then asks it tells how it went."""
        with self._lock:
            if self._failed < self._most:
                return True
            now = self._clock()
            if now < self._until:
                return False
            self._until = now + self._pause  # nobody else until this one reports
            return True

    def seconds(self) -> float:
        """How long it stays open; 0 when it is closed or somebody may try."""
        with self._lock:
            if self._failed < self._most:
                return 0.0
            return max(self._until - self._clock(), 0.0)

    def succeeded(self) -> None:
        """The carrier answered."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """The carrier did not answer."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._most:
                self._until = self._clock() + self._pause
