"""Slugs and upload file names, made as WordPress makes them.

``sanitize_title`` mirrors WordPress's function of that name: accents folded, tags and
punctuation dropped, letters of other scripts percent-encoded, at most 200 characters.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Container
from urllib.parse import quote

MAX_SLUG = 200
# what canonical decomposition does not give, as WordPress folds it
_FOLDED = str.maketrans(
    {
        "ª": "a", "º": "o", "Æ": "AE", "æ": "ae", "Ð": "D", "ð": "d", "Ø": "O",
        "ø": "o", "Þ": "TH", "þ": "th", "ß": "s", "Đ": "D", "đ": "d", "Ħ": "H",
        "ħ": "h", "ı": "i", "Ĳ": "IJ", "ĳ": "ij", "ĸ": "k", "Ł": "L", "ł": "l",
        "Ŀ": "L", "ŀ": "l", "ŉ": "n", "Ŋ": "N", "ŋ": "n", "Œ": "OE", "œ": "oe",
        "Ŧ": "T", "ŧ": "t", "ſ": "s", "€": "E", "£": "",
    }
)  # fmt: skip
_GERMAN = str.maketrans(
    {"Ä": "Ae", "ä": "ae", "Ö": "Oe", "ö": "oe", "Ü": "Ue", "ü": "ue", "ß": "ss"}
)
_DANISH = str.maketrans(
    {"Æ": "Ae", "æ": "ae", "Ø": "Oe", "ø": "oe", "Å": "Aa", "å": "aa"}
)
_SERBIAN = str.maketrans({"Đ": "DJ", "đ": "dj"})
_DIALECTS = {"de": _GERMAN, "da": _DANISH, "sr": _SERBIAN, "bs": _SERBIAN}
# blanks and dashes that become a hyphen, signs that vanish
_HYPHENS = re.compile(
    "[\u00a0\u2000-\u200a\u2010-\u2015\u2028\u2029\u202f\u205f\u3000/.]"
)
_DROPPED = re.compile(
    "[\u00a1\u00a9\u00ab\u00ad\u00ae\u00b0\u00b4\u00bb\u00bf\u02ca\u0301\u0341"
    "\u0300\u0304\u030c\u2018-\u201f\u2022\u2026\u2039\u203a\u2122"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\uffff]"
)
_TAG = re.compile(r"<!--.*?-->|<[/!?a-zA-Z][^>]*>?", re.DOTALL)
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]*|#\d+|#[xX][0-9a-fA-F]+);")
_HYPHEN_ENTITY = re.compile(r"&(?:nbsp|ndash|mdash|#160|#8211|#8212);")
_OCTETS = re.compile(r"(?:%[a-fA-F0-9]{2})+")


def remove_accents(text: str, locale: str = "") -> str:
    """Latin letters without their accents; other scripts stay as they are.

    ``locale`` is the option ``WPLANG``: German, Danish and Serbian write some letters
    with two.
    """
    text = unicodedata.normalize("NFC", text)
    dialect = _DIALECTS.get(locale[:2])
    if dialect:
        text = text.translate(dialect)
    return "".join(map(_fold, text.translate(_FOLDED)))


def _fold(letter: str) -> str:
    if letter.isascii():
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() and base.isalpha() else letter


@functools.lru_cache(maxsize=4096)
def sanitize_title(title: str, locale: str = "") -> str:
    """The slug of a title; empty when nothing of it can stand in an address.

    Letters of other scripts are percent-encoded in lower case, never cut in half.
    """
    text = _TAG.sub("", remove_accents(title, locale)).lower()
    text = _HYPHEN_ENTITY.sub("-", text)
    text = _ENTITY.sub("", text)
    text = _DROPPED.sub("", _HYPHENS.sub("-", text.replace("×", "x")))
    parts: list[str] = []
    at = 0
    for octets in _OCTETS.finditer(text):
        if _is_text(octets.group()):  # a slug that was encoded already
            parts += _encode(text[at : octets.start()])
            parts += re.findall("%..", octets.group())
            at = octets.end()
    parts += _encode(text[at:])
    slug = re.sub("-+", "-", re.sub(r"[\s-]+", "-", "".join(parts)))
    return cut(slug.strip("-"), MAX_SLUG)


def _encode(text: str) -> list[str]:
    """Allowed characters as they are, others percent-encoded, ASCII signs dropped."""
    return [
        c if c.isascii() else quote(c, safe="").lower()
        for c in text
        if not c.isascii() or c.isalnum() or c in "_- \t\n\r\f\v"
    ]


def cut(slug: str, length: int) -> str:
    """At most ``length`` characters, without tearing a percent-encoded letter."""
    if len(slug) <= length:
        return slug
    short = slug[:length]
    while short.endswith("%") or short[-2:-1] == "%" or not _is_whole(short):
        short = short[:-1]
    return short.rstrip("-")


def _is_whole(slug: str) -> bool:
    return all(_is_text(octets) for octets in _OCTETS.findall(slug))


def _is_text(octets: str) -> bool:
    try:
        bytes.fromhex(octets.replace("%", "")).decode()
    except UnicodeDecodeError:
        return False
    return True


def unique_slug(slug: str, taken: Container[str]) -> str:
    """``slug``, or with ``-2``, ``-3``, ... the first that is not ``taken``."""
    return numbered(slug, lambda candidate: candidate in taken)


def numbered(slug: str, is_taken: Callable[[str], bool]) -> str:
    """Like ``unique_slug`` for a test instead of a container."""
    if not is_taken(slug):
        return slug
    number = 2
    while True:
        suffix = f"-{number}"
        candidate = cut(slug, MAX_SLUG - len(suffix)) + suffix
        if not is_taken(candidate):
            return candidate
        number += 1
