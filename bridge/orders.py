"""Views: ``order/confirm``."""

from __future__ import annotations

from flask import Blueprint, Response, request

from .auth import require_manager
from .common.contract.shipment import read_confirmation
from .common.web import answer, read_body
from .confirm import confirm_orders
from .shop import current_shop

blueprint = Blueprint("orders", __name__)


@blueprint.post("/confirm")
def confirm() -> Response:
    """Tell customers that their orders were shipped (DECISIONS 27-31)."""
    user = require_manager()
    shop = current_shop()
    reply = confirm_orders(
        shop,
        read_confirmation(read_body(shop.limits)),
        plan=request.args.get("plan") == "1",
        source=user.login,
    )
    return answer(reply.as_dict("message"), reply.status)
