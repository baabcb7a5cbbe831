"""Pictures that arrive: ``read_picture`` decides whether bytes are one.

Nothing here knows disk or database; Pillow does the decoding.
"""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageOps

from .uploads import PictureRefused

_MIMES = {
    "JPEG": ("image/jpeg", ("jpg", "jpeg", "jpe")),
    "PNG": ("image/png", ("png",)),
    "GIF": ("image/gif", ("gif",)),
    "WEBP": ("image/webp", ("webp",)),
}
# Pillow only warns of pictures above its own limit; ours is checked before decoding
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Limits:
    """What one picture may be: ``bytes`` decoded, ``pixels`` width times height."""

    bytes: int
    pixels: int


@dataclass(frozen=True)
class Decoded:
    """A checked picture: its bytes as sent and the decoded image, upright.

    ``turned`` tells that the bytes hold it on its side, with a note how to turn it.
    """

    content: bytes
    kind: str
    image: Image.Image
    turned: bool = False

    @property
    def mime(self) -> str:
        """``image/png`` and so on, by content."""
        return _MIMES[self.kind][0]


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
            image, turned = _upright(opened)
    except PictureRefused:
        raise
    except Exception:
        # a decoder fed with hostile bytes may raise nearly anything
        raise PictureRefused(
            "it is no JPEG, PNG, GIF or WebP that can be decoded", "picture_content"
        ) from None
    return Decoded(content, kind, image, turned)


def _upright(image: Image.Image) -> tuple[Image.Image, bool]:
    """A copy as the camera was held, and whether it had to be turned for that.

    A broken note about it is no matter.
    """
    try:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9)
        return ImageOps.exif_transpose(image), turned
    except Exception:
        return image.copy(), False
