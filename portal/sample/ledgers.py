"""What follows from the entries: balances of each period, layers of cost, usage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from . import calendar, chart
from .entries import INVOICE, POSTED, PURCHASE, Entry
from .sales import quantities

Balances = dict[str, Decimal]


def journal_history(made: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """One row per account and period, beginning balances rolled forward.

    At the turn of a fiscal year the temporary accounts begin at 0 again and their
    balances go to retained earnings, as Bizuno closes a year.
    """
    posted = _posted(made)
    begins: Balances = defaultdict(Decimal)
    year = None
    for period in calendar.journal_periods():
        if year is not None and period["fiscal_year"] != year:
            _close(begins)
        year = period["fiscal_year"]
        for account in chart.ACCOUNTS:
            debit, credit = posted[period["period"], account.number]
            yield {
                "period": period["period"],
                "gl_account": account.number,
                "gl_type": account.type,
                "beginning_balance": begins[account.number],
                "debit_amount": debit,
                "credit_amount": credit,
                "last_update": calendar.TODAY,
            }
            begins[account.number] += debit - credit


def _posted(
    made: Iterable[Entry],
) -> dict[tuple[int, str], tuple[Decimal, Decimal]]:
    nothing = (Decimal(0), Decimal(0))
    sums: dict[tuple[int, str], tuple[Decimal, Decimal]] = defaultdict(lambda: nothing)
    for entry in made:
        if entry.journal in POSTED:
            for line in entry.lines:
                key = entry.head["period"], line["gl_account"]
                debit, credit = sums[key]
                debit, credit = debit + line["debit_amount"], credit
                sums[key] = debit, credit + line["credit_amount"]
    return sums


def _close(balances: Balances) -> None:
    for account in chart.ACCOUNTS:
        if account.type in chart.TEMPORARY_TYPES:
            balances[chart.RETAINED] += balances[account.number]
            balances[account.number] = Decimal(0)


def inventory_history(made: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """The layer of each SKU: what the purchase brought and what of it remains."""
    made = list(made)
    sold = quantities(made, INVOICE)
    for entry in made:
        if entry.journal != PURCHASE:
            continue
        for line in entry.lines:
            if line["gl_type"] == "itm":
                yield {
                    "ref_id": entry.id,
                    "journal_id": PURCHASE,
                    "sku": line["sku"],
                    "qty": line["qty"],
                    "remaining": line["qty"] - sold[line["sku"]],
                    "unit_cost": line["debit_amount"] / line["qty"],
                    "post_date": f"{line['post_date'].isoformat()} 00:00:00",
                }


def cogs_usage(made: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """Which layer each sold line was taken from."""
    made = list(made)
    layers = {row["sku"]: ident for ident, row in enumerate(inventory_history(made), 1)}
    for entry in made:
        if entry.journal == INVOICE:
            for line in entry.lines:
                if line["gl_type"] == "itm":
                    yield {
                        "journal_main_id": entry.id,
                        "inventory_history_id": layers[line["sku"]],
                        "qty": line["qty"],
                    }
