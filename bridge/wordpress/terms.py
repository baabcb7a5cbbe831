"""Categories and tags in the database: read, created, attached to products.

What is missing is decided in ``taxonomy``. Slugs are unique within their taxonomy,
names stored HTML-escaped, counts renewed by the caller (``recount_terms``).
"""

from __future__ import annotations

import functools
import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    or_,
    select,
)

from ..common.batch import Answer, Batch, Figure, Writer
from ..common.database import upsert
from ..common.prepared import Rows
from .ids import among
from .kinds import VISIBILITY
from .options import delete_options
from .slugs import sanitize_title
from .tables import ShopTables
from .taxonomy import NewTerm, Path, Term

CATEGORY, TAG = "product_cat", "product_tag"
CHILDREN = "product_cat_children"
"""The option in which WordPress remembers the tree of categories."""
# taxonomy to the terms of a post: ``term_taxonomy_id`` and name
Relations = Mapping[str, Mapping[int, str]]


@functools.lru_cache(maxsize=16)
def _terms(tables: ShopTables, taxonomy: str) -> Select[Any]:
    taxonomies, terms = tables.term_taxonomy, tables.terms
    return (
        select(
            terms.c.term_id,
            taxonomies.c.term_taxonomy_id,
            terms.c.name,
            terms.c.slug,
            taxonomies.c.parent,
        )
        .join_from(taxonomies, terms, terms.c.term_id == taxonomies.c.term_id)
        .where(taxonomies.c.taxonomy == taxonomy)
        .order_by(terms.c.term_id)
    )


def ask_categories(batch: Batch, tables: ShopTables) -> Answer[list[Term]]:
    """The whole tree of categories."""
    return batch.ask(_terms(tables, CATEGORY), {}, _as_terms)


def _as_terms(rows: Rows) -> list[Term]:
    return [Term(*tuple[Any, ...](row)) for row in rows]


def ask_tags(
    batch: Batch, tables: ShopTables, paths: Iterable[Path], locale: str = ""
) -> Answer[list[Term]]:
    """The tags that bear one of these names, or its slug."""
    names = [path[0] for path in paths]
    slugs = [sanitize_title(name, locale) for name in names]
    bare = [html.unescape(name) for name in names]
    given = {"names": sorted({*names, *bare}), "slugs": slugs}
    return batch.ask(_tags(tables), given, _as_terms)


@functools.lru_cache(maxsize=8)
def _tags(tables: ShopTables) -> Select[Any]:
    terms = tables.terms
    names: BindParameter[Any] = bindparam("names", expanding=True)
    slugs: BindParameter[Any] = bindparam("slugs", expanding=True)
    return _terms(tables, TAG).where(
        or_(terms.c.name.in_(names), terms.c.slug.in_(slugs))
    )


def create_terms(
    conn: Connection,
    tables: ShopTables,
    taxonomy: str,
    new: Sequence[NewTerm],
    tree: Sequence[Term] = (),
) -> list[Term]:
    """Create terms with all that hangs on them; ``tree`` is what was there before.

    A fixed number of statements, however deep the paths are: terms first, which know
    no parent, then their places in the taxonomy.
    """
    if not new:
        return []
    terms, taxonomies = tables.terms, tables.term_taxonomy
    conn.execute(
        terms.insert(),
        [{"name": one.path[-1], "slug": one.slug, "term_group": 0} for one in new],
    )
    # what has no place in a taxonomy yet is what was just inserted
    fresh: dict[str, int] = {}
    query = (
        select(terms.c.slug, func.max(terms.c.term_id))
        .outerjoin(taxonomies, taxonomies.c.term_id == terms.c.term_id)
        .where(
            terms.c.slug.in_([one.slug for one in new]),
            taxonomies.c.term_taxonomy_id.is_(None),
        )
        .group_by(terms.c.slug)
    )
    for slug, ident in conn.execute(query):
        fresh[slug] = int(ident)
    ids = {one.path: fresh[one.slug] for one in new}
    parents = {
        one.path: ids[one.path[:-1]] if one.parent is None else one.parent
        for one in new
    }
    conn.execute(
        taxonomies.insert(),
        [
            {
                "term_id": ids[one.path],
                "taxonomy": taxonomy,
                "description": "",
                "parent": parents[one.path],
                "count": 0,
            }
            for one in new
        ],
    )
    placed = _terms(tables, taxonomy).where(among(terms.c.term_id, ids.values()))
    created = _as_terms(conn.execute(placed).all())
    if taxonomy == CATEGORY:
        _place_categories(conn, tables, created, tree)
    return created


def _place_categories(
    conn: Connection, tables: ShopTables, created: list[Term], tree: Sequence[Term]
) -> None:
    """WordPress rebuilds its map of children by itself, WooCommerce not its lookup."""
    delete_options(conn, tables, [CHILDREN])
    parents = {term.id: term.parent for term in (*tree, *created)}
    rows = []
    for term in created:
        at, seen = term.id, set[int]()
        while at and at not in seen:
            seen.add(at)
            rows.append({"category_tree_id": at, "category_id": term.id})
            at = parents.get(at, 0)
    keys = ["category_tree_id", "category_id"]
    upsert(conn, tables.wc_category_lookup, rows, unique=keys, update=keys[1:])


def read_relations(
    conn: Connection, tables: ShopTables, posts: Iterable[int]
) -> dict[int, Relations]:
    """The terms of each post."""
    relations, taxonomies = tables.term_relationships, tables.term_taxonomy
    terms = tables.terms
    out: dict[int, dict[str, dict[int, str]]] = {int(post): {} for post in posts}
    query = (
        select(
            relations.c.object_id,
            taxonomies.c.taxonomy,
            taxonomies.c.term_taxonomy_id,
            terms.c.name,
        )
        .join(taxonomies, taxonomies.c.term_taxonomy_id == relations.c.term_taxonomy_id)
        .join(terms, terms.c.term_id == taxonomies.c.term_id)
        .where(among(relations.c.object_id, out))
        .order_by(taxonomies.c.term_taxonomy_id)
    )
    for post, taxonomy, ident, name in conn.execute(query) if out else ():
        out[post].setdefault(taxonomy, {})[ident] = name
    return dict(out)


def read_counted(
    conn: Connection, tables: ShopTables, idents: Iterable[int]
) -> list[tuple[int, str]]:
    """``(term_id, taxonomy)`` of terms whose counts follow from these and visibility.

    ``idents`` are ``term_taxonomy_id``. Categories are counted upwards, so that with
    any term all of them are meant.
    """
    table, wanted = tables.term_taxonomy, list(idents)
    counted = [table.c.taxonomy == VISIBILITY]
    if wanted:
        counted += [
            table.c.taxonomy == CATEGORY,
            among(table.c.term_taxonomy_id, wanted),
        ]
    query = select(table.c.term_id, table.c.taxonomy).where(or_(*counted))
    return [(int(ident), taxonomy) for ident, taxonomy in conn.execute(query)]


def set_relations(
    conn: Connection,
    tables: ShopTables,
    post: int,
    present: Relations,
    wanted: Mapping[str, set[int]],
) -> set[int]:
    """Make the relations of ``post`` in each taxonomy of ``wanted`` what is wanted.

    Returns the terms that gained or lost the post; counts are the caller's to renew.
    """
    table = tables.term_relationships
    had = {ident for taxonomy in wanted for ident in present.get(taxonomy, ())}
    have = {ident for idents in wanted.values() for ident in idents}
    if had - have:
        gone = among(table.c.term_taxonomy_id, had - have)
        conn.execute(delete(table).where(table.c.object_id == post, gone))
    relate(conn, tables, post, have - had)
    return had ^ have


def relate(
    writer: Writer, tables: ShopTables, post: int | Figure, idents: Iterable[int]
) -> None:
    """Give a post these terms, by ``term_taxonomy_id``."""
    rows = [
        {"object_id": post, "term_taxonomy_id": ident, "term_order": 0}
        for ident in sorted(idents)
    ]
    keys = ["object_id", "term_taxonomy_id"]
    upsert(writer, tables.term_relationships, rows, unique=keys, update=["term_order"])
