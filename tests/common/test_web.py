"""Bodies are read, bounded and refused over real HTTP; errors show nothing."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from bridge.common import phpform
from tests.support.echo import LIMITS, create_app
from tests.support.servers import Gunicorn

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    running = Gunicorn("tests.support.echo:app", "", tmp_path_factory.mktemp("echo"))
    yield running
    running.stop()


def send(
    echo: Gunicorn, body: Any, kind: str | None = None, **headers: str
) -> requests.Response:
    if kind is not None:
        headers["Content-Type"] = kind
    return requests.post(f"{echo.url}/echo", data=body, headers=headers, timeout=30)


def raw(echo: Gunicorn, request: bytes, *, seconds: float = 20) -> bytes:
    """Send bytes as they are; everything that comes back until the end."""
    with socket.create_connection(("127.0.0.1", echo.port), seconds) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


# what a view is given


def test_a_form_is_read(echo: Gunicorn) -> None:
    answer = send(echo, b"data%5B0%5D%5BSKU%5D=A+1&data[1][SKU]=%C3%A9", FORM)
    assert answer.status_code == 200
    assert answer.json() == {"body": {"data": [{"SKU": "A 1"}, {"SKU": "é"}]}}
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "kind", [FORM, f"{FORM}; charset=UTF-8", FORM.upper(), f"{FORM};charset=utf-8"]
)
def test_the_charset_of_a_form_does_not_matter(echo: Gunicorn, kind: str) -> None:
    assert send(echo, b"a=1", kind).json() == {"body": {"a": "1"}}


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/json; charset=utf-8", "application/vnd+json"],
)
def test_json_is_read_with_its_types(echo: Gunicorn, kind: str) -> None:
    body = {"data": {"a": [1, 2.5, True, None, "é🚲"]}}
    assert send(echo, json.dumps(body).encode(), kind).json() == {"body": body}


def test_a_body_without_content_type_is_told_by_its_beginning(echo: Gunicorn) -> None:
    assert send(echo, b"a[b]=1").json() == {"body": {"a": {"b": "1"}}}
    assert send(echo, b' \r\n{"a":{"b":1}}').json() == {"body": {"a": {"b": 1}}}
    assert send(echo, b"[1]").status_code == 400  # JSON, but no object


def test_a_form_that_begins_like_json_is_a_form_when_it_says_so(
    echo: Gunicorn,
) -> None:
    assert send(echo, b"{=1", FORM).json() == {"body": {"{": "1"}}


@pytest.mark.parametrize("kind", [None, FORM, "application/json"])
def test_an_empty_body_is_an_empty_payload(echo: Gunicorn, kind: str | None) -> None:
    answer = send(echo, b"", kind)
    assert (answer.status_code, answer.json()) == (200, {"body": {}})


def test_a_chunked_body_is_read(echo: Gunicorn) -> None:
    parts = iter([b"a=1&", b"b=2"])
    assert send(echo, parts, FORM).json() == {"body": {"a": "1", "b": "2"}}


def test_a_body_that_waits_for_the_go_ahead_is_read(echo: Gunicorn) -> None:
    body = b"a=1"
    head = (
        f"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n"
        "Connection: close\r\n\r\n"
    )
    answer = raw(echo, head.encode() + body)
    assert b"200 OK" in answer and b'{"body":{"a":"1"}}' in answer


# what is refused


@pytest.mark.parametrize(
    "body,reason",
    [
        (b"{", "not valid JSON at character 1"),
        (b'{"a":NaN}', "not valid JSON"),
        (b'{"a":Infinity}', "not valid JSON"),
        (b'{"a":1e999}', "not valid JSON"),
        (b'{"a":' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"a":1} x', "not valid JSON at character 8"),
        (b"'a'", "not valid JSON"),
        (b"[]", "not an object"),
        (b"1", "not an object"),
        (b'"a"', "not an object"),
        (b"null", "not an object"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a":"\\ud800"}', "half of a surrogate pair"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_json_object_is_malformed(
    echo: Gunicorn, body: bytes, reason: str
) -> None:
    answer = send(echo, body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert reason in answer.json()["messages"]["error"][0]["text"]


def test_a_pair_of_surrogates_is_an_ordinary_letter(echo: Gunicorn) -> None:
    answer = send(echo, b'{"a":"\\ud83d\\udeb2"}', "application/json")
    assert answer.json() == {"body": {"a": "🚲"}}


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "x/y"]
)
def test_other_kinds_of_body_are_malformed(echo: Gunicorn, kind: str) -> None:
    answer = send(echo, b"a=1", kind)
    assert answer.status_code == 400
    assert "neither a form nor JSON" in answer.text


def test_bytes_that_are_no_text_are_malformed(echo: Gunicorn) -> None:
    answer = send(echo, b"a=%FF", FORM)
    assert answer.status_code == 400
    assert "The field a is not UTF-8 text." in answer.text


@pytest.mark.parametrize("kind", [FORM, "application/json", None])
def test_forty_megabytes_are_too_large(echo: Gunicorn, kind: str | None) -> None:
    answer = send(echo, b"a=" + b"x" * 40_000_000, kind)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert str(LIMITS.bytes) in answer.text


def test_a_chunked_body_without_length_is_bounded(echo: Gunicorn) -> None:
    parts = (b"x" * 65536 for _ in range(600))
    answer = send(echo, parts, FORM)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_endless_body_is_given_up(echo: Gunicorn) -> None:
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", echo.port), 10) as connection:
        connection.sendall(
            b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        with pytest.raises(OSError):
            while time.monotonic() - started < 60:
                connection.sendall(chunk)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "rest",
    [
        "Content-Length: 1000\r\n\r\na=1",
        "Transfer-Encoding: chunked\r\n\r\n10\r\na=1",
        "Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\na=1\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\na=12\r\n0\r\n\r\n",
    ],
    ids=["length", "chunk", "no-last-chunk", "no-size", "wrong-size"],
)
def test_a_part_of_a_body_is_never_taken_for_all_of_it(
    echo: Gunicorn, rest: str
) -> None:
    head = f"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
    answer = raw(echo, f"{head}{rest}".encode())
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert send(echo, b"a=1", FORM).status_code == 200  # and the server lives


def test_a_body_just_within_the_limit_is_whole(echo: Gunicorn) -> None:
    body = b"a=" + b"x" * (LIMITS.bytes - 2)
    for form in (body, iter([body])):
        answer = send(echo, form, FORM)
        assert len(answer.json()["body"]["a"]) == LIMITS.bytes - 2
    assert send(echo, iter([body, b"x"]), FORM).status_code == 413


def test_too_many_fields_are_too_large(echo: Gunicorn) -> None:
    form = phpform.encode({"a": ["x"] * 1001})
    assert send(echo, form, FORM).status_code == 413
    body = json.dumps({"a": ["x"] * 1001}).encode()
    answer = send(echo, body, "application/json")
    assert answer.status_code == 413
    assert "more than 1000 fields" in answer.text
    assert send(echo, phpform.encode({"a": ["x"] * 1000}), FORM).status_code == 200


@pytest.mark.parametrize("depth", [9, 500, 200_000])
def test_nesting_is_bounded(echo: Gunicorn, depth: int) -> None:
    form = b"a" + b"[b]" * depth + b"=1"
    assert send(echo, form, FORM).status_code == 413
    body = b'{"a":' + b'{"b":' * depth + b"1" + b"}" * depth + b"}"
    answer = send(echo, body, "application/json")
    assert answer.status_code == 413
    lists = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    assert send(echo, lists, "application/json").status_code == 413


def test_nesting_up_to_the_limit_is_read(echo: Gunicorn) -> None:
    assert send(echo, b"a" + b"[b]" * 8 + b"=1", FORM).status_code == 200
    body = b'{"a":' + b'{"b":' * 8 + b"1" + b"}" * 8 + b"}"
    assert send(echo, body, "application/json").status_code == 200


# errors


def test_an_internal_error_shows_nothing_but_a_reference(echo: Gunicorn) -> None:
    answer = requests.get(f"{echo.url}/boom", timeout=10)
    assert answer.status_code == 500
    reference = answer.headers["X-Request-Id"]
    assert answer.json() == {
        "code": "internal_error",
        "messages": {
            "error": [
                {
                    "text": "An internal error; nothing was changed. "
                    f"Reference {reference}.",
                    "code": "internal_error",
                }
            ]
        },
    }


def test_the_log_names_the_error_by_its_reference_and_not_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = create_app().test_client().get("/boom?token=hunter2")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in caplog.text
    assert "unhandled RuntimeError" in caplog.text and "> echo.py:" in caplog.text
    assert "hunter2" not in caplog.text and "SELECT" not in caplog.text


def test_the_log_tells_each_request_without_its_query(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    create_app().test_client().post("/echo?token=hunter2", data={"pass": "hunter2"})
    line = caplog.messages[-1]
    assert line.startswith("POST /echo 200 ") and "hunter2" not in caplog.text


def test_no_path_forges_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    create_app().test_client().get("/x%0d%0aPOST%20/echo%20200")
    assert caplog.messages[-1].startswith("GET /x%0D%0APOST%20/echo%20200 404 ")


def test_a_limit_says_when_to_come_back(echo: Gunicorn) -> None:
    answer = requests.get(f"{echo.url}/slow-down", timeout=10)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_a_wrong_method_names_the_right_ones(echo: Gunicorn) -> None:
    answer = requests.get(f"{echo.url}/echo", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_wrong_route_is_json_too(echo: Gunicorn) -> None:
    answer = requests.get(f"{echo.url}/nowhere/%2e%2e/etc/passwd", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")
    assert "etc" not in answer.text


def test_what_is_no_http_does_not_harm(echo: Gunicorn) -> None:
    for junk in (b"\0\0\0", b"GET\r\n\r\n", b"POST /echo HTTP/1.1\r\n: x\r\n\r\n"):
        raw(echo, junk)
    assert send(echo, b"a=1", FORM).status_code == 200


def half_sent(echo: Gunicorn, size: int) -> socket.socket:
    """A connection on which a part of a body was sent to an address that refuses it."""
    head = f"POST /slow-down HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n"
    connection = socket.create_connection(("127.0.0.1", echo.port), 20)
    connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + b"x" * 1000)
    return connection


def test_a_refusal_reaches_a_client_that_still_sends(echo: Gunicorn) -> None:
    """A proxy that finds the connection reset does not look for an answer."""
    with half_sent(echo, 1_000_000) as connection:
        for _ in range(9):
            time.sleep(0.05)
            connection.sendall(b"x" * 111_000)
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")


def test_a_refused_client_that_stops_sending_holds_no_thread(echo: Gunicorn) -> None:
    started = time.monotonic()
    with half_sent(echo, 1_000_000) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")
    assert time.monotonic() - started < 10
