"""This side: Bizuno's database, its settings for the store, the tokens."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, func, inspect, select

from bridge.common.checks import Cause, Check, Report, failed, ok, warning
from bridge.common.database_checks import NAMES, READABLE, check_database
from bridge.common.errors import Forbidden

from ..auth import bizuno_setting, find_api_user
from ..books import Books
from ..books.grants import rights
from ..books.tables import journal_periods
from ..push.choices import read_choices
from ..tokens import show_time

SOON_SECONDS = 14 * 86400


def check_books(books: Books, report: Report) -> None:
    """Everything on this host."""
    key = "[portal] database"
    report.extend(check_database(books.database, key, rights(books), "bizuno-portal"))
    report.skip(NAMES, "not reached")
    if report.is_well(READABLE):
        with books.database.read() as conn:
            report.add(_tokens(books, conn, report.has("own tables")))
            report.extend(_settings(books, conn))
    report.add(_pictures(books))


def _settings(books: Books, conn: Connection) -> Iterator[Check]:
    try:
        configured = books.config.api_user
        user = find_api_user(conn, configured or bizuno_setting(conn, "api_user"))
        yield ok("api user", f"orders are booked by {user.name or user.email}")
    except Forbidden as exc:
        remedy = (
            "Name an active user in Bizuno's API settings, or in [portal] api_user."
        )
        yield failed("api user", Cause.SETTING, f"{exc.text}.", remedy)
    yield _period(books, conn)


def _tokens(books: Books, conn: Connection, own: bool) -> Check:
    """``own`` says that our own tables, if they are there, can be read."""
    made = own and inspect(conn).has_table(books.tokens.table.name)
    named = books.tokens.all(conn) if made else []
    states = {one.name: books.tokens.state(one, time.time()) for one in named}
    configured = len(books.config.tokens) or int(
        bool(bizuno_setting(conn, "api_token"))
    )
    valid = configured + sum(state == "valid" for state in states.values())
    foreign = [name for name, state in states.items() if state == "foreign"]
    ends = [one.not_after or math.inf for one in named if states[one.name] == "valid"]
    if foreign:
        text = f"Made under another token_key, and no longer valid: {foreign[0]}."
        remedy = "Set [portal] token_key back, or make new tokens and retire these."
        return warning("tokens", text, remedy, Cause.SETTING)
    if not valid:
        text = "No token is valid: every store is refused."
        remedy = "Make one with `bizuno-portal token add NAME`."
        return failed("tokens", Cause.SETTING, text, remedy)
    last = math.inf if configured else max(ends)
    if last < time.time() + SOON_SECONDS:
        text = f"From {show_time(int(last))} on no token is valid."
        remedy = "Make the next one in time: `bizuno-portal token add NAME`."
        return warning("tokens", text, remedy, Cause.SETTING)
    return ok("tokens", f"{valid} valid")


def _period(books: Books, conn: Connection) -> Check:
    """Orders of today need a fiscal period."""
    today = _today(books, conn)
    table = journal_periods
    query = select(func.count()).where(
        table.c.start_date <= today, table.c.end_date >= today
    )
    if conn.execute(query).scalar_one():
        return ok("fiscal period", f"{today} lies in one")
    text = f"No fiscal period holds {today}: orders of today are refused."
    remedy = "Add the next fiscal year in Bizuno's fiscal calendar."
    return failed("fiscal period", Cause.DATA, text, remedy)


def _today(books: Books, conn: Connection) -> date:
    name = books.config.timezone or read_choices(conn).timezone
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return datetime.now(zone).date()


def _pictures(books: Books) -> Check:
    if (books.config.data / "images").is_dir():
        return ok("pictures", "the folder of Bizuno's pictures is there")
    text = "There is no folder images/ in [portal] data; uploads go without pictures."
    remedy = "Set [portal] data to Bizuno's data folder, readable for this account."
    return warning("pictures", text, remedy, Cause.SETTING)
