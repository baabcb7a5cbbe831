"""Pictures are checked by decoding, cut as WordPress cuts, written whole."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bridge.wordpress.cuts import make_sizes, metadata
from bridge.wordpress.image_sizes import sizes_of
from bridge.wordpress.media import (
    Limits,
    decode,
    read_picture,
    right_ending,
)
from bridge.wordpress.uploads import PictureRefused, read_file, safe_path, write_files

LIMITS = Limits(bytes=200_000, pixels=4_000_000)


def picture(
    width: int = 400, height: int = 200, kind: str = "PNG", color: str = "red"
) -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, kind)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """The head of a PNG that claims to be enormous."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [
        ("widgets/", "widget.png", "products/widgets/widget.png"),
        ("./", "a.jpg", "products/a.jpg"),
        ("", "My Pic (1).JPG", "products/My-Pic-1.jpg"),
        ("Größe/a b", "ü.webp", "products/Grose/a-b/u.webp"),
        ("x", "shell.php.png", "products/x/shell-php.png"),
        ("x", ".htaccess.png", "products/x/htaccess.png"),
        ("x\\y", "a.gif", "products/x/y/a.gif"),
        ("x", "a-150x150.png", "products/x/a-150x150-1.png"),
        ("x", "a\0b.png", "products/x/a-b.png"),
    ],
)
def test_names_are_reduced_to_safe_ones(folder: str, name: str, path: str) -> None:
    assert safe_path(folder, name) == path


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("../../", "a.png"),
        ("x/../..", "a.png"),
        ("..\\..", "a.png"),
        ("/etc", "a.png"),
        ("C:\\x", "a.png"),
        ("x", "shell.php"),
        ("x", "a.png.php"),
        ("x", "a.svg"),
        ("x", "png"),
        ("x", ".png"),
        ("x", "../a.png"),
        ("x", "sub/a.png"),
        ("x", "…….png"),
        ("/".join("abcdefghij"), "a.png"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(folder: str, name: str) -> None:
    with pytest.raises(PictureRefused):
        safe_path(folder, name)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("@@@not base64@@@", "picture_base64"),
        ("abc", "picture_base64"),
        (base64.b64encode(b"plain text, no program").decode(), "picture_content"),
        (
            base64.b64encode(b"GIF89a<?php system($_GET[0]);").decode(),
            "picture_content",
        ),
        (base64.b64encode(picture()[:-30]).decode(), "picture_content"),
        (base64.b64encode(bomb(50_000, 50_000)).decode(), "picture_too_large"),
        (base64.b64encode(bomb(2_000, 1_000)).decode(), "picture_content"),
        ("A" * 400_000, "picture_too_large"),
        (base64.b64encode(picture(9, 9, "BMP")).decode(), "picture_content"),
    ],
)
def test_what_is_no_picture_is_refused(data: str, code: str) -> None:
    with pytest.raises(PictureRefused) as caught:
        read_picture(data, LIMITS)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_pictures_of_all_four_kinds_are_decoded(kind: str) -> None:
    content = picture(kind=kind)
    data = base64.b64encode(content).decode()
    decoded = read_picture(data.replace("+", " "), LIMITS)
    assert (decoded.content, decoded.kind) == (content, kind)


def test_ending_follows_the_content() -> None:
    jpeg = decode(picture(kind="JPEG"), LIMITS)
    assert right_ending("products/a.png", jpeg) == "products/a.jpg"
    assert right_ending("products/a.jpeg", jpeg) == "products/a.jpeg"


def test_all_sizes_of_a_large_picture_are_made() -> None:
    decoded = decode(picture(2400, 1200), LIMITS)
    cuts = make_sizes(decoded, "products/x/big.png", sizes_of({}))
    assert {cut.name: (cut.width, cut.height) for cut in cuts} == {
        "medium": (300, 150),
        "large": (1024, 512),
        "thumbnail": (150, 150),
        "medium_large": (768, 384),
        "1536x1536": (1536, 768),
        "2048x2048": (2048, 1024),
        "woocommerce_thumbnail": (300, 300),
        "woocommerce_single": (600, 300),
        "woocommerce_gallery_thumbnail": (100, 100),
    }
    for cut in cuts:
        assert cut.file == f"big-{cut.width}x{cut.height}.png"
        assert Image.open(io.BytesIO(cut.content)).size == (cut.width, cut.height)


def test_nothing_is_enlarged() -> None:
    decoded = decode(picture(120, 90), LIMITS)
    cuts = make_sizes(decoded, "products/small.png", sizes_of({}))
    assert {cut.name: (cut.width, cut.height) for cut in cuts} == {
        "woocommerce_gallery_thumbnail": (100, 90)
    }
    assert (
        make_sizes(decode(picture(8, 8), LIMITS), "products/t.png", sizes_of({})) == []
    )


def test_crop_takes_the_middle() -> None:
    wide = Image.new("RGB", (400, 100), "red")
    wide.paste("blue", (150, 0, 250, 100))
    out = io.BytesIO()
    wide.save(out, "PNG")
    (cut,) = [
        cut
        for cut in make_sizes(decode(out.getvalue(), LIMITS), "a.png", sizes_of({}))
        if cut.name == "woocommerce_gallery_thumbnail"
    ]
    pixel = Image.open(io.BytesIO(cut.content)).convert("RGB").getpixel((50, 50))
    assert pixel == (0, 0, 255)


def test_sizes_follow_the_options_of_the_shop() -> None:
    sizes = {
        size.name: size
        for size in sizes_of(
            {
                "thumbnail_size_w": "80",
                "thumbnail_size_h": "60",
                "thumbnail_crop": "",
                "woocommerce_thumbnail_image_width": "400",
                "woocommerce_thumbnail_cropping": "custom",
                "woocommerce_thumbnail_cropping_custom_width": "4",
                "woocommerce_thumbnail_cropping_custom_height": "3",
                "woocommerce_single_image_width": "800",
                "medium_size_w": "0",
                "medium_size_h": "0",
            }
        )
    }
    assert (sizes["thumbnail"].width, sizes["thumbnail"].crop) == (80, False)
    assert sizes["woocommerce_thumbnail"].height == 300
    assert sizes["woocommerce_single"].width == 800
    assert "medium" not in sizes
    assert sizes_of({"woocommerce_thumbnail_cropping": "uncropped"})[-3].height == 0


@pytest.mark.parametrize("mode", ["P", "L", "LA", "RGBA", "1", "I;16", "CMYK"])
def test_every_kind_of_colour_is_scaled(mode: str) -> None:
    out = io.BytesIO()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (400, 300)).save(out, kind)
    decoded = decode(out.getvalue(), LIMITS)
    assert make_sizes(decoded, f"a.{kind.lower()}", sizes_of({}))


def test_turned_photographs_are_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (400, 200)).save(out, "JPEG", exif=exif)
    decoded = decode(out.getvalue(), LIMITS)
    found = metadata(decoded, "products/a.jpg", [])
    assert (found["width"], found["height"]) == (200, 400)


def test_metadata_is_complete() -> None:
    content = picture(400, 200)
    decoded = decode(content, LIMITS)
    cuts = make_sizes(decoded, "products/x/a.png", sizes_of({}))
    found = metadata(decoded, "products/x/a.png", cuts)
    assert found["file"] == "products/x/a.png"
    assert found["filesize"] == len(content)
    assert found["sizes"]["thumbnail"]["mime-type"] == "image/png"
    assert set(found["sizes"]["thumbnail"]) == {
        "file",
        "width",
        "height",
        "mime-type",
        "filesize",
    }
    assert len(found["image_meta"]) == 12


@pytest.mark.parametrize("style", ["1:1", "uncropped"])
def test_woocommerce_hears_whether_its_thumbnail_is_cropped(style: str) -> None:
    """Without the note it would take another size where the shop does not crop."""
    decoded = decode(picture(400, 800), LIMITS)
    sizes = sizes_of({"woocommerce_thumbnail_cropping": style})
    found = metadata(decoded, "a.png", make_sizes(decoded, "a.png", sizes))["sizes"]
    assert found["woocommerce_thumbnail"]["uncropped"] is (style == "uncropped")
    assert "uncropped" not in found["medium"]


def test_file_is_written_once_and_whole(tmp_path: Path) -> None:
    assert write_files(tmp_path, {"products/a/b/c.png": b"one"}, owner="t")
    assert not write_files(tmp_path, {"products/a/b/c.png": b"one"}, owner="t")
    assert write_files(tmp_path, {"products/a/b/c.png": b"two"}, owner="t")
    assert read_file(tmp_path, "products/a/b/c.png") == b"two"
    assert [file.name for file in (tmp_path / "products/a/b").iterdir()] == ["c.png"]


def test_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"products/c.png": b"one"}, owner="t")

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError):
        write_files(tmp_path, {"products/c.png": b"two"}, owner="t")
    assert read_file(tmp_path, "products/c.png") == b"one"
    assert [file.name for file in (tmp_path / "products").iterdir()] == ["c.png"]
