"""What follows from a product's metas: visibility, parents, filters, lookup rows.

WooCommerce brings all of this up to date when a product is saved; a direct writer has
to do the same in the same transaction. Everything here compares first, writes only
what differs and takes a constant number of statements for any number of products.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import Column, Connection, delete, select, update
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ..common.bulk import staged, temporary
from ..common.columns import integer
from ..common.database import is_sqlite
from .counts import recount_terms
from .ids import among
from .kinds import TYPE, VISIBILITY, built_in_terms, is_variable
from .lookup import rebuild_lookup
from .metas import MetaRows, read_meta_rows, write_metas
from .prices import stored_number
from .sets import delete_rows
from .stock import IN_STOCK, ON_BACKORDER, OUT_OF_STOCK
from .tables import ShopTables

__all__ = [
    "follow_stock_filters",
    "follow_variations",
    "follow_visibility",
    "rebuild_lookup",
    "recount_terms",
]
_PARENT_METAS = (
    "_price",
    "_regular_price",
    "_sale_price",
    "_manage_stock",
    "_stock_status",
)


def follow_visibility(
    conn: Connection,
    tables: ShopTables,
    ids: Iterable[int],
    *,
    known: MetaRows | None = None,
) -> set[int]:
    """Relate products to ``product_visibility/outofstock`` as ``_stock_status`` says.

    Returns the products whose relation changed; the term's count follows. ``known``
    are the rows of ``_stock_status`` where the caller has just read them.
    """
    wanted = sorted({int(ident) for ident in ids})
    term = built_in_terms(conn, tables, VISIBILITY).get(OUT_OF_STOCK)
    if not wanted or term is None:
        return set()
    table = tables.term_relationships
    out = _out_of_stock(conn, tables, wanted, known)
    query = select(table.c.object_id).where(
        table.c.term_taxonomy_id == term, among(table.c.object_id, wanted)
    )
    related = {int(ident) for ident in conn.scalars(query)}
    _relate(conn, tables, term, sorted(out - related))
    if gone := related - out:
        conn.execute(
            delete(table).where(
                table.c.term_taxonomy_id == term, among(table.c.object_id, gone)
            )
        )
    changed = out ^ related
    if changed:
        recount_terms(conn, tables, terms=[term])
    return changed


def _out_of_stock(
    conn: Connection, tables: ShopTables, ids: Iterable[int], known: MetaRows | None
) -> set[int]:
    key = "_stock_status"
    metas = known or read_meta_rows(conn, tables, ids, [key])
    return {i for i in ids if metas[i].get(key, [(0, None)])[0][1] == OUT_OF_STOCK}


def _relate(conn: Connection, tables: ShopTables, term: int, ids: list[int]) -> None:
    """Insert relations; one that a checkout made meanwhile does not matter."""
    if not ids:
        return
    rows = [{"object_id": i, "term_taxonomy_id": term, "term_order": 0} for i in ids]
    table = tables.term_relationships
    if is_sqlite(conn):
        conn.execute(sqlite_insert(table).on_conflict_do_nothing(), rows)
    else:
        conn.execute(mysql_insert(table).prefix_with("IGNORE"), rows)


def follow_stock_filters(
    conn: Connection,
    tables: ShopTables,
    parents: dict[int, int],
    *,
    known: MetaRows | None = None,
) -> None:
    """Set ``in_stock`` of global attributes' filter rows from ``_stock_status``.

    ``parents`` maps a product to itself and a variation to its product. Backorder
    counts as in stock, as in WooCommerce. ``known`` as with ``follow_visibility``.
    """
    if not parents:
        return
    table = tables.wc_product_attributes_lookup
    out = _out_of_stock(conn, tables, parents, known)
    rows = [
        {
            "owner": parents[ident],
            "product": ident,
            "now": int(ident not in out),
        }
        for ident in sorted(parents)
    ]
    columns = [
        Column("owner", integer("bigint"), primary_key=True, autoincrement=False),
        Column("product", integer("bigint"), primary_key=True, autoincrement=False),
        Column("now", integer("tinyint"), nullable=False),
    ]
    with staged(conn, temporary("bizuno_filters", columns), rows) as source:
        conn.execute(
            update(table)
            .where(
                # the table's key begins with the parent
                table.c.product_or_parent_id == source.c.owner,
                table.c.product_id == source.c.product,
                table.c.in_stock != source.c.now,
            )
            .values(in_stock=source.c.now)
        )


def follow_variations(
    conn: Connection, tables: ShopTables, parent_ids: Iterable[int]
) -> set[int]:
    """Bring variable products into line with their published variations.

    One ``_price`` row per distinct price, ascending; no price of their own; the stock
    status is the best of the variations', unless the product keeps its own stock, in
    which case the variations without stock of their own take its status. Lookup rows,
    visibility and filters follow. Returns the products and variations that changed.
    """
    asked = sorted({int(ident) for ident in parent_ids})
    parents = _variable_among(conn, tables, asked)
    if not parents:
        return set()
    posts = tables.posts
    children: dict[int, list[int]] = defaultdict(list)
    for ident, parent in conn.execute(
        select(posts.c.ID, posts.c.post_parent)
        .where(
            among(posts.c.post_parent, parents),
            posts.c.post_type == "product_variation",
            posts.c.post_status == "publish",
        )
        .order_by(posts.c.ID)
    ):
        children[parent].append(ident)
    everyone = [*parents, *(child for found in children.values() for child in found)]
    metas = read_meta_rows(conn, tables, everyone, _PARENT_METAS, lock=True)
    changed = _write_prices(conn, tables, metas, {p: children[p] for p in parents})
    statuses: dict[int, dict[str, str | None]] = {}
    for parent in parents:
        statuses.update(_statuses(metas, parent, children[parent]))
    own_price = {
        parent: [key for key in ("_regular_price", "_sale_price") if key in found]
        for parent, found in metas.items()
        if parent in parents
    }
    restocked = write_metas(conn, tables, statuses, known=metas)
    changed |= restocked | write_metas(conn, tables, {}, delete=own_price, known=metas)
    if restocked:
        follow_visibility(conn, tables, restocked)
        family = {child: p for p, found in children.items() for child in found}
        follow_stock_filters(conn, tables, {i: family.get(i, i) for i in restocked})
    rebuild_lookup(conn, tables, changed)
    return changed


def _variable_among(
    conn: Connection, tables: ShopTables, ids: list[int]
) -> dict[int, None]:
    if not ids:
        return {}
    relations = tables.term_relationships
    types = built_in_terms(conn, tables, TYPE)
    variable = [ident for slug, ident in types.items() if is_variable(slug)]
    query = select(relations.c.object_id).where(
        among(relations.c.object_id, ids), relations.c.term_taxonomy_id.in_(variable)
    )
    return dict.fromkeys(sorted(int(ident) for ident in conn.scalars(query)))


def _write_prices(
    conn: Connection,
    tables: ShopTables,
    metas: MetaRows,
    families: dict[int, list[int]],
) -> set[int]:
    """The parents' ``_price`` rows: removed and inserted anew, to be in order."""
    gone: list[int] = []
    rows: list[dict[str, int | str]] = []
    changed = set()
    for parent, children in families.items():
        prices: dict[Decimal, str] = {}
        for child in children:
            text = metas[child].get("_price", ((0, None),))[0][1]
            amount = stored_number(text)
            if amount is not None and text is not None:
                prices.setdefault(amount, text)
        wanted = [prices[amount] for amount in sorted(prices)]
        present = metas[parent].get("_price", ())
        if [stored_number(value) for _, value in present] == sorted(prices):
            continue
        changed.add(parent)
        gone += [ident for ident, _ in present]
        rows += [
            {"post_id": parent, "meta_key": "_price", "meta_value": price}
            for price in wanted
        ]
    delete_rows(conn, tables.postmeta, "meta_id", gone)
    if rows:
        conn.execute(tables.postmeta.insert(), rows)
    return changed


def _statuses(
    metas: MetaRows, parent: int, children: list[int]
) -> dict[int, dict[str, str | None]]:
    """Stock statuses of a family: the parent's from below, or the other way round."""

    def one(ident: int, key: str) -> str:
        rows = metas[ident].get(key)
        return (rows[0][1] or "") if rows else ""

    own = one(parent, "_stock_status") or IN_STOCK
    if one(parent, "_manage_stock") == "yes":
        return {
            child: {"_stock_status": own}
            for child in children
            if one(child, "_manage_stock") != "yes"
        }
    found = {one(child, "_stock_status") or IN_STOCK for child in children}
    ranked = (IN_STOCK, ON_BACKORDER)
    status = next((status for status in ranked if status in found), OUT_OF_STOCK)
    return {parent: {"_stock_status": status}} if children else {}
