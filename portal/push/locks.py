"""One push of a kind to a store at a time; the second one is told who is at it.

A lock is a row with a beating heart: whoever holds it renews it with every batch, and
what has not been renewed for long (or whose process is known to be dead) may be taken
over, so that a crash blocks nobody.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from bridge.common.commands import operator
from bridge.common.database import Database
from bridge.common.errors import Conflict

from .state import locks

STALE = timedelta(minutes=10)
STALE_HERE = timedelta(hours=6)
BEAT_SECONDS = 20.0
_FORMAT = "%Y-%m-%d %H:%M:%S"


class Taken(Conflict):
    """Somebody else is at it; ``run`` is the run to look at."""

    def __init__(self, text: str, run: int) -> None:
        super().__init__(text, code="push_running")
        self.run = run


@dataclass
class Lock:
    """The right to push; ``beat`` it now and then, ``release`` it at the end."""

    database: Database
    name: str
    run: int = 0
    _last: float = 0.0

    def beat(self) -> None:
        """Say that the push is alive, and which run it is; cheap to call often."""
        if time.monotonic() - self._last < BEAT_SECONDS:
            return
        self._last = time.monotonic()
        with self.database.transaction() as conn:
            conn.execute(
                update(locks).where(locks.c.name == self.name),
                {"beat": datetime.now(UTC), "run_id": self.run},
            )

    def release(self) -> None:
        """Let others in."""
        with self.database.transaction() as conn:
            conn.execute(delete(locks).where(locks.c.name == self.name))


def take(
    database: Database, kind: str, store: str, describe: Callable[[int], str]
) -> tuple[Lock, int]:
    """Take the lock, and the run that a dead holder left behind (0: none).

    Raises Taken with a sentence about the holder; ``describe`` says how far its run
    is.
    """
    name, now = f"{kind} {store}"[:190], datetime.now(UTC)
    row = {"name": name, "holder": _holder(), "taken": now, "beat": now, "run_id": 0}
    try:
        with database.transaction() as conn:
            conn.execute(locks.insert(), row)
        return Lock(database, name), 0
    except IntegrityError:
        pass
    with database.read() as conn:
        held = conn.execute(select(locks).where(locks.c.name == name)).one_or_none()
    if held is None:  # released between the two statements
        return take(database, kind, store, describe)
    if not _is_dead(held.holder, held.beat, now):
        who = held.holder.partition(" process ")[0]
        raise Taken(
            f"{who} has been pushing the same ({kind}) since {held.taken} UTC"
            f"{describe(held.run_id)}. Wait until it is done.",
            held.run_id,
        )
    with database.transaction() as conn:
        won = conn.execute(
            update(locks).where(locks.c.name == name, locks.c.beat == held.beat), row
        ).rowcount
    if not won:
        return take(database, kind, store, describe)
    return Lock(database, name), held.run_id


def _holder() -> str:
    return f"{operator()} process {os.getpid()}"[:190]


def _is_dead(holder: str, beat: str, now: datetime) -> bool:
    last = datetime.strptime(beat, _FORMAT).replace(tzinfo=UTC)
    place, _, process = holder.rpartition(" process ")
    if place.rpartition("@")[2] != socket.gethostname() or not process.isdigit():
        return now - last > STALE
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    # alive, or another process got its number meanwhile
    return now - last > STALE_HERE
