"""Products found by SKU, as WooCommerce itself finds them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    String,
    Table,
    case,
    func,
    select,
    text,
    update,
)

from ..common.bulk import insert_many, select_many, staged, temporary
from ..common.columns import WORDPRESS, integer
from ..common.database import fold, is_sqlite
from .clock import stamp
from .ids import among
from .kinds import TYPE, VARIATION, built_in_terms
from .tables import ShopTables

POST_TYPES = ("product", "product_variation")
SKU_LENGTH = 100
# as many SKUs are named in the statement itself
FEW = 60


@dataclass(frozen=True, slots=True)
class Product:
    """A product or variation; ``type`` is simple, variable, ... or variation.

    ``parent`` is the ID of a variation's product, else 0. ``listed``: the lookup table
    knows it.
    """

    id: int
    type: str
    status: str
    parent: int = 0
    listed: bool = field(default=True, compare=False)


def find_by_sku(
    conn: Connection,
    tables: ShopTables,
    skus: Iterable[str],
    *,
    lock: bool = False,
    include_trash: bool = False,
    listed_only: bool = False,
) -> dict[str, tuple[Product, ...]]:
    """The products of each SKU as asked for: none, one, or several (ambiguous).

    WooCommerce looks into its lookup table first and passes over the trash; what is
    not there is looked for among the ``_sku`` metas of posts outside the trash. The
    database compares, so letter case, accents and blanks at the end do not count.
    With ``include_trash`` a SKU without a live product finds those in the trash.
    SKUs longer than 100 characters are never found. ``lock`` keeps other writers from
    what the lookup table knows; ``listed_only`` looks nowhere else, which does not
    grow with the shop. Products come by ascending ID.
    """
    asked = list(dict.fromkeys(skus))
    search = _Search(conn, tables, include_trash)
    rows = [(at, sku) for at, sku in enumerate(asked) if sku and len(sku) <= SKU_LENGTH]
    places = (tables.wc_product_meta_lookup, tables.postmeta)
    for table in places[:1] if listed_only else places:
        if left := [row for row in rows if row[0] not in search.live]:
            search.look_into(table, left, lock and table is not tables.postmeta)
    return {sku: search.result(at) for at, sku in enumerate(asked)}


class _Search:
    """Products by the position of their SKU: those alive, and those in the trash."""

    def __init__(
        self, conn: Connection, tables: ShopTables, include_trash: bool
    ) -> None:
        self.conn, self.tables, self.include_trash = conn, tables, include_trash
        terms = built_in_terms(conn, tables, TYPE)
        self.terms = list(terms.values())
        self.types = {str(ident): slug for slug, ident in terms.items()}
        self.live: dict[int, dict[int, Product]] = {}
        self.trash: dict[int, dict[int, Product]] = {}

    def look_into(self, table: Table, rows: list[tuple[int, str]], lock: bool) -> None:
        listed = table is self.tables.wc_product_meta_lookup
        if len({fold(sku) for _, sku in rows}) == len(rows) <= FEW:
            self._take(_few_matches(self.tables, table, rows, self.terms), listed, lock)
            return
        like = collation_of(self.conn, table, "sku" if listed else "meta_value")
        with staged(self.conn, sku_list("bizuno_skus", like, SKU_LENGTH)) as wanted:
            insert_many(self.conn, wanted, ["position", "sku"], rows)
            self._take(_matches(self.tables, wanted, table, self.terms), listed, lock)

    def _take(self, query: Select[Any], listed: bool, lock: bool) -> None:
        if not self.include_trash:
            query = query.where(self.tables.posts.c.post_status != "trash")
        if lock:
            query = query.with_for_update()
        for *numbers, kind, status, term in select_many(self.conn, query):
            position, ident, parent = map(int, numbers)
            variation = kind == POST_TYPES[1]
            product = Product(
                ident,
                VARIATION if variation else self.types.get(term, "simple"),
                status,
                parent if variation else 0,
                listed,
            )
            found = self.trash if status == "trash" else self.live
            found.setdefault(position, {}).setdefault(ident, product)

    def result(self, position: int) -> tuple[Product, ...]:
        found = self.live.get(position) or self.trash.get(position) or {}
        return tuple(found[ident] for ident in sorted(found))


def lock_posts(
    conn: Connection, tables: ShopTables, ids: Iterable[int], *, lock: bool = True
) -> set[int]:
    """Lock posts by ascending ID before anything else of them is read.

    One order for everybody is what keeps two calls for the same products from
    waiting for each other in a circle. Name the parents of variations as well.
    Returns those that are gone or in the trash.
    """
    posts, wanted = tables.posts, {int(ident) for ident in ids}
    if not wanted:
        return set()
    alive = [among(posts.c.ID, wanted), posts.c.post_status != "trash"]
    # one number comes back instead of a row for each; all are nearly always there
    counting = select(func.count(case((alive[1], 1)))).where(alive[0])
    if conn.scalar(counting.with_for_update() if lock else counting) == len(wanted):
        return set()
    return wanted - set(conn.scalars(select(posts.c.ID).where(*alive)))


def touch_posts(
    conn: Connection,
    tables: ShopTables,
    ids: Iterable[int],
    now: datetime,
    zone: tzinfo,
) -> None:
    """Set ``post_modified`` in both clocks; ``zone`` is the shop's."""
    posts, wanted = tables.posts, set(ids)
    if wanted:
        conn.execute(
            update(posts)
            .where(among(posts.c.ID, wanted))
            .values(post_modified=stamp(now, zone), post_modified_gmt=stamp(now))
        )


def _matches(
    tables: ShopTables, wanted: Table, source: Table, types: list[int]
) -> Select[Any]:
    """``(position, ID, parent, post type, status, type term)`` of matching products.

    The order of the joins is ours: by the index on SKUs in the lookup table, and where
    there is none, through the ``_sku`` metas once. Left alone, MariaDB goes through
    all posts and looks up the metas of each.
    """
    if source is tables.wc_product_meta_lookup:
        first, second = wanted, source
        same = source.c.sku == wanted.c.sku
    else:
        first, second = source, wanted
        same = (source.c.meta_key == "_sku") & (source.c.meta_value == wanted.c.sku)
    found = straight(*_columns(tables, wanted.c.position)).join_from(
        first, second, same
    )
    return _with_posts(found, tables, source, types)


def _few_matches(
    tables: ShopTables, source: Table, rows: list[tuple[int, str]], types: list[int]
) -> Select[Any]:
    """The same for a handful of SKUs, which a temporary table would cost more than."""
    listed = source is tables.wc_product_meta_lookup
    column = source.c.sku if listed else source.c.meta_value
    position = case(*((column == sku, at) for at, sku in rows), else_=rows[0][0])
    query = straight(*_columns(tables, position)).select_from(source)
    query = query.where(column.in_([sku for _, sku in rows]))
    if not listed:
        query = query.where(source.c.meta_key == "_sku")
    return _with_posts(query, tables, source, types)


def _columns(tables: ShopTables, position: Any) -> list[Any]:
    posts = tables.posts.c
    kinds = tables.term_relationships.c.term_taxonomy_id
    return [
        position,
        posts.ID,
        posts.post_parent,
        posts.post_type,
        posts.post_status,
        kinds,
    ]


def _with_posts(
    query: Select[Any], tables: ShopTables, source: Table, types: list[int]
) -> Select[Any]:
    posts, relations = tables.posts, tables.term_relationships
    listed = source is tables.wc_product_meta_lookup
    owner = source.c.product_id if listed else source.c.post_id
    typed = relations.c.term_taxonomy_id.in_(types)
    return (
        query.join(posts, posts.c.ID == owner)
        .outerjoin(relations, (relations.c.object_id == posts.c.ID) & typed)
        .where(posts.c.post_type.in_(POST_TYPES))
    )


def straight(*columns: Any) -> Select[Any]:
    """A SELECT whose tables MariaDB joins in the order they are written."""
    query = select(*columns)
    for dialect in ("mysql", "mariadb"):
        query = query.prefix_with("STRAIGHT_JOIN", dialect=dialect)
    return query


@functools.lru_cache(maxsize=16)
def sku_list(name: str, collation: str, length: int) -> Table:
    """A temporary table of SKUs and their positions in a list, of either dialect.

    One per collation for good, so that the statements with it are compiled once.
    """
    kind = String(length, collation=collation)
    columns: list[Column[Any]] = [
        Column("sku", kind, primary_key=True),
        Column("position", integer("int"), primary_key=True, autoincrement=False),
    ]
    return temporary(name, columns)


def collation_of(conn: Connection, table: Table, column: str) -> str:
    """What compares with ``column`` without MariaDB's error 1267.

    The tables of an old or migrated shop may have another collation than ours.
    """
    if is_sqlite(conn):
        return WORDPRESS
    collation = conn.scalar(
        text(
            "SELECT COLLATION_NAME FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE()"
            " AND TABLE_NAME = :table AND COLUMN_NAME = :column"
        ),
        {"table": table.name, "column": column},
    )
    # three-byte Unicode cannot hold every SKU that may be asked for
    wide = str(collation or WORDPRESS).replace("utf8mb3_", "utf8mb4_")
    return wide.replace("utf8_", "utf8mb4_")
