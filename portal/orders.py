"""Views: ``orderAdd`` and ``orderFind``."""

from __future__ import annotations

from flask import Response

from bridge.common import web
from bridge.common.contract.order import read_order
from bridge.common.errors import Problem

from .auth import ask_api_user, client_address, require_api_user, require_token
from .books import current_books
from .find import find_orders, read_references
from .intake.rules import METAS, MODULES
from .receipts import Asked, receive


def order_add() -> Response:
    """Book an order of the store (DECISIONS 35 to 46)."""
    books = current_books()
    settings = require_token(modules=MODULES, metas=METAS)
    try:
        order = read_order(web.read_body(books.limits))
    except Problem:
        # who may not book at all is told that first
        with books.database.read() as conn:
            require_api_user(conn)
        raise
    reply = receive(books, Asked(order, settings, ask_api_user, client_address()))
    return web.answer(reply.as_dict("messages"), reply.status)


def order_find() -> Response:
    """Say which orders of the store are in the books; writes nothing."""
    books = current_books()
    require_token()
    reply = find_orders(books, read_references(web.read_body(books.limits)))
    return web.answer(reply.as_dict("messages"), reply.status)
