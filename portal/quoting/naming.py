"""Names of carriers and services: as EasyPost spells them, as Bizuno does.

``services.csv`` holds the usual services with Bizuno's codes for them (USPS is its
carrier ``endicia``), so that the ERP recognises the method of an order. Any other
service gets an id made of its names, the same each time.
"""

from __future__ import annotations

import csv
import functools
import re
import zlib
from collections.abc import Mapping
from importlib import resources

_ALIASES = {"upsdap": "ups", "fedexdefault": "fedex", "uspsship": "usps"}
"""Accounts that EasyPost keeps for its customers go by names of their own."""
_CARRIER_LENGTH, _ID_LENGTH, _SERVICE_LENGTH = 10, 20, 16
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+[a-z]*")


@functools.cache
def _known() -> dict[tuple[str, str], tuple[str, str]]:
    table = resources.files(__package__).joinpath("services.csv").read_text("utf-8")
    return {
        (row["carrier"].casefold(), row["service"].casefold()): (
            row["id"],
            row["title"],
        )
        for row in csv.DictReader(table.splitlines())
    }


def known_carriers() -> frozenset[str]:
    """Bizuno's codes of the carriers in ``services.csv``."""
    return frozenset(rate.rpartition("_")[0] for rate, _ in _known().values())


def name_service(
    carrier: str, service: str, configured: Mapping[str, str]
) -> tuple[str, str]:
    """The rate id and the title of a service.

    ``configured`` maps ``carrier service`` to ids and wins over everything else.
    """
    folded = _ALIASES.get(carrier.casefold(), carrier.casefold())
    rate, title = _known().get((folded, service.casefold()), ("", ""))
    wanted = f"{carrier} {service}".casefold()
    for name, meant in configured.items():
        if " ".join(name.split()).casefold() == wanted:
            rate = meant
    return rate or _made_id(folded, service), title or f"{carrier} {_spaced(service)}"


def _made_id(carrier: str, service: str) -> str:
    start = re.sub("[^a-z0-9]", "", carrier).lstrip("0123456789") or "carrier"
    end = re.sub("[^A-Z0-9]", "", service.upper()) or "ANY"
    start = start[:_CARRIER_LENGTH]
    room = min(_ID_LENGTH - len(start) - 1, _SERVICE_LENGTH)
    if len(end) > room or len(end) < 2:
        # two long names that begin alike must not become one
        end = f"{end[: room - 4]}{zlib.crc32(service.encode()) % 0x10000:04X}"
    return f"{start}_{end}"


def _spaced(service: str) -> str:
    """``ExpressWorldwide`` and ``EXPRESS_WORLDWIDE`` as ``Express Worldwide``."""
    if service.isupper():
        return service.replace("_", " ").title()
    return " ".join(_WORDS.findall(service)) or service
