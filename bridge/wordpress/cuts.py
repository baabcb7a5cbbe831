"""The image sizes of a picture, made as WordPress and WooCommerce would; no disk.

``make_sizes`` cuts, ``make_full`` scales down what is too large to be shown, and
``metadata`` describes the result.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from .image_sizes import BIG, Box, Size, beside, fit
from .media import Decoded

# the qualities WordPress saves its sizes with
_QUALITY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 82, "optimize": True},
    "WEBP": {"quality": 86},
    "PNG": {"optimize": True},
    "GIF": {},
}
# Pillow lets other threads run while it scales and packs
_THREADS = min(4, os.cpu_count() or 1)
# a picture is first reduced by whole numbers to this many times the size, which
# nobody sees and which spares most of the work for small ones
_REDUCING_GAP = 2.0


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


def full_of(decoded: Decoded) -> tuple[str, tuple[int, int]] | None:
    """What WordPress shows in place of the picture itself, and how large; or None.

    ``scaled`` where it is too large, else ``rotated`` where it lies on its side.
    """
    measures = decoded.image.size
    if max(measures) > BIG:
        found = fit(measures, Size("scaled", BIG, BIG))
        return found and ("scaled", found[1])
    return ("rotated", measures) if decoded.turned else None


def make_full(decoded: Decoded, path: str) -> Cut | None:
    """The picture to be shown in place of the one at ``path``, where there is one."""
    found = full_of(decoded)
    if found is None:
        return None
    name, target = found
    content = _save(decoded, _scalable(decoded), (0, 0, *decoded.image.size), target)
    return Cut(name, beside(path, name), *target, content)


def make_sizes(decoded: Decoded, path: str, sizes: Iterable[Size]) -> list[Cut]:
    """Every size that is smaller than the picture; nothing is ever enlarged."""
    found = {size: fit(decoded.image.size, size) for size in sizes}
    fitting = {size: one for size, one in found.items() if one is not None}
    # sizes of the same measures share one file
    boxes = {target: box for box, target in reversed(fitting.values())}
    if not boxes:
        return []
    image = _scalable(decoded)
    # the largest first: the last to begin should not take longest
    targets = sorted(boxes, reverse=True)
    with ThreadPoolExecutor(_THREADS) as pool:
        contents = dict(
            zip(
                targets,
                pool.map(lambda t: _save(decoded, image, boxes[t], t), targets),
                strict=True,
            )
        )
    return [
        _noted(
            Cut(size.name, beside(path, f"{w}x{h}"), w, h, contents[(w, h)]),
            size,
        )
        for size, (_, (w, h)) in fitting.items()
    ]


def _noted(cut: Cut, size: Size) -> Cut:
    if size.name != "woocommerce_thumbnail":
        return cut
    return replace(cut, uncropped=not size.height)


def _scalable(decoded: Decoded) -> Image.Image:
    """The picture in a mode that can be scaled smoothly and saved."""
    image = decoded.image
    if image.mode in ("P", "1", "LA", "PA"):
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "RGBA", "L"):
        image = image.convert("RGB")
    if decoded.kind == "JPEG" and image.mode == "RGBA":
        image = image.convert("RGB")
    return image


def _save(
    decoded: Decoded, image: Image.Image, box: Box, target: tuple[int, int]
) -> bytes:
    scaled = image.resize(
        target, Image.Resampling.LANCZOS, box=box, reducing_gap=_REDUCING_GAP
    )
    out = io.BytesIO()
    options = dict(_QUALITY[decoded.kind])
    profile = decoded.image.info.get("icc_profile")
    if profile and decoded.image.mode == scaled.mode and decoded.kind != "GIF":
        options["icc_profile"] = profile
    scaled.save(out, decoded.kind, **options)
    return out.getvalue()


def metadata(
    decoded: Decoded, path: str, cuts: Sequence[Cut], full: Cut | None = None
) -> dict[str, Any]:
    """``_wp_attachment_metadata`` of a picture kept at ``path``.

    It is valid without ``cuts``, as WordPress itself leaves it between two steps;
    ``full`` is what is shown in place of the picture.
    """
    width, height = decoded.image.size
    described: dict[str, Any] = {
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
    if full is not None:
        folder, _, name = path.rpartition("/")
        described |= {
            "width": full.width,
            "height": full.height,
            "file": f"{folder}/{full.file}",
            "filesize": len(full.content),
            "original_image": name,
        }
    return described


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
