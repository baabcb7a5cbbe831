"""Balances per account and period, rolled forward into every later period.

At the end of a fiscal year income and expenses go to retained earnings, as Bizuno
closes its years. Sums are cleaned of binary noise (DECISIONS 46), but not rounded to
cents: Bizuno itself books costs with more digits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    bindparam,
    case,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.sql.dml import Update

from bridge.common.batch import Batch
from bridge.common.errors import Unprocessable
from bridge.common.money import ZERO

from .adjust import Overtaken
from .periods import Calendar
from .tables import journal_history

Movements = Mapping[str, tuple[Decimal, Decimal]]
"""Credit and debit by account."""
_DIGITS = 6
_KINDS = ("credit", "debit", "carry", "beyond")
_t = journal_history.c


def post_balances(
    batch: Batch,
    movements: Movements,
    period: int,
    day: date,
    calendar: Calendar,
    earnings: Callable[[str], str | None],
) -> None:
    """Add movements to the balances of ``period`` and carry them on.

    ``earnings`` names the account that takes over the balance of an account at the end
    of the year, None for accounts that keep theirs. Raises Unprocessable for an account
    without balances, which Bizuno cannot post to either.
    """
    moved = {account: sides for account, sides in movements.items() if any(sides)}
    if not moved:
        return
    carried = {account: debit - credit for account, (credit, debit) in moved.items()}
    beyond: dict[str, Decimal] = {}
    if calendar.last > calendar.year_end:
        for account, amount in carried.items():
            keeper = earnings(account) or account
            beyond[keeper] = beyond.get(keeper, ZERO) + amount
    accounts = sorted({*moved, *beyond})
    amounts = (
        {account: credit for account, (credit, _) in moved.items()},
        {account: debit for account, (_, debit) in moved.items()},
        carried,
        beyond,
    )
    first = _first_row(batch.conn, period)
    values: dict[str, object] = {
        "posted_in": period,
        "year_end": calendar.year_end,
        "posted_on": day,
        "first": first,
        **{f"account{at}": account for at, account in enumerate(accounts)},
    }
    # what does not change costs the server time all the same
    shape = tuple(
        tuple(at for at, account in enumerate(accounts) if of.get(account))
        for of in amounts
    )
    for kind, places, of in zip(_KINDS, shape, amounts, strict=True):
        values |= {f"{kind}{at}": of[accounts[at]] for at in places}
    rows = len(accounts) * (calendar.last - period + 1)

    def check(touched: int) -> None:
        if touched != rows:
            _first_rows.pop(batch.conn.engine, None)
            if _first_row(batch.conn, period) != first:
                raise Overtaken
            _refuse_missing(batch.conn, accounts, period)

    batch.count(_posting(len(accounts), shape), values, check, wanted=rows)


_first_rows: WeakKeyDictionary[Engine, dict[int, int]] = WeakKeyDictionary()


def _first_row(conn: Connection, period: int) -> int:
    """The lowest ID of the rows of ``period`` and later; each process asks once.

    The rows of a fiscal year are made with it, so most IDs below are of accounts of
    earlier years; MariaDB would read and lock them to find that out.
    """
    known = _first_rows.setdefault(conn.engine, {})
    if period not in known:
        known[period] = conn.execute(_FIRST, {"posted_in": period}).scalar() or 0
    return known[period]


_FIRST = select(func.min(_t.id)).where(_t.period >= bindparam("posted_in"))
# left to itself MariaDB reads, and locks, the whole table rather than some accounts
_INDEX = "FORCE INDEX (gl_account)"
_BY_ACCOUNT = (
    update(journal_history)
    .with_hint(_INDEX, dialect_name="mysql")
    .with_hint(_INDEX, dialect_name="mariadb")
)


@functools.lru_cache(maxsize=256)
def _posting(accounts: int, shape: tuple[tuple[int, ...], ...]) -> Update:
    """``shape`` has the accounts that change, by their places, for each kind."""
    names: list[BindParameter[str]] = [
        bindparam(f"account{at}") for at in range(accounts)
    ]

    def amount(kind: str) -> ColumnElement[Decimal]:
        whens = [
            (_t.gl_account == names[at], bindparam(f"{kind}{at}", type_=_t.budget.type))
            for at in shape[_KINDS.index(kind)]
        ]
        return case(*whens, else_=0) if whens else literal(0, _t.budget.type)

    period: BindParameter[int] = bindparam("posted_in")
    year_end: BindParameter[int] = bindparam("year_end")
    day: BindParameter[str] = bindparam("posted_on", type_=_t.last_update.type)
    here = _t.period == period
    begins = case(
        (here, 0), (_t.period <= year_end, amount("carry")), else_=amount("beyond")
    )
    touched = _t.id >= bindparam("first"), _t.period >= period
    return _BY_ACCOUNT.where(_t.gl_account.in_(names), *touched).values(
        beginning_balance=func.round(_t.beginning_balance + begins, _DIGITS),
        debit_amount=func.round(
            _t.debit_amount + case((here, amount("debit")), else_=0), _DIGITS
        ),
        credit_amount=func.round(
            _t.credit_amount + case((here, amount("credit")), else_=0), _DIGITS
        ),
        last_update=case((here, day), else_=_t.last_update),
    )


def _refuse_missing(conn: Connection, accounts: list[str], period: int) -> None:
    query = select(_t.gl_account).where(
        _t.period == period, _t.gl_account.in_(accounts)
    )
    known = {account.casefold() for account in conn.execute(query).scalars()}
    missing = [account for account in accounts if account.casefold() not in known]
    if missing:
        raise Unprocessable(
            f"Bizuno keeps no balance of {', '.join(missing)} in period {period}; add "
            "the account to its chart of accounts, or choose another one.",
            code="no_balance",
        )
