"""The bridge as a Flask application: WordPress's REST addresses, without WordPress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, Response

from . import hooks, orders, products
from .common import web
from .common.config import Config
from .common.envelope import Reply, messages_of
from .common.errors import Problem
from .shop import EXTENSION, Shop

NAMESPACE = "/wp-json/bizuno-api/v1"
# what WordPress itself answers in this shape, before a plugin is asked
_REST_ERRORS = {401, 403, 404, 405, 429}


def create_app(config: Config) -> Flask:
    """The bridge for one shop; its ledger tables are made if the database is there."""
    app = Flask(__name__)
    shop = Shop.of(config)
    app.extensions[EXTENSION] = shop
    app.url_map.strict_slashes = False
    web.install(app, _render, shop.limits)
    app.register_blueprint(products.blueprint, url_prefix=f"{NAMESPACE}/product")
    app.register_blueprint(orders.blueprint, url_prefix=f"{NAMESPACE}/order")
    app.register_blueprint(hooks.blueprint, url_prefix="/hooks")
    app.add_url_rule(NAMESPACE, "index", _index)
    app.after_request(_sign)
    app.wsgi_app = _RestRoute(app.wsgi_app)  # type: ignore[assignment]
    web.create_tables(app, shop.ledger, shop.database)
    return app


def _render(problem: Problem) -> dict[str, Any]:
    if problem.status in _REST_ERRORS:
        status = 404 if problem.status == 405 else problem.status
        code = "rest_no_route" if status == 404 else problem.code
        text = problem.text
        if status == 404:
            text = "No route was found matching the URL and request method."
        return {"code": code, "message": text, "data": {"status": status}}
    return Reply(False, messages=messages_of(problem)).as_dict("message")


def _sign(response: Response) -> Response:
    # WordPress knows no 405: a wrong method is no route (recorded)
    if response.status_code == 405:
        response.status_code = 404
    response.headers["X-Bizuno-Bridge"] = "1"
    return response


def _index() -> Response:
    """The namespace index, as WordPress shows it; asked without credentials."""
    routes = {
        "product/update": "POST",
        "product/refresh": "PUT",
        "product/sync": "POST",
        "order/confirm": "POST",
    }
    described = {
        f"/bizuno-api/v1/{name}": {
            "namespace": "bizuno-api/v1",
            "methods": [method],
            "endpoints": [{"methods": [method], "args": []}],
        }
        for name, method in routes.items()
    }
    return web.answer({"namespace": "bizuno-api/v1", "routes": described})


class _RestRoute:
    """``/index.php?rest_route=/bizuno-api/v1/...`` is the same address, unrewritten."""

    def __init__(self, wrapped: Callable[..., Iterable[bytes]]) -> None:
        self.wrapped = wrapped

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if "rest_route=" in query:
            route = parse_qs(query).get("rest_route", [""])[-1]
            environ = {**environ, "PATH_INFO": "/wp-json/" + route.lstrip("/")}
        return self.wrapped(environ, start)
