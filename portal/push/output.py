"""Where a push tells how it goes: a bar on a terminal, else lines, or JSON events.

One output serves the pushes to several stores at once.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

LINE_SECONDS = 5.0


class Output(Protocol):
    """Where the reports of all stores go."""

    def line(self, store: str, text: str) -> None:
        """A sentence."""

    def event(self, store: str, name: str, values: Mapping[str, Any]) -> None:
        """The same for machines."""

    def progress(self, store: str, done: int, total: int, said: str) -> None:
        """How far a push is."""

    def close(self) -> None:
        """The end of everything."""


class Lines:
    """Plain lines; progress every few seconds."""

    def __init__(self, *, named: bool, write: Callable[[str], None] = print) -> None:
        self.named, self.write = named, write
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def line(self, store: str, text: str) -> None:
        """Print a sentence, after the store's name where there are several."""
        with self._lock:
            self.write(f"{store}: {text}" if self.named and store else text)

    def event(self, store: str, name: str, values: Mapping[str, Any]) -> None:
        """Nothing: people read the lines."""

    def progress(self, store: str, done: int, total: int, said: str) -> None:
        """Print how far it is, now and then."""
        now = time.monotonic()
        if now - self._last.setdefault(store, now) >= LINE_SECONDS and done < total:
            self._last[store] = now
            self.line(store, f"{done:,} of {total:,} ({said})")

    def close(self) -> None:
        """Nothing to close."""


class Bars(Lines):
    """A bar for each store on a terminal, with the lines above them."""

    def __init__(self, *, named: bool, console: Console | None = None) -> None:
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[said]}"),
            console=console,
        )
        super().__init__(named=named, write=self._above)
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, float] = {}

    def _above(self, text: str) -> None:
        self.bars.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def progress(self, store: str, done: int, total: int, said: str) -> None:
        """Move the store's bar."""
        with self._lock:
            if store not in self._tasks:
                self.bars.start()
                self._started[store] = time.monotonic()
                self._tasks[store] = self.bars.add_task(
                    store, total=total, said="", rate=""
                )
            seconds = time.monotonic() - self._started[store]
            rate = f"{done / seconds:,.0f}/s" if seconds > 0.2 and done else ""
            self.bars.update(
                self._tasks[store], completed=done, total=total, said=said, rate=rate
            )

    def close(self) -> None:
        """Leave the bars as they are."""
        self.bars.stop()


class Events:
    """One JSON object per line."""

    def __init__(self, write: Callable[[str], None] = print) -> None:
        self.write = write
        self._lock = threading.Lock()

    def line(self, store: str, text: str) -> None:
        """A sentence is an event too."""
        self.event(store, "notice", {"text": text})

    def event(self, store: str, name: str, values: Mapping[str, Any]) -> None:
        """Print an event."""
        line = {"event": name, "store": store, **values}
        with self._lock:
            self.write(json.dumps(line, ensure_ascii=False))

    def progress(self, store: str, done: int, total: int, said: str) -> None:
        """How far it is."""
        self.event(store, "progress", {"done": done, "total": total})

    def close(self) -> None:
        """Nothing to close."""


def choose(*, as_json: bool, named: bool) -> Output:
    """The output that fits where standard output leads."""
    if as_json:
        return Events()
    if sys.stdout.isatty():
        return Bars(named=named)
    return Lines(named=named)
