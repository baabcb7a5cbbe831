"""Views: ``product/update``, ``product/refresh``, ``product/sync``."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Response, request

from .auth import require_manager
from .catalog.refresh import refresh_products
from .common.contract.product import read_refresh
from .common.envelope import Reply
from .common.errors import NotYet
from .common.web import answer, read_body
from .shop import current_shop

blueprint = Blueprint("products", __name__)


@blueprint.post("/update")
def update() -> Response:
    """Create a product or bring it up to date, with everything that belongs to it."""
    require_manager()
    shop = current_shop()
    try:
        module = import_module("bridge.catalog.update")
    except ImportError:
        raise NotYet("This version cannot upload single products yet.") from None
    reply: Reply = module.update_product(shop, read_body(shop.limits), plan=_is_plan())
    return answer(reply.as_dict("message"), reply.status)


@blueprint.put("/refresh")
def refresh() -> Response:
    """Bring prices, stock, weights and price tiers of many products up to date."""
    user = require_manager()
    shop = current_shop()
    reply = refresh_products(
        shop,
        read_refresh(read_body(shop.limits)),
        plan=_is_plan(),
        source=user.login,
    )
    return answer(reply.as_dict("message"), reply.status)


def _is_plan() -> bool:
    return request.args.get("plan") == "1"
