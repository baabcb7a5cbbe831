"""What the database itself can do: the same change in raw set-based SQL.

A temporary table that is joined, one transaction. Left out is all that makes a refresh
right rather than quick: visibility, transients, parents, sales, tiers, sizes, the
ledger, and telling what changed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import make_url
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

Row = tuple[str, Decimal, int]
_BLOCK = 1000
_STATUS = "IF(r.qty > 0, 'instock', 'outofstock')"
_FIND = """
    UPDATE r JOIN wp_wc_product_meta_lookup l ON l.sku = r.sku
    SET r.post_id = l.product_id"""
_FOLLOW = (
    f"""UPDATE wp_wc_product_meta_lookup l JOIN r ON r.post_id = l.product_id
        SET l.min_price = r.price, l.max_price = r.price, l.stock_quantity = r.qty,
            l.stock_status = {_STATUS}""",
    """UPDATE wp_posts p JOIN r ON r.post_id = p.ID
       SET p.post_modified = UTC_TIMESTAMP(), p.post_modified_gmt = UTC_TIMESTAMP()""",
)
_VALUES = {
    "_regular_price": "CAST(r.price AS CHAR)",
    "_price": "CAST(r.price AS CHAR)",
    "_stock": "CAST(r.qty AS CHAR)",
    "_stock_status": _STATUS,
}
# few products of many: all metas of each are passed once
_ONE_PASS = """
    UPDATE wp_postmeta m JOIN r ON r.post_id = m.post_id
    SET m.meta_value = CASE m.meta_key {cases} END
    WHERE m.meta_key IN ({keys})""".format(
    cases=" ".join(f"WHEN '{key}' THEN {value}" for key, value in _VALUES.items()),
    keys=", ".join(f"'{key}'" for key in _VALUES),
)
# the whole catalog: MariaDB goes through the index on keys
_PASS_PER_KEY = tuple(
    f"""UPDATE wp_postmeta m JOIN r ON r.post_id = m.post_id SET m.meta_value = {value}
        WHERE m.meta_key = '{key}' AND NOT (m.meta_value <=> {value})"""
    for key, value in _VALUES.items()
)


def change_in_calls(url: str, rows: Sequence[Row], size: int) -> float:
    """Give these SKUs these values, ``size`` in a transaction; seconds it took."""
    return sum(
        _change(url, rows[at : at + size], (_FIND, _ONE_PASS, *_FOLLOW))
        for at in range(0, len(rows), size)
    )


def change_at_once(url: str, rows: Sequence[Row]) -> float:
    """Give all SKUs these values in a single transaction; seconds it took."""
    return _change(url, rows, (_FIND, *_PASS_PER_KEY, *_FOLLOW))


def _change(url: str, rows: Sequence[Row], steps: Sequence[str]) -> float:
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
        for step in steps:
            cursor.execute(step)
        conn.commit()
    return time.perf_counter() - started
