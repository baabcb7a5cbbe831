"""Right passwords, remembered for a minute: their arithmetic is slow by design."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBER_SECONDS = 60.0
REMEMBER_ENTRIES = 256
Verify = Callable[[bytes, str], bool]
"""Password and stored hash to whether they belong together."""


class Verified:
    """Right passwords of the last minute, so that each costs its arithmetic once.

    Holds no password: the key is an HMAC under a random key of this process over
    user, stored hash and password. A changed hash, a removed user or a lost
    capability counts at once, as those are read anew. Only right ones are kept.
    """

    def __init__(
        self,
        seconds: float = REMEMBER_SECONDS,
        entries: int = REMEMBER_ENTRIES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._entries, self._clock = seconds, entries, clock
        self._key = secrets.token_bytes(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def knows(self, user_id: int, stored: str, password: bytes) -> bool:
        """Whether ``check`` found this right within the last ``seconds``."""
        with self._lock:
            until = self._until.get(self._mark(user_id, stored, password), 0.0)
        return until > self._clock()

    def check(self, user_id: int, stored: str, password: bytes, verify: Verify) -> bool:
        """What ``verify`` says, or said within the last ``seconds``."""
        if self.knows(user_id, stored, password):
            return True
        if not verify(password, stored):
            return False
        mark = self._mark(user_id, stored, password)
        with self._lock:
            self._until[mark] = self._clock() + self._seconds
            self._until.move_to_end(mark)
            while len(self._until) > self._entries:
                self._until.popitem(last=False)
        return True

    def _mark(self, user_id: int, stored: str, password: bytes) -> bytes:
        head = f"{user_id}:{stored}\0".encode()
        return hmac.digest(self._key, head + password, "sha256")

    def __len__(self) -> int:
        return len(self._until)
