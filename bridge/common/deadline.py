"""A deadline over a whole outgoing call, from connecting to the last byte.

The timeouts of ``requests`` count between two bytes, so a server that drips could
hold a caller for hours. Here a watchdog shuts the socket down when the time is over,
wherever the call just waits: in the handshake, in the headers or in the body.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Call:
    """One running call.

    ``connected`` tells that there was a connection, so that something may have been
    sent; ``over`` that the deadline came first.
    """

    def __init__(self, seconds: float) -> None:
        self.connected = self.over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    @contextmanager
    def running(self) -> Iterator[Call]:
        """The time in which the deadline counts."""
        token = _current.set(self)
        self._timer.start()
        try:
            yield self
        finally:
            self._timer.cancel()
            _current.reset(token)
            with self._lock:
                self._socket = None

    def watch(self, sock: socket.socket) -> None:
        """Cut ``sock`` at the deadline."""
        with self._lock:
            self._socket = sock
            if self.over:
                _shut(sock)

    def _cut(self) -> None:
        with self._lock:
            self.over = True
            if self._socket is not None:
                _shut(self._socket)


_current: ContextVar[Call | None] = ContextVar("current call", default=None)


def _shut(sock: socket.socket) -> None:
    try:
        # the plain socket's: that of TLS would change what another thread reads from
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        pass  # closed already


class _Watched(HTTPConnection):
    """Shows its socket to the running call as soon as there is one."""

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        if call := _current.get():
            call.watch(sock)
        return sock

    def connect(self) -> None:
        super().connect()
        self._show()

    def request(self, *args: Any, **options: Any) -> None:
        self._show()  # a connection kept from the call before
        super().request(*args, **options)

    def _show(self) -> None:
        call = _current.get()
        if call and self.sock is not None:
            call.connected = True
            call.watch(self.sock)


class _WatchedTLS(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class WatchedAdapter(HTTPAdapter):
    """Connections of ``requests`` that keep the deadline of the running call."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
