"""View: ``shipGetRates``."""

from __future__ import annotations

from flask import Response

from bridge.common.errors import NotYet


def ship_get_rates() -> Response:
    """Quote shipping rates."""
    raise NotYet("shipGetRates is not there yet.")
