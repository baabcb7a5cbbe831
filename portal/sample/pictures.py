"""Pictures of the sample items, drawn here: two tones, a frame, PNG."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from bridge.common.sample import ITEMS

from .stock import picture_names

WIDTH, HEIGHT = 900, 675
_FRAME = 30


def write_pictures(data: Path) -> int:
    """Write the missing ones below ``data/images``; returns how many were written."""
    written = 0
    for item in ITEMS:
        for name in picture_names(item):
            file = data / "images" / name
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(draw(name))
                written += 1
    return written


def draw(name: str) -> bytes:
    """A picture whose colours follow from its name."""
    seed = zlib.crc32(name.encode())
    ground = bytes((170 + (seed >> shift) % 70 for shift in (0, 8, 16)))
    shape = bytes((40 + (seed >> shift) % 90 for shift in (4, 12, 20)))
    plain = b"\0" + ground * WIDTH
    inner = ground * _FRAME + shape * (WIDTH - 2 * _FRAME) + ground * _FRAME
    framed = plain * _FRAME + (b"\0" + inner) * (HEIGHT - 2 * _FRAME) + plain * _FRAME
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(framed, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    )
