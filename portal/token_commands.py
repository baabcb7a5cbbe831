"""``bizuno-portal token add | list | retire``: who may call the portal."""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.exc import IntegrityError

from bridge.common.commands import load_config
from bridge.common.errors import Unprocessable
from bridge.common.secrets import printable_header

from .auth import bizuno_setting
from .books import Books
from .tokens import show_time

BIZUNO = "Bizuno's settings"
MINIMUM = 16  # characters of a token given by hand
_SECONDS = {"m": 60, "h": 3600, "d": 86400}


class Moment(click.ParamType):
    """A time in UTC, or how long from now: ``2026-12-01 18:00``, ``2h``, ``7d``."""

    name = "TIME"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Unix seconds."""
        if isinstance(value, int):
            return value
        if span := re.fullmatch(r"\+?(\d{1,6})([mhd])", value):
            return int(time.time()) + int(span[1]) * _SECONDS[span[2]]
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("write 2026-12-01, 2026-12-01 18:00 (UTC), 2h or 7d", param, ctx)
        return int(
            (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        )


def _books() -> Books:
    books = Books.of(load_config())
    books.ledger.create(books.database)
    return books


@click.group("token")
def token() -> None:
    """Tokens of the stores: make one, list them, retire one."""


@token.command()
@click.argument("name")
@click.option("--from", "start", type=Moment(), help="Not valid before.")
@click.option("--until", "end", type=Moment(), help="Not valid from then on.")
@click.option("--read", is_flag=True, help="Take the token from standard input.")
def add(name: str, start: int | None, end: int | None, read: bool) -> None:
    """Make a token called NAME and show it, this once.

    It goes into the plugin's field "API Token", or into [bridge] portal_token. Times
    are UTC, or how long from now: 2026-12-01, "2026-12-01 18:00", 2h, 7d.
    """
    given = _read() if read else None
    books = _books()
    try:
        with books.database.transaction() as conn:
            secret = books.tokens.add(
                conn, name, secret=given, not_before=start, not_after=end
            )
    except IntegrityError:
        raise Unprocessable(
            f"There is a token called {name!r} already; choose another name."
        ) from None
    if given:
        click.echo(f"The token is kept as {name!r}.", err=True)
        return
    click.echo(f"The token {name!r}; it is not shown again:", err=True)
    click.echo(secret)


def _read() -> str:
    given = sys.stdin.readline().strip()
    if len(given) < MINIMUM or not printable_header(given):
        raise Unprocessable(
            f"A token is printable ASCII of at least {MINIMUM} characters; let this "
            "command make one instead."
        )
    return given


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_tokens(as_json: bool) -> None:
    """Show every token by its name, with its times (UTC); never its text."""
    books = _books()
    now = time.time()
    with books.database.read() as conn:
        named = books.tokens.all(conn)
        own = bizuno_setting(conn, "api_token")
    rows = [
        {
            "name": one.name,
            "state": books.tokens.state(one, now),
            "created": show_time(one.created),
            "not_before": show_time(one.not_before),
            "not_after": show_time(one.not_after),
            "last_used": show_time(one.last_used),
        }
        for one in named
    ]
    configured = len(books.config.tokens)
    for number in range(1, configured + 1):
        rows.append({"name": f"[portal] tokens, no. {number}", "state": "valid"})
    # the configuration wins over Bizuno (DECISIONS 33)
    rows.append(
        {"name": BIZUNO, "state": "valid" if own and not configured else "unused"}
    )
    if as_json:
        click.echo(json.dumps(rows))
        return
    heads = {"name": "NAME", "state": "STATE", "not_before": "FROM"}
    heads |= {"not_after": "UNTIL", "last_used": "LAST USED"}
    table = [heads, *rows]
    widths = {key: max(len(row.get(key, "")) for row in table) for key in heads}
    for row in table:
        line = "  ".join(row.get(key, "").ljust(widths[key]) for key in heads)
        click.echo(line.rstrip())


@token.command()
@click.argument("name")
@click.option("--at", "when", type=Moment(), help="Then, instead of now.")
def retire(name: str, when: int | None) -> None:
    """End the token called NAME now, or --at a time to come."""
    books = _books()
    moment = int(time.time()) if when is None else when
    with books.database.transaction() as conn:
        found = books.tokens.retire(conn, name, moment)
    if found is None:
        raise Unprocessable(f"There is no token called {name!r}; see `token list`.")
    if found.not_after is not None and found.not_after <= moment:
        moment = found.not_after
    click.echo(f"The token {name!r} ends at {show_time(moment)}.")
