"""View: ``orderAdd``."""

from __future__ import annotations

from flask import Response

from bridge.common.errors import NotYet


def order_add() -> Response:
    """Book an order."""
    raise NotYet("orderAdd is not there yet.")
