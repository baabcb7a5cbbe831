"""The built-in terms of WooCommerce: product types and visibility."""

from __future__ import annotations

from sqlalchemy import Connection, select

from .tables import ShopTables

TYPE, VISIBILITY = "product_type", "product_visibility"
VARIATION = "variation"


def built_in_terms(
    conn: Connection, tables: ShopTables, taxonomy: str
) -> dict[str, int]:
    """``term_taxonomy_id`` by slug of ``product_type`` or ``product_visibility``."""
    taxonomies, terms = tables.term_taxonomy, tables.terms
    query = (
        select(terms.c.slug, taxonomies.c.term_taxonomy_id)
        .join(taxonomies, taxonomies.c.term_id == terms.c.term_id)
        .where(taxonomies.c.taxonomy == taxonomy)
        .order_by(taxonomies.c.term_taxonomy_id.desc())
    )
    return {slug: int(ident) for slug, ident in conn.execute(query)}


def is_variable(kind: str) -> bool:
    """True for types whose prices and stock come from variations.

    Extensions name theirs ``variable-subscription`` and the like.
    """
    return kind.startswith("variable")
