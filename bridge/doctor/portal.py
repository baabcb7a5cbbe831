"""The way to Bizuno's portal: what gets through, and whether it lets us in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..common.checks import Cause, Report, failed, ok
from ..common.http import NotPrintable, Outcome
from ..common.ladder import LETTERS, RULES, Ladder
from ..common.line import Line, clock, described
from ..export.target import Target

RUNGS = (
    "dns",
    "tcp",
    "tls",
    "user agent",
    "http",
    "cache",
    "method POST",
    "header X-Bizuno-Token",
    "empty parameter",
    "encoding",
    "body size",
    "credentials",
    "permission",
    "data",
    "clock",
)
_RATES = "?bizRt=portal/api/shipGetRates"
_ORDER = "?bizRt=portal/api/orderAdd"
_PLACE = "&country=US&postcode=10001"
_LOG = "Look into the log there; on ours: bizuno-portal doctor."
_EMPTY = f"{RULES} The bridge itself sends none, but the PHP plugin does."


def check_portal(
    target: Target,
    report: Report,
    biggest: int,
    *,
    ca: Path | None,
    timeout: float,
) -> None:
    """Climb the ladder; ``biggest`` is the largest body that is tried, in bytes."""
    line = Line(target.url, "[bridge] portal_url", ca, "[bridge] portal_ca")
    with closing(Ladder(line, report, is_portal, timeout)) as ladder:
        try:
            if ladder.reach():
                _Portal(ladder, target.token).climb(biggest)
        except NotPrintable as exc:
            remedy = "Choose another token, here and in Bizuno."
            ladder.add(failed("header X-Bizuno-Token", Cause.SETTING, str(exc), remedy))
        ladder.skip(RUNGS)


def is_portal(outcome: Outcome) -> bool:
    """Whether Bizuno's portal interface or ours answered."""
    body = outcome.body
    if not isinstance(body, dict) or "code" in body:
        return False
    words = ("messages", "message", "rates")
    return any(isinstance(body.get(name), (dict, list)) for name in words)


class _Portal:
    """The rungs above the line."""

    def __init__(self, ladder: Ladder, token: str) -> None:
        self.ladder, self.token = ladder, token
        self.header = {"X-Bizuno-Token": token}

    def climb(self, biggest: int) -> None:
        """All of them; later ones do without a token that does not arrive."""
        ladder = self.ladder
        first = ladder.http(_RATES)
        if first is None:
            return
        ladder.add(ok("http", "a portal answers"))
        ladder.fresh(first, _RATES)
        post = ladder.ask("POST", _RATES, {}, b"doctor=1")
        ladder.rung("method POST", post, "passes")
        answer = self._token()
        header = self.header if answer is not None and _is_let_in(answer) else {}
        empty = ladder.ask("GET", f"{_RATES}&doctor=", header)
        ladder.rung("empty parameter", empty, "passes", _EMPTY)
        self._encoding(header)
        ladder.sizes(
            lambda padding: ladder.ask("POST", _RATES, header, b"doctor=1" + padding),
            biggest,
        )
        if answer is not None:
            self._judge(answer)
        ladder.add(clock(first, "the portal"))

    def _token(self) -> Outcome | None:
        """The answer to the token; None when it does not arrive."""
        ladder, name = self.ladder, "header X-Bizuno-Token"
        answer = ladder.ask("GET", _RATES + _PLACE, self.header)
        if ladder.eaten(name, answer):
            return None
        if not _is_let_in(answer) and self._is_taken_posted():
            ladder.lost(name)
            return None
        ladder.add(ok(name, "passes"))
        return answer

    def _is_taken_posted(self) -> bool:
        """Whether the token opens as a field, which counts where there is no header."""
        body = f"token={quote(self.token, safe='')}".encode()
        return _is_let_in(self.ladder.ask("POST", _RATES + _PLACE, {}, body))

    def _encoding(self, header: Mapping[str, str]) -> None:
        target = f"{_RATES}{_PLACE}&city={quote(LETTERS)}"
        outcome = self.ladder.ask("GET", target, header)
        # Bizuno itself takes such letters off; only ours gives them back
        arrived = _city(outcome.body) if _is_ours(outcome) else ""
        self.ladder.letters(outcome, LETTERS, arrived)

    def _judge(self, answer: Outcome) -> None:
        """What the portal says to the token, and to an order that is none."""
        ladder = self.ladder
        if not _is_let_in(answer):
            text = _errors(answer.body) or described(answer)
            remedy = (
                "Check [bridge] portal_token (or the plugin's API token) against "
                "Bizuno's API settings and `bizuno-portal token list`."
            )
            if answer.status >= 500:
                ladder.add(failed("data", Cause.DATA, text, _LOG))
            else:
                ladder.add(failed("credentials", Cause.CREDENTIALS, text, remedy))
            return
        ladder.add(ok("credentials", "accepted"))
        order = ladder.ask("POST", _ORDER, self.header, b"doctor=1")
        text = _errors(order.body)
        if order.status == 403 or "API user" in text:
            remedy = "Name an active user in Bizuno's API settings, or in api_user."
            ladder.add(failed("permission", Cause.PERMISSION, text, remedy))
        elif not ladder.knows(order):
            text = f"The address of orders answers {described(order)}."
            ladder.add(failed("permission", Cause.EATEN, text, RULES))
        elif order.status >= 500:
            ladder.add(failed("data", Cause.DATA, text or described(order), _LOG))
        else:
            ladder.add(ok("permission", "may book orders"))
            ladder.add(ok("data", "answers for its rates"))


def _is_let_in(answer: Outcome) -> bool:
    return answer.status == 200 and "Illegal Access" not in _errors(answer.body)


def _is_ours(outcome: Outcome) -> bool:
    body = outcome.body
    return isinstance(body, dict) and "messages" in body and "rates" in body


def _city(body: Any) -> str:
    found = body.get("pkg") if isinstance(body, dict) else None
    place = found.get("destination") if isinstance(found, dict) else None
    return str(place.get("city") or "") if isinstance(place, dict) else ""


def _errors(body: Any) -> str:
    """The errors of a message stack, wherever it lies."""
    texts = []
    for name in ("messages", "message"):
        stack = body.get(name) if isinstance(body, dict) else None
        entries = stack.get("error") if isinstance(stack, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                texts.append(str(entry.get("text", "")))
    return " ".join(texts)
