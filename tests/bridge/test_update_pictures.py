"""Pictures of an upload: in the folder, in the media library, at the product."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.common import phpdata
from bridge.common.envelope import Level, Status
from bridge.shop import Shop
from tests.bridge.products import Product, Products, product
from tests.bridge.test_media import bomb, picture
from tests.bridge.test_update import send, status
from tests.support.shopcheck import findings


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


MAIN = {
    "ProductImageFilename": "main.png",
    "ProductImageDirectory": "demo/",
    "ProductImageData": encoded(picture(400, 300)),
}
EXTRA = {
    "Path": "demo/",
    "Filename": "extra.jpg",
    "Data": encoded(picture(200, 500, "JPEG", "blue")),
}
BASE = {"SKU": "PIC", "Description": "Pic", "Price": "5", "sendMode": "1"}


@pytest.fixture
def products(shop: Shop) -> Products:
    """The shop's products as a person sees them."""
    return Products(shop)


@pytest.fixture
def folder(shop: Shop) -> Path:
    """The upload folder."""
    return shop.config.uploads


def files(folder: Path) -> list[str]:
    """Every file below the upload folder."""
    found = (file for file in folder.rglob("*") if file.is_file())
    return sorted(str(file.relative_to(folder)) for file in found)


def thumbnail(shop: Shop, found: Product) -> Product:
    """The attachment that is a product's main picture."""
    return product(shop, int(found.metas["_thumbnail_id"] or 0))


def test_first_picture_ever_makes_its_folders(
    shop: Shop, products: Products, folder: Path
) -> None:
    reply = send(shop, **BASE, **MAIN, Images=[EXTRA])
    assert reply.success and not reply.messages.texts(Level.WARNING)[1:]
    assert (folder / "products/demo/main.png").read_bytes() == picture(400, 300)
    assert "products/demo/main-300x225.png" in files(folder)
    found = products["PIC"]
    shown = thumbnail(shop, found)
    assert shown.post["post_type"] == "attachment"
    assert shown.post["post_status"] == "inherit"
    assert shown.post["post_mime_type"] == "image/png"
    assert shown.post["post_title"] == "main"
    assert shown.post["post_parent"] == found.id
    assert shown.post["guid"].endswith("/wp-content/uploads/products/demo/main.png")
    assert shown.metas["_wp_attached_file"] == "products/demo/main.png"
    described = phpdata.loads(shown.metas["_wp_attachment_metadata"] or "")
    assert (described["width"], described["height"]) == (400, 300)
    for size in described["sizes"].values():
        assert (folder / "products/demo" / size["file"]).is_file()
    extra = product(shop, int(found.metas["_product_image_gallery"] or 0))
    assert extra.metas["_wp_attached_file"] == "products/demo/extra.jpg"
    assert extra.post["post_parent"] == 0
    assert findings(shop) == []


@pytest.mark.parametrize("mode", ["1", "2"])
def test_same_pictures_again_change_nothing(
    shop: Shop, products: Products, folder: Path, mode: str
) -> None:
    send(shop, **BASE, **MAIN, Images=[EXTRA])
    before, there = products.snapshot(), {f: _stamp(folder / f) for f in files(folder)}
    reply = send(shop, **(BASE | MAIN | {"Images": [EXTRA], "sendMode": mode}))
    assert status(reply) is Status.UNCHANGED
    assert products.snapshot() == before
    assert {f: _stamp(folder / f) for f in files(folder)} == there


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns


def test_mode_1_replaces_content_and_keeps_the_entry(
    shop: Shop, products: Products, folder: Path
) -> None:
    send(shop, **BASE, **MAIN)
    before = thumbnail(shop, products["PIC"])
    other = encoded(picture(640, 640, color="green"))
    reply = send(shop, **(BASE | MAIN | {"ProductImageData": other}))
    assert status(reply) is Status.UPDATED
    after = thumbnail(shop, products["PIC"])
    assert after.id == before.id
    described = phpdata.loads(after.metas["_wp_attachment_metadata"] or "")
    assert described["width"] == 640
    assert (folder / "products/demo/main.png").read_bytes() == picture(
        640, 640, color="green"
    )


def test_mode_2_leaves_pictures_that_exist(
    shop: Shop, products: Products, folder: Path
) -> None:
    send(shop, **BASE, **MAIN)
    other = encoded(picture(640, 640, color="green"))
    data = BASE | MAIN | {"ProductImageData": other, "Images": [EXTRA], "sendMode": "2"}
    assert status(send(shop, **data)) is Status.UPDATED
    assert (folder / "products/demo/main.png").read_bytes() == picture(400, 300)
    assert products["PIC"].metas["_product_image_gallery"]


def test_mode_2_repairs_what_the_plugin_left_half_done(
    shop: Shop, products: Products, folder: Path
) -> None:
    """The peer stores an absolute path only and leaves the rest to a cron."""
    send(shop, **BASE, **MAIN)
    entry = thumbnail(shop, products["PIC"])
    broken = phpdata.dumps({"file": str(folder / "products/demo/main.png")})
    products.set_meta(entry.id, "_wp_attachment_metadata", broken)
    send(shop, **(BASE | MAIN | {"sendMode": "2"}))
    metas = thumbnail(shop, products["PIC"]).metas
    described = phpdata.loads(metas["_wp_attachment_metadata"] or "")
    assert (described["width"], described["file"]) == (400, "products/demo/main.png")


def test_mode_3_takes_no_pictures(shop: Shop, products: Products, folder: Path) -> None:
    send(shop, **(BASE | MAIN | {"sendMode": "3"}))
    assert "_thumbnail_id" not in products["PIC"].metas
    assert files(folder) == []


def test_main_picture_is_not_repeated_in_the_gallery(
    shop: Shop, products: Products
) -> None:
    """The ERP sends the main picture among the others as well (recorded)."""
    again = {
        "Path": "demo/",
        "Filename": "main.png",
        "Data": MAIN["ProductImageData"],
    }
    send(shop, **BASE, **MAIN, Images=[again, EXTRA])
    metas = products["PIC"].metas
    assert metas["_thumbnail_id"] not in str(metas["_product_image_gallery"]).split(",")


def test_name_without_content_keeps_what_is_there(
    shop: Shop, products: Products
) -> None:
    send(shop, **BASE, **MAIN)
    before = products["PIC"].metas["_thumbnail_id"]
    reply = send(shop, **(BASE | MAIN | {"ProductImageData": ""}))
    assert status(reply) is Status.UNCHANGED
    assert products["PIC"].metas["_thumbnail_id"] == before
    reply = send(shop, SKU="PIC2", Description="x", ProductImageFilename="gone.png")
    assert reply.success
    assert "_thumbnail_id" not in products["PIC2"].metas


REFUSED: list[dict[str, Any]] = [
    {"ProductImageDirectory": "../../"},
    {"ProductImageDirectory": "/tmp"},
    {"ProductImageFilename": "shell.php"},
    {"ProductImageFilename": "../../../x.png"},
    {"ProductImageData": "@@@not base64@@@"},
    {"ProductImageData": encoded(b"<?php echo 1;")},
    {"ProductImageData": encoded(bomb(50_000, 50_000))},
]


def test_refused_picture_does_not_refuse_the_product(
    shop: Shop, products: Products, folder: Path
) -> None:
    for at, changed in enumerate(REFUSED):
        reply = send(shop, **(BASE | MAIN | changed | {"SKU": f"PIC-{at}"}))
        assert reply.success and status(reply) is Status.CREATED
        texts = reply.messages.texts(Level.WARNING)
        assert any("left out" in text for text in texts), changed
        assert not any(str(folder) in text for text in texts)
        assert "_thumbnail_id" not in products[f"PIC-{at}"].metas
    beside = [file for file in files(folder.parent) if "sqlite" not in file]
    assert files(folder) == beside == []


def test_refused_main_picture_keeps_the_old_one(shop: Shop, products: Products) -> None:
    send(shop, **BASE, **MAIN)
    before = products["PIC"].metas["_thumbnail_id"]
    send(shop, **(BASE | MAIN | {"ProductImageData": "@@"}), Images=[EXTRA])
    metas = products["PIC"].metas
    assert metas["_thumbnail_id"] == before
    assert metas["_product_image_gallery"]


def test_gallery_picture_steps_in_for_a_refused_main_one(
    shop: Shop, products: Products
) -> None:
    send(shop, **(BASE | MAIN | {"ProductImageData": "@@"}), Images=[EXTRA])
    found = products["PIC"]
    shown = thumbnail(shop, found)
    assert shown.metas["_wp_attached_file"] == "products/demo/extra.jpg"
    assert "_product_image_gallery" not in found.metas


def test_two_products_share_one_picture(shop: Shop, products: Products) -> None:
    send(shop, **BASE, **MAIN)
    send(shop, **(BASE | {"SKU": "PIC2"}), **MAIN)
    one, two = (products[sku].metas["_thumbnail_id"] for sku in ("PIC", "PIC2"))
    assert one == two
    owner = thumbnail(shop, products["PIC2"]).post["post_parent"]
    assert owner == products["PIC"].id


def test_picture_with_a_wrong_ending_gets_the_right_one(
    shop: Shop, products: Products
) -> None:
    data = encoded(picture(40, 40, "JPEG"))
    for _ in range(2):
        send(shop, **(BASE | MAIN | {"ProductImageData": data}))
    shown = thumbnail(shop, products["PIC"])
    assert shown.metas["_wp_attached_file"] == "products/demo/main.jpg"
    assert shown.post["post_mime_type"] == "image/jpeg"
    with shop.database.read() as conn:
        posts = shop.tables.posts
        query = select(posts.c.ID).where(posts.c.post_title == "main")
        assert len(conn.execute(query).all()) == 1


def test_slug_of_a_picture_is_unique_among_all_posts(
    shop: Shop, products: Products
) -> None:
    send(shop, SKU="MAIN", Description="Main", Price="5")
    send(shop, **BASE, **MAIN)
    send(shop, **(BASE | {"SKU": "PIC2"}), **(MAIN | {"ProductImageDirectory": "b"}))
    slugs = [
        thumbnail(shop, products[sku]).post["post_name"] for sku in ("PIC", "PIC2")
    ]
    assert slugs == ["main-2", "main-3"]


def test_refused_product_writes_no_files(shop: Shop, folder: Path) -> None:
    reply = send(shop, **(BASE | MAIN | {"Price": "0"}))
    assert not reply.success
    assert files(folder) == []


def test_plan_writes_no_files(shop: Shop, products: Products, folder: Path) -> None:
    before = products.snapshot()
    reply = send(shop, plan=True, **BASE, **MAIN)
    assert reply.items is not None and reply.items[0].changes is not None
    assert reply.items[0].changes["Images"] == [None, ["products/demo/main.png"]]
    assert files(folder) == [] and products.snapshot() == before


def test_folder_that_cannot_be_written_is_a_warning(
    shop: Shop, products: Products, folder: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / "products").write_text("in the way")
    reply = send(shop, **BASE, **MAIN)
    assert reply.success
    warnings = reply.messages.texts(Level.WARNING)
    assert any("could not be written" in text for text in warnings)
    assert not any(str(folder) in text for text in warnings)


def test_variation_takes_the_main_picture_only(shop: Shop, products: Products) -> None:
    send(
        shop,
        SKU="MS",
        Type="ms",
        Description="Shirt",
        Price="10",
        invOptions={
            "attributes": [{"name": "Size", "options": ["S"]}],
            "variations": [{"sku": "MS-S", "stock": "1", "attributes": {"Size": "S"}}],
        },
    )
    send(shop, SKU="MS-S", **MAIN, Images=[EXTRA])
    found = products["MS-S"]
    assert thumbnail(shop, found).post["post_title"] == "main"
    assert "_product_image_gallery" not in found.metas
    assert findings(shop) == []
