"""Terms as stored, with their parents and their counts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from ..common.batch import Answer, Batch
from ..common.prepared import Rows
from .tables import ShopTables
from .terms import CATEGORY, TAG

# taxonomies of which WooCommerce counts products in a term and everything below it
TREES = (CATEGORY, TAG)
_META = "product_count_"


@dataclass
class CountedTerm:
    """A term as stored; ``metas`` are ``(meta_id, value)``, oldest first."""

    ident: int
    term: int
    parent: int
    taxonomy: str
    count: int
    metas: list[tuple[int, str]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The key of its ``metas``."""
        return f"{_META}{self.taxonomy}"

    @property
    def all_below(self) -> int:
        """What WooCommerce has counted in it and below it."""
        value = self.metas[0][1] if self.metas else ""
        return int(value) if value.isdecimal() else 0


def ask_terms(
    batch: Batch, tables: ShopTables, idents: set[int]
) -> Answer[dict[int, CountedTerm]]:
    """These terms, by ``term_taxonomy_id``, and all categories."""
    return batch.ask(_stored(tables), {"idents": sorted(idents)}, _terms)


@functools.lru_cache(maxsize=8)
def _stored(tables: ShopTables) -> Select[Any]:
    taxonomies, metas = tables.term_taxonomy, tables.termmeta
    keys = [f"{_META}{taxonomy}" for taxonomy in TREES]
    counts = (metas.c.term_id == taxonomies.c.term_id) & metas.c.meta_key.in_(keys)
    meant = taxonomies.c.term_taxonomy_id.in_(
        bindparam("idents", expanding=True, literal_execute=True)
    )
    return (
        select(
            taxonomies.c.term_taxonomy_id,
            taxonomies.c.term_id,
            taxonomies.c.parent,
            taxonomies.c.taxonomy,
            taxonomies.c.count,
            metas.c.meta_id,
            metas.c.meta_key,
            metas.c.meta_value,
        )
        .outerjoin_from(taxonomies, metas, counts)
        .where(or_(taxonomies.c.taxonomy == CATEGORY, meant))
        .order_by(metas.c.meta_id)
    )


def _terms(rows: Rows) -> dict[int, CountedTerm]:
    found: dict[int, CountedTerm] = {}
    for row in rows:
        *columns, meta_id, key, value = tuple[Any, ...](row)
        one = found.setdefault(columns[0], CountedTerm(*columns))
        if key == one.key:
            one.metas.append((meta_id, value or ""))
    return found


class Tree:
    """Terms with their parents; a loop among parents does no harm."""

    def __init__(self, terms: Mapping[int, CountedTerm]) -> None:
        idents = {(one.taxonomy, one.term): one.ident for one in terms.values()}
        self._parent: dict[int, int] = {}
        self._children: dict[int, list[int]] = {}
        for one in terms.values():
            up = idents.get((one.taxonomy, one.parent))
            if up is not None:
                self._parent[one.ident] = up
                self._children.setdefault(up, []).append(one.ident)

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
