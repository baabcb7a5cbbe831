"""Products taken out of the shop: to the trash, unpublished, or deleted for good.

As when a person does it in the product list: variations go with their product, reviews
go with it too, pictures stay, counts follow. A constant number of statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from ..common import phpdata
from .cache_keys import Stale
from .clock import stamp
from .counts import recount_terms
from .ids import among
from .metas import write_metas
from .products import touch_posts
from .sets import update_rows
from .tables import ShopTables
from .transients import reset_product_caches

_SUFFIX = "__trashed"
_SLUG_LENGTH = 200
_CUT_OCTET = re.compile(r"%[0-9a-fA-F]?$")


class Removal:
    """One removal: which products, when, on whose clock."""

    def __init__(
        self,
        conn: Connection,
        tables: ShopTables,
        ids: Iterable[int],
        now: datetime,
        zone: tzinfo,
    ) -> None:
        self.conn, self.tables, self.now, self.zone = conn, tables, now, zone
        posts = tables.posts
        self.ids = {int(ident) for ident in ids}
        self.reviews: set[int] = set()  # that were hidden or deleted
        self.pictures: set[int] = set()  # that lost their product
        rows = conn.execute(
            select(
                posts.c.ID, posts.c.post_status, posts.c.post_name, posts.c.post_type
            )
            .where(
                or_(among(posts.c.ID, self.ids), among(posts.c.post_parent, self.ids)),
                posts.c.post_type.in_(("product", "product_variation", "revision")),
            )
            .order_by(posts.c.ID)
        )
        # products, their variations, and revisions, which go only for good
        self.everything = {row.ID: row for row in rows}
        self.family = {
            ident: row
            for ident, row in self.everything.items()
            if row.post_type != "revision"
        }

    def carry_out(self, how: str) -> Stale:
        """``how``: trash, draft or delete; returns what caches still keep of it."""
        if not self.family:
            return Stale()
        relations = self.tables.term_relationships
        query = select(relations.c.term_taxonomy_id).distinct()
        terms = set(
            self.conn.scalars(query.where(among(relations.c.object_id, self.family)))
        )
        {"trash": self._trash, "draft": self._draft, "delete": self._delete}[how]()
        recount_terms(self.conn, self.tables, terms=terms)
        reset_product_caches(self.conn, self.tables, self.family, terms=True)
        return Stale(
            posts=frozenset(self.pictures.union(self.everything)),
            terms=frozenset(terms),
            comments=frozenset(self.reviews),
        )

    def _draft(self) -> None:
        posts = self.tables.posts
        self.conn.execute(
            update(posts).where(among(posts.c.ID, self.ids)).values(post_status="draft")
        )
        touch_posts(self.conn, self.tables, self.ids, self.now, self.zone)

    def _trash(self) -> None:
        live = {i: row for i, row in self.family.items() if row.post_status != "trash"}
        names = self._trash_names(live)
        time = str(int(self.now.timestamp()))
        metas: dict[int, dict[str, str | None]] = {}
        rows = []
        for ident, row in live.items():
            metas[ident] = {
                "_wp_trash_meta_status": row.post_status,
                "_wp_trash_meta_time": time,
            }
            if names[ident] != row.post_name:
                metas[ident]["_wp_desired_post_slug"] = row.post_name
            rows.append(
                {
                    "ID": ident,
                    "post_status": "trash",
                    "post_name": names[ident],
                    "post_modified": stamp(self.now, self.zone),
                    "post_modified_gmt": stamp(self.now),
                }
            )
        update_rows(self.conn, self.tables.posts, "ID", rows)
        self._trash_reviews(metas)
        write_metas(self.conn, self.tables, metas)

    def _trash_names(self, live: Mapping[int, Any]) -> dict[int, str]:
        """Slugs set free for new products; WordPress gives them back on restoring."""
        posts = self.tables.posts
        names = {
            ident: row.post_name and _suffixed(row.post_name, _SUFFIX)
            for ident, row in live.items()
        }
        taken = set(
            self.conn.scalars(
                select(posts.c.post_name).where(
                    posts.c.post_name.in_(sorted({name for name in names.values()}))
                )
            )
        )
        seen: set[str] = set()
        for ident, name in names.items():
            if name and (name in taken or name in seen):
                names[ident] = _suffixed(live[ident].post_name, f"{_SUFFIX}-{ident}")
            seen.add(names[ident])
        return names

    def _trash_reviews(self, metas: dict[int, dict[str, str | None]]) -> None:
        """Reviews are hidden, their states kept for restoring."""
        comments = self.tables.comments
        found: dict[int, dict[int | str, Any]] = {}
        for ident, post, approved in self.conn.execute(
            select(
                comments.c.comment_ID,
                comments.c.comment_post_ID,
                comments.c.comment_approved,
            ).where(
                among(comments.c.comment_post_ID, metas),
                comments.c.comment_approved != "post-trashed",
            )
        ):
            found.setdefault(post, {})[ident] = approved
            self.reviews.add(ident)
        if not found:
            return
        for post, states in found.items():
            metas[post]["_wp_trash_meta_comments_status"] = phpdata.dumps(states)
        self.conn.execute(
            update(comments)
            .where(among(comments.c.comment_post_ID, found))
            .values(comment_approved="post-trashed")
        )

    def _delete(self) -> None:
        t, gone = self.tables, self.everything
        reviews = select(t.comments.c.comment_ID).where(
            among(t.comments.c.comment_post_ID, gone)
        )
        self.reviews = told = set(self.conn.scalars(reviews))
        posts = t.posts
        pictures = among(posts.c.post_parent, gone) & (
            posts.c.post_type == "attachment"
        )
        self.pictures = set(self.conn.scalars(select(posts.c.ID).where(pictures)))
        self.conn.execute(
            update(posts).where(among(posts.c.ID, self.pictures)).values(post_parent=0)
        )
        filters = t.wc_product_attributes_lookup
        for table, column, values in (
            (t.commentmeta, t.commentmeta.c.comment_id, told),
            (t.comments, t.comments.c.comment_ID, told),
            (t.term_relationships, t.term_relationships.c.object_id, gone),
            (filters, filters.c.product_or_parent_id, gone),
            (
                t.wc_product_meta_lookup,
                t.wc_product_meta_lookup.c.product_id,
                self.family,
            ),
            (t.postmeta, t.postmeta.c.post_id, gone),
            (t.posts, t.posts.c.ID, gone),
        ):
            if values:
                self.conn.execute(delete(table).where(among(column, values)))


def _suffixed(name: str, suffix: str) -> str:
    """A slug with a suffix within the column; an encoded letter is not cut in half."""
    return _CUT_OCTET.sub("", name[: _SLUG_LENGTH - len(suffix)]) + suffix
