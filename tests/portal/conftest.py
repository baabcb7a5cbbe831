"""The sample books, fresh for each test, and a client of the portal on them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bridge.common.batch import Batch
from bridge.common.config import Config, parse
from portal.app import create_app
from portal.books import EXTENSION, Books
from portal.books.grants import rights
from portal.books.tables import METADATA
from portal.sample import create_sample
from portal.takeover import books_since
from tests.support import mariadb
from tests.support.account import arranging_as_root, restrict

from . import sound


def config_of(database: str, data: Path, more: str = "") -> Config:
    """A configuration of the portal; ``more`` are further lines of ``[portal]``."""
    return parse(f"[portal]\ndatabase = {database}\ndata = {data}\n{more}", {})


def books_of(database: str, data: Path, more: str = "") -> Books:
    """The books of such a configuration."""
    return Books.of(config_of(database, data, more))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the sample books, made once per run."""
    folder = tmp_path_factory.mktemp("books")
    books = books_of(f"sqlite:///{folder / 'books.sqlite'}", folder / "data")
    create_sample(books)
    books.database.dispose()
    return folder / "books.sqlite"


@pytest.fixture(scope="session")
def mariadb_template(
    server: mariadb.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database with the sample books, made once per run.

    The first order has been, as in nearly all books; those on SQLite wait for it.
    """
    name = server.create_database("utf8mb4_unicode_ci")
    books = books_of(server.url(name), tmp_path_factory.mktemp("data"))
    create_sample(books)
    with books.database.transaction() as conn:
        batch = Batch(conn)
        books_since(batch, books.database, books.ledger)
        batch.send()
    books.database.dispose()
    yield name
    server.drop_database(name)


@pytest.fixture(autouse=True)
def arranging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test itself does with the database it does as its administrator."""
    with arranging_as_root(monkeypatch):
        yield


@pytest.fixture
def sample_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """A database that holds the sample books and nothing else."""
    if database_url.startswith("sqlite"):
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copyfile(template, database_url.removeprefix("sqlite:///"))
        return database_url
    server: mariadb.Server = request.getfixturevalue("server")
    name = database_url.partition("?")[0].rpartition("/")[2]
    _copy(server, request.getfixturevalue("mariadb_template"), name)
    # what a test asks of the portal is done under the account it is to have
    return restrict(server, name, rights(Books.of(parse("", {}))))


def _copy(server: mariadb.Server, template: str, name: str) -> None:
    own = Books.of(parse("", {})).ledger.metadata
    statements = ["SET SESSION unique_checks = 0"]
    for table in (*METADATA.sorted_tables, *own.sorted_tables):
        source, target = f"{template}.{table.name}", f"{name}.{table.name}"
        statements.append(f"CREATE TABLE {target} LIKE {source}")
        statements.append(f"INSERT INTO {target} SELECT * FROM {source}")
    server.execute(*statements)


@pytest.fixture
def books(sample_url: str, tmp_path: Path) -> Iterator[Books]:
    """Fresh sample books on SQLite and on MariaDB."""
    made = books_of(sample_url, tmp_path / "data")
    yield made
    made.database.dispose()


@pytest.fixture
def portal_app(sample_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal on fresh sample books; its books are in ``extensions``."""
    app = create_app(config_of(sample_url, tmp_path / "data"))
    app.testing = True
    yield app
    app.extensions[EXTENSION].database.dispose()


@pytest.fixture
def portal_client(portal_app: Flask) -> FlaskClient:
    """A client of the portal on fresh sample books."""
    return portal_app.test_client()


@pytest.fixture
def own(client: FlaskClient) -> Iterator[Books]:
    """The books of the test's own ``client``; they have to be sound after each test."""
    books: Books = client.application.extensions[EXTENSION]
    yield books
    with books.database.read() as conn:
        assert sound.findings(conn) == []
