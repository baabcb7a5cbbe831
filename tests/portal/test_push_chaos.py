"""However the store misbehaves, in the end it has what Bizuno has."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from bridge.common.config import StoreConfig
from portal.books import Books
from portal.push.jobs import Job, Planned, RefreshJob, UploadJob
from portal.push.output import Lines
from portal.push.push import Ending, Options, Push
from portal.push.report import Report
from portal.push.runs import Runs
from tests.support.listening import ListeningStore

FAULTS: list[int | str] = [0, 0, "drop", "cut", 500, 502, 413, 429, 503, 401, "hang"]


def chaos(books: Books, job: Job, config: StoreConfig, store: ListeningStore) -> None:
    """Push, resuming as often as the store turns us away, until it is done."""
    chance = random.Random(f"{job.kind} {store.book.bridge}")
    ending = Ending("stopped")
    for _ in range(60):
        store.book.faults.clear()
        store.book.faults.extend(chance.choices(FAULTS, k=chance.randrange(9)))
        options = Options(continued=ending.run or None)
        report = Report(Lines(named=False, write=lambda text: None), "", job.kind)
        push = Push(books, config, job, report, options, pause=lambda seconds: None)
        ending = push.go()
        if ending.result == "done":
            break
    assert ending.result == "done"
    wanted = {p.entry.key: p.entry.load() for p in plan_of(books, job)}
    runs = Runs(books.database, books.ledger)
    statuses = Counter(item.status for item in runs.items(ending.run))
    run = runs.read(ending.run)
    refused = {i.item for i in runs.items(ending.run, ["refused"])}
    assert sum(statuses.values()) == run.asked == len(wanted)
    assert run.changed + run.refused == run.asked
    assert {k: v for k, v in store.book.state.items() if k not in refused} == {
        k: v for k, v in wanted.items() if k not in refused
    }


def plan_of(books: Books, job: Job) -> list[Planned]:
    with books.database.read() as conn:
        return job.plan(conn).planned


@pytest.mark.parametrize("kind", ["refresh", "upload"])
@pytest.mark.parametrize("is_bridge", [True, False])
def test_every_item_is_accounted_for_once(
    books: Books, tmp_path: Path, kind: str, is_bridge: bool
) -> None:
    with ListeningStore(bridge=is_bridge) as store:
        config = StoreConfig(
            url=store.url,
            email="m",
            password="p",
            kind="bridge" if is_bridge else "plugin",
            timeout=0.25,
        )
        job: Job = RefreshJob(config)
        if kind == "upload":
            job = UploadJob(config, mode=3, data=tmp_path)
        chaos(books, job, config, store)
