"""``bizuno-portal drift``: where the store has other values than Bizuno, and why."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy import select

from bridge.common.commands import load_config
from bridge.common.config import StoreConfig
from bridge.common.difference import change_line
from bridge.common.envelope import ItemResult, Status
from bridge.common.errors import Unprocessable

from ..books import Books
from . import state
from .jobs import Planned, RefreshJob
from .output import Lines
from .push import Options, Push, label_of
from .report import SHOWN, Report
from .runs import PREFIX
from .sending import Delivery, Limit
from .state import Content
from .store import Store
from .stores import pick_stores


@dataclass(frozen=True)
class Drift:
    """An item that differs; ``changes`` is ``{field: [in the store, in Bizuno]}``."""

    sku: str
    cause: str
    changes: Mapping[str, Any]

    @property
    def fixable(self) -> bool:
        """Whether another refresh can help: it makes no new products."""
        return self.cause != MISSING


MISSING = "missing in the store; send it with upload"
NEVER = "never pushed"
SINCE = "changed in Bizuno since the last push"
EDITED = "edited in the store"


def cause_of(
    result: ItemResult, now: Content, pushed: Content | None, refused: str
) -> str | None:
    """Why an item differs, None where it does not; pure.

    ``refused`` is why its last push was refused, if it was.
    """
    if result.status is Status.UNCHANGED:
        return None
    if result.status is Status.MISSING:
        return MISSING
    if result.status is Status.REFUSED or refused:
        return f"refused: {result.text or refused}"
    if pushed is None:
        return NEVER
    told = pushed.document
    same = all(told.get(name) == value for name, value in now.document.items())
    return EDITED if same else SINCE


def find_drift(books: Books, config: StoreConfig, sample: int | None) -> list[Drift]:
    """Ask the store what a refresh would change; nothing is written anywhere there.

    Raises Unprocessable for a store that runs the plugin, which cannot be asked, and
    Unreachable for one that does not answer.
    """
    books.ledger.create(books.database)
    state.create_tables(books.database)
    job, store = RefreshJob(config), Store(config)
    with books.database.read() as conn:
        planned = job.plan(conn).planned
    if sample is not None and sample < len(planned):
        planned = random.sample(planned, sample)
    try:
        if not store.is_bridge:
            raise Unprocessable(
                "This store runs the PHP plugin, which cannot be asked what it has; "
                "refresh --all puts everything right."
            )
        delivery = Delivery(job.endpoint(store, plan=True), Limit())
        found = [r for batch in delivery.run([p.entry for p in planned]) for r in batch]
    finally:
        store.close()
    return _explained(books, config, planned, found)


def _explained(
    books: Books,
    config: StoreConfig,
    planned: Sequence[Planned],
    results: Sequence[ItemResult],
) -> list[Drift]:
    differing = {r.key: r for r in results if r.status is not Status.UNCHANGED}
    contents = {p.entry.key: p.content for p in planned if p.content}
    keys = sorted(differing)
    with books.database.read() as conn:
        store = (config.url or "")[:190]
        pushed = state.read_latest(conn, store, ("refresh", "upload"), keys)
    refused = last_refusals(books, label_of(config), keys)
    found = []
    for key in keys:
        result = differing[key]
        cause = cause_of(result, contents[key], pushed.get(key), refused.get(key, ""))
        if cause:
            found.append(Drift(key, cause, result.changes or {}))
    return found


def last_refusals(books: Books, label: str, keys: Sequence[str]) -> dict[str, str]:
    """Those of the items whose last refresh was refused, and why; one statement."""
    items, runs = books.ledger.items, books.ledger.runs
    query = (
        select(items.c.item, items.c.status, items.c.text)
        .join(runs, runs.c.id == items.c.run_id)
        .where(runs.c.kind == f"{PREFIX}refresh", runs.c.source == label)
        .order_by(items.c.id)
    )
    if len(keys) <= state.LISTED:
        query = query.where(items.c.item.in_(keys))
    with books.database.read() as conn:
        last = {row.item: row for row in conn.execute(query)}
    return {
        item: row.text
        for item, row in last.items()
        if row.status == Status.REFUSED.value
    }


@click.command()
@click.option("--store", metavar="NAME", help="One of several stores.")
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="Look at N items at random."
)
@click.option("--fix", is_flag=True, help="Send those that differ.")
def drift(store: str | None, sample: int | None, fix: bool) -> None:
    """Say where the store has other values than Bizuno, and why."""
    config = load_config()
    stores = pick_stores(config, store)
    books = Books.of(config)
    good = True
    for one in stores:
        output = Lines(named=len(stores) > 1)
        found = find_drift(books, one, sample)
        _tell(output, label_of(one), found)
        keys = tuple(drifted.sku for drifted in found if drifted.fixable)
        if fix and keys:
            report = Report(output, label_of(one), "refresh")
            options = Options(everything=True, only=keys)
            ending = Push(books, one, RefreshJob(one), report, options).go()
            good &= ending.good and len(keys) == len(found)
        else:
            good &= not found
    if not good:
        raise SystemExit(1)


def _tell(output: Lines, label: str, found: Sequence[Drift]) -> None:
    for drifted in found[:SHOWN]:
        output.line(label, f"{drifted.sku}: {drifted.cause}")
        for name, values in drifted.changes.items():
            output.line(label, f"    {name}: {change_line(values)}")
    if len(found) > SHOWN:
        output.line(label, f"and {len(found) - SHOWN:,} more")
    causes = [drifted.cause.partition(":")[0] for drifted in found]
    told = ", ".join(f"{causes.count(c):,} {c}" for c in dict.fromkeys(causes))
    output.line(label, f"{len(found):,} differ: {told}." if found else "No drift.")
