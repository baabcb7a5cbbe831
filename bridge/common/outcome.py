"""How an outgoing call ended: done, refused, or nobody knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Outcome:
    """How a call ended; ``status`` is 0 when there was no answer at all.

    ``body`` is the decoded JSON (None without one), ``reason`` a sentence for people.
    """

    kind: Literal["done", "refused", "unknown"]
    status: int = 0
    body: Any = None
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """True when the other side did what was asked."""
        return self.kind == "done"

    def header(self, name: str) -> str:
        """A header of the answer, whatever its letter case; empty without it."""
        wanted = name.lower()
        found = (text for key, text in self.headers.items() if key.lower() == wanted)
        return next(found, "")


def read_outcome(status: int, headers: Mapping[str, str], content: bytes) -> Outcome:
    """What a complete answer means for what was asked."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if 300 <= status < 400:
        reason = "The address redirects; configure the address it leads to."
        return Outcome("refused", status, body, reason, headers)
    kind: Literal["refused", "unknown"] = (
        "refused" if 400 <= status < 500 else "unknown"
    )
    if not content:
        reason = (
            f"Empty answer with status {status}: most likely a TLS or connection "
            "problem, or a firewall in between."
        )
        return Outcome(kind, status, None, reason, headers)
    if kind == "refused":
        reason = f"The other side refused with status {status}."
        return Outcome(kind, status, body, reason, headers)
    if status >= 500 or body is None:
        what = "no JSON" if status < 500 else "a failure"
        reason = f"The other side answered {what} with status {status}."
        return Outcome(kind, status, body, reason, headers)
    return Outcome("done", status, body, "", headers)
