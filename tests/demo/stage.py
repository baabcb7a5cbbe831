"""Where the story plays: two databases, two servers, the project's own commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.common import config, sample
from bridge.shop import Shop
from portal.books import Books
from tests.support.servers import Gunicorn, free_port


class Broken(Exception):
    """A step of the story did not do what it should have done."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    text: str


@dataclass(frozen=True)
class Stage:
    """Two hosts: ``shop.ini`` configures the one of WordPress, ``books.ini`` the other.

    ``shop`` and ``books`` look into the databases, past the servers.
    """

    folder: Path
    shop_url: str
    books_url: str
    shop: Shop
    books: Books

    @property
    def shop_config(self) -> Path:
        """The configuration of the host that WordPress is on."""
        return self.folder / "shop.ini"

    @property
    def books_config(self) -> Path:
        """The configuration of the host that Bizuno is on."""
        return self.folder / "books.ini"

    def bridge(self, *words: str) -> Said:
        """Run ``bizuno-bridge`` on the host of the shop."""
        return _run("bizuno-bridge", words, self.shop_config)

    def portal(self, *words: str) -> Said:
        """Run ``bizuno-portal`` on the host of the books."""
        return _run("bizuno-portal", words, self.books_config)


def build(folder: Path, shop: str = "", books: str = "") -> Stage:
    """Write both configurations below ``folder``; nothing runs yet.

    ``shop`` and ``books`` are the addresses of empty databases; SQLite files without.
    """
    shop = shop or f"sqlite:///{folder}/shop.sqlite"
    books = books or f"sqlite:///{folder}/books.sqlite"
    shop_url, books_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    (folder / "shop.ini").write_text(f"""\
[bridge]
database = {shop}
uploads = {folder}/uploads
portal_url = {books_url}
portal_token = {sample.API_TOKEN}
""")
    (folder / "books.ini").write_text(f"""\
[portal]
database = {books}
data = {folder}/data
tokens = {sample.API_TOKEN}

[store]
url = {shop_url}
email = {sample.STORE_EMAIL}
password = {sample.STORE_PASSWORD}
prefix = {sample.ORDER_PREFIX}
""")
    return Stage(
        folder,
        shop_url,
        books_url,
        Shop.of(config.load(folder / "shop.ini")),
        Books.of(config.load(folder / "books.ini")),
    )


@contextmanager
def serving(stage: Stage) -> Iterator[None]:
    """Both apps under gunicorn, each with the configuration of its own host."""
    running: list[Gunicorn] = []
    try:
        for app, url, file in (
            ("bridge", stage.shop_url, stage.shop_config),
            ("portal", stage.books_url, stage.books_config),
        ):
            port = int(url.rpartition(":")[2])
            text = file.read_text()
            running.append(Gunicorn(app, text, stage.folder, port=port))
        yield
    finally:
        for server in running:
            server.stop()
        stage.shop.database.dispose()
        stage.books.database.dispose()


def _run(name: str, words: tuple[str, ...], file: Path) -> Said:
    own = {k: v for k, v in os.environ.items() if not k.startswith("BIZUNO_BRIDGE_")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name(name)), *words],
        env={**own, config.VARIABLE: str(file), "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Said(done.returncode, (done.stdout + done.stderr).strip())
