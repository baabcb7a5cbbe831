"""``bizuno-portal doctor | grants``."""

from __future__ import annotations

import click

from bridge.common.checks import Report
from bridge.common.commands import load_config
from bridge.common.doctor import KIB, doctor_options, examine
from bridge.common.grants import account_options, script

from ..books import Books
from ..books.grants import rights
from ..push.stores import pick_stores
from .local import check_books
from .store import check_store

BODY_KIB = 8192  # the pictures of a product travel with it


@click.command()
@account_options
def grants(user: str | None, host: str) -> None:
    """Print the GRANT statements for a database account with just enough rights."""
    books = Books.of(load_config())
    for line in script(rights(books), books.config.database, user, host):
        click.echo(line)


@click.command()
@doctor_options
@click.option("--store", metavar="NAME", help="One of several stores.")
def doctor(
    as_json: bool,
    local: bool,
    accept: tuple[str, ...],
    body: int | None,
    store: str | None,
) -> None:
    """Check this side and the way to the stores; say what to mend first.

    The exit status is 0 when nothing failed, else it tells the kind of the first
    failure: 1 a setting, 3 cannot be reached, 4 eaten on the way, 5 credentials
    refused, 6 permission refused, 7 data refused. No product of the store is changed:
    what is sent is of an item that no store has.
    """
    config = load_config()
    books, stores = Books.of(config), pick_stores(config, store)

    def checks(report: Report) -> None:
        check_books(books, report)
        for one in () if local else stores:
            check_store(one, report, (body or BODY_KIB) * KIB)

    examine(checks, as_json=as_json, accept=accept)
