"""What both Flask apps share: bounded bodies, refusals as JSON, quiet errors.

This is the one module of the common ground that knows Flask.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from . import addresses, bodies
from .addresses import Proxies
from .database import Database
from .errors import (
    Malformed,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unavailable,
)
from .ledger import Ledger
from .phpform import Limits

log = logging.getLogger("bizuno_bridge.request")
_LOGGED_PATH = 200  # characters
_DRAIN_SECONDS, _DRAIN_BYTES = 3.0, 64 * 1024
Render = Callable[[Problem], dict[str, Any]]


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """A JSON response as both sides expect it, never cached."""
    text = json.dumps(body, separators=(",", ":"))
    response = Response(text, status, content_type="application/json; charset=UTF-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def read_body(limits: Limits) -> dict[str, Any]:
    """The request body, form or JSON, as ``bodies.parse`` reads it.

    Raises Malformed or TooLarge. The body is kept, so this may be called again in the
    same request.
    """
    return bodies.parse(_read_bytes(limits), limits, (request.mimetype or "").lower())


def _read_bytes(limits: Limits) -> bytes:
    """The whole body; a part of one is never taken for all of it."""
    length = request.content_length
    if length is not None and length > limits.bytes:
        raise TooLarge(f"The body has {length} bytes; {limits.bytes} are allowed.")
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        body = b""
        length = limits.bytes + 1
    except Exception:  # each server has its own for a connection or chunk that broke
        raise _incomplete() from None
    if max(len(body), length or 0) > limits.bytes:
        raise TooLarge(f"The body is larger than {limits.bytes} bytes.")
    if length is not None and len(body) < length:
        raise _incomplete()
    return body


def _incomplete() -> Malformed:
    return Malformed("The body ended early; send the same request again.")


def client_address(trusted: Proxies) -> str:
    """The address of whoever sent this request, seen behind trusted proxies."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return addresses.client_address(request.remote_addr or "", forwarded, trusted)


def _drain(most: int) -> None:
    """Read what a refused client still sends, up to ``most`` bytes.

    A connection that is closed on unread bytes is reset, and a proxy in between makes
    "bad gateway" of the refusal. Only under a server whose connection can be told to
    stop, since a client that sends nothing more would hold this thread for ever.
    """
    connection = request.environ.get("gunicorn.socket")
    if type(connection) is not socket.socket or not (
        request.content_length or request.headers.get("Transfer-Encoding")
    ):
        return
    stream, left = request.environ["wsgi.input"], most
    until = time.monotonic() + _DRAIN_SECONDS
    alarm = threading.Timer(_DRAIN_SECONDS, _stop_reading, (connection,))
    alarm.daemon = True
    alarm.start()
    try:
        # what arrives after the alarm could be read, too
        while left > 0 and time.monotonic() < until:
            part = stream.read(min(left, _DRAIN_BYTES))
            if not part:
                return
            left -= len(part)
    except Exception:  # each server has its own for a connection that broke
        return
    finally:
        alarm.cancel()


def _stop_reading(connection: socket.socket) -> None:
    """Let a read that waits on this connection end; answering stays possible."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def create_tables(app: Flask, ledger: Ledger, database: Database) -> None:
    """Create the app's own tables now, or as soon as the database is there.

    A server that starts before its database has to get them later, or everything that
    is counted or kept would fail until somebody restarts it.
    """
    missing = threading.Event()
    missing.set()

    def create() -> None:
        if missing.is_set():
            ledger.create(database)
            missing.clear()

    try:
        create()
    except Unavailable as exc:
        app.logger.warning("%s", exc.text)
    finally:
        database.dispose()  # a preloading server forks after this
    app.before_request(create)


def install(app: Flask, render: Render, limits: Limits) -> None:
    """Give ``app`` bounded bodies, JSON refusals in its own shape, and a request log.

    ``render`` turns a Problem into the body of the answer.
    """
    # one more than allowed: a body cut at the limit can be told from a whole one
    app.config["MAX_CONTENT_LENGTH"] = limits.bytes + 1

    def refuse(problem: Problem) -> Response:
        _drain(limits.bytes)
        response = answer(render(problem), problem.status)
        if isinstance(problem, TooMany):
            response.headers["Retry-After"] = str(problem.retry_after)
        return response

    @app.errorhandler(Problem)
    def on_problem(problem: Problem) -> Response:
        g.refusal = problem.code
        return refuse(problem)

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        if error.code == 404:
            return refuse(NotFound("No route was found matching the URL."))
        if error.code == 405:
            response = refuse(MethodNotAllowed("The route takes another HTTP method."))
            response.headers["Allow"] = ", ".join(
                sorted(getattr(error, "valid_methods", None) or [])
            )
            return response
        if error.code == 413:
            return refuse(TooLarge(f"The body is larger than {limits.bytes} bytes."))
        return refuse(Malformed(f"The request was refused: {error.name}."))

    @app.errorhandler(Exception)
    def on_error(error: Exception) -> Response:
        # type and place only: the text of a database error holds rows and addresses
        kind, frames = type(error).__name__, traceback.extract_tb(error.__traceback__)
        stack = " > ".join(f"{Path(one.filename).name}:{one.lineno}" for one in frames)
        log.error("unhandled %s [%s] at %s", kind, g.request_id, stack)
        return refuse(
            Problem(
                f"An internal error; nothing was changed. Reference {g.request_id}."
            )
        )

    @app.before_request
    def begin() -> None:
        g.request_id, g.started = uuid.uuid4().hex[:12], time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        # the path without the query, which may carry a token; and quoted, or a line
        # end in it would forge a line of the log
        log.info(
            "%s %s %s %.1fms %s [%s]",
            request.method,
            quote(request.path[:_LOGGED_PATH]),
            response.status_code,
            (time.perf_counter() - g.started) * 1000,
            g.get("refusal", "-"),
            g.request_id,
        )
        response.headers["X-Request-Id"] = g.request_id
        return response
