"""Which sizes of a picture WordPress and WooCommerce make, and how they cut; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Box = tuple[int, int, int, int]
SIZE_OPTIONS = (
    "medium_size_w", "medium_size_h", "large_size_w", "large_size_h",
    "thumbnail_size_w", "thumbnail_size_h", "thumbnail_crop", "medium_large_size_w",
    "medium_large_size_h", "woocommerce_thumbnail_image_width",
    "woocommerce_thumbnail_cropping", "woocommerce_thumbnail_cropping_custom_width",
    "woocommerce_thumbnail_cropping_custom_height", "woocommerce_single_image_width",
)  # fmt: skip
# WordPress shows no picture larger than this, in pixels on either side
BIG = 2560
# the ends of the names of what it shows in place of a picture
SHOWN_INSTEAD = ("scaled", "rotated")


@dataclass(frozen=True)
class Size:
    """A registered image size; 0 is "as the other side demands"."""

    name: str
    width: int
    height: int
    crop: bool = False

    def fits(self, picture: tuple[int, int]) -> bool:
        """True when a picture of these measures has this size made of it."""
        return fit(picture, self) is not None


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


def beside(path: str, suffix: str) -> str:
    """The name of the file ``<name>-<suffix>`` beside ``path``."""
    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    return f"{stem}-{suffix}.{ending}"


def fit(picture: tuple[int, int], size: Size) -> tuple[Box, tuple[int, int]] | None:
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
