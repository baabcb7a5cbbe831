"""What a call costs in a small shop and in a large one.

The same 1,000 products are refreshed, the same SKUs looked for in vain and the whole
catalog compared, in shops of 1,000, 10,000 and 100,000 products (up to ``--items``).
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import requests

from bridge.common import config, phpform
from bridge.common.database import Database
from bridge.sample import create_sample
from bridge.shop import Shop
from tests.support import mariadb
from tests.support.servers import Gunicorn

from . import catalog
from .refresh import HEADERS, PER_CALL, Store, Values, bodies_of
from .report import Result, Timing

SIZES = (1_000, 10_000, 100_000)


def run(server: mariadb.Server, items: int, runs: int) -> Result:
    """Each size up to ``items`` in a database of its own."""
    result = Result(
        f"calls in shops of growing size, median of {runs}",
        ("case", *(f"{size:,} products" for size in SIZES if size <= items)),
    )
    columns = [_measure(server, size, runs) for size in SIZES if size <= items]
    for name in columns[0]:
        seconds = [column[name].seconds for column in columns]
        result.rows.append((name, *(f"{one * 1000:,.0f} ms" for one in seconds)))
        key = name.partition(",")[0].replace(" ", "_")
        for size, one in zip(SIZES, seconds, strict=False):
            result.numbers[f"{key}_{size}_s"] = round(one, 4)
    return result


def _measure(server: mariadb.Server, size: int, runs: int) -> dict[str, Timing]:
    url = server.url(server.create_database())
    with tempfile.TemporaryDirectory(prefix="bizuno-bench-") as folder:
        text = f"[bridge]\ndatabase = {url}\nuploads = {folder}\n"
        create_sample(Shop.of(config.parse(text, {})))
        database = Database(url)
        catalog.fill(database, size)
        database.dispose()
        served = Gunicorn("bridge", text, Path(folder), workers=2)
        try:
            return _cases(served.url, size, runs)
        finally:
            served.stop()


def _cases(url: str, size: int, runs: int) -> dict[str, Timing]:
    store, values = Store(url), Values(size)
    store.refresh(values.all_change()[:: size // PER_CALL], PER_CALL)
    refreshed, missed, compared = [], [], []
    for turn in range(runs):
        rows = values.all_change()[:: size // PER_CALL]
        refreshed.append(store.refresh(rows, PER_CALL).seconds)
        strange = [(f"NONE-{turn}-{sku}", price, qty) for sku, price, qty in rows]
        missed.append(sum(store.send(body)[0] for body in bodies_of(strange)))
        compared.append(_sync(url, [catalog.sku(number) for number in range(size)]))
    return {
        f"refresh, {PER_CALL} products that change": Timing(tuple(refreshed)),
        f"unknown, {PER_CALL} SKUs that no product has": Timing(tuple(missed)),
        "sync, every SKU of the shop": Timing(tuple(compared)),
    }


def _sync(url: str, skus: list[str]) -> float:
    body = phpform.encode({"data": {"syncSkus": json.dumps(skus), "syncDelete": 0}})
    started = time.perf_counter()
    answer = requests.post(
        f"{url}/wp-json/bizuno-api/v1/product/sync",
        data=body,
        headers=HEADERS,
        timeout=300,
    )
    seconds = time.perf_counter() - started
    if answer.status_code != 200 or answer.json()["result"] != "Success":
        raise RuntimeError(f"status {answer.status_code}: {answer.text[:500]}")
    return seconds
