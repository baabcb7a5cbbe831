"""Writes what was planned for one product, and everything that follows from it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, update

from ..common.errors import Conflict
from ..wordpress.attachments import write_attachments
from ..wordpress.cache_keys import Stale
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
from ..wordpress.tables import ShopTables
from ..wordpress.taxonomy import Term, TermPlan
from ..wordpress.terms import CATEGORY, CHILDREN, TAG, create_terms, set_relations
from ..wordpress.transients import reset_product_caches
from .pictures import THUMBNAIL, attach
from .update_children import (
    remove_children,
    set_guid,
    write_children,
    write_edits,
)
from .update_edit import Edit, Stored
from .update_site import Site
from .update_values import BARE_POST, ProductPlan

_OLD_SLUG = "_wp_old_slug"


class Store:
    """One plan being carried out in one transaction."""

    def __init__(self, conn: Connection, tables: ShopTables, site: Site) -> None:
        self.conn, self.tables, self.site = conn, tables, site
        self.terms: set[int] = set()  # whose counts may have changed
        self.touched: set[int] = set()  # variations that were written
        self.pictures: set[int] = set()  # entries of the library that were written
        self.options: set[str] = set()  # that were removed
        self.stale = Stale()  # what caches keep of all this

    def write(self, plan: ProductPlan, tree: Sequence[Term] = ()) -> int:
        """Write everything; returns the product's ID.

        The statements are a fixed number, whatever the product has.
        """
        self.write_pictures(plan)
        ident = self.write_post(plan)
        self.adopt_picture(plan, ident)
        self.write_relations(plan, ident, tree)
        self.touched = write_children(self.conn, self.tables, self.site, plan, ident)
        gone = [child.id for child in plan.family.deleted]
        self.terms |= remove_children(self.conn, self.tables, gone)
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
            self.pictures = set(ids.values())
            attach(plan.edit, plan.pictures, plan.library | ids, plan.kind)

    def adopt_picture(self, plan: ProductPlan, ident: int) -> None:
        """A main picture that nothing owns yet is the product's, as in WooCommerce."""
        shown = plan.edit.metas.get(THUMBNAIL) or "0"
        if plan.kind == VARIATION or shown == "0":
            return
        posts = self.tables.posts
        orphan = (posts.c.ID == int(shown)) & (posts.c.post_parent == 0)
        self.conn.execute(update(posts).where(orphan).values(post_parent=ident))
        self.pictures.add(int(shown))

    def write_post(self, plan: ProductPlan) -> int:
        edit, posts = plan.edit, self.tables.posts
        if plan.stored is None:
            row = {
                **BARE_POST,
                **self.site.dates("post_date"),
                **self.site.dates("post_modified"),
                "post_type": "product",
                **edit.columns,
            }
            key = self.conn.execute(posts.insert(), row).inserted_primary_key
            assert key is not None
            ident = int(key[0])
            set_guid(self.conn, self.tables, [ident], "product", self.site)
            write_metas(self.conn, self.tables, {ident: edit.metas}, known={})
            return ident
        ident = plan.stored.id
        if edit.columns:
            self.conn.execute(
                update(posts).where(posts.c.ID == ident).values(**edit.columns)
            )
            self.keep_old_slug(plan.stored, edit)
        write_edits(self.conn, self.tables, [(ident, edit)])
        return ident

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
        if plan.new and taxonomy == CATEGORY:
            self.options.add(CHILDREN)
        made = create_terms(self.conn, self.tables, taxonomy, plan.new, tree)
        return {term.ident for term in (*plan.existing, *made)}

    def follow(self, plan: ProductPlan, ident: int) -> None:
        """Visibility, filters, lookup rows, the parent, counts and caches."""
        conn, tables = self.conn, self.tables
        restored = self.touched | {ident}
        parent = int(plan.stored.post["post_parent"]) if plan.stored else 0
        parents = {parent} if plan.kind == VARIATION else set()
        follow_visibility(conn, tables, restored)
        owner = parent if plan.kind == VARIATION else ident
        if plan.stored is not None:  # WooCommerce makes the rows of new ones itself
            follow_stock_filters(conn, tables, {one: owner for one in restored})
        rebuild_lookup(conn, tables, restored)
        if is_variable(plan.kind):
            parents = {ident}
        family = restored | follow_variations(conn, tables, parents)
        published = self.republished(plan, ident)
        counted = recount_terms(conn, tables, terms=self.terms, posts=published)
        if plan.stored is not None:
            touch_posts(conn, tables, family, self.site.now, self.site.zone)
        gone = {child.id for child in plan.family.deleted}
        family |= parents | gone
        reset_product_caches(conn, tables, family, terms=bool(self.terms or published))
        self.stale = Stale(
            posts=frozenset(family | self.pictures),
            terms=frozenset(self.terms | counted),
            options=frozenset(self.options),
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
