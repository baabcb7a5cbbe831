"""How long one product takes, over HTTP: without a picture, with one, with variations.

A sample shop behind gunicorn with two workers, a user with a real password, bodies as
Bizuno's own client builds them, a new connection for every call, a new product each
time. The database flushes at every commit, pictures are flushed to disk.
"""

from __future__ import annotations

import base64
import io
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from bridge.common import config, phpform
from bridge.sample import create_sample
from bridge.shop import Shop
from tests.support import mariadb
from tests.support.servers import Gunicorn

from . import catalog
from .refresh import HEADERS
from .report import Result, Timing

PICTURE_BYTES, VARIATIONS = 200_000, 50
Product = dict[str, Any]


def photograph(seed: int = 1) -> bytes:
    """A JPEG of 1600 x 1200 pixels and about 200 kB, noisy as photographs are."""
    dice = random.Random(seed)
    small = Image.frombytes("RGB", (80, 60), dice.randbytes(80 * 60 * 3))
    soft = small.resize((1600, 1200), Image.Resampling.BICUBIC)
    noise = Image.frombytes("L", (1600, 1200), dice.randbytes(1600 * 1200))
    image = Image.blend(soft, noise.convert("RGB"), 0.06)
    for quality in range(95, 10, -3):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() <= PICTURE_BYTES:
            break
    return out.getvalue()


class Products:
    """Uploads by number; the same number is the same product."""

    def __init__(self) -> None:
        self.picture = photograph()

    @staticmethod
    def simple(number: int) -> Product:
        """What the ERP sends of an item without pictures."""
        return {
            "SKU": f"UPDATE-{number:05d}",
            "Type": "si",
            "Description": f"Product {number}",
            "DescriptionSales": "A product that is sold",
            "DescriptionLong": "<p>Long text</p>",
            "Price": "19.95",
            "RegularPrice": "19.95",
            "SalePrice": "",
            "QtyStock": "12",
            "Weight": "1.5",
            "WeightUOM": "LB",
            "ProductLength": "3",
            "ProductWidth": "2",
            "ProductHeight": "1",
            "DimensionUOM": "IN",
            "WooCommerceCategory": "Tools:Bench",
            "WooCommerceTags": "bench",
            "sendMode": "1",
            "PriceTiers": [{"qty": "10", "price": "18.95"}],
            "Attributes": [{"index": "m", "title": "Made", "value": "here"}],
        }

    def pictured(self, number: int) -> Product:
        """The same with a photograph, a different one each time."""
        # a few bytes after the end of the picture make another content of it
        content = self.picture + number.to_bytes(8, "big")
        return self.simple(number) | {
            "ProductImageFilename": f"bench-{number}.jpg",
            "ProductImageDirectory": "bench/",
            "ProductImageData": base64.b64encode(content).decode(),
        }

    def variable(self, number: int) -> Product:
        """A product of fifty variations."""
        sizes = [f"Size {n}" for n in range(10)]
        colors = [f"Color {n}" for n in range(VARIATIONS // len(sizes))]
        rows = [
            {
                "sku": f"UPDATE-{number:05d}-{size[5:]}-{color[6:]}",
                "sale_price": "0",
                "weight": "0.4",
                "stock": "7",
                "attributes": {"Size": size, "Color": color},
            }
            for size in sizes
            for color in colors
        ]
        options = {
            "attributes": [
                {"name": "Size", "options": sizes},
                {"name": "Color", "options": colors},
            ],
            "variations": rows,
        }
        return self.simple(number) | {"Type": "ms", "invOptions": options}


class Store:
    """The shop under test: sends uploads and checks what is answered."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/wp-json/bizuno-api/v1/product/update"
        self.number = 0

    def upload(self, make: Callable[[int], Product], count: int, again: int) -> Timing:
        """Upload ``count`` new products one after the other, or those of before."""
        first = again or self.number + 1
        self.number = max(self.number, first + count - 1)
        bodies = [
            phpform.encode({"data": make(number)})
            for number in range(first, first + count)
        ]
        wanted = "unchanged" if again else "created"
        return Timing(tuple(self._send(body, wanted) for body in bodies))

    def _send(self, body: bytes, wanted: str) -> float:
        started = time.perf_counter()
        answer = requests.post(self.url, data=body, headers=HEADERS, timeout=60)
        seconds = time.perf_counter() - started
        if answer.status_code != 200 or answer.json()["items"][0]["status"] != wanted:
            raise RuntimeError(f"status {answer.status_code}: {answer.text[:500]}")
        return seconds


def run(server: mariadb.Server, items: int, runs: int) -> Result:
    """The whole benchmark in a shop of ``items`` products on ``server``."""
    url = server.url(server.create_database())
    with tempfile.TemporaryDirectory(prefix="bizuno-bench-") as folder:
        text = (
            f"[bridge]\ndatabase = {url}\nuploads = {folder}\n"
            "[server]\nthreads = 8\nlog_level = warning\n"
        )
        shop = Shop.of(config.parse(text, {}))
        create_sample(shop)
        catalog.fill(shop.database, items)
        result = _measure(text, Path(folder), runs)
        later = text.replace("[server]", "image_sizes = later\n[server]")
        _measure(later, Path(folder), runs, result)
        shop.database.dispose()
    result.notes.append(f"A shop of {items:,} products; {runs * 5} uploads a case.")
    return result


def _measure(text: str, folder: Path, runs: int, known: Result | None = None) -> Result:
    columns = ("case", "median ms", "slowest ms")
    result = known or Result("One product uploaded, over HTTP", columns)
    served = Gunicorn("bridge", text, folder, workers=2)
    try:
        store, products, count = Store(served.url), Products(), runs * 5
        store.number = 0 if known is None else 50_000
        cases: list[tuple[str, str, Callable[[int], Product]]] = [
            ("simple", "a new product", products.simple),
            ("picture", "with a JPEG of 200 kB and all sizes", products.pictured),
            ("variations", f"with {VARIATIONS} variations", products.variable),
        ]
        if known is not None:
            cases = [
                ("picture_later", "with the JPEG, its sizes later", products.pictured)
            ]
        for key, name, make in cases:
            store.upload(make, 6, 0)  # both workers have seen one
            first = store.number + 1
            _row(result, key, name, store.upload(make, count, 0))
            again = store.upload(make, count, first)
            _row(result, f"{key}_again", f"{name}, unchanged", again)
    finally:
        served.stop()
    return result


def _row(result: Result, key: str, name: str, timing: Timing) -> None:
    median, slowest = timing.seconds * 1000, max(timing.runs) * 1000
    result.rows.append((name, f"{median:.1f}", f"{slowest:.1f}"))
    result.numbers[f"{key}_ms"] = round(median, 2)
