"""Variations in the database: inserted, changed and removed, any number at once."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    String,
    Update,
    bindparam,
    cast,
    delete,
    select,
    update,
)

from ..common.batch import Figure, Writer
from ..common.bulk import insert_many
from ..wordpress.ids import among
from ..wordpress.metas import write_metas
from ..wordpress.sets import update_rows
from ..wordpress.slugs import numbered
from ..wordpress.tables import ShopTables
from .update_edit import Edit
from .update_site import Site
from .update_values import BARE_POST, ProductPlan
from .variations import ChildPlan

_COLUMNS = ("post_title", "post_excerpt", "menu_order", "post_status")


def write_edits(
    conn: Connection, tables: ShopTables, edits: Iterable[tuple[int, Edit]]
) -> None:
    """Write the metas of posts that were read under lock."""
    changed = [(ident, edit) for ident, edit in edits if edit.metas or edit.drops]
    write_metas(
        conn,
        tables,
        {ident: edit.metas for ident, edit in changed},
        delete={ident: edit.drops for ident, edit in changed},
        known={ident: dict(edit.stored.rows) for ident, edit in changed if edit.stored},
    )


def set_guid(
    writer: Writer,
    tables: ShopTables,
    ids: Sequence[int | Figure],
    kind: str,
    site: Site,
) -> None:
    """Give new posts an address that is never used twice, as WordPress does.

    It escapes the ``&`` whenever it saves a post.
    """
    base = f"{site.home[:200]}/?post_type={kind}&#038;p="
    writer.execute(_guids(tables), {"ids": ids, "base": base})


@functools.lru_cache(maxsize=8)
def _guids(tables: ShopTables) -> Update:
    posts = tables.posts
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    address = bindparam("base", type_=String()) + cast(posts.c.ID, String(20))
    return update(posts).where(posts.c.ID.in_(ids)).values(guid=address)


def write_children(
    conn: Connection, tables: ShopTables, site: Site, plan: ProductPlan, parent: int
) -> dict[int, Edit]:
    """Insert new variations and change those there are; returns the ones written."""
    new = [child for child in plan.family.children if child.stored is None]
    touched = _insert(conn, tables, site, plan, parent, new) if new else {}
    rows, edits = [], []
    for child in plan.family.children:
        stored = child.stored
        if stored is None or not child.edit.changed:
            continue
        edits.append((stored.id, child.edit))
        before = {name: stored.post[name] for name in _COLUMNS}
        after = {name: child.edit.columns.get(name, before[name]) for name in _COLUMNS}
        if after != before:
            rows.append({"ID": stored.id, **after})
    update_rows(conn, tables.posts, "ID", rows)
    write_edits(conn, tables, edits)
    return touched | dict(edits)


def _insert(
    conn: Connection,
    tables: ShopTables,
    site: Site,
    plan: ProductPlan,
    parent: int,
    new: list[ChildPlan],
) -> dict[int, Edit]:
    posts = tables.posts
    stored = plan.stored.children if plan.stored else ()
    taken = {str(child.post["post_name"]) for child in stored}
    named: dict[str, Edit] = {}
    for child in new:
        name = numbered(f"product-{parent}-variation", taken.__contains__)
        taken.add(name)
        named[name] = child.edit
    common = {
        **BARE_POST,
        **site.dates("post_date"),
        **site.dates("post_modified"),
        "comment_status": "closed",
        "post_type": "product_variation",
        "post_parent": parent,
    }
    rows = [{**common, "post_name": n, **edit.columns} for n, edit in named.items()]
    names = sorted({name for row in rows for name in row})
    values = [[row[name] for name in names] for row in rows]
    insert_many(conn, posts, names, values)
    query = select(posts.c.ID, posts.c.post_name).where(
        posts.c.post_parent == parent, posts.c.post_type == "product_variation"
    )
    made = {ident: named[name] for ident, name in conn.execute(query) if name in named}
    set_guid(conn, tables, list(made), "product_variation", site)
    metas = {ident: edit.metas for ident, edit in made.items()}
    write_metas(conn, tables, metas, known={})
    return made


def remove_children(conn: Connection, tables: ShopTables, ids: list[int]) -> set[int]:
    """Delete variations with all that belongs to them; returns the terms they had."""
    if not ids:
        return set()
    relations = tables.term_relationships
    query = select(relations.c.term_taxonomy_id).distinct()
    found = conn.scalars(query.where(among(relations.c.object_id, ids)))
    terms = {int(term) for term in found}
    filters, lookup = tables.wc_product_attributes_lookup, tables.wc_product_meta_lookup
    for table, column in (
        (relations, relations.c.object_id),
        (filters, filters.c.product_id),
        (lookup, lookup.c.product_id),
        (tables.postmeta, tables.postmeta.c.post_id),
        (tables.posts, tables.posts.c.ID),
    ):
        conn.execute(delete(table).where(among(column, ids)))
    return terms
