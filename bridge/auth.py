"""Credentials: the headers ``email`` and ``pass`` to a user who may manage the shop.

DECISIONS 7 to 9. The user, the stored hashes and the capabilities are read on every
request; only the slow arithmetic of a right password is remembered for a minute.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from flask import current_app, request

from .common.errors import Forbidden, Unauthorized
from .shop import Shop, current_shop
from .wordpress import passwords
from .wordpress.users import Logins, User, read_logins, typical_hash

CAPABILITY = "manage_woocommerce"
REMEMBER_SECONDS = 60.0
REMEMBER_ENTRIES = 256
_EXTENSION = "bizuno_bridge_verified"


def require_manager() -> User:
    """The user who sent this request; may manage the shop.

    Raises Unauthorized without credentials or with wrong ones, and Forbidden for a
    user without the capability ``manage_woocommerce``.
    """
    name, password = _credentials()
    shop = current_shop()
    logins = Logins((), False, False)
    if name is not None:
        with shop.database.read() as conn:
            logins = read_logins(conn, shop.tables, name)
    user = _authenticate(logins, password, _takes_applications(shop, logins))
    if user is None:
        _take_as_long(shop, logins, password)
        raise Unauthorized("Invalid credentials.")
    if not user.can(CAPABILITY):
        raise Forbidden("Insufficient permissions.")
    return user


def _credentials() -> tuple[str | None, bytes]:
    """Name and password; a name that is no UTF-8 is nobody's and comes as None."""
    # WSGI hands over bytes as Latin-1, whatever the client meant by them
    name = request.environ.get("HTTP_EMAIL", "").encode("latin-1")
    password = request.environ.get("HTTP_PASS", "").encode("latin-1")
    name, password = passwords.trim(name), passwords.trim(password)
    if not name or not password:
        raise Unauthorized("Missing credentials.")
    try:
        return name.decode(), password
    except UnicodeDecodeError:
        return None, password


def _takes_applications(shop: Shop, logins: Logins) -> bool:
    """WordPress takes application passwords only where the site is on https."""
    secure = shop.config.secure_site
    if secure != "auto":
        return secure == "yes" and logins.application_passwords
    site = shop.config.site_url
    https = site.startswith("https:") if site else logins.https
    return https and logins.application_passwords


def _authenticate(logins: Logins, password: bytes, applications: bool) -> User | None:
    """The first account the password belongs to.

    An application password first: WordPress lets it win, and it is the cheap one.
    """
    verified = _verified()
    for account in logins.accounts[:1] if applications else ():
        for stored in account.application_hashes:
            if verified.check(
                account.user.id, stored, password, passwords.verify_application
            ):
                return account.user
    for account in logins.accounts:
        if verified.check(
            account.user.id, account.password_hash, password, passwords.verify
        ):
            return account.user
    return None


def _take_as_long(shop: Shop, logins: Logins, password: bytes) -> None:
    """Make every refusal cost one full check, so that the time tells of no user."""
    if any(passwords.is_slow(password, a.password_hash) for a in logins.accounts):
        return
    with shop.database.read() as conn:
        like = typical_hash(conn, shop.tables)
    passwords.waste_time(password, like)


class Verified:
    """Right passwords of the last minute, so that each costs its arithmetic once.

    Holds no password: the key is an HMAC under a random key of this process over
    user, stored hash and password. A changed hash, a removed user or a lost
    capability counts at once, as those are read anew. Only right ones are kept.
    """

    def __init__(
        self,
        seconds: float = REMEMBER_SECONDS,
        entries: int = REMEMBER_ENTRIES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._entries, self._clock = seconds, entries, clock
        self._key = secrets.token_bytes(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def check(
        self,
        user_id: int,
        stored: str,
        password: bytes,
        verify: Callable[[bytes, str], bool],
    ) -> bool:
        """What ``verify`` says, or said within the last ``seconds``."""
        head = f"{user_id}:{stored}\0".encode()
        mark = hmac.digest(self._key, head + password, "sha256")
        with self._lock:
            if self._until.get(mark, 0.0) > self._clock():
                return True
        if not verify(password, stored):
            return False
        with self._lock:
            self._until[mark] = self._clock() + self._seconds
            self._until.move_to_end(mark)
            while len(self._until) > self._entries:
                self._until.popitem(last=False)
        return True

    def __len__(self) -> int:
        return len(self._until)


def _verified() -> Verified:
    # made at the first request, so that workers forked from one process differ
    found = current_app.extensions.get(_EXTENSION)
    if found is None:
        found = current_app.extensions.setdefault(_EXTENSION, Verified())
    assert isinstance(found, Verified)
    return found
