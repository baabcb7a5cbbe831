"""Views: ``product/update``, ``product/refresh``, ``product/sync``."""

from __future__ import annotations

from flask import Blueprint, Response, request

from .auth import require_manager
from .catalog.calls import Kind, call
from .common.web import answer, read_body
from .shop import current_shop

blueprint = Blueprint("products", __name__)


@blueprint.post("/update")
def update() -> Response:
    """Create a product or bring it up to date, with everything that belongs to it."""
    return _answer(Kind.UPDATE)


@blueprint.put("/refresh")
def refresh() -> Response:
    """Bring prices, stock, weights and price tiers of many products up to date."""
    return _answer(Kind.REFRESH)


@blueprint.post("/sync")
def sync() -> Response:
    """Compare the catalog with a list of SKUs; remove what is not on it if asked."""
    return _answer(Kind.SYNC)


def _answer(kind: Kind) -> Response:
    user = require_manager()
    shop = current_shop()
    body, plan = read_body(shop.limits), request.args.get("plan") == "1"
    reply = call(shop, kind, body, request.args, plan=plan, source=user.login)
    return answer(reply.as_dict("message"), reply.status)
