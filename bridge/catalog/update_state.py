"""What the shop has of one product, and what the names in its payload stand for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from ..common.batch import Batch
from ..common.contract.product_update import ProductUpdate
from ..wordpress.ids import among
from ..wordpress.kinds import VARIATION
from ..wordpress.metas import read_meta_rows
from ..wordpress.products import SKU_LENGTH, Product, lock_posts
from ..wordpress.skus import Found, ask_by_sku
from ..wordpress.slugs import MAX_SLUG
from ..wordpress.tables import ShopTables
from ..wordpress.taxonomy import (
    NAME_LENGTH,
    Path,
    Term,
    TermPlan,
    plan_terms,
    split_categories,
    split_tags,
)
from ..wordpress.terms import ask_categories, ask_tags, read_relations
from .update_edit import Notes, Stored
from .update_site import Site
from .update_texts import wanted_slug
from .update_values import Named


def ask_products(
    batch: Batch, tables: ShopTables, update: ProductUpdate, *, again: bool = False
) -> Callable[[], Found]:
    """Who has the SKUs of an upload, the trash included.

    ``again``: who has come since they were asked for; whoever creates a product enters
    it into the lookup table.
    """
    variations = update.options.variations if update.options else ()
    skus = [update.sku, *(one.sku for one in variations if one.sku)]
    return ask_by_sku(batch, tables, skus, include_trash=True, listed_only=again)


def find_product(
    conn: Connection,
    tables: ShopTables,
    update: ProductUpdate,
    found: Found,
    notes: Notes,
    *,
    lock: bool,
) -> Stored | None:
    """Choose, lock and read the product; refusals go to ``notes``.

    A SKU that lives in the trash only finds the product there, the youngest if there
    are several.
    """
    variations = update.options.variations if update.options else ()
    product = _choose(found[update.sku], update.sku, notes)
    if notes.problems:
        return None
    stored = read_product(conn, tables, product, lock=lock) if product else None
    children = {child.id for child in stored.children} if stored else set()
    for at, one in enumerate(variations):
        others = [p for p in found.get(one.sku, ()) if p.id not in children]
        others = [p for p in others if p.status != "trash"]
        if others:
            notes.refuse(
                f"invOptions.variations[{at}].sku",
                f"The SKU {one.sku} belongs to product {others[0].id} already; give "
                "one of them another SKU.",
                "duplicate_sku",
            )
    return None if notes.problems else stored


def has_come(found: Found, stored: Stored | None) -> bool:
    """True when somebody else has one of the SKUs."""
    known = {stored.id, *(child.id for child in stored.children)} if stored else set()
    return any(one.id not in known for products in found.values() for one in products)


def _choose(products: Sequence[Product], sku: str, notes: Notes) -> Product | None:
    if not products:
        return None
    if products[0].status == "trash":
        whole = [product for product in products if product.type != VARIATION]
        return (whole or list(products))[-1]
    if len(products) > 1:
        ids = " and ".join(str(product.id) for product in products)
        notes.refuse(
            "SKU",
            f"The products {ids} both have the SKU {sku}; give one of them another SKU "
            "in the shop.",
            "ambiguous_sku",
        )
    return products[0]


def read_product(
    conn: Connection, tables: ShopTables, product: Product, *, lock: bool
) -> Stored | None:
    """A product with its variations, or a variation; None if it has just gone."""
    posts = tables.posts
    family = {product.id, product.parent} - {0}
    if product.type != VARIATION:
        query = select(posts.c.ID).where(
            posts.c.post_parent == product.id, posts.c.post_type == "product_variation"
        )
        family |= {int(ident) for ident in conn.scalars(query)}
    lock_posts(conn, tables, family, lock=lock)
    rows = {
        row["ID"]: dict(row)
        for row in conn.execute(
            select(posts).where(among(posts.c.ID, family))
        ).mappings()
    }
    if product.id not in rows:
        return None
    family -= {product.parent}
    metas = read_meta_rows(conn, tables, family, lock=lock)
    relations = read_relations(conn, tables, family)
    everyone = {
        ident: Stored(ident, VARIATION, rows[ident], metas[ident], relations[ident])
        for ident in sorted(family)
        if ident in rows
    }
    own = everyone.pop(product.id)
    children = sorted(everyone.values(), key=lambda c: (c.post["menu_order"], c.id))
    return replace(own, kind=product.type, children=tuple(children))


def parent_in_trash(conn: Connection, tables: ShopTables, stored: Stored) -> bool:
    """True for a variation whose product lies in the trash, or is gone."""
    posts = tables.posts
    query = select(posts.c.post_status).where(posts.c.ID == stored.post["post_parent"])
    return (conn.scalar(query) or "trash") == "trash"


def lock_creation(batch: Batch, tables: ShopTables) -> None:
    """Let nobody else create products or terms until the transaction ends.

    WooCommerce has no unique key on SKUs or term names; a row that every shop has and
    nobody writes stands in for one.
    """
    batch.ask(_gate(tables), {}, list)


@functools.lru_cache(maxsize=8)
def _gate(tables: ShopTables) -> Select[Any]:
    options = tables.options.c
    query = select(options.option_id)
    return query.where(options.option_name == "default_product_cat").with_for_update()


def ask_named(
    batch: Batch,
    tables: ShopTables,
    update: ProductUpdate,
    stored: Stored | None,
    site: Site,
    notes: Notes,
) -> Callable[[], tuple[Named, list[Term]]]:
    """What slug, categories, tags and accessories stand for; and all categories.

    Categories that are not sent are those there are, and the default one of a product
    that is new.
    """
    if stored is not None and stored.kind == VARIATION:
        return lambda: (Named(), [])
    slug = wanted_slug(update, stored, site.locale)
    taken = _ask_taken(batch, tables, slug, stored.id if stored else 0)
    tree = None
    if update.categories is not None or stored is None:
        tree = ask_categories(batch, tables)
    paths = _short(split_tags(update.tags or ""), "WooCommerceTags", notes)
    tags = ask_tags(batch, tables, paths, site.locale) if paths else list
    related = ask_by_sku(batch, tables, update.accessories or ())

    def named() -> tuple[Named, list[Term]]:
        found = Named(
            taken_slugs=taken(),
            categories=_categories(tree(), update, site, notes) if tree else None,
            tags=(
                None if update.tags is None else plan_terms(paths, tags(), site.locale)
            ),
            accessories=(
                None if update.accessories is None else _accessories(related(), notes)
            ),
        )
        return found, tree() if tree else []

    return named


def _categories(
    tree: list[Term], update: ProductUpdate, site: Site, notes: Notes
) -> TermPlan:
    """The categories a product is to have; without any it has the default one."""
    paths = _short(
        split_categories(update.categories or ""), "WooCommerceCategory", notes
    )
    plan = plan_terms(paths, tree, site.locale)
    default = [term for term in tree if term.id == site.default_category]
    if plan.new or any(term not in default for term in plan.existing):
        plan.existing = [term for term in plan.existing if term not in default]
    else:
        plan.existing = default
        if not paths:
            notes.messages.warning(
                f"The category was not passed for product {update.sku}; it belongs to "
                f"{default[0].name if default else 'none'} until it is set.",
                field="data.WooCommerceCategory",
            )
    return plan


def _short(paths: Iterable[Path], name: str, notes: Notes) -> list[Path]:
    """Paths whose names fit; the others are left out with a warning."""
    kept = []
    for path in paths:
        if any(len(part) > NAME_LENGTH for part in path):
            notes.messages.warning(
                f"{name}: a name has more than {NAME_LENGTH} characters and was left "
                f"out: {path[-1][:40]}...",
                field=f"data.{name}",
            )
        else:
            kept.append(path)
    return kept


def _ask_taken(
    batch: Batch, tables: ShopTables, slug: str, own: int
) -> Callable[[], frozenset[str]]:
    """Slugs of other products that begin like ``slug``; the trash counts as well."""
    if not slug:
        return frozenset
    begin = slug[: MAX_SLUG - 10]
    for special in "/%_":
        begin = begin.replace(special, f"/{special}")
    given = {"slugs": f"{begin}%", "own": own}
    return batch.ask(
        _slugs(tables), given, lambda rows: frozenset(row.post_name for row in rows)
    )


@functools.lru_cache(maxsize=8)
def _slugs(tables: ShopTables) -> Select[Any]:
    posts = tables.posts.c
    return select(posts.post_name).where(
        posts.post_name.like(bindparam("slugs"), escape="/"),
        posts.post_type == "product",
        posts.ID != bindparam("own"),
    )


def _accessories(found: Found, notes: Notes) -> tuple[int, ...]:
    for sku, products in found.items():
        if len(products) != 1:
            why = (
                "is not in the shop" if not products else "belongs to several products"
            )
            notes.messages.warning(
                f"The accessory {sku} {why} and was left out.",
                field="data.invAccessory",
            )
    return tuple(products[0].id for products in found.values() if len(products) == 1)


def check_sku(sku: str, notes: Notes) -> None:
    """A SKU must fit WooCommerce's lookup table, else it could never be found."""
    if len(sku) > SKU_LENGTH:
        notes.refuse(
            "SKU",
            f"The SKU is longer than {SKU_LENGTH} characters; shorten it.",
            "sku_length",
        )
