"""A portal that dies at any step leaves an order booked once or not at all.

Real gunicorn on MariaDB: workers die by SIGKILL with all they are at, connections to
the database are cut, and the whole server is killed and started anew.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.books import Books
from portal.books import tables as t
from portal.refused import KIND

from . import sound
from .killing import NO_CRASH, Portal, make_app, steps_of
from .orders import all_of, line, order, rows_of
from .test_orders_flood import KNOWN, SKUS, stock_up

pytestmark = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
CLIENTS = 4
LAST = "after the reply 1"


@pytest.fixture
def config(books: Books, tmp_path: Path) -> str:
    return f"[portal]\ndatabase = {books.database.url}\ndata = {tmp_path}\n"


@pytest.fixture
def portal(config: str, tmp_path: Path) -> Iterator[Portal]:
    made = Portal(config, tmp_path)
    yield made
    made.stop()


def content(number: str, chance: random.Random) -> dict[str, Any]:
    """Some content for an order: one to three lines, a known or a new customer."""
    chosen = chance.sample(SKUS, chance.randint(1, 3))
    # now and then more than there is, which makes it a sales order
    most = chance.choice([3, 3, 3, 3, 5000])
    lines = [
        line(sku, chance.randint(1, most), chance.randint(5, 40)) for sku in chosen
    ]
    email = chance.choice([chance.choice(KNOWN), f"{number.lower()}@x.example"])
    tax = chance.choice(["0", "1.20"])
    return order(number, *lines, email=email, tax=tax)


def total_of(payload: dict[str, Any]) -> Decimal:
    return Decimal(payload["General"]["OrderTotal"])


def sold(payload: dict[str, Any]) -> list[tuple[str, Decimal]]:
    return [(one["ItemID"], Decimal(one["Quantity"])) for one in payload["Item"]]


def entries(books: Books, number: str) -> list[tuple[int, Decimal]]:
    main = t.journal_main.c
    query = select(main.id, main.total_amount).where(main.purch_order_id == number)
    with books.database.read() as conn:
        return [(row[0], row[1]) for row in conn.execute(query)]


def check_booked(books: Books, number: str, payload: dict[str, Any]) -> None:
    """In the books once, with this content and a receipt."""
    ((ident, total),) = entries(books, number)
    assert total == total_of(payload)
    rows = rows_of(books, ident, "itm")
    assert [(row.sku, row.qty) for row in rows] == sold(payload)
    with books.database.read() as conn:
        receipt = books.ledger.receipt(conn, KIND, number)
    assert receipt and receipt.reference == ident


def check_whole(books: Books, number: str, *contents: dict[str, Any]) -> None:
    """One of ``contents`` is in the books, or nothing where there was nothing."""
    found = entries(books, number)
    assert len(found) <= 1
    with books.database.read() as conn:
        receipt = books.ledger.receipt(conn, KIND, number)
    assert bool(receipt) == bool(found)
    if found:
        assert found[0][1] in {total_of(one) for one in contents}
        rows = rows_of(books, found[0][0])
        assert sum(row.debit_amount - row.credit_amount for row in rows) == 0


def check_books(books: Books) -> None:
    with books.database.read() as conn:
        assert sound.findings(conn) == []
        assert not sound.conformance_findings(conn)


def versions(number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order of a new customer, and what becomes of it in the shop."""
    email = f"{number.lower()}@x.example"
    first = order(number, line("TUBE-700", 2), line("CHAIN-11"), email=email)
    return first, order(number, line("TUBE-700", 3), line("PAD-SM55"), email=email)


def crash_at(books: Books, portal: Portal, crashes: list[str], *, edit: bool) -> None:
    """Each crash hits an order of its own, on its way in or when it changes."""
    for at, crash in enumerate(crashes):
        number = f"WC6{int(edit)}{at:04}"
        first, second = versions(number)
        if edit:
            portal.deliver(first)
        wanted = second if edit else first
        status = portal.send(wanted, crash)
        assert status in (0, 200, 503), (crash, status)
        # later the answer may have arrived
        if LAST not in crash and "@" not in crash:
            assert (status == 0) == crash.startswith("die"), (crash, status)
        check_whole(books, number, first, wanted)
        portal.deliver(wanted)
        check_booked(books, number, wanted)
    check_books(books)


def all_steps(config: str, folder: Path, *, edit: bool) -> list[str]:
    """The steps of an order that is new, or that changes."""
    file = folder / "steps.ini"
    file.write_text(config)
    app = make_app(file)
    # the first of all settles something, and each process reads it once
    for number in ("WC59997", "WC59998"):
        steps_of(app, versions(number)[0])
    first, second = versions("WC59999")
    steps = steps_of(app, first)
    if edit:
        steps = steps_of(app, second)
    app.books.database.dispose()
    assert len(steps) >= 10 and steps[-1] == "before the reply 1", steps
    return [*steps, LAST]


def crashes_at(steps: list[str], *kinds: str) -> list[str]:
    return [f"{kind} {step}" for step in steps for kind in kinds]


@pytest.mark.parametrize("edit", [False, True], ids=["new", "edited"])
def test_killed_around_commit_and_reply_an_order_is_booked_once(
    books: Books, portal: Portal, config: str, tmp_path: Path, edit: bool
) -> None:
    stock_up(books, 20)
    steps = all_steps(config, tmp_path, edit=edit)
    chosen = [one for one in steps if one.split()[-2] in ("COMMIT", "reply")]
    assert len(chosen) >= 3, steps
    crash_at(books, portal, crashes_at(chosen, "die", "drop"), edit=edit)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("edit", [False, True], ids=["new", "edited"])
def test_killed_at_every_step_an_order_is_booked_once(
    books: Books, portal: Portal, config: str, tmp_path: Path, edit: bool
) -> None:
    stock_up(books, 100)
    steps = all_steps(config, tmp_path, edit=edit)
    kinds = ("die", "drop", "die@1", "drop@1", "die@3", "drop@3")
    crash_at(books, portal, crashes_at(steps, *kinds), edit=edit)


class Client:
    """Sends orders of its own by chance: new ones, edited ones, twice, with crashes.

    ``last`` is what the store wants to have in the books, ``statuses`` what came back.
    """

    def __init__(self, portal: Portal, number: int, steps: list[str]) -> None:
        self.portal, self.name, self.steps = portal, number, steps
        self.chance = random.Random(number)
        self.last: dict[str, dict[str, Any]] = {}
        self.statuses: Counter[int] = Counter()
        self.twins = ThreadPoolExecutor(2)

    def schedule(self) -> None:
        """One to three orders, each sent up to three times."""
        for _ in range(self.chance.randint(1, 3)):
            number = self._pick()
            payload = self.last.get(number)
            if payload is None or self.chance.random() < 0.7:
                payload = self.last[number] = content(number, self.chance)
            self._send(payload)
        if self.chance.random() < 0.01:
            self.portal.kill()

    def _pick(self) -> str:
        if self.last and self.chance.random() < 0.5:
            return self.chance.choice(list(self.last))
        return f"WC{self.name}{len(self.last):05}"

    def _send(self, payload: dict[str, Any]) -> None:
        for _ in range(self.chance.randint(1, 2)):
            crashes = [self._crash() for _ in range(self.chance.randint(1, 2))]
            sent = self.twins.map(lambda one: self.portal.send(payload, one), crashes)
            self.statuses.update(sent)
        if self.chance.random() < 0.7:  # else nobody asks again for now
            self.portal.deliver(payload)

    def _crash(self) -> str:
        kind = self.chance.choice(["die", "drop", "die@2", "drop@2", ""])
        return f"{kind} {self.chance.choice(self.steps)}" if kind else NO_CRASH


def run_schedules(
    books: Books, portal: Portal, steps: list[str], count: int
) -> list[Client]:
    clients = [Client(portal, at, steps) for at in range(1, CLIENTS + 1)]
    left, lock = iter(range(count)), threading.Lock()

    def work(client: Client) -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            client.schedule()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, clients))
    for client in clients:
        for payload in client.last.values():
            portal.deliver(payload)
        client.twins.shutdown()
    return clients


def check_schedules(
    books: Books, portal: Portal, config: str, folder: Path, count: int
) -> None:
    stock_up(books, max(count // 4, 10))
    steps = all_steps(config, folder, edit=True)
    old = {head.id for head in all_of(books, t.journal_main)}
    clients = run_schedules(books, portal, steps, count)
    statuses = sum((client.statuses for client in clients), Counter[int]())
    assert statuses[0] and statuses[503] and statuses[200], statuses
    assert set(statuses) <= {0, 200, 503}, statuses
    wanted = {key: one for client in clients for key, one in client.last.items()}
    heads = [head for head in all_of(books, t.journal_main) if head.id not in old]
    assert sorted(head.purch_order_id for head in heads) == sorted(wanted)
    assert {head.journal_id for head in heads} == {10, 12}
    for number, payload in wanted.items():
        check_booked(books, number, payload)
    check_books(books)


def test_random_schedules_end_with_every_order_once(
    books: Books, portal: Portal, config: str, tmp_path: Path
) -> None:
    check_schedules(books, portal, config, tmp_path, 16)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_random_schedules_end_with_every_order_once(
    books: Books, portal: Portal, config: str, tmp_path: Path
) -> None:
    check_schedules(books, portal, config, tmp_path, 1000)
