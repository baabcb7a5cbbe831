"""Databases and servers the tests share.

``server`` is one private MariaDB for the whole run. ``shop`` and ``books`` are fresh
copies of the sample databases, each on SQLite and on MariaDB.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import mariadb


@pytest.fixture(scope="session")
def server() -> Iterator[mariadb.Server]:
    """A private MariaDB server; one for the whole run."""
    if not mariadb.available():
        pytest.fail("no mariadbd: run the tests with `make test`, which installs it")
    running = mariadb.Server()
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    running: mariadb.Server = request.getfixturevalue("server")
    name = running.create_database()
    yield running.url(name)
    running.drop_database(name)
