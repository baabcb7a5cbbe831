"""A shop full of simple products, made by a few statements however many there are.

``BENCH-00000`` and so on, as WooCommerce leaves them: 22 metas each, a lookup row, a
relation to the type and to one of 100 categories. Product IDs begin at FIRST_ID.
"""

from __future__ import annotations

from sqlalchemy import Connection

from bridge.common.database import Database

FIRST_ID = 100_000
CATEGORIES = 100
_STAMP = "2026-11-01 12:00:00"
_METAS = {
    "_sku": "CONCAT('BENCH-', LPAD(seq, 5, '0'))",
    "total_sales": "'0'",
    "_tax_status": "'taxable'",
    "_tax_class": "''",
    "_manage_stock": "'yes'",
    "_backorders": "'no'",
    "_sold_individually": "'no'",
    "_virtual": "'no'",
    "_downloadable": "'no'",
    "_download_limit": "'-1'",
    "_download_expiry": "'-1'",
    "_stock": "CAST(10 + MOD(seq, 50) AS CHAR)",
    "_stock_status": "'instock'",
    "_wc_average_rating": "'0'",
    "_wc_review_count": "'0'",
    "_product_version": "'10.0.2'",
    "_regular_price": "CONCAT(5 + MOD(seq, 90), '.50')",
    "_weight": "'1'",
    "_length": "'10'",
    "_width": "'5'",
    "_height": "'2'",
    "_price": "CONCAT(5 + MOD(seq, 90), '.50')",
}


def sku(number: int) -> str:
    """The SKU of one product."""
    return f"BENCH-{number:05d}"


def fill(database: Database, count: int) -> None:
    """Add ``count`` products to a sample shop; seconds for tens of thousands."""
    with database.transaction() as conn:
        _products(conn, f"seq_0_to_{count - 1}")
        _categories(conn)
    spread(database, CATEGORIES)
    with database.transaction() as conn:
        for table in ("posts", "postmeta", "wc_product_meta_lookup"):
            conn.exec_driver_sql(f"ANALYZE TABLE wp_{table}").all()


def _products(conn: Connection, numbers: str) -> None:
    ident, name = f"{FIRST_ID} + seq", _METAS["_sku"]
    conn.exec_driver_sql(f"""
        INSERT INTO wp_posts (ID, post_author, post_date, post_date_gmt, post_content,
            post_title, post_excerpt, post_status, comment_status, ping_status,
            post_name, to_ping, pinged, post_modified, post_modified_gmt,
            post_content_filtered, post_parent, guid, menu_order, post_type,
            post_mime_type, comment_count)
        SELECT {ident}, 0, '{_STAMP}', '{_STAMP}', CONCAT('Long text of ', {name}),
            CONCAT('Product ', seq), '', 'publish', 'open', 'closed',
            LOWER({name}), '', '', '{_STAMP}', '{_STAMP}', '', 0,
            CONCAT('https://shop.ridgeline.example/?p=', {ident}), 0, 'product', '', 0
        FROM {numbers}""")
    keys = " UNION ALL ".join(
        f"SELECT {at} AS place, '{key}' AS name" for at, key in enumerate(_METAS)
    )
    values = " ".join(f"WHEN '{key}' THEN {value}" for key, value in _METAS.items())
    # product by product: that is how they lie in a shop
    conn.exec_driver_sql(f"""
        INSERT INTO wp_postmeta (post_id, meta_key, meta_value)
        SELECT {ident}, k.name, CASE k.name {values} END
        FROM {numbers} CROSS JOIN ({keys}) AS k ORDER BY seq, k.place""")
    conn.exec_driver_sql(f"""
        INSERT INTO wp_wc_product_meta_lookup (product_id, sku, global_unique_id,
            `virtual`, downloadable, min_price, max_price, onsale, stock_quantity,
            stock_status, rating_count, average_rating, total_sales, tax_status,
            tax_class)
        SELECT {ident}, {name}, '', 0, 0, 5 + MOD(seq, 90) + 0.5,
            5 + MOD(seq, 90) + 0.5, 0, 10 + MOD(seq, 50), 'instock', 0, 0, 0,
            'taxable', ''
        FROM {numbers}""")
    conn.exec_driver_sql(f"""
        INSERT INTO wp_term_relationships (object_id, term_taxonomy_id, term_order)
        SELECT {ident}, (SELECT x.term_taxonomy_id FROM wp_term_taxonomy x
            JOIN wp_terms t USING (term_id)
            WHERE x.taxonomy = 'product_type' AND t.slug = 'simple'), 0
        FROM {numbers}""")


def _categories(conn: Connection) -> None:
    conn.exec_driver_sql(f"""
        INSERT INTO wp_terms (term_id, name, slug, term_group)
        SELECT {FIRST_ID} + seq, CONCAT('Bench ', seq), CONCAT('bench-', seq), 0
        FROM seq_0_to_{CATEGORIES - 1}""")
    conn.exec_driver_sql(f"""
        INSERT INTO wp_term_taxonomy (term_taxonomy_id, term_id, taxonomy, description,
            parent, count)
        SELECT {FIRST_ID} + seq, {FIRST_ID} + seq, 'product_cat', '', 0, 0
        FROM seq_0_to_{CATEGORIES - 1}""")


def spread(database: Database, categories: int) -> None:
    """Put the products into the first so many categories, evenly; 0: into none."""
    with database.transaction() as conn:
        conn.exec_driver_sql(
            f"DELETE FROM wp_term_relationships WHERE term_taxonomy_id >= {FIRST_ID}"
        )
        if categories:
            conn.exec_driver_sql(f"""
                INSERT INTO wp_term_relationships (object_id, term_taxonomy_id,
                    term_order)
                SELECT ID, {FIRST_ID} + MOD(ID, {categories}), 0
                FROM wp_posts WHERE ID >= {FIRST_ID} AND post_type = 'product'""")
        conn.exec_driver_sql(f"""
            UPDATE wp_term_taxonomy x LEFT JOIN (
                SELECT term_taxonomy_id AS tt, COUNT(*) AS n
                FROM wp_term_relationships GROUP BY 1) c ON c.tt = x.term_taxonomy_id
            SET x.count = COALESCE(c.n, 0) WHERE x.term_taxonomy_id >= {FIRST_ID}""")
        conn.exec_driver_sql("ANALYZE TABLE wp_term_relationships").all()
