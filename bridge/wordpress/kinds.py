"""The built-in terms of WooCommerce: product types and visibility."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, select

from ..common.batch import Answer, Batch
from ..common.prepared import Rows
from .tables import ShopTables

TYPE, VISIBILITY = "product_type", "product_visibility"
VARIATION = "variation"
BuiltIn = Mapping[str, Mapping[str, int]]
_ASKED = "bizuno_built_in_terms"


def built_in_terms(
    conn: Connection, tables: ShopTables, taxonomy: str
) -> Mapping[str, int]:
    """``term_taxonomy_id`` by slug of ``product_type`` or ``product_visibility``.

    Read once in a transaction: only an installation makes such terms.
    """
    # the pool's connection outlives the transaction, what it is wrapped in does not
    asked: tuple[Connection, Answer[BuiltIn]] | None = conn.info.get(_ASKED)
    if asked is None or asked[0] is not conn:
        asked = conn, ask_built_in_terms(Batch(conn), tables)
    return asked[1]()[taxonomy]


def ask_built_in_terms(batch: Batch, tables: ShopTables) -> Answer[BuiltIn]:
    """Ask for them along with other things; ``built_in_terms`` then has them."""
    answer = batch.ask(_built_in(tables), {}, _by_taxonomy)
    batch.conn.info[_ASKED] = batch.conn, answer
    return answer


@functools.lru_cache(maxsize=8)
def _built_in(tables: ShopTables) -> Select[Any]:
    taxonomies, terms = tables.term_taxonomy, tables.terms
    return (
        select(taxonomies.c.taxonomy, terms.c.slug, taxonomies.c.term_taxonomy_id)
        .join_from(taxonomies, terms, taxonomies.c.term_id == terms.c.term_id)
        .where(taxonomies.c.taxonomy.in_([TYPE, VISIBILITY]))
        .order_by(taxonomies.c.term_taxonomy_id.desc())
    )


def _by_taxonomy(rows: Rows) -> BuiltIn:
    found: dict[str, dict[str, int]] = {TYPE: {}, VISIBILITY: {}}
    for row in rows:
        found[row.taxonomy][row.slug] = int(row.term_taxonomy_id)
    return found


def is_variable(kind: str) -> bool:
    """True for types whose prices and stock come from variations.

    Extensions name theirs ``variable-subscription`` and the like.
    """
    return kind.startswith("variable")
