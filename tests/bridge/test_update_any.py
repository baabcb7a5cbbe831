"""Whatever an upload holds: no crash, a sound shop, and nothing new the second time."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from bridge.common.envelope import Status
from bridge.common.errors import Unprocessable
from bridge.shop import Shop
from tests.bridge.test_media import picture
from tests.bridge.test_update import send, status
from tests.support.shopcheck import findings

TEXTS = [
    "", "0", "1", "5", "-1", "1,234.56", "1,50", "abc", "ä" * 50, "😀", "<b>x</b>",
    "a|b", "a;b", "a:b", "|||", "\0\1", "x" * 300, "  ", "\\", "'\"", "%s%d",
    "c1|d;c2|d;c3", "9" * 30, "1e5", "0.000", "12.5", "\ud800", "&amp;",
    "<script>alert(1)</script>", "../x", "pa_x", "2024", "-0", "１２",
]  # fmt: skip
SKUS = [
    "F-1", "f-1", "F-2", "LOCK-U", "BOTTLE-22", "BOTTLE-22-R", "PEDAL-FLAT",
    "BIKE-R200-52", "ä-1", "a-1", " F-3 ", "S" * 101, "BIKE-R200",
]  # fmt: skip
CONTENTS = ["", "@@", base64.b64encode(picture(9, 9)).decode()]


class Payloads:
    """Random uploads; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def text(self) -> str:
        return str(self.pick(*TEXTS))

    def scalar(self) -> Any:
        number = self.random.random() * 100
        return self.pick(*TEXTS, 7, -3, number, None, True, False, [], {})

    def attributes(self) -> Any:
        names = ("index", "title", "value")
        return [{n: self.text() for n in names} for _ in range(self.pick(0, 1, 3))]

    def options(self) -> Any:
        names = [self.pick("Size", "Color", "pa_Size", "ä", "") for _ in range(2)]
        listed = self.pick(["S", "M", "L"], ["S", "s", " x "], ["<i>q</i>", "a|b"], [])
        return {
            "attributes": [{"name": name, "options": listed} for name in names],
            "variations": [
                {
                    "sku": self.pick(f"V-{n}", f"V-{n}", f"W-{n}", "LOCK-U", ""),
                    "regular_price": self.pick("", "5", "7.5", None),
                    "sale_price": self.pick("", "0", "4", None),
                    "stock": self.pick("", "0", "3", "-1"),
                    "weight": self.text(),
                    "attributes": {name: self.pick("S", "M", "") for name in names},
                }
                for n in range(self.pick(0, 1, 3))
            ],
        }

    def picture(self, folder: str, name: str, data: str) -> dict[str, Any]:
        return {
            folder: self.pick("q/", "", "../"),
            name: self.pick("m.png", "n.png", "", "x.php"),
            data: self.pick(*CONTENTS),
        }

    def payload(self) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "Type": self.pick("si", "ms", "ms", "xx", "", None),
            "Price": self.pick("5", "6.50", "", "x", None, 7),
            "SalePrice": self.pick("", "0", "3", "9", None),
            "PriceTiers": self.pick(
                [{"qty": "5", "price": "4"}, {"qty": "2", "price": "4.5"}], [], ""
            ),
            "Attributes": self.pick(self.attributes(), self.scalar()),
            "invOptions": self.pick(self.options(), self.options(), self.scalar()),
            "invAccessory": self.pick([self.pick(*SKUS), "LOCK-U"], self.scalar()),
            "sendMode": self.pick("1", "2", "3", "", None),
            "WeightUOM": self.pick("LB", "kg", "st", "", None),
            "DimensionUOM": self.pick("IN", "cm", "fur", ""),
            "Images": [self.picture("Path", "Filename", "Data")],
        }
        for name in (
            "InactiveFlag", "Description", "DescriptionSales", "DescriptionLong",
            "QtyStock", "Weight", "ProductLength", "WooCommerceSlug",
            "WooCommerceCategory", "WooCommerceTags", "MenuOrder", "SearchCode",
            "MetaDescription",
        ):  # fmt: skip
            parts[name] = self.scalar()
        main = self.picture(
            "ProductImageDirectory", "ProductImageFilename", "ProductImageData"
        )
        kept = {n: v for n, v in parts.items() if self.random.random() < 0.45}
        return {"SKU": self.pick(*SKUS)} | kept | (main if "Images" in kept else {})


def upload_many(shop: Shop, seed: int, number: int) -> None:
    payloads = Payloads(seed)
    for _ in range(number):
        data = payloads.payload()
        try:
            planned = send(shop, plan=True, **data)
        except Unprocessable:
            continue
        reply = send(shop, **data)
        assert status(planned) is status(reply), data
        if reply.success:
            assert status(send(shop, **data)) is Status.UNCHANGED, data
    assert findings(shop) == []


def test_any_upload_leaves_a_sound_shop(shop: Shop) -> None:
    upload_many(shop, seed=12, number=40)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_many_uploads_leave_a_sound_shop(shop: Shop, seed: int) -> None:
    upload_many(shop, seed, number=150)
