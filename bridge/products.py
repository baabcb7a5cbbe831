"""Views: ``product/update``, ``product/refresh``, ``product/sync``."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("products", __name__)
