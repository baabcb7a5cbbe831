"""Bizuno's fiscal calendar: which period a day belongs to, and where years end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, bindparam, case, func, select
from sqlalchemy.sql.functions import Function

from bridge.common.batch import Answer, Batch
from bridge.common.envelope import Messages
from bridge.common.errors import FieldProblem, Unprocessable
from bridge.common.prepared import Rows

from .tables import journal_periods

_t = journal_periods.c


def _period_of(name: str) -> Function[int]:
    day: BindParameter[str] = bindparam(name)
    inside = (_t.start_date <= day) & (_t.end_date >= day)
    return func.max(case((inside, _t.period)))


_YEARS = select(
    func.max(_t.period).label("last"),
    func.min(_t.start_date).label("start_date"),
    func.max(_t.end_date).label("end_date"),
    _period_of("day").label("period"),
    _period_of("today").label("current"),
).group_by(_t.fiscal_year)


@dataclass(frozen=True)
class Calendar:
    """The fiscal years as seen from one day.

    ``period`` is that of the day and ``current`` that of today, None where there is
    none; ``year_end`` is the last period of the day's year, ``last`` the last of all.
    """

    period: int | None
    current: int | None
    year_end: int
    last: int
    start: str
    end: str


def ask_calendar(batch: Batch, day: date, today: date) -> Answer[Calendar]:
    """The calendar around ``day``."""
    return batch.ask(_YEARS, {"day": str(day), "today": str(today)}, _calendar)


def _calendar(rows: Rows) -> Calendar:
    years = sorted(rows, key=lambda year: year.last)
    own = next((year for year in years if year.period is not None), None)
    return Calendar(
        period=own.period if own else None,
        current=next((y.current for y in years if y.current is not None), None),
        year_end=own.last if own else 0,
        last=years[-1].last if years else 0,
        start=str(min((year.start_date for year in years), default="")),
        end=str(max((year.end_date for year in years), default="")),
    )


def period_for(calendar: Calendar, day: date, field: str, messages: Messages) -> int:
    """The period of a day; a warning where it is not the current one (DECISIONS 44).

    Raises Unprocessable naming the day and the known range where it is in none.
    """
    if calendar.period is None:
        known = f"{calendar.start} to {calendar.end}" if calendar.last else "none yet"
        text = (
            f"{field} {day} is outside of every fiscal period of Bizuno ({known}); add "
            "the fiscal year there, or correct the date."
        )
        raise Unprocessable.of([FieldProblem(field, text, "no_period")])
    if calendar.period != calendar.current:
        messages.warning("The transaction post date is not within the current period!")
    return calendar.period
