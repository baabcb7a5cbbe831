"""What only one side of a sync has: the shop, or the list that was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
)

from ..common.bulk import insert_many, staged, temporary
from ..common.columns import integer
from ..wordpress.ids import among
from ..wordpress.metas import read_metas
from ..wordpress.products import POST_TYPES
from ..wordpress.skus import collation_of, sku_list
from ..wordpress.tables import ShopTables

# longer SKUs than the shop's lookup takes exist in old shops and are compared in full
_SKU = 255


@dataclass(frozen=True)
class Extra:
    """A product or variation of the shop that is not on the list.

    ``parent`` is 0 for a product; ``status`` is publish, or private for a variation
    that is switched off.
    """

    id: int
    sku: str
    parent: int = 0
    status: str = "publish"


@dataclass(frozen=True)
class Comparison:
    """What only one side has.

    ``missing`` are SKUs of the list that the shop lacks; ``kept`` the products among
    ``extra`` of which a variation is on the list; ``catalog`` counts the published
    products.
    """

    extra: tuple[Extra, ...]
    missing: frozenset[str]
    kept: frozenset[int]
    catalog: int

    @property
    def removable(self) -> tuple[Extra, ...]:
        """Products that may go; their variations go with them and never alone."""
        return tuple(
            one for one in self.extra if not one.parent and one.id not in self.kept
        )


def compare(conn: Connection, tables: ShopTables, skus: Sequence[str]) -> Comparison:
    """Compare the shop's published products and their variations with a list.

    The database compares, trimmed and without regard to letter case and accents, as
    when a product is looked up. Variations of a listed product are never extra.
    """
    like = collation_of(conn, tables.postmeta, "meta_value")
    rows = [(at, sku) for at, sku in enumerate(skus) if len(sku) <= _SKU]
    found_columns = [
        Column("position", integer("int"), primary_key=True, autoincrement=False),
    ]
    with (
        staged(conn, sku_list("bizuno_list", like, _SKU)) as listed,
        staged(conn, temporary("bizuno_found", found_columns)) as found,
    ):
        insert_many(conn, listed, ["position", "sku"], rows)
        conn.execute(
            insert(found).from_select(
                ["position"], _in_shop(tables, listed, listed.c.position).distinct()
            )
        )
        lost = conn.scalars(
            select(listed.c.position)
            .outerjoin(found, found.c.position == listed.c.position)
            .where(found.c.position.is_(None))
        )
        missing = {skus[at] for at in lost}
        missing.update(sku for sku in skus if len(sku) > _SKU)
        return _classify(conn, tables, listed, frozenset(missing))


def _in_shop(
    tables: ShopTables, listed: Table, *wanted: Column[Any], only_here: bool = False
) -> Select[Any]:
    """``wanted`` columns of published products and their variations with a SKU.

    Joined with the list; ``only_here`` turns to those that are not on it.
    """
    metas, posts = tables.postmeta, tables.posts
    parents = posts.alias("parents")
    product = (posts.c.post_type == POST_TYPES[0]) & (posts.c.post_status == "publish")
    variation = and_(
        posts.c.post_type == POST_TYPES[1],
        # a variation that is switched off is private
        posts.c.post_status.in_(("publish", "private")),
        parents.c.post_type == POST_TYPES[0],
        parents.c.post_status == "publish",
    )
    query = (
        select(*wanted)
        .join_from(metas, posts, posts.c.ID == metas.c.post_id)
        .outerjoin(parents, parents.c.ID == posts.c.post_parent)
        .join(
            listed,
            listed.c.sku == func.trim(metas.c.meta_value),
            isouter=only_here,
        )
        .where(metas.c.meta_key == "_sku", metas.c.meta_value != "")
        .where(or_(product, variation))
    )
    return query.where(listed.c.position.is_(None)) if only_here else query


def _classify(
    conn: Connection, tables: ShopTables, listed: Table, missing: frozenset[str]
) -> Comparison:
    posts, metas = tables.posts, tables.postmeta
    found = [
        Extra(ident, sku.strip(), parent if kind == POST_TYPES[1] else 0, status)
        for ident, sku, kind, parent, status in conn.execute(
            _in_shop(
                tables,
                listed,
                posts.c.ID,
                metas.c.meta_value,
                posts.c.post_type,
                posts.c.post_parent,
                posts.c.post_status,
                only_here=True,
            ).order_by(posts.c.ID)
        )
    ]
    products = {one.id for one in found if not one.parent}
    # a parent that is not extra is on the list, unless it has no SKU to be listed by
    others = {one.parent for one in found if one.parent} - products
    named = read_metas(conn, tables, others, ["_sku"])
    nameless = {i for i in others if not (named[i].get("_sku") or "").strip()}
    extra = [
        one
        for one in found
        if not one.parent or one.parent in products or one.parent in nameless
    ]
    kept: set[int] = set()
    if products:
        query = _in_shop(tables, listed, posts.c.post_parent).distinct()
        kept.update(conn.scalars(query.where(among(posts.c.post_parent, products))))
    catalog = conn.scalar(
        select(func.count()).where(
            posts.c.post_type == POST_TYPES[0], posts.c.post_status == "publish"
        )
    )
    return Comparison(tuple(extra), missing, frozenset(kept), catalog or 0)
