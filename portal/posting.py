"""What a new entry does to the rest of the books: balances, cost and stock."""

from __future__ import annotations

from collections.abc import Callable

from bridge.common.batch import Batch, Figure

from .books.balances import post_balances
from .books.journals import INVOICE, ORDER, Entry
from .books.periods import Calendar
from .books.stock import add_ordered, add_stock, owe, sell_stock, use_layers
from .intake import entry as entries
from .intake.accounts import EARNINGS, Chart


def post_to_ledger(
    batch: Batch, entry: Entry, calendar: Calendar, chart: Chart
) -> None:
    """Move the balances of an invoice's accounts; a sales order moves none."""
    if entry.journal == INVOICE:
        post_balances(
            batch,
            entry.movements(),
            entry.period,
            entry.post_date,
            calendar,
            earnings_of(chart),
        )


def earnings_of(chart: Chart) -> Callable[[str], str | None]:
    """Tells the account that takes over another's balance at the end of a year."""

    def keeper(account: str) -> str | None:
        return chart.defaults.get(EARNINGS) if chart.closes_yearly(account) else None

    return keeper


def post_to_stock(
    batch: Batch,
    written: int | Figure,
    entry: Entry,
    booking: entries.Booking,
    *,
    locked: bool = True,
    free: bool = False,
) -> None:
    """Raise the open orders of a sales order; take cost and stock of an invoice.

    What is not ``locked`` is only taken where there is enough of it, and with ``free``
    where nobody else waits for it either; else sending raises Overtaken.
    """
    changes = entries.changes(booking.sale.lines, booking.stock, entry.journal)
    if entry.journal == ORDER:
        add_ordered(batch, changes)
        return
    cost, store = booking.cost, booking.choice.store
    use_layers(batch, written, cost.usage, locked=locked)
    owe(batch, written, cost.owed, entry.post_date, store)
    if free:
        sell_stock(batch, changes)
    else:
        add_stock(batch, {item: -amount for item, amount in changes.items()})
