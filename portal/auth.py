"""The store's token and the API user: constant time, fail closed (DECISIONS 32, 33)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from flask import Response, after_this_request, g, request
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import DBAPIError

from bridge.common import web
from bridge.common.attempts import Counter, counters
from bridge.common.batch import Answer, Batch
from bridge.common.errors import Forbidden, Unauthorized, Unavailable
from bridge.common.phpform import Limits
from bridge.common.prepared import Rows
from bridge.common.secrets import fingerprint, matches_any

from .books import Books, current_books
from .books.settings import decode, dig, read_configuration
from .books.tables import contacts
from .look import Look

log = logging.getLogger("bizuno_bridge.auth")
HEADER = "X-Bizuno-Token"
_FIELD = "token"
_WRITE_SECONDS = 5.0
_API, _GROUP = "api", "settings.phreesoft_api"
_ACCOUNT = "token"
"""What wrong tokens are counted under: it is not known whose they were to be."""
_USER = (
    select(contacts.c.id, contacts.c.primary_name, contacts.c.email)
    .where(
        contacts.c.email == bindparam("email"),
        contacts.c.ctype_u == "1",
        contacts.c.inactive == "0",
    )
    .order_by(contacts.c.id)
    .limit(1)
)


@dataclass(frozen=True)
class ApiUser:
    """The Bizuno user in whose name orders are booked; ``id`` is the contact's."""

    id: int
    name: str
    email: str


def require_token(
    conn: Connection | None = None,
    modules: Sequence[str] = (),
    metas: Sequence[str] = (),
) -> Mapping[str, str]:
    """Raise Unauthorized (401) unless the request carries a valid token.

    The header counts, else the POST field ``token``, else, where the configuration
    allows it, ``token`` in the address; a wrong header is final. Valid are the tokens
    of the configuration, else the one of Bizuno's API settings, and beside them those
    made by ``bizuno-portal token``; with none of them everything is refused. Raises
    TooMany (429) to an address that sent too many wrong ones. ``conn`` saves a
    connection where the view has one; ``modules`` and ``metas`` are settings of Bizuno
    that it wants to know, and gets as text by name, without asking once more.
    """
    books = current_books()
    with nullcontext(conn) if conn is not None else books.database.glance() as own:
        return ask_token(Batch(own), modules, metas)()


class SettingsChanged(Exception):
    """Bizuno's settings are not any more those that were expected."""


def expect_token(
    batch: Batch,
    modules: Sequence[str],
    metas: Sequence[str],
    *,
    expected: Mapping[str, str],
) -> Callable[[], None]:
    """What ``require_token`` does, as one of several questions.

    The others take it that Bizuno's settings are still as ``expected``; where they are
    not, the answer is SettingsChanged.
    """
    g.api_settings = decode(expected.get(_API))
    ask = ask_token(batch, modules, metas)

    def answer() -> None:
        if ask() != expected:
            raise SettingsChanged

    return answer


def ask_token(
    batch: Batch, modules: Sequence[str] = (), metas: Sequence[str] = ()
) -> Callable[[], Mapping[str, str]]:
    """What ``require_token`` does, as one question of several."""
    books = current_books()
    given = _required(books)
    watched = counters(_ACCOUNT, client_address(), books.login_attempts)[:1]
    failed = books.attempts.ask(batch, watched)
    look = books.first_look.ask(batch, (_API, *modules), metas)
    return lambda: _admit(books, given, watched, failed(), look())


def _admit(
    books: Books,
    given: bytes,
    watched: Sequence[Counter],
    failed: bool,
    look: Look,
) -> Mapping[str, str]:
    g.api_settings = decode(look.documents.get(_API))
    configured, named = _valid(books), books.tokens.opening(look.tokens)
    # both are asked in any case, so that the time does not tell which it was
    token = books.tokens.match(given, named)
    if not matches_any(given, configured) and token is None:
        _afterwards(books, lambda conn: books.attempts.fail(conn, watched))
        raise _illegal()
    if failed:
        _afterwards(books, lambda conn: books.attempts.succeed(conn, watched))
    if token is not None and books.tokens.is_due(token):
        _afterwards(books, lambda conn: books.tokens.touch(conn, token))
    return look.documents


def client_address() -> str:
    """The address of the store, or of whoever else asks."""
    return web.client_address(current_books().config.trusted_proxies)


def require_api_user(conn: Connection) -> ApiUser:
    """The active user that ``api_user`` names; Forbidden (403) if there is none.

    ``api_user`` of the configuration, else of Bizuno's API settings, is an e-mail
    address; its contact must be a user (``ctype_u``) and not inactive.
    """
    configured = current_books().config.api_user
    return find_api_user(conn, configured or _setting(_settings(conn), "api_user"))


def find_api_user(conn: Connection, wanted: str) -> ApiUser:
    """The active user of this e-mail address; Forbidden (403) if there is none."""
    return _ask_user(Batch(conn), wanted)()


def ask_api_user(batch: Batch) -> Answer[ApiUser]:
    """What ``require_api_user`` says, as one question of several."""
    configured = current_books().config.api_user
    return _ask_user(batch, configured or _setting(_settings(batch.conn), "api_user"))


def _ask_user(batch: Batch, wanted: str) -> Answer[ApiUser]:
    if not wanted:
        raise Forbidden("API user not configured", code="api_user_missing")
    return batch.ask(_USER, {"email": wanted}, _user)


def _user(rows: Rows) -> ApiUser:
    if not rows:
        raise Forbidden("API user not found", code="api_user_unknown")
    (user,) = rows
    return ApiUser(user.id, user.primary_name or "", user.email)


def _illegal() -> Unauthorized:
    return Unauthorized("Illegal Access", code="illegal_access")


def _afterwards(books: Books, write: Callable[[Connection], None]) -> None:
    """Write once the view has given its connection back; failing harms no answer.

    A thread that held one connection and waited for a second could wait for ever.
    """

    @after_this_request
    def _run(response: Response) -> Response:
        try:
            books.database.run(write, seconds=_WRITE_SECONDS)
        except (Unavailable, DBAPIError) as exc:
            log.warning("cannot keep count of tokens: %s", type(exc).__name__)
        return response


def caller() -> bytes:
    """Tells callers apart by the token they send; Unauthorized (401) without one.

    Of use in this process only, and no proof that the token is valid.
    """
    return fingerprint(_required(current_books()))


def _required(books: Books) -> bytes:
    given = _given(books)
    if given is None:
        raise _illegal()
    return given


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
    token = web.read_body(limits).get(_FIELD)
    return _bytes(token) if isinstance(token, str) and token else None


def _bytes(text: str) -> bytes:
    # JSON may hold halves of a pair, which are no UTF-8; they match nothing
    return text.encode("utf-8", "surrogatepass")


def _valid(books: Books) -> list[bytes]:
    """The tokens of the configuration, else the one of the API settings just read."""
    if books.config.tokens:
        return [token.encode() for token in books.config.tokens]
    return [_setting(g.api_settings, "api_token").encode()]


def bizuno_setting(conn: Connection, name: str) -> str:
    """A text of Bizuno's own API settings; ``""`` where there is none."""
    return _setting(read_configuration(conn, _API)[_API], name)


def _settings(conn: Connection) -> Any:
    """Bizuno's API settings, read once per request: by ``require_token``, or here."""
    if "api_settings" not in g:
        g.api_settings = read_configuration(conn, _API)[_API]
    return g.api_settings


def _setting(settings: Any, name: str) -> str:
    """A text of Bizuno's API settings, ``""`` where it is missing or no text."""
    found = dig(settings, f"{_GROUP}.{name}")
    return found.strip() if isinstance(found, str) else ""
