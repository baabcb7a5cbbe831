"""Files in WordPress's upload folder: safe names, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .slugs import remove_accents

ROOT = "products"
ENDINGS = ("jpg", "jpeg", "jpe", "png", "gif", "webp")
# how the files end that are made of a picture
_MADE = r"-\d+x\d+|-scaled|-rotated"
_MAX_STEM = 100
_MAX_FOLDERS = 8
# flushes that wait for the disk together cost little more than one
_FLUSHED_AT_ONCE = 4


class PictureRefused(ValueError):
    """These bytes or this name are no picture for the shop; says why in a sentence."""

    def __init__(self, text: str, code: str = "picture") -> None:
        self.text, self.code = text, code
        super().__init__(text)


def safe_path(folder: str, name: str) -> str:
    """``products/<folder>/<name>`` of safe names, relative to the upload folder.

    Raises PictureRefused for a folder that climbs or is absolute and for a name
    without a picture's ending. Blanks and signs become hyphens, other dots than the
    last too (``shell.php.png`` must not be taken for a program by a web server).
    """
    raw = folder.replace("\\", "/").strip()
    if raw.startswith("/") or re.match("[a-zA-Z]:", raw):
        raise PictureRefused("the folder must not be absolute", "picture_folder")
    parts = [part.strip() for part in raw.split("/")]
    if ".." in parts:
        raise PictureRefused('the folder must not climb with ".."', "picture_folder")
    folders = [_safe(part) for part in parts if part not in ("", ".")]
    folders = [part for part in folders if part]
    if len(folders) > _MAX_FOLDERS:
        raise PictureRefused("the folder is nested too deep", "picture_folder")
    stem, dot, ending = name.strip().rpartition(".")
    if not dot or ending.lower() not in ENDINGS or "/" in stem or "\\" in stem:
        raise PictureRefused(
            "the file name must end in .jpg, .jpeg, .png, .gif or .webp and hold no "
            "folder",
            "picture_name",
        )
    stem = _safe(stem)
    if not stem:
        raise PictureRefused("the file name has no letters", "picture_name")
    if re.search(f"({_MADE})$", stem):
        stem += "-1"  # WordPress would take it for something made of another picture
    return "/".join([ROOT, *folders, f"{stem}.{ending.lower()}"])


def _safe(part: str) -> str:
    """Letters, digits, ``-`` and ``_``; everything else is a hyphen."""
    text = re.sub(r"[^A-Za-z0-9_-]+", "-", remove_accents(part))
    return re.sub("-+", "-", text)[:_MAX_STEM].strip("-")


def read_file(uploads: Path, path: str) -> bytes | None:
    """The bytes at ``path`` below ``uploads``; None when there is no such file."""
    try:
        return (uploads / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def write_files(uploads: Path, files: Mapping[str, bytes], *, owner: str) -> int:
    """Put each content at its path, making folders; the number of files written.

    Equal bytes are left alone. Others are written beside it, flushed to disk and then
    renamed, so that the shop never sees half a picture, whenever we are stopped. What
    is left beside it then is found by ``owner``.
    """
    wanted = {
        uploads / path: content
        for path, content in files.items()
        if read_file(uploads, path) != content
    }
    folders = {target.parent for target in wanted}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(_FLUSHED_AT_ONCE) as pool:
        list(pool.map(lambda one: _write(one[0], one[1], owner), wanted.items()))
    for folder in folders:
        _sync_folder(folder)
    return len(wanted)


def _write(target: Path, content: bytes, owner: str) -> None:
    beside = target.with_name(f".{owner}.{secrets.token_hex(6)}.tmp")
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(0o644)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """The new name itself has to reach the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_unfinished(uploads: Path, path: str, owner: str) -> None:
    """Remove what a writer that was killed left beside ``path``."""
    for file in _beside(uploads, path):
        if file.name.startswith(f".{owner}.") and file.name.endswith(".tmp"):
            file.unlink(missing_ok=True)


def remove_picture(uploads: Path, path: str) -> None:
    """Remove a picture that nothing knows of, with everything made of it."""
    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    ours = re.compile(rf"{re.escape(stem)}({_MADE})?\.{re.escape(ending)}")
    for file in _beside(uploads, path):
        if ours.fullmatch(file.name):
            file.unlink(missing_ok=True)


def _beside(uploads: Path, path: str) -> list[Path]:
    try:
        return list((uploads / path).parent.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
