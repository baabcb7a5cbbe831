"""Pictures of a product: checked and written to disk, then entered and attached.

Decoding and writing take their time, so they come before the transaction; within it
only rows are written. A refused picture is a warning, the product is taken.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..common.contract.product_update import Picture, ProductUpdate
from ..common.envelope import Messages
from ..wordpress.attachments import Attachment, NewPicture
from ..wordpress.cuts import full_of, make_full, make_sizes, metadata
from ..wordpress.image_sizes import Size, beside
from ..wordpress.kinds import VARIATION
from ..wordpress.media import Decoded, Limits, read_picture, right_ending
from ..wordpress.uploads import PictureRefused, read_file, safe_path, write_files
from .picture_notes import new_owner
from .update_edit import Edit

REPLACE, KEEP, NONE = 1, 2, 3
# decoding and scaling cost far more than sending; no product has more
MOST = 50
THUMBNAIL, GALLERY = "_thumbnail_id", "_product_image_gallery"
log = logging.getLogger("bizuno_bridge.pictures")


@dataclass(frozen=True)
class Sent:
    """A picture that was sent and the safe path it is to have."""

    picture: Picture
    path: str
    main: bool


@dataclass(frozen=True)
class Ready:
    """A picture that can be attached: in the library already, or to be entered."""

    path: str
    main: bool
    id: int | None = None
    entry: NewPicture | None = None


@dataclass
class Pictures:
    """What is to become of a product's pictures; empty is "leave them alone".

    ``refused`` tells that one at least was left out. ``announced`` are the paths that
    were written to under ``owner``.
    """

    ready: list[Ready] = field(default_factory=list)
    refused: bool = False
    messages: Messages = field(default_factory=Messages)
    owner: str = field(default_factory=new_owner)
    announced: list[str] = field(default_factory=list)

    def refuse(self, picture: Picture, why: PictureRefused) -> None:
        """Leave one picture out and say so."""
        self.refused = True
        name = picture.name.strip() or picture.field
        self.messages.warning(
            f"The picture {name!r} was left out: {why.text}.",
            field=f"data.{picture.field}",
            code=why.code,
        )


def name_pictures(update: ProductUpdate, out: Pictures) -> list[Sent]:
    """Pictures with their safe paths, each path once; mode 3 takes none."""
    sent: dict[str, Sent] = {}
    for at, picture in enumerate(update.pictures if update.mode != NONE else ()):
        if not picture.name.strip() and not picture.data:
            continue
        try:
            path = safe_path(picture.folder, picture.name)
        except PictureRefused as exc:
            out.refuse(picture, exc)
            continue
        if len(sent) == MOST and path not in sent:
            why = f"one product may have {MOST} pictures"
            out.refuse(picture, PictureRefused(why, "picture_count"))
            continue
        known = sent.get(path)
        if known is None or (picture.data and not known.picture.data):
            # the ERP repeats the main picture among the others
            sent[path] = Sent(picture, path, at == 0 or bool(known and known.main))
    return list(sent.values())


@dataclass(frozen=True)
class Workshop:
    """Where pictures are made ready: folder, limits and sizes of this shop.

    ``announce`` is told a path before it is written to; without it nothing is written.
    ``later`` leaves the sizes to the worker.
    """

    uploads: Path
    limits: Limits
    sizes: tuple[Size, ...]
    owner: str
    announce: Callable[[str], None] | None = None
    later: bool = False


def prepare(
    sent: Sequence[Sent],
    known: Mapping[str, Attachment],
    mode: int,
    shop: Workshop,
    out: Pictures,
) -> None:
    """Decode each picture and put it into the upload folder, mostly with its sizes.

    ``known`` are the library's entries by path. Mode 2 leaves those as they are, if
    the shop can show them, and so does a name without content.
    """
    for one in sent:
        there = known.get(one.path)
        keep = there is not None and mode == KEEP and there.described
        if there is not None and (keep or not one.picture.data):
            out.ready.append(Ready(one.path, one.main, there.id))
            continue
        try:
            out.ready.append(_make(one, known, mode, shop))
        except PictureRefused as exc:
            out.refuse(one.picture, exc)
            if there is not None:
                out.ready.append(Ready(one.path, one.main, there.id))


def _make(
    one: Sent, known: Mapping[str, Attachment], mode: int, shop: Workshop
) -> Ready:
    if not one.picture.data:
        raise PictureRefused("it came without content", "picture_empty")
    decoded = read_picture(one.picture.data, shop.limits)
    path = right_ending(one.path, decoded)
    there = known.get(path)
    if there is not None and mode == KEEP and there.described:
        return Ready(path, one.main, there.id)
    try:
        described = _put(decoded, path, there, shop)
    except OSError as exc:
        log.error("a picture could not be written: %s", exc.strerror)
        raise PictureRefused(
            "it could not be written; check the bridge's uploads folder and its rights",
            "picture_write",
        ) from None
    ident = there.id if there else None
    if there is not None and described is None:
        return Ready(path, one.main, ident)
    assert described is not None
    return Ready(
        path, one.main, ident, NewPicture(path, decoded.mime, described, ident)
    )


def _put(
    decoded: Decoded, path: str, there: Attachment | None, shop: Workshop
) -> dict[str, Any] | None:
    """Write the picture and its sizes; None when everything was there already."""
    same = read_file(shop.uploads, path) == decoded.content
    if same and there is not None and _is_complete(there, decoded, shop):
        return None
    if shop.announce is None:
        return metadata(decoded, path, [])
    shop.announce(path)
    full, cuts = None, []
    if not shop.later:
        full, cuts = make_full(decoded, path), make_sizes(decoded, path, shop.sizes)
    folder = path.rpartition("/")[0]
    made = {f"{folder}/{cut.file}": cut.content for cut in (*cuts, full) if cut}
    # the picture itself last: where it is, so are its sizes
    write_files(shop.uploads, made, owner=shop.owner)
    write_files(shop.uploads, {path: decoded.content}, owner=shop.owner)
    return metadata(decoded, path, cuts, full)


def _is_complete(there: Attachment, decoded: Decoded, shop: Workshop) -> bool:
    """True when the entry describes this picture and every file it names exists.

    A theme may have registered more sizes than we know; they stay. Sizes that are to
    be made later may be missing.
    """
    measures, folder = decoded.image.size, there.path.rpartition("/")[0]
    plain = (*measures, there.path)
    full = full_of(decoded)
    shown = (*full[1], f"{folder}/{beside(there.path, full[0])}") if full else plain
    stored = there.metadata
    described = (stored.get("width"), stored.get("height"), stored.get("file"))
    if described != shown and not (shop.later and described == plain):
        return False
    wanted = {size.name for size in shop.sizes if size.fits(measures)}
    if not shop.later and not wanted <= set(there.sizes):
        return False
    sizes = (size for size in there.sizes.values() if isinstance(size, dict))
    files = {f"{folder}/{size.get('file')}" for size in sizes} | {there.file}
    return all((shop.uploads / file).is_file() for file in files)


def enter(
    edit: Edit, pictures: Pictures, library: Mapping[str, int], kind: str
) -> list[NewPicture]:
    """What has to be entered into the library; attaches at once if nothing is new.

    ``library`` are the IDs by path as the transaction sees them.
    """
    entries = [
        replace(one.entry, id=library.get(one.path))
        for one in pictures.ready
        if one.entry is not None
    ]
    new = [entry.path for entry in entries if entry.id is None]
    if new:
        edit.note(GALLERY, None, new)
    else:
        attach(edit, pictures, library, kind)
        if entries:
            edit.note(GALLERY, "other content", [entry.path for entry in entries])
    return entries


def attach(edit: Edit, pictures: Pictures, ids: Mapping[str, int], kind: str) -> None:
    """Point a product at its pictures; ``ids`` by path, where they are known.

    Without a usable main picture the one there is stays, else the first of the others
    takes its place. If none of the others could be used, the gallery stays as it is.
    """
    ready = [one for one in pictures.ready if one.path in ids]
    if not ready:
        return
    mains = [one for one in ready if one.main]
    if not mains and edit.get(THUMBNAIL) in ("", "0"):
        mains = ready[:1]
    if mains:
        edit.meta(THUMBNAIL, str(ids[mains[0].path]))
    shown = edit.get(THUMBNAIL)
    gallery = dict.fromkeys(str(ids[one.path]) for one in ready)
    gallery.pop(shown, None)
    if kind != VARIATION and (gallery or not pictures.refused):
        edit.put(GALLERY, ",".join(gallery))
