"""Asking every carrier and putting the answers together.

Carriers are asked in alphabetical order, as Bizuno's interface lists them, whatever
their sort order in the settings. One that fails is left out and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..books.settings import dig
from .offers import CannotQuote, Carrier, Offer, Quotes, Shipment, Source
from .simple import GROUND


@dataclass(frozen=True)
class Asked:
    """A carrier that takes part: its code and its settings in Bizuno."""

    code: str
    settings: Mapping[str, Any]


def default_carriers(document: Any) -> tuple[Asked, ...]:
    """The carriers that Bizuno's ``methods_carriers`` switches on and marks default."""
    if not isinstance(document, Mapping):
        return ()
    return tuple(
        Asked(code, dig(method, "settings", {}))
        for code, method in sorted(document.items())
        if _is_on(dig(method, "status")) and _is_on(dig(method, "settings.default"))
    )


def _is_on(flag: Any) -> bool:
    """A flag as PHP reads it: 0, "0" and nothing are off."""
    return bool(flag) and flag != "0"


def ask(
    shipment: Shipment, asked: Sequence[Asked], carriers: Mapping[str, Carrier]
) -> Quotes:
    """The offers of all carriers asked, and why some are missing."""
    offers: list[Offer] = []
    missing: list[str] = []
    if not asked:
        missing.append(
            "No carrier is asked; mark one as default among Bizuno's shipping methods."
        )
    for one in asked:
        try:
            offers += _offers_of(shipment, one, carriers)
        except CannotQuote as exc:
            missing.append(str(exc))
    return Quotes(tuple(offers), tuple(missing))


def _offers_of(
    shipment: Shipment, one: Asked, carriers: Mapping[str, Carrier]
) -> list[Offer]:
    carrier = carriers.get(one.code)
    if carrier is None:
        raise CannotQuote(
            f"Carrier {one.code} is left out: it is not quoted here; unmark it as "
            "default among Bizuno's shipping methods."
        )
    offers = carrier.quote(shipment, one.settings)
    if any(offer.quote < 0 for offer in offers):
        raise CannotQuote(f"Carrier {one.code} is left out: it asks less than nothing.")
    return offers


def with_fallback(quotes: Quotes, title: str, price: Decimal | None) -> Quotes:
    """The same quotes, or the configured offer where there would be none.

    It stands for Bizuno's method ``best_way``: the shipper decides.
    """
    if quotes.offers or price is None:
        return quotes
    offer = Offer("best_way", GROUND, title, price, Source.FALLBACK)
    return Quotes((offer,), quotes.missing)
