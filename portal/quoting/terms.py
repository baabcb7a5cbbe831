"""What Bizuno's own settings say about rates, read on every request.

The documents travel as text: the same text means the same settings, so that only what
changed is parsed again.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.common.ledger import digest
from bridge.common.money import NotANumber, parse_decimal
from bridge.common.rate_settings import Address, RatesConfig

from ..books.settings import decode, dig
from .offers import Carrier
from .parcels import Packing
from .places import country_code
from .simple import carrier_of

METHODS = "methods_carriers"
MODULES = ("bizuno", "shipping", "phreebooks")
"""Needed where prices depend on more than Bizuno's carriers say."""
_UNITS = {"LB": "lb", "LBS": "lb", "KG": "kg", "KGS": "kg", "OZ": "oz", "G": "g"}


@dataclass(frozen=True)
class Terms:
    """What a question to a carrier depends on, beside the cart.

    ``version`` changes with any of it and is part of the names in the cache.
    """

    origin: Address
    currency: str
    packing: Packing
    residential: bool
    version: str


@functools.lru_cache(maxsize=32)
def default_carriers(document: str) -> tuple[Carrier, ...]:
    """The carriers that Bizuno's ``methods_carriers`` switches on and marks default."""
    methods = decode(document)
    if not isinstance(methods, Mapping):
        return ()
    return tuple(
        carrier_of(code, dig(method, "settings", {}))
        for code, method in sorted(methods.items())
        if _is_on(dig(method, "status")) and _is_on(dig(method, "settings.default"))
    )


def _is_on(flag: Any) -> bool:
    """A flag as PHP reads it: 0, "0" and nothing are off."""
    return bool(flag) and flag != "0"


def read_terms(documents: Mapping[str, str], config: RatesConfig) -> Terms:
    """The terms of the configuration, and of Bizuno where that is silent."""
    company, general, currency = _bizuno(_texts(documents))
    packing = Packing(
        (
            _UNITS.get(str(general.get("weight_uom")).upper(), "lb")
            if config.weight_unit == "auto"
            else config.weight_unit
        ),
        (
            _number(general.get("max_pkg_weight"))
            if config.parcel_weight is None
            else config.parcel_weight
        ),
        config.box_weight,
        config.max_parcels,
    )
    residential = (
        _is_on(general.get("resi_checked"))
        if config.residential == "auto"
        else config.residential == "yes"
    )
    origin = config.origin or company
    asked = (str(origin), currency, str(packing), residential, str(config.parcel_size))
    return Terms(origin, currency, packing, residential, digest(asked)[:12])


def home_country(documents: Mapping[str, str], config: RatesConfig) -> str:
    """Where a parcel goes that nobody says the country of."""
    if config.origin:
        return config.origin.country
    company, _, _ = _bizuno(_texts(documents))
    return company.country or "US"


def _texts(documents: Mapping[str, str]) -> tuple[str, str, str]:
    bizuno, shipping, phreebooks = (documents.get(name, "") for name in MODULES)
    return bizuno, shipping, phreebooks


@functools.lru_cache(maxsize=32)
def _bizuno(texts: tuple[str, str, str]) -> tuple[Address, Mapping[str, Any], str]:
    """The company's address, the shipping settings and the default currency."""
    bizuno, shipping, phreebooks = map(decode, texts)
    company = _dict(dig(bizuno, "settings.company"))
    named = {
        "postcode": "postal_code",
        "state": "state",
        "city": "city",
        "street": "address1",
    }
    address = {ours: str(company.get(theirs) or "") for ours, theirs in named.items()}
    country = country_code(str(company.get("country") or ""))
    currency = str(dig(phreebooks, "currency.defISO") or "USD")
    general = _dict(dig(shipping, "settings.general"))
    return Address(country=country or "", **address), general, currency


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> Decimal:
    try:
        return max(parse_decimal(value) or Decimal(0), Decimal(0))
    except NotANumber:
        return Decimal(0)
