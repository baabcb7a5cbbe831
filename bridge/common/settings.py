"""Declaring settings: a frozen dataclass per section, a parser per key.

A key is a dataclass field made with ``key``; its parser turns the text of the file
into a value or raises ValueError with a sentence that ends in what to write instead.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from .addresses import Proxies
from .money import NotANumber, parse_decimal
from .secrets import printable_header

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
D = TypeVar("D", bound="DataclassInstance")
Problems = list[tuple[str, str]]


def key(parse: Callable[[str], Any], default: Any, *, secret: bool = False) -> Any:
    """A setting; a ``secret`` may also stand in a file, is never shown in a repr."""
    metadata = {"parse": parse, "secret": secret}
    if isinstance(default, dict):
        return dataclasses.field(
            default_factory=default.copy, repr=not secret, metadata=metadata
        )
    return dataclasses.field(default=default, repr=not secret, metadata=metadata)


def text(value: str) -> str:
    """Any text."""
    return value


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    """An empty value is None."""
    return lambda value: parse(value) if value else None


def yes_no(value: str) -> bool:
    """``yes`` or ``no``."""
    known = {"yes": True, "no": False, "on": True, "off": False}
    known |= {"true": True, "false": False, "1": True, "0": False}
    if value.lower() not in known:
        raise ValueError(f"{value!r} is neither yes nor no")
    return known[value.lower()]


def one_of(*choices: str) -> Callable[[str], str]:
    """One of the words given."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is none of {', '.join(choices)}")
        return value

    return parse


def whole(minimum: int = 0) -> Callable[[str], int]:
    """A whole number of at least ``minimum``."""

    def parse(value: str) -> int:
        # 18 digits: what a database column holds
        if not re.fullmatch("[0-9]{1,18}", value) or int(value) < minimum:
            raise ValueError(f"{value[:40]!r} is no whole number from {minimum} up")
        return int(value)

    return parse


def seconds(value: str) -> float:
    """A duration in seconds, fractions allowed."""
    found = amount(value)
    if found <= 0:
        raise ValueError(f"{value!r} is no number of seconds above 0")
    return float(found)


def amount(value: str) -> Decimal:
    """A decimal number of 0 or more."""
    try:
        found = parse_decimal(value)
    except NotANumber as exc:
        raise ValueError(f"{value!r}: {exc}") from None
    if found is None or found < 0:
        raise ValueError(f"{value!r} is no number of 0 or more")
    return found


def words(value: str) -> tuple[str, ...]:
    """Words separated by commas, blanks or line ends."""
    return tuple(value.replace(",", " ").split())


def order_status(value: str) -> str:
    """A status of WooCommerce, with or without ``wc-`` before it."""
    # the column holds 20 characters, the prefix included
    if not re.fullmatch(r"(wc-)?[a-z0-9_-]{1,17}", value):
        raise ValueError(f"{value!r} is no status of WooCommerce such as wc-shipped")
    return value


def order_statuses(value: str) -> tuple[str, ...]:
    """Statuses of WooCommerce separated by commas, blanks or line ends."""
    return tuple(order_status(word).removeprefix("wc-") for word in words(value))


def proxies(value: str) -> Proxies:
    """Addresses and networks of proxies, and the word ``unix``."""
    return Proxies.of(words(value))


def header(value: str) -> str:
    """What is sent as a header: printable ASCII; never shown, it may be a secret."""
    if not printable_header(value):
        raise ValueError(
            "it is sent as a header, and firewalls refuse headers with anything but "
            "printable ASCII; choose one without accents, umlauts and control "
            "characters, on both sides"
        )
    return value


def mapping(value: str) -> dict[str, str]:
    """Lines ``name = value``."""
    out = {}
    for line in value.splitlines():
        if line.strip():
            name, mark, meant = line.rpartition("=")
            if not mark or not name.strip():
                raise ValueError(f"{line.strip()!r} is not of the form name = value")
            out[name.strip()] = meant.strip()
    return out


def address(value: str) -> str:
    """An http(s) address without user, query or fragment; no slash at the end."""
    if "@" in value or "?" in value or "#" in value:  # not shown: may hold a secret
        raise ValueError("the address must hold no user, password, query or fragment")
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and parts.hostname
        _ = parts.port  # read, it is checked
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"{value!r} is no http:// or https:// address")
    return value.rstrip("/")


def folder(value: str) -> Path:
    """A folder; relative ones are below the current folder."""
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError(f"{value!r} begins with a user that does not exist") from None


def database(value: str) -> str:
    """A database address as SQLAlchemy reads it; never shown, it holds a password."""
    known = ("sqlite", "mysql+pymysql", "mariadb+pymysql")
    try:
        url = make_url(value) if value.split(":", 1)[0] in known else None
    except (ArgumentError, ValueError):
        url = None
    if url is None:
        raise ValueError(
            "write mysql+pymysql://user:password@host/name or sqlite:///file"
        )
    if not url.database:
        raise ValueError("the address lacks the name of the database after the host")
    return value


def read_section(
    kind: type[D],
    section: str,
    values: Mapping[str, str],
    problems: Problems,
    environment: Mapping[str, str],
) -> D:
    """Build ``kind`` from the texts of one section, collecting every problem.

    A secret ``NAME`` may stand in the file named by ``NAME_file``, and any key in the
    environment as ``BIZUNO_BRIDGE_<SECTION>_<KEY>``; environment, then file, then text.
    """
    fields = {f.name: f for f in dataclasses.fields(kind) if "parse" in f.metadata}
    secrets = [name for name, f in fields.items() if f.metadata["secret"]]
    known = {*fields, *(f"{name}_file" for name in secrets)}
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "remove it"
            problems.append((f"[{section}] {name}", f"there is no such key; {hint}"))
    found: dict[str, Any] = {}
    for name, field in fields.items():
        place = f"[{section}] {name}"
        try:
            given = _given(section, name, field.metadata["secret"], values, environment)
            if given is not None:
                found[name] = field.metadata["parse"](given.strip())
        except ValueError as exc:
            problems.append((place, str(exc)))
    return kind(**found)


def _given(
    section: str,
    name: str,
    secret: bool,
    values: Mapping[str, str],
    environment: Mapping[str, str],
) -> str | None:
    variable = re.sub(r"\W", "_", f"BIZUNO_BRIDGE_{section}_{name}".upper())
    if variable in environment:
        return environment[variable]
    path = values.get(f"{name}_file", "") if secret else ""
    if not path:
        return values.get(name)
    if values.get(name):
        raise ValueError(f"set either {name} or {name}_file, not both")
    try:
        return Path(os.path.expanduser(path)).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8 text"
        raise ValueError(f"{name}_file cannot be read: {reason}") from None
