"""Failed sign-ins are counted across workers and answered with a growing delay."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, MetaData

from bridge.common.attempts import (
    LONGEST_DELAY_SECONDS,
    WINDOW_SECONDS,
    Attempts,
    counters,
    delay_seconds,
)
from bridge.common.database import Database
from bridge.common.errors import TooMany

NOW = 1_800_000_000


class Desk:
    """Attempts on a fresh database, one transaction per call as in an app."""

    def __init__(self, url: str) -> None:
        self.database, metadata = Database(url), MetaData()
        self.attempts = Attempts("t_", metadata)
        with self.database.transaction() as conn:
            metadata.create_all(conn)

    def fail(self, account: str, address: str, times: int, now: float = NOW) -> None:
        watched = counters(account, address, free=3)
        for _ in range(times):
            with self.database.transaction() as conn:
                self.attempts.fail(conn, watched, now)

    def wait(self, account: str, address: str, now: float = NOW) -> int:
        with self.database.read() as conn:
            return self._wait(conn, account, address, now)

    def _wait(self, conn: Connection, account: str, address: str, now: float) -> int:
        try:
            self.attempts.check(conn, counters(account, address, free=3), now)
        except TooMany as exc:
            return exc.retry_after
        return 0


@pytest.fixture
def desk(database_url: str) -> Desk:
    return Desk(database_url)


def test_the_free_failures_cost_nothing(desk: Desk) -> None:
    desk.fail("ann", "192.0.2.1", 2)
    assert desk.wait("ann", "192.0.2.1") == 0


def test_each_further_failure_doubles_the_delay(desk: Desk) -> None:
    waits = []
    desk.fail("ann", "192.0.2.1", 3)
    for _ in range(3):
        waits.append(desk.wait("ann", "192.0.2.1"))
        desk.fail("ann", "192.0.2.1", 1)
    assert waits == [1, 2, 4]


def test_the_owner_still_gets_in_from_another_address(desk: Desk) -> None:
    desk.fail("ann", "192.0.2.1", 10)
    assert desk.wait("ann", "192.0.2.1") > 0
    assert desk.wait("ann", "192.0.2.2") == 0


def test_an_address_cannot_walk_through_the_accounts(desk: Desk) -> None:
    for number in range(15):
        desk.fail(f"user{number}", "192.0.2.1", 1)
    assert desk.wait("another", "192.0.2.1") > 0


def test_letter_case_and_blanks_make_no_new_account(desk: Desk) -> None:
    desk.fail(" Ann@X.test", "192.0.2.1", 2)
    desk.fail("ann@x.test", "192.0.2.1", 1)
    assert desk.wait("ANN@x.test ", "192.0.2.1") > 0


def test_a_success_forgets_the_failures_of_that_account(desk: Desk) -> None:
    desk.fail("ann", "192.0.2.1", 4)
    with desk.database.transaction() as conn:
        desk.attempts.succeed(conn, counters("ann", "192.0.2.1", 3))
    assert desk.wait("ann", "192.0.2.1") == 0


def test_failures_outside_the_window_do_not_count(desk: Desk) -> None:
    desk.fail("ann", "192.0.2.1", 9, now=NOW - WINDOW_SECONDS)
    assert desk.wait("ann", "192.0.2.1") == 0
    desk.fail("ann", "192.0.2.1", 1)
    assert desk.wait("ann", "192.0.2.1") == 0


def test_old_counters_are_removed(desk: Desk) -> None:
    desk.fail("ann", "192.0.2.1", 1, now=NOW - WINDOW_SECONDS)
    with desk.database.transaction() as conn:
        desk.attempts.forget_old(conn, NOW)
        left = conn.execute(desk.attempts.table.select()).all()
    assert left == []


def test_the_delay_is_bounded() -> None:
    assert delay_seconds(2, 3) == 0
    assert delay_seconds(3, 3) == 1
    assert delay_seconds(10_000, 3) == LONGEST_DELAY_SECONDS
