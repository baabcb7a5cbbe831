"""``bizuno-portal runs | run | resume | retry``: the pushes of the past."""

from __future__ import annotations

from typing import Any

import click

from bridge.common.commands import load_config
from bridge.common.config import Config
from bridge.common.errors import Unprocessable

from ..books import Books
from . import state
from .commands import carry_out, job_of
from .push import Options
from .runs import WAITING, Run, Runs
from .stores import store_of

_FAILED = ("refused", "missing")
_JSON = click.option("--json", "as_json", is_flag=True, help="Events, one per line.")


def _runs(config: Config) -> Runs:
    books = Books.of(config)
    books.ledger.create(books.database)
    state.create_tables(books.database)
    return Runs(books.database, books.ledger)


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
def runs(limit: int) -> None:
    """List the latest pushes."""
    listed = _runs(load_config()).newest(limit)
    if not listed:
        click.echo("There was no push yet.")
        return
    click.echo(
        f"{'run':>6}  {'started (UTC)':19}  {'kind':8}  {'status':11}"
        f"  {'asked':>7}  {'changed':>7}  {'refused':>7}  store"
    )
    for run in listed:
        click.echo(
            f"{run.id:>6}  {run.started:19}  {run.kind:8}  {run.status:11}"
            f"  {run.asked:>7,}  {run.changed:>7,}  {run.refused:>7,}  {run.store}"
        )


@click.command()
@click.argument("number", type=int, metavar="RUN")
@click.option("--all", "everything", is_flag=True, help="The items that went well too.")
def run(number: int, everything: bool) -> None:
    """Show one push: how it ended, and the items that did not go well."""
    past = _runs(load_config())
    found = past.read(number)
    click.echo(f"Run {found.id}: {found.kind} to {found.store}, {found.status}")
    click.echo(f"Started {found.started} UTC, finished {found.finished or '-'}")
    if found.details.get("reason"):
        click.echo(found.details["reason"])
    counts = found.details.get("counts", {})
    told = ", ".join(f"{n:,} {status}" for status, n in counts.items())
    click.echo(f"{found.asked:,} asked for: {told or 'not counted yet'}")
    for concern in found.details.get("concerns", ()):
        click.echo(f"To look at: {concern}")
    for item in past.items(number, None if everything else [*_FAILED, WAITING]):
        place = f"{item.field}: " if item.field else ""
        click.echo(f"  {item.status:9} {item.item}  {place}{item.text}".rstrip())
    if remedy := _remedy(found):
        click.echo(remedy)


def _remedy(found: Run) -> str:
    if found.status == "parked":
        return f"Go on with: bizuno-portal {found.kind} --accept {found.id}"
    if found.status in ("stopped", "interrupted", "running"):
        return f"Go on with: bizuno-portal resume {found.id}"
    if found.refused:
        return f"Try those again with: bizuno-portal retry {found.id} --failed"
    return ""


@click.command()
@click.argument("number", type=int, metavar="RUN")
@_JSON
def resume(number: int, as_json: bool) -> None:
    """Go on with a push that was stopped or interrupted, where it was."""
    config = load_config()
    found = _runs(config).read(number)
    if found.status == "parked":
        raise Unprocessable(f"Run {number} is parked. {_remedy(found)}")
    if found.status == "done":
        raise Unprocessable(f"Run {number} is done; there is nothing to resume.")
    # a run that was parked and is not any more has been accepted
    _again(config, found, Options(continued=number, accepted=True), as_json)


@click.command()
@click.argument("number", type=int, metavar="RUN")
@click.option("--failed", is_flag=True, help="Only what was refused or missing.")
@_JSON
def retry(number: int, failed: bool, as_json: bool) -> None:
    """Send the items of a push again, as they are now."""
    config = load_config()
    past = _runs(config)
    found = past.read(number)
    items = past.items(number, _FAILED if failed else None)
    keys = tuple(item.item for item in items)
    if not keys:
        click.echo(f"Run {number} has no such items; there is nothing to send.")
        return
    _again(config, found, Options(everything=True, only=keys), as_json)


def _again(config: Config, found: Run, options: Options, as_json: bool) -> None:
    store = store_of(config, found.store)

    def make(_store: Any) -> Any:
        return job_of(found, store, config)

    carry_out(config, [store], make, options, as_json=as_json)
