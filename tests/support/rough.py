"""A rough road to a real store: calls hang, break, are turned away, answers arrive cut.

``faults`` meet one call each: an HTTP status (answered here, the store hears nothing),
``"drop"`` (the connection breaks before), ``"lost"`` (it breaks after the store has
done it), ``"cut"`` (half of the answer), ``"hang"`` (no answer until the caller gives
up; the store does it), ``"restart"`` (``kill`` is called while the store works) or 0
(none this time). What only asks (GET) always gets through.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from .background import BackgroundServer

_KILL_SECONDS = 0.1
"""After which the store is killed: the call has arrived and is being worked on."""
Answer = tuple[int, dict[str, str], bytes]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RoughRoad

    def do_GET(self) -> None:
        self._pass_on(self._store(b""))

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        road = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = road.next_fault()
        if isinstance(fault, int) and fault:
            text = json.dumps({"message": f"fault {fault}"}).encode()
            self._pass_on((fault, {"Retry-After": "0"}, text))
            return
        if fault == "drop":
            self.close_connection = True
            return
        if fault == "restart":
            threading.Timer(_KILL_SECONDS, road.kill).start()
        answer = self._store(body)
        if fault == "hang":
            road.closing.wait(20)
        if answer is None or fault in ("hang", "lost"):
            self.close_connection = True
            return
        self._pass_on(answer, cut=fault == "cut")

    def _store(self, body: bytes) -> Answer | None:
        """What the store answers; None if it went away meanwhile."""
        conn = http.client.HTTPConnection("127.0.0.1", self.server.store, timeout=60)
        try:
            conn.request(self.command, self.path, body, dict(self.headers))
            answer = conn.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            conn.close()

    def _pass_on(self, answer: Answer | None, *, cut: bool = False) -> None:
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name in ("Content-Type", "Retry-After", "X-Bizuno-Bridge"):
            if name in headers:
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection |= cut

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


class RoughRoad(BackgroundServer):
    """The road to the store on port ``store``; use as a context manager."""

    def __init__(self, store: int, kill: Callable[[], None]) -> None:
        super().__init__(_Handler)
        self.store, self.kill = store, kill
        self.faults: deque[int | str] = deque()
        self.met: Counter[int | str] = Counter()
        self.closing = threading.Event()
        self._lock = threading.Lock()

    def next_fault(self) -> int | str:
        """What the next call meets."""
        with self._lock:
            fault = self.faults.popleft() if self.faults else 0
            self.met[fault] += 1
        return fault

    def let_go(self) -> None:
        """Whoever hangs is let go."""
        self.closing.set()
