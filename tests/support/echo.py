"""A tiny app on the common ground: what a view is given, and what errors look like.

Served by gunicorn as ``tests.support.echo:app``; its limits are 1 MiB, 1,000 fields
and 8 levels.
"""

from __future__ import annotations

from flask import Flask, Response, request

from bridge.common import web
from bridge.common.envelope import messages_of
from bridge.common.errors import Problem, TooMany
from bridge.common.phpform import Limits

LIMITS = Limits(bytes=1024 * 1024, fields=1000, depth=8)


def create_app() -> Flask:
    """A new echo app."""
    made = Flask(__name__)
    web.install(made, _render, LIMITS)

    @made.route("/echo", methods=["POST", "PUT"])
    def echo() -> Response:
        return web.answer({"body": web.read_body(LIMITS)})

    @made.get("/boom")
    def boom() -> Response:
        raise RuntimeError(f"SELECT hunter2 FROM /etc/passwd {request.path}")

    @made.get("/slow-down")
    def slow_down() -> Response:
        raise TooMany("Too many attempts; wait.", retry_after=30)

    return made


def _render(problem: Problem) -> dict[str, object]:
    return {"code": problem.code, "messages": messages_of(problem).as_dict()}


app = create_app()
