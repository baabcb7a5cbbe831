"""``bizuno-bridge images``."""

from __future__ import annotations

from threading import Event

import click

from ..common.commands import load_config, until_signal
from ..shop import Shop
from .picture_worker import make_missing, told, work


@click.command()
@click.option("--worker", is_flag=True, help="Be the service; until SIGTERM.")
@click.pass_context
def images(ctx: click.Context, worker: bool) -> None:
    """Make the image sizes that are missing of the pictures of products.

    A picture of which none can be made is told and does not stop the others; the exit
    status then is 1. Any number of these may run at once.
    """
    shop = Shop.of(load_config())
    shop.ledger.create(shop.database)
    if worker:
        with until_signal() as stop:
            work(shop, stop)
        return
    failed = 0
    for found in make_missing(shop, Event()):
        failed += bool(found.problem)
        click.echo(told(found), err=bool(found.problem))
    ctx.exit(int(bool(failed)))
