"""``bizuno-portal doctor | grants``."""

from __future__ import annotations

import click

from bridge.common.commands import load_config
from bridge.common.grants import account_options, script

from ..books import Books
from ..books.grants import rights


@click.command()
@account_options
def grants(user: str | None, host: str) -> None:
    """Print the GRANT statements for a database account with just enough rights."""
    books = Books.of(load_config())
    for line in script(rights(books), books.config.database, user, host):
        click.echo(line)
