"""The fiscal calendar of the sample books: three calendar years of twelve months."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date
from typing import Any

FIRST_YEAR, LAST_YEAR = 2025, 2027
TODAY = date(2026, 11, 20)
"""The day the sample shop and the sample books are made for."""


def period_of(day: date) -> int:
    """The period of a day, counted from 1 for January of the first year."""
    return (day.year - FIRST_YEAR) * 12 + day.month


def journal_periods() -> Iterator[dict[str, Any]]:
    """One row per month."""
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in range(1, 13):
            start = date(year, month, 1)
            yield {
                "period": period_of(start),
                "fiscal_year": year,
                "start_date": start,
                "end_date": start.replace(day=calendar.monthrange(year, month)[1]),
                "date_added": date(FIRST_YEAR, 1, 2),
                "last_update": f"{FIRST_YEAR}-01-02 09:00:00",
            }


def fiscal_year() -> dict[str, Any]:
    """``fy`` of the configuration: the period that is open on the sample's day."""
    year, month = TODAY.year, TODAY.month
    start = TODAY.replace(day=1)
    end = start.replace(day=calendar.monthrange(year, month)[1])
    return {
        "period": str(period_of(TODAY)),
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "fiscal_year": year,
        "period_min": period_of(date(year, 1, 1)),
        "period_max": period_of(date(year, 12, 1)),
        "fy_max": LAST_YEAR,
        "fy_period_max": period_of(date(LAST_YEAR, 12, 1)),
    }
