"""The portal as a Flask application: Bizuno's ``/?bizRt=portal/api/...``."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request

from bridge.common import web
from bridge.common.config import Config
from bridge.common.envelope import messages_of
from bridge.common.errors import MethodNotAllowed, NotFound, Problem

from . import orders, rates
from .books import EXTENSION, Books
from .quoting.desk import Desk

_METHODS = {
    "orderAdd": (("POST",), orders.order_add),
    "orderFind": (("POST",), orders.order_find),
    "shipGetRates": (("GET", "POST"), rates.ship_get_rates),
}


def create_app(config: Config) -> Flask:
    """The portal for one Bizuno; makes its ledger tables if the database is there."""
    app = Flask(__name__)
    books = Books.of(config)
    app.extensions[EXTENSION] = books
    app.extensions[rates.EXTENSION] = Desk(config.rates, books.quotes, books.database)
    web.install(app, _render, books.limits)
    app.add_url_rule(
        "/", "api", _api, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]
    )
    app.add_url_rule("/index.php", "api", methods=["GET", "POST"])
    web.create_tables(app, books.ledger, books.database)
    return app


def _api() -> Response:
    """Find the method named by ``bizRt`` and let it answer (DECISIONS 34)."""
    prefix, _, name = request.args.get("bizRt", "").rpartition("/")
    if prefix != "portal/api" or name not in _METHODS:
        raise NotFound(
            "No such API method; bizRt must be portal/api/orderAdd, "
            "portal/api/orderFind or portal/api/shipGetRates.",
            code="unknown_method",
        )
    methods, view = _METHODS[name]
    if request.method not in methods:
        raise MethodNotAllowed(f"{name} takes {' or '.join(methods)}.")
    return view()


def _render(problem: Problem) -> dict[str, Any]:
    body: dict[str, Any] = {"result": "Fail", "ID": None}
    if request.args.get("bizRt") == "portal/api/shipGetRates":
        body = {"pkg": {"destination": {}}, "rates": []}
    body["messages"] = messages_of(problem).as_dict()
    return body
