"""Products found by SKU, as WooCommerce itself finds them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    FromClause,
    Select,
    String,
    Table,
    bindparam,
    select,
    text,
)

from ..common.batch import Batch
from ..common.bulk import insert_many, select_many, staged, temporary
from ..common.columns import WORDPRESS, integer
from ..common.database import fold, is_sqlite
from .kinds import TYPE, VARIATION
from .products import POST_TYPES, SKU_LENGTH, Product
from .tables import ShopTables
from .unlisted import ask_unlisted

# as many SKUs are named in the statement itself
FEW = 60
_SKUS: BindParameter[Any] = bindparam("skus", expanding=True)
Found = dict[str, tuple[Product, ...]]


def find_by_sku(
    conn: Connection,
    tables: ShopTables,
    skus: Iterable[str],
    *,
    include_trash: bool = False,
) -> Found:
    """The products of each SKU as asked for: none, one, or several (ambiguous).

    WooCommerce looks into its lookup table first and passes over the trash; what is
    not there is looked for among the ``_sku`` metas of posts outside the trash. The
    database compares, so letter case, accents and blanks at the end do not count.
    With ``include_trash`` a SKU without a live product finds those in the trash.
    SKUs longer than 100 characters are never found. Products come by ascending ID.
    """
    return ask_by_sku(Batch(conn), tables, skus, include_trash=include_trash)()


def ask_by_sku(
    batch: Batch,
    tables: ShopTables,
    skus: Iterable[str],
    *,
    include_trash: bool = False,
    listed_only: bool = False,
) -> Callable[[], Found]:
    """The same along with other questions.

    ``listed_only`` looks into the lookup table and nowhere else.
    """
    asked = list(dict.fromkeys(skus))
    wanted = [sku for sku in asked if sku and len(sku) <= SKU_LENGTH]
    search = _Search(batch.conn, tables, include_trash)
    source = tables.wc_product_meta_lookup
    if not wanted:
        return lambda: dict.fromkeys(asked, ())
    few = _are_few(wanted)
    listed = batch.ask(_few(tables, source), {"skus": wanted}, list) if few else None
    look_further = few and not listed_only
    unlisted = ask_unlisted(batch, tables, wanted) if look_further else None

    def found() -> Found:
        if listed is None or not search.take(listed(), wanted, listed=True):
            search.look_into(source, wanted)
        left = [sku for sku in wanted if sku not in search.live]
        if left and not listed_only:
            search.walk(left, unlisted() if unlisted else None)
        return {sku: search.result(sku) for sku in asked}

    return found


def _are_few(skus: Sequence[str]) -> bool:
    """True when they fit into a statement and no two of them are the same SKU."""
    return len({fold(sku) for sku in skus}) == len(skus) <= FEW


class _Search:
    """Products by SKU as asked for: those alive, and those in the trash."""

    def __init__(
        self, conn: Connection, tables: ShopTables, include_trash: bool
    ) -> None:
        self.conn, self.tables, self.include_trash = conn, tables, include_trash
        self.live: dict[str, dict[int, Product]] = {}
        self.trash: dict[str, dict[int, Product]] = {}

    def walk(self, asked: Sequence[str], posts: frozenset[int] | None) -> None:
        """Look through the metas, of all products or of some."""
        source = self.tables.postmeta
        if not _are_few(asked):
            self.look_into(source, asked)
        elif posts is None or posts:
            given = {"skus": asked} | ({"posts": sorted(posts)} if posts else {})
            query = _few(self.tables, source, posts is not None)
            rows = Batch(self.conn).ask(query, given, list)()
            if not self.take(rows, asked, listed=False):
                self.look_into(source, asked)

    def look_into(self, source: Table, asked: Sequence[str]) -> None:
        """Look for any number of SKUs; the database tells which is which."""
        listed = source is self.tables.wc_product_meta_lookup
        like = collation_of(self.conn, source, "sku" if listed else "meta_value")
        with staged(self.conn, sku_list("bizuno_skus", like, SKU_LENGTH)) as wanted:
            insert_many(self.conn, wanted, ["position", "sku"], list(enumerate(asked)))
            query = _many(self.tables, source, wanted)
            for position, *row in select_many(self.conn, query):
                self._add(asked[int(position)], listed, *row)

    def take(
        self, rows: Sequence[Sequence[Any]], asked: Sequence[str], *, listed: bool
    ) -> bool:
        """Take what the database found equal to one of a few SKUs.

        False, and nothing taken, when it cannot be told to which.
        """
        same = {fold(sku): sku for sku in asked} if rows else {}
        if not same.keys() >= {fold(sku) for sku, *_ in rows}:
            return False
        for sku, *row in rows:
            self._add(same[fold(sku)], listed, *row)
        return True

    def _add(
        self,
        sku: str,
        listed: bool,
        ident: str,
        parent: str,
        post_type: str,
        status: str,
        kind: str | None,
    ) -> None:
        variation = post_type == POST_TYPES[1]
        product = Product(
            int(ident),
            VARIATION if variation else kind or "simple",
            status,
            int(parent) if variation else 0,
            listed,
        )
        found = self.trash if status == "trash" else self.live
        found.setdefault(sku, {}).setdefault(product.id, product)

    def result(self, sku: str) -> tuple[Product, ...]:
        trashed = self.trash.get(sku, {}) if self.include_trash else {}
        found = self.live.get(sku) or trashed
        return tuple(found[ident] for ident in sorted(found))


@functools.lru_cache(maxsize=32)
def _few(tables: ShopTables, source: Table, chosen: bool = False) -> Select[Any]:
    """Products with one of ``skus``; with ``chosen`` only some ``posts`` are meant."""
    column = _sku_of(tables, source)
    query = _select(tables, source, source, column).where(column.in_(_SKUS))
    if source is tables.postmeta:
        query = query.where(source.c.meta_key == "_sku")
    if chosen:
        query = query.where(source.c.post_id.in_(bindparam("posts", expanding=True)))
    return query


def _many(tables: ShopTables, source: Table, wanted: Table) -> Select[Any]:
    """Products with a SKU of the temporary table, and its position there.

    The order of the joins is ours: by the index on SKUs in the lookup table, and where
    there is none, through the ``_sku`` metas once. Left alone, MariaDB goes through
    all posts and looks up the metas of each.
    """
    same = _sku_of(tables, source) == wanted.c.sku
    matched = wanted.join(source, same)
    if source is tables.postmeta:
        matched = source.join(wanted, same & (source.c.meta_key == "_sku"))
    return _select(tables, source, matched, wanted.c.position)


def _sku_of(tables: ShopTables, source: Table) -> Column[Any]:
    return source.c.meta_value if source is tables.postmeta else source.c.sku


def _select(
    tables: ShopTables, source: Table, found: FromClause, first: Column[Any]
) -> Select[Any]:
    """``first`` and what a Product is made of, for the rows of ``source`` found.

    MariaDB joins the tables in the order they are written.
    """
    posts, relations = tables.posts, tables.term_relationships
    taxonomies, terms = tables.term_taxonomy, tables.terms
    owner = source.c.post_id if source is tables.postmeta else source.c.product_id
    typed = relations.join(
        taxonomies,
        (taxonomies.c.term_taxonomy_id == relations.c.term_taxonomy_id)
        & (taxonomies.c.taxonomy == TYPE),
    ).join(terms, terms.c.term_id == taxonomies.c.term_id)
    query = (
        select(
            first,
            posts.c.ID,
            posts.c.post_parent,
            posts.c.post_type,
            posts.c.post_status,
            terms.c.slug,
        )
        .select_from(
            found.join(posts, posts.c.ID == owner).outerjoin(
                typed, relations.c.object_id == posts.c.ID
            )
        )
        .where(posts.c.post_type.in_(POST_TYPES))
    )
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
