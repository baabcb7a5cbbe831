"""``bizuno-bridge doctor | grants``."""

from __future__ import annotations

import click

from ..common.commands import load_config
from ..common.grants import account_options, script
from ..shop import Shop
from ..wordpress.grants import rights


@click.command()
@account_options
def grants(user: str | None, host: str) -> None:
    """Print the GRANT statements for a database account with just enough rights."""
    shop = Shop.of(load_config())
    for line in script(rights(shop), shop.config.database, user, host):
        click.echo(line)
