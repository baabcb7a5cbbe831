"""After a commit: what a call changed is dropped from the shop's object cache."""

from __future__ import annotations

import logging

from .common.envelope import Messages
from .shop import Shop
from .wordpress.cache_keys import Stale, stale_keys
from .wordpress.object_cache import CacheUnset
from .wordpress.terms import read_counted

log = logging.getLogger("bizuno_bridge.object_cache")


def forget(shop: Shop, stale: Stale) -> Messages:
    """Drop what is stale, once per call; never fails, what went wrong is told.

    To be called when the transaction is over: a page view before the commit would fill
    the cache with what was there before.
    """
    messages = Messages()

    def tell(text: str, code: str) -> None:
        log.warning("%s", text)
        messages.caution(text, code=code)

    if not stale:
        return messages
    try:
        form = shop.cache.form()
        if form is not None:
            with shop.database.read() as conn:
                terms = read_counted(conn, shop.tables, stale.terms)
            for text in shop.cache.drop(stale_keys(stale, terms), form):
                tell(text, code="object_cache")
    except CacheUnset as exc:
        tell(str(exc), code="object_cache_unset")
    except Exception as exc:  # what was written stands, and its reply must say so
        # the type only: the text of a database error holds rows
        why = type(exc).__name__
        text = f"The shop's object cache was not told what changed ({why}); flush it."
        tell(text, code="object_cache")
    return messages
