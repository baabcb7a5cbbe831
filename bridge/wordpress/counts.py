"""Counts of terms: WordPress's own and WooCommerce's, which includes descendants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    and_,
    func,
    literal,
    or_,
    select,
    union_all,
)

from ..common.bulk import staged, temporary
from ..common.columns import integer
from .ids import among
from .kinds import VISIBILITY
from .sets import delete_rows, update_rows
from .tables import ShopTables

# taxonomies of which WooCommerce counts products in a term and everything below it
_TREES = ("product_cat", "product_tag")
# as many terms are counted by a statement of their own, without a temporary table
_FEW = 8


def recount_terms(
    conn: Connection,
    tables: ShopTables,
    *,
    terms: Iterable[int] = (),
    posts: Iterable[int] = (),
) -> set[int]:
    """Recount terms; returns the ``term_taxonomy_id`` of those whose count changed.

    ``terms`` are ``term_taxonomy_id``; ``posts`` stands for every term that these
    posts have now (give the terms they had before in ``terms``). Counted are published
    products, and for the visibility of products variations as well. The termmeta
    ``product_count_<taxonomy>`` of categories and tags counts each product once in a
    term and all terms below it, so that the terms above follow as well.
    """
    relations = tables.term_relationships
    wanted = {int(ident) for ident in terms}
    owners = sorted({int(ident) for ident in posts})
    if owners:
        query = select(relations.c.term_taxonomy_id).distinct()
        found = conn.scalars(query.where(among(relations.c.object_id, owners)))
        wanted.update(int(ident) for ident in found)
    if not wanted:
        return set()
    changed, trees = _recount(conn, tables, wanted)
    if trees:
        _recount_trees(conn, tables, trees)
    return changed


def _recount(
    conn: Connection, tables: ShopTables, wanted: set[int]
) -> tuple[set[int], set[int]]:
    """WordPress's own counts; the terms changed, and those that are in a tree."""
    relations, taxonomies = tables.term_relationships, tables.term_taxonomy
    posts, ident = tables.posts, tables.term_taxonomy.c.term_taxonomy_id
    of_products = posts.c.post_type == "product"
    of_variations = and_(
        posts.c.post_type == "product_variation", taxonomies.c.taxonomy == VISIBILITY
    )
    query = (
        select(ident, func.count())
        .join_from(taxonomies, relations, relations.c.term_taxonomy_id == ident)
        .join(posts, posts.c.ID == relations.c.object_id)
        .where(
            among(ident, wanted),
            posts.c.post_status == "publish",
            or_(of_products, of_variations),
        )
        .group_by(ident)
    )
    counted: dict[int, int] = {one: number for one, number in conn.execute(query)}
    present = conn.execute(
        select(ident, taxonomies.c.count, taxonomies.c.taxonomy).where(
            among(ident, wanted)
        )
    ).all()
    rows = [
        {"term_taxonomy_id": one, "count": counted.get(one, 0)}
        for one, stored, _ in present
        if stored != counted.get(one, 0)
    ]
    update_rows(conn, taxonomies, "term_taxonomy_id", rows)
    trees = {int(one) for one, _, taxonomy in present if taxonomy in _TREES}
    return {row["term_taxonomy_id"] for row in rows}, trees


def _recount_trees(conn: Connection, tables: ShopTables, changed: set[int]) -> None:
    """The termmeta of the terms ``changed`` and of all terms above them."""
    taxonomies, metas = tables.term_taxonomy, tables.termmeta
    tree = _Tree(
        conn.execute(
            select(
                taxonomies.c.term_taxonomy_id,
                taxonomies.c.term_id,
                taxonomies.c.parent,
                taxonomies.c.taxonomy,
            ).where(taxonomies.c.taxonomy.in_(_TREES))
        )
    )
    above = {top for ident in changed for top in tree.above(ident)}
    counted = _counted(conn, tables, {top: tree.below(top) for top in above})
    keys = {ident: f"product_count_{tree.taxonomy[ident]}" for ident in above}
    by_term = {tree.term[ident]: ident for ident in above}
    stored = conn.execute(
        select(metas.c.term_id, metas.c.meta_id, metas.c.meta_key, metas.c.meta_value)
        .where(
            among(metas.c.term_id, by_term), metas.c.meta_key.in_(set(keys.values()))
        )
        .order_by(metas.c.meta_id)
    )
    missing, updates, doubles = dict(keys), [], []
    for term, meta_id, key, value in stored:
        ident = by_term[term]
        if keys[ident] != key:
            continue
        if missing.pop(ident, None) is None:
            doubles.append(meta_id)
        elif value != str(counted.get(ident, 0)):
            count = str(counted.get(ident, 0))
            updates.append({"meta_id": meta_id, "meta_value": count})
    delete_rows(conn, metas, "meta_id", doubles)
    update_rows(conn, metas, "meta_id", updates)
    inserts = [
        {
            "term_id": tree.term[ident],
            "meta_key": key,
            "meta_value": str(counted[ident]),
        }
        for ident, key in sorted(missing.items())
        if counted.get(ident)
    ]
    if inserts:
        conn.execute(metas.insert(), inserts)


def _counted(
    conn: Connection, tables: ShopTables, below: dict[int, set[int]]
) -> dict[int, int]:
    """How many published products are in each term or below it, where there are any."""
    relations, posts = tables.term_relationships, tables.posts
    published = (posts.c.post_status == "publish") & (posts.c.post_type == "product")
    here = relations.c.term_taxonomy_id
    counted = func.count(posts.c.ID.distinct())
    related = relations.join(posts, posts.c.ID == relations.c.object_id)
    if len(below) <= _FEW:
        each = [
            select(literal(top), counted)
            .select_from(related)
            .where(published, among(here, members))
            for top, members in below.items()
        ]
        return {top: number for top, number in conn.execute(union_all(*each)) if number}
    columns = [
        Column("top", integer("bigint"), primary_key=True, autoincrement=False),
        Column("member", integer("bigint"), primary_key=True, autoincrement=False),
    ]
    pairs = [
        {"top": top, "member": member}
        for top, members in below.items()
        for member in members
    ]
    with staged(conn, temporary("bizuno_tree", columns), pairs) as closure:
        query = (
            select(closure.c.top, counted)
            .join_from(closure, related, here == closure.c.member)
            .where(published)
            .group_by(closure.c.top)
        )
        return {top: number for top, number in conn.execute(query)}


class _Tree:
    """Terms with their parents; a loop among parents does no harm."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.term: dict[int, int] = {}
        self.taxonomy: dict[int, str] = {}
        self._parent: dict[int, int] = {}
        self._children: dict[int, list[int]] = {}
        found = list(rows)
        idents = {(taxonomy, term): ident for ident, term, _, taxonomy in found}
        for ident, term, parent, taxonomy in found:
            self.term[ident], self.taxonomy[ident] = term, taxonomy
            up = idents.get((taxonomy, parent))
            if up is not None:
                self._parent[ident] = up
                self._children.setdefault(up, []).append(ident)

    def above(self, ident: int) -> set[int]:
        """The term itself and everything above it."""
        seen: set[int] = set()
        at: int | None = ident
        while at is not None and at not in seen:
            seen.add(at)
            at = self._parent.get(at)
        return seen

    def below(self, ident: int) -> set[int]:
        """The term itself and everything below it."""
        seen, waiting = {ident}, [ident]
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return seen
