"""Views: ``/hooks/orders``, where WooCommerce's own order webhooks arrive."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, request

from .common.envelope import Messages, Reply
from .common.web import answer, read_body
from .export.hint import check_secret, check_signature, follow
from .shop import current_shop

SIGNATURE = "X-WC-Webhook-Signature"
# what WooCommerce sends, unsigned, when a webhook is saved
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
blueprint = Blueprint("hooks", __name__)


@blueprint.post("/orders")
def orders() -> Response:
    """A hint that an order changed; 200 whatever becomes of the order."""
    shop = current_shop()
    # before the limits are checked: no more than those is ever read
    body = request.get_data()
    if SIGNATURE not in request.headers and _PING.fullmatch(body):
        check_secret(shop)
        return _say("The webhook has arrived.")
    check_signature(shop, body, request.headers.get(SIGNATURE, ""))
    number = _order_number(read_body(shop.limits).get("id"))
    if not number:
        return _say("The hint names no order.")
    result = follow(shop, number)
    return _say(f"{number}: {result.text if result else 'there is nothing to send.'}")


def _order_number(value: Any) -> int:
    """The order that is meant; 0 for none."""
    text = str(value) if isinstance(value, (int, str)) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _say(text: str) -> Response:
    messages = Messages()
    messages.info(text)
    return answer(Reply(messages=messages).as_dict("message"))
