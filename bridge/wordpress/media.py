"""Pictures as WordPress keeps them: checked bytes and all image sizes.

Nothing here knows disk or database. ``read_picture`` decides whether bytes are a
picture, ``make_sizes`` cuts it as WordPress and WooCommerce would, ``metadata``
describes the result. Pillow does the decoding and scaling.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageOps

from .uploads import PictureRefused

_MIMES = {
    "JPEG": ("image/jpeg", ("jpg", "jpeg", "jpe")),
    "PNG": ("image/png", ("png",)),
    "GIF": ("image/gif", ("gif",)),
    "WEBP": ("image/webp", ("webp",)),
}
# Pillow only warns of pictures above its own limit; ours is checked before decoding
Image.MAX_IMAGE_PIXELS = None
# the qualities WordPress saves its sizes with
_QUALITY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 82, "optimize": True, "progressive": True},
    "WEBP": {"quality": 86},
    "PNG": {"optimize": True},
    "GIF": {},
}


@dataclass(frozen=True)
class Limits:
    """What one picture may be: ``bytes`` decoded, ``pixels`` width times height."""

    bytes: int
    pixels: int


@dataclass(frozen=True)
class Decoded:
    """A checked picture: its bytes as sent and the decoded image, upright."""

    content: bytes
    kind: str
    image: Image.Image

    @property
    def mime(self) -> str:
        """``image/png`` and so on, by content."""
        return _MIMES[self.kind][0]


@dataclass(frozen=True)
class Size:
    """A registered image size; 0 is "as the other side demands"."""

    name: str
    width: int
    height: int
    crop: bool = False

    def fits(self, picture: tuple[int, int]) -> bool:
        """True when a picture of these measures has this size made of it."""
        return _fit(picture, self) is not None


@dataclass(frozen=True)
class Cut:
    """One size that was made: ``file`` beside the original."""

    name: str
    file: str
    width: int
    height: int
    content: bytes


def right_ending(path: str, decoded: Decoded) -> str:
    """``path`` with the ending of what the picture really is."""
    stem, _, ending = path.rpartition(".")
    endings = _MIMES[decoded.kind][1]
    return path if ending in endings else f"{stem}.{endings[0]}"


def read_picture(data: str, limits: Limits) -> Decoded:
    """Decode base64 and the picture in it; raises PictureRefused."""
    # a form turns + into a blank when a client forgets to encode it
    text = data.strip().replace(" ", "+").replace("\r", "").replace("\n", "")
    if len(text) > (limits.bytes + 2) * 4 // 3 + 4:
        raise PictureRefused(
            f"it is larger than {limits.bytes} bytes", "picture_too_large"
        )
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PictureRefused("its content is not base64", "picture_base64") from None
    return decode(content, limits)


def decode(content: bytes, limits: Limits) -> Decoded:
    """Check bytes by decoding them whole; raises PictureRefused."""
    if len(content) > limits.bytes:
        raise PictureRefused(
            f"it is larger than {limits.bytes} bytes", "picture_too_large"
        )
    try:
        with Image.open(io.BytesIO(content), formats=tuple(_MIMES)) as opened:
            width, height = opened.size
            if width * height > limits.pixels:
                raise PictureRefused(
                    f"it has {width} x {height} pixels; {limits.pixels} are allowed",
                    "picture_too_large",
                )
            opened.load()
            kind = opened.format or ""
            image = ImageOps.exif_transpose(opened).copy()
    except PictureRefused:
        raise
    except Exception:
        # a decoder fed with hostile bytes may raise nearly anything
        raise PictureRefused(
            "it is no JPEG, PNG, GIF or WebP that can be decoded", "picture_content"
        ) from None
    return Decoded(content, kind, image)


def sizes_of(options: Mapping[str, str]) -> tuple[Size, ...]:
    """The image sizes of a shop, by WordPress's and WooCommerce's options."""

    def number(name: str, default: int) -> int:
        text = options.get(name, "").strip()
        return min(int(text), 10_000) if text.isdecimal() else default

    crop = options.get("thumbnail_crop", "1") not in ("", "0")
    side = number("woocommerce_thumbnail_image_width", 300)
    height, cropped = side, True
    style = options.get("woocommerce_thumbnail_cropping", "1:1")
    if style == "uncropped":
        height, cropped = 0, False
    elif style == "custom":
        across = number("woocommerce_thumbnail_cropping_custom_width", 4) or 4
        down = number("woocommerce_thumbnail_cropping_custom_height", 3) or 3
        height = _round(side / across * down)
    wanted = (
        Size("medium", number("medium_size_w", 300), number("medium_size_h", 300)),
        Size("large", number("large_size_w", 1024), number("large_size_h", 1024)),
        Size(
            "thumbnail",
            number("thumbnail_size_w", 150),
            number("thumbnail_size_h", 150),
            crop,
        ),
        Size(
            "medium_large",
            number("medium_large_size_w", 768),
            number("medium_large_size_h", 0),
        ),
        Size("1536x1536", 1536, 1536),
        Size("2048x2048", 2048, 2048),
        Size("woocommerce_thumbnail", side, height, cropped),
        Size("woocommerce_single", number("woocommerce_single_image_width", 600), 0),
        Size("woocommerce_gallery_thumbnail", 100, 100, True),
    )
    return tuple(size for size in wanted if size.width or size.height)


SIZE_OPTIONS = (
    "medium_size_w", "medium_size_h", "large_size_w", "large_size_h",
    "thumbnail_size_w", "thumbnail_size_h", "thumbnail_crop", "medium_large_size_w",
    "medium_large_size_h", "woocommerce_thumbnail_image_width",
    "woocommerce_thumbnail_cropping", "woocommerce_thumbnail_cropping_custom_width",
    "woocommerce_thumbnail_cropping_custom_height", "woocommerce_single_image_width",
)  # fmt: skip


def make_sizes(decoded: Decoded, path: str, sizes: tuple[Size, ...]) -> list[Cut]:
    """Every size that is smaller than the picture; nothing is ever enlarged."""
    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    made: dict[tuple[int, int], Cut] = {}
    cuts = []
    for size in sizes:
        found = _fit(decoded.image.size, size)
        if found is None:
            continue
        box, target = found
        if target not in made:  # sizes of the same measures share one file
            file = f"{stem}-{target[0]}x{target[1]}.{ending}"
            made[target] = Cut(size.name, file, *target, _save(decoded, box, target))
        cuts.append(replace(made[target], name=size.name))
    return cuts


Box = tuple[int, int, int, int]


def _fit(picture: tuple[int, int], size: Size) -> tuple[Box, tuple[int, int]] | None:
    """Which part of the picture to take and how large to make it, or None.

    WordPress's own arithmetic: a crop is centred, a difference of one pixel is none.
    """
    width, height = picture
    if size.crop:
        new_w, new_h = min(size.width, width), min(size.height, height)
        new_w = new_w or _round(new_h * width / height)
        new_h = new_h or _round(new_w * height / width)
        ratio = max(new_w / width, new_h / height)
        crop_w, crop_h = _round(new_w / ratio), _round(new_h / ratio)
        left, top = (width - crop_w) // 2, (height - crop_h) // 2
        box = (left, top, left + crop_w, top + crop_h)
    else:
        across = size.width / width if size.width else 1.0
        down = size.height / height if size.height else 1.0
        ratio = min(across, down, 1.0)
        new_w, new_h = _round(width * ratio), _round(height * ratio)
        box = (0, 0, width, height)
    if abs(new_w - width) <= 1 and abs(new_h - height) <= 1:
        return None
    return box, (new_w, new_h)


def _round(value: float) -> int:
    """Half up, as PHP rounds, and never nothing."""
    return max(1, int(value + 0.5))


def _save(decoded: Decoded, box: Box, target: tuple[int, int]) -> bytes:
    image = decoded.image
    if image.mode in ("P", "1", "LA", "PA"):
        image = image.convert("RGBA")  # a palette cannot be scaled smoothly
    elif image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGB")
    if decoded.kind == "JPEG" and image.mode == "RGBA":
        image = image.convert("RGB")
    scaled = image.resize(target, Image.Resampling.LANCZOS, box=box)
    out = io.BytesIO()
    options = dict(_QUALITY[decoded.kind])
    profile = decoded.image.info.get("icc_profile")
    if profile and decoded.image.mode == scaled.mode and decoded.kind != "GIF":
        options["icc_profile"] = profile
    scaled.save(out, decoded.kind, **options)
    return out.getvalue()


def metadata(decoded: Decoded, path: str, cuts: list[Cut]) -> dict[str, Any]:
    """``_wp_attachment_metadata`` of a picture kept at ``path``."""
    width, height = decoded.image.size
    return {
        "width": width,
        "height": height,
        "file": path,
        "filesize": len(decoded.content),
        "sizes": {
            cut.name: {
                "file": cut.file,
                "width": cut.width,
                "height": cut.height,
                "mime-type": decoded.mime,
                "filesize": len(cut.content),
            }
            for cut in cuts
        },
        "image_meta": {
            "aperture": "0",
            "credit": "",
            "camera": "",
            "caption": "",
            "created_timestamp": "0",
            "copyright": "",
            "focal_length": "0",
            "iso": "0",
            "shutter_speed": "0",
            "title": "",
            "orientation": "0",
            "keywords": {},
        },
    }
