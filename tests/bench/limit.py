"""What the database itself can do: the same change in raw set-based SQL.

A fresh connection, one transaction, a temporary table that is joined. Left out is all
that makes a refresh right rather than quick: visibility, transients, parents, sales,
tiers, sizes, the ledger, and telling what changed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import make_url
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

Row = tuple[str, Decimal, int]
_BLOCK = 1000
_META = """
    UPDATE wp_postmeta m JOIN r ON r.post_id = m.post_id
    SET m.meta_value = {value}
    WHERE m.meta_key = '{key}' AND NOT (m.meta_value <=> {value})"""
_STEPS = (
    """UPDATE r JOIN wp_wc_product_meta_lookup l ON l.sku = r.sku
       SET r.post_id = l.product_id""",
    _META.format(key="_regular_price", value="CAST(r.price AS CHAR)"),
    _META.format(key="_price", value="CAST(r.price AS CHAR)"),
    _META.format(key="_stock", value="CAST(r.qty AS CHAR)"),
    _META.format(key="_stock_status", value="IF(r.qty > 0, 'instock', 'outofstock')"),
    """UPDATE wp_wc_product_meta_lookup l JOIN r ON r.post_id = l.product_id
       SET l.min_price = r.price, l.max_price = r.price, l.stock_quantity = r.qty,
           l.stock_status = IF(r.qty > 0, 'instock', 'outofstock')""",
    """UPDATE wp_posts p JOIN r ON r.post_id = p.ID
       SET p.post_modified = UTC_TIMESTAMP(), p.post_modified_gmt = UTC_TIMESTAMP()""",
)


def change(url: str, rows: Sequence[Row]) -> float:
    """Give these SKUs these prices and quantities; seconds it took."""
    dialect = MySQLDialect_pymysql()
    _, options = dialect.create_connect_args(make_url(url))
    started = time.perf_counter()
    conn = dialect.import_dbapi().connect(
        **options,
        charset="utf8mb4",
        collation="utf8mb4_unicode_520_ci",  # that of the columns, for the casts
        ssl_disabled=True,
        autocommit=False,
    )
    with conn, conn.cursor() as cursor:
        cursor.execute("""
            CREATE TEMPORARY TABLE r (
                sku VARCHAR(100) COLLATE utf8mb4_unicode_520_ci PRIMARY KEY,
                price DECIMAL(19,2), qty INT, post_id BIGINT UNSIGNED, KEY (post_id)
            ) ENGINE=InnoDB""")
        for at in range(0, len(rows), _BLOCK):
            cursor.executemany(
                "INSERT INTO r (sku, price, qty) VALUES (%s, %s, %s)",
                rows[at : at + _BLOCK],
            )
        for step in _STEPS:
            cursor.execute(step)
        conn.commit()
    return time.perf_counter() - started
