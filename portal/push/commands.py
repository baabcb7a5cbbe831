"""``bizuno-portal refresh | upload | sync | confirm`` and the pushes of the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from bridge.common.commands import load_config
from bridge.common.config import Config, StoreConfig
from bridge.common.errors import Unprocessable

from ..books import Books
from .choices import read_choices
from .confirm import ConfirmJob
from .jobs import Job, RefreshJob, UploadJob
from .output import choose
from .push import Options
from .runs import Run, Runs
from .shipments import parse_day
from .stores import Make, Pushes, pick_stores, store_of
from .sync import SyncJob


def _names(_ctx: Any, _param: Any, given: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(n.strip() for text in given for n in text.split(",") if n.strip())
    if given and not names:
        raise click.BadParameter("names no SKU")
    return names


_STORE = click.option("--store", metavar="NAME", help="One of several stores.")
_DRY = click.option("--dry-run", is_flag=True, help="Say what would be sent; send not.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Events, one per line.")
_ACCEPT = click.option(
    "--accept", type=int, metavar="RUN", help="Go on with a run that was parked."
)
_SELECTION = (
    click.option("--only", multiple=True, callback=_names, metavar="SKU,...",
                 help="These items, flagged or not."),
    click.option("--prefix", default="", metavar="P", help="SKUs that begin with P."),
    click.option("--all", "everything", is_flag=True,
                 help="Unchanged items too."),
    click.option("--diff", is_flag=True, help="Show every field, before and after."),
)  # fmt: skip


def _with(*options: Any) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command()
@_with(_STORE, *_SELECTION, _DRY, _ACCEPT, _JSON)
def refresh(only: tuple[str, ...], prefix: str, **given: Any) -> None:
    """Send stock, weight and prices of the items flagged for the store."""

    def make(store: StoreConfig, many: bool) -> Job:
        return RefreshJob(store, only, prefix, flagged_only=many)

    _push(make, given)


@click.command()
@click.option(
    "--mode",
    type=click.IntRange(1, 3),
    default=3,
    show_default=True,
    help="1: all pictures anew, 2: pictures that are missing, 3: no pictures.",
)
@_with(_STORE, *_SELECTION, _DRY, _ACCEPT, _JSON)
def upload(mode: int, only: tuple[str, ...], prefix: str, **given: Any) -> None:
    """Send everything of the items flagged for the store, one by one."""
    data = load_config().portal.data

    def make(store: StoreConfig, many: bool) -> Job:
        return UploadJob(store, only, prefix, many, mode=mode, data=data)

    _push(make, given)


@click.command()
@click.option("--delete", is_flag=True, help="The store removes what is not listed.")
@click.option("--force", is_flag=True, help="Even if that is much of its catalog.")
@_with(_STORE, _DRY, _ACCEPT, _JSON)
def sync(delete: bool, force: bool, **given: Any) -> None:
    """Send the list of all SKUs the store should have, and compare."""
    _push(lambda store, many: SyncJob(store, delete, force), given)


@click.command()
@click.option("--date", "day", required=True, metavar="D", help="The day of shipment.")
@click.option("--to", "last_day", metavar="D", help="The last of several days.")
@_with(_STORE, _DRY, _JSON)
def confirm(day: str, last_day: str | None, **given: Any) -> None:
    """Tell the store what was shipped, with tracking numbers."""
    books = Books.of(load_config())
    first, last = _days(books, day, last_day)
    _push(lambda store, many: ConfirmJob(store, first, last), given)


def _days(books: Books, day: str, last_day: str | None) -> tuple[date, date]:
    with books.database.read() as conn:
        choices = read_choices(conn)
    try:
        zone = ZoneInfo(books.config.timezone or choices.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    today = datetime.now(zone).date()
    try:
        first = parse_day(day, choices.date_format, today)
        last = parse_day(last_day, choices.date_format, today) if last_day else first
    except ValueError as exc:
        raise Unprocessable(f"--date: {exc}.") from None
    if last < first:
        raise Unprocessable(f"--to: {last} is before --date {first}; exchange them.")
    return first, last


def _push(make: Callable[[StoreConfig, bool], Job], given: dict[str, Any]) -> None:
    """Push to the stores asked for; exit status 1 unless all was done."""
    config = load_config()
    stores = pick_stores(config, given["store"])
    options = Options(
        everything=given.get("everything", False),
        dry_run=given["dry_run"],
        diff=given.get("diff", False),
    )
    made: Make = lambda store: make(store, len(stores) > 1)  # noqa: E731
    if given.get("accept") is not None:
        books = Books.of(config)
        run = Runs(books.database, books.ledger).read(given["accept"])
        if run.status != "parked":
            raise Unprocessable(f"Run {run.id} is not parked, but {run.status}.")
        stores, made = [store_of(config, run.store)], lambda store: job_of(
            run, store, config
        )
        options = replace(options, continued=run.id, accepted=True)
    carry_out(config, stores, made, options, as_json=given["as_json"])


def carry_out(
    config: Config,
    stores: list[StoreConfig],
    make: Make,
    options: Options,
    *,
    as_json: bool,
) -> None:
    """Push and end with exit status 1 unless all that was asked for is done."""
    output = choose(as_json=as_json, named=len(stores) > 1)
    try:
        endings = Pushes(Books.of(config), output).run(stores, make, options)
    finally:
        output.close()
    if not all(ending.good for ending in endings):
        raise SystemExit(1)


def job_of(run: Run, store: StoreConfig, config: Config) -> Job:
    """The job that a run was of."""
    given = run.details.get("options", {})
    only, prefix = tuple(given.get("only", ())), given.get("prefix", "")
    if run.kind == "refresh":
        return RefreshJob(store, only, prefix)
    if run.kind == "upload":
        data = config.portal.data
        return UploadJob(store, only, prefix, mode=given.get("mode", 3), data=data)
    if run.kind == "sync":
        return SyncJob(store, bool(given.get("delete")), bool(given.get("force")))
    first, last = given.get("date"), given.get("to")
    return ConfirmJob(store, date.fromisoformat(first), date.fromisoformat(last))
