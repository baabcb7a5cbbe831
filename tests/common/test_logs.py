"""The log says what we say: no library adds addresses or tracebacks to it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bridge.common.http import Client
from bridge.common.logs import start_logging
from tests.support.peers import Peer, reply


@pytest.fixture
def started() -> Iterator[None]:
    """Logging as a server starts it, and as it was before."""
    library = logging.getLogger("urllib3")
    before = library.level
    start_logging("debug")
    yield
    library.setLevel(before)


def test_a_broken_answer_leaves_no_address_in_the_log(
    started: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broken = reply(b"{}").replace(b"\r\n\r\n", b"\r\nno header\r\n\r\n", 1)
    peer = Peer(broken)
    client = Client(peer.url, {}, timeout=5)
    try:
        outcome = client.send("POST", "/x?token=hunter2", b"a=1")
    finally:
        client.close()
        peer.close()
    assert outcome.status == 200
    assert "hunter2" not in caplog.text and "Traceback" not in caplog.text
