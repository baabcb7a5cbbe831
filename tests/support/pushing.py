"""The portal's commands on the sample books against a listening store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import text

from bridge.common.database import Database
from portal.books import Books
from portal.cli import main
from portal.sample.pictures import write_pictures

from .listening import ListeningStore
from .rough import RoughRoad

PASSWORD = "store pass 7"


@dataclass
class Portal:
    """The sample books, a configuration file, and the commands."""

    books: Books
    store: ListeningStore | RoughRoad
    file: Path

    @classmethod
    def of(
        cls, books: Books, store: ListeningStore | RoughRoad, folder: Path
    ) -> Portal:
        """A portal that knows one store."""
        made = cls(books, store, folder / "config.ini")
        made.configure()
        return made

    def configure(self, more: str = "", section: str = "store", **keys: str) -> None:
        """Write the configuration; ``more`` are further sections."""
        values = {
            "url": self.store.url,
            "email": "shop@example.com",
            "password": PASSWORD,
            "prefix": "WC",
            "timeout": "5",
            **keys,
        }
        lines = "\n".join(f"{key} = {value}" for key, value in values.items())
        self.file.write_text(
            f"[portal]\ndatabase = {self.books.config.database}\n"
            f"data = {self.books.config.data}\n\n[{section}]\n{lines}\n\n{more}",
            "utf-8",
        )

    def run(self, *arguments: str, status: int | None = 0) -> str:
        """Run a command; checks its exit status and returns what it said."""
        given = ["--config", str(self.file), *arguments]
        result = CliRunner().invoke(main, given, catch_exceptions=False)
        assert PASSWORD not in result.output
        if status is not None:
            assert result.exit_code == status, result.output
        return result.output

    def events(self, *arguments: str, status: int = 0) -> list[dict[str, Any]]:
        """Run a command with ``--json``."""
        said = self.run(*arguments, "--json", status=status)
        return [json.loads(line) for line in said.splitlines()]

    def sql(self, statement: str, **values: Any) -> None:
        """Change the books as a person would in Bizuno."""
        with self.books.database.transaction() as conn:
            conn.execute(text(statement), values)

    def pictures(self) -> None:
        """Put the sample's pictures into the data folder."""
        write_pictures(self.books.config.data)


def rows_of(database: Database, tables: Sequence[Any]) -> dict[str, list[Any]]:
    """Every row of some tables, to see whether one was changed."""
    with database.read() as conn:
        return {
            table.name: sorted(
                map(repr, conn.execute(text(f"SELECT * FROM {table.name}")))
            )
            for table in tables
        }
