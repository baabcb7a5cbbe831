"""Views: ``orderAdd`` and ``orderFind``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from weakref import WeakKeyDictionary

from flask import Response

from bridge.common import web
from bridge.common.batch import Batch
from bridge.common.contract.order import Order, read_order
from bridge.common.database import Database
from bridge.common.errors import Problem

from .auth import (
    SettingsChanged,
    ask_api_user,
    caller,
    client_address,
    expect_token,
    require_api_user,
    require_token,
)
from .books import Books, current_books
from .find import find_orders, read_references
from .intake.rules import METAS, MODULES
from .receipts import Asked, receive

_before: WeakKeyDictionary[Database, dict[bytes, Mapping[str, str]]]
_before = WeakKeyDictionary()
"""Bizuno's settings as they were with the order before, by caller that may book."""


def order_add() -> Response:
    """Book an order of the store (DECISIONS 35 to 46).

    Whether a caller still may is asked together with all else, which is asked as if
    the settings were those of his order before. Where they are not, or who calls is
    not known yet, that is asked first.
    """
    books = current_books()
    before, who = _before.setdefault(books.database, {}), caller()
    settings = before.get(who)
    order = _order_of(books) if settings is not None else None
    if settings is not None and order is not None:
        admit = partial(expect_token, modules=MODULES, metas=METAS, expected=settings)
        with suppress(SettingsChanged):
            return _booked(books, order, settings, admit)
    settings = require_token(modules=MODULES, metas=METAS)
    try:
        order = read_order(web.read_body(books.limits))
    except Problem:
        # who may not book at all is told that first
        with books.database.read() as conn:
            require_api_user(conn)
        raise
    response = _booked(books, order, settings)
    if not books.database.url.startswith("sqlite"):
        before[who] = settings
    return response


def _order_of(books: Books) -> Order | None:
    """The order of the request; None where there is none that can be booked."""
    with suppress(Problem):
        return read_order(web.read_body(books.limits))
    return None


def _booked(
    books: Books,
    order: Order,
    settings: Mapping[str, str],
    admit: Callable[[Batch], Callable[[], None]] | None = None,
) -> Response:
    asked = Asked(order, settings, ask_api_user, client_address(), admit)
    reply = receive(books, asked)
    return web.answer(reply.as_dict("messages"), reply.status)


def order_find() -> Response:
    """Say which orders of the store are in the books; writes nothing."""
    books = current_books()
    require_token()
    reply = find_orders(books, read_references(web.read_body(books.limits)))
    return web.answer(reply.as_dict("messages"), reply.status)
