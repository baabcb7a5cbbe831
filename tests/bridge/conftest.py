"""A fresh copy of the sample shop, and the bridge on it.

The sample is built once per run and kind of database and then copied, because a copy
costs a fraction of building it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql
import pytest
from flask.testing import FlaskClient

from bridge.app import create_app
from bridge.common.config import BridgeConfig, Config, LimitsConfig, ServerConfig
from bridge.common.sample import STORE_EMAIL
from bridge.sample import create_sample
from bridge.sample.people import APP_PASSWORD
from bridge.shop import Shop
from bridge.wordpress.grants import rights
from tests.support import mariadb
from tests.support.account import arranging_as_root, restrict


def shop_config(url: str, folder: Path, **bridge: Any) -> Config:
    """A configuration of the bridge on ``url``, uploads below ``folder``."""
    settings = BridgeConfig(database=url, uploads=folder / "uploads")
    return Config(
        bridge=replace(settings, **bridge),
        limits=LimitsConfig(),
        server=ServerConfig(threads=4),
    )


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop as an SQLite file, to be copied."""
    folder = tmp_path_factory.mktemp("sample")
    shop = Shop.of(shop_config(f"sqlite:///{folder / 'shop.sqlite'}", folder))
    create_sample(shop)
    shop.database.dispose()  # the last connection to close empties the log file
    return folder / "shop.sqlite"


class Copies:
    """One copy of the sample in MariaDB, brought back to the original before a test.

    Only tables whose checksum changed are filled anew: a tenth of the time a whole
    copy takes. A test that changes the structure of a table must put it back.
    """

    def __init__(self, server: mariadb.Server, folder: Path) -> None:
        self.sample, self.name = server.create_database(), server.create_database()
        shop = Shop.of(shop_config(server.url(self.sample), folder))
        create_sample(shop)
        shop.database.dispose()
        self.conn = pymysql.connect(
            unix_socket=str(server.socket), user="root", autocommit=True
        )
        self.tables = [*shop.tables.metadata.tables, *shop.ledger.metadata.tables]
        for table in self.tables:
            self.query(f"CREATE TABLE {self.name}.{table} LIKE {self.sample}.{table}")
        # what a test asks of the bridge is done under the account it is to have
        self.url = restrict(server, self.name, rights(shop))

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.conn.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def checksums(self, database: str) -> list[Any]:
        tables = ", ".join(f"{database}.{table}" for table in self.tables)
        return [row[1] for row in self.query(f"CHECKSUM TABLE {tables}")]

    def restore(self) -> None:
        # a connection that an earlier test left open may hold a lock for ever
        for ident, database in self.query(
            "SELECT id, db FROM information_schema.processlist"
        ):
            if database == self.name:
                with suppress(pymysql.OperationalError):  # it went by itself
                    self.query(f"KILL {ident}")
        self.query(f"USE {self.name}")
        for row in self.query("SHOW TRIGGERS"):
            self.query(f"DROP TRIGGER {row[0]}")
        there = {row[0] for row in self.query("SHOW TABLES")}
        for table in there - set(self.tables):
            self.query(f"DROP TABLE {table}")
        pairs = zip(
            self.tables,
            self.checksums(self.sample),
            self.checksums(self.name),
            strict=True,
        )
        for table, wanted, found in pairs:
            if found != wanted:
                self.query(f"TRUNCATE {table}")
                self.query(f"INSERT INTO {table} SELECT * FROM {self.sample}.{table}")
        self.query("USE information_schema")


@pytest.fixture(scope="session")
def copies(
    server: mariadb.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copies]:
    """The sample shop in MariaDB, to be used again and again."""
    made = Copies(server, tmp_path_factory.mktemp("sample"))
    yield made
    made.conn.close()


@pytest.fixture(autouse=True)
def arranging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test itself does with the database it does as its administrator."""
    with arranging_as_root(monkeypatch):
        yield


@pytest.fixture
def shop_url(database_url: str, request: pytest.FixtureRequest) -> str:
    """The address of a database that holds a fresh copy of the sample shop.

    On MariaDB it is another database than ``database_url``.
    """
    if database_url.startswith("sqlite"):
        source: Path = request.getfixturevalue("sample_file")
        shutil.copyfile(source, database_url.removeprefix("sqlite:///"))
        return database_url
    copies: Copies = request.getfixturevalue("copies")
    copies.restore()
    return copies.url


@pytest.fixture
def config(shop_url: str, tmp_path: Path) -> Config:
    """The configuration of the bridge on that database; override it to change keys."""
    return shop_config(shop_url, tmp_path)


@pytest.fixture
def shop(config: Config) -> Iterator[Shop]:
    """A fresh sample shop."""
    made = Shop.of(config)
    yield made
    made.cache.close()
    made.database.dispose()


@pytest.fixture
def bridge_client(config: Config) -> Iterator[FlaskClient]:
    """A client of the bridge on the same database as ``shop``."""
    app = create_app(config)
    yield app.test_client()
    for extension in app.extensions.values():
        if isinstance(extension, Shop):
            extension.database.dispose()


@pytest.fixture
def manager() -> dict[str, str]:
    """Headers of a shop manager.

    The application password, because checking it costs nothing.
    """
    return {"email": STORE_EMAIL, "pass": APP_PASSWORD}
