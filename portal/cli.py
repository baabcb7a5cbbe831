"""``bizuno-portal``: commands for the half beside Bizuno."""

from __future__ import annotations

import click

from bridge.common.commands import Commands, config_option, load_config

from .books import Books
from .doctor import commands as doctor
from .order_commands import map_order, orders
from .push import commands, drift, history
from .quoting.commands import rates
from .story_commands import explain
from .token_commands import token


@click.group(cls=Commands)
@click.version_option(package_name="bizuno-bridge")
@config_option
def main(config_file: str | None) -> None:
    """The half of bizuno-bridge that stands beside Bizuno."""


@main.command("init-sample")
def init_sample() -> None:
    """Create the sample books in the configured database, which must be empty."""
    from .sample import create_sample

    books = Books.of(load_config())
    click.echo(create_sample(books))


for _command in (
    commands.refresh,
    commands.upload,
    commands.sync,
    commands.confirm,
    history.runs,
    history.run,
    history.resume,
    history.retry,
    drift.drift,
    orders,
    map_order,
    explain,
    rates,
    token,
    doctor.doctor,
    doctor.grants,
):
    main.add_command(_command)
