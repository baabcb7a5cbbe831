"""Pictures as WordPress keeps them: checked bytes and all image sizes.

Nothing here knows disk or database. ``read_picture`` decides whether bytes are a
picture, ``make_sizes`` cuts it as WordPress and WooCommerce would, ``metadata``
describes the result. Pillow does the decoding and scaling.
"""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageOps

from .image_sizes import Box, Size, fit
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
class Cut:
    """One size that was made: ``file`` beside the original.

    ``uncropped`` is WooCommerce's own note on ``woocommerce_thumbnail``: without it a
    shop that does not crop would take another size in its place.
    """

    name: str
    file: str
    width: int
    height: int
    content: bytes
    uncropped: bool | None = None


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
            # cameras put several JPEGs into one file; the first is the picture
            kind = "JPEG" if opened.format == "MPO" else str(opened.format)
            image = _upright(opened)
    except PictureRefused:
        raise
    except Exception:
        # a decoder fed with hostile bytes may raise nearly anything
        raise PictureRefused(
            "it is no JPEG, PNG, GIF or WebP that can be decoded", "picture_content"
        ) from None
    return Decoded(content, kind, image)


def _upright(image: Image.Image) -> Image.Image:
    """A copy, turned as the camera was held; a broken note about that is no matter."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image.copy()


def make_sizes(decoded: Decoded, path: str, sizes: tuple[Size, ...]) -> list[Cut]:
    """Every size that is smaller than the picture; nothing is ever enlarged."""
    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    made: dict[tuple[int, int], Cut] = {}
    cuts = []
    for size in sizes:
        found = fit(decoded.image.size, size)
        if found is None:
            continue
        box, target = found
        if target not in made:  # sizes of the same measures share one file
            file = f"{stem}-{target[0]}x{target[1]}.{ending}"
            made[target] = Cut(size.name, file, *target, _save(decoded, box, target))
        noted = not size.height if size.name == "woocommerce_thumbnail" else None
        cuts.append(replace(made[target], name=size.name, uncropped=noted))
    return cuts


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


def _described(cut: Cut, mime: str) -> dict[str, Any]:
    noted = {} if cut.uncropped is None else {"uncropped": cut.uncropped}
    return {
        "file": cut.file,
        "width": cut.width,
        "height": cut.height,
        "mime-type": mime,
        "filesize": len(cut.content),
        **noted,
    }


def metadata(decoded: Decoded, path: str, cuts: list[Cut]) -> dict[str, Any]:
    """``_wp_attachment_metadata`` of a picture kept at ``path``."""
    width, height = decoded.image.size
    return {
        "width": width,
        "height": height,
        "file": path,
        "filesize": len(decoded.content),
        "sizes": {cut.name: _described(cut, decoded.mime) for cut in cuts},
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
