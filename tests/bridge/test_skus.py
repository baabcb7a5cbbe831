"""Products whose SKU WooCommerce's lookup table does not know, in shops of any size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, select, update

from bridge.common.envelope import Reply, Status
from bridge.shop import Shop
from bridge.wordpress import unlisted
from bridge.wordpress.skus import FEW, find_by_sku
from tests.bridge.products import Products
from tests.bridge.test_update import send, status
from tests.support.shopcheck import findings


class Clock:
    """Stands still until it is told to go on; seconds."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(params=["small", "large"])
def clock(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Clock]:
    """Time for what is remembered of a large shop; a small one is always walked."""
    if request.param == "large":
        monkeypatch.setattr(unlisted, "LARGE", 1)
    clock = Clock()
    monkeypatch.setattr(unlisted, "time", clock)
    yield clock


@pytest.fixture
def products(shop: Shop) -> Products:
    return Products(shop)


def ids(shop: Shop, *skus: str) -> list[list[int]]:
    with shop.database.read() as conn:
        found = find_by_sku(conn, shop.tables, skus, include_trash=True)
    return [[product.id for product in found[sku]] for sku in skus]


def unlist(shop: Shop, ident: int) -> None:
    table = shop.tables.wc_product_meta_lookup
    with shop.database.transaction() as conn:
        conn.execute(delete(table).where(table.c.product_id == ident))


def rename(shop: Shop, ident: int, sku: str) -> None:
    """Change a SKU as somebody does who edits the database by hand."""
    metas = shop.tables.postmeta
    own = (metas.c.post_id == ident) & (metas.c.meta_key == "_sku")
    with shop.database.transaction() as conn:
        conn.execute(update(metas).where(own).values(meta_value=sku))


def test_a_product_without_a_lookup_row_is_found(
    shop: Shop, products: Products, clock: Clock
) -> None:
    lock = products["LOCK-U"].id
    unlist(shop, lock)
    assert ids(shop, "lock-u", "NO-SUCH", "PUMP-MINI")[:2] == [[lock], []]
    reply = send(shop, SKU="LOCK-U", Description="Found")
    assert status(reply) is Status.UPDATED and findings(shop) == []


def test_a_product_that_was_imported_meanwhile_is_found(
    shop: Shop, products: Products, clock: Clock
) -> None:
    assert ids(shop, "IMPORTED") == [[]]
    t, lock = shop.tables, products["LOCK-U"].id
    with shop.database.transaction() as conn:
        post = dict(
            conn.execute(select(t.posts).where(t.posts.c.ID == lock)).one()._mapping
        )
        post.pop("ID")
        key = conn.execute(t.posts.insert(), post).inserted_primary_key
        assert key is not None
        row = {"post_id": key[0], "meta_key": "_sku", "meta_value": "IMPORTED"}
        conn.execute(t.postmeta.insert(), row)
    assert ids(shop, "imported", "LOCK-U") == [[key[0]], [lock]]


def test_a_sku_changed_by_hand_is_found_after_a_while(
    shop: Shop, products: Products, clock: Clock
) -> None:
    assert ids(shop, "BY-HAND") == [[]]
    lock = products["LOCK-U"].id
    rename(shop, lock, "BY-HAND")
    clock.now += unlisted.SECONDS + 1
    assert ids(shop, "BY-HAND", "LOCK-U") == [[lock], [lock]]
    rename(shop, lock, "BACK")
    assert ids(shop, "BY-HAND") == [[]]


def test_one_in_the_trash_is_found_without_the_lookup_table(
    shop: Shop, products: Products, clock: Clock
) -> None:
    bell = products["BELL-BRASS"].id
    unlist(shop, bell)
    assert ids(shop, "BELL-BRASS") == [[bell]]


def test_many_skus_are_found_like_few(
    shop: Shop, products: Products, clock: Clock
) -> None:
    lock, pump = products["LOCK-U"].id, products["PUMP-MINI"].id
    unlist(shop, lock)
    others = [f"OTHER-{n}" for n in range(FEW)]
    found = ids(shop, "lock-u", *others, "PUMP-MINI", "LOCK-U")
    assert found[0] == found[-1] == [lock] and found[-2] == [pump]
    assert found[1:-2] == [[]] * FEW


def test_a_sku_spelled_in_two_ways_is_found_in_both(
    shop: Shop, products: Products, clock: Clock
) -> None:
    lock = products["LOCK-U"].id
    assert ids(shop, "lock-u", "LOCK-U") == [[lock], [lock]]
    unlist(shop, lock)
    assert ids(shop, "lock-u", "LOCK-U") == [[lock], [lock]]


def test_a_shop_that_lists_nothing_is_walked_through(
    shop: Shop, products: Products, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlisted, "_MOST", 1)
    lock, pump = products["LOCK-U"].id, products["PUMP-MINI"].id
    unlist(shop, lock)
    unlist(shop, pump)
    assert ids(shop, "PUMP-MINI", "LOCK-U") == [[pump], [lock]]
    rename(shop, lock, "BY-HAND")
    assert ids(shop, "BY-HAND") == [[lock]]


def test_two_uploads_of_a_new_sku_make_one_product(shop: Shop, clock: Clock) -> None:
    replies: list[Reply] = [send(shop, SKU="TWICE", Price="5") for _ in range(2)]
    assert [status(reply) for reply in replies] == [Status.CREATED, Status.UNCHANGED]
    assert findings(shop) == []
