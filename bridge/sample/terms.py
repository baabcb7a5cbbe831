"""Terms: WooCommerce's own, categories in levels, tags, and what is derived."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from ..common import phpdata
from ..wordpress.tables import ShopTables
from .rows import Rows

# every WooCommerce makes these, in this order, so the IDs are the same everywhere
_OWN = (
    ("category", "Uncategorized"),
    ("product_type", "simple"),
    ("product_type", "grouped"),
    ("product_type", "variable"),
    ("product_type", "external"),
    ("product_visibility", "exclude-from-search"),
    ("product_visibility", "exclude-from-catalog"),
    ("product_visibility", "featured"),
    ("product_visibility", "outofstock"),
    ("product_visibility", "rated-1"),
    ("product_visibility", "rated-2"),
    ("product_visibility", "rated-3"),
    ("product_visibility", "rated-4"),
    ("product_visibility", "rated-5"),
    ("product_cat", "Uncategorized"),
)
_COUNTED_BELOW = ("product_cat", "product_tag")


def slug(text: str) -> str:
    """A slug as WordPress makes it of the sample's names."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return re.sub(r"[\s-]+", "-", re.sub(r"[^a-z0-9_\s-]", "", letters)).strip("-")


@dataclass
class Term:
    """A term on its way; its ID is also its term_taxonomy_id."""

    ident: int
    taxonomy: str
    name: str
    parent: int = 0
    objects: set[int] = field(default_factory=set)
    published: set[int] = field(default_factory=set)


class Terms:
    """The terms of the shop, made as products name them."""

    def __init__(self) -> None:
        self._terms: dict[tuple[str, int, str], Term] = {}
        for taxonomy, name in _OWN:
            self._term(taxonomy, name)

    def _term(self, taxonomy: str, name: str, parent: int = 0) -> Term:
        key = (taxonomy, parent, name)
        if key not in self._terms:
            self._terms[key] = Term(len(self._terms) + 1, taxonomy, name, parent)
        return self._terms[key]

    def attach(self, ident: int, taxonomy: str, name: str, published: bool) -> None:
        """Relate a post to a term without parent."""
        self._attach(ident, self._term(taxonomy, name), published)

    def categorize(self, ident: int, path: tuple[str, ...], published: bool) -> None:
        """Relate a product to every level of a category path."""
        parent = 0
        for name in path:
            level = self._term("product_cat", name, parent)
            self._attach(ident, level, published)
            parent = level.ident

    @staticmethod
    def _attach(ident: int, term: Term, published: bool) -> None:
        term.objects.add(ident)
        if published:
            term.published.add(ident)

    def build(self, rows: Rows, tables: ShopTables) -> None:
        """Terms, relations, counts, the category lookup and the children option."""
        for term in self._terms.values():
            rows.add(
                tables.terms,
                term_id=term.ident,
                name=html.escape(term.name, quote=False),
                slug=slug(term.name),
                term_group=0,
            )
            rows.add(
                tables.term_taxonomy,
                term_taxonomy_id=term.ident,
                term_id=term.ident,
                taxonomy=term.taxonomy,
                description="",
                parent=term.parent,
                count=len(term.published),
            )
            for ident in sorted(term.objects):
                rows.add(
                    tables.term_relationships,
                    object_id=ident,
                    term_taxonomy_id=term.ident,
                    term_order=0,
                )
        self._counts(rows, tables)
        self._tree(rows, tables)

    def _ancestors(self, term: Term) -> list[Term]:
        """The term itself and everything above it."""
        known = {t.ident: t for t in self._terms.values()}
        line = [term]
        while line[-1].parent:
            line.append(known[line[-1].parent])
        return line

    def _counts(self, rows: Rows, tables: ShopTables) -> None:
        below: dict[int, set[int]] = defaultdict(set)
        for term in self._terms.values():
            for above in self._ancestors(term):
                below[above.ident] |= term.published
        for term in self._terms.values():
            if term.taxonomy in _COUNTED_BELOW:
                rows.add(
                    tables.termmeta,
                    term_id=term.ident,
                    meta_key=f"product_count_{term.taxonomy}",
                    meta_value=str(len(below[term.ident])),
                )

    def _tree(self, rows: Rows, tables: ShopTables) -> None:
        children: dict[int, list[int]] = defaultdict(list)
        for term in self._terms.values():
            if term.taxonomy != "product_cat":
                continue
            if term.parent:
                children[term.parent].append(term.ident)
            for above in self._ancestors(term):
                rows.add(
                    tables.wc_category_lookup,
                    category_tree_id=above.ident,
                    category_id=term.ident,
                )
        rows.add(
            tables.options,
            option_name="product_cat_children",
            option_value=phpdata.dumps(dict(children)),
            autoload="auto",
        )
