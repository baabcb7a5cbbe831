"""Writes what was planned for one product, and everything that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, String, cast, delete, literal, select, update

from ..common.errors import Conflict
from ..wordpress.attachments import write_attachments
from ..wordpress.derived import (
    follow_stock_filters,
    follow_variations,
    follow_visibility,
    rebuild_lookup,
    recount_terms,
)
from ..wordpress.ids import among
from ..wordpress.kinds import TYPE, VARIATION, built_in_terms, is_variable
from ..wordpress.metas import write_metas
from ..wordpress.products import touch_posts
from ..wordpress.sets import update_rows
from ..wordpress.slugs import numbered
from ..wordpress.tables import ShopTables
from ..wordpress.taxonomy import Term, TermPlan
from ..wordpress.terms import CATEGORY, TAG, create_terms, set_relations
from ..wordpress.transients import reset_product_caches
from .pictures import attach
from .update_edit import Edit, Stored
from .update_plan import ProductPlan
from .update_site import Site
from .variations import ChildPlan

_OLD_SLUG = "_wp_old_slug"
# a post's columns that have no default, or another one for products
_BARE = {
    "post_author": 0,
    "post_content": "",
    "post_excerpt": "",
    "post_password": "",
    "to_ping": "",
    "pinged": "",
    "post_content_filtered": "",
    "post_parent": 0,
    "guid": "",
    "menu_order": 0,
    "post_mime_type": "",
    "comment_count": 0,
    "comment_status": "open",
    "ping_status": "closed",
}
_CHILD_COLUMNS = ("post_title", "post_excerpt", "menu_order", "post_status")


class Store:
    """One plan being carried out in one transaction."""

    def __init__(self, conn: Connection, tables: ShopTables, site: Site) -> None:
        self.conn, self.tables, self.site = conn, tables, site
        self.terms: set[int] = set()  # whose counts may have changed
        self.touched: set[int] = set()  # products whose caches are stale

    def write(self, plan: ProductPlan, tree: Sequence[Term] = ()) -> int:
        """Write everything; returns the product's ID.

        The statements are a fixed number, whatever the product has.
        """
        self.write_pictures(plan)
        ident = self.write_post(plan)
        self.write_relations(plan, ident, tree)
        self.write_children(plan, ident)
        self.remove([child.id for child in plan.family.deleted])
        self.follow(plan, ident)
        return ident

    def write_pictures(self, plan: ProductPlan) -> None:
        """Enter new pictures into the library; the product's metas then follow."""
        if plan.entries:
            ids = write_attachments(
                self.conn,
                self.tables,
                plan.entries,
                url=self.site.uploads_url,
                now=self.site.now,
                zone=self.site.zone,
            )
            attach(plan.edit, plan.pictures, plan.library | ids, plan.kind)

    def write_post(self, plan: ProductPlan) -> int:
        edit, posts = plan.edit, self.tables.posts
        if plan.stored is None:
            row = {
                **_BARE,
                **self.site.dates("post_date"),
                **self.site.dates("post_modified"),
                "post_type": "product",
                **edit.columns,
            }
            key = self.conn.execute(posts.insert(), row).inserted_primary_key
            assert key is not None
            ident = int(key[0])
            self.set_guid([ident], "product")
            write_metas(self.conn, self.tables, {ident: edit.metas}, known={})
            return ident
        ident = plan.stored.id
        if edit.columns:
            self.conn.execute(
                update(posts).where(posts.c.ID == ident).values(**edit.columns)
            )
            self.keep_old_slug(plan.stored, edit)
        self.write_metas([(ident, edit)])
        return ident

    def write_metas(self, edits: Iterable[tuple[int, Edit]]) -> None:
        """Metas of posts that were read under lock."""
        changed = [(ident, edit) for ident, edit in edits if edit.metas or edit.drops]
        write_metas(
            self.conn,
            self.tables,
            {ident: edit.metas for ident, edit in changed},
            delete={ident: edit.drops for ident, edit in changed},
            known={
                ident: dict(edit.stored.rows) for ident, edit in changed if edit.stored
            },
        )

    def keep_old_slug(self, stored: Stored, edit: Edit) -> None:
        """WordPress redirects from every former slug of a published post."""
        slug, before = edit.columns.get("post_name"), str(stored.post["post_name"])
        if slug is None or stored.status != "publish" or not before:
            return
        rows = stored.rows.get(_OLD_SLUG, [])
        metas = self.tables.postmeta
        back = [ident for ident, value in rows if value == slug]
        if back:
            self.conn.execute(delete(metas).where(among(metas.c.meta_id, back)))
        if before not in {value for _, value in rows}:
            row = {"post_id": stored.id, "meta_key": _OLD_SLUG, "meta_value": before}
            self.conn.execute(metas.insert(), row)

    def set_guid(self, ids: list[int], kind: str) -> None:
        """An address that is never used twice, as WordPress gives to drafts."""
        posts = self.tables.posts
        base = literal(f"{self.site.home[:200]}/?post_type={kind}&p=")
        self.conn.execute(
            update(posts)
            .where(among(posts.c.ID, ids))
            .values(guid=base + cast(posts.c.ID, String(20)))
        )

    def write_relations(
        self, plan: ProductPlan, ident: int, tree: Sequence[Term]
    ) -> None:
        """Type, categories and tags; ``tree`` are the categories there were."""
        if plan.kind == VARIATION:
            return
        wanted: dict[str, set[int]] = {}
        if plan.categories is not None:
            wanted[CATEGORY] = self.make_terms(CATEGORY, plan.categories, tree)
        if plan.tags is not None:
            wanted[TAG] = self.make_terms(TAG, plan.tags, ())
        present = plan.stored.relations if plan.stored else {}
        if plan.retyped or TYPE not in present:
            types = built_in_terms(self.conn, self.tables, TYPE)
            if plan.kind not in types:
                raise Conflict(
                    f"The shop knows no product type {plan.kind!r}; is WooCommerce set "
                    "up completely?"
                )
            wanted[TYPE] = {types[plan.kind]}
        self.terms |= set_relations(self.conn, self.tables, ident, present, wanted)

    def make_terms(
        self, taxonomy: str, plan: TermPlan, tree: Sequence[Term]
    ) -> set[int]:
        made = create_terms(self.conn, self.tables, taxonomy, plan.new, tree)
        return {term.ident for term in (*plan.existing, *made)}

    def write_children(self, plan: ProductPlan, parent: int) -> None:
        """New variations first, then what changes in those there are."""
        new = [child for child in plan.family.children if child.stored is None]
        if new:
            self.insert_children(plan, parent, new)
        known = [child for child in plan.family.children if child.stored is not None]
        changed = [child for child in known if child.edit.changed]
        rows = []
        for child in changed:
            assert child.stored is not None
            before = {name: child.stored.post[name] for name in _CHILD_COLUMNS}
            columns = {n: child.edit.columns.get(n, before[n]) for n in _CHILD_COLUMNS}
            if columns != before:
                rows.append({"ID": child.stored.id, **columns})
        update_rows(self.conn, self.tables.posts, "ID", rows)
        self.write_metas(
            (child.stored.id, child.edit) for child in changed if child.stored
        )
        self.touched |= {child.stored.id for child in changed if child.stored}

    def insert_children(
        self, plan: ProductPlan, parent: int, new: list[ChildPlan]
    ) -> None:
        posts = self.tables.posts
        stored = plan.stored.children if plan.stored else ()
        taken = {str(child.post["post_name"]) for child in stored}
        names = []
        for _ in new:
            name = numbered(f"product-{parent}-variation", taken.__contains__)
            taken.add(name)
            names.append(name)
        dates = {**self.site.dates("post_date"), **self.site.dates("post_modified")}
        self.conn.execute(
            posts.insert(),
            [
                {
                    **_BARE,
                    **dates,
                    "comment_status": "closed",
                    "post_type": "product_variation",
                    "post_parent": parent,
                    "post_name": name,
                    **child.edit.columns,
                }
                for name, child in zip(names, new, strict=True)
            ],
        )
        query = select(posts.c.post_name, posts.c.ID).where(
            posts.c.post_parent == parent, posts.c.post_type == "product_variation"
        )
        ids = {name: ident for name, ident in self.conn.execute(query)}
        made = {ids[name]: child.edit for name, child in zip(names, new, strict=True)}
        self.set_guid(list(made), "product_variation")
        metas = {ident: edit.metas for ident, edit in made.items()}
        write_metas(self.conn, self.tables, metas, known={})
        self.touched |= set(made)

    def remove(self, ids: list[int]) -> None:
        """Delete variations with everything that belongs to them."""
        if not ids:
            return
        t = self.tables
        relations = t.term_relationships
        query = select(relations.c.term_taxonomy_id).distinct()
        found = self.conn.scalars(query.where(among(relations.c.object_id, ids)))
        self.terms |= {int(term) for term in found}
        filters, lookup = t.wc_product_attributes_lookup, t.wc_product_meta_lookup
        for table, column in (
            (relations, relations.c.object_id),
            (filters, filters.c.product_id),
            (lookup, lookup.c.product_id),
            (t.postmeta, t.postmeta.c.post_id),
            (t.posts, t.posts.c.ID),
        ):
            self.conn.execute(delete(table).where(among(column, ids)))

    def follow(self, plan: ProductPlan, ident: int) -> None:
        """Visibility, filters, lookup rows, the parent, counts and caches."""
        conn, tables = self.conn, self.tables
        restored = self.touched | {ident}
        parent = int(plan.stored.post["post_parent"]) if plan.stored else 0
        parents = {parent} if plan.kind == VARIATION else set()
        follow_visibility(conn, tables, restored)
        owner = parent if plan.kind == VARIATION else ident
        follow_stock_filters(conn, tables, {one: owner for one in restored})
        rebuild_lookup(conn, tables, restored)
        if is_variable(plan.kind):
            parents = {ident}
        family = restored | follow_variations(conn, tables, parents)
        published = self.republished(plan, ident)
        recount_terms(conn, tables, terms=self.terms, posts=published)
        touch_posts(conn, tables, family, self.site.now, self.site.zone)
        gone = {child.id for child in plan.family.deleted}
        reset_product_caches(
            conn, tables, family | parents | gone, terms=bool(self.terms or published)
        )

    @staticmethod
    def republished(plan: ProductPlan, ident: int) -> set[int]:
        """Posts whose publication changes: their terms count them anew."""
        out = {
            child.stored.id
            for child in plan.family.children
            if child.stored and "post_status" in child.edit.columns
        }
        return out | ({ident} if "post_status" in plan.edit.columns else set())
