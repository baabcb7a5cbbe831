"""A genuine WooCommerce shop in small: a bicycle shop for tests and the demo.

What is in it is said in ``bridge.common.sample``, which the sample books share; the
modules here turn it into the rows WordPress and WooCommerce would have written.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select

from ..common.errors import Conflict
from ..common.sample import ORDERS, SHOP_NAME
from ..shop import Shop
from . import catalog, orders, people, site
from .rows import Rows
from .terms import Terms


def create_sample(shop: Shop) -> str:
    """Create and fill the sample shop; returns a sentence that says what is there.

    Raises Conflict, and changes nothing, when a table of WordPress holds a row.
    """

    def create(conn: Connection) -> None:
        _refuse_rows(conn, shop)
        shop.tables.metadata.create_all(conn)
        _sample_rows(shop).insert(conn)

    shop.database.run(create)
    shop.ledger.create(shop.database)
    return (
        f"The shop {SHOP_NAME} is there: {len(catalog.in_shop())} products,"
        f" {len(ORDERS)} orders, {len(people.USERS)} users."
    )


def _sample_rows(shop: Shop) -> Rows:
    rows, terms = Rows(), Terms()
    site.build(rows, shop.tables)
    people.build(rows, shop.tables)
    catalog.build(rows, shop.tables, terms)
    terms.build(rows, shop.tables)
    orders.build(rows, shop.tables)
    return rows


def _refuse_rows(conn: Connection, shop: Shop) -> None:
    """One statement per table is no matter here: this runs once in a shop's life."""
    there = set(inspect(conn).get_table_names())
    for table in shop.tables.metadata.sorted_tables:
        if table.name in there and conn.execute(select(table).limit(1)).first():
            raise Conflict(
                f"The database already holds a WordPress site (table {table.name} has"
                " rows); name an empty database in [bridge] database."
            )
