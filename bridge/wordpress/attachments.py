"""Pictures in the media library: found by file, created, described."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from ..common import phpdata
from .clock import stamp
from .image_sizes import SHOWN_INSTEAD, beside
from .metas import write_metas
from .products import touch_posts
from .slugs import MAX_SLUG, sanitize_title, unique_slug
from .tables import ShopTables

FILE, METADATA = "_wp_attached_file", "_wp_attachment_metadata"


@dataclass(frozen=True)
class Attachment:
    """A picture of the media library; paths are relative to the upload folder.

    ``path`` is the picture as it was sent, ``file`` what is shown in its place, mostly
    the same. ``stored`` is the metadata as the database has it.
    """

    id: int
    path: str
    file: str
    stored: str | None = None
    metadata: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def described(self) -> bool:
        """False for what the PHP plugin left to a cron that never ran."""
        return (
            bool(self.metadata.get("width")) and self.metadata.get("file") == self.file
        )

    @property
    def original(self) -> str:
        """The path of the picture that another is shown in place of; else empty."""
        name = self.metadata.get("original_image")
        return f"{self.file.rpartition('/')[0]}/{name}" if name else ""

    @property
    def sizes(self) -> Mapping[Any, Any]:
        """The image sizes it has, by name."""
        made = self.metadata.get("sizes")
        return made if isinstance(made, dict) else {}


@dataclass(frozen=True)
class NewPicture:
    """A picture to be entered; ``id`` where the library has it already."""

    path: str
    mime: str
    metadata: Mapping[str, Any]
    id: int | None = None

    @property
    def file(self) -> str:
        """What is shown: the picture itself, or a smaller one in its place."""
        return str(self.metadata["file"])


def find_attachments(
    conn: Connection, tables: ShopTables, paths: Iterable[str]
) -> dict[str, Attachment]:
    """The pictures sent to ``paths``; of several entries for one file the oldest.

    WordPress's entry of a large picture names the smaller one that is shown.
    """
    wanted = set(paths)
    if not wanted:
        return {}
    shown = {path: path for path in wanted}
    for path in wanted:
        folder = path.rpartition("/")[0]
        for suffix in SHOWN_INSTEAD:
            shown.setdefault(f"{folder}/{beside(path, suffix)}", path)
    file = tables.postmeta.c.meta_value
    query = _pictures(tables).where(file.in_(sorted(shown)))
    found: dict[str, Attachment] = {}
    for ident, file, stored in conn.execute(query):
        if file not in shown:  # the database does not tell A from a, a disk does
            continue
        one = Attachment(ident, shown[file], file, stored, _unpacked(stored))
        if file == one.path or one.original == one.path:
            found.setdefault(one.path, one)
    return found


def pictures_below(
    conn: Connection, tables: ShopTables, folder: str, after: int, count: int
) -> list[Attachment]:
    """The next ``count`` pictures kept below ``folder``, by ID, above ``after``."""
    posts, file = tables.posts, tables.postmeta.c.meta_value
    query = _pictures(tables).where(
        file.startswith(f"{folder}/", autoescape=True),
        posts.c.post_mime_type.startswith("image/"),
        posts.c.ID > after,
    )
    found = []
    for ident, file, stored in conn.execute(query.limit(count)):
        one = Attachment(ident, file, file, stored, _unpacked(stored))
        found.append(replace(one, path=one.original or file))
    return found


def _pictures(tables: ShopTables) -> Select[Any]:
    """Pictures by ID: their file and their metadata as it is stored."""
    posts, metas = tables.posts, tables.postmeta
    described = metas.alias()
    return (
        select(posts.c.ID, metas.c.meta_value, described.c.meta_value)
        .join_from(metas, posts, posts.c.ID == metas.c.post_id)
        .outerjoin(
            described,
            (described.c.post_id == posts.c.ID) & (described.c.meta_key == METADATA),
        )
        .where(metas.c.meta_key == FILE, posts.c.post_type == "attachment")
        .order_by(posts.c.ID)
    )


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
            ids[one.path]: {FILE: one.file, METADATA: phpdata.dumps(dict(one.metadata))}
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
