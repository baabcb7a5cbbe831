"""A Bizuno that listens: records what comes and answers as told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bridge.common.phpform import parse

BOOKED = {
    "result": "Success",
    "ID": "17",
    "messages": {
        "success": [
            {"text": "The journal entry was successfully posted - SO # SO00001"}
        ]
    },
}


@dataclass(frozen=True)
class Say:
    """One answer: a status and a body, after a pause; ``cut`` breaks off instead."""

    body: Any = field(default_factory=lambda: BOOKED)
    status: int = 200
    seconds: float = 0
    cut: bool = False


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, Any]:
        """The body decoded."""
        return parse(self.body)


class Receiver:
    """Answers the orders that come with ``script``, the last entry again and again."""

    def __init__(self, *script: Say, page: bytes = b"") -> None:
        """``page`` is what a GET is answered with: the original shows its login."""
        self.script, self.page = list(script) or [Say()], page
        self.calls: list[Call] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                outer.note(self, self.rfile.read(length))
                said = outer.next()
                time.sleep(said.seconds)
                if said.cut:
                    self.close_connection = True
                    return
                body = said.body
                if not isinstance(body, bytes):
                    body = json.dumps(body).encode()
                self.answer(said.status, body, "application/json")

            def do_GET(self) -> None:
                outer.note(self, b"")
                if outer.page:
                    self.answer(200, outer.page, "text/html")
                else:
                    self.answer(404, b'{"result":"Fail"}', "application/json")

            def answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self.thread.start()

    def note(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Keep a request."""
        headers = {k.lower(): v for k, v in handler.headers.items()}
        self.calls.append(Call(handler.command, handler.path, headers, body))

    def next(self) -> Say:
        """The next answer of the script."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def orders(self) -> list[Call]:
        """The orders that came."""
        return [call for call in self.calls if call.method == "POST"]

    def stop(self) -> None:
        """Stop listening; harmless when it was stopped before."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


Listen = Callable[..., Receiver]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Start a receiver with the arguments of one; stopped at the end."""
    started: list[Receiver] = []

    def start(*script: Say, **keys: Any) -> Receiver:
        started.append(Receiver(*script, **keys))
        return started[-1]

    yield start
    for one in started:
        one.stop()
