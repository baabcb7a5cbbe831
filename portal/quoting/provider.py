"""Carriers that are asked over the network: what they are asked, what they answer.

Nothing of an answer is believed until ``check`` has looked at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from bridge.common.contract.rates import method_of
from bridge.common.money import NotANumber, parse_decimal, to_cents
from bridge.common.rate_settings import Address

from .offers import Deadline, Offer, Source
from .parcels import Parcels

_TITLE_LENGTH = 120


@dataclass(frozen=True)
class Question:
    """One parcel of a shipment, of which there are ``parcels.count``.

    ``size`` is length, width and height in inches; ``value`` what is declared for the
    whole shipment; both may be None.
    """

    origin: Address
    destination: Address
    parcels: Parcels
    residential: bool = False
    size: tuple[Decimal, Decimal, Decimal] | None = None
    value: Decimal | None = None


@dataclass(frozen=True)
class Price:
    """What a carrier says of one service for one parcel, as it came."""

    id: str
    title: str
    amount: Any
    currency: Any


@dataclass(frozen=True)
class Answer:
    """All it says; ``missing`` are carriers behind it that had no answer."""

    prices: Sequence[Price]
    missing: tuple[str, ...] = ()


class ProviderFailed(Exception):
    """No answer; ``ours`` where the question was refused, which is not its fault."""

    def __init__(self, text: str, *, ours: bool = False) -> None:
        super().__init__(text)
        self.ours = ours


class Provider(Protocol):
    """A carrier or an aggregator; another one is one more module with such a class."""

    @property
    def code(self) -> str:
        """What it is called in messages, measurements and the cache."""
        ...

    @property
    def version(self) -> str:
        """Changes with every setting that its answers depend on."""
        ...

    @property
    def carriers(self) -> frozenset[str]:
        """Bizuno's codes of the carriers that it quotes for."""
        ...

    def ask(self, question: Question, deadline: Deadline) -> Answer:
        """Ask once; raises ProviderFailed, at the deadline at the latest."""
        ...


def check(price: Price, count: int, currency: str) -> Offer:
    """The offer for ``count`` parcels; raises ValueError with what is wrong with it."""
    method = method_of(price.id)
    if method is None:
        raise ValueError("its id is no rate id; name one under easypost_services")
    if not price.title.strip():
        raise ValueError("it has no name")
    try:
        amount = parse_decimal(price.amount)
    except NotANumber:
        raise ValueError("its amount is no number") from None
    if amount is None:
        raise ValueError("it has no amount")
    if amount < 0:
        raise ValueError("its amount is below 0")
    if price.currency != currency:
        raise ValueError(f"it is not in {currency}")
    carrier, _, service = method.partition(":")
    title = price.title.strip()[:_TITLE_LENGTH]
    return Offer(carrier, service, title, to_cents(amount * count), Source.LIVE)
