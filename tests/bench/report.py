"""What a benchmark found: a table for people, numbers for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Timing:
    """How long the runs of one case took, in seconds; ``calls`` of all runs."""

    runs: tuple[float, ...]
    calls: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        """The median run."""
        return median(self.runs)

    @property
    def p95(self) -> float:
        """The call that 19 of 20 are not slower than."""
        if len(self.calls) < 2:
            return max(self.calls, default=0.0)
        return quantiles(self.calls, n=20, method="inclusive")[-1]


@dataclass
class Result:
    """Rows of the table, notes below it, and the numbers for ``--json``."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)

    def show(self) -> None:
        """Print the table and the notes."""
        console = Console(width=110)
        table = Table(title=self.title, title_justify="left")
        for at, column in enumerate(self.columns):
            table.add_column(column, justify="right" if at else "left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)
        for note in self.notes:
            console.print(note, highlight=False)
