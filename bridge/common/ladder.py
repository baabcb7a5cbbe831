"""A ladder of probes through whatever stands between two hosts.

Each rung adds one ingredient of a real request to one that is known to get through.
What answers in the words of the application got through; what answers otherwise, or
not at all, was eaten by something in between, and the ingredient of this rung is why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .checks import Cause, Check, Report, failed, ok, skipped
from .http import Client, Outcome, user_agent
from .line import Line, described

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0"
FORM = "application/x-www-form-urlencoded"
LETTERS = "doctor-\N{LATIN SMALL LETTER U WITH DIAERESIS}-\N{BICYCLE}"
"""Two letters and one sign that are more than one byte each."""
SIZES = (64, 256, 1025, 4096, 8192, 16384, 32768)  # KiB
PATIENCE = 20.0  # seconds; only a large body is given as long as a real call
RULES = (
    "Let the firewall pass it for this address (mod_security: SecRuleRemoveById; "
    "nginx: look for return, deny and limit_except)."
)
_LOST = (
    "Let it be passed on (nginx: no proxy_set_header or fastcgi_param that empties it; "
    "a CDN: allow custom headers)."
)


@dataclass
class Ladder:
    """Probes to one host, and what was found; close it afterwards.

    ``knows`` tells whether an answer is the application's own; ``timeout`` is what a
    real call is given, in seconds.
    """

    line: Line
    report: Report
    knows: Callable[[Outcome], bool]
    timeout: float
    prefix: str = ""
    agent: str = field(default_factory=user_agent)

    def __post_init__(self) -> None:
        self._quick = self._client(min(self.timeout, PATIENCE))
        self._patient = self._client(self.timeout)

    def _client(self, seconds: float) -> Client:
        return Client(self.line.url, {}, timeout=seconds, ca=self.line.ca)

    def close(self) -> None:
        """Close the connections."""
        self._quick.close()
        self._patient.close()

    def add(self, check: Check) -> None:
        """Keep a check under this ladder's name."""
        name = f"{self.prefix}{check.name}"
        self.report.add(Check(name, check.state, check.text, check.cause, check.remedy))

    def has(self, name: str) -> bool:
        """Whether this ladder's check of that name found all right."""
        return self.report.has(f"{self.prefix}{name}")

    def skip(self, names: Iterable[str], why: str = "not reached") -> None:
        """Say what was not looked at."""
        self.report.skip([f"{self.prefix}{name}" for name in names], why)

    def reach(self) -> bool:
        """Name, connection and TLS; whether a probe makes sense."""
        for check in self.line.climb():
            self.add(check)
            if check.cause in (Cause.CANNOT_REACH, Cause.SETTING):
                return False
        return True

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Outcome:
        """Send one probe."""
        sent = {"User-Agent": self.agent, **(headers or {})}
        if body is not None:
            sent.setdefault("Content-Type", FORM)
        client = self._patient if len(body or b"") > SIZES[0] * 1024 else self._quick
        return client.probe(method, target, sent, body)

    def http(self, target: str) -> Outcome | None:
        """The first whole request; None when the application cannot be asked at all.

        Where only the User-Agent is in the way, the rest is tried with another one.
        """
        outcome = self.ask("GET", target)
        if not self.knows(outcome):
            other = self._quick.probe("GET", target, {"User-Agent": BROWSER})
            if not self.knows(other):
                self.add(_stranger(outcome, self.line.key))
                return None
            text = f"{self.agent!r} gets {described(outcome)}, a browser's passes."
            self.add(failed("user agent", Cause.EATEN, text, RULES))
            self.agent, outcome = BROWSER, other
        else:
            self.add(ok("user agent", self.agent))
        return outcome

    def fresh(self, first: Outcome, target: str) -> None:
        """Whether the same question is answered anew; ``first`` answered ``target``."""
        again = self.ask("GET", target)
        number = first.header("X-Request-Id")
        if not number:
            self.add(skipped("cache", "the other side does not number its answers"))
        elif number == again.header("X-Request-Id"):
            text = "An answer was given twice: something on the way keeps it."
            remedy = "Exclude this address from caching, whatever the method."
            self.add(failed("cache", Cause.EATEN, text, remedy))
        else:
            self.add(ok("cache", "answers are not kept on the way"))

    def rung(self, name: str, outcome: Outcome, good: str, remedy: str = RULES) -> bool:
        """Whether this ingredient got through; says so."""
        if self.eaten(name, outcome, remedy):
            return False
        self.add(ok(name, good))
        return True

    def eaten(self, name: str, outcome: Outcome, remedy: str = RULES) -> bool:
        """Whether this ingredient was eaten; says so only then."""
        if self.knows(outcome):
            return False
        text = f"Eaten on the way: with it comes {described(outcome)}."
        self.add(failed(name, Cause.EATEN, text, remedy))
        return True

    def lost(self, name: str) -> None:
        """Say that this header was taken off, which only the application noticed."""
        text = "It does not arrive: something on the way takes it off."
        self.add(failed(name, Cause.EATEN, text, _LOST))

    def letters(self, outcome: Outcome, sent: str, arrived: str) -> None:
        """Whether letters beyond ASCII pass unchanged.

        ``arrived`` is empty where the answer does not repeat what was ``sent``.
        """
        if arrived in ("", sent):
            self.rung("encoding", outcome, "letters beyond ASCII pass")
            return
        text = "Letters beyond ASCII arrive changed."
        remedy = "Let nothing on the way decode and encode what is sent."
        self.add(failed("encoding", Cause.EATEN, text, remedy))

    def sizes(self, send: Callable[[bytes], Outcome], limit: int) -> None:
        """Bodies that grow up to ``limit`` bytes, until one is not taken."""
        passed = 0
        for kib in SIZES:
            if kib * 1024 > limit:
                break
            outcome = send(b"&padding=" + b"x" * (kib * 1024))
            if not self.knows(outcome) or outcome.status == 413:
                text = f"{_size(kib)} do not pass: {described(outcome)}"
                text += f"; {_size(passed)} do." if passed else "."
                remedy = (
                    "Raise the limit there (nginx: client_max_body_size, PHP: "
                    "post_max_size, mod_security: SecRequestBodyLimit, bizuno-bridge: "
                    "[limits] body_bytes)."
                )
                self.add(failed("body size", Cause.EATEN, text, remedy))
                return
            passed = kib
        self.add(ok("body size", f"{_size(passed)} pass"))


def _size(kib: int) -> str:
    return f"{kib} KiB" if kib < 1024 else f"{kib / 1024:.0f} MiB"


def _stranger(outcome: Outcome, key: str) -> Check:
    """Something answered, and it is not the application."""
    if 300 <= outcome.status < 400:
        text = "The address leads to another one."
        remedy = f"Set {key} to where it leads (https? www? a path?)."
        return failed("http", Cause.SETTING, text, remedy)
    if outcome.status == 401 and outcome.header("www-authenticate"):
        text = "A password of the web server itself stands before the application."
        remedy = "Take it away for this path; the header it needs is often eaten."
        return failed("http", Cause.CREDENTIALS, text, remedy)
    text = f"The application does not answer; instead comes {described(outcome)}."
    remedy = f"Check {key}, the web server's configuration, and firewalls in between."
    return failed("http", Cause.CANNOT_REACH, text, remedy)
