"""The desk: asks every carrier and puts the answers together, by the deadline.

Carriers that are asked over the network begin first and are waited for last. One that
fails is left out and named; where nobody has an offer there is the configured one, so
that the list is empty only for what cannot be delivered at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence

from bridge.common.contract.rates import RatesQuestion
from bridge.common.database import Database
from bridge.common.money import plain
from bridge.common.rate_settings import RatesConfig

from .answers import Answers
from .assortment import choose, with_handling
from .easypost import EasyPost
from .gathering import Gathered, Turn, raising
from .live import Live, LiveCarrier
from .metrics import Metrics
from .offers import (
    CannotQuote,
    Carrier,
    Deadline,
    Offer,
    Quotes,
    Shipment,
    Source,
)
from .places import country_code
from .provider import Provider
from .simple import GROUND, Unknown
from .store import QuoteStore
from .table_file import TableFile
from .terms import METHODS, MODULES, default_carriers, home_country, read_terms

_MOST_NAMES = 2_000


class Desk:
    """Made once per process; keeps what outlives a question."""

    def __init__(
        self,
        config: RatesConfig,
        store: QuoteStore,
        database: Database,
        providers: Sequence[Provider] | None = None,
    ) -> None:
        self.config, self.store, self.database = config, store, database
        self.metrics = Metrics()
        if providers is None:
            providers = [EasyPost(config)] if config.easypost_key else []
        answers = Answers(config, store, database)
        self.live = [Live(one, config, answers, self.metrics) for one in providers]
        self.table = TableFile(config.table) if config.table else None
        self._covered = {code for one in providers for code in one.carriers}
        self._named: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @property
    def modules(self) -> tuple[str, ...]:
        """Modules of Bizuno whose settings ``ask`` needs, beside METHODS."""
        return MODULES if self.live or self.table else ()

    def answer(
        self,
        question: RatesQuestion,
        documents: Mapping[str, str],
        deadline: Deadline,
        *,
        fresh: bool = False,
    ) -> Quotes:
        """The answer to a question of the store, by the deadline.

        ``documents`` are Bizuno's settings as text, by name; with ``fresh`` every
        carrier is asked, whatever is in the cache. A question without a country means
        the one that parcels come from.
        """
        if question.postcode is None:
            text = "There are no shipping rates without a postcode; send postcode."
            return Quotes(unservable=(text, "no_postcode"))
        country = question.country or home_country(documents, self.config)
        shipment = Shipment(
            country_code(country) or country.strip(),
            (question.state or "").strip(),
            question.postcode.strip(),
            (question.city or "").strip(),
            question.total_weight,
            question.cart_subtotal,
            question.item_count,
        )
        refused = self._refuses(shipment)
        if refused:
            return Quotes(unservable=refused)
        carriers = self._carriers(documents, fresh)
        quotes = self.ask(shipment, carriers, deadline)
        self._remember(quotes.offers)
        return quotes

    def _refuses(self, shipment: Shipment) -> tuple[str, str] | None:
        """Why nothing can be delivered, and a code; None if it can."""
        config = self.config
        if country_code(shipment.country) is None:
            text = f"There is no country {shipment.country!r}; send its code, as US."
            return text, "unknown_country"
        if config.countries and shipment.country not in config.countries:
            text = f"Nothing is delivered to {shipment.country}; see [rates] countries."
            return text, "not_served"
        if config.max_weight and shipment.weight > config.max_weight:
            text = (
                f"A weight of {plain(shipment.weight)} is above the limit of "
                f"{plain(config.max_weight)}; see [rates] max_weight."
            )
            return text, "too_heavy"
        return None

    def _carriers(self, documents: Mapping[str, str], fresh: bool) -> list[Carrier]:
        """Who is asked; Bizuno's carriers that a provider stands for are not."""
        found: list[Carrier] = [
            carrier
            for carrier in default_carriers(documents.get(METHODS, ""))
            if not (isinstance(carrier, Unknown) and carrier.code in self._covered)
        ]
        if self.live:
            terms = read_terms(documents, self.config)
            found += [LiveCarrier(live, terms, fresh) for live in self.live]
        return found

    def ask(
        self, shipment: Shipment, carriers: Sequence[Carrier], deadline: Deadline
    ) -> Quotes:
        """What these carriers have to offer, and the table."""
        gathered = Gathered(self.metrics)
        turns = [self._begin(one, shipment, deadline) for one in carriers]
        reserve = self._reserve(shipment, deadline)
        if reserve and not self._in_reserve:
            turns.append(reserve)
        # those who are waited for come last, when the others have had their say
        for turn in sorted(turns, key=lambda turn: turn.remote):
            gathered.take(turn)
        if reserve and self._in_reserve and gathered.lacks_remote:
            gathered.take(reserve)
        if not carriers and not self.table:
            gathered.missing.append(
                "No carrier is asked; mark one as default among Bizuno's shipping "
                "methods."
            )
        return self._finished(gathered)

    def _begin(self, carrier: Carrier, shipment: Shipment, deadline: Deadline) -> Turn:
        if not isinstance(carrier, LiveCarrier):
            return Turn(carrier.code, lambda: carrier.quote(shipment, deadline))
        began = time.perf_counter()
        try:
            asked = carrier.begin(shipment, deadline)
        except CannotQuote as exc:
            return Turn(carrier.code, raising(exc), remote=True)
        return Turn(carrier.code, lambda: carrier.finish(asked), asked, True, began)

    @property
    def _in_reserve(self) -> bool:
        role = self.config.table_role
        return role == "reserve" or (role == "auto" and bool(self.live))

    def _reserve(self, shipment: Shipment, deadline: Deadline) -> Turn | None:
        if self.table is None:
            return None
        table = self.table
        return Turn("table", lambda: table.current().quote(shipment, deadline))

    def _finished(self, gathered: Gathered) -> Quotes:
        config = self.config
        offers, left_out = choose(
            (with_handling(offer, config.handling) for offer in gathered.offers),
            config.services,
        )
        unservable = None if offers else gathered.unservable()
        if not offers and unservable is None and config.fallback_rate is not None:
            # it stands for Bizuno's method best_way: the shipper decides
            offers = [
                Offer(
                    "best_way",
                    GROUND,
                    config.fallback_title,
                    config.fallback_rate,
                    Source.FALLBACK,
                )
            ]
            self.metrics.answered("fallback", Source.FALLBACK, 0.0, 1)
        return Quotes(
            tuple(offers),
            tuple(gathered.missing),
            unservable,
            tuple(gathered.reports),
            tuple(left_out),
        )

    def _remember(self, offers: Sequence[Offer]) -> None:
        """Keep ids and titles that are handed out for the first time."""
        new = [offer for offer in offers if (offer.id, offer.title) not in self._named]
        if new and self.store.name(self.database, new):
            with self._lock:
                if len(self._named) > _MOST_NAMES:
                    self._named.clear()
                self._named.update((offer.id, offer.title) for offer in new)

    def close(self) -> None:
        """Wait for what is under way, and begin nothing more."""
        for live in self.live:
            live.flights.close()
