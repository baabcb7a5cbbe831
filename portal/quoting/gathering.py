"""Hearing the carriers one after the other, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .live import Asked
from .metrics import Metrics
from .offers import CannotQuote, CannotServe, Offer, Report

Quote = Callable[[], Sequence[Offer]]


@dataclass
class Turn:
    """One carrier's part of an answer.

    ``remote`` if it is asked over the network; ``began`` when that was begun.
    """

    code: str
    quote: Quote
    asked: Asked | None = None
    remote: bool = False
    began: float | None = None


class Gathered:
    """What the carriers said; ``lacks_remote`` if one over the network has nothing."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.offers: list[Offer] = []
        self.missing: list[str] = []
        self.reports: list[Report] = []
        self.lacks_remote = False
        self._failed = False
        self._refused: list[CannotServe] = []

    def take(self, turn: Turn) -> None:
        """Hear one carrier."""
        began = turn.began or time.perf_counter()
        offers: Sequence[Offer] = ()
        why = ""
        try:
            offers = turn.quote()
        except CannotServe as exc:
            self._refused.append(exc)
            why = str(exc)
        except CannotQuote as exc:
            self._failed = True
            why = str(exc)
        seconds = time.perf_counter() - began
        if turn.remote and not offers:
            self.lacks_remote = True
        source = offers[0].source.value if offers else "failed" if why else "nothing"
        self._metrics.answered(turn.code, source, seconds, len(offers))
        self.offers += offers
        asked = turn.asked
        notes = [*(asked.notes if asked else ()), *([why] if why else ())]
        self.missing += notes
        self.reports.append(
            Report(
                turn.code,
                asked.state if asked else "computed" if offers else "no offer",
                source,
                seconds,
                tuple(offers),
                tuple(notes),
                tuple(asked.dropped) if asked else (),
            )
        )

    def unservable(self) -> tuple[str, str] | None:
        """Why this cannot be delivered, if that is what everyone says."""
        if self._failed or not self._refused:
            return None
        first = self._refused[0]
        return str(first), first.code


def raising(exc: CannotQuote) -> Quote:
    """A carrier that has said already that it cannot."""

    def quote() -> Sequence[Offer]:
        raise exc

    return quote
