"""Customers at a checkout: several at once, each asks again once it is answered.

One thread waits for all of them, so that the measuring takes little of the machine
that is measured.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class _Customer:
    socket: socket.socket | None = None
    began: float = 0.0
    heard: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Load:
    """How it went: seconds in all, seconds of each request, and the last answer."""

    seconds: float
    waits: tuple[float, ...]
    last: bytes


def load(
    port: int, requests: Sequence[bytes], clients: int, *, keep_alive: bool = False
) -> Load:
    """Send all requests; raises RuntimeError for an answer other than 200."""
    waiting = iter(requests)
    waits: list[float] = []
    last = b""
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        customers = [_Customer() for _ in range(clients)]
        busy = sum(_ask(selector, port, one, waiting) for one in customers)
        while busy:
            for key, _ in selector.select():
                customer: _Customer = key.data
                assert customer.socket is not None
                part = customer.socket.recv(65536)
                customer.heard += part
                if part and not _complete(customer.heard):
                    continue
                waits.append(time.perf_counter() - customer.began)
                last = bytes(customer.heard)
                if not last.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(last[:500].decode("utf-8", "replace"))
                if not keep_alive or not part:
                    _leave(selector, customer)
                if not _ask(selector, port, customer, waiting):
                    _leave(selector, customer)
                    busy -= 1
        seconds = time.perf_counter() - began
    return Load(seconds, tuple(waits), last.partition(b"\r\n\r\n")[2])


def _ask(
    selector: selectors.BaseSelector,
    port: int,
    customer: _Customer,
    waiting: Iterator[bytes],
) -> bool:
    """Send the next request; False when there is none."""
    request = next(waiting, None)
    if request is None:
        return False
    customer.began = time.perf_counter()
    customer.heard.clear()
    if customer.socket is None:
        # connecting counts: the plugin does it for every request
        customer.socket = socket.create_connection(("127.0.0.1", port))
        customer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(customer.socket, selectors.EVENT_READ, customer)
    customer.socket.sendall(request)
    return True


def _leave(selector: selectors.BaseSelector, customer: _Customer) -> None:
    if customer.socket is not None:
        selector.unregister(customer.socket)
        customer.socket.close()
        customer.socket = None


def _complete(heard: bytearray) -> bool:
    head, mark, body = heard.partition(b"\r\n\r\n")
    if not mark:
        return False
    _, _, rest = head.lower().partition(b"content-length:")
    return bool(rest) and len(body) >= int(rest.split(b"\r\n", 1)[0])
