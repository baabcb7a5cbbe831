"""Outgoing calls: one builder, a deadline, and three outcomes.

What a call ended in is *done* (the other side answered and did it), *refused* (it
answered that it will not) or *unknown* (nobody can tell whether it was done: a lost
connection, a timeout, an answer that is no JSON). Unknown is never an error to be
swallowed nor a success; the caller resolves it by asking again or reading back.

Requests are built to survive a firewall in between: printable ASCII in headers, no
``Authorization: Basic``, no empty query parameters, a stable User-Agent, TLS verified,
no redirect followed. Only a question is asked again by itself; a write never is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import requests

from .deadline import Call, WatchedAdapter
from .outcome import Outcome, read_outcome
from .secrets import printable_header

NOT_TRUSTED = "The TLS certificate was not accepted."
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_PAUSES = (0.2, 0.6)  # seconds before a question is asked again
_PASSING = (0, 502, 503, 504)  # what may be gone a moment later


class NotPrintable(ValueError):
    """A header value that a firewall would refuse; names the header, not the value."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The value of the header {name} holds characters other than printable "
            "ASCII, or outer blanks; a firewall would refuse it. Check how the secret "
            "is stored."
        )


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
        _check(headers)
        self.base, self.timeout = _without_user(base).rstrip("/"), timeout
        self._session = requests.Session()
        self._session.mount("http://", WatchedAdapter())
        self._session.mount("https://", WatchedAdapter())
        # .netrc or a proxy's credentials would add "Authorization: Basic"
        self._session.trust_env = False
        self._session.auth = _no_credentials
        self._session.verify = str(ca) if ca else True
        self._session.headers.update({**headers, "User-Agent": user_agent()})

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Outcome:
        """Ask for something; asked again within the same deadline if that may help."""
        until = time.monotonic() + self.timeout
        request = self.prepare("GET", path, query=query)
        outcome = self._carry(request, self.timeout)
        for pause in _PAUSES:
            left = until - time.monotonic() - pause
            if left <= 0 or not _is_passing(outcome):
                break
            time.sleep(pause)
            outcome = self._carry(request, left)
        return outcome

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
        request = self.prepare(
            method, path, query=query, body=body, content_type=content_type
        )
        return self._carry(request, self.timeout)

    def probe(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Outcome:
        """Send just this, once: for finding out what gets through.

        ``target`` keeps its empty parameters, and of the client's own headers none
        goes along but the User-Agent.
        """
        _check(headers)
        own = {"User-Agent": user_agent(), **headers}
        request = requests.Request(method, self._address(target), own, data=body)
        return self._carry(request.prepare(), self.timeout)

    def prepare(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        content_type: str | None = None,
    ) -> requests.PreparedRequest:
        """What is sent for this: the one place where requests are built.

        ``path`` may hold a query of its own. Raises NotPrintable.
        """
        extra = {"Content-Type": content_type} if content_type else {}
        _check(extra)
        where, mark, own = path.partition("?")
        kept = "&".join(part for part in own.split("&") if part.partition("=")[2])
        request = requests.Request(
            method,
            self._address(f"{where}?{kept}" if mark and kept else where),
            params=without_empty(query or {}),
            data=body,
            headers=extra,
        )
        return self._session.prepare_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _address(self, target: str) -> str:
        return f"{self.base}/{target.lstrip('/')}"

    def _carry(self, request: requests.PreparedRequest, seconds: float) -> Outcome:
        call = Call(seconds)
        try:
            with (
                call.running(),
                self._session.send(
                    request,
                    timeout=seconds,
                    verify=self._session.verify,
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
        return read_outcome(response.status_code, dict(response.headers), content)


class _TooLong(Exception):
    """More than MAX_ANSWER_BYTES."""


def _check(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not printable_header(value):
            raise NotPrintable(name)


def _without_user(address: str) -> str:
    """The address without ``user:password@``, which would show in messages."""
    scheme, mark, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _is_passing(outcome: Outcome) -> bool:
    """A lost connection or a busy server; no verdict on a certificate."""
    return outcome.status in _PASSING and outcome.reason != NOT_TRUSTED


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
            return Outcome("refused", reason=NOT_TRUSTED)
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


__all__ = ["Client", "NotPrintable", "Outcome", "user_agent", "without_empty"]
