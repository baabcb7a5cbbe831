"""Failed sign-ins: counted in the app's own table, answered with a growing delay.

Two counters run beside each other: one for an account from one address, so that an
attacker who hammers an account locks out only himself and its owner still gets in from
elsewhere; and one for an address over all accounts, so that he cannot walk through
the accounts either. They live in the database, so every worker sees them and no
restart forgets them. Only hashes of names and addresses are stored.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, MetaData, Table, case, delete, select
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from .columns import BINARY, Texts, integer, key, table_options
from .database import is_sqlite
from .errors import TooMany

WINDOW_SECONDS = 3600
LONGEST_DELAY_SECONDS = 900
ADDRESS_FACTOR = 5
"""An address may fail this many times as often as one account from it."""


@dataclass(frozen=True)
class Counter:
    """One counter: the hash of what it counts, and how many failures are free."""

    name: str
    free: int


def counters(account: str, address: str, free: int) -> tuple[Counter, Counter]:
    """The counters of a sign-in to ``account`` (as the caller wrote it)."""
    folded = account.strip().casefold()
    return (
        Counter(_hash(f"account\0{folded}\0{address}"), free),
        Counter(_hash(f"address\0{address}"), free * ADDRESS_FACTOR),
    )


def delay_seconds(failures: int, free: int) -> int:
    """How long the next attempt must wait after ``failures``: 1, 2, 4 ... 900 s."""
    over = failures - free
    if over < 0:
        return 0
    return min(1 << min(over, 20), LONGEST_DELAY_SECONDS)


class Attempts:
    """The table ``<prefix>attempts`` of one app; times are Unix seconds."""

    def __init__(self, prefix: str, metadata: MetaData) -> None:
        self.table = Table(
            f"{prefix}attempts",
            metadata,
            Column("counter", Texts(BINARY).varchar(64), primary_key=True),
            Column("failures", integer(), nullable=False),
            Column("last_failure", integer("bigint"), nullable=False),
            key("last_failure", "last_failure"),
            **table_options(BINARY),
        )

    def check(
        self, conn: Connection, watched: Sequence[Counter], now: float | None = None
    ) -> None:
        """Raise TooMany while any of the counters asks for patience."""
        moment = time.time() if now is None else now
        table = self.table
        free = {one.name: one.free for one in watched}
        rows = conn.execute(select(table).where(table.c.counter.in_(list(free))))
        wait = 0.0
        for row in rows:
            if row.last_failure > moment - WINDOW_SECONDS:
                until = row.last_failure + delay_seconds(
                    row.failures, free[row.counter]
                )
                wait = max(wait, until - moment)
        if wait > 0:
            raise TooMany(
                "Too many failed attempts; wait and try again.",
                retry_after=math.ceil(wait),
            )

    def fail(
        self, conn: Connection, watched: Sequence[Counter], now: float | None = None
    ) -> None:
        """Count a failure on every counter; one older than the window starts anew."""
        moment = int(time.time() if now is None else now)
        table = self.table
        rows = [
            {"counter": one.name, "failures": 1, "last_failure": moment}
            # in one order, so that two failures at once cannot deadlock
            for one in sorted(watched, key=lambda one: one.name)
        ]
        stale = table.c.last_failure <= moment - WINDOW_SECONDS
        more = case((stale, 1), else_=table.c.failures + 1)
        # failures first: MariaDB assigns from left to right and sees the old time
        change = {"failures": more, "last_failure": moment}
        if is_sqlite(conn):
            embedded = sqlite_insert(table).values(rows)
            conn.execute(
                embedded.on_conflict_do_update(index_elements=["counter"], set_=change)
            )
        else:
            real = mysql_insert(table).values(rows)
            conn.execute(real.on_duplicate_key_update(change))

    def succeed(self, conn: Connection, watched: Sequence[Counter]) -> None:
        """Forget the failures of this account from this address."""
        table = self.table
        conn.execute(delete(table).where(table.c.counter == watched[0].name))

    def forget_old(self, conn: Connection, now: float | None = None) -> None:
        """Remove counters that no longer matter."""
        moment = int(time.time() if now is None else now)
        table = self.table
        conn.execute(
            delete(table).where(table.c.last_failure <= moment - WINDOW_SECONDS)
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
