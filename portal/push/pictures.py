"""Pictures from Bizuno's data folder, as the store takes them.

Names come from the database, where anybody who edits an item can write them, so a
name may not lead out of the folder ``images`` (by ``..``, from the root, or through a
link).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..books.settings import decode

MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Picture:
    """A picture's content in base64; without one ``problem`` says why."""

    content: str = ""
    problem: str = ""


def names_of(row: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The names of an item's main picture (empty: none) and of its other ones."""
    main = row.get("image_with_path") or ""
    found = decode(row.get("invImages"))
    members = found.values() if isinstance(found, dict) else found
    others = members if isinstance(found, (list, dict)) else ()
    return str(main), [name for name in others if isinstance(name, str) and name]


def read_pictures(data: Path, names: Iterable[str]) -> dict[str, Picture]:
    """The pictures of these names below ``images`` of Bizuno's data folder."""
    folder = (data / "images").resolve()
    return {name: _read(folder, name) for name in names if name}


def stamp_pictures(data: Path, names: Iterable[str]) -> dict[str, Picture]:
    """Size and time of the files in place of their content, to see what changed."""
    folder = (data / "images").resolve()
    return {name: _read(folder, name, stamp=True) for name in names if name}


def _read(folder: Path, name: str, *, stamp: bool = False) -> Picture:
    try:
        file = (folder / name.lstrip("/")).resolve(strict=True)
        if not file.is_relative_to(folder) or not file.is_file():
            return Picture(problem="lies outside of the folder images")
        status = file.stat()
        if status.st_size > MAX_BYTES:
            return Picture(problem=f"is larger than {MAX_BYTES // 1024 // 1024} MiB")
        if stamp:
            return Picture(f"{status.st_size} {status.st_mtime_ns}")
        return Picture(base64.b64encode(file.read_bytes()).decode())
    except (OSError, ValueError, RuntimeError):
        return Picture(problem="is not there or cannot be read")
