"""Bringing a picture into order that a note tells of: sizes made, or all of it removed.

Safe for any number of workers at once and after any of them was killed: a note is
claimed for a while, files are written whole, and the metadata is written only if
nobody changed it since it was read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from ..common import phpdata
from ..common.errors import Unavailable
from ..forget import forget
from ..shop import Shop
from ..wordpress.attachments import FILE, METADATA, Attachment, find_attachments
from ..wordpress.cache_keys import Stale
from ..wordpress.cuts import Cut, full_of, make_full, make_sizes, metadata
from ..wordpress.image_sizes import SIZE_OPTIONS, Size, beside, sizes_of
from ..wordpress.media import Decoded, Limits, decode
from ..wordpress.metas import read_meta_rows, write_metas
from ..wordpress.options import read_options
from ..wordpress.uploads import (
    PictureRefused,
    read_file,
    remove_picture,
    remove_unfinished,
    write_files,
)
from .picture_notes import WRITING, Note

# how often somebody else may describe the picture meanwhile
_TRIES = 5
log = logging.getLogger("bizuno_bridge.pictures")


@dataclass(frozen=True)
class Mended:
    """What became of one picture; ``problem`` says why its sizes are not there."""

    path: str
    made: int = 0
    problem: str = ""


def limits_of(shop: Shop) -> Limits:
    """What a picture of this shop may be."""
    return Limits(shop.config.picture_bytes, shop.config.picture_pixels)


def clear_up(shop: Shop, owner: str) -> None:
    """Remove what a request wrote whose transaction did not come about.

    If the database cannot be reached, whoever comes next finds the note.
    """
    try:
        with shop.database.read() as conn:
            left = shop.pictures.waiting(conn, [WRITING], owner=owner)
        for note in left:
            mend(shop, note)
    except Unavailable as exc:
        log.warning("pictures of a refused product stay for a while: %s", exc.text)


def mend(shop: Shop, note: Note) -> Mended | None:
    """Do what a note asks for; None when somebody else is doing it."""
    mine = shop.database.run(lambda conn: shop.pictures.claim(conn, note))
    if mine is None:
        return None
    remove_unfinished(shop.config.uploads, mine.path, mine.before)
    for _ in range(_TRIES):
        with shop.database.read() as conn:
            sizes = sizes_of(read_options(conn, shop.tables, SIZE_OPTIONS))
            there = find_attachments(conn, shop.tables, [mine.path]).get(mine.path)
        if there is None:
            if shop.database.run(lambda conn: _forget(conn, shop, mine)):
                return Mended(mine.path)
            continue
        try:
            described, made = _make(shop, mine, there, sizes)
        except PictureRefused as exc:
            return _failed(shop, mine, exc.text)
        except Exception as exc:  # one picture never keeps the others waiting
            log.exception("no sizes could be made of a picture")
            return _failed(shop, mine, f"its sizes could not be made ({exc})")
        keep = partial(_describe, shop, mine, there, described)
        if shop.database.run(keep):
            forget(shop, Stale(posts=frozenset([there.id])))
            return Mended(mine.path, made)
    return _failed(shop, mine, "somebody else keeps changing it")


def _forget(conn: Connection, shop: Shop, note: Note) -> bool:
    """Remove a picture that is not in the library, unless it was there before us.

    False when it has come into the library meanwhile. The note is locked: whoever
    wants to write to the same path waits until the files are gone.
    """
    if not shop.pictures.holds(conn, note):
        return True
    if find_attachments(conn, shop.tables, [note.path]):
        return False
    uploads = shop.config.uploads
    ours = note.state == WRITING and not note.existed
    if ours or not (uploads / note.path).exists():
        remove_picture(uploads, note.path)
    shop.pictures.finish(conn, note)
    return True


def _make(
    shop: Shop, note: Note, there: Attachment, sizes: tuple[Size, ...]
) -> tuple[Mapping[Any, Any], int]:
    """Write the files that are missing; the metadata then, and how many were made."""
    content = read_file(shop.config.uploads, note.path)
    if content is None:
        raise PictureRefused("its file is missing in the upload folder")
    decoded = decode(content, limits_of(shop))
    folder = note.path.rpartition("/")[0]
    # a writer that was killed may have left other content than is described
    anew = note.state == WRITING or not there.described
    present = {} if anew else dict(there.sizes)
    missing = [
        size
        for size in sizes
        if size.name not in present
        or not (shop.config.uploads / folder / _file(present[size.name])).is_file()
    ]
    full = make_full(decoded, note.path) if _lacks_full(decoded, there, anew) else None
    cuts = make_sizes(decoded, note.path, missing)
    files = {f"{folder}/{cut.file}": cut.content for cut in (*cuts, full) if cut}
    write_files(shop.config.uploads, files, owner=note.owner)
    described = metadata(decoded, note.path, cuts, full)
    return described if anew else _merged(there, described, full), len(files)


def _file(size: Any) -> str:
    return str(size.get("file")) if isinstance(size, dict) else ""


def _lacks_full(decoded: Decoded, there: Attachment, anew: bool) -> bool:
    full = full_of(decoded)
    return full is not None and (
        anew or not there.file.endswith(f"/{beside(there.path, full[0])}")
    )


def _merged(
    there: Attachment, described: Mapping[str, Any], full: Cut | None
) -> Mapping[Any, Any]:
    """The stored metadata with what was made now; what others put there stays."""
    new = {"sizes": {**there.sizes, **described["sizes"]}}
    if full is not None:
        names = ("width", "height", "file", "filesize", "original_image")
        new |= {name: described[name] for name in names}
    return {**there.metadata, **new}


def _describe(
    shop: Shop,
    note: Note,
    there: Attachment,
    described: Mapping[Any, Any],
    conn: Connection,
) -> bool:
    """Write the metadata if nobody else did since it was read, and drop the note."""
    if not shop.pictures.holds(conn, note):
        return True
    keys = (FILE, METADATA)
    rows = read_meta_rows(conn, shop.tables, [there.id], keys, lock=True)[there.id]
    now = [rows.get(key, [(0, None)])[0][1] for key in keys]
    if now != [there.file, there.stored]:
        return False
    metas = {FILE: str(described["file"]), METADATA: phpdata.dumps(dict(described))}
    write_metas(conn, shop.tables, {there.id: metas}, known={there.id: rows})
    shop.pictures.finish(conn, note)
    return True


def _failed(shop: Shop, note: Note, text: str) -> Mended:
    shop.database.run(lambda conn: shop.pictures.fail(conn, note, text))
    return Mended(note.path, problem=text)
