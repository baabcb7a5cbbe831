"""Sending an order to Bizuno, and reading what became of it.

What is not known to have been booked is asked for again with the same content: the
portal answers a repetition from its receipt. Nothing is ever taken for booked, or for
refused, by guess.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..common.http import Client, Outcome
from ..common.phpform import encode

# as the plugin writes it: the slash stays a slash
PATH = "?bizRt=portal/api/orderAdd"
_NO_METHOD = "?bizRt=portal/api/none"
LOOK_THERE = "Bizuno's own portal books an order again each time it is sent."
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
# "posted - SO # SO00001", and from a receipt "already recorded as SO00001;"
_NUMBER = re.compile(r"(?:# *|recorded as )([^\s#,;:.]+)")
_REMARKS = ("caution", "warning")


@dataclass(frozen=True)
class Answer:
    """What became of an order; ``bizuno_id`` only when it is booked.

    ``number`` is the entry's number as people see it in Bizuno, ``remarks`` what a
    person should look at, ``reason`` why it is not booked; ``heard`` is False where
    Bizuno said nothing at all, ``final`` True where asking again would do harm.
    """

    kind: Literal["done", "refused", "unknown"]
    bizuno_id: int = 0
    number: str = ""
    reason: str = ""
    remarks: tuple[str, ...] = ()
    heard: bool = True
    final: bool = False


class Peer:
    """The portal at the other end: ours, or Bizuno's own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._repeats: bool | None = None

    def repeats(self) -> bool | None:
        """True for a portal that answers a repetition from its receipt, as ours does.

        False for any other, which books an order again each time; None where that
        cannot be told, as when nobody answers. Ours refuses a method that it has not
        in JSON; Bizuno's own shows a page.
        """
        if self._repeats is None:
            probe = self.client.get(_NO_METHOD)
            if probe.status == 404 and isinstance(probe.body, dict):
                self._repeats = True
            elif 200 <= probe.status < 300 or probe.status == 404:
                self._repeats = False
        return self._repeats


def send_order(
    peer: Peer,
    payload: Mapping[str, Any],
    *,
    wait: float,
    pause: Callable[[float], Any] = time.sleep,
) -> Answer:
    """Post one payload; while its outcome is unknown ask again, ``wait`` seconds long.

    Bizuno's own portal makes two orders of one that is sent twice, so it is never
    asked again: there a person has to look. ``pause`` waits so many seconds; what it
    returns, if it is true, ends the waiting.
    """
    body = encode(dict(payload))
    until = time.monotonic() + wait
    seconds = FIRST_PAUSE_SECONDS
    answer = read_answer(peer.client.send("POST", PATH, body))
    while answer.kind == "unknown":
        repeats = peer.repeats()
        if repeats is False:
            return replace(answer, reason=f"{answer.reason} {LOOK_THERE}", final=True)
        if time.monotonic() + seconds > until or pause(seconds):
            break
        seconds = min(seconds * 2, LONGEST_PAUSE_SECONDS)
        if repeats:
            again = read_answer(peer.client.send("POST", PATH, body))
            # nobody there now: that says nothing about the first time
            answer = again if again.heard or again.kind != "refused" else answer
    return answer


def read_answer(outcome: Outcome) -> Answer:
    """An outcome of the call as an outcome for the order.

    Booked is what carries an ID, as for the plugin. A refusal of the original comes
    with status 200 and without ``result``, under ``message`` in the singular.
    """
    body = outcome.body if isinstance(outcome.body, dict) else {}
    messages = _messages(body)
    errors = " ".join(messages.get("error", ()))
    if outcome.kind != "done":
        reason = errors if outcome.kind == "refused" and errors else outcome.reason
        return Answer(outcome.kind, reason=reason, heard=outcome.status != 0)
    bizuno_id = _identifier(body.get("ID"))
    if bizuno_id:
        texts = [text for level in ("success", "info") for text in messages[level]]
        found = (_NUMBER.search(text) for text in texts)
        number = next((match[1] for match in found if match), "")
        remarks = tuple(text for level in _REMARKS for text in messages[level])
        return Answer("done", bizuno_id, number, remarks=remarks)
    if errors or body.get("result") == "Fail":
        return Answer("refused", reason=errors or "Bizuno gave no reason.")
    return Answer("unknown", reason="The answer is not one of Bizuno's.")


def _messages(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """The texts of a message stack by level, wherever and however it comes."""
    texts: dict[str, list[str]] = {
        level: [] for level in ("error", "caution", "warning", "info", "success")
    }
    for name in ("messages", "message"):
        stack = body.get(name)
        if isinstance(stack, str):
            texts["error"].append(stack)
        for level, entries in stack.items() if isinstance(stack, dict) else ():
            for entry in entries if isinstance(entries, list) else ():
                text = entry.get("text") if isinstance(entry, dict) else entry
                if isinstance(text, str) and level in texts:
                    texts[level].append(text)
    return texts


def _identifier(value: Any) -> int:
    """An ID as text or number; 0 for none."""
    text = str(value) if isinstance(value, (str, int)) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
