"""The way to Bizuno's portal: what gets through, and whether it lets us in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..common.checks import Cause, Report, failed, ok
from ..common.http import Client, NotPrintable, Outcome
from ..common.ladder import LETTERS, RULES, Ladder
from ..common.line import Line, clock, described

SECONDS = 20.0
RUNGS = (
    "dns",
    "tcp",
    "tls",
    "user agent",
    "http",
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
_EMPTY = f"{RULES} The bridge itself sends none, but the PHP plugin does."
_LOST = (
    "Let it be passed on (nginx: no proxy_set_header or fastcgi_param that empties it; "
    "a CDN: allow custom headers)."
)


def check_portal(
    url: str,
    token: str,
    report: Report,
    biggest: int,
    *,
    ca: Path | None = None,
    timeout: float = SECONDS,
) -> None:
    """Climb the ladder; ``biggest`` is the largest body that is tried, in bytes."""
    seconds = min(timeout, SECONDS)
    line = Line(url, "[bridge] portal_url", "[bridge] portal_ca", ca, seconds)
    client = Client(url, {}, timeout=seconds, ca=ca)
    ladder = Ladder(line, client, report, is_portal)
    try:
        if ladder.reach():
            _Portal(ladder, token).climb(biggest)
    except NotPrintable as exc:
        remedy = "Choose another token, here and in Bizuno."
        ladder.add(failed("header X-Bizuno-Token", Cause.SETTING, str(exc), remedy))
    finally:
        client.close()
    ladder.skip(RUNGS)


def is_portal(outcome: Outcome) -> bool:
    """Whether Bizuno's portal interface or ours answered."""
    body = outcome.body
    if not isinstance(body, dict) or "code" in body:
        return False
    return any(isinstance(body.get(name), (dict, list)) for name in _WORDS)


_WORDS = ("messages", "message", "rates")


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
            text = "It does not arrive: something on the way takes it off."
            ladder.add(failed(name, Cause.EATEN, text, _LOST))
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
        if _is_ours(outcome) and _city(outcome.body) not in ("", LETTERS):
            text = "Letters beyond ASCII arrive changed."
            remedy = "Let nothing on the way decode and encode what is sent."
            self.ladder.add(failed("encoding", Cause.EATEN, text, remedy))
        else:
            self.ladder.rung("encoding", outcome, "letters beyond ASCII pass")

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
                remedy = "Look into the log there; on ours: bizuno-portal doctor."
                ladder.add(failed("data", Cause.DATA, text, remedy))
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
