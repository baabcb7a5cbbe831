"""WordPress's salts, under which the plugin encrypts: config, wp-config.php, database.

``wp-config.php`` is a program. It is never run; read are the constants that it gives a
plain text, which is how WordPress writes it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..common.config import BridgeConfig
from ..common.errors import ConfigError

SALT_OPTIONS = ("auth_key", "auth_salt")
"""Where WordPress keeps them when ``wp-config.php`` has none."""
MAX_BYTES = 1024 * 1024
_PLACEHOLDER = "put your unique phrase here"
_SALTED = ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE", "SECRET")
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|\#(?!\[)[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<single>'(?:[^'\\]|\\.)*')
      | (?P<double>"(?:[^"\\]|\\.)*")
      | (?P<name>\\?[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>\S)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "e": "\x1b", "f": "\f"}
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u\{([0-9A-Fa-f]{1,6})\}|([nrtvef\\$\"]))"
)
_VARIABLE = re.compile(r"(?<!\\)(?:\\\\)*(?:\$[A-Za-z_{]|\{\$)")


@dataclass(frozen=True)
class Salts:
    """AUTH_KEY and AUTH_SALT; empty where they are not known."""

    key: str = field(default="", repr=False)
    salt: str = field(default="", repr=False)


def find_salts(config: BridgeConfig, stored: Salts) -> Salts:
    """The salts of this WordPress; ``stored`` are those in its database.

    Raises ConfigError when ``[bridge] wp_config`` cannot be read.
    """
    if config.auth_key or config.auth_salt or config.wp_config is None:
        return Salts(config.auth_key or stored.key, config.auth_salt or stored.salt)
    constants = read_constants(config.wp_config)
    found = []
    for kind, kept in (("KEY", stored.key), ("SALT", stored.salt)):
        name = f"AUTH_{kind}"
        if name in constants and constants[name] is None:
            raise _unusable(f"computes {name}; set {name.lower()} instead")
        found.append(_chosen(constants, kind) or kept)
    return Salts(*found)


def _chosen(constants: Mapping[str, str | None], kind: str) -> str:
    """What WordPress itself takes: no placeholder, and nothing that stands twice."""
    names = [f"{scheme}_{part}" for scheme in _SALTED for part in ("KEY", "SALT")]
    seen = Counter(constants[name] for name in names if name in constants)
    for name in (f"AUTH_{kind}", f"SECRET_{kind}"):
        value = constants.get(name)
        if value and value != _PLACEHOLDER and seen[value] == 1:
            return value
    return ""


def read_constants(path: Path) -> dict[str, str | None]:
    """The constants that a PHP file defines; None for those it computes."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise _unusable(f"cannot be read: {exc.strerror}") from None
    if len(content) > MAX_BYTES:
        raise _unusable("is too large to be WordPress's wp-config.php")
    return parse_constants(content.decode("utf-8", "surrogateescape"))


def _unusable(reason: str) -> ConfigError:
    return ConfigError([("[bridge] wp_config", reason)])


def parse_constants(program: str) -> dict[str, str | None]:
    """The same from the text; the first definition of a name counts, as in PHP."""
    found: dict[str, str | None] = {}
    tokens = list(_tokens(program))
    for at, (kind, text) in enumerate(tokens):
        if kind != "name":
            continue
        word = text.lstrip("\\").lower()
        if word == "define" and _marks(tokens, at + 1) == "(":
            name = _text(tokens, at + 2)
            value, after = _text(tokens, at + 4), _marks(tokens, at + 5)
            whole = _marks(tokens, at + 3) == "," and after in (")", ",")
        elif word == "const" and at + 1 < len(tokens):
            name = tokens[at + 1][1]
            value, after = _text(tokens, at + 3), _marks(tokens, at + 4)
            whole = _marks(tokens, at + 2) == "=" and after in (";", ",")
        else:
            continue
        if name is not None:
            found.setdefault(name, value if whole else None)
    return found


def _tokens(program: str) -> Iterator[tuple[str, str]]:
    start = program.find("<?php")
    for match in _TOKEN.finditer(program, max(start, 0)):
        if match.lastgroup and match.lastgroup != "comment":
            yield match.lastgroup, match[0]


def _marks(tokens: list[tuple[str, str]], at: int) -> str:
    return tokens[at][1] if at < len(tokens) and tokens[at][0] == "mark" else ""


def _text(tokens: list[tuple[str, str]], at: int) -> str | None:
    """A string literal's text; None for anything else, or with a variable in it."""
    kind, text = tokens[at] if at < len(tokens) else ("", "")
    if kind == "single":
        return re.sub(r"\\([\\'])", r"\1", text[1:-1])
    if kind == "double" and not _VARIABLE.search(text):
        return _ESCAPE.sub(_unescape, text[1:-1])
    return None


def _unescape(match: re.Match[str]) -> str:
    octal, hexadecimal, point, letter = match.groups()
    if octal:
        return chr(int(octal, 8) & 0xFF)
    if hexadecimal or point:
        return chr(int(hexadecimal or point, 16))
    return _ESCAPES.get(letter, letter)
