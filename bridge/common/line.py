"""The line to another host, rung by rung: name, connection, TLS, HTTP."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from .checks import Cause, Check, failed, ok, skipped, warning
from .http import Outcome

EXPIRES_SOON_DAYS = 14
CONNECT_SECONDS = 20.0
CLOCK_SECONDS = 60


@dataclass(frozen=True)
class Line:
    """The way to ``url``; ``ca`` is a file of certificates that are trusted, too.

    ``key`` and ``ca_key`` are the settings that the two come from.
    """

    url: str
    key: str
    ca: Path | None
    ca_key: str

    def climb(self) -> Iterator[Check]:
        """Check name, connection and TLS; stops at the first that fails."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as exc:
            reason = getattr(exc, "strerror", None) or "it is no name of a host"
            text = f"The name {host} is not known ({reason})."
            remedy = f"Check the host in {self.key}, and the name server of this host."
            yield failed("dns", Cause.CANNOT_REACH, text, remedy)
            return
        addresses = ", ".join(dict.fromkeys(str(entry[4][0]) for entry in found))
        yield ok("dns", f"{host} is {addresses}")
        try:
            connection = socket.create_connection((host, port), CONNECT_SECONDS)
        except OSError as exc:
            reason = exc.strerror or str(exc)
            text = f"No connection to port {port} ({reason})."
            remedy = f"Check {self.key}; let firewalls on both sides pass this port."
            yield failed("tcp", Cause.CANNOT_REACH, text, remedy)
            return
        yield ok("tcp", f"connected to port {port}")
        with connection:
            yield self._tls(connection, host) if secure else _plain(host)

    def _tls(self, connection: socket.socket, host: str) -> Check:
        context = ssl.create_default_context()
        if self.ca:
            try:
                context.load_verify_locations(self.ca)
            except (OSError, ssl.SSLError):
                text = "The file with trusted certificates cannot be read."
                remedy = f"Check {self.ca_key}: a PEM file that this account may read."
                return failed("tls", Cause.SETTING, text, remedy)
        try:
            connection.settimeout(CONNECT_SECONDS)
            with context.wrap_socket(connection, server_hostname=host) as secured:
                version = secured.version() or "TLS"
                certificate = secured.getpeercert() or {}
        except ssl.SSLCertVerificationError as exc:
            text = f"The certificate is not accepted: {exc.verify_message}."
            remedy = (
                "Renew it, or include its intermediate certificates; for a certificate "
                f"of your own set {self.ca_key}."
            )
            return failed("tls", Cause.CANNOT_REACH, text, remedy)
        except OSError as exc:
            text = f"The TLS handshake failed ({exc.strerror or type(exc).__name__})."
            remedy = f"Check that {self.key} is the port of https, and what is between."
            return failed("tls", Cause.CANNOT_REACH, text, remedy)
        return _valid(version, str(certificate.get("notAfter", "")))


def _valid(version: str, end: str) -> Check:
    days = 10_000
    if end:
        days = int((ssl.cert_time_to_seconds(end) - time.time()) // 86400)
    if days < EXPIRES_SOON_DAYS:
        text = f"{version}; the certificate ends in {days} days."
        return warning("tls", text, "Renew the certificate of the other side.")
    return ok("tls", f"{version}, certificate accepted")


def _plain(host: str) -> Check:
    if host in ("localhost", "127.0.0.1", "::1"):
        return skipped("tls", "not used on this host itself")
    return warning(
        "tls",
        "The address is http: passwords and tokens travel readable by everybody.",
        "Use the https address.",
    )


def described(outcome: Outcome) -> str:
    """What came instead of the expected answer, for people."""
    if not outcome.status:
        return outcome.reason.rstrip(".").lower()
    kind = outcome.header("content-type").partition(";")[0]
    by = outcome.header("server")
    told = f"status {outcome.status}"
    if kind:
        told += f" with {kind[:40]}"
    return f"{told} from {by[:40]}" if by else told


def clock(outcome: Outcome, whose: str) -> Check:
    """Compare clocks by the header ``Date`` of an answer that just came."""
    try:
        there = parsedate_to_datetime(outcome.header("date"))
    except ValueError:
        return skipped("clock", f"{whose} does not say what time it is")
    return compared("clock", (datetime.now(UTC) - there).total_seconds(), whose)


def compared(name: str, seconds: float, whose: str) -> Check:
    """A clock that is ``seconds`` behind ours."""
    if abs(seconds) <= CLOCK_SECONDS:
        return ok(name, f"{whose} has the same time")
    way = "behind" if seconds > 0 else "ahead"
    text = f"The clock of {whose} is {abs(seconds):.0f} seconds {way} of this one."
    return warning(name, text, "Let both hosts keep their time by NTP.")
