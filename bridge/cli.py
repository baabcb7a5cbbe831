"""``bizuno-bridge``: commands for the half beside WordPress."""

from __future__ import annotations

import json

import click

from .common.commands import Commands, config_option, load_config
from .shop import Shop


@click.group(cls=Commands)
@click.version_option(package_name="bizuno-bridge")
@config_option
def main(config_file: str | None) -> None:
    """The half of bizuno-bridge that stands beside WordPress."""


@main.command("init-sample")
def init_sample() -> None:
    """Create the sample shop in the configured database, which must be empty."""
    from .sample import create_sample

    shop = Shop.of(load_config())
    click.echo(create_sample(shop))


@main.command("export")
@click.argument("orders", nargs=-1, type=click.IntRange(min=1), metavar="ORDER...")
@click.option(
    "--pending", is_flag=True, help="Send every order that was not exported yet."
)
@click.option("--show", is_flag=True, help="Print what would be sent; send nothing.")
@click.option(
    "--any-status", is_flag=True, help="Send cancelled, failed or refunded ones too."
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to ask again while nobody knows what became of an order.",
)
@click.pass_context
def export(
    ctx: click.Context,
    orders: tuple[int, ...],
    pending: bool,
    show: bool,
    any_status: bool,
    wait: float,
) -> None:
    """Send orders to Bizuno: those of these numbers, or all that are pending.

    Each order gives one line. The exit status is 0 when Bizuno has all of them, 1 when
    one was refused, 3 when it is unknown what became of one: give the command again.
    """
    from .export import waiting

    if bool(orders) == pending:
        raise click.UsageError("Name the orders, or say --pending.")
    shop = Shop.of(load_config())
    wanted = list(dict.fromkeys(orders or waiting(shop)))
    if not wanted:
        click.echo("No order is waiting to be exported.")
    elif show:
        ctx.exit(_show(shop, wanted))
    else:
        ctx.exit(_send(shop, wanted, wait=wait, any_status=any_status))


def _show(shop: Shop, wanted: list[int]) -> int:
    from .export import prepare

    prepared = prepare(shop, wanted)
    missing = [number for number in wanted if number not in prepared.orders]
    for number in wanted:
        if order := prepared.orders.get(number):
            payload = prepared.payload(order)
            click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    for number in missing:
        click.echo(f"{number}: there is no such order in the shop.", err=True)
    return 1 if missing else 0


def _send(shop: Shop, wanted: list[int], *, wait: float, any_status: bool) -> int:
    from .export import export_orders

    kinds = []
    for result in export_orders(shop, wanted, wait=wait, any_status=any_status):
        click.echo(f"{result.order_id}: {result.text}")
        kinds.append(result.kind)
    if len(kinds) < len(wanted):
        left = len(wanted) - len(kinds)
        click.echo(f"Bizuno does not answer; {left} more were not tried.", err=True)
    return 3 if "unknown" in kinds else int("refused" in kinds)
