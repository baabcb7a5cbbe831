"""``bizuno-bridge plan``: what a call would change in the shop, without writing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

import click
from rich.console import Console
from rich.table import Table

from ..common.bodies import parse
from ..common.commands import load_config
from ..common.difference import shown
from ..common.envelope import ItemResult, Level, Reply, Status, count
from ..common.errors import Problem
from ..shop import Shop
from ..wordpress.notes import BREAK
from .calls import Kind, call, recognise

_SOURCE = "plan"


class Change(NamedTuple):
    """One field of one product: what it is and what it would be."""

    sku: str
    status: str
    field: str
    before: str
    after: str


@click.command("plan")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    help="Which call it is; default: what the file looks like.",
)
@click.option("--json", "as_json", is_flag=True, help="The reply as one JSON object.")
@click.pass_context
def plan(ctx: click.Context, file: BinaryIO, kind: str | None, as_json: bool) -> None:
    """Show what a catalog call would change in the shop, field by field.

    FILE is the body of a product/update, product/refresh or product/sync, JSON or a
    form; - reads standard input. Nothing is written. The exit status is 1 when
    something in it would be refused or is missing in the shop.
    """
    shop = Shop.of(load_config())
    try:
        body = parse(file.read().strip(), shop.limits)
        chosen = Kind(kind) if kind else recognise(body)
        reply = call(shop, chosen, body, {}, plan=True, source=_SOURCE)
    except Problem as exc:
        raise click.ClickException(_named(exc, file.name)) from None
    finally:
        shop.database.dispose()
    if as_json:
        click.echo(json.dumps(reply.as_dict("message"), ensure_ascii=False))
    else:
        _print(chosen, reply)
    if not reply.success or reply.messages.texts(Level.ERROR):
        ctx.exit(1)


def _named(problem: Problem, name: str) -> str:
    """A refusal of the whole file: where it is, what is wrong, what to do."""
    if not problem.problems:
        return f"{name}: {problem.text} ({problem.code})"
    lines = (f"{one.field}: {one.text} ({one.code})" for one in problem.problems)
    return f"{name}: " + "\n".join(lines)


def changes_of(items: Sequence[ItemResult]) -> Iterator[Change]:
    """The changes of every item, in order; those of variations below their product."""
    for item in items:
        for name, pair in (item.changes or {}).items():
            own = {name: pair}
            if isinstance(pair, dict):  # a variation
                own = {f"{name}.{inner}": two for inner, two in pair.items()}
            for field, (before, after) in own.items():
                yield Change(
                    item.key, item.status.value, field, shown(before), shown(after)
                )


def _print(kind: Kind, reply: Reply) -> None:
    items = reply.items or []
    changes = list(changes_of(items))
    if changes and sys.stdout.isatty():
        _print_table(changes)
    else:
        for one in changes:
            click.echo(
                f"{one.sku} ({one.status})  {one.field}: {one.before} → {one.after}"
            )
    for level in Level:
        for text in reply.messages.texts(level):
            click.echo(f"{level.value}: {text.replace(BREAK, ' ')}")
    counts = sorted(count(items).items(), key=lambda pair: list(Status).index(pair[0]))
    told = ", ".join(f"{number} {status.value}" for status, number in counts)
    click.echo(f"{kind.value}: {told or 'nothing'}")


def _print_table(changes: Sequence[Change]) -> None:
    table = Table("SKU", "Status", "Field", "Before", "After")
    last = ""
    for one in changes:
        same = one.sku == last
        cells = ("", "", *one[2:]) if same else one
        table.add_row(*cells)
        last = one.sku
    Console(highlight=False, markup=False).print(table)
