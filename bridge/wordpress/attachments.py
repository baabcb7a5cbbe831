"""Pictures in the media library: found by file, created, described."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, or_, select

from ..common import phpdata
from .clock import stamp
from .metas import write_metas
from .products import touch_posts
from .slugs import MAX_SLUG, sanitize_title, unique_slug
from .tables import ShopTables

FILE, METADATA = "_wp_attached_file", "_wp_attachment_metadata"


@dataclass(frozen=True)
class Attachment:
    """A picture of the media library; ``path`` is relative to the upload folder."""

    id: int
    path: str
    metadata: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def described(self) -> bool:
        """False for what the PHP plugin left to a cron that never ran."""
        return (
            bool(self.metadata.get("width")) and self.metadata.get("file") == self.path
        )


@dataclass(frozen=True)
class NewPicture:
    """A picture to be entered; ``id`` where the library has it already."""

    path: str
    mime: str
    metadata: Mapping[str, Any]
    id: int | None = None


def find_attachments(
    conn: Connection, tables: ShopTables, paths: Iterable[str]
) -> dict[str, Attachment]:
    """The pictures kept at ``paths``; of several entries for one file the oldest."""
    wanted = sorted(set(paths))
    if not wanted:
        return {}
    posts, metas = tables.posts, tables.postmeta
    described = metas.alias()
    query = (
        select(posts.c.ID, metas.c.meta_value.label("path"), described.c.meta_value)
        .join_from(metas, posts, posts.c.ID == metas.c.post_id)
        .outerjoin(
            described,
            (described.c.post_id == posts.c.ID) & (described.c.meta_key == METADATA),
        )
        .where(
            metas.c.meta_key == FILE,
            metas.c.meta_value.in_(wanted),
            posts.c.post_type == "attachment",
        )
        .order_by(posts.c.ID)
    )
    found: dict[str, Attachment] = {}
    for ident, path, stored in conn.execute(query):
        if path in wanted:  # the database does not tell A from a, a disk does
            found.setdefault(path, Attachment(ident, path, _unpacked(stored)))
    return found


def _unpacked(stored: str | None) -> dict[Any, Any]:
    try:
        found = phpdata.loads(stored) if stored else {}
    except phpdata.PhpDataError:
        return {}
    return found if isinstance(found, dict) else {}


def write_attachments(
    conn: Connection,
    tables: ShopTables,
    pictures: Sequence[NewPicture],
    *,
    url: str,
    now: datetime,
    zone: tzinfo,
) -> dict[str, int]:
    """Enter pictures or describe them anew; IDs by path.

    ``url`` is the address of the upload folder. A fixed number of statements.
    """
    ids = {one.path: one.id for one in pictures if one.id is not None}
    new = [one for one in pictures if one.id is None]
    if new:
        ids |= _insert(conn, tables, new, url, now, zone)
    known = [one.id for one in pictures if one.id is not None]
    touch_posts(conn, tables, known, now, zone)
    write_metas(
        conn,
        tables,
        {
            ids[one.path]: {FILE: one.path, METADATA: phpdata.dumps(dict(one.metadata))}
            for one in pictures
        },
    )
    return ids


def _insert(
    conn: Connection,
    tables: ShopTables,
    new: Sequence[NewPicture],
    url: str,
    now: datetime,
    zone: tzinfo,
) -> dict[str, int]:
    posts = tables.posts
    titles = [one.path.rpartition("/")[2].rpartition(".")[0] for one in new]
    bases = [sanitize_title(title) or "picture" for title in titles]
    # the slug of a picture is unique among posts of every kind
    like = [
        posts.c.post_name.startswith(base[: MAX_SLUG - 10], autoescape=True)
        for base in sorted(set(bases))
    ]
    taken = set(conn.scalars(select(posts.c.post_name).where(or_(*like))))
    rows, names = [], []
    for one, title, base in zip(new, titles, bases, strict=True):
        name = unique_slug(base, taken)
        taken.add(name)
        names.append(name)
        rows.append(
            {
                "post_author": 0,
                "post_date": stamp(now, zone),
                "post_date_gmt": stamp(now),
                "post_modified": stamp(now, zone),
                "post_modified_gmt": stamp(now),
                "post_title": title,
                "post_name": name,
                "post_content": "",
                "post_excerpt": "",
                "post_content_filtered": "",
                "to_ping": "",
                "pinged": "",
                "post_status": "inherit",
                "post_type": "attachment",
                "post_mime_type": one.mime,
                "comment_status": "open",
                "ping_status": "closed",
                "guid": f"{url}/{one.path}"[:255],
            }
        )
    conn.execute(posts.insert(), rows)
    query = select(posts.c.post_name, posts.c.ID).where(
        posts.c.post_name.in_(names), posts.c.post_type == "attachment"
    )
    by_name = {name: ident for name, ident in conn.execute(query)}
    return {one.path: by_name[name] for one, name in zip(new, names, strict=True)}
