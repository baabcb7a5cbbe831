"""Random and hostile pairs of headers are refused; none of them breaks anything."""

from __future__ import annotations

import random
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.common.sample import STORE_EMAIL
from bridge.sample import create_sample
from bridge.shop import Shop
from tests.support.servers import Gunicorn

from .conftest import shop_config

PATH = b"/wp-json/bizuno-api/v1/product/refresh"
HOSTILE = [
    b"' OR '1'='1",
    b"admin'--",
    b'"; DROP TABLE wp_users; --',
    b"%s%s%n%x",
    b"{{7*7}}${7*7}",
    b"../../etc/passwd",
    b"\xff\xfe\xfd",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x9a\xb2",
    b"\xef\xbb\xbfadmin",
    b"a@" * 60,
    b"@",
    b"a" * 61,
    b"x" * 4096,
    b"x" * 8000,
    b"0",
    b"null",
    b'O:8:"stdClass":0:{}',
    b"a:1:{i:0;i:1;}",
    b"\t\x0b\x0c",
    b"\x01\x02\x7f",
    b"\x00",
    b"$wp$2y$10$" + b"a" * 53,
    STORE_EMAIL.encode() + b"\x00",
    STORE_EMAIL.upper().encode(),
    "ma\N{COMBINING ACUTE ACCENT}nager".encode(),
    "\N{LATIN SMALL LETTER SHARP S}\N{RIGHT-TO-LEFT OVERRIDE}".encode(),
    b"email: x\r\n\tfolded",
]


def pairs(count: int, seed: int) -> Iterator[tuple[bytes, bytes]]:
    """Known attacks, then anything."""
    chosen = random.Random(seed)
    for _ in range(count):
        yield _value(chosen), _value(chosen)


def _value(chosen: random.Random) -> bytes:
    if chosen.random() < 0.5:
        return chosen.choice(HOSTILE)
    return chosen.randbytes(chosen.choice([0, 1, 3, 10, 80, 300]))


def ask(port: int, email: bytes, password: bytes) -> int:
    """Send the bytes as they are; the status of the answer, 0 for a closed door."""
    head = b"PUT " + PATH + b" HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n"
    head += b"Connection: close\r\nemail: " + email + b"\r\npass: " + password
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(head + b"\r\n\r\n")
            answer = connection.makefile("rb").readline()
        except OSError:
            return 0
    return int(answer.split()[1]) if answer.startswith(b"HTTP/") else 0


def storm(folder: Path, count: int, attempts: int, seed: int) -> Counter[int]:
    """Statuses of many pairs sent to a bridge of its own, eight at a time."""
    url = f"sqlite:///{folder / 'shop.sqlite'}"
    if not (folder / "shop.sqlite").exists():
        shop = Shop.of(shop_config(url, folder))
        create_sample(shop)
        shop.database.dispose()
    config = f"[bridge]\ndatabase = {url}\nuploads = {folder}\n"
    config += f"[limits]\nlogin_attempts = {attempts}\n"
    server = Gunicorn("bridge", config, folder, workers=2)
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda pair: ask(server.port, *pair), pairs(count, seed))
            return Counter(answers)
    finally:
        server.stop()


def test_hostile_pairs_of_headers_are_refused(tmp_path: Path) -> None:
    unlimited = storm(tmp_path, 60, 0, seed=1)
    assert set(unlimited) <= {0, 400, 401, 431}
    limited = storm(tmp_path, 400, 10, seed=2)
    assert set(limited) <= {0, 400, 401, 429, 431}
    assert limited[429] > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_hostile_pairs_give_no_failure(tmp_path: Path) -> None:
    found = storm(tmp_path, 1_000, 0, seed=3)
    found += storm(tmp_path, 9_000, 10, seed=4)
    assert set(found) <= {0, 400, 401, 429, 431}
    assert sum(found.values()) == 10_000
