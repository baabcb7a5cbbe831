"""Outgoing calls end in one of three outcomes, in time, whatever the peer does."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.common.http import Client, NotPrintable, Outcome, without_empty
from tests.support.peers import Behaviour, Peer, certificate, reply

Start = Callable[..., Peer]
OK = reply(b'{"result":"Success"}')


@pytest.fixture
def start() -> Iterator[Start]:
    peers: list[Peer] = []

    def begin(behave: Behaviour | bytes, tls: ssl.SSLContext | None = None) -> Peer:
        peers.append(Peer(behave, tls))
        return peers[-1]

    yield begin
    for peer in peers:
        peer.close()


def client(peer: Peer, *, timeout: float = 5, **headers: str) -> Client:
    return Client(peer.url, headers, timeout=timeout)


def post(peer: Peer, *, timeout: float = 5) -> Outcome:
    calls = client(peer, timeout=timeout)
    try:
        return calls.send("POST", "/x", b"a=1")
    finally:
        calls.close()


# what is sent


def test_a_get_sends_no_empty_parameters_and_no_credentials(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login u password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://u:hunter2@127.0.0.1:9/")
    peer = start(OK)
    calls = client(peer, **{"X-Bizuno-Token": "tok"})
    query = {"country": "US", "state": "", "city": None, "zero": 0, "postcode": "1 2"}
    assert calls.get("/?bizRt=portal/api/shipGetRates", query).done
    calls.close()
    head = peer.requests[0].decode()
    line, *headers = head.strip().split("\r\n")
    assert line == (
        "GET /?bizRt=portal/api/shipGetRates&country=US&zero=0&postcode=1+2 HTTP/1.1"
    )
    names = {header.split(":")[0].lower() for header in headers}
    assert "authorization" not in names and "proxy-authorization" not in names
    assert "x-bizuno-token" in names
    assert "content-type" not in names
    assert "\r\nUser-Agent: bizuno-bridge/" in head


def test_a_write_sends_its_bytes_as_they_are(start: Start) -> None:
    peer = start(OK)
    calls = client(peer, email="a@example.com")
    outcome = calls.send("PUT", "wp-json/x", b"data%5B0%5D=%C3%A9", query={"plan": "1"})
    calls.close()
    assert outcome == Outcome("done", 200, {"result": "Success"}, "", outcome.headers)
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /wp-json/x?plan=1 HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/x-www-form-urlencoded\r\n" in head
    assert b"authorization" not in head.lower()
    assert body == b"data%5B0%5D=%C3%A9"


def test_the_connection_is_kept(start: Start) -> None:
    peer = start(OK)
    calls = client(peer)
    for _ in range(3):
        assert calls.send("POST", "/x", b"a=1").done
    calls.close()
    assert (peer.connections, len(peer.requests)) == (1, 3)


@pytest.mark.parametrize("value", ["tökn", "a\nb", "a\r\nX-Evil: 1", "", " a", "a\0"])
def test_a_header_that_a_firewall_refuses_is_not_sent(value: str) -> None:
    if value == "":
        assert Client("http://127.0.0.1", {"pass": value}, timeout=1)
        return
    with pytest.raises(NotPrintable, match="header pass") as caught:
        Client("http://127.0.0.1", {"pass": value}, timeout=1)
    assert value.strip() not in str(caught.value) or value == " a"


def test_an_address_with_a_password_sends_no_authorization(start: Start) -> None:
    peer = start(OK)
    base = peer.url.replace("//", "//user:hunter2@")
    calls = Client(base, {}, timeout=5)
    calls.get("/x")
    calls.close()
    assert b"authorization" not in peer.requests[0].lower()


def test_parameters_that_are_zero_or_false_stay() -> None:
    query = {"a": 0, "b": False, "c": None, "d": "", "e": "0", "f": 0.0}
    assert without_empty(query) == {"a": "0", "b": "False", "e": "0", "f": "0.0"}


# what is done


def test_json_with_a_good_status_is_done(start: Start) -> None:
    outcome = post(start(reply(b'{"ID":"7"}', "201 Created", "text/html")))
    assert (outcome.kind, outcome.status, outcome.body) == ("done", 201, {"ID": "7"})
    assert outcome.headers["Content-Type"] == "text/html"


def test_a_compressed_answer_is_read(start: Start) -> None:
    body = gzip.compress(json.dumps({"n": "x" * 100_000}).encode())
    peer = start(reply(body, "200 OK", "application/json", "Content-Encoding: gzip"))
    assert post(peer).body == {"n": "x" * 100_000}


def test_a_chunked_answer_is_read(start: Start) -> None:
    peer = start(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'
    )
    assert post(peer).body == {"a": 1}


def test_an_answer_that_ends_with_the_connection_is_read(start: Start) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"a":1}')
        connection.close()

    assert post(start(behave)).body == {"a": 1}


# what is refused


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "409", "422", "429"])
def test_a_refusal_keeps_what_was_said(start: Start, status: str) -> None:
    outcome = post(start(reply(b'{"code":"x"}', f"{status} No")))
    assert (outcome.kind, outcome.status) == ("refused", int(status))
    assert outcome.body == {"code": "x"}
    assert status in outcome.reason


def test_a_refusal_in_html_is_a_refusal(start: Start) -> None:
    outcome = post(start(reply(b"<h1>Forbidden</h1>", "403 Forbidden", "text/html")))
    assert (outcome.kind, outcome.body) == ("refused", None)


@pytest.mark.parametrize("status", ["301", "302", "307", "308"])
def test_a_redirect_is_not_followed(start: Start, status: str) -> None:
    target = start(OK)
    peer = start(
        reply(b"moved", f"{status} Moved", "text/html", f"Location: {target.url}/x")
    )
    outcome = post(peer)
    assert outcome.kind == "refused"
    assert "redirects" in outcome.reason
    assert target.requests == []


def test_an_empty_redirect_names_the_redirect(start: Start) -> None:
    peer = start(reply(b"", "301 Moved", "text/html", "Location: https://x.test/"))
    outcome = post(peer)
    assert outcome.kind == "refused"
    assert "redirects" in outcome.reason


def test_nobody_listening_is_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    calls = Client(f"http://127.0.0.1:{port}", {}, timeout=5)
    outcome = calls.send("POST", "/x", b"")
    assert (outcome.kind, outcome.status) == ("refused", 0)
    assert "cannot be reached" in outcome.reason


def test_a_name_that_does_not_exist_is_a_refusal() -> None:
    calls = Client("http://shop.invalid", {}, timeout=5)
    assert calls.send("POST", "/x", b"").kind == "refused"


def test_a_server_without_tls_behind_https_is_a_refusal(start: Start) -> None:
    peer = start(OK)
    calls = Client(peer.url.replace("http:", "https:"), {}, timeout=1)
    outcome = calls.send("POST", "/x", b"")
    calls.close()
    assert outcome.kind == "refused"
    assert peer.requests == []


def test_a_certificate_nobody_vouches_for_is_a_refusal(
    start: Start, tmp_path: Path
) -> None:
    context, _ = certificate(tmp_path)
    peer = start(OK, context)
    outcome = post(peer)
    assert (outcome.kind, outcome.status) == ("refused", 0)
    assert "TLS certificate" in outcome.reason
    assert peer.requests == []


def test_a_certificate_of_ones_own_can_be_trusted(start: Start, tmp_path: Path) -> None:
    context, public = certificate(tmp_path)
    peer = start(OK, context)
    calls = Client(peer.url, {}, timeout=5, ca=public)
    assert calls.send("POST", "/x", b"a=1").done
    assert calls.send("POST", "/x", b"a=1").done
    calls.close()
    assert peer.connections == 1


# what is unknown


def test_html_with_a_good_status_is_unknown(start: Start) -> None:
    outcome = post(start(reply(b"<html>login</html>", kind="text/html")))
    assert (outcome.kind, outcome.status, outcome.body) == ("unknown", 200, None)
    assert "no JSON" in outcome.reason


@pytest.mark.parametrize("status", ["500", "502", "503", "504"])
def test_a_failure_of_the_server_is_unknown(start: Start, status: str) -> None:
    outcome = post(start(reply(b'{"message":"x"}', f"{status} No")))
    assert (outcome.kind, outcome.status) == ("unknown", int(status))
    assert outcome.body == {"message": "x"}


def test_an_empty_answer_names_firewall_and_tls(start: Start) -> None:
    outcome = post(start(reply(b"")))
    assert (outcome.kind, outcome.status) == ("unknown", 200)
    assert "firewall" in outcome.reason and "TLS" in outcome.reason


def test_a_write_is_never_sent_twice(start: Start) -> None:
    def reset(connection: socket.socket) -> None:
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()

    peer = start(reset)
    outcome = post(peer)
    assert (outcome.kind, outcome.status) == ("unknown", 0)
    assert "broke before the answer" in outcome.reason
    assert len(peer.requests) == 1


def test_a_connection_closed_without_an_answer_is_unknown(start: Start) -> None:
    peer = start(lambda connection: connection.close())
    assert post(peer).kind == "unknown"


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a":1}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xff",
    ],
    ids=["cut", "cut-chunk", "bad-chunk", "bad-gzip", "no-http", "no-utf8"],
)
def test_a_broken_answer_is_unknown(start: Start, answer: bytes) -> None:
    def behave(connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.close()

    outcome = post(start(behave))
    assert outcome.kind == "unknown"
    assert outcome.reason


# the deadline


def timed(peer: Peer, timeout: float) -> tuple[Outcome, float]:
    started = time.monotonic()
    outcome = post(peer, timeout=timeout)
    return outcome, time.monotonic() - started


def test_a_server_that_hangs_is_given_up(start: Start) -> None:
    peer = start(lambda connection: peer.wait(20) and None)
    outcome, seconds = timed(peer, 0.5)
    assert outcome.kind == "unknown"
    assert "within 0.5 seconds" in outcome.reason
    assert seconds < 2


@pytest.mark.parametrize(
    "head,drop",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"HTTP/1.1 ", b"2"),
    ],
    ids=["length", "chunked", "close", "header", "status"],
)
def test_a_server_that_drips_is_given_up(
    start: Start, head: bytes, drop: bytes
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while not peer.wait(0.1):
            connection.sendall(drop)

    peer = start(drip)
    outcome, seconds = timed(peer, 1)
    assert outcome.kind == "unknown"
    assert "within 1 seconds" in outcome.reason
    assert seconds < 3


def test_the_deadline_holds_over_tls(start: Start, tmp_path: Path) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
        while not peer.wait(0.1):
            connection.sendall(b" ")

    context, public = certificate(tmp_path)
    peer = start(drip, context)
    calls = Client(peer.url, {}, timeout=1, ca=public)
    started = time.monotonic()
    outcome = calls.send("POST", "/x", b"a=1")
    calls.close()
    assert outcome.kind == "unknown"
    assert "within 1 seconds" in outcome.reason
    assert time.monotonic() - started < 3


def test_the_deadline_holds_for_the_handshake(start: Start) -> None:
    def drip(connection: socket.socket) -> None:
        # a TLS record that says it has 16,000 bytes, and then one byte at a time
        connection.sendall(b"\x16\x03\x03\x3e\x80")
        while not peer.wait(0.1):
            connection.sendall(b"\x02")

    peer = start(b"")
    peer._serve = drip  # type: ignore[method-assign]
    calls = Client(peer.url.replace("http:", "https:"), {}, timeout=1)
    started = time.monotonic()
    assert calls.send("POST", "/x", b"a=1").kind == "refused"
    assert time.monotonic() - started < 3


def test_a_server_that_reads_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        calls = Client(f"http://127.0.0.1:{port}", {}, timeout=1)
        started = time.monotonic()
        outcome = calls.send("POST", "/x", b"x" * 50_000_000)
        calls.close()
    assert outcome.kind == "unknown"
    assert time.monotonic() - started < 4


def test_an_answer_without_end_is_given_up(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.common.http.MAX_ANSWER_BYTES", 1_000_000)

    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 100_000)

    outcome, seconds = timed(start(flood), 20)
    assert outcome.kind == "unknown"
    assert "larger than" in outcome.reason
    assert seconds < 5


def test_the_client_works_on_after_a_bad_answer(start: Start) -> None:
    answers = iter([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", OK])

    def behave(connection: socket.socket) -> None:
        answer = next(answers)
        connection.sendall(answer)
        if answer is not OK:
            connection.close()

    calls = client(start(behave))
    assert calls.send("POST", "/x", b"").kind == "unknown"
    assert calls.send("POST", "/x", b"").kind == "done"
    calls.close()
