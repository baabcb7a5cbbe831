"""Writes what was planned for one product, and everything that follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, update

from ..common.batch import Batch, insertion
from ..common.database import upsert
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
from ..wordpress.kinds import (
    TYPE,
    VARIATION,
    VISIBILITY,
    built_in_terms,
    is_variable,
)
from ..wordpress.lookup import lookup_row
from ..wordpress.products import touch_posts
from ..wordpress.stock import OUT_OF_STOCK
from ..wordpress.tables import ShopTables
from ..wordpress.taxonomy import Term, TermPlan
from ..wordpress.terms import (
    CATEGORY,
    CHILDREN,
    TAG,
    create_terms,
    relate,
    set_relations,
)
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

    def __init__(self, batch: Batch, tables: ShopTables, site: Site) -> None:
        """What ``batch`` still holds in the end is the caller's to send."""
        self.batch, self.conn, self.tables, self.site = batch, batch.conn, tables, site
        self.terms: set[int] = set()  # whose counts may have changed
        self.touched: dict[int, Edit] = {}  # variations that were written
        self.pictures: set[int] = set()  # entries of the library that were written
        self.options: set[str] = set()  # that were removed
        self.stale = Stale()  # what caches keep of all this

    def write(self, plan: ProductPlan, tree: Sequence[Term] = ()) -> int:
        """Write everything; returns the product's ID.

        The statements are a fixed number, whatever the product has.
        """
        self.write_pictures(plan)
        wanted = self.wanted_terms(plan, tree)
        if plan.stored is None:
            ident = self.create(plan, wanted)
        else:
            ident = self.change(plan.stored, plan, wanted)
        self.adopt_picture(plan, ident)
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

    def create(self, plan: ProductPlan, wanted: Mapping[str, set[int]]) -> int:
        """Insert a product with all that is its own, in one round trip."""
        edit, tables, batch = plan.edit, self.tables, self.batch
        row = {
            **BARE_POST,
            **self.site.dates("post_date"),
            **self.site.dates("post_modified"),
            "post_type": "product",
            **edit.columns,
        }
        ident = batch.insert(insertion(tables.posts), row)
        set_guid(batch, tables, [ident], "product", self.site)
        metas = [
            {"post_id": ident, "meta_key": key, "meta_value": value}
            for key, value in edit.metas.items()
        ]
        batch.execute(insertion(tables.postmeta), metas)
        if edit.get("_stock_status") == OUT_OF_STOCK:
            hidden = built_in_terms(self.conn, tables, VISIBILITY).get(OUT_OF_STOCK)
            wanted = {**wanted, VISIBILITY: {hidden} if hidden else set()}
        self.terms = {term for terms in wanted.values() for term in terms}
        relate(batch, tables, ident, self.terms)
        listed = lookup_row(edit.rows())
        upsert(
            batch,
            tables.wc_product_meta_lookup,
            [{"product_id": ident, **listed}],
            unique=["product_id"],
            update=listed,
        )
        return ident()

    def change(
        self, stored: Stored, plan: ProductPlan, wanted: Mapping[str, set[int]]
    ) -> int:
        """Change what differs of a product or variation."""
        edit, posts = plan.edit, self.tables.posts
        if edit.columns:
            self.conn.execute(
                update(posts).where(posts.c.ID == stored.id).values(**edit.columns)
            )
            self.keep_old_slug(stored, edit)
        write_edits(self.conn, self.tables, [(stored.id, edit)])
        present = stored.relations
        self.terms |= set_relations(self.conn, self.tables, stored.id, present, wanted)
        return stored.id

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

    def wanted_terms(
        self, plan: ProductPlan, tree: Sequence[Term]
    ) -> dict[str, set[int]]:
        """Type, categories and tags as they are to be; ``tree``: the categories."""
        if plan.kind == VARIATION:
            return {}
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
        return wanted

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
        new = plan.stored is None
        parent = int(plan.stored.post["post_parent"]) if plan.stored else 0
        parents = {parent} if plan.kind == VARIATION else set()
        # a new product came with its own
        written = self.touched if new else {**self.touched, ident: plan.edit}
        restored = set(written)
        metas = {one: edit.rows() for one, edit in written.items()}
        follow_visibility(conn, tables, restored, known=metas)
        if not new:  # WooCommerce makes the rows of new ones itself
            owner = parent if plan.kind == VARIATION else ident
            owners = {one: owner for one in restored}
            follow_stock_filters(conn, tables, owners, known=metas)
        rebuild_lookup(conn, tables, restored, known=metas)
        if is_variable(plan.kind):
            parents = {ident}
        family = restored | {ident} | follow_variations(conn, tables, parents)
        published = set() if new else self.republished(plan, ident)
        if new and plan.edit.columns["post_status"] != "publish":
            self.terms = set()  # nothing counts what is not published
        counted = recount_terms(
            self.batch, tables, terms=self.terms, posts=published, added=new
        )
        if not new:
            touch_posts(conn, tables, family, self.site.now, self.site.zone)
        gone = {child.id for child in plan.family.deleted}
        family |= parents | gone
        counts = bool(self.terms or published)
        reset_product_caches(self.batch, tables, family, terms=counts)
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
