"""``bizuno-bridge images``: the image sizes that an upload left for later."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from threading import Event

from sqlalchemy.exc import DBAPIError

from ..common.database import error_number
from ..common.errors import Unavailable
from ..shop import Shop
from ..wordpress.attachments import Attachment, pictures_below
from ..wordpress.image_sizes import SIZE_OPTIONS, Size, sizes_of
from ..wordpress.options import read_options
from ..wordpress.uploads import ROOT
from .picture_mending import Mended, mend
from .picture_notes import FAILED, SIZES, WRITING

INTERVAL_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
_AT_ONCE = 500
log = logging.getLogger("bizuno_bridge.images")


def make_waiting(
    shop: Shop, stop: Event, states: Sequence[str] = (SIZES, WRITING)
) -> Iterator[Mended]:
    """Mend what waits, one picture after the other, until nothing does."""
    tried: set[str] = set()
    while not stop.is_set():
        with shop.database.read() as conn:
            notes = shop.pictures.waiting(conn, states)
        notes = [note for note in notes if note.path not in tried]
        for note in notes:
            tried.add(note.path)
            if found := mend(shop, note):
                yield found
            if stop.is_set():
                return
        if not notes:
            return


def make_missing(shop: Shop, stop: Event) -> Iterator[Mended]:
    """Mend what waits, what failed before, and whatever else lacks sizes."""
    after = 0
    while True:
        with shop.database.read() as conn:
            sizes = sizes_of(read_options(conn, shop.tables, SIZE_OPTIONS))
            found = pictures_below(conn, shop.tables, ROOT, after, _AT_ONCE)
        if not found:
            break
        after = found[-1].id
        lacking = [one.path for one in found if _lacks(one, sizes)]
        shop.database.run(partial(shop.pictures.ask, paths=lacking))
    yield from make_waiting(shop, stop, (SIZES, WRITING, FAILED))


def _lacks(one: Attachment, sizes: Sequence[Size]) -> bool:
    """True when the entry names too few sizes; files are not looked at."""
    if not one.described:
        return True
    measures = (int(one.metadata["width"]), int(one.metadata.get("height") or 0))
    names = {size.name for size in sizes if size.fits(measures)}
    return not names <= set(one.sizes)


def work(shop: Shop, stop: Event) -> None:
    """Make sizes as pictures come, until ``stop`` is set."""
    pause = INTERVAL_SECONDS
    log.info("waiting for pictures")
    while not stop.is_set():
        try:
            for found in make_waiting(shop, stop):
                level = logging.WARNING if found.problem else logging.INFO
                log.log(level, "%s", told(found))
            pause = INTERVAL_SECONDS
        except (Unavailable, DBAPIError) as exc:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            # the text of a DBAPIError holds the statement and rows
            why = exc.text if isinstance(exc, Unavailable) else error_number(exc)
            log.warning("the database: %s; next try in %g seconds", why, pause)
        stop.wait(pause)
    log.info("stopped")


def told(found: Mended) -> str:
    """One line for a person."""
    if found.problem:
        return f"{found.path}: {found.problem}"
    return f"{found.path}: {found.made} files made"
