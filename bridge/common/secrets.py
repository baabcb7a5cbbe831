"""Secrets: comparing, decrypting the plugin's settings, keeping them out of logs."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_MARK = b"::"


def matches_any(given: bytes, valid: Iterable[bytes]) -> bool:
    """True when ``given`` equals one of ``valid``, in time that tells nothing.

    Every valid secret is compared, so neither which one matched nor whether the
    first differs early can be measured. Empty secrets never match.
    """
    found = False
    for secret in valid:
        found |= bool(secret) & hmac.compare_digest(given, secret)
    return found


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
    ciphertext, mark, iv = (_decode(stored.strip()) or b"").partition(_MARK)
    vector = iv if len(iv) == 16 else _decode(iv) or b""
    if not mark or len(vector) != 16:
        return stored
    salt = (auth_key + auth_salt).encode()[:32].ljust(32, b"\0")
    decryptor = Cipher(algorithms.AES256(salt), modes.CBC(vector)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        padded = decryptor.update(_decode(ciphertext) or ciphertext)
        padded += decryptor.finalize()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:
        raise CannotDecrypt(
            "The stored secret was encrypted with other salts; set auth_key and "
            "auth_salt to the AUTH_KEY and AUTH_SALT of wp-config.php."
        ) from None


def _decode(text: str | bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
