"""Secrets: comparing, decrypting the plugin's settings, keeping them out of logs."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_MARK = b"::"
_KEY = secrets.token_bytes(32)


def matches_any(given: bytes, valid: Iterable[bytes]) -> bool:
    """True when ``given`` equals one of ``valid``, in time that tells nothing.

    Every valid secret is compared, so neither which one matched nor whether the
    first differs early can be measured. Empty secrets never match.
    """
    found = False
    # digests are alike in length, so that not even the length of a secret shows
    wanted = fingerprint(given)
    for secret in valid:
        found |= bool(secret) & hmac.compare_digest(wanted, fingerprint(secret))
    return found


def fingerprint(secret: bytes) -> bytes:
    """What tells a secret from others in this process, and nowhere else."""
    return hmac.digest(_KEY, secret, "sha256")


def printable_header(value: str) -> bool:
    """True when ``value`` may travel as a header: printable ASCII, no outer blanks.

    Firewalls answer 400 to anything else before the application sees the request.
    """
    return value == value.strip() and value.isascii() and value.isprintable()


class CannotDecrypt(ValueError):
    """An encrypted setting, and not the salts it was encrypted with."""


def decrypt_password(stored: str, auth_key: str, auth_salt: str) -> str:
    """The plain text of a password or token as the plugin keeps it in its options.

    A value whose base64 decodes to ``ciphertext::iv`` is AES-256-CBC under the first
    32 characters of WordPress's auth salt (AUTH_KEY followed by AUTH_SALT); both
    halves are base64 themselves, as the plugin writes them. Anything else is the
    secret itself and returned verbatim: decoding it blindly, as older plugins did,
    makes header bytes that firewalls refuse. Raises CannotDecrypt under other salts.
    """
    ciphertext, vector = _parts(stored)
    if not vector:
        return stored
    salt = (auth_key + auth_salt).encode("utf-8", "surrogateescape")
    salt = salt[:32].ljust(32, b"\0")
    decryptor = Cipher(algorithms.AES256(salt), modes.CBC(vector)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        padded = decryptor.update(_decode(ciphertext) or ciphertext)
        padded += decryptor.finalize()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:
        raise CannotDecrypt(
            "The stored secret was encrypted with other salts; set auth_key and "
            "auth_salt to the AUTH_KEY and AUTH_SALT of wp-config.php, or wp_config "
            "to that file."
        ) from None


def is_encrypted(stored: str) -> bool:
    """True for what ``decrypt_password`` needs the salts for."""
    return bool(_parts(stored)[1])


def _parts(stored: str) -> tuple[bytes, bytes]:
    """Ciphertext and initialisation vector; both empty for what is not encrypted."""
    ciphertext, mark, iv = (_decode(stored.strip()) or b"").partition(_MARK)
    vector = iv if len(iv) == 16 else _decode(iv) or b""
    return (ciphertext, vector) if mark and len(vector) == 16 else (b"", b"")


def _decode(text: str | bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
