"""The story of one thing: what happened to it, when, and who did it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import click

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """Something that happened: when (aware UTC), who did it, what it was."""

    when: datetime | None
    who: str
    text: str

    def line(self) -> str:
        """The line a person reads."""
        when = f"{self.when:%Y-%m-%d %H:%M:%S}" if self.when else "unknown".ljust(19)
        return f"{when}  {self.who:<20}  {self.text}"

    def as_dict(self) -> dict[str, str | None]:
        """The entry for programs; the time in ISO form with its zone."""
        when = self.when.isoformat() if self.when else None
        return {"when": when, "who": self.who, "text": self.text}


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events by time; in one second they stay as they were given."""
    return tuple(sorted(events, key=lambda event: event.when or _NEVER))


def show(title: str, standing: Iterable[str], events: Iterable[Event]) -> None:
    """Print a story: what it is of, sentences about now, and what happened."""
    click.echo(title)
    for sentence in standing:
        click.echo(f"  {sentence}")
    click.echo()
    for event in events:
        click.echo(event.line())
