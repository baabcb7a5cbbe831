"""Engines, transactions and the few differences between MariaDB and SQLite.

MariaDB/MySQL is the real thing; SQLite (in WAL mode) is the embedded default. An
engine is made at first use, so each gunicorn worker has its own after the fork, with
as many connections as it has threads.
"""

from __future__ import annotations

import random
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from . import embedded
from .errors import Unavailable

T = TypeVar("T")

fold = embedded.fold

LOCK_WAIT_SECONDS = 10
RETRY_SECONDS = 20.0
IDLE_SECONDS = 1.0
_DEADLOCK, _LOCK_WAIT = 1213, 1205
_LOST = {1040, 1053, 1927, 2002, 2003, 2006, 2013, 2055}
# what one GROUP_CONCAT may hold; every server's packets hold that much unless told
# otherwise
PACKED_BYTES = 4_000_000
_SESSION = (
    "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
    f" group_concat_max_len={PACKED_BYTES},"
    f" time_zone='+00:00', innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}"
)


class Busy(Unavailable):
    """Another transaction held a row too long, or won a deadlock."""


class Database:
    """One database: an engine made at first use, and transactions on it."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url, self.pool_size = url, pool_size
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Database({make_url(self.url).render_as_string(hide_password=True)!r})"

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    self._engine = _make_engine(self.url, self.pool_size)
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction; on SQLite it does not wait for a writer."""
        with _translated(), self.engine.connect() as conn:
            conn = conn.execution_options(bizuno_read_only=True)
            with conn.begin():
                yield conn

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back by any exception."""
        with _translated(), self.engine.begin() as conn:
            yield conn

    def run(
        self, work: Callable[[Connection], T], *, seconds: float = RETRY_SECONDS
    ) -> T:
        """Carry out ``work`` in one transaction; a deadlock victim is retried whole.

        ``work`` may run several times and so must not touch anything but ``conn``.
        Gives up with Unavailable (503) once ``seconds`` have passed.
        """
        until = time.monotonic() + seconds
        attempt = 0
        while True:
            try:
                with self.transaction() as conn:
                    return work(conn)
            except Busy:
                attempt += 1
                if time.monotonic() >= until:
                    raise
                # a random pause lets the other transaction of the pair finish
                time.sleep(random.uniform(0, min(0.02 * 2**attempt, 1.0)))

    def dispose(self) -> None:
        """Close every connection of this process."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _make_engine(url: str, pool_size: int) -> Engine:
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        engine = create_engine(made, connect_args={"timeout": LOCK_WAIT_SECONDS})
        event.listen(engine, "connect", embedded.prepare_sqlite)
        event.listen(engine, "begin", embedded.begin_sqlite)
        return engine
    arguments: dict[str, Any] = {"charset": "utf8mb4", "init_command": _SESSION}
    if made.host in (None, "localhost", "127.0.0.1", "::1") and not any(
        name.startswith("ssl") for name in made.query
    ):
        # building a TLS context for the loopback costs 50 ms per connection
        arguments["ssl_disabled"] = True
    engine = create_engine(
        made,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_SECONDS,
        pool_recycle=1800,
        # every block here ends its transaction itself
        pool_reset_on_return=None,
        # a snapshot older than the lock it waited for would show stale numbers
        isolation_level="READ COMMITTED",
        connect_args=arguments,
    )
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "checkout", _ping_if_doubtful)
    return engine


def _note_idle(_connection: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _ping_if_doubtful(connection: Any, record: Any, _proxy: Any) -> None:
    """Try a connection that may be gone; the pool replaces one that is.

    A ping costs a round trip, looking at the socket none: the server says nothing on
    an idle connection unless it closes it.
    """
    rested = time.monotonic() - record.info.get("idle_since", time.monotonic())
    if rested < IDLE_SECONDS and not _has_input(getattr(connection, "_sock", None)):
        return
    try:
        connection.ping(reconnect=False)
    except Exception as exc:
        raise DisconnectionError from exc


def _has_input(sock: socket.socket | None) -> bool:
    if sock is None:
        return True
    watch = select.poll()
    watch.register(sock, select.POLLIN)
    return bool(watch.poll(0))


def error_number(exc: DBAPIError) -> int:
    """MariaDB's error number, 0 where there is none."""
    args = getattr(exc.orig, "args", ())
    return args[0] if args and isinstance(args[0], int) else 0


def _is_retryable(exc: DBAPIError) -> bool:
    return (
        error_number(exc) in (_DEADLOCK, _LOCK_WAIT)
        or "database is locked" in str(exc.orig)
        or "database table is locked" in str(exc.orig)
    )


def _as_problem(exc: DBAPIError) -> Unavailable | None:
    """What the caller should hear: only that waiting may help."""
    if _is_retryable(exc):
        return Busy("The database is busy; send the same request again.")
    if (
        exc.connection_invalidated
        or isinstance(exc, InterfaceError)
        or error_number(exc) in _LOST
        or "unable to open database" in str(exc.orig)
    ):
        return Unavailable("The database cannot be reached; try again later.")
    return None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as exc:
        raise Unavailable("The server is busy; try again later.") from exc
    except DBAPIError as exc:
        problem = _as_problem(exc)
        if problem is None:
            raise
        raise problem from exc


def is_sqlite(conn: Connection) -> bool:
    """True on the embedded database."""
    return conn.dialect.name == "sqlite"


def upsert(
    conn: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    unique: Iterable[str],
    update: Iterable[str],
) -> None:
    """Insert ``rows``; where ``unique`` exists already, set the ``update`` columns."""
    if not rows:
        return
    names = list(update)
    if is_sqlite(conn):
        embedded = sqlite_insert(table)
        conn.execute(
            embedded.on_conflict_do_update(
                index_elements=list(unique),
                set_={name: embedded.excluded[name] for name in names},
            ),
            rows,
        )
    else:
        real = mysql_insert(table)
        conn.execute(
            real.on_duplicate_key_update({n: real.inserted[n] for n in names}), rows
        )
