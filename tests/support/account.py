"""The account that ``grants`` describes: the apps run under it, tests arrange as root.

A test prepares rows that no app may write, through the same ``Database`` that it then
hands to the app. Whoever asks decides: a call that comes from a test gets a connection
of the administrator, one that comes from the app its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import make_url

from bridge.common.database import Database
from bridge.common.grants import Rights, account_of, statements

from .mariadb import Server

PASSWORD = "under-this-account"
_PREFIX = "app_"


def restrict(server: Server, database: str, rights: Iterable[Rights]) -> str:
    """The address of ``database`` for a new account that has just these rights."""
    user = _PREFIX + database
    account = account_of(user, "localhost")
    lines = [line.rstrip(";") for line in statements(rights, database, account)]
    server.execute(
        f"CREATE OR REPLACE USER {account} IDENTIFIED BY '{PASSWORD}'", *lines
    )
    url = make_url(server.url(database)).set(username=user, password=PASSWORD)
    return url.render_as_string(hide_password=False)


@contextmanager
def arranging_as_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give calls that come straight from a test the rights of the administrator."""
    twins: dict[str, Database] = {}

    def pick(database: Database) -> Database:
        asking = sys._getframe(2).f_globals.get("__name__", "")
        url = make_url(database.url)
        if not asking.startswith("tests.") or not (url.username or "").startswith(
            _PREFIX
        ):
            return database
        root = url._replace(username="root", password=None)
        address = root.render_as_string(hide_password=False)
        return twins.setdefault(address, Database(address, pool_size=4))

    def replaced(name: str) -> Any:
        original = getattr(Database, name)

        def call(self: Database, *args: Any, **options: Any) -> Any:
            return original(pick(self), *args, **options)

        return call

    for name in ("read", "glance", "transaction", "run"):
        monkeypatch.setattr(Database, name, replaced(name))
    try:
        yield
    finally:
        for twin in twins.values():
            twin.dispose()
