"""Whatever is asked for, a request has nothing in it that a firewall eats."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.common.config import parse
from bridge.common.errors import ConfigError
from bridge.common.http import Client, NotPrintable, user_agent
from bridge.common.secrets import printable_header
from tests.support.peers import Peer, reply

PRINTABLE = re.compile(r"[\x20-\x7e]*")
TARGET = re.compile(r"[\x21-\x7e]+")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
BASES = st.sampled_from(
    [
        "https://books.example",
        "https://books.example/",
        "http://127.0.0.1:8080/sub",
        "https://user:hunter2@books.example",
    ]
)
VALUES = st.one_of(
    st.none(), st.text(), st.integers(), st.booleans(), st.just(""), st.just("0")
)
QUERIES = st.dictionaries(st.text(min_size=1), VALUES, max_size=5)
PATHS = st.one_of(
    st.sampled_from(["", "/", "?bizRt=portal/api/orderAdd", "wp-json/x?a=&b=0&c"]),
    st.text(),
)
HEADERS = st.dictionaries(
    st.sampled_from(["email", "pass", "X-Bizuno-Token", "Accept", "user-agent"]),
    st.text().filter(printable_header),
)
BODIES = st.one_of(st.none(), st.binary(max_size=50))


@contextmanager
def client(base: str, headers: dict[str, str]) -> Iterator[Client]:
    made = Client(base, headers, timeout=1)
    try:
        yield made
    finally:
        made.close()


@given(BASES, HEADERS, st.sampled_from(["GET", "POST", "PUT"]), PATHS, QUERIES, BODIES)
def test_a_request_holds_nothing_that_firewalls_eat(
    base: str,
    headers: dict[str, str],
    method: str,
    path: str,
    query: dict[str, Any],
    body: bytes | None,
) -> None:
    assume("\x00" not in path)
    with client(base, headers) as calls:
        request = calls.prepare(method, path, query=query, body=body)
    names = {name.lower() for name in request.headers}
    assert "authorization" not in names and "proxy-authorization" not in names
    for name, value in request.headers.items():
        assert TOKEN.fullmatch(name)
        text = value.decode("ascii") if isinstance(value, bytes) else value
        assert PRINTABLE.fullmatch(text) and text == text.strip()
    assert request.headers["User-Agent"] == user_agent()
    assert request.url is not None
    assert TARGET.fullmatch(request.url) and "hunter2" not in request.url
    assert urlsplit(request.url).hostname == urlsplit(base).hostname
    pairs = urlsplit(request.url).query.split("&")
    assert pairs == [""] or all(pair.partition("=")[2] for pair in pairs)
    assert request.body == body or (not body and not request.body)


@given(QUERIES)
def test_every_parameter_with_a_value_arrives_as_it_is(query: dict[str, Any]) -> None:
    try:
        wanted = {k: str(v) for k, v in query.items() if str(v) != "" and v is not None}
        "".join([*wanted, *wanted.values()]).encode()
    except UnicodeEncodeError:  # halves of a pair are no text
        assume(False)
    with client("https://books.example", {}) as calls:
        request = calls.prepare("GET", "?bizRt=portal/api/shipGetRates", query=query)
    found = dict(parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True))
    assert found == {"bizRt": "portal/api/shipGetRates"} | wanted


@given(st.text())
def test_a_header_that_is_not_printable_is_never_built(value: str) -> None:
    if printable_header(value):
        with client("https://books.example", {"pass": value}) as calls:
            headers = calls.prepare("GET", "/").headers
        assert headers["pass"] == value
        return
    with pytest.raises(NotPrintable) as caught:
        Client("https://books.example", {"pass": value}, timeout=1)
    assert "pass" in str(caught.value)
    assert len(value) < 4 or value not in str(caught.value)


def test_zero_and_false_are_values_and_nothing_is_not() -> None:
    query = {"a": 0, "b": "0", "c": False, "d": "", "e": None, "f": " "}
    with client("https://books.example", {}) as calls:
        url = calls.prepare("GET", "x?g=&h=1&i", query=query).url
    assert url == "https://books.example/x?h=1&a=0&b=0&c=False&f=+"


def test_the_route_of_the_portal_keeps_its_slashes() -> None:
    with client("https://books.example/erp", {}) as calls:
        url = calls.prepare("POST", "?bizRt=portal/api/orderAdd", body=b"").url
    assert url == "https://books.example/erp/?bizRt=portal/api/orderAdd"


# asked again


def test_a_question_is_asked_again_and_a_write_is_not() -> None:
    answers = [reply(b"", "503 Busy"), reply(b"{}")]

    def behave(connection: socket.socket) -> None:
        connection.sendall(answers.pop(0) if len(answers) > 1 else answers[0])

    peer = Peer(behave)
    with client(peer.url, {}) as calls:
        assert calls.get("/x").done
        assert len(peer.requests) == 2
        answers[:] = [reply(b"", "503 Busy")]
        assert calls.send("POST", "/x", b"a=1").kind == "unknown"
        assert calls.send("PUT", "/x", b"a=1").kind == "unknown"
    peer.close()
    methods = [request.split()[0] for request in peer.requests]
    assert methods == [b"GET", b"GET", b"POST", b"PUT"]


def test_a_refusal_is_final() -> None:
    peer = Peer(reply(b"{}", "403 No"))
    with client(peer.url, {}) as calls:
        assert calls.get("/x").kind == "refused"
    peer.close()
    assert len(peer.requests) == 1


def test_asking_again_keeps_the_deadline() -> None:
    def behave(connection: socket.socket) -> None:
        peer.wait(0.4)
        connection.close()

    peer = Peer(behave)
    started = time.monotonic()
    with client(peer.url, {}) as calls:
        assert calls.get("/x").kind == "unknown"
    assert time.monotonic() - started < 1.5
    peer.close()


def test_a_probe_is_sent_just_as_it_is() -> None:
    peer = Peer(reply(b"{}"))
    with client(peer.url, {"pass": "hunter2"}) as calls:
        calls.probe("PUT", "/x?a=&b", {"email": "a@b.example"}, b"c=")
    peer.close()
    head = peer.requests[0].decode()
    assert head.startswith("PUT /x?a=&b HTTP/1.1\r\n")
    assert "\r\nemail: a@b.example\r\n" in head and "hunter2" not in head
    assert head.endswith("\r\n\r\nc=")


# refused at the start


@pytest.mark.parametrize(
    ("section", "key"),
    [("bridge", "portal_token"), ("store", "email"), ("store:b", "password")],
)
@pytest.mark.parametrize("secret", ["pässword-1", "a\tb", "\N{BICYCLE}", "x\x7f"])
def test_a_secret_that_firewalls_refuse_is_refused_at_the_start(
    section: str, key: str, secret: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[{section}]\n{key} = {secret}\n", {})
    ((place, text),) = caught.value.problems
    assert place == f"[{section}] {key}"
    assert "printable ASCII" in text and "firewalls" in text
    assert secret not in str(caught.value)
