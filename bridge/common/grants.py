"""The rights of a database account: what an app needs, as statements and as trials.

Ownership is a rule of this project, and the database can keep it, too: an account that
may only do its direction's writes cannot be made to do another's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy import Table, false, make_url, select
from sqlalchemy.sql.expression import Executable

from .errors import Unprocessable

OWN = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX"


@dataclass(frozen=True)
class Rights:
    """What may be done with one table beside reading it.

    ``update`` names columns, or is True for all of them. ``own`` are the app's own
    tables, which it makes itself.
    """

    table: Table
    insert: bool = False
    update: bool | tuple[str, ...] = False
    delete: bool = False
    own: bool = False

    @property
    def privileges(self) -> str:
        """As they stand in a GRANT statement."""
        if self.own:
            return OWN
        names = ["SELECT"]
        if self.insert:
            names.append("INSERT")
        if self.update is True:
            names.append("UPDATE")
        elif self.update:
            columns = ", ".join(f"`{column}`" for column in self.update)
            names.append(f"UPDATE ({columns})")
        if self.delete:
            names.append("DELETE")
        return ", ".join(names)

    def trials(self) -> Iterator[tuple[str, Executable]]:
        """Statements that need each right and touch no row, with the right's name."""
        table, nothing = self.table, false()
        columns = list(table.c)
        yield "SELECT", select(columns[0]).where(nothing)
        if self.insert or self.own:
            none = select(*columns).where(nothing)
            names = [column.name for column in columns]
            yield "INSERT", table.insert().from_select(names, none)
        if self.update or self.own:
            named = self.update if isinstance(self.update, tuple) else ()
            changed = [table.c[name] for name in named] or columns[-1:]
            kept = {column: column for column in changed}
            yield "UPDATE", table.update().where(nothing).values(kept)
        if self.delete or self.own:
            yield "DELETE", table.delete().where(nothing)


def account_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that prints the statements."""
    user = click.option(
        "--user", metavar="NAME", help="The account; default the configured one."
    )
    host = click.option(
        "--host",
        default="localhost",
        show_default=True,
        help="Where the account connects from, as the database server sees it.",
    )
    return user(host(command))


def own_tables(tables: Iterable[Table]) -> list[Rights]:
    """The rights to the app's own tables."""
    return [Rights(table, own=True) for table in tables]


def script(
    rights: Iterable[Rights], url: str, user: str | None, host: str
) -> Iterator[str]:
    """The statements for the database at ``url``, with a comment on what to do.

    ``user`` defaults to the one in the address. Raises Unprocessable for the embedded
    database, which has no accounts.
    """
    made = make_url(url)
    if made.get_backend_name() == "sqlite" or not made.database:
        raise Unprocessable(
            "The embedded database has no accounts; configure one on MariaDB first."
        )
    account = account_of(user or made.username or "bizuno_bridge", host)
    yield "-- Run these as the administrator of the database server, once the account"
    yield f"-- is there: CREATE USER {account} IDENTIFIED BY 'a long password';"
    yield "-- An account that had more rights before loses them by:"
    yield f"-- REVOKE ALL PRIVILEGES, GRANT OPTION FROM {account};"
    yield from statements(rights, made.database, account)


def statements(rights: Iterable[Rights], database: str, account: str) -> Iterator[str]:
    """The GRANT statements for an account (``'name'@'host'``), in order."""
    # in the name of a whole database, _ and % would stand for any letters
    whole = re.sub(r"([_%\\])", r"\\\1", database).replace("`", "``")
    yield f"GRANT CREATE TEMPORARY TABLES ON `{whole}`.* TO {account};"
    name = database.replace("`", "``")
    for right in sorted(rights, key=lambda one: one.table.name):
        table = right.table.name.replace("`", "``")
        yield f"GRANT {right.privileges} ON `{name}`.`{table}` TO {account};"


def account_of(user: str, host: str) -> str:
    """An account as SQL writes it."""

    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    return f"{quoted(user)}@{quoted(host)}"
