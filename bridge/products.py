"""Views: ``product/update``, ``product/refresh``, ``product/sync``."""

from __future__ import annotations

from flask import Blueprint, Response, request

from .auth import require_manager
from .catalog.refresh import refresh_products
from .catalog.sync import sync_products
from .catalog.update import update_product
from .common.contract.product import read_refresh, read_sync
from .common.web import answer, read_body
from .shop import current_shop

blueprint = Blueprint("products", __name__)


@blueprint.post("/update")
def update() -> Response:
    """Create a product or bring it up to date, with everything that belongs to it."""
    user = require_manager()
    shop = current_shop()
    body = read_body(shop.limits)
    reply = update_product(shop, body, plan=_is_plan(), source=user.login)
    return answer(reply.as_dict("message"), reply.status)


@blueprint.put("/refresh")
def refresh() -> Response:
    """Bring prices, stock, weights and price tiers of many products up to date."""
    user = require_manager()
    shop = current_shop()
    rows = read_refresh(read_body(shop.limits))
    reply = refresh_products(shop, rows, plan=_is_plan(), source=user.login)
    return answer(reply.as_dict("message"), reply.status)


@blueprint.post("/sync")
def sync() -> Response:
    """Compare the catalog with a list of SKUs; remove what is not on it if asked."""
    user = require_manager()
    shop = current_shop()
    asked = read_sync(read_body(shop.limits), request.args)
    reply = sync_products(shop, asked, plan=_is_plan(), source=user.login)
    return answer(reply.as_dict("message"), reply.status)


def _is_plan() -> bool:
    return request.args.get("plan") == "1"
