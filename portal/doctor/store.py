"""The way to a store: what gets through, and whether the store lets us in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

from bridge.common.checks import Cause, Report, failed, ok, warning
from bridge.common.config import StoreConfig
from bridge.common.http import Outcome
from bridge.common.ladder import LETTERS, RULES, Ladder
from bridge.common.line import Line, clock, described
from bridge.common.phpform import encode

from ..push.store import NAMESPACE, SIGN, said

RUNGS = (
    "dns",
    "tcp",
    "tls",
    "user agent",
    "http",
    "cache",
    "method POST",
    "method PUT",
    "header email",
    "header pass",
    "empty parameter",
    "encoding",
    "body size",
    "credentials",
    "permission",
    "data",
    "clock",
)
# what no store has: a refresh of it changes nothing, even in the plugin
_SKU = "bizuno-doctor-no-such-item"
_ITEM = {"QtyStock": "1", "Weight": "1", "RegularPrice": "1.00", "SalePrice": ""}
_EMPTY = f"{RULES} The portal itself sends none."
_REFRESH, _UPDATE = f"{NAMESPACE}product/refresh", f"{NAMESPACE}product/update"


def check_store(config: StoreConfig, report: Report, biggest: int) -> None:
    """Climb the ladder; ``biggest`` is the largest body that is tried, in bytes."""
    prefix = f"{config.name}: " if config.name else ""
    place = f"[store:{config.name}]" if config.name else "[store]"
    if not config.url or not config.email or not config.password:
        text = "The store is not configured, so nothing is pushed."
        remedy = f"Set url, email and password in {place}."
        report.add(warning(f"{prefix}store", text, remedy, Cause.SETTING))
        return
    line = Line(config.url, f"{place} url", config.ca, f"{place} ca")
    ladder = Ladder(line, report, is_store, config.timeout, prefix)
    with closing(ladder):
        if ladder.reach():
            _Store(ladder, config, place).climb(biggest)
    ladder.skip(RUNGS)


def is_store(outcome: Outcome) -> bool:
    """Whether WordPress's REST interface or our bridge answered."""
    body = outcome.body
    if not isinstance(body, dict):
        return False
    refused = isinstance(body.get("code"), str) and isinstance(body.get("data"), dict)
    return refused or "namespace" in body or "result" in body


class _Store:
    """The rungs above the line."""

    def __init__(self, ladder: Ladder, config: StoreConfig, place: str) -> None:
        self.ladder, self.place = ladder, place
        self.email, self.password = {"email": config.email}, {"pass": config.password}
        self.is_bridge = False

    def climb(self, biggest: int) -> None:
        """All of them; later ones do without credentials that do not arrive."""
        ladder = self.ladder
        first = ladder.http(NAMESPACE)
        if first is None or not self._is_there(first):
            return
        ladder.fresh(first, NAMESPACE)
        ladder.rung("method POST", ladder.ask("POST", _UPDATE, {}, b"data=1"), "passes")
        put = ladder.ask("PUT", _REFRESH, {}, b"data=1")
        ladder.rung("method PUT", put, "passes")
        answer = self._headers()
        # wrong ones are not sent again: they would count as attempts to break in
        accepted = answer is not None and answer.status not in (401, 403, 429)
        headers = {**self.email, **self.password} if accepted else {}
        empty = ladder.ask("GET", f"{NAMESPACE}?doctor=")
        ladder.rung("empty parameter", empty, "passes", _EMPTY)
        self._encoding(headers)
        ladder.sizes(lambda padding: self._send(headers, "", padding), biggest)
        if answer is not None:
            self._judge(answer)
        ladder.add(clock(first, "the store"))

    def _is_there(self, first: Outcome) -> bool:
        ladder = self.ladder
        self.is_bridge = first.header(SIGN) == "1"
        if first.status == 404:
            text = "WordPress is there, but not bizuno-api/v1."
            remedy = "Activate the plugin there, or let the web server pass it on."
            ladder.add(failed("http", Cause.SETTING, text, remedy))
            return False
        kind = "bizuno-bridge" if self.is_bridge else "WordPress with the PHP plugin"
        ladder.add(ok("http", f"{kind} answers"))
        return True

    def _headers(self) -> Outcome | None:
        """Each header alone, then both; the answer to both, None when one is eaten."""
        ladder = self.ladder
        alone = {
            "header email": ladder.ask("GET", _REFRESH, self.email),
            "header pass": ladder.ask("GET", _REFRESH, self.password),
        }
        if all(ladder.knows(outcome) for outcome in alone.values()):
            answer = self._send({**self.email, **self.password})
            lost = _lost(answer)
        else:
            answer, lost = None, ()
        for name, outcome in alone.items():
            if name in lost:
                ladder.lost(name)
            else:
                ladder.rung(name, outcome, "passes")
        if answer is None or lost:
            return None
        if not ladder.knows(answer):
            text = f"With both headers comes {described(answer)}."
            ladder.add(failed("credentials", Cause.EATEN, text, RULES))
            return None
        return answer

    def _send(
        self,
        headers: Mapping[str, str],
        more: str = "",
        padding: bytes = b"",
        query: str = "",
    ) -> Outcome:
        """A refresh of an item that no store has, which our bridge only plans.

        Where PUT does not pass: an update without a SKU, which everybody refuses.
        """
        if self.ladder.has("method PUT"):
            body = encode({"data": [{"SKU": f"{_SKU}{more}", **_ITEM}]})
            target = f"{_REFRESH}?plan=1{query}"
            return self.ladder.ask("PUT", target, headers, body + padding)
        body = encode({"data": {"Doctor": f"1{more}"}})
        target = f"{_UPDATE}?plan=1{query}"
        return self.ladder.ask("POST", target, headers, body + padding)

    def _encoding(self, headers: Mapping[str, str]) -> None:
        query = f"&doctor={quote(LETTERS)}"
        outcome = self._send(headers, LETTERS, query=query)
        self.ladder.letters(outcome, f"{_SKU}{LETTERS}", _first_sku(outcome.body))

    def _judge(self, answer: Outcome) -> None:
        """What the store says to a complete request."""
        ladder = self.ladder
        text = said(answer.body) or described(answer)
        if answer.status == 429:
            remedy = "Mend email and password first; then wait as long as it says."
            ladder.add(failed("credentials", Cause.CREDENTIALS, text, remedy))
            return
        if answer.status == 401:
            remedy = (
                f"Check email and password in {self.place}; an application password "
                "needs a shop on https."
            )
            ladder.add(failed("credentials", Cause.CREDENTIALS, text, remedy))
            return
        if answer.status >= 500 or answer.status == 404:
            remedy = "Look into the log there; on our bridge: bizuno-bridge doctor."
            ladder.add(failed("data", Cause.DATA, text, remedy))
            return
        ladder.add(ok("credentials", "accepted"))
        if answer.status == 403:
            remedy = "Make this user a shop manager in WordPress."
            ladder.add(failed("permission", Cause.PERMISSION, text, remedy))
            return
        ladder.add(ok("permission", "may manage the shop"))
        ladder.add(ok("data", "answers for its catalog"))


def _lost(answer: Outcome) -> tuple[str, ...]:
    """The headers that a store misses; our bridge says which."""
    if answer.status != 401 or said(answer.body) != "Missing credentials.":
        return ()
    missing = answer.header("X-Bizuno-Missing") or "email pass"
    return tuple(f"header {name}" for name in missing.split())


def _first_sku(body: Any) -> str:
    items = body.get("items") if isinstance(body, dict) else None
    first = items[0] if isinstance(items, list) and items else {}
    return str(first.get("SKU", "")) if isinstance(first, dict) else ""
