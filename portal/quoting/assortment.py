"""What is done to offers before a customer sees them: price, choice, name, order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fnmatch import fnmatchcase

from bridge.common.money import to_cents
from bridge.common.rate_settings import Handling

from .offers import Offer, Source

_ALL = "*"


def with_handling(offer: Offer, handling: Mapping[str, Handling]) -> Offer:
    """The offer with what its rate id, else its carrier, else ``*`` adds to it."""
    for name in (offer.id, offer.carrier, _ALL):
        if name in handling:
            return replace(offer, quote=marked_up(offer.quote, handling[name]))
    return offer


def marked_up(price: Decimal, add: Handling) -> Decimal:
    """Percentage, then fee, then rounding; never below 0."""
    price = max(price * (1 + add.percent / 100) + add.fee, Decimal(0))
    rounding = ROUND_CEILING if add.up else ROUND_HALF_UP
    steps = (to_cents(price) / add.step).to_integral_value(rounding)
    return to_cents(steps * add.step)


def choose(
    offers: Iterable[Offer], services: Sequence[tuple[str, str]]
) -> tuple[list[Offer], list[Offer]]:
    """The offers to show, in their order, and those that are left out.

    Without ``services`` all are shown, by carrier and price. Else only those whose id
    fits a pattern, in the order of the patterns, with the title given there.
    """
    unique, out = _one_per_id(offers)
    if not services:
        return sorted(unique, key=_by_carrier), out
    placed: list[tuple[int, Offer]] = []
    for offer in unique:
        for place, (pattern, title) in enumerate(services):
            if fnmatchcase(offer.id, pattern):
                renamed = replace(offer, title=title) if title else offer
                placed.append((place, renamed))
                break
        else:
            out.append(offer)
    placed.sort(key=lambda pair: (pair[0], _by_carrier(pair[1])))
    return [offer for _, offer in placed], out


def _by_carrier(offer: Offer) -> tuple[str, Decimal, str]:
    return offer.carrier, offer.quote, offer.service


def _one_per_id(offers: Iterable[Offer]) -> tuple[list[Offer], list[Offer]]:
    """Of offers with one id the one asked for just now, else the first."""
    kept: dict[str, Offer] = {}
    out = []
    for offer in offers:
        known = kept.get(offer.id)
        if known is None:
            kept[offer.id] = offer
        elif known.source is Source.TABLE and offer.source is not Source.TABLE:
            out.append(known)
            kept[offer.id] = offer
        else:
            out.append(offer)
    return list(kept.values()), out
