"""Many orders at once, the same order at once, and a portal that dies in between."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from bridge.common import phpform
from portal.books import EXTENSION, Books
from portal.books import tables as t
from tests.support.servers import Gunicorn

from . import sound
from .orders import ADDRESS, HEADERS, all_of, fix_journal, line, order, send

FORM = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
SKUS = ("TUBE-700", "PATCH-KIT", "LUBE-DRY", "LUBE-WET", "PAD-SM55")


def mixed_order(at: int) -> dict[str, Any]:
    """An order of three items in turning order, every other one of a new customer."""
    skus = [SKUS[(at + step) % len(SKUS)] for step in range(3)]
    if at % 3 == 0:
        skus.reverse()
    email = f"new{at}@x.example" if at % 2 else "anna.whitfield@example.com"
    lines = [line(sku, 1, "4.50") for sku in skus]
    return order(f"WC9{at:04}", *lines, email=email, freight="5")


def at_once(
    work: Callable[[Any], Any], given: Iterable[Any], threads: int
) -> list[Any]:
    """Do ``work`` on each with so many threads, which begin together."""
    barrier, begun = threading.Barrier(threads), threading.local()

    def one(value: Any) -> Any:
        if not hasattr(begun, "here"):
            begun.here = True
            barrier.wait(10)
        return work(value)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, given))


def assert_sound(books: Books) -> None:
    with books.database.read() as conn:
        assert sound.findings(conn) == []


@pytest.mark.parametrize("journal", ["", 10])
def test_numbers_are_unique_under_parallel_orders(
    portal_app: Flask, journal: int | str
) -> None:
    own: Books = portal_app.extensions[EXTENSION]
    fix_journal(own, journal)
    before = len(all_of(own, t.journal_main))
    answers = at_once(
        lambda at: send(portal_app.test_client(), mixed_order(at)), range(200), 8
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["ID"] for answer in answers}) == 200
    heads = all_of(own, t.journal_main)
    assert len(heads) - before == 200
    assert len({(h.journal_id, h.invoice_num) for h in heads}) == len(heads)
    assert_sound(own)


def test_the_same_order_at_once_is_one_entry(portal_app: Flask) -> None:
    own: Books = portal_app.extensions[EXTENSION]
    for round_ in range(4):
        payload = order(f"WC80{round_}", email=f"twin{round_}@x.example")
        answers = at_once(
            lambda _, payload=payload: send(portal_app.test_client(), payload),
            range(6),
            6,
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json["ID"] for answer in answers}) == 1
        told = [answer.json["messages"] for answer in answers]
        assert sum("success" in one for one in told) == 1
        mail = t.contacts.c.email == f"twin{round_}@x.example"
        assert len(all_of(own, t.contacts, mail)) == 1
    assert_sound(own)


def test_changes_at_once_leave_one_of_them(portal_app: Flask) -> None:
    own: Books = portal_app.extensions[EXTENSION]
    versions = [order("WC8100", line("TUBE-700", at, "7.95")) for at in range(1, 9)]
    answers = at_once(lambda one: send(portal_app.test_client(), one), versions, 8)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["ID"] for answer in answers}) == 1
    (head,) = all_of(own, t.journal_main, t.journal_main.c.purch_order_id == "WC8100")
    assert head.total_amount in {one_total(version) for version in versions}
    assert_sound(own)


def one_total(payload: dict[str, Any]) -> Any:
    return Decimal(payload["General"]["OrderTotal"]).normalize()


def test_killed_portal_leaves_nothing_half_written(
    sample_url: str, tmp_path: Path, books: Books
) -> None:
    """Workers are killed while orders come in; every order ends up booked once."""
    text = f"[portal]\ndatabase = {sample_url}\ndata = {tmp_path}\n"
    portal = Gunicorn("portal", text, tmp_path, workers=2, threads=4)
    cut_off, answered = itertools.count(), itertools.count(1)
    before = len(all_of(books, t.journal_main))

    def until_answered(at: int) -> str:
        body, deadline = phpform.encode(mixed_order(at)), time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = requests.post(
                    portal.url + ADDRESS, data=body, headers=FORM, timeout=20
                )
            except requests.RequestException:
                next(cut_off)
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                if next(answered) % 8 == 0:  # five others are on their way now
                    for pid in portal.workers():
                        os.kill(pid, signal.SIGKILL)
                return str(answer.json()["ID"])
        raise AssertionError("no answer within a minute")

    try:
        answers = at_once(until_answered, range(40), 6)
    finally:
        portal.stop()
    assert next(cut_off) > 0, "no request was ever cut off"
    assert len(set(answers)) == 40
    assert len(all_of(books, t.journal_main)) - before == 40
    assert_sound(books)
