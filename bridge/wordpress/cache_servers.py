"""The servers behind a persistent object cache: Redis and Memcached.

A server that does not answer within ``SECONDS`` is given up. The libraries are imported
when a server is first made: a shop without such a cache need not have them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

SECONDS = 1.0
# so many keys go in one command: replies must never fill the line while we still send
_AT_ONCE = 1000
_MEMCACHED_PORT = 11211
_GONE: set[type[Exception]] = {
    ConnectionRefusedError,
    FileNotFoundError,
    socket.gaierror,
}


class CacheFailed(Exception):
    """A server did not do what it was asked; the text says how, without addresses."""


class Server(Protocol):
    """One server; every method may raise CacheFailed."""

    name: str

    def drop(self, keys: Sequence[str]) -> int | None:
        """Remove keys; how many there were, None where the server does not say."""

    def held(self, keys: Sequence[str]) -> int:
        """How many of these keys there are."""

    def read(self, key: str) -> bytes | None:
        """The value of a key."""

    def close(self) -> None:
        """Close every connection."""


def servers_at(address: str) -> list[Server]:
    """The servers of ``[bridge] object_cache``; connects to nothing yet.

    Which of several Memcached servers has a key is the PHP extension's secret, so that
    each of them is asked to drop it.
    """
    scheme, _, rest = address.partition("://")
    if scheme != "memcached":
        return [_Redis(address)]
    if rest.startswith("/"):
        return [_Memcached(rest, rest)]
    found: list[Server] = []
    for part in rest.rstrip("/").split(","):
        url = urlsplit(f"//{part.strip()}")
        place = (url.hostname or "", url.port or _MEMCACHED_PORT)
        found.append(_Memcached(place, f"{place[0]}:{place[1]}"))
    return found


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(keys), _AT_ONCE):
        yield keys[at : at + _AT_ONCE]


class _Redis:
    """``redis://``, ``rediss://`` and ``unix://``, all in one round trip."""

    def __init__(self, address: str) -> None:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        url = urlsplit(address)
        place = f"{url.hostname}:{url.port or 6379}" if url.hostname else url.path
        self.name = f"Redis at {place}"
        self._errors = (redis.RedisError, OSError)
        self._gone = redis.ConnectionError
        self._late = (redis.TimeoutError, TimeoutError)
        # a connection that rested may have been closed: once more, on a new one
        again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        self._client = redis.Redis.from_url(
            address,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=again,
        )

    def drop(self, keys: Sequence[str]) -> int | None:
        return sum(int(found) for found in self._ask("delete", keys))

    def held(self, keys: Sequence[str]) -> int:
        return sum(int(found) for found in self._ask("exists", keys))

    def read(self, key: str) -> bytes | None:
        found: bytes | None = self._ask("get", [key])[0]
        return found

    def close(self) -> None:
        self._client.close()

    def _ask(self, command: str, keys: Sequence[str]) -> list[Any]:
        try:
            with self._client.pipeline(transaction=False) as pipe:
                for part in _parts(keys):
                    getattr(pipe, command)(*part)
                return list(pipe.execute())
        except self._errors as exc:
            raise _failed(exc, self._late, {self._gone}) from None


class _Memcached:
    """One ``memcached://`` server."""

    def __init__(self, place: tuple[str, int] | str, name: str) -> None:
        import pymemcache

        self.name = f"Memcached at {name}"
        self._errors = (pymemcache.MemcacheError, OSError)
        self._closed = (
            pymemcache.exceptions.MemcacheUnexpectedCloseError,
            ConnectionError,
        )
        self._client = pymemcache.PooledClient(
            place,
            connect_timeout=SECONDS,
            timeout=SECONDS,
            no_delay=True,
            allow_unicode_keys=True,
        )

    def drop(self, keys: Sequence[str]) -> int | None:
        for part in _parts(keys):
            self._ask(self._client.delete_many, part, noreply=False)
        return None

    def held(self, keys: Sequence[str]) -> int:
        parts = (self._ask(self._client.get_many, part) for part in _parts(keys))
        return sum(map(len, parts))

    def read(self, key: str) -> bytes | None:
        found: bytes | None = self._ask(self._client.get, key)
        return found

    def close(self) -> None:
        self._client.close()

    def _ask(self, call: Callable[..., Any], *given: Any, **options: Any) -> Any:
        try:
            try:
                return call(*given, **options)
            except self._closed:
                return call(*given, **options)  # it had rested; now on a new one
        except self._errors as exc:
            raise _failed(exc, (TimeoutError,), _GONE) from None


def _failed(
    exc: Exception, late: tuple[type[Exception], ...], gone: set[type[Exception]]
) -> CacheFailed:
    if isinstance(exc, late):
        return CacheFailed(f"did not answer within {SECONDS:g} s")
    # no subclass: a wrong password is a failed connection as well
    if type(exc) in gone:
        return CacheFailed("cannot be reached")
    return CacheFailed(f"failed ({type(exc).__name__})")
