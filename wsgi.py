"""WSGI entry points: ``wsgi:portal``, ``wsgi:bridge`` and ``wsgi:application``.

``application`` is both on one host, told apart by path: what WordPress would answer
(``/wp-json/...``) goes to the bridge, and so do WooCommerce's webhooks
(``/hooks/...``), all else to the portal. An app is made when the server asks for its
name, so serving one half needs no settings of the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridge.common import config
from bridge.common.logs import start_logging


def __getattr__(name: str) -> Any:
    if name == "bridge":
        return _bridge()
    if name == "portal":
        return _portal()
    if name == "application":
        return Both()
    raise AttributeError(name)


def _bridge() -> Any:
    from bridge.app import create_app

    return create_app(_config())


def _portal() -> Any:
    from portal.app import create_app

    return create_app(_config())


def _config() -> config.Config:
    loaded = config.load()
    start_logging(loaded.server.log_level)
    return loaded


class Both:
    """Both halves on one host."""

    def __init__(self) -> None:
        self.bridge, self.portal = _bridge(), _portal()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        wordpress = path.startswith(("/wp-json", "/hooks/")) or "rest_route=" in query
        app = self.bridge if wordpress else self.portal
        answer: Iterable[bytes] = app(environ, start)
        return answer
