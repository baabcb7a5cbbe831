"""Outgoing calls: one builder, a deadline, and three outcomes.

What a call ended in is *done* (the other side answered and did it), *refused* (it
answered that it will not) or *unknown* (nobody can tell whether it was done: a lost
connection, a timeout, an answer that is no JSON). Unknown is never an error to be
swallowed nor a success; the caller resolves it by asking again or reading back.

Requests are built to survive a firewall in between: printable ASCII in headers, no
``Authorization: Basic``, no empty query parameters, a stable User-Agent, TLS verified,
no redirect followed on a write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import requests

from .deadline import Call, WatchedAdapter
from .secrets import printable_header

MAX_ANSWER_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024


class NotPrintable(ValueError):
    """A header value that a firewall would refuse; names the header, not the value."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The value of the header {name} holds characters other than printable "
            "ASCII, or outer blanks; a firewall would refuse it. Check how the secret "
            "is stored."
        )


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


def user_agent() -> str:
    """``bizuno-bridge/<version>``."""
    try:
        return f"bizuno-bridge/{version('bizuno-bridge')}"
    except PackageNotFoundError:
        return "bizuno-bridge"


class Client:
    """Calls to one peer, over kept-alive connections; one client per thread."""

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        *,
        timeout: float,
        ca: Path | None = None,
    ) -> None:
        for name, value in headers.items():
            if not printable_header(value):
                raise NotPrintable(name)
        self.base, self.timeout = base.rstrip("/"), timeout
        self._session = requests.Session()
        self._session.mount("http://", WatchedAdapter())
        self._session.mount("https://", WatchedAdapter())
        # .netrc or a proxy's credentials would add "Authorization: Basic"
        self._session.trust_env = False
        self._session.auth = _no_credentials
        self._session.verify = str(ca) if ca else True
        self._session.headers.update({"User-Agent": user_agent(), **headers})

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Outcome:
        """Ask for something; safe to repeat."""
        return self._send("GET", path, query, None, None)

    def send(
        self,
        method: Literal["POST", "PUT"],
        path: str,
        body: bytes,
        *,
        query: Mapping[str, Any] | None = None,
        content_type: str = "application/x-www-form-urlencoded",
    ) -> Outcome:
        """Send a write, once."""
        return self._send(method, path, query, body, content_type)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: bytes | None,
        content_type: str | None,
    ) -> Outcome:
        call = Call(self.timeout)
        try:
            with (
                call.running(),
                self._session.request(
                    method,
                    f"{self.base}/{path.lstrip('/')}",
                    params=without_empty(query or {}),
                    data=body,
                    headers={"Content-Type": content_type} if content_type else {},
                    timeout=self.timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                content = _read(response)
        except _TooLong:
            size = MAX_ANSWER_BYTES
            return Outcome("unknown", reason=f"The answer is larger than {size} bytes.")
        except requests.RequestException as exc:
            return _failed(exc, call, self.timeout)
        if call.over:  # an answer that ends with the connection looks complete
            return _late(self.timeout)
        return _outcome(response, content)


class _TooLong(Exception):
    """More than MAX_ANSWER_BYTES."""


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Adds nothing, so that no user in an address becomes "Authorization: Basic"."""
    return request


def without_empty(query: Mapping[str, Any]) -> dict[str, str]:
    """Drop parameters that are None or empty; ``0`` stays."""
    return {k: str(v) for k, v in query.items() if v is not None and str(v) != ""}


def _failed(exc: requests.RequestException, call: Call, timeout: float) -> Outcome:
    """Without a connection nothing was sent: a refusal; else nobody can tell."""
    if not call.connected:
        if isinstance(exc, requests.exceptions.SSLError):
            return Outcome("refused", reason="The TLS certificate was not accepted.")
        return Outcome("refused", reason="The other side cannot be reached.")
    if call.over or isinstance(exc, requests.Timeout):
        return _late(timeout)
    return Outcome("unknown", reason="The connection broke before the answer.")


def _late(timeout: float) -> Outcome:
    return Outcome("unknown", reason=f"No complete answer within {timeout:g} seconds.")


def _read(response: requests.Response) -> bytes:
    """The body, up to MAX_ANSWER_BYTES."""
    parts, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise _TooLong
        parts.append(chunk)
    return b"".join(parts)


def _outcome(response: requests.Response, content: bytes) -> Outcome:
    status, headers = response.status_code, dict(response.headers)
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
