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
@click.argument(
    "orders", nargs=-1, required=True, type=click.IntRange(min=1), metavar="ORDER..."
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
    show: bool,
    any_status: bool,
    wait: float,
) -> None:
    """Send orders to Bizuno, by their number in the shop.

    Each order gives one line. The exit status is 0 when Bizuno has all of them, 1 when
    one was refused, 3 when it is unknown what became of one: give the command again.
    """
    from .export import export_orders, prepare

    shop = Shop.of(load_config())
    if show:
        prepared = prepare(shop, orders)
        for _, order in sorted(prepared.orders.items()):
            payload = prepared.payload(order)
            click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
        missing = [number for number in orders if number not in prepared.orders]
        for number in missing:
            click.echo(f"{number}: there is no such order in the shop.", err=True)
        ctx.exit(1 if missing else 0)
    kinds = set()
    for result in export_orders(shop, orders, wait=wait, any_status=any_status):
        click.echo(f"{result.order_id}: {result.text}")
        kinds.add(result.kind)
    ctx.exit(3 if "unknown" in kinds else int("refused" in kinds))
