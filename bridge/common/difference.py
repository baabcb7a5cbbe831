"""What differs between two contents of an item, field by field; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_LONGEST = 60


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Lines such as ``Price: 4.99 → 5.49``."""
    for name in [*before, *(n for n in after if n not in before)]:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield f"{name}: {shown(old)} → {shown(new)}"


def change_line(values: Any) -> str:
    """``[before, after]`` of our bridge's plan as ``before → after``."""
    if isinstance(values, (list, tuple)) and len(values) == 2:
        return f"{shown(values[0])} → {shown(values[1])}"
    return shown(values)


def shown(value: Any) -> str:
    """A value for people on one line, cut when it is long."""
    if value is None:
        return "(none)"
    if isinstance(value, list):
        text = ", ".join(shown(member) for member in value)
    elif isinstance(value, Mapping):
        text = " ".join(f"{k} {shown(v)}" for k, v in value.items())
    else:
        text = str(value) or "(empty)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
