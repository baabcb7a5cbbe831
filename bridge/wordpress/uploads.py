"""Files in WordPress's upload folder: safe names, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from .slugs import remove_accents

ROOT = "products"
ENDINGS = ("jpg", "jpeg", "jpe", "png", "gif", "webp")
_MAX_STEM = 100
_MAX_FOLDERS = 8


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
    if re.search(r"-\d+x\d+$", stem):
        stem += "-1"  # WordPress would take it for a size of another picture
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


def write_file(uploads: Path, path: str, content: bytes) -> bool:
    """Put ``content`` at ``path``, making folders; True when anything was written.

    Equal bytes are left alone. Others are written beside it, flushed to disk and then
    renamed, so that the shop never sees half a picture, whenever we are stopped.
    """
    if read_file(uploads, path) == content:
        return False
    target = uploads / path
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name[:60]}.{secrets.token_hex(6)}.tmp")
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
    _sync_folder(target.parent)
    return True


def _sync_folder(folder: Path) -> None:
    """The new name itself has to reach the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
