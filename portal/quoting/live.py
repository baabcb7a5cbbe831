"""A carrier that is asked over the network, with all that keeps a checkout going.

In this order: a fresh answer of before; the carrier itself, once for all who ask the
same; the last good answer, if it is not too old. The same is what has the same zone,
weight band, value band and settings.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from bridge.common.ledger import digest
from bridge.common.money import plain
from bridge.common.rate_settings import Address, RatesConfig

from .answers import Answers, dated
from .breaker import Breaker
from .flights import Flights, NotYet
from .metrics import Metrics
from .offers import CannotQuote, Deadline, Offer, Shipment, Source
from .parcels import band, pack
from .places import zone
from .provider import Provider, ProviderFailed, Question, check
from .store import Entry
from .terms import Terms

log = logging.getLogger("bizuno_bridge.rates")

_NAME_LENGTH = 190


class Live:
    """One provider; made once per process, as its breaker and its memory are."""

    def __init__(
        self,
        provider: Provider,
        config: RatesConfig,
        answers: Answers,
        metrics: Metrics,
    ) -> None:
        self.provider, self.config = provider, config
        self.answers, self.metrics = answers, metrics
        self.breaker = Breaker(config.breaker_failures, config.breaker_pause)
        self.flights: Flights[Entry] = Flights(config.calls)

    def fetch(self, asked: Asked, currency: str) -> Entry:
        """Ask the provider, unless another worker just did; in a thread of the pool."""
        name = asked.name
        try:
            other = self.answers.of_another(name, asked.deadline)
        except TimeoutError:
            text = "another worker asks it and has no answer yet"
            raise ProviderFailed(text) from None
        if other is not None:
            self.answers.remember(name, other)
            return other
        try:
            entry = self.ask(asked, currency)
        except ProviderFailed:
            self.answers.give_up(name)
            raise
        self.answers.remember(name, entry)
        # those who wait need not wait for the database as well
        self.flights.later(lambda: self.answers.share(name, entry))
        return entry

    def ask(self, asked: Asked, currency: str) -> Entry:
        """Ask the provider and look at every offer; raises ProviderFailed for none."""
        answer = self.provider.ask(asked.question, asked.deadline)
        offers: dict[str, Offer] = {}
        for price in answer.prices:
            try:
                offer = check(price, asked.question.parcels.count, currency)
            except ValueError as exc:
                asked.dropped.append(f"{price.title or 'an offer'}: {exc}")
                self.metrics.dropped(self.provider.code)
                continue
            # two accounts with one carrier: the cheaper one
            known = offers.get(offer.id)
            if known is None or offer.quote < known.quote:
                offers[offer.id] = offer
        if not offers:
            reason = "; ".join(asked.dropped[:3]) or "it offers nothing for this cart"
            raise ProviderFailed(reason, ours=not asked.dropped)
        return Entry(tuple(offers.values()), answer.missing, time.time())


@dataclass
class Asked:
    """One question on its way.

    ``state`` says in words where the answer comes from, ``notes`` what is missing of
    it, ``dropped`` which offers could not be used.
    """

    name: str
    question: Question
    deadline: Deadline
    known: Entry | None = None
    call: Future[Entry] | None = None
    begun: bool = False
    state: str = ""
    failure: str = ""
    notes: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LiveCarrier:
    """A provider under the settings of this moment; ``ask`` leaves the cache alone."""

    live: Live
    terms: Terms
    ask: bool = False

    @property
    def code(self) -> str:
        """The provider's."""
        return self.live.provider.code

    def quote(self, shipment: Shipment, deadline: Deadline) -> Sequence[Offer]:
        """The offers, fresh or, where it fails, old."""
        return self.finish(self.begin(shipment, deadline))

    def begin(self, shipment: Shipment, deadline: Deadline) -> Asked:
        """Look whether the answer is known, else begin to ask.

        Raises CannotServe for what this carrier does not take.
        """
        live = self.live
        asked = self._asked(shipment, deadline.within(live.config.carrier_deadline))
        asked.known = live.answers.get(asked.name)
        if live.answers.is_fresh(asked.known) and not self.ask:
            asked.state = "in the cache"
        elif not live.breaker.allows():
            asked.state = f"left alone for {live.breaker.seconds():.0f} s"
            asked.failure = "it failed repeatedly and is left alone for a while"
        else:
            fetch = live.ask if self.ask else live.fetch
            asked.call, asked.begun = live.flights.join(
                asked.name, lambda: fetch(asked, self.terms.currency), asked.deadline
            )
            asked.state = "asked" if asked.begun else "being asked already"
        return asked

    def finish(self, asked: Asked) -> Sequence[Offer]:
        """The offers; raises CannotQuote where there are none, fresh or old."""
        if asked.call is not None:
            entry = self._wait(asked, asked.call)
            if entry is not None:
                self._note_missing(asked, entry)
                if asked.dropped:
                    texts = "; ".join(asked.dropped[:5])
                    asked.notes.append(f"Carrier {self.code} lacks {texts}.")
                return entry.offers
        entry = asked.known
        if asked.failure and not self.live.answers.is_good(entry):
            raise CannotQuote(f"Carrier {self.code} is left out: {asked.failure}.")
        assert entry is not None
        self._note_missing(asked, entry)
        if not asked.failure:
            return dated(entry, Source.CACHED)
        asked.notes.append(
            f"Carrier {self.code} has no new rates: {asked.failure}; those of "
            f"{entry.age() / 60:.0f} minutes ago are given."
        )
        return dated(entry, Source.STALE)

    def _wait(self, asked: Asked, call: Future[Entry]) -> Entry | None:
        """The answer of the call; who began it tells the breaker how it ended."""
        ended = False
        try:
            entry = call.result(asked.deadline.left())
            ended = True
            return entry
        except NotYet:
            asked.state = "late"
            asked.failure = "it did not answer in time"
        except ProviderFailed as exc:
            asked.state = "failed"
            asked.failure, ended = str(exc), exc.ours
        except Exception as exc:  # a mistake of ours must not end a checkout either
            log.error("asking %s: unhandled %s", self.code, type(exc).__name__)
            log.debug("traceback", exc_info=exc)
            asked.state, asked.failure = "failed", "asking it failed; see the log"
        finally:
            if asked.begun:
                breaker = self.live.breaker
                (breaker.succeeded if ended else breaker.failed)()
        return None

    def _note_missing(self, asked: Asked, entry: Entry) -> None:
        if entry.missing:
            names = ", ".join(entry.missing)
            asked.notes.append(f"Carrier {self.code} has no rates of {names}.")

    def _asked(self, shipment: Shipment, deadline: Deadline) -> Asked:
        config, terms = self.live.config, self.terms
        if not (terms.origin.postcode and terms.origin.country):
            raise CannotQuote(
                f"Carrier {self.code} is left out: it is not known where parcels come "
                "from; set [rates] origin, or the company's address in Bizuno."
            )
        parcels = pack(
            shipment, band(shipment.weight, config.weight_band), terms.packing
        )
        value = None
        if config.value_band and shipment.value is not None:
            value = band(shipment.value, config.value_band)
        name = " ".join(
            (
                self.code,
                self.live.provider.version + terms.version,
                zone(shipment, config.zone),
                f"{parcels.count}x{plain(parcels.weight.normalize())}",
                "-" if value is None else plain(value),
            )
        )
        if len(name) > _NAME_LENGTH:
            name = digest(name)
        question = Question(
            terms.origin,
            Address(shipment.country, shipment.postcode, shipment.state, shipment.city),
            parcels,
            terms.residential,
            config.parcel_size,
            value,
        )
        return Asked(name, question, deadline)
