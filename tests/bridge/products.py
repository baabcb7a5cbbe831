"""Products of a test's shop as a person sees them, and ways to prepare them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, select, update

from bridge.common import phpdata
from bridge.shop import Shop
from bridge.wordpress.options import read_options, write_options


@dataclass(frozen=True)
class Product:
    """A row of posts with its metas (the oldest row of each) and terms."""

    post: dict[str, Any]
    metas: dict[str, str | None]
    related: tuple[tuple[str, str], ...]
    prices: tuple[str, ...]

    @property
    def id(self) -> int:
        """Its ID."""
        return int(self.post["ID"])

    @property
    def attributes(self) -> dict[str, dict[str, Any]]:
        """``_product_attributes``."""
        found = phpdata.loads(self.metas.get("_product_attributes") or "a:0:{}")
        return {str(key): spec for key, spec in found.items()}

    def terms(self, taxonomy: str) -> list[str]:
        """Names of its terms, sorted."""
        return sorted(name for kind, name in self.related if kind == taxonomy)


class Products:
    """The products of a shop by SKU; everything is read anew each time."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.tables = shop, shop.tables

    def all(self, sku: str) -> list[Product]:
        """Every product and variation with this SKU, the trash included."""
        t = self.tables
        with self.shop.database.read() as conn:
            query = select(t.postmeta.c.post_id).where(
                t.postmeta.c.meta_key == "_sku", t.postmeta.c.meta_value == sku
            )
            return [product(self.shop, i) for i in sorted(conn.scalars(query))]

    def __getitem__(self, sku: str) -> Product:
        (found,) = self.all(sku)
        return found

    def __contains__(self, sku: str) -> bool:
        return bool(self.all(sku))

    def variations(self, sku: str) -> list[Product]:
        """The variations of a product, in order."""
        posts = self.tables.posts
        with self.shop.database.read() as conn:
            query = (
                select(posts.c.ID)
                .where(
                    posts.c.post_parent == self[sku].id,
                    posts.c.post_type == "product_variation",
                )
                .order_by(posts.c.menu_order, posts.c.ID)
            )
            ids = list(conn.scalars(query))
        return [product(self.shop, ident) for ident in ids]

    def snapshot(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of WordPress's own tables."""
        with self.shop.database.read() as conn:
            return {
                name: sorted(map(tuple, conn.execute(select(table))), key=repr)
                for name, table in self.tables.metadata.tables.items()
            }

    def default_category(self) -> str:
        """The name of the category of products without one."""
        terms = self.tables.terms
        with self.shop.database.read() as conn:
            options = read_options(conn, self.tables, ["default_product_cat"])
            ident = int(options["default_product_cat"])
            query = select(terms.c.name).where(terms.c.term_id == ident)
            return str(conn.scalar(query))

    def set_meta(self, post: int, key: str, value: str) -> None:
        """One row under ``key``."""
        metas = self.tables.postmeta
        with self.shop.database.transaction() as conn:
            of = (metas.c.post_id == post) & (metas.c.meta_key == key)
            conn.execute(delete(metas).where(of))
            row = {"post_id": post, "meta_key": key, "meta_value": value}
            conn.execute(metas.insert(), row)

    def set_lookup(self, post: int, **values: Any) -> None:
        """Columns of the lookup row."""
        self._set(self.tables.wc_product_meta_lookup, "product_id", post, values)

    def set_post(self, post: int, **values: Any) -> None:
        """Columns of the post."""
        self._set(self.tables.posts, "ID", post, values)

    def _set(self, table: Table, key: str, ident: int, values: dict[str, Any]) -> None:
        with self.shop.database.transaction() as conn:
            conn.execute(update(table).where(table.c[key] == ident).values(**values))

    def trash(self, sku: str) -> Product:
        """Throw a product away with its variations, as WooCommerce does."""
        from bridge.wordpress.counts import recount_terms

        before = self[sku]
        for one in (before, *self.variations(sku)):
            slug = str(one.post["post_name"])
            self.set_post(one.id, post_status="trash", post_name=f"{slug}__trashed")
            self.set_meta(one.id, "_wp_trash_meta_status", one.post["post_status"])
            self.set_meta(one.id, "_wp_trash_meta_time", str(int(time.time())))
            self.set_meta(one.id, "_wp_desired_post_slug", slug)
            with self.shop.database.transaction() as conn:
                recount_terms(conn, self.tables, posts=[one.id])
        return before

    def activate(self, plugin: str) -> None:
        """Add a plugin to the active ones."""
        with self.shop.database.transaction() as conn:
            options = read_options(conn, self.tables, ["active_plugins"])
            active = list(phpdata.loads(options["active_plugins"]).values())
            value = phpdata.dumps([*active, plugin])
            write_options(conn, self.tables, {"active_plugins": value})


def product(shop: Shop, ident: int) -> Product:
    """A product by its ID."""
    t = shop.tables
    with shop.database.read() as conn:
        posts = select(t.posts).where(t.posts.c.ID == ident)
        post = dict(conn.execute(posts).mappings().one())
        metas: dict[str, list[str | None]] = {}
        for row in conn.execute(
            select(t.postmeta)
            .where(t.postmeta.c.post_id == ident)
            .order_by(t.postmeta.c.meta_id)
        ):
            metas.setdefault(row.meta_key, []).append(row.meta_value)
        relations, taxonomies = t.term_relationships, t.term_taxonomy
        query = (
            select(taxonomies.c.taxonomy, t.terms.c.name)
            .join(
                relations,
                relations.c.term_taxonomy_id == taxonomies.c.term_taxonomy_id,
            )
            .join(t.terms, t.terms.c.term_id == taxonomies.c.term_id)
            .where(relations.c.object_id == ident)
        )
        related = tuple((row.taxonomy, row.name) for row in conn.execute(query))
    return Product(
        post,
        {key: values[0] for key, values in metas.items()},
        related,
        tuple(value or "" for value in metas.get("_price", [])),
    )
