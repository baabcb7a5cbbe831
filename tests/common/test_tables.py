"""The table definitions can be created on both databases."""

from __future__ import annotations

from bridge.common.database import Database
from bridge.wordpress.tables import ShopTables
from portal.books.tables import METADATA


def test_shop_tables_can_be_created(database_url: str) -> None:
    database = Database(database_url)
    with database.transaction() as conn:
        ShopTables("wp_").metadata.create_all(conn)
    database.dispose()


def test_books_tables_can_be_created(database_url: str) -> None:
    database = Database(database_url)
    with database.transaction() as conn:
        METADATA.create_all(conn)
    database.dispose()
