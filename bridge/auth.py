"""Credentials: the headers ``email`` and ``pass`` to a user who may manage the shop.

DECISIONS 7 to 9. The user, the stored hashes and the capabilities are read on every
request; only the slow arithmetic of a right password is remembered for a minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlsplit

from flask import Response, after_this_request, current_app, request
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from .common import web
from .common.attempts import counters
from .common.batch import Batch
from .common.errors import Forbidden, Unauthorized, Unavailable
from .shop import Shop, current_shop
from .wordpress import passwords
from .wordpress.users import Account, Logins, User, ask_logins, typical_hash
from .wordpress.verified import Verified, Verify

CAPABILITY = "manage_woocommerce"
REFUSAL_STEP_SECONDS = 0.1
"""A refusal takes a whole number of these, so that its time tells nothing."""
_LOCAL = ("localhost", "test")  # names that the internet has not
_EXTENSION = "bizuno_bridge_verified"
_WRITE_SECONDS = 5.0
log = logging.getLogger("bizuno_bridge.auth")


def require_manager() -> User:
    """The user who sent this request; may manage the shop.

    Raises Unauthorized without credentials or with wrong ones, Forbidden for a user
    without the capability ``manage_woocommerce``, and TooMany to whoever was wrong too
    often. Unknown user, wrong password and missing capability take the same time.
    """
    started = time.monotonic()
    name, password = _credentials()
    shop = current_shop()
    address = web.client_address(shop.config.trusted_proxies)
    watched = counters(name, address, shop.login_attempts)
    with shop.database.glance() as conn:
        batch = Batch(conn)
        find = _ask(batch, shop, name)
        failed = shop.attempts.ask(batch, watched)()
        logins = find()
    found = _authenticate(logins, password, _takes_applications(shop, logins))
    if found.user is not None and failed:
        _keep(shop, lambda conn: shop.attempts.succeed(conn, watched))
    if found.user is not None and found.user.can(CAPABILITY):
        return found.user
    if not found.slow:
        _take_as_long(shop, password)
    if found.user is None and watched:
        _keep(shop, lambda conn: shop.attempts.fail(conn, watched))
    time.sleep((started - time.monotonic()) % REFUSAL_STEP_SECONDS)
    if found.user is None:
        raise Unauthorized("Invalid credentials.")
    raise Forbidden("Insufficient permissions.")


def _credentials() -> tuple[str, bytes]:
    """Name and password; bytes of the name that are no UTF-8 become surrogates."""
    # WSGI hands over bytes as Latin-1, whatever the client meant by them
    name = request.environ.get("HTTP_EMAIL", "").encode("latin-1")
    password = request.environ.get("HTTP_PASS", "").encode("latin-1")
    name, password = passwords.trim(name), passwords.trim(password)
    if not name or not password:
        _tell_missing([] if name else ["email"], [] if password else ["pass"])
        raise Unauthorized("Missing credentials.")
    return name.decode("utf-8", "surrogateescape"), password


def _tell_missing(*names: list[str]) -> None:
    """Say which header did not arrive: something on the way may have taken it off."""

    @after_this_request
    def _add(response: Response) -> Response:
        response.headers["X-Bizuno-Missing"] = " ".join(chain(*names))
        return response


def _ask(batch: Batch, shop: Shop, name: str) -> Callable[[], Logins]:
    """Who may be meant; a name that is no text is nobody's."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return Logins
    return ask_logins(batch, shop.tables, name)


def _takes_applications(shop: Shop, logins: Logins) -> bool:
    """WordPress takes application passwords only where the site counts as secure."""
    secure = shop.config.secure_site == "yes"
    if shop.config.secure_site == "auto":
        secure = is_secure(shop.config.site_url or logins.site)
    return secure and logins.application_passwords


def is_secure(site: str) -> bool:
    """True for https, and for a host that can only be a developer's own."""
    try:
        parts = urlsplit(site.lower())
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" or host.rpartition(".")[2] in _LOCAL


@dataclass(frozen=True)
class _Found:
    """The user a password belongs to; ``slow`` if a full check was made to know."""

    user: User | None
    slow: bool


def _authenticate(logins: Logins, password: bytes, applications: bool) -> _Found:
    """The first account the password belongs to, unless it is blocked."""
    verified, slow = _verified(), False
    hashes = list(_hashes(logins, applications))
    for account, stored, _ in hashes:
        # before any arithmetic: old application passwords, too, are slow to compare
        if _is_welcome(account) and verified.knows(account.user.id, stored, password):
            return _Found(account.user, False)
    for account, stored, verify in hashes:
        user = account.user
        if _is_welcome(account):
            right = verified.check(user.id, stored, password, verify)
        else:
            # never remembered: a refusal must take as long the second time
            right = verify(password, stored)
        slow = slow or passwords.is_slow(password, stored)
        if right:
            return _Found(None if account.blocked else user, slow)
    return _Found(None, slow)


def _is_welcome(account: Account) -> bool:
    return account.user.can(CAPABILITY) and not account.blocked


def _hashes(
    logins: Logins, applications: bool
) -> Iterator[tuple[Account, str, Verify]]:
    """What to compare with, in order.

    An application password first: WordPress lets it win, and it is the cheap one.
    """
    for account in logins.accounts[:1] if applications else ():
        for stored in account.application_hashes:
            yield account, stored, passwords.verify_application
    for account in logins.accounts:
        yield account, account.password_hash, passwords.verify


def _take_as_long(shop: Shop, password: bytes) -> None:
    """Make every refusal cost one full check, so that the time tells of no user."""
    with shop.database.read() as conn:
        like = typical_hash(conn, shop.tables)
    passwords.waste_time(password, like)


def _keep(shop: Shop, write: Callable[[Connection], None]) -> None:
    """Write to the counters; a database that cannot makes no difference here."""
    try:
        shop.database.run(write, seconds=_WRITE_SECONDS)
    except (Unavailable, DBAPIError) as exc:
        log.warning("cannot keep count of logins: %s", type(exc).__name__)


def _verified() -> Verified:
    # made at the first request, so that workers forked from one process differ
    found = current_app.extensions.get(_EXTENSION)
    if found is None:
        found = current_app.extensions.setdefault(_EXTENSION, Verified())
    assert isinstance(found, Verified)
    return found
