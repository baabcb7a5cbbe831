"""The portal under gunicorn, with steps at which it can be made to die.

Served as ``tests.portal.killing:app``. A request with the header ``X-Crash: KIND STEP``
gets as far as the step of that name, ``before COMMIT 2`` being the second of its kind:
with KIND ``die`` the worker is killed there by SIGKILL, with all that it is doing for
others; with ``drop`` its connection to the database is. ``die@3`` and ``drop@3`` do so
three milliseconds later, in the middle of whatever the database is doing then.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from werkzeug.test import Client
from werkzeug.wsgi import ClosingIterator

from bridge.common import phpform
from bridge.common.config import load
from portal.app import create_app
from portal.books import EXTENSION, Books
from tests.support.servers import Gunicorn

from .orders import ADDRESS, HEADERS

FORM = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
CRASH = "X-Crash"
NO_CRASH = ""


class Checkpoints:
    """Counts the steps of each request, and ends it at the one that it names.

    The names of the steps of the request that came last are in ``steps``.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.books: Books = app.extensions[EXTENSION]
        self.steps: list[str] = []
        self._here = threading.local()
        self._placing, self._placed = threading.Lock(), False

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self._place()
        self._here.crash = environ.get("HTTP_X_CRASH", NO_CRASH)
        self._here.steps = self.steps = []
        self.reach("before the request")
        body = self.app(environ, start)
        self.reach("before the reply")
        return ClosingIterator(body, [lambda: self.reach("after the reply")])

    def reach(self, name: str, connection: Any = None) -> None:
        """Say where we are; that may be the last thing."""
        here = self._here
        if not hasattr(here, "steps"):
            return  # no request: the tables are made
        before = sum(step.startswith(f"{name} ") for step in here.steps)
        here.steps.append(f"{name} {before + 1}")
        kind, _, step = here.crash.partition(" ")
        if step == here.steps[-1]:
            kind, _, delay = kind.partition("@")
            number = connection.thread_id() if connection is not None else None
            if delay:
                crash = threading.Timer(int(delay) / 1000, self._crash, (kind, number))
                crash.start()
            else:
                self._crash(kind, number)

    def _crash(self, kind: str, number: int | None) -> None:
        if kind == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif number is not None:
            with suppress(DBAPIError), self.books.database.engine.connect() as other:
                other.exec_driver_sql(f"KILL {number}")  # it may be gone by itself

    def _place(self) -> None:
        with self._placing:
            if self._placed:
                return
            self._placed = True
            engine = self.books.database.engine
            event.listen(engine, "before_cursor_execute", self._statement("before"))
            event.listen(engine, "after_cursor_execute", self._statement("after"))
            dialect: Any = engine.dialect
            dialect.do_commit = self._around_commit(dialect.do_commit)

    def _statement(self, when: str) -> Callable[..., None]:
        def reached(_c: Any, cursor: Any, statement: str, *_rest: Any) -> None:
            self.reach(f"{when} {statement.split()[0]}", cursor.connection)

        return reached

    def _around_commit(self, commit: Callable[[Any], None]) -> Callable[[Any], None]:
        def committing(connection: Any) -> None:
            self.reach("before COMMIT", connection.driver_connection)
            commit(connection)
            self.reach("after COMMIT", connection.driver_connection)

        return committing


def make_app(config: Path) -> Checkpoints:
    """The portal of a configuration, with checkpoints; nothing is connected yet."""
    made = Checkpoints(create_app(load(config)))
    # workers are forked from here; none may take a connection along
    made.books.database.dispose()
    return made


def __getattr__(name: str) -> Checkpoints:
    """``app`` is made when gunicorn asks for it."""
    if name != "app":
        raise AttributeError(name)
    return make_app(Path(os.environ["BIZUNO_BRIDGE_CONFIG"]))


class Portal:
    """Such a portal, running; clients send until they are answered."""

    def __init__(self, config: str, folder: Path) -> None:
        self.config, self.folder = config, folder
        self.server = self._start(None)
        self._restarting = threading.Lock()

    def _start(self, port: int | None) -> Gunicorn:
        return Gunicorn(
            "tests.portal.killing:app",
            self.config,
            self.folder,
            workers=3,
            threads=2,
            port=port,
            environment={"GUNICORN_CMD_ARGS": "--preload"},
        )

    def send(self, payload: dict[str, Any], crash: str = NO_CRASH) -> int:
        """The status of the answer to one order; 0 where none came."""
        try:
            return requests.post(
                self.server.url + ADDRESS,
                data=phpform.encode(payload),
                headers={**FORM, CRASH: crash},
                timeout=30,
            ).status_code
        except requests.RequestException:
            return 0

    def deliver(self, payload: dict[str, Any]) -> None:
        """Send until it is booked, as a store does that was not answered."""
        until = time.monotonic() + 60
        while (status := self.send(payload)) != 200:
            assert status in (0, 503), status
            assert time.monotonic() < until, "not booked within a minute"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server with all its workers, and start it anew."""
        with self._restarting:
            for pid in (self.server.process.pid, *self.server.workers()):
                with suppress(ProcessLookupError):  # died just now of a crash
                    os.kill(pid, signal.SIGKILL)
            self.server.process.wait()
            self.server = self._start(self.server.port)

    def stop(self) -> None:
        """Stop the server."""
        self.server.stop()


def steps_of(app: Checkpoints, payload: dict[str, Any]) -> list[str]:
    """The checkpoints of an order that nothing happens to; it is booked."""
    answer = Client(app).post(ADDRESS, data=phpform.encode(payload), headers=FORM)
    assert answer.status_code == 200, answer.text
    return app.steps
