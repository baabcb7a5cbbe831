"""A store that writes down what it is sent and answers as a plugin or a bridge would.

``faults`` are answered first, one per call: an HTTP status, ``"hang"`` (no answer
until ``released`` is set), ``"drop"`` (the connection breaks), ``"cut"`` (half an
answer) or 0 (none this time). Calls fail with 500 as long as one of ``poison`` is
among their keys.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bridge.common.phpform import count_fields, parse

from .background import BackgroundServer

ROOT = "/wp-json/bizuno-api/v1/"


@dataclass
class Call:
    """One request; ``data`` is what stood under ``data``."""

    method: str
    endpoint: str
    headers: dict[str, str]
    data: Any
    fields: int
    plan: bool = False

    @property
    def keys(self) -> list[str]:
        """The SKUs or orders it was about."""
        if self.endpoint == "order/confirm":
            return list(self.data["head"])
        return [row.get("SKU", "") for row in _rows(self)]


def _rows(call: Call) -> list[dict[str, Any]]:
    """The items of a call, a list or a single one."""
    return call.data if isinstance(call.data, list) else [call.data]


@dataclass
class Book:
    """What the store knows and how it behaves."""

    bridge: bool = True
    calls: list[Call] = field(default_factory=list)
    probes: int = 0
    faults: deque[int | str] = field(default_factory=deque)
    poison: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    sync: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    retry_after: str = "0"
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ListeningStore

    def do_GET(self) -> None:
        self.server.book.probes += 1
        self._answer(200, {"namespace": "bizuno-api/v1"})

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        book = self.server.book
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        form = parse(body)
        address = urlsplit(self.path)
        call = Call(
            self.command,
            address.path.removeprefix(ROOT),
            {name.lower(): value for name, value in self.headers.items()},
            form.get("data"),
            count_fields(form),
            "plan" in parse_qs(address.query),
        )
        with book.lock:
            book.calls.append(call)
            fault = book.faults.popleft() if book.faults else None
        if fault == "hang":
            book.released.wait(20)
            fault = "drop"
        if fault == "drop":
            self.close_connection = True
            return
        if fault and isinstance(fault, int):
            self._answer(fault, {"message": f"fault {fault}"})
            return
        if book.poison.intersection(call.keys):
            self._answer(500, {"code": "internal_server_error"})
            return
        self._answer(200, self._reply(call), cut=fault == "cut")

    def _reply(self, call: Call) -> dict[str, Any]:
        book = self.server.book
        if call.endpoint == "product/sync":
            return {"result": "Success", "message": {}, **book.sync}
        found = [key for key in call.keys if key not in book.missing]
        if not call.plan:
            self._keep(call, found)
        items = [self._item(call, key) for key in call.keys]
        reply: dict[str, Any] = {"result": "Success", "message": None}
        if call.endpoint == "product/refresh":
            reply["note"] = f"Updated {len(found)} of {len(call.keys)} products."
        if call.endpoint == "product/update":
            refused = call.keys[0] in book.refused
            reply |= {"result": "Fail"} if refused else {"ID": 7}
        if book.bridge:
            reply |= {"items": items, "message": {}}
        return reply

    def _keep(self, call: Call, found: list[str]) -> None:
        rows = _rows(call)
        if call.endpoint == "order/confirm":
            rows = [{**call.data, "SKU": key} for key in call.keys]
        with self.server.book.lock:
            for row in rows:
                if row["SKU"] in found and row["SKU"] not in self.server.book.refused:
                    self.server.book.state[row["SKU"]] = row

    def _item(self, call: Call, key: str) -> dict[str, Any]:
        name = "PO" if call.endpoint == "order/confirm" else "SKU"
        if key in self.server.book.refused:
            field_ = self.server.book.refused[key]
            text = "Correct it in Bizuno."
            return {name: key, "status": "refused", "field": field_, "text": text}
        if key in self.server.book.missing:
            return {name: key, "status": "missing"}
        if call.plan and self.server.book.state.get(key) in _rows(call):
            return {name: key, "status": "unchanged"}
        return {name: key, "status": "updated"}

    def _answer(self, status: int, body: Any, *, cut: bool = False) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        if self.server.book.bridge:
            self.send_header("X-Bizuno-Bridge", "1")
        if status in (429, 503):
            self.send_header("Retry-After", self.server.book.retry_after)
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2] if cut else raw)
        self.close_connection |= cut

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


class ListeningStore(BackgroundServer):
    """The store; use as a context manager."""

    def __init__(self, *, bridge: bool = True, port: int = 0) -> None:
        super().__init__(_Handler, port)
        self.book = Book(bridge=bridge)

    def sent(self, endpoint: str = "") -> dict[str, Any]:
        """What was sent to an endpoint, by key; the last one counts."""
        return {
            key: row
            for call in self.book.calls
            if call.endpoint.endswith(endpoint)
            for key, row in zip(
                call.keys,
                call.data if isinstance(call.data, list) else [call.data] * 10_000,
                strict=False,
            )
        }

    def let_go(self) -> None:
        """Whoever hangs is let go."""
        self.book.released.set()
