"""Uploads that mean harm, over HTTP: a named refusal, and the shop is as it was."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bridge.shop import Shop
from tests.bridge.products import Products
from tests.bridge.test_media import bomb, picture
from tests.support.shopcheck import findings, snapshot

REST = "/wp-json/bizuno-api/v1/product"
GOOD = {"SKU": "HOSTILE", "Description": "Pump", "Price": "5"}
PICTURE = {
    "ProductImageFilename": "main.png",
    "ProductImageDirectory": "",
    "ProductImageData": base64.b64encode(picture(300, 200)).decode(),
}


@pytest.fixture
def call(bridge_client: FlaskClient, manager: dict[str, str]) -> Any:
    """One request as the ERP makes it; the status and the reply."""

    def send(method: str, name: str, data: Any) -> tuple[int, dict[str, Any]]:
        answer = bridge_client.open(
            f"{REST}/{name}", method=method, json={"data": data}, headers=manager
        )
        return answer.status_code, answer.get_json()

    return send


def encoded(content: bytes) -> dict[str, str]:
    return {"ProductImageData": base64.b64encode(content).decode()}


@pytest.mark.parametrize(
    ("hostile", "code"),
    [
        ({"ProductImageDirectory": "../../../"}, "picture_folder"),
        ({"ProductImageDirectory": "a/../../b"}, "picture_folder"),
        ({"ProductImageDirectory": "..\\..\\"}, "picture_folder"),
        ({"ProductImageDirectory": "/etc"}, "picture_folder"),
        ({"ProductImageFilename": "../../../main.png"}, "picture_name"),
        ({"ProductImageFilename": "shell.php"}, "picture_name"),
        ({"ProductImageFilename": ".htaccess"}, "picture_name"),
        (encoded(b"<?php system($_GET['c']);"), "picture_content"),
        (encoded(bomb(50_000, 50_000)), "picture_too_large"),
        ({"ProductImageData": "@@@"}, "picture_base64"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_picture_is_left_out_by_name(
    call: Any, shop: Shop, tmp_path: Path, hostile: dict[str, str], code: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    status, reply = call("POST", "update", GOOD | PICTURE | hostile)
    assert (status, reply["result"]) == (200, "Success")
    assert [one.get("code") for one in reply["message"]["warning"]].count(code) == 1
    assert "_thumbnail_id" not in Products(shop)["HOSTILE"].metas
    new = [one for one in sorted(tmp_path.rglob("*")) if one not in before]
    assert [one for one in new if "sqlite" not in one.name] == []
    assert findings(shop) == []


def test_a_program_behind_a_picture_ends_as_a_picture(
    call: Any, shop: Shop, tmp_path: Path
) -> None:
    """The name that a web server might run is not the name it gets."""
    data = GOOD | PICTURE | {"ProductImageFilename": "shell.php.png"}
    call("POST", "update", data)
    names = [one.name for one in tmp_path.rglob("*") if ".php" in one.name]
    assert names == [] and (shop.config.uploads / "products/shell-php.png").is_file()


def test_script_in_any_text_does_not_reach_a_page(call: Any, shop: Shop) -> None:
    bad = '<script>alert(1)</script><img src=x onerror="alert(2)"><iframe></iframe>'
    fields = (
        "Description",
        "DescriptionSales",
        "DescriptionLong",
        "WooCommerceCategory",
        "WooCommerceTags",
        "SearchCode",
    )
    data = GOOD | dict.fromkeys(fields, f"Pump {bad}")
    data["Attributes"] = [{"index": "a", "title": f"T{bad}", "value": f"V{bad}"}]
    status, reply = call("POST", "update", data)
    assert (status, reply["result"]) == (200, "Success")
    found = Products(shop)["HOSTILE"]
    stored = [*found.post.values(), *found.metas.values(), *found.related]
    told = " ".join(str(one).lower() for one in stored)
    for part in ("<script", "onerror=", "<iframe"):
        assert part not in told


def test_a_sku_of_101_characters_is_refused(call: Any, shop: Shop) -> None:
    for length in (100, 101):
        before = snapshot(shop)
        sku = "S" * length
        status, reply = call("POST", "update", GOOD | {"SKU": sku})
        assert status == 200
        (item,) = reply["items"]
        if length == 100:
            assert item["status"] == "created"
            continue
        assert (item["code"], item["field"]) == ("sku_length", "data.SKU")
        assert reply["result"] == "Fail" and snapshot(shop) == before


@pytest.mark.parametrize("other", ["LOCK-U", "V-1", "HOSTILE"])
def test_a_sku_twice_among_variations_is_refused(
    call: Any, shop: Shop, other: str
) -> None:
    """One of another product, of another variation, and the product's own."""
    before = snapshot(shop)
    options = {
        "attributes": [{"name": "Size", "options": ["S", "M"]}],
        "variations": [
            {"sku": sku, "regular_price": "5", "attributes": {"Size": size}}
            for sku, size in (("V-1", "S"), (other, "M"))
        ],
    }
    data = GOOD | {"Type": "ms", "invOptions": options}
    status, reply = call("POST", "update", data)
    assert (status, reply["result"]) == (200, "Fail")
    assert reply["items"][0]["code"] == "duplicate_sku"
    assert snapshot(shop) == before


def test_a_hundred_thousand_items_in_one_call_are_answered_one_by_one(
    call: Any, shop: Shop
) -> None:
    rows = [{"SKU": f"NONE-{n}", "Price": "5", "QtyStock": "1"} for n in range(99_999)]
    status, reply = call("PUT", "refresh", [*rows, {"SKU": "LOCK-U", "Price": "41"}])
    assert status == 200 and len(reply["items"]) == 100_000
    assert {item["status"] for item in reply["items"][:-1]} == {"missing"}
    assert reply["items"][-1]["status"] == "updated" and reply["acted"] == 1
    assert findings(shop) == []


def test_more_fields_than_are_allowed_are_refused_whole(call: Any, shop: Shop) -> None:
    before = snapshot(shop)
    rows = [
        {"SKU": f"N-{n}", **{f"f{k}": "1" for k in range(11)}} for n in range(90_000)
    ]
    status, reply = call("PUT", "refresh", rows)
    assert status == 413 and reply["message"]["error"][0]["code"] == "too_large"
    assert snapshot(shop) == before


def test_a_list_cut_in_half_takes_nothing_out(call: Any, shop: Shop) -> None:
    before = snapshot(shop)
    whole = ["LOCK-U", "BOTTLE-22", "PEDAL-FLAT", "CHAIN-11"]
    for listed in (whole[:2], '["LOCK-U", "BOTT', "[]", [], ""):
        sent = {"syncSkus": listed, "syncDelete": "1"}
        status, reply = call("POST", "sync", sent)
        assert reply["result"] == "Fail"
        codes = {one.get("code") for one in reply["message"]["error"]}
        if listed == whole[:2]:
            assert (status, codes) == (200, {"sync_delete_max"})
            assert reply["deleted"] == []
        else:
            assert status == 422 and codes <= {"missing", "invalid"}
        assert snapshot(shop) == before
