"""Do the upload folder and the media library agree? Plain and slow, for tests."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from bridge.common import phpdata
from bridge.shop import Shop
from bridge.wordpress.uploads import ROOT


def picture_findings(shop: Shop, *, resting: bool = True) -> list[str]:
    """Rows without a file, and (where nobody works) files without a row."""
    wrong, named = [], set()
    for path, stored in _library(shop):
        if not path.startswith(f"{ROOT}/"):
            continue
        found: Any = phpdata.loads(stored or "N;")
        if not isinstance(found, dict) or found.get("file") != path:
            wrong.append(f"{path}: described as {found}")
            continue
        folder = path.rpartition("/")[0]
        files = [one["file"] for one in found["sizes"].values()]
        if "original_image" in found:
            files.append(found["original_image"])
        named |= {path, *(f"{folder}/{file}" for file in files)}
    uploads = shop.config.uploads
    wrong += [f"{one} is missing" for one in named if not (uploads / one).is_file()]
    if resting:
        files = [file for file in (uploads / ROOT).rglob("*") if file.is_file()]
        names = {str(file.relative_to(uploads)) for file in files}
        # sizes of former content stay: pages that are kept somewhere name them
        originals = {re.sub(r"(-scaled|-rotated)?\.\w+$", "", one) for one in named}
        wrong += [
            f"{one} belongs to nothing"
            for one in names - named
            if re.sub(r"-\d+x\d+\.\w+$", "", one) not in originals
        ]
        with shop.database.read() as conn:
            notes = conn.execute(select(shop.pictures.table)).all()
        wrong += [f"{note.path}: still {note.state}, {note.text}" for note in notes]
    return wrong


def _library(shop: Shop) -> list[tuple[str, str | None]]:
    posts, metas = shop.tables.posts, shop.tables.postmeta
    described = metas.alias()
    query = (
        select(metas.c.meta_value, described.c.meta_value)
        .join(posts, posts.c.ID == metas.c.post_id)
        .outerjoin(
            described,
            (described.c.post_id == posts.c.ID)
            & (described.c.meta_key == "_wp_attachment_metadata"),
        )
        .where(
            metas.c.meta_key == "_wp_attached_file", posts.c.post_type == "attachment"
        )
    )
    with shop.database.read() as conn:
        return [(path, stored) for path, stored in conn.execute(query)]
