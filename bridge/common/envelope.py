"""Replies as both sides read them: a message stack by level, and per-item results.

The message stack is Bizuno's: ``{error|caution|warning|info|success: [{text}]}``,
always an object (DECISIONS 1). ``items`` answers for each thing sent (DECISIONS 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .errors import FieldProblem, Problem


class Level(StrEnum):
    """Levels of Bizuno's message stack, worst first."""

    ERROR = "error"
    CAUTION = "caution"
    WARNING = "warning"
    INFO = "info"
    SUCCESS = "success"


class Messages:
    """A message stack under construction; the same text is kept once per level."""

    def __init__(self) -> None:
        self._levels: dict[str, list[dict[str, str]]] = {}

    def add(self, level: Level, text: str, **details: str) -> None:
        """Append ``text``; ``details`` (``code``, ``field``, ``title``) ride along."""
        entry = {"text": text, **details}
        entries = self._levels.setdefault(level.value, [])
        if entry not in entries:
            entries.append(entry)

    def error(self, text: str, **details: str) -> None:
        """Something asked for was not done."""
        self.add(Level.ERROR, text, **details)

    def caution(self, text: str, **details: str) -> None:
        """Done, and a person should look at it."""
        self.add(Level.CAUTION, text, **details)

    def warning(self, text: str, **details: str) -> None:
        """Done in part or with a substitute."""
        self.add(Level.WARNING, text, **details)

    def info(self, text: str, **details: str) -> None:
        """Worth knowing."""
        self.add(Level.INFO, text, **details)

    def success(self, text: str, **details: str) -> None:
        """What was done."""
        self.add(Level.SUCCESS, text, **details)

    def extend(self, other: Messages) -> None:
        """Append everything of ``other``."""
        for level, entries in other._levels.items():
            for entry in entries:
                self.add(Level(level), **entry)

    def reworded(self, change: Callable[[str], str]) -> Messages:
        """The same messages with their texts changed."""
        out = Messages()
        for level, entries in self._levels.items():
            for entry in entries:
                out.add(Level(level), **{**entry, "text": change(entry["text"])})
        return out

    def texts(self, level: Level) -> list[str]:
        """The texts of one level, in order."""
        return [entry["text"] for entry in self._levels.get(level.value, [])]

    def as_dict(self) -> dict[str, list[dict[str, str]]]:
        """The stack as it goes over the wire; ``{}`` when empty."""
        return {k: [dict(e) for e in v] for k, v in self._levels.items()}


class Status(StrEnum):
    """What became of one item."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    REFUSED = "refused"
    DELETED = "deleted"


@dataclass(frozen=True)
class ItemResult:
    """What became of one thing sent.

    ``key_name`` is ``SKU`` for products and ``PO`` for orders (DECISIONS 55);
    ``id`` the number on this side; ``text``, ``field`` and ``code`` explain;
    ``changes`` is ``{field: [before, after]}`` in the answer to a plan.
    """

    key: str
    status: Status
    key_name: str = "SKU"
    id: int | None = None
    text: str = ""
    field: str = ""
    code: str = ""
    changes: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The entry as it goes over the wire, empty members left out."""
        entry: dict[str, Any] = {self.key_name: self.key, "status": self.status.value}
        if self.id is not None:
            entry["ID"] = self.id
        for name in ("field", "code", "text"):
            if value := getattr(self, name):
                entry[name] = value
        if self.changes is not None:
            entry["changes"] = dict(self.changes)
        return entry

    @classmethod
    def refused(
        cls, key: str, problem: FieldProblem, *, key_name: str = "SKU"
    ) -> ItemResult:
        """An item that was refused because of one field."""
        return cls(
            key,
            Status.REFUSED,
            key_name,
            text=problem.text,
            field=problem.field,
            code=problem.code,
        )


@dataclass
class Reply:
    """An answer: the original's keys, messages, per-item results and an HTTP status."""

    success: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    messages: Messages = field(default_factory=Messages)
    items: list[ItemResult] | None = None
    status: int = 200

    def as_dict(self, message_key: str) -> dict[str, Any]:
        """The body; ``message_key``: ``message`` (bridge), ``messages`` (portal)."""
        body: dict[str, Any] = {"result": "Success" if self.success else "Fail"}
        body.update(self.fields)
        if self.items is not None:
            body["items"] = [item.as_dict() for item in self.items]
        body[message_key] = self.messages.as_dict()
        return body


def count(items: Iterable[ItemResult]) -> Counter[Status]:
    """How many items ended in which status."""
    return Counter(item.status for item in items)


def messages_of(problem: Problem) -> Messages:
    """A refusal as a message stack: one error per field, or one for the whole."""
    stack = Messages()
    for one in problem.problems:
        stack.error(one.text, code=one.code, field=one.field)
    if not problem.problems:
        stack.error(problem.text, code=problem.code)
    return stack
