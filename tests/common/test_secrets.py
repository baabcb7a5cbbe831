"""Secrets are compared in constant time and decrypted only when encrypted."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common.secrets import (
    CannotDecrypt,
    decrypt_password,
    matches_any,
    printable_header,
)
from tests.common import vectors

ROWS = vectors.read("secrets")
KEY, SALT = ROWS[0][0], ROWS[0][1]


def test_what_the_plugin_encrypts_is_decrypted() -> None:
    for auth_key, auth_salt, plain, stored in ROWS:
        assert decrypt_password(stored, auth_key, auth_salt) == plain


def test_blanks_around_the_stored_value_do_not_matter() -> None:
    _, _, plain, stored = ROWS[2]
    assert decrypt_password(f" {stored}\n", KEY, SALT) == plain


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "tok_REF_5c1f",
        "correct horse battery staple",
        "c2VjcmV0",  # valid base64 of "secret", and yet a password of its own
        "abcd",
        "pass::word",
        "päss",
        base64.b64encode(b"plain").decode(),
        base64.b64encode(b"two::halves").decode(),
        base64.b64encode(b"::").decode(),
        base64.b64encode(b"x::" + base64.b64encode(b"15 bytes of iv!")).decode(),
    ],
)
def test_anything_else_is_the_secret_itself(stored: str) -> None:
    assert decrypt_password(stored, KEY, SALT) == stored


@given(st.text())
def test_text_without_the_mark_is_never_changed(stored: str) -> None:
    assert decrypt_password(stored, KEY, SALT) == stored


def test_other_salts_are_told_and_nothing_is_shown() -> None:
    _, _, plain, stored = ROWS[2]
    with pytest.raises(CannotDecrypt, match="auth_key and auth_salt") as caught:
        decrypt_password(stored, "another key, also long enough, yes", SALT)
    assert plain not in str(caught.value) and stored not in str(caught.value)


def test_a_damaged_ciphertext_is_told() -> None:
    iv = base64.b64encode(b"sixteen bytes iv").decode()
    stored = base64.b64encode(f"{'QUJD'}::{iv}".encode()).decode()
    with pytest.raises(CannotDecrypt):
        decrypt_password(stored, KEY, SALT)


def test_each_valid_token_matches_for_rotation() -> None:
    valid = [b"current", b"next"]
    assert matches_any(b"current", valid)
    assert matches_any(b"next", valid)
    assert not matches_any(b"curren", valid)
    assert not matches_any(b"current ", valid)
    assert not matches_any(b"CURRENT", valid)


def test_no_token_configured_refuses_everything() -> None:
    assert not matches_any(b"", [])
    assert not matches_any(b"x", [])
    assert not matches_any(b"", [b""])


def test_every_token_is_compared_even_after_a_match() -> None:
    seen: list[bytes] = []

    def tokens() -> "list[bytes]":
        for token in (b"first", b"second"):
            seen.append(token)
        return seen

    assert matches_any(b"first", iter(tokens()))
    assert seen == [b"first", b"second"]


def test_comparing_a_long_guess_is_quick() -> None:
    started = time.process_time()
    assert not matches_any(b"x" * 10_000_000, [b"secret"] * 10)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("value", ["tok_REF_5c1f", "a b", "!~", ""])
def test_printable_ascii_may_be_a_header(value: str) -> None:
    assert printable_header(value)


@pytest.mark.parametrize(
    "value", ["é", "a\n", "a\r\nX: y", "\ttab", " a", "a ", "a\0", "a\x7f", "\x80"]
)
def test_anything_else_may_not(value: str) -> None:
    assert not printable_header(value)
