"""Engines, transactions and the few differences between MariaDB and SQLite.

MariaDB/MySQL is the real thing; SQLite (in WAL mode) is the embedded default. An
engine is made at first use, so each gunicorn worker has its own after the fork, with
as many connections as it has threads.
"""

from __future__ import annotations

import functools
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, Table, make_url
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.dml import Insert

from . import embedded
from .batch import Writer
from .engines import make_engine
from .errors import Unavailable

T = TypeVar("T")

fold = embedded.fold

RETRY_SECONDS = 20.0
GLANCES = 4
"""Connections of a process for glances: each takes a fraction of a millisecond."""
_DEADLOCK, _LOCK_WAIT = 1213, 1205
_LOST = {1040, 1053, 1927, 2002, 2003, 2006, 2013, 2055}


class Busy(Unavailable):
    """Another transaction held a row too long, or won a deadlock."""


class Database:
    """One database: an engine made at first use, and transactions on it."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url, self.pool_size = url, pool_size
        self._engine: Engine | None = None
        self._glancing: Engine | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Database({make_url(self.url).render_as_string(hide_password=True)!r})"

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    self._engine = make_engine(self.url, self.pool_size)
        return self._engine

    @property
    def glancing(self) -> Engine:
        """The engine of this process whose statements each stand alone."""
        if self._glancing is None:
            with self._lock:
                if self._glancing is None:
                    self._glancing = make_engine(self.url, GLANCES, autocommit=True)
        return self._glancing

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction; on SQLite it does not wait for a writer."""
        with _translated(), self.engine.connect() as conn:
            conn = conn.execution_options(bizuno_read_only=True)
            with conn.begin():
                yield conn

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection for one statement that reads, for what every request asks.

        There is no transaction around it, and so no round trip to end one.
        """
        with _translated(), self.glancing.connect() as conn:
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
        for engine in (self._engine, self._glancing):
            if engine is not None:
                engine.dispose()
        self._engine = self._glancing = None


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


def create_missing(database: Database, metadata: MetaData) -> None:
    """Create the tables that are missing; harmless when several do it at once."""

    def work(conn: Connection) -> None:
        metadata.create_all(conn)

    # each table may be one that another was faster with; what still fails then is a
    # real problem
    for _ in metadata.sorted_tables:
        with suppress(DBAPIError):
            database.run(work)
            return
    database.run(work)


def is_sqlite(writer: Writer) -> bool:
    """True on the embedded database."""
    return writer.dialect.name == "sqlite"


def upsert(
    writer: Writer,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    unique: Iterable[str],
    update: Iterable[str],
) -> None:
    """Insert ``rows``; where ``unique`` exists already, set the ``update`` columns."""
    if rows:
        statement = _upsert(table, is_sqlite(writer), tuple(unique), tuple(update))
        writer.execute(statement, rows)


@functools.lru_cache(maxsize=64)
def _upsert(
    table: Table, embedded: bool, unique: tuple[str, ...], update: tuple[str, ...]
) -> Insert:
    if embedded:
        ours = sqlite_insert(table)
        return ours.on_conflict_do_update(
            index_elements=unique, set_={name: ours.excluded[name] for name in update}
        )
    real = mysql_insert(table)
    return real.on_duplicate_key_update({name: real.inserted[name] for name in update})
