"""``bizuno-bridge``: commands for the half beside WordPress."""

from __future__ import annotations

import click

from .catalog.commands import plan
from .catalog.picture_commands import images
from .catalog.story_commands import explain_sku
from .common.commands import Commands, config_option, load_config
from .doctor import commands
from .explain import explain
from .export.commands import export
from .export.gap_commands import gaps
from .export.story_commands import explain_order
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


for _command in (
    export,
    gaps,
    plan,
    images,
    explain,
    commands.doctor,
    commands.grants,
):
    main.add_command(_command)
explain.add_command(explain_order)
explain.add_command(explain_sku)
