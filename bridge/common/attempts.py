"""Failed sign-ins: counted in the app's own table, answered with a growing delay.

Three counters run beside each other: one for an account from one address, so that an
attacker who hammers an account locks out only himself and its owner still gets in from
elsewhere; one for an address over all accounts, so that he cannot walk through the
accounts either; and one for an account over all addresses, which slows those of many
addresses that have failed before. They live in the database, so every worker sees them
and no restart forgets them. Only hashes of names and addresses are stored.
"""

from __future__ import annotations

import hashlib
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    MetaData,
    Table,
    bindparam,
    case,
    delete,
    select,
)
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from .addresses import subscriber
from .batch import Batch
from .columns import BINARY, Texts, integer, key, table_options
from .database import fold, is_sqlite
from .errors import TooMany

WINDOW_SECONDS = 3600
LONGEST_DELAY_SECONDS = 900
ADDRESS_FACTOR = 5
"""An address may fail this many times as often as one account from it."""
ACCOUNT_FACTOR = 10
"""An account may fail this many times as often from all addresses together."""
_SWEEP_EVERY = 64  # failures, on average
clock = time.time
"""What tells the time; tests put another one in its place."""


@dataclass(frozen=True)
class Counter:
    """One counter: the hash of what it counts, and how many failures are free.

    It counts for nobody whose own counter, called ``after``, has no failure yet.
    """

    name: str
    free: int
    after: str = ""


def counters(account: str, address: str, free: int) -> tuple[Counter, ...]:
    """The counters of a sign-in to ``account`` (as the caller wrote it).

    The first is this account's from this address. None at all when ``free`` is 0.
    """
    if not free:
        return ()
    # as the database compares names, or each accent would be a new account
    folded, place = fold(account.strip()), subscriber(address)
    own = Counter(_hash(f"account\0{folded}\0{place}"), free)
    return (
        own,
        Counter(_hash(f"address\0{place}"), free * ADDRESS_FACTOR),
        Counter(_hash(f"account\0{folded}"), free * ACCOUNT_FACTOR, own.name),
    )


def delay_seconds(failures: int, free: int) -> int:
    """How long the next attempt must wait after ``failures``: 1, 2, 4 ... 900 s."""
    over = failures - free
    if over < 0:
        return 0
    return min(1 << min(over, 20), LONGEST_DELAY_SECONDS)


def _judge(
    watched: Sequence[Counter],
    found: Mapping[str, tuple[int, int]],
    now: float | None = None,
) -> bool:
    """What ``Attempts.check`` says; ``found`` are failures and the time of the last."""
    moment = clock() if now is None else now
    since = moment - WINDOW_SECONDS
    rows = {name: row for name, row in found.items() if row[1] > since}
    wait = 0.0
    for one in watched:
        if one.name in rows and (not one.after or one.after in rows):
            failures, last = rows[one.name]
            delay = delay_seconds(failures, one.free)
            # a clock that was put back must lock nobody out for long
            wait = max(wait, min(last + delay - moment, delay))
    if wait > 0:
        raise TooMany(
            "Too many failed attempts; wait and try again.",
            retry_after=math.ceil(wait),
        )
    return bool(watched) and watched[0].name in rows


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
        names: BindParameter[Any] = bindparam("names", expanding=True)
        self._named = select(self.table).where(self.table.c.counter.in_(names))

    def check(
        self, conn: Connection, watched: Sequence[Counter], now: float | None = None
    ) -> bool:
        """Raise TooMany while any of the counters asks for patience.

        Returns whether there is a failure that a success should make forgotten.
        """
        return self.ask(Batch(conn), watched, now)()

    def ask(
        self, batch: Batch, watched: Sequence[Counter], now: float | None = None
    ) -> Callable[[], bool]:
        """``check`` along with other questions; the answer raises or returns."""
        if not watched:
            return lambda: False
        names = {"names": [one.name for one in watched]}
        rows = batch.ask(self._named, names, list)

        def judged() -> bool:
            found = {row.counter: (row.failures, row.last_failure) for row in rows()}
            return _judge(watched, found, now)

        return judged

    def fail(
        self, conn: Connection, watched: Sequence[Counter], now: float | None = None
    ) -> None:
        """Count a failure on every counter; one older than the window starts anew.

        Now and then this removes what no longer matters.
        """
        if not watched:
            return
        moment = math.ceil(clock() if now is None else now)
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
        if random.randrange(_SWEEP_EVERY) == 0:
            self.forget_old(conn, now)

    def succeed(self, conn: Connection, watched: Sequence[Counter]) -> None:
        """Forget the failures of this account from this address."""
        table = self.table
        conn.execute(delete(table).where(table.c.counter == watched[0].name))

    def forget_old(self, conn: Connection, now: float | None = None) -> None:
        """Remove counters that no longer matter."""
        moment = math.ceil(clock() if now is None else now)
        table = self.table
        conn.execute(
            delete(table).where(table.c.last_failure <= moment - WINDOW_SECONDS)
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
