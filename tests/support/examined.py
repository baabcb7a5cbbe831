"""What a doctor found, from its report for machines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner
from sqlalchemy import MetaData, create_engine, select

STATUS = {
    "": 0,
    "setting": 1,
    "cannot_reach": 3,
    "eaten": 4,
    "refused_credentials": 5,
    "refused_permission": 6,
    "refused_data": 7,
}


@dataclass(frozen=True)
class Found:
    """The first failure and its cause (empty without one), and every check by name."""

    ok: bool
    first: str
    cause: str
    checks: dict[str, dict[str, str]]
    output: str

    def states(self) -> dict[str, str]:
        """Check to state."""
        return {name: check["state"] for name, check in self.checks.items()}


def examined(main: click.Group, file: Path, lines: str, *args: str) -> Found:
    """Run ``doctor`` with a configuration of these lines, kept in ``file``."""
    file.write_text(lines, "utf-8")
    done = CliRunner().invoke(main, ["--config", str(file), "doctor", "--json", *args])
    report = json.loads(done.stdout)
    cause = report["cause"]
    assert done.exit_code == report["status"] == STATUS[cause], done.output
    assert report["ok"] == (not report["first"])
    checks = {check["name"]: check for check in report["checks"]}
    assert all(check["remedy"] for check in checks.values() if check["cause"])
    return Found(report["ok"], report["first"], cause, checks, done.output)


def content(url: str) -> dict[str, list[Any]]:
    """Every row of the tables that are not an app's own."""
    engine, metadata = create_engine(url), MetaData()
    metadata.reflect(engine, only=lambda name, _: "bizuno_" not in name)
    with engine.connect() as conn:
        rows = {
            name: [tuple(row) for row in conn.execute(select(table))]
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return rows
