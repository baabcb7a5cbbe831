"""The store's token and the API user: constant time, fail closed (DECISIONS 32, 33)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy import Connection, select

from bridge.common import web
from bridge.common.errors import Forbidden, Unauthorized
from bridge.common.phpform import Limits
from bridge.common.secrets import matches_any

from .books import Books, current_books
from .books.settings import dig, read_configuration
from .books.tables import contacts

HEADER = "X-Bizuno-Token"
_FIELD = "token"
_GROUP = "settings.phreesoft_api"


@dataclass(frozen=True)
class ApiUser:
    """The Bizuno user in whose name orders are booked; ``id`` is the contact's."""

    id: int
    name: str
    email: str


def require_token(conn: Connection | None = None) -> None:
    """Raise Unauthorized (401) unless the request carries a valid token.

    The header counts, else the POST field ``token``, else, where the configuration
    allows it, ``token`` in the address; a wrong header is final. Valid are the tokens
    of the configuration, else the one of Bizuno's API settings; with none of them
    everything is refused. ``conn`` saves a connection where the view has one.
    """
    books = current_books()
    given = _given(books)
    if given is None or not matches_any(given, _valid(books, conn)):
        raise Unauthorized("Illegal Access", code="illegal_access")


def require_api_user(conn: Connection) -> ApiUser:
    """The active user that ``api_user`` names; Forbidden (403) if there is none.

    ``api_user`` of the configuration, else of Bizuno's API settings, is an e-mail
    address; its contact must be a user (``ctype_u``) and not inactive.
    """
    wanted = current_books().config.api_user or _setting(conn, "api_user")
    if not wanted:
        raise Forbidden("API user not configured", code="api_user_missing")
    table = contacts
    user = conn.execute(
        select(table.c.id, table.c.primary_name, table.c.email)
        .where(table.c.email == wanted, table.c.ctype_u == "1", table.c.inactive == "0")
        .order_by(table.c.id)
        .limit(1)
    ).one_or_none()
    if user is None:
        raise Forbidden("API user not found", code="api_user_unknown")
    return ApiUser(user.id, user.primary_name or "", user.email)


def _given(books: Books) -> bytes | None:
    """The token of the request as the bytes that were sent; None if there is none."""
    # WSGI hands headers over as Latin-1, whatever the bytes were
    header = request.headers.get(HEADER, "").strip().encode("latin-1")
    if header:
        return header
    if request.method == "POST":
        posted = _posted(books.limits)
        if posted is not None:
            return posted
    if books.config.allow_query_token:
        return _bytes(request.args.get(_FIELD, "")) or None
    return None


def _posted(limits: Limits) -> bytes | None:
    request.get_data()  # keeps the body for the view, which reads it again
    token = web.read_body(limits).get(_FIELD)
    return _bytes(token) if isinstance(token, str) and token else None


def _bytes(text: str) -> bytes:
    # JSON may hold halves of a pair, which are no UTF-8; they match nothing
    return text.encode("utf-8", "surrogatepass")


def _valid(books: Books, conn: Connection | None) -> list[bytes]:
    if books.config.tokens:
        return [token.encode() for token in books.config.tokens]
    if conn is None:
        with books.database.read() as own:
            return [_setting(own, "api_token").encode()]
    return [_setting(conn, "api_token").encode()]


def _setting(conn: Connection, name: str) -> str:
    """A text of Bizuno's API settings, ``""`` where it is missing or no text."""
    found = dig(read_configuration(conn, "api")["api"], f"{_GROUP}.{name}")
    return found.strip() if isinstance(found, str) else ""
