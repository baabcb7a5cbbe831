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
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
# "posted - SO # SO00001", and from a receipt "already recorded as SO00001;"
_NUMBER = re.compile(r"(?:# *|recorded as )([^\s#,;:.]+)")
_REMARKS = ("caution", "warning")


@dataclass(frozen=True)
class Answer:
    """What became of an order; ``bizuno_id`` only when it is booked.

    ``number`` is the entry's number as people see it in Bizuno, ``remarks`` what a
    person should look at, ``reason`` why it is not booked; ``heard`` is False where
    Bizuno said nothing at all.
    """

    kind: Literal["done", "refused", "unknown"]
    bizuno_id: int = 0
    number: str = ""
    reason: str = ""
    remarks: tuple[str, ...] = ()
    heard: bool = True


def send_order(
    client: Client,
    payload: Mapping[str, Any],
    *,
    wait: float,
    pause: Callable[[float], None] = time.sleep,
) -> Answer:
    """Post one payload; while its outcome is unknown ask again, ``wait`` seconds long.

    Bizuno's own portal makes two orders of one that is sent twice, so it is never
    asked again: there a person has to look.
    """
    body = encode(dict(payload))
    until = time.monotonic() + wait
    seconds = FIRST_PAUSE_SECONDS
    while True:
        answer = read_answer(client.send("POST", PATH, body))
        if answer.kind != "unknown":
            return answer
        if _repeats(client):
            look = " Bizuno would book it twice; look there before you send it again."
            return replace(answer, reason=answer.reason + look)
        if time.monotonic() + seconds > until:
            return answer
        pause(seconds)
        seconds = min(seconds * 2, LONGEST_PAUSE_SECONDS)


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


def _repeats(client: Client) -> bool:
    """True for the original portal, which shows a page for a method it has not."""
    probe = client.get(_NO_METHOD)
    return probe.status == 200 and probe.body is None


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
