"""Which of a plan goes out, and what a person has to see first; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .guards import Change, Concern
from .jobs import Job, Plan, Planned
from .state import Content


@dataclass(frozen=True)
class Chosen:
    """What of ``total`` planned entries is sent; ``new`` were never acknowledged."""

    planned: list[Planned]
    changes: list[Change]
    new: int
    total: int

    @property
    def unchanged(self) -> int:
        """Entries that the store has acknowledged just so."""
        return self.total - self.new - len(self.changes)

    @property
    def keys(self) -> list[str]:
        """The keys of what is sent."""
        return [planned.entry.key for planned in self.planned]

    @property
    def contents(self) -> dict[str, Content]:
        """The contents to remember, by key."""
        return {p.entry.key: p.content for p in self.planned if p.content}


def choose(
    job: Job, plan: Plan, known: Mapping[str, Content], *, everything: bool
) -> Chosen:
    """Leave out what the store has acknowledged just so, unless ``everything`` goes."""
    chosen, changes, new = [], [], 0
    for planned in plan.planned:
        key, content, before = planned.entry.key, planned.content, None
        if content:
            before = known.get(key)
        if not content or not before:
            new += 1
        else:
            content = job.merged(content, before)
            if content.digest != before.digest:
                changes.append(Change(key, before.document, content.document))
            elif not (everything or job.always):
                continue
        chosen.append(replace(planned, content=content))
    return Chosen(chosen, changes, new, len(plan.planned))


def open_concerns(
    job: Job, chosen: Chosen, accepted: Mapping[str, str]
) -> list[Concern]:
    """What a person has to see; what was ``accepted`` (digests by key) was seen."""
    contents = chosen.contents
    changes = [
        change
        for change in chosen.changes
        if accepted.get(change.item) != contents[change.item].digest
    ]
    return job.concerns(changes)


def parking(chosen: Chosen, concerns: Sequence[Concern]) -> dict[str, Any]:
    """What a parked run keeps: the concerns, and the contents they are about."""
    if not concerns:
        return {}
    changed = {change.item for change in chosen.changes}
    return {
        "concerns": [f"{c.text}: {', '.join(c.items)}" for c in concerns],
        "parked": {
            key: content.digest
            for key, content in chosen.contents.items()
            if key in changed
        },
    }
