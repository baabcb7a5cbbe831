"""``[rates]``: how the portal finds prices for a parcel, and how long it may take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from . import settings as s
from .contract.rates import method_of
from .money import CENT, NotANumber, parse_decimal
from .secrets import printable_header
from .settings import key

T = TypeVar("T")

_PATTERN = re.compile(r"[A-Za-z0-9_*]+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Handling:
    """What is added to a carrier's price: percent, then a fee, then rounding.

    ``step`` is what the sum becomes a multiple of, ``up`` whether always upwards.
    """

    fee: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    step: Decimal = CENT
    up: bool = False


@dataclass(frozen=True)
class Address:
    """Where parcels come from or go to; ``country`` has two letters."""

    country: str = ""
    postcode: str = ""
    state: str = ""
    city: str = ""
    street: str = ""


def handling(value: str) -> Handling:
    """``5% + 1.50 up 0.25``: any of a percentage, a fee and a rounding."""
    wrong = ValueError(f"{value!r} is not of the form 5% + 1.50 round 0.05")
    price, word, step = value, "", ""
    for word in ("round", "up"):
        price, found, step = value.partition(word)
        if found:
            break
    amounts = {False: Decimal(0), True: Decimal(0)}
    for term in filter(None, re.split(r"[\s+]+", price)):
        amounts[term.endswith("%")] += _number(term.removesuffix("%"), wrong)
    unit = _number(step, wrong) if found else CENT
    if unit < CENT:
        raise wrong
    return Handling(amounts[False], amounts[True], unit, bool(found) and word == "up")


def _number(value: str, wrong: ValueError) -> Decimal:
    try:
        found = parse_decimal(value)
    except NotANumber:
        raise wrong from None
    if found is None:
        raise wrong
    return found


def table_of(parse: Callable[[str], T]) -> Callable[[str], dict[str, T]]:
    """Lines ``name = value``, each value read by ``parse``."""

    def read(value: str) -> dict[str, T]:
        return {name: parse(meant) for name, meant in s.mapping(value).items()}

    return read


def services(value: str) -> tuple[tuple[str, str], ...]:
    """Lines ``pattern`` or ``pattern = title``, in their order."""
    out = []
    for line in filter(None, map(str.strip, value.splitlines())):
        pattern, _, title = line.partition("=")
        if not _PATTERN.fullmatch(pattern.strip()):
            raise ValueError(f"{line!r} does not begin with a rate id such as ups_GND")
        out.append((pattern.strip(), title.strip()))
    return tuple(out)


def rate_id(value: str) -> str:
    """The id of a rate, as in ``ups_GND``."""
    if method_of(value) is None:
        raise ValueError(
            f"{value!r} is no rate id: a carrier in small letters, _ and a service in "
            "capitals or digits, 20 characters at most"
        )
    return value


def address(value: str) -> Address | None:
    """Lines ``name = value``; postcode and country are needed."""
    if not value:
        return None
    given = s.mapping(value)
    known = set(Address.__dataclass_fields__)
    if unknown := set(given) - known:
        raise ValueError(f"{min(unknown)} is none of {', '.join(sorted(known))}")
    found = Address(**given)
    if not re.fullmatch("[A-Z]{2}", found.country) or not found.postcode:
        raise ValueError("postcode and a country of two letters such as US are needed")
    return found


def size(value: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """``10 x 8 x 4``."""
    if not value:
        return None
    sides = [s.amount(side.strip()) for side in value.split("x")]
    if len(sides) != 3 or not all(sides):
        raise ValueError(f"{value!r} is not of the form length x width x height")
    return sides[0], sides[1], sides[2]


def safe_address(value: str) -> str:
    """An https:// address; http:// only on this host, since a secret goes there."""
    found = s.address(value)
    parts = urlsplit(found)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValueError("the address must begin with https://: a secret is sent to it")
    return found


def header(value: str) -> str:
    """A secret that travels as a header; never shown."""
    if not printable_header(value):
        raise ValueError("the secret holds characters other than printable ASCII")
    return value


@dataclass(frozen=True)
class RatesConfig:
    """``[rates]``: carriers, their limits, and what happens when they fail."""

    fallback_rate: Decimal | None = key(s.optional(s.amount), None)
    fallback_title: str = key(s.text, "Standard shipping")
    deadline: float = key(s.seconds, 2.0)
    carrier_deadline: float = key(s.seconds, 1.5)
    calls: int = key(s.whole(1), 8)
    fresh: int = key(s.whole(), 900)
    stale: int = key(s.whole(), 86_400)
    cache_size: int = key(s.whole(1), 10_000)
    zone: int = key(s.whole(), 3)
    weight_band: Decimal | None = key(s.optional(s.amount), Decimal("0.5"))
    value_band: Decimal | None = key(s.optional(s.amount), None)
    breaker_failures: int = key(s.whole(1), 3)
    breaker_pause: float = key(s.seconds, 30.0)
    countries: tuple[str, ...] = key(s.words, ())
    max_weight: Decimal | None = key(s.optional(s.amount), None)
    weight_unit: str = key(s.one_of("auto", "kg", "g", "lb", "oz"), "auto")
    parcel_weight: Decimal | None = key(s.optional(s.amount), None)
    box_weight: Decimal = key(s.amount, Decimal(0))
    max_parcels: int = key(s.whole(1), 20)
    parcel_size: tuple[Decimal, Decimal, Decimal] | None = key(size, None)
    residential: str = key(s.one_of("auto", "yes", "no"), "auto")
    origin: Address | None = key(address, None)
    services: tuple[tuple[str, str], ...] = key(services, ())
    handling: dict[str, Handling] = key(table_of(handling), {})
    table: Path | None = key(s.optional(s.folder), None)
    table_role: str = key(s.one_of("auto", "always", "reserve"), "auto")
    easypost_key: str = key(header, "", secret=True)
    easypost_url: str = key(safe_address, "https://api.easypost.com")
    easypost_accounts: tuple[str, ...] = key(s.words, ())
    easypost_services: dict[str, str] = key(table_of(rate_id), {})
