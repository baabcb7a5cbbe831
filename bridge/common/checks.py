"""What a doctor finds: one check per thing looked at, its cause and its remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a check ended; a warning does not make the whole fail."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Cause(StrEnum):
    """Why a check failed: the kinds of trouble that need different remedies."""

    CANNOT_REACH = "cannot_reach"
    EATEN = "eaten"
    CREDENTIALS = "refused_credentials"
    PERMISSION = "refused_permission"
    DATA = "refused_data"
    SETTING = "setting"


_WORDS = {
    Cause.CANNOT_REACH: "cannot be reached",
    Cause.EATEN: "eaten on the way",
    Cause.CREDENTIALS: "credentials refused",
    Cause.PERMISSION: "permission refused",
    Cause.DATA: "data refused",
    Cause.SETTING: "wrong or missing setting",
}
EXIT_STATUS = {
    # 1 is also what a configuration that cannot be read ends with, 2 a wrong command
    Cause.SETTING: 1,
    Cause.CANNOT_REACH: 3,
    Cause.EATEN: 4,
    Cause.CREDENTIALS: 5,
    Cause.PERMISSION: 6,
    Cause.DATA: 7,
}


@dataclass(frozen=True)
class Check:
    """One check; ``name`` is stable, ``text`` what was found, ``remedy`` what to do."""

    name: str
    state: State
    text: str
    cause: Cause | None = None
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """The check for machines."""
        return {
            "name": self.name,
            "state": self.state.value,
            "cause": self.cause.value if self.cause else "",
            "text": self.text,
            "remedy": self.remedy,
        }


def ok(name: str, text: str) -> Check:
    """All right."""
    return Check(name, State.OK, text)


def warning(name: str, text: str, remedy: str, cause: Cause | None = None) -> Check:
    """Something a person should know."""
    return Check(name, State.WARNING, text, cause, remedy)


def failed(name: str, cause: Cause, text: str, remedy: str) -> Check:
    """Something that has to be mended."""
    return Check(name, State.FAILED, text, cause, remedy)


def skipped(name: str, text: str) -> Check:
    """Not looked at, and why."""
    return Check(name, State.SKIPPED, text)


class Report:
    """Checks in the order they were made; shows each as soon as it is there."""

    def __init__(
        self,
        show: Callable[[Check], None] = lambda check: None,
        accepted: Iterable[str] = (),
    ) -> None:
        """A failure of the checks named in ``accepted`` is known: only a warning."""
        self.checks: list[Check] = []
        self._show, self._accepted = show, frozenset(accepted)

    def add(self, check: Check) -> Check:
        """Keep a check; returns it as it counts."""
        if check.state is State.FAILED and check.name in self._accepted:
            check = Check(
                check.name, State.WARNING, check.text, check.cause, check.remedy
            )
        self.checks.append(check)
        self._show(check)
        return check

    def extend(self, checks: Iterator[Check]) -> None:
        """Keep them as they come."""
        for check in checks:
            self.add(check)

    def has(self, name: str) -> bool:
        """Whether the check of this name found all right."""
        return any(c.name == name and c.state is State.OK for c in self.checks)

    def is_well(self, names: Iterable[str]) -> bool:
        """Whether all of these checks were made and none found anything amiss."""
        well = {c.name for c in self.checks if c.state in (State.OK, State.SKIPPED)}
        return well.issuperset(names)

    def skip(self, names: Iterable[str], why: str) -> None:
        """Say of these, as far as nothing was said, that they were not looked at."""
        seen = {check.name for check in self.checks}
        for name in names:
            if name not in seen:
                self.add(skipped(name, why))

    @property
    def first(self) -> Check | None:
        """The first failure: what has to be mended first."""
        return next((c for c in self.checks if c.state is State.FAILED), None)

    @property
    def status(self) -> int:
        """Exit status: 0 when nothing failed, else the first failure's cause tells."""
        return EXIT_STATUS[self.first.cause] if self.first and self.first.cause else 0

    def conclusion(self) -> str:
        """The whole in one sentence."""
        first = self.first
        if first is not None and first.cause is not None:
            return f"Mend this first: {first.name} ({_WORDS[first.cause]})."
        warnings = sum(c.state is State.WARNING for c in self.checks)
        return "All is well." if not warnings else f"All works; {warnings} warning(s)."

    def as_json(self) -> str:
        """The report for machines, one object."""
        first = self.first
        found: dict[str, Any] = {
            "ok": first is None,
            "status": self.status,
            "first": first.name if first else "",
            "cause": first.cause.value if first and first.cause else "",
            "checks": [check.as_dict() for check in self.checks],
        }
        return json.dumps(found, ensure_ascii=False)


def line(check: Check) -> str:
    """A check for people; the remedy stands below it."""
    state = {State.FAILED: "FAILED", State.SKIPPED: "-"}.get(check.state, check.state)
    told = f"{state:8}{check.name:24}{check.text}"
    return told if not check.remedy else f"{told}\n{'':32}-> {check.remedy}"
