"""WordPress's password hashes: verifying them, never making or rewriting one.

Forms and their order follow WordPress 6.8: 32 characters or fewer are an MD5; then
``$wp`` is bcrypt over an HMAC of the password, ``$P$`` is phpass, ``$generic$`` the
fast hash of application passwords, and the rest what PHP's own functions made.
Passwords are bytes as they came over the wire; callers trim them (``trim``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

import bcrypt
from passlib.hash import phpass  # type: ignore[import-untyped]

try:
    import argon2  # type: ignore[import-not-found, unused-ignore]
except ImportError:  # an optional library; without it such a hash is refused
    argon2 = None

MAX_PASSWORD = 4096  # bytes; WordPress refuses longer ones unseen
MAX_BCRYPT_COST = 14  # about one second; 31 would take a day
MAX_PHPASS_ROUNDS = 16  # as a power of two; WordPress itself uses 13
MAX_ARGON2_MEMORY, MAX_ARGON2_TIME, MAX_ARGON2_THREADS = 512 * 1024, 16, 16
_MD5_LENGTH = 32
_BCRYPT_BYTES = 72  # PHP ignores the rest, the library refuses it
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_PHPASS = re.compile(r"\$P\$([./0-9A-Za-z])[./0-9A-Za-z]{30}")
_ARGON2 = re.compile(r"\$argon2i?d?\$v=\d+\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$.+")
_ITOA64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_GENERIC = "$generic$"
_USUAL_COST = 10  # PHP 8.4 makes it 12
# of a password nobody knows; checking it costs what checking a real one costs
_DUMMY = "$wp$2y${:02}$ANRRGqp.4joZFY1lWxdd9urY7bVBOOO9l3sT1A7ujIEUsp8GVArba"


def trim(password: bytes) -> bytes:
    """What WordPress removes at both ends: PHP's blanks and no others."""
    return password.strip(b" \t\n\r\0\x0b")


def verify(password: bytes, stored: str) -> bool:
    """True if ``stored`` is a hash of ``password``.

    A malformed hash, an unknown form and one of absurd cost are just not true.
    """
    if len(stored) <= _MD5_LENGTH:
        found = hashlib.md5(password, usedforsecurity=False).hexdigest()
        return hmac.compare_digest(stored.encode(), found.encode())
    if len(password) > MAX_PASSWORD:
        return False
    if stored.startswith("$wp"):
        return _verify_bcrypt(_prehash(password), stored[3:])
    if stored.startswith("$P$"):
        return _verify_phpass(password, stored)
    if stored.startswith("$argon2"):
        return _verify_argon2(password, stored)
    return _verify_bcrypt(password, stored)


def verify_application(password: bytes, stored: str) -> bool:
    """The same for an application password, without the blanks it is shown with."""
    bare = re.sub(rb"[^A-Za-z0-9]", b"", password)
    if stored.startswith(_GENERIC):
        key = b"wp_fast_hash_6.8+"
        digest = hashlib.blake2b(bare, digest_size=30, key=key).digest()
        found = _GENERIC.encode() + base64.urlsafe_b64encode(digest).rstrip(b"=")
        return hmac.compare_digest(stored.encode(), found)
    return verify(bare, stored)


def is_slow(password: bytes, stored: str) -> bool:
    """True if ``verify`` spends as long on this as on WordPress's own form."""
    if len(stored) <= _MD5_LENGTH or len(password) > MAX_PASSWORD:
        return False
    return bcrypt_cost(stored) is not None


def bcrypt_cost(stored: str) -> int | None:
    """The cost of a ``$wp`` or plain bcrypt hash; None for any other or absurd one."""
    form = _BCRYPT.fullmatch(stored.removeprefix("$wp"))
    if form is None or not 4 <= int(form[1]) <= MAX_BCRYPT_COST:
        return None
    return int(form[1])


def waste_time(password: bytes, like: str = "") -> None:
    """Spend the time a check against the hash ``like`` takes, or WordPress's usual."""
    cost = bcrypt_cost(like) or _USUAL_COST
    verify(password[:MAX_PASSWORD], _DUMMY.format(cost))


def _prehash(password: bytes) -> bytes:
    digest = hmac.digest(b"wp-sha384", password, "sha384")
    return base64.b64encode(digest)  # 64 bytes, so that bcrypt sees all of it


def _verify_bcrypt(password: bytes, stored: str) -> bool:
    if bcrypt_cost(stored) is None:
        return False
    try:
        return bcrypt.checkpw(password[:_BCRYPT_BYTES], stored.encode())
    except ValueError:  # a salt that is none
        return False


def _verify_phpass(password: bytes, stored: str) -> bool:
    form = _PHPASS.fullmatch(stored)
    if form is None or not 7 <= _ITOA64.index(form[1]) <= MAX_PHPASS_ROUNDS:
        return False
    try:
        return bool(phpass.verify(password, stored))
    except ValueError:
        return False


def _verify_argon2(password: bytes, stored: str) -> bool:
    form = _ARGON2.fullmatch(stored)
    if argon2 is None or form is None:
        return False
    limits = (MAX_ARGON2_MEMORY, MAX_ARGON2_TIME, MAX_ARGON2_THREADS)
    if any(int(n) > limit for n, limit in zip(form.groups(), limits, strict=True)):
        return False
    try:
        return bool(argon2.PasswordHasher().verify(stored, password))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
