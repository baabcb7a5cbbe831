"""``bizuno-bridge export``: one order, all that are pending, or as a service."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from ..common.commands import load_config, until_signal
from ..shop import Shop
from .due import waiting
from .exporter import Manner, export_orders, record_booked
from .prepared import prepare
from .watch import Watch


@click.command("export")
@click.argument("orders", nargs=-1, type=click.IntRange(min=1), metavar="ORDER...")
@click.option(
    "--pending", is_flag=True, help="Send every order that was not exported yet."
)
@click.option(
    "--watch",
    is_flag=True,
    help="Send new and changed orders as they come, until SIGTERM or ctrl-C.",
)
@click.option("--show", is_flag=True, help="Print what would be sent; send nothing.")
@click.option(
    "--any-status", is_flag=True, help="Send cancelled, failed or refunded ones too."
)
@click.option(
    "--again",
    is_flag=True,
    help="Send even what Bizuno's own portal would book a second time.",
)
@click.option(
    "--booked",
    type=click.IntRange(min=1),
    metavar="ID",
    help="Send nothing: Bizuno has the order under this ID, only mark it so.",
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to ask again while nobody knows what became of an order.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="With --watch: the time from one look to the next.",
)
@click.pass_context
def export(
    ctx: click.Context,
    orders: tuple[int, ...],
    pending: bool,
    watch: bool,
    show: bool,
    any_status: bool,
    again: bool,
    booked: int | None,
    wait: float,
    interval: float,
) -> None:
    """Send orders to Bizuno: those of these numbers, or all that are pending.

    Each order gives one line. The exit status is 0 when Bizuno has all of them, 1 when
    one was refused, 3 when it is unknown what became of one: give the command again.
    """
    if [bool(orders), pending, watch].count(True) != 1:
        raise click.UsageError("Name the orders, or say --pending or --watch.")
    if booked and len(orders) != 1:
        raise click.UsageError("--booked is for one order.")
    if watch and (show or any_status or again):
        raise click.UsageError("--watch goes with --interval only.")
    shop = Shop.of(load_config())
    if watch:
        _watch(shop, interval)
        return
    wanted = list(dict.fromkeys(orders or waiting(shop)))
    manner = Manner(wait=wait, any_status=any_status, again=again)
    if not wanted:
        click.echo("No order is waiting to be exported.")
    elif show:
        ctx.exit(_show(shop, wanted))
    elif booked:
        result = record_booked(shop, wanted[0], booked, "export --booked")
        click.echo(f"{result.order_id}: {result.text}")
        ctx.exit(int(result.kind != "done"))
    else:
        ctx.exit(send(shop, wanted, manner))


def send(shop: Shop, wanted: Sequence[int], manner: Manner) -> int:
    """Send orders, a line for each; the exit status."""
    kinds = []
    for result in export_orders(shop, wanted, manner):
        click.echo(f"{result.order_id}: {result.text}")
        kinds.append(result.kind)
    if len(kinds) < len(wanted):
        left = len(wanted) - len(kinds)
        click.echo(f"Bizuno does not answer; {left} more were not tried.", err=True)
    return 3 if "unknown" in kinds else int("refused" in kinds)


def _show(shop: Shop, wanted: Sequence[int]) -> int:
    prepared = prepare(shop, wanted)
    missing = [number for number in wanted if number not in prepared.orders]
    for number in wanted:
        if order := prepared.orders.get(number):
            payload = prepared.payload(order)
            click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    for number in missing:
        click.echo(f"{number}: there is no such order in the shop.", err=True)
    return 1 if missing else 0


def _watch(shop: Shop, interval: float) -> None:
    with until_signal() as stop:
        Watch(shop, stop, interval).run()
