"""The calls that change the catalog, each from a body to a reply.

Whoever wants one carried out or planned comes through here, an endpoint as well as a
command, so that a plan is always that of the real thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..common.contract.fields import Fields
from ..common.contract.product import read_refresh, read_sync
from ..common.envelope import Reply
from ..common.errors import FieldProblem, Unprocessable
from ..shop import Shop
from .refresh import refresh_products
from .sync import sync_products
from .update import update_product


class Kind(StrEnum):
    """The calls, by the last part of their addresses."""

    UPDATE = "update"
    REFRESH = "refresh"
    SYNC = "sync"


def call(
    shop: Shop,
    kind: Kind,
    body: Mapping[str, Any],
    query: Mapping[str, str],
    *,
    plan: bool,
    source: str,
) -> Reply:
    """Carry out a call, or with ``plan`` only say field by field what would change.

    ``body`` and ``query`` are the request's, ``source`` is for whom it is done. Raises
    Unprocessable for a body that is no such call.
    """
    if kind is Kind.UPDATE:
        return update_product(shop, body, plan=plan, source=source)
    if kind is Kind.REFRESH:
        return refresh_products(shop, read_refresh(body), plan=plan, source=source)
    return sync_products(shop, read_sync(body, query), plan=plan, source=source)


def recognise(body: Mapping[str, Any]) -> Kind:
    """Which call a body belongs to; raises Unprocessable when it is none of them."""
    data = Fields(body).get("data")
    if isinstance(data, list):
        return Kind.REFRESH
    if isinstance(data, Mapping):
        sent = Fields(data)
        if sent.get("syncSkus") is not None:
            return Kind.SYNC
        if sent.get("SKU") is not None:
            return Kind.UPDATE
        if data and all(isinstance(one, Mapping) for one in data.values()):
            return Kind.REFRESH
    text = (
        "This is no call of the catalog: data must be a list of products (refresh), or "
        "one product with its SKU (update), or hold syncSkus (sync)."
    )
    raise Unprocessable.of([FieldProblem("data", text)])
