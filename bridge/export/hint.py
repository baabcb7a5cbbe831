"""A hint that an order changed: signed by WooCommerce, answered within seconds.

A hint says where to look and nothing else: the order is read from the database, and
sent if it has to be. What does not work out now is left to ``export --watch``,
``export --pending`` or ``gaps --heal``, for WooCommerce sends a hint once only, and
switches a webhook off whose receiver fails five times.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import threading

from ..common.errors import ConfigError, Unauthorized
from ..common.secrets import matches_any
from ..shop import Shop
from .due import due
from .exporter import Export, Manner, export_orders

TIMEOUT_SECONDS = 10.0
AT_ONCE = 2
"""How many hints of one process may wait for Bizuno: the other threads have to serve
the shop while Bizuno hangs."""
_places = threading.BoundedSemaphore(AT_ONCE)
_MANNER = Manner(timeout=TIMEOUT_SECONDS, source="hooks/orders")
log = logging.getLogger("bizuno_bridge.hooks")


def check_secret(shop: Shop) -> None:
    """Raise Unauthorized (401) unless hints are expected at all."""
    if not shop.config.webhook_secret:
        raise Unauthorized(
            "No webhook is expected; set [bridge] webhook_secret to the secret of the "
            "webhook in WooCommerce.",
            code="webhook_secret",
        )


def check_signature(shop: Shop, body: bytes, signature: str) -> None:
    """Raise Unauthorized (401) unless ``signature`` is WooCommerce's for ``body``.

    That is the base64 of an HMAC-SHA256 of the bytes as they came, under the secret
    of the webhook.
    """
    check_secret(shop)
    key = shop.config.webhook_secret.encode()
    wanted = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest())
    if not matches_any(signature.encode("utf-8", "replace"), [wanted]):
        raise Unauthorized(
            "The signature is not that of this body; the secret of the webhook in "
            "WooCommerce and [bridge] webhook_secret must be the same.",
            code="webhook_signature",
        )


def follow(shop: Shop, order_id: int) -> Export | None:
    """Send the order if it has to be sent; None when there is nothing to do.

    One that cannot be sent at once is ``unknown``, and left to be found later.
    """
    wanted = due(shop, [order_id])
    if not wanted:
        return None
    if not _places.acquire(timeout=TIMEOUT_SECONDS / 2):
        return Export(order_id, "unknown", "left for later: Bizuno is slow.", False)
    try:
        (result,) = export_orders(shop, wanted, _MANNER)
    except ConfigError as exc:
        log.error("the configuration is wrong: %s", exc)
        text = "left for later: it is not known where Bizuno is."
        return Export(order_id, "unknown", text, False)
    finally:
        _places.release()
    level = logging.INFO if result.kind == "done" else logging.WARNING
    log.log(level, "%s: %s", result.order_id, result.text)
    return result
