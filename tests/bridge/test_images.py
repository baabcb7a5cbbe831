"""Image sizes made later, large and turned pictures, and nothing left behind."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image
from sqlalchemy import make_url, select, update

from bridge.catalog import picture_mending
from bridge.catalog.picture_worker import make_missing, make_waiting, work
from bridge.catalog.update_store import Store
from bridge.cli import main
from bridge.common import phpdata
from bridge.common.config import Config
from bridge.common.envelope import Status
from bridge.shop import Shop
from tests.bridge.conftest import shop_config
from tests.bridge.killing import Exporter
from tests.bridge.products import Products
from tests.bridge.test_media import picture
from tests.bridge.test_update import send, status
from tests.bridge.test_update_pictures import BASE, EXTRA, MAIN, encoded, files
from tests.bridge.test_update_pictures import thumbnail as shown_by
from tests.support.picturecheck import picture_findings

SIZES = {
    "medium",
    "thumbnail",
    "woocommerce_thumbnail",
    "woocommerce_gallery_thumbnail",
}


@pytest.fixture
def config(shop_url: str, tmp_path: Path) -> Config:
    """Sizes are made later, by a worker."""
    return shop_config(shop_url, tmp_path, image_sizes="later")


@pytest.fixture
def at_once(shop: Shop) -> Shop:
    """The same shop where sizes are made while a product is uploaded."""
    return replace(shop, config=replace(shop.config, image_sizes="now"))


@pytest.fixture
def folder(shop: Shop) -> Path:
    """The upload folder."""
    return shop.config.uploads


def described(shop: Shop, sku: str = "PIC") -> dict[str, Any]:
    """The metadata of a product's main picture."""
    metas = shown_by(shop, Products(shop)[sku]).metas
    found = phpdata.loads(metas["_wp_attachment_metadata"] or "")
    assert found["file"] == metas["_wp_attached_file"]
    return dict(found)


def mended(shop: Shop) -> list[str]:
    """What one round of a worker makes, as paths."""
    return [one.path for one in make_waiting(shop, Event()) if not one.problem]


def let_time_pass(shop: Shop) -> None:
    """Whoever worked on a picture has been silent for long."""
    with shop.database.transaction() as conn:
        conn.execute(update(shop.pictures.table).values(until=0))


def test_later_only_the_picture_itself_is_written(shop: Shop, folder: Path) -> None:
    reply = send(shop, **BASE, **MAIN)
    assert reply.success
    assert files(folder) == ["products/demo/main.png"]
    found = described(shop)
    assert (found["width"], found["height"], found["sizes"]) == (400, 300, {})
    assert found["filesize"] == len(picture(400, 300))


def test_the_worker_makes_what_an_upload_would_have_made(
    shop: Shop, at_once: Shop, folder: Path
) -> None:
    send(shop, **BASE, **MAIN, Images=[EXTRA])
    found = shown_by(shop, Products(shop)["PIC"])
    assert set(mended(shop)) == {"products/demo/main.png", "products/demo/extra.jpg"}
    later, there = described(shop), files(folder)
    assert set(later["sizes"]) == SIZES
    assert picture_findings(shop) == []
    assert shown_by(shop, Products(shop)["PIC"]).post == found.post
    for file in there:
        (folder / file).unlink()
    send(at_once, **BASE, **MAIN, Images=[EXTRA])
    assert described(at_once) == later and files(folder) == there
    assert mended(shop) == []


@pytest.mark.parametrize("made", [False, True])
def test_later_the_same_upload_again_changes_nothing(shop: Shop, made: bool) -> None:
    send(shop, **BASE, **MAIN)
    if made:
        mended(shop)
    before = Products(shop).snapshot()
    assert status(send(shop, **BASE, **MAIN)) is Status.UNCHANGED
    assert Products(shop).snapshot() == before


def test_new_content_gets_new_sizes(shop: Shop, folder: Path) -> None:
    send(shop, **BASE, **MAIN)
    mended(shop)
    before = (folder / "products/demo/main-100x100.png").read_bytes()
    other = encoded(picture(400, 300, color="green"))
    send(shop, **(BASE | MAIN | {"ProductImageData": other}))
    assert described(shop)["sizes"] == {}
    assert mended(shop) == ["products/demo/main.png"]
    assert (folder / "products/demo/main-100x100.png").read_bytes() != before
    assert picture_findings(shop) == []


def test_two_workers_at_once_share_the_work(shop: Shop) -> None:
    many = [EXTRA | {"Filename": f"p{n}.jpg"} for n in range(8)]
    send(shop, **BASE, **MAIN, Images=many)
    done: list[str] = []
    threads = [Thread(target=lambda: done.extend(mended(shop))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = ["main.png", *(f"p{n}.jpg" for n in range(8))]
    assert sorted(done) == [f"products/demo/{name}" for name in names]
    assert picture_findings(shop) == []


def test_a_picture_that_fails_is_told_and_stops_no_other(
    shop: Shop, config: Config, tmp_path: Path, folder: Path
) -> None:
    send(shop, **BASE, **MAIN, Images=[EXTRA])
    (folder / "products/demo/main.png").write_bytes(b"rubbish")
    file = _file(config, tmp_path)
    result = CliRunner().invoke(main, ["--config", str(file), "images"])
    assert result.exit_code == 1
    assert "products/demo/main.png: it is no JPEG" in result.output
    assert "products/demo/extra.jpg: " in result.output
    assert mended(shop) == []  # not again and again
    (folder / "products/demo/main.png").write_bytes(picture(400, 300))
    result = CliRunner().invoke(main, ["--config", str(file), "images"])
    assert result.exit_code == 0, result.output
    assert set(described(shop)["sizes"]) == SIZES
    assert picture_findings(shop) == []


def _file(config: Config, tmp_path: Path) -> Path:
    bridge = config.bridge
    url = make_url(bridge.database).render_as_string(hide_password=False)
    file = tmp_path / "images.ini"
    file.write_text(
        f"[bridge]\ndatabase = {url}\nuploads = {bridge.uploads}\n"
        f"image_sizes = {bridge.image_sizes}\n"
    )
    return file


def test_the_command_finds_sizes_that_nobody_asked_for(
    at_once: Shop, config: Config, tmp_path: Path, folder: Path
) -> None:
    """A shopkeeper changed the sizes: pictures that are there lack the new one."""
    send(at_once, **BASE, **MAIN)
    t = at_once.tables.options
    with at_once.database.transaction() as conn:
        name, wide = "woocommerce_single_image_width", "350"
        conn.execute(t.delete().where(t.c.option_name == name))
        conn.execute(
            t.insert(), {"option_name": name, "option_value": wide, "autoload": "on"}
        )
    before = described(at_once)["sizes"]
    file = _file(config, tmp_path)
    for words in (["1 files made"], []):
        result = CliRunner().invoke(main, ["--config", str(file), "images"])
        assert result.exit_code == 0
        assert [line for line in result.output.splitlines() if "made" in line] == [
            f"products/demo/main.png: {word}" for word in words
        ]
    made = described(at_once)["sizes"]
    assert made.pop("woocommerce_single")["file"] == "main-350x263.png"
    assert made == before
    assert (folder / "products/demo/main-350x263.png").is_file()


def test_what_somebody_else_describes_meanwhile_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WordPress itself may make a size of a theme at the same moment."""
    send(shop, **BASE, **MAIN)
    real: Callable[..., Any] = picture_mending.write_files
    theirs = {"file": "main-400x300.png", "width": 400, "height": 300}
    meddled = []

    def meddle(*args: Any, **keys: Any) -> Any:
        if not meddled:
            found = described(shop)
            text = phpdata.dumps({**found, "sizes": {"theme": theirs}})
            ident = shown_by(shop, Products(shop)["PIC"]).id
            Products(shop).set_meta(ident, "_wp_attachment_metadata", text)
            (shop.config.uploads / "products/demo/main-400x300.png").write_bytes(b"x")
            meddled.append(ident)
        return real(*args, **keys)

    monkeypatch.setattr(picture_mending, "write_files", meddle)
    assert mended(shop) == ["products/demo/main.png"]
    assert described(shop)["sizes"].pop("theme") == theirs
    assert set(described(shop)["sizes"]) == SIZES | {"theme"}


def test_a_picture_deleted_in_the_shop_meanwhile_is_forgotten(
    shop: Shop, folder: Path
) -> None:
    send(shop, **BASE, **MAIN)
    ident = shown_by(shop, Products(shop)["PIC"]).id
    with shop.database.transaction() as conn:
        t = shop.tables
        conn.execute(t.posts.delete().where(t.posts.c.ID == ident))
        conn.execute(t.postmeta.delete().where(t.postmeta.c.post_id == ident))
    (folder / "products/demo/main.png").unlink()
    mended(shop)
    assert files(folder) == [] and picture_findings(shop) == []


def test_the_service_ends_when_it_is_told(shop: Shop) -> None:
    stop = Event()
    thread = Thread(target=work, args=(shop, stop))
    thread.start()
    send(shop, **BASE, **MAIN)
    for _ in range(400):
        if picture_findings(shop) == []:
            break
        stop.wait(0.05)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert set(described(shop)["sizes"]) == SIZES


def large(turned: int = 1) -> bytes:
    """A picture of 2600 x 1300 pixels, on its side with ``turned`` 6."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = turned
    measures = (2600, 1300) if turned == 1 else (1300, 650)
    Image.new("RGB", measures, "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    ("turned", "shown"),
    [(1, ("scaled", 2560, 1280)), (6, ("rotated", 650, 1300))],
)
def test_another_picture_is_shown_for_a_large_or_turned_one(
    shop: Shop, at_once: Shop, folder: Path, turned: int, shown: tuple[str, int, int]
) -> None:
    """As WordPress does, in either mode, with names and sizes of the original."""
    data = {
        "ProductImageFilename": "big.jpg",
        "ProductImageData": encoded(large(turned)),
    }
    send(at_once, **BASE, **data)
    now, there = described(at_once), files(folder)
    suffix, *measures = shown
    assert now["file"] == f"products/big-{suffix}.jpg"
    assert now["original_image"] == "big.jpg"
    assert [now["width"], now["height"]] == measures
    assert now["sizes"]["thumbnail"]["file"] == "big-150x150.jpg"
    with Image.open(folder / now["file"]) as opened:
        assert list(opened.size) == measures
    assert status(send(at_once, **BASE, **data)) is Status.UNCHANGED
    assert status(send(shop, **BASE, **data)) is Status.UNCHANGED
    assert picture_findings(shop) == []
    other = data | {"ProductImageFilename": "big2.jpg"}
    send(shop, **BASE, **other)
    assert described(shop)["file"] == "products/big2.jpg"
    mended(shop)
    later = described(shop)
    assert later == _renamed(now, "big", "big2")
    assert files(folder) == sorted(
        [*there, *(one.replace("big", "big2") for one in there)]
    )
    for one in (shop, at_once):
        assert status(send(one, **BASE, **other)) is Status.UNCHANGED
    assert picture_findings(shop) == []


def _renamed(found: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    text = json.dumps(found).replace(f"/{old}-", f"/{new}-")
    again = json.loads(text.replace(f'"{old}', f'"{new}'))
    assert isinstance(again, dict)
    return again


def test_a_name_that_wordpress_gives_itself_is_not_taken(
    shop: Shop, folder: Path
) -> None:
    data = {
        "ProductImageFilename": "x-scaled.png",
        "ProductImageData": encoded(picture(9, 9)),
    }
    send(shop, **BASE, **data)
    assert files(folder) == ["products/x-scaled-1.png"]


def test_a_product_that_fails_leaves_no_file(
    at_once: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(at_once, **(BASE | {"SKU": "OTHER"}), **EXTRA_AS_MAIN)
    before = files(folder)

    def fail(*_args: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(Store, "create", fail)
    with pytest.raises(RuntimeError):
        send(at_once, **BASE, **MAIN, Images=[EXTRA])
    assert files(folder) == before
    assert picture_findings(at_once) == []


EXTRA_AS_MAIN = {
    "ProductImageFilename": "extra.jpg",
    "ProductImageDirectory": "demo/",
    "ProductImageData": EXTRA["Data"],
}


def test_a_file_that_was_there_before_is_never_removed(
    at_once: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody put it there without WordPress; it is no orphan of ours."""
    (folder / "products/demo").mkdir(parents=True)
    (folder / "products/demo/main.png").write_bytes(picture(400, 300))

    def fail(*_args: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(Store, "create", fail)
    with pytest.raises(RuntimeError):
        send(at_once, **BASE, **MAIN)
    assert "products/demo/main.png" in files(folder)


# killed


@pytest.fixture
def victim(config: Config, tmp_path: Path) -> Iterator[Exporter]:
    """A process that uploads a product, or makes sizes, and can be killed."""
    (tmp_path / "upload.json").write_text(json.dumps({**BASE, **MAIN}))
    made = Exporter(_file(config, tmp_path))
    yield made
    made.stop()


def forget(shop: Shop) -> None:
    """The product and its picture are deleted for good."""
    t = shop.tables
    with shop.database.transaction() as conn:
        query = select(t.posts.c.ID).where(t.posts.c.post_title.in_(["Pic", "main"]))
        ids = list(conn.scalars(query))
        conn.execute(t.posts.delete().where(t.posts.c.ID.in_(ids)))
        conn.execute(t.postmeta.delete().where(t.postmeta.c.post_id.in_(ids)))
        lookup = t.wc_product_meta_lookup
        conn.execute(lookup.delete().where(lookup.c.product_id.in_(ids)))
    for file in files(shop.config.uploads):
        (shop.config.uploads / file).unlink()


def kill_uploads(shop: Shop, victim: Exporter, kinds: set[str] | None) -> None:
    """Kill an upload at each step; then a worker passes, then it comes again."""
    send(shop, **BASE, **MAIN)  # what only the first one does is done
    forget(shop)
    died, steps = victim.run("upload")
    assert died == 0 and picture_findings(shop, resting=False) == []
    for point in _points(steps, kinds):
        forget(shop)
        died, _ = victim.run("upload", point)
        assert died == signal.SIGKILL
        assert picture_findings(shop, resting=False) == [], steps[point - 1]
        let_time_pass(shop)
        mended(shop)
        assert picture_findings(shop) == [], steps[point - 1]
        send(shop, **BASE, **MAIN)
        mended(shop)
        assert picture_findings(shop) == []
        assert set(described(shop)["sizes"]) == SIZES


def _points(steps: list[str], kinds: set[str] | None) -> list[int]:
    """Some steps of these kinds; all steps if None."""
    if kinds is None:
        return list(range(1, len(steps) + 1))
    found = [at for at, name in enumerate(steps, 1) if name.split()[1] in kinds]
    return found[:: max(1, len(found) // 5)]


DISK = {"commit", "replace", "fsync"}


def test_an_upload_killed_between_disk_and_database_leaves_nothing_behind(
    shop: Shop, victim: Exporter
) -> None:
    kill_uploads(shop, victim, DISK)


def test_a_worker_that_is_killed_is_followed_by_another(
    shop: Shop, victim: Exporter
) -> None:
    kill_workers(shop, victim, DISK)


def kill_workers(shop: Shop, victim: Exporter, kinds: set[str] | None) -> None:
    victim.run("images")
    send(shop, **BASE, **MAIN)
    died, steps = victim.run("images")
    assert died == 0 and set(described(shop)["sizes"]) == SIZES
    for point in _points(steps, kinds):
        forget(shop)
        send(shop, **BASE, **MAIN)
        died, _ = victim.run("images", point)
        assert died == signal.SIGKILL
        assert picture_findings(shop, resting=False) == [], steps[point - 1]
        let_time_pass(shop)
        list(make_missing(shop, Event()))
        assert picture_findings(shop) == [], steps[point - 1]
        assert set(described(shop)["sizes"]) == SIZES


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_every_step_nothing_is_left_behind(
    shop: Shop, victim: Exporter
) -> None:
    kill_uploads(shop, victim, None)
    kill_workers(shop, victim, None)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_every_step_with_sizes_at_once_nothing_is_left_behind(
    at_once: Shop, config: Config, tmp_path: Path
) -> None:
    now = replace(config, bridge=replace(config.bridge, image_sizes="now"))
    (tmp_path / "upload.json").write_text(json.dumps({**BASE, **MAIN}))
    victim = Exporter(_file(now, tmp_path))
    try:
        kill_uploads(at_once, victim, None)
    finally:
        victim.stop()
