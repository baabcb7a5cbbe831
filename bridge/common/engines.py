"""Engines: how connections are made, kept, and tried before they are used again.

One kind is for transactions; the other is for single statements, each of which stands
alone.
"""

from __future__ import annotations

import select
import socket
import time
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError

from . import embedded

LOCK_WAIT_SECONDS = 10
IDLE_SECONDS = 1.0
# what one GROUP_CONCAT may hold; a server with smaller packets cuts earlier
_PACKED_BYTES = 4_000_000
_SESSION = (
    "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
    f" group_concat_max_len={_PACKED_BYTES},"
    f" time_zone='+00:00', innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}"
)


def make_engine(url: str, pool_size: int, *, autocommit: bool = False) -> Engine:
    """An engine with at most ``pool_size`` connections; connects to nothing yet.

    With ``autocommit`` a statement is a transaction of its own, and nothing is sent to
    end one. SQLite opens a connection wherever one is asked for.
    """
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        return _embedded_engine(made, autocommit)
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
        # every block of ours ends its transaction itself
        pool_reset_on_return=None,
        # a snapshot older than the lock it waited for would show stale numbers
        isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED",
        skip_autocommit_rollback=True,
        connect_args=arguments,
    )
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "checkout", _ping_if_doubtful)
    return engine


def _embedded_engine(url: URL, autocommit: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS})
    event.listen(engine, "connect", embedded.prepare_sqlite)
    if not autocommit:
        event.listen(engine, "begin", embedded.begin_sqlite)
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
