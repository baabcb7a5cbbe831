"""Counts of terms: WordPress's own and WooCommerce's, which includes descendants."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    FromClause,
    Select,
    Update,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    update,
)

from ..common.batch import Batch, Writer, insertion, settled
from ..common.bulk import staged, temporary
from ..common.columns import integer
from .ids import among
from .kinds import VISIBILITY
from .sets import delete_rows, update_rows
from .tables import ShopTables
from .term_tree import TREES, CountedTerm, Tree, ask_terms

LARGE = 1000
"""From here on a product more is added to what is stored, not counted with the rest."""
# as many terms are counted by a statement of their own, without a temporary table
_FEW = 8
_IDENTS: BindParameter[Any] = bindparam("idents", expanding=True, literal_execute=True)


def recount_terms(
    writer: Writer,
    tables: ShopTables,
    *,
    terms: Iterable[int] = (),
    posts: Iterable[int] = (),
    added: bool = False,
) -> set[int]:
    """Recount terms; returns the ``term_taxonomy_id`` of those whose count changed.

    ``terms`` are ``term_taxonomy_id``; ``posts`` stands for every term that these
    posts have now (give the terms they had before in ``terms``). Counted are published
    products, and for the visibility of products variations as well. The termmeta
    ``product_count_<taxonomy>`` of categories and tags counts each product once in a
    term and all terms below it, so that the terms above follow as well.

    ``added``: all that happened is that one new published product is in each of
    ``terms``. Large terms count it on: reading all their products would cost more than
    everything else about it.
    """
    batch = writer if isinstance(writer, Batch) else Batch(writer)
    wanted = {int(ident) for ident in terms}
    if owners := sorted({int(ident) for ident in posts}):
        relations = tables.term_relationships
        query = select(relations.c.term_taxonomy_id).distinct()
        query = query.where(among(relations.c.object_id, owners))
        found = settled(batch).scalars(query)
        wanted.update(int(ident) for ident in found)
    if not wanted:
        return set()
    stored = ask_terms(batch, tables, wanted)()
    tree = Tree(stored)
    own = {i: one for i, one in stored.items() if i in wanted}
    tops = {
        top: stored[top]
        for ident, one in own.items()
        if one.taxonomy in TREES
        for top in tree.above(ident)
    }
    large = {i for i, one in own.items() if added and one.count >= LARGE}
    tall = {i for i, one in tops.items() if added and one.all_below >= LARGE}
    counted = _ask_counts(batch, tables, own.keys() - large)
    below = _ask_below(batch, tables, {i: tree.below(i) for i in tops.keys() - tall})
    if large:
        batch.execute(_one_more(tables), {"idents": sorted(large)})
    if tall:
        ids = [stored[ident].metas[0][0] for ident in sorted(tall)]
        batch.execute(_one_more_below(tables), {"idents": ids})
    changed = _write_counts(batch, tables, own, counted())
    _write_below(batch, tables, tops, below())
    if batch is not writer:
        batch.send()
    return changed | large


def _ask_counts(
    batch: Batch, tables: ShopTables, idents: Iterable[int]
) -> Callable[[], dict[int, int]]:
    """How many published products are in each term: WordPress's own count."""
    wanted = sorted(idents)
    if not wanted:
        return dict
    rows = batch.ask(_counts(tables), {"idents": wanted}, list)
    return lambda: dict.fromkeys(wanted, 0) | dict(map(tuple, rows()))


@functools.lru_cache(maxsize=8)
def _counts(tables: ShopTables) -> Select[Any]:
    relations, taxonomies = tables.term_relationships, tables.term_taxonomy
    posts, ident = tables.posts, tables.term_taxonomy.c.term_taxonomy_id
    of_products = posts.c.post_type == "product"
    of_variations = and_(
        posts.c.post_type == "product_variation", taxonomies.c.taxonomy == VISIBILITY
    )
    return (
        select(ident, func.count())
        .join_from(taxonomies, relations, relations.c.term_taxonomy_id == ident)
        .join(posts, posts.c.ID == relations.c.object_id)
        .where(
            ident.in_(_IDENTS),
            posts.c.post_status == "publish",
            or_(of_products, of_variations),
        )
        .group_by(ident)
    )


def _ask_below(
    batch: Batch, tables: ShopTables, below: Mapping[int, set[int]]
) -> Callable[[], dict[int, int]]:
    """How many published products are in each term or below it."""
    if len(below) <= _FEW:
        answers = {
            top: batch.ask(_below(tables), {"idents": sorted(members)}, list)
            for top, members in below.items()
        }
        return lambda: {top: int(rows()[0][0]) for top, rows in answers.items()}
    conn = settled(batch)
    relations, posts = tables.term_relationships, tables.posts
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
            select(closure.c.top, func.count(posts.c.ID.distinct()))
            .join_from(
                closure,
                _products(tables),
                relations.c.term_taxonomy_id == closure.c.member,
            )
            .where(posts.c.post_status == "publish", posts.c.post_type == "product")
            .group_by(closure.c.top)
        )
        found = {top: number for top, number in conn.execute(query)}
    return lambda: dict.fromkeys(below, 0) | found


@functools.lru_cache(maxsize=8)
def _below(tables: ShopTables) -> Select[Any]:
    posts = tables.posts
    return (
        select(func.count(posts.c.ID.distinct()))
        .select_from(_products(tables))
        .where(
            tables.term_relationships.c.term_taxonomy_id.in_(_IDENTS),
            posts.c.post_status == "publish",
            posts.c.post_type == "product",
        )
    )


def _products(tables: ShopTables) -> FromClause:
    relations, posts = tables.term_relationships, tables.posts
    return relations.join(posts, posts.c.ID == relations.c.object_id)


@functools.lru_cache(maxsize=8)
def _one_more(tables: ShopTables) -> Update:
    table = tables.term_taxonomy
    more = update(table).where(table.c.term_taxonomy_id.in_(_IDENTS))
    return more.values(count=table.c.count + 1)


@functools.lru_cache(maxsize=8)
def _one_more_below(tables: ShopTables) -> Update:
    table = tables.termmeta
    number = cast(table.c.meta_value, BigInteger) + 1
    return update(table).where(table.c.meta_id.in_(_IDENTS)).values(meta_value=number)


def _write_counts(
    batch: Batch,
    tables: ShopTables,
    own: Mapping[int, CountedTerm],
    counted: Mapping[int, int],
) -> set[int]:
    rows = [
        {"term_taxonomy_id": ident, "count": number}
        for ident, number in sorted(counted.items())
        if own[ident].count != number
    ]
    update_rows(batch, tables.term_taxonomy, "term_taxonomy_id", rows)
    return {row["term_taxonomy_id"] for row in rows}


def _write_below(
    batch: Batch,
    tables: ShopTables,
    tops: Mapping[int, CountedTerm],
    counted: Mapping[int, int],
) -> None:
    """The termmeta of terms; one row each, and none where it would begin with 0."""
    doubles, updates, inserts = [], [], []
    for ident, number in sorted(counted.items()):
        one = tops[ident]
        doubles += [meta_id for meta_id, _ in one.metas[1:]]
        value = {"meta_value": str(number)}
        if one.metas and one.metas[0][1] != str(number):
            updates.append({"meta_id": one.metas[0][0], **value})
        elif not one.metas and number:
            inserts.append({"term_id": one.term, "meta_key": one.key, **value})
    delete_rows(batch, tables.termmeta, "meta_id", doubles)
    update_rows(batch, tables.termmeta, "meta_id", updates)
    if inserts:
        batch.execute(insertion(tables.termmeta), inserts)
