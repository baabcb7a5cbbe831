"""A catalog is pushed to our bridge over a rough road, and arrives whole."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.common import sample
from bridge.common.config import StoreConfig, parse
from bridge.common.database import Database
from bridge.sample import create_sample as create_shop
from bridge.shop import Shop
from portal.books import Books
from portal.push.jobs import RefreshJob
from portal.push.output import Lines
from portal.push.push import Ending, Options, Push
from portal.push.report import Report
from portal.push.runs import Runs
from portal.sample import create_sample as create_books
from tests.bench import catalog, push
from tests.support import mariadb
from tests.support.pushing import Portal
from tests.support.rough import RoughRoad
from tests.support.servers import Gunicorn

pytestmark = pytest.mark.mariadb

ITEMS = 600
FAULTS: list[int | str] = ["hang", "drop", "lost", "cut", "restart"]
FAULTS += [500, 502, 413, 429, 503, 401]
_Stock = dict[str, tuple[Decimal, Decimal]]


@dataclass
class Pair:
    """Both systems, and the road between them."""

    shop: Database
    books: Books
    road: RoughRoad
    portal: Portal


@pytest.fixture
def pair(server: mariadb.Server, tmp_path: Path) -> Iterator[Pair]:
    """Sample systems with ITEMS products each, the bridge behind gunicorn."""
    names = [server.create_database(), server.create_database("utf8mb4_unicode_ci")]
    shop, books = map(server.url, names)
    text = (
        f"[bridge]\ndatabase = {shop}\nuploads = {tmp_path}\n"
        f"[portal]\ndatabase = {books}\ndata = {tmp_path}\n"
        "[server]\nthreads = 4\nlog_level = warning\n"
    )
    made = Books.of(parse(text, {}))
    create_shop(Shop.of(parse(text, {})))
    create_books(made)
    filled = Database(shop)
    catalog.fill(filled, ITEMS)
    push.fill(made.database, ITEMS)
    served = Gunicorn("bridge", text, tmp_path, workers=2, threads=4)
    with RoughRoad(served.port, lambda: kill(served)) as road:
        portal = Portal.of(made, road, tmp_path)
        # of the sample's own items the shop has only some
        portal.sql("UPDATE inventory SET woocommerce_sync = '0' WHERE id < 100000")
        login = {"email": sample.STORE_EMAIL, "password": sample.STORE_PASSWORD}
        portal.configure(**login)
        yield Pair(filled, made, road, portal)
    served.stop()
    for database, name in ((filled, names[0]), (made.database, names[1])):
        database.dispose()
        server.drop_database(name)


def kill(served: Gunicorn) -> None:
    """End the workers as a crash would; gunicorn starts new ones."""
    for pid in served.workers():
        os.kill(pid, signal.SIGKILL)


def test_the_shop_has_what_bizuno_has_and_every_item_is_accounted_for_once(
    pair: Pair,
) -> None:
    pair.portal.run("refresh")
    assert in_the_shop(pair) == in_the_books(pair)
    pair.portal.sql(
        "UPDATE inventory SET qty_stock = qty_stock + 3, full_price = full_price + 0.25"
    )
    ending = push_through(pair)
    runs = Runs(pair.books.database, pair.books.ledger)
    run = runs.read(ending.run)
    if run.refused:  # what was set aside on the way goes again
        pair.portal.run("retry", str(run.id), "--failed")
    assert in_the_shop(pair) == in_the_books(pair)
    assert pair.portal.run("drift") == "No drift.\n"
    # an item that is done already when it comes again is unchanged, and has no row
    unchanged = run.details["counts"].get("unchanged", 0)
    kept = Counter(item.item for item in runs.items(run.id))
    assert set(kept.values()) == {1}
    assert len(kept) + unchanged == run.asked == ITEMS
    assert run.changed + run.refused + unchanged == ITEMS
    # each of the troubles was met
    assert {*FAULTS} <= {*pair.road.met}


def push_through(pair: Pair) -> Ending:
    """Push, resuming as often as it is stopped, over every fault at least once."""
    chance = random.Random(20261121)
    troubles = FAULTS * 2
    chance.shuffle(troubles)
    pair.road.faults.extend(troubles)
    store = StoreConfig(
        url=pair.road.url,
        email=sample.STORE_EMAIL,
        password=sample.STORE_PASSWORD,
        timeout=1.5,
    )
    job, ending = RefreshJob(store), Ending("stopped")
    for _ in range(3 * len(troubles)):
        report = Report(Lines(named=False, write=lambda text: None), "", job.kind)
        options = Options(continued=ending.run or None)
        shortly = lambda seconds: time.sleep(min(seconds, 0.2))  # noqa: E731
        ending = Push(pair.books, store, job, report, options, pause=shortly).go()
        if ending.result == "done":
            return ending
    raise AssertionError(f"it is {ending.result}")


def in_the_shop(pair: Pair) -> _Stock:
    with pair.shop.read() as conn:
        rows = conn.exec_driver_sql(
            "SELECT sku, stock_quantity, min_price FROM wp_wc_product_meta_lookup"
            " WHERE sku LIKE 'BENCH-%%'"
        )
        return {sku: (Decimal(stock), Decimal(price)) for sku, stock, price in rows}


def in_the_books(pair: Pair) -> _Stock:
    with pair.books.database.read() as conn:
        rows = conn.exec_driver_sql(
            "SELECT sku, qty_stock, ROUND(full_price, 4) FROM inventory"
            " WHERE sku LIKE 'BENCH-%%'"
        )
        return {
            sku: (Decimal(str(stock)), Decimal(str(price)))
            for sku, stock, price in rows
        }
