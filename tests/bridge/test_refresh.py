"""``product/refresh`` on the sample shop, over HTTP and against both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Integer, String, cast, delete, event, func, select, update

from bridge.catalog.refresh import refresh_products
from bridge.common import phpform
from bridge.common import sample as s
from bridge.common.config import Config
from bridge.common.contract.product import read_refresh
from bridge.common.envelope import Reply
from bridge.common.errors import Unavailable
from bridge.shop import Shop
from bridge.wordpress.metas import read_metas
from bridge.wordpress.skus import find_by_sku
from tests.support.catalog import add_simple
from tests.support.shopcheck import findings, snapshot, unserialized

URL = "/wp-json/bizuno-api/v1/product/refresh"
SKUS = [i.sku for i in s.ITEMS if i.side == "both"]
SKUS += [i.child_sku(c) for i in s.ITEMS for c in i.children]


def refresh(shop: Shop, *rows: dict[str, Any], plan: bool = False) -> Reply:
    asked = read_refresh({"data": list(rows)})
    return refresh_products(shop, asked, plan=plan, source="tests")


def row(sku: str, **values: Any) -> dict[str, Any]:
    """A row as the ERP sends it."""
    price = values.pop("price", "5")
    prices = {name: price for name in ("FullPrice", "Price", "RegularPrice")}
    defaults = {"QtyStock": "3", "Weight": "1", "Type": "si", "SalePrice": ""}
    return {"SKU": sku, **defaults, **prices, **values}


def metas(shop: Shop, sku: str) -> dict[str, str | None]:
    with shop.database.read() as conn:
        (found,) = find_by_sku(conn, shop.tables, [sku], include_trash=True)[sku]
        return read_metas(conn, shop.tables, [found.id])[found.id]


def modified(shop: Shop, sku: str) -> str:
    posts = shop.tables.posts
    with shop.database.read() as conn:
        (found,) = find_by_sku(conn, shop.tables, [sku])[sku]
        stamp = conn.scalar(
            select(posts.c.post_modified_gmt).where(posts.c.ID == found.id)
        )
    return str(stamp)


def statuses(reply: Reply) -> list[str]:
    assert reply.items is not None
    return [item.status.value for item in reply.items]


def test_prices_stock_weight_and_tiers_are_taken(
    shop: Shop, bridge_client: FlaskClient, manager: dict[str, str]
) -> None:
    tiers = [{"qty": "10", "price": "60.5"}, {"qty": "4", "price": "62"}]
    sent = [
        row("LOCK-U", price="66.00", QtyStock="0", Weight="3.5", PriceTiers=tiers),
        row("LOCK-CHAIN", price="89", QtyStock="4", SalePrice="79.90", Weight="6.9"),
        row("NO-SUCH"),
    ]
    response = bridge_client.put(
        URL,
        data=phpform.encode({"data": sent}),
        headers=manager | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert response.status_code == 200
    body = response.get_json()
    assert body["result"] == "Success"
    assert body["note"] == "Updated 2 of 3 products."
    assert body["acted"] == 2
    assert [item["status"] for item in body["items"]] == [
        "updated",
        "updated",
        "missing",
    ]
    assert body["message"]["error"][0]["text"] == "Missing in WooCommerce: NO-SUCH"
    lock, chain = metas(shop, "LOCK-U"), metas(shop, "LOCK-CHAIN")
    assert (lock["_regular_price"], lock["_price"]) == ("66.00", "66.00")
    assert (lock["_stock"], lock["_stock_status"]) == ("0", "outofstock")
    assert lock["_weight"] == "3.5"
    assert unserialized(lock["_bizuno_price_tiers"]) == [
        {"qty": "4", "price": "62"},
        {"qty": "10", "price": "60.5"},
    ]
    assert (chain["_sale_price"], chain["_price"]) == ("79.90", "79.90")
    assert chain["_stock_status"] == "instock"
    assert findings(shop) == []


def test_the_same_rows_again_touch_no_row(shop: Shop) -> None:
    rows = [row(sku, price="12.5", QtyStock="3") for sku in SKUS]
    assert refresh(shop, *rows).fields["acted"]
    before = snapshot(shop)
    reply = refresh(shop, *rows)
    assert reply.fields == {
        "note": f"Updated 0 of {len(rows)} products.",
        "acted": 0,
    }
    assert set(statuses(reply)) <= {"unchanged", "missing"}
    assert snapshot(shop) == before


def test_only_changed_products_are_modified(shop: Shop) -> None:
    before = modified(shop, "LOCK-CHAIN")
    chain = row("LOCK-CHAIN", price="89", QtyStock="0", Weight="6.9")
    refresh(shop, chain, row("LOCK-U", price="65"))
    assert modified(shop, "LOCK-CHAIN") == before
    assert modified(shop, "LOCK-U") > before


def test_local_time_is_that_of_the_site(shop: Shop) -> None:
    options, posts = shop.tables.options, shop.tables.posts
    with shop.database.transaction() as conn:
        conn.execute(delete(options).where(options.c.option_name == "timezone_string"))
        name = "timezone_string"
        values = {"option_name": name, "option_value": "Asia/Kolkata"}
        conn.execute(options.insert(), values | {"autoload": "on"})
    refresh(shop, row("LOCK-U", price="65"))
    with shop.database.read() as conn:
        (found,) = find_by_sku(conn, shop.tables, ["LOCK-U"])["LOCK-U"]
        local, utc = conn.execute(
            select(posts.c.post_modified, posts.c.post_modified_gmt).where(
                posts.c.ID == found.id
            )
        ).one()
    gap = time.mktime(time.strptime(local, "%Y-%m-%d %H:%M:%S")) - time.mktime(
        time.strptime(utc, "%Y-%m-%d %H:%M:%S")
    )
    assert gap == 5.5 * 3600


def test_a_plan_says_field_by_field_what_would_change(
    bridge_client: FlaskClient, manager: dict[str, str], shop: Shop
) -> None:
    before = snapshot(shop)
    sent = {"data": [row("LOCK-U", price="66", QtyStock="0", Weight="3.4"), row("X")]}
    response = bridge_client.put(f"{URL}?plan=1", json=sent, headers=manager)
    body = response.get_json()
    assert body["acted"] == 0
    assert body["note"] == "Would update 1 of 2 products."
    assert body["items"][0]["changes"] == {
        "RegularPrice": ["64", "66"],
        "Price": ["64", "66"],
        "QtyStock": ["14", "0"],
        "StockStatus": ["instock", "outofstock"],
    }
    assert "changes" not in body["items"][1]
    assert snapshot(shop) == before


def test_one_bad_row_does_not_stop_the_others(shop: Shop) -> None:
    reply = refresh(
        shop,
        row("LOCK-U", price="1,5"),
        row("LOCK-CHAIN", price="90"),
        {"QtyStock": "1"},
        row("PUMP-MINI", price="0"),
    )
    assert statuses(reply) == ["refused", "updated", "refused", "refused"]
    assert reply.success and reply.fields["acted"] == 1
    assert metas(shop, "LOCK-U")["_price"] == "64"
    assert findings(shop) == []


def test_a_sku_twice_counts_once_and_the_last_wins(shop: Shop) -> None:
    reply = refresh(shop, row("LOCK-U", price="1"), row("lock-u", price="65"))
    assert statuses(reply) == ["unchanged", "updated"]
    assert reply.fields == {"note": "Updated 1 of 2 products.", "acted": 1}
    assert metas(shop, "LOCK-U")["_price"] == "65"


def test_a_trashed_product_is_missing_and_a_draft_stays_one(shop: Shop) -> None:
    before = metas(shop, "BELL-BRASS")
    reply = refresh(shop, row("BELL-BRASS", price="99"), row("RACK-REAR", price="59"))
    assert statuses(reply) == ["missing", "updated"]
    assert metas(shop, "BELL-BRASS") == before
    with shop.database.read() as conn:
        (rack,) = find_by_sku(conn, shop.tables, ["RACK-REAR"])["RACK-REAR"]
    assert rack.status == "draft"
    assert findings(shop) == []


def test_a_variation_of_a_trashed_product_is_missing(shop: Shop) -> None:
    posts = shop.tables.posts
    with shop.database.transaction() as conn:
        (red,) = find_by_sku(conn, shop.tables, ["BOTTLE-22-R"])["BOTTLE-22-R"]
        conn.execute(
            update(posts).where(posts.c.ID == red.parent).values(post_status="trash")
        )
    assert statuses(refresh(shop, row("BOTTLE-22-R", price="99"))) == ["missing"]


def test_a_variation_takes_its_product_along(shop: Shop) -> None:
    reply = refresh(
        shop,
        row("BOTTLE-22-R", price="13.5", QtyStock="0"),
        row("BOTTLE-22-B", price="10", QtyStock="0"),
        row("BOTTLE-22", price="99", QtyStock="99", Weight="0.19"),
    )
    assert statuses(reply) == ["updated", "updated", "unchanged"]
    assert reply.messages.as_dict()["info"]
    assert metas(shop, "BOTTLE-22")["_stock_status"] == "outofstock"
    assert modified(shop, "BOTTLE-22") == modified(shop, "BOTTLE-22-R")
    assert findings(shop) == []


def test_a_child_without_lookup_row_gets_one(shop: Shop) -> None:
    lookup = shop.tables.wc_product_meta_lookup
    with shop.database.transaction() as conn:
        conn.execute(delete(lookup).where(lookup.c.sku.in_(["LOCK-U", "BOTTLE-22-R"])))
    refresh(shop, row("LOCK-U", price="65"), row("BOTTLE-22-R", price="13"))
    assert findings(shop) == []


def test_two_products_of_one_sku_are_refused_by_name(shop: Shop) -> None:
    lookup = shop.tables.wc_product_meta_lookup
    with shop.database.transaction() as conn:
        (pump,) = find_by_sku(conn, shop.tables, ["PUMP-MINI"])["PUMP-MINI"]
        (lock,) = find_by_sku(conn, shop.tables, ["LOCK-U"])["LOCK-U"]
        conn.execute(
            update(lookup).where(lookup.c.product_id == pump.id).values(sku="LOCK-U")
        )
    reply = refresh(shop, row("LOCK-U", price="65"))
    assert reply.items is not None
    assert reply.items[0].code == "ambiguous_sku"
    assert all(str(one.id) in reply.items[0].text for one in (pump, lock))


def test_stock_management_off_keeps_only_the_status(shop: Shop) -> None:
    off = replace(shop, config=replace(shop.config, stock_management="no"))
    refresh(off, row("LOCK-U", QtyStock="0"), row("LOCK-CHAIN", QtyStock="2"))
    lock = metas(shop, "LOCK-U")
    assert (lock["_manage_stock"], lock["_stock"]) == ("no", None)
    assert lock["_stock_status"] == "outofstock"
    assert metas(shop, "LOCK-CHAIN")["_stock_status"] == "instock"
    assert findings(shop) == []


def test_backorders_keep_a_product_for_sale(shop: Shop) -> None:
    on = replace(shop, config=replace(shop.config, backorders="notify"))
    refresh(on, row("LOCK-U", QtyStock="0"))
    lock = metas(shop, "LOCK-U")
    assert (lock["_backorders"], lock["_stock_status"]) == ("notify", "onbackorder")
    assert findings(shop) == []


def test_a_doubled_meta_is_healed_on_the_way(shop: Shop) -> None:
    table = shop.tables.postmeta
    with shop.database.transaction() as conn:
        (lock,) = find_by_sku(conn, shop.tables, ["LOCK-U"])["LOCK-U"]
        for key in ("_regular_price", "_price"):
            values = {"post_id": lock.id, "meta_key": key, "meta_value": "1"}
            conn.execute(table.insert(), values)
    refresh(shop, row("LOCK-U", price="65"))
    assert findings(shop) == []


def test_the_ledger_keeps_before_and_after(shop: Shop) -> None:
    refresh(shop, row("LOCK-U", price="65"), row("LOCK-CHAIN", price="x"), row("NO"))
    ledger = shop.ledger
    with shop.database.read() as conn:
        run = conn.execute(select(ledger.runs)).one()
        items = conn.execute(select(ledger.items).order_by(ledger.items.c.id)).all()
    assert (run.kind, run.source, run.status) == ("refresh", "tests", "done")
    assert (run.asked, run.changed, run.refused) == (3, 1, 1)
    assert [item.item for item in items] == ["LOCK-U", "LOCK-CHAIN"]
    assert '"RegularPrice":["64","65"]' in items[0].changes
    assert items[1].code == "price_format"


def test_views_refuse_what_is_no_list(
    bridge_client: FlaskClient, manager: dict[str, str]
) -> None:
    for body in ({"data": []}, {"data": "x"}, {}, {"data": {"SKU": "A"}}):
        response = bridge_client.put(URL, json=body, headers=manager)
        assert response.status_code == 422
        assert response.get_json()["result"] == "Fail"
    assert bridge_client.put(URL, json={"data": [1]}).status_code == 401


def test_emoji_and_quotes_in_a_sku_do_no_harm(shop: Shop) -> None:
    skus = ["🚲", "'; DROP TABLE wp_posts; --", 'a"b\\c', "ß", "%(x)s", ":rows", "\x1f"]
    reply = refresh(shop, *(row(sku) for sku in skus))
    assert statuses(reply)[:-1] == ["missing"] * 6
    assert findings(shop) == []


@contextmanager
def counted(shop: Shop) -> Iterator[list[str]]:
    """The statements sent within the block."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = shop.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    shop: Shop,
) -> None:
    skus = add_simple(shop, 1000)
    family = ["BOTTLE-22-R", "NO-SUCH"]

    def ask(some: list[str], price: str) -> int:
        rows = [row(sku, price=price, QtyStock="0") for sku in (*some, *family)]
        with counted(shop) as sent:
            reply = refresh(shop, *rows)
        assert reply.fields["acted"] == len(some) + 1
        return len(sent)

    few = ask(skus[:100], "8")  # a handful takes even fewer
    refresh(shop, *(row(sku, price="8", QtyStock="9") for sku in (*skus, *family)))
    assert ask(skus, "9") == few
    assert findings(shop) == []


def test_whatever_is_sent_the_shop_hangs_together(shop: Shop) -> None:
    """Random rows, some broken; afterwards everything agrees and again is nothing."""
    random = Random(20261121)
    amounts = ["", "0", "x", "1,50", "3", "7.5", "12.00", "1,099.95", "250"]
    for _ in range(6):
        rows = []
        for sku in random.sample(SKUS, 25) + ["HELMET-V3", "nowhere"]:
            fields = {
                "RegularPrice": random.choice(amounts),
                "SalePrice": random.choice(amounts),
                "QtyStock": random.choice(["0", "1", "-4", "2.5", "", "9"]),
                "Weight": random.choice(["", "0", "1.5", "x"]),
                "PriceTiers": random.choice([[], [{"qty": "5", "price": "2"}]]),
            }
            kept = random.sample(sorted(fields), random.randint(0, 5))
            rows.append({"SKU": sku, **{name: fields[name] for name in kept}})
        refresh(shop, *rows)
        assert findings(shop) == []
        before = snapshot(shop)
        assert refresh(shop, *rows).fields["acted"] == 0
        assert snapshot(shop) == before


class Stopped(Exception):
    """The crash of the tests."""


def test_a_failure_at_any_statement_keeps_nothing(shop: Shop) -> None:
    tiers = [{"qty": "5", "price": "2"}]
    rows = [
        row("LOCK-U", price="65", QtyStock="0", PriceTiers=tiers),
        row("BOTTLE-22-R", price="13.5", QtyStock="0"),
        row("BOTTLE-22-B", price="10", QtyStock="0"),
        row("BIKE-M10", price="1199", SalePrice=""),
    ]
    before, ledger = snapshot(shop), shop.ledger.runs
    engine = shop.database.engine
    for step in range(1, 200, 3):
        seen = 0

        def stop(*_args: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == step:
                raise Stopped

        event.listen(engine, "before_cursor_execute", stop)
        try:
            refresh(shop, *rows)
        except Stopped:
            assert snapshot_without(engine, stop, shop) == before
            with shop.database.read() as conn:
                assert conn.scalar(select(func.count()).select_from(ledger)) == 0
        else:
            event.remove(engine, "before_cursor_execute", stop)
            break
    else:
        pytest.fail("the call never came through")
    assert step > 20
    assert findings(shop) == []


def snapshot_without(engine: Any, listener: Any, shop: Shop) -> dict[str, set[str]]:
    event.remove(engine, "before_cursor_execute", listener)
    return snapshot(shop)


@pytest.mark.parametrize("moment", ["STRAIGHT_JOIN", "wp_posts SET"])
def test_a_connection_that_dies_midway_keeps_nothing(shop: Shop, moment: str) -> None:
    if shop.database.url.startswith("sqlite"):
        pytest.skip("there is no connection to lose")
    before, engine = snapshot(shop), shop.database.engine
    killer = Shop.of(Config(bridge=shop.config)).database
    killed: list[int] = []

    def kill(conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if moment in statement and not killed:
            ident = conn.connection.thread_id()
            killed.append(ident)
            with killer.transaction() as other:
                other.exec_driver_sql(f"KILL {ident}")

    event.listen(engine, "before_cursor_execute", kill)
    with pytest.raises(Unavailable):
        refresh(shop, row("LOCK-U", price="65", QtyStock="0"))
    killer.dispose()
    assert killed
    assert snapshot(shop) == before
    assert refresh(shop, row("LOCK-U", price="65", QtyStock="0")).fields["acted"] == 1
    event.remove(engine, "before_cursor_execute", kill)
    assert findings(shop) == []


class Together:
    """Works running at once, each on connections of its own."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.failures: list[BaseException] = []

    def start(self, work: Callable[[Shop], None]) -> threading.Thread:
        def run() -> None:
            own = Shop.of(self.config)
            try:
                work(own)
            except BaseException as exc:  # shown by the assertion of the test
                self.failures.append(exc)
            finally:
                own.database.dispose()

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def test_refreshes_and_a_checkout_at_once_lose_nothing(
    shop: Shop, config: Config
) -> None:
    """Two refreshes of the same products in random order, and customers who buy."""
    if shop.database.url.startswith("sqlite"):
        pytest.skip("one writer at a time by nature")
    skus = add_simple(shop, 60)
    bought, priced = skus[:5], skus[5:]
    priced += ["BOTTLE-22-R", "BOTTLE-22-B", "BIKE-R200-52", "BIKE-R200-54"]
    done, sold = threading.Event(), []

    def refresher(seed: int) -> Callable[[Shop], None]:
        def work(own: Shop) -> None:
            random = Random(seed)
            for _ in range(12):
                price, stock = str(random.randint(5, 99)), str(random.randint(0, 3))
                rows = [row(sku, price=price, QtyStock=stock) for sku in priced]
                # price only: the quantity is the customers' affair
                rows += [{"SKU": sku, "RegularPrice": price} for sku in bought]
                random.shuffle(rows)
                assert refresh(own, *rows).success

        return work

    def customer(own: Shop) -> None:
        while not done.is_set() and len(sold) < 30:
            sku = bought[len(sold) % len(bought)]
            buy(own, sku)
            sold.append(sku)

    together = Together(config)
    checkout = together.start(customer)
    for thread in [together.start(refresher(seed)) for seed in (1, 2)]:
        thread.join(120)
    done.set()
    checkout.join(60)
    assert together.failures == []
    assert sold
    left = {sku: int(metas(shop, sku)["_stock"] or 0) for sku in bought}
    assert left == {sku: 7 - sold.count(sku) for sku in bought}
    assert findings(shop) == []


def buy(shop: Shop, sku: str) -> None:
    """Reduce stock by one as WooCommerce does: statement by statement, no transaction.

    Without the status, which changes when the last piece goes: here none does.
    """
    t = shop.tables
    with shop.database.read() as conn:
        (found,) = find_by_sku(conn, t, [sku])[sku]
    here = (t.postmeta.c.post_id == found.id) & (t.postmeta.c.meta_key == "_stock")
    stock = t.postmeta.c.meta_value
    with shop.database.transaction() as conn:
        less = cast(cast(stock, Integer) - 1, String(20))
        conn.execute(update(t.postmeta).where(here).values(meta_value=less))
    lookup = t.wc_product_meta_lookup
    with shop.database.transaction() as conn:
        left = conn.scalar(select(stock).where(here))
        conn.execute(
            update(lookup)
            .where(lookup.c.product_id == found.id)
            .values(stock_quantity=float(left or 0))
        )
