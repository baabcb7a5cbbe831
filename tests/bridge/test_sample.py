"""The sample shop is one that WooCommerce itself could have written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, func, select

from bridge import cli
from bridge.common import phpdata
from bridge.common import sample as s
from bridge.common.errors import Conflict
from bridge.sample import create_sample
from bridge.shop import Shop
from bridge.wordpress.options import read_options


@pytest.fixture
def conn(shop: Shop) -> Iterator[Connection]:
    with shop.database.read() as conn:
        yield conn


def metas(conn: Connection, shop: Shop) -> dict[int, dict[str, list[str | None]]]:
    """Post ID to meta key to values, in the order they were written."""
    table = shop.tables.postmeta
    found: dict[int, dict[str, list[str | None]]] = defaultdict(dict)
    for row in conn.execute(select(table).order_by(table.c.meta_id)):
        found[row.post_id].setdefault(row.meta_key, []).append(row.meta_value)
    return found


def posts(conn: Connection, shop: Shop, kind: str) -> dict[int, str]:
    """Post ID to status."""
    table = shop.tables.posts
    query = select(table.c.ID, table.c.post_status).where(table.c.post_type == kind)
    return {row.ID: row.post_status for row in conn.execute(query)}


def relations(conn: Connection, shop: Shop, taxonomy: str) -> dict[int, set[str]]:
    """Post ID to the names of its terms."""
    t = shop.tables
    query = (
        select(t.term_relationships.c.object_id, t.terms.c.name)
        .join(
            t.term_taxonomy,
            t.term_taxonomy.c.term_taxonomy_id
            == t.term_relationships.c.term_taxonomy_id,
        )
        .join(t.terms, t.terms.c.term_id == t.term_taxonomy.c.term_id)
        .where(t.term_taxonomy.c.taxonomy == taxonomy)
    )
    found: dict[int, set[str]] = defaultdict(set)
    for row in conn.execute(query):
        found[row.object_id].add(row.name)
    return found


def test_every_item_of_the_shared_list_is_there(shop: Shop, conn: Connection) -> None:
    lookup = shop.tables.wc_product_meta_lookup
    skus = set(conn.execute(select(lookup.c.sku)).scalars())
    wanted = {i.sku for i in s.ITEMS if i.side != "books"}
    wanted |= {i.child_sku(c) for i in s.ITEMS for c in i.children}
    assert skus == wanted


def test_each_product_has_one_type_and_a_category(shop: Shop, conn: Connection) -> None:
    products = posts(conn, shop, "product")
    kinds = relations(conn, shop, "product_type")
    categories = relations(conn, shop, "product_cat")
    assert {ident: len(kinds[ident]) for ident in products} == dict.fromkeys(
        products, 1
    )
    assert all(categories[ident] for ident in products)
    assert not set(posts(conn, shop, "product_variation")) & {*kinds, *categories}


def test_the_lookup_agrees_with_the_metas(shop: Shop, conn: Connection) -> None:
    stored = metas(conn, shop)
    for row in conn.execute(select(shop.tables.wc_product_meta_lookup)):
        meta = stored[row.product_id]
        prices = [Decimal(price or 0) for price in meta["_price"]]
        assert [row.sku, row.stock_status] == [
            meta["_sku"][0],
            meta["_stock_status"][0],
        ]
        assert [row.min_price, row.max_price] == [prices[0], prices[-1]]
        assert row.onsale == int("_sale_price" in meta)
        managed = meta["_manage_stock"] == ["yes"]
        wanted = Decimal(meta["_stock"][0] or 0) if managed else None
        assert row.stock_quantity == wanted


def test_a_product_without_stock_carries_the_visibility_term(
    shop: Shop, conn: Connection
) -> None:
    hidden = relations(conn, shop, "product_visibility")
    for ident, meta in metas(conn, shop).items():
        if "_sku" in meta:
            out = meta["_stock_status"] == ["outofstock"]
            assert ("outofstock" in hidden[ident]) == out


def test_a_variable_product_shows_the_prices_of_its_variations(
    shop: Shop, conn: Connection
) -> None:
    stored = metas(conn, shop)
    posts_ = shop.tables.posts
    children: dict[int, set[Decimal]] = defaultdict(set)
    query = select(posts_).where(posts_.c.post_type == "product_variation")
    for row in conn.execute(query):
        children[row.post_parent].add(Decimal(stored[row.ID]["_price"][0] or 0))
    assert len(children) >= 3
    for parent, prices in children.items():
        shown = [Decimal(price or 0) for price in stored[parent]["_price"]]
        assert shown == sorted(prices)
        assert "_regular_price" not in stored[parent]


def test_variations_choose_among_the_options_of_their_parent(
    shop: Shop, conn: Connection
) -> None:
    stored = metas(conn, shop)
    table = shop.tables.posts
    query = select(table).where(table.c.post_type == "product_variation")
    for row in conn.execute(query):
        parent = phpdata.loads(stored[row.post_parent]["_product_attributes"][0] or "")
        for key, values in stored[row.ID].items():
            if key.startswith("attribute_"):
                options = parent[key.removeprefix("attribute_")]
                assert options["is_variation"] == 1
                assert values[0] in options["value"].split(" | ")


def test_terms_count_their_published_objects(shop: Shop, conn: Connection) -> None:
    t = shop.tables
    published = {
        ident
        for kind in ("product", "product_variation")
        for ident, status in posts(conn, shop, kind).items()
        if status == "publish"
    }
    counted: dict[int, int] = defaultdict(int)
    for row in conn.execute(select(t.term_relationships)):
        counted[row.term_taxonomy_id] += row.object_id in published
    for row in conn.execute(select(t.term_taxonomy)):
        assert row.count == counted[row.term_taxonomy_id]


def test_a_category_counts_the_products_below_it_too(
    shop: Shop, conn: Connection
) -> None:
    t = shop.tables
    query = (
        select(t.termmeta.c.meta_value)
        .join(t.terms, t.terms.c.term_id == t.termmeta.c.term_id)
        .where(t.termmeta.c.meta_key == "product_count_product_cat")
    )
    wanted = [i for i in s.ITEMS if i.path[0] == "Components" and i.side == "both"]
    found = conn.execute(query.where(t.terms.c.name == "Components")).scalar_one()
    assert found == str(len(wanted))


def test_each_category_is_looked_up_under_itself_and_its_ancestors(
    shop: Shop, conn: Connection
) -> None:
    t = shop.tables
    query = select(t.term_taxonomy).where(t.term_taxonomy.c.taxonomy == "product_cat")
    parents = {row.term_id: row.parent for row in conn.execute(query)}
    wanted = set()
    for ident in parents:
        above = ident
        while above:
            wanted.add((above, ident))
            above = parents[above]
    assert {tuple(row) for row in conn.execute(select(t.wc_category_lookup))} == wanted


def test_draft_and_trash_are_represented(shop: Shop, conn: Connection) -> None:
    statuses = list(posts(conn, shop, "product").values())
    assert statuses.count("draft") == statuses.count("trash") == 1


def test_order_3044_is_in_processing_with_two_lines_shipping_and_tax(
    shop: Shop, conn: Connection
) -> None:
    t = shop.tables
    order = conn.execute(select(t.wc_orders).where(t.wc_orders.c.id == 3044)).one()
    items = conn.execute(
        select(t.woocommerce_order_items.c.order_item_type).where(
            t.woocommerce_order_items.c.order_id == 3044
        )
    )
    assert order.status == "wc-processing"
    assert sorted(items.scalars()) == ["line_item", "line_item", "shipping", "tax"]


def test_lines_shipping_and_tax_add_up_to_each_total(
    shop: Shop, conn: Connection
) -> None:
    t = shop.tables
    meta = t.woocommerce_order_itemmeta
    items = t.woocommerce_order_items
    amounts = ("_line_total", "_line_tax", "cost", "total_tax")
    query = (
        select(items.c.order_id, meta.c.meta_value)
        .join(meta, meta.c.order_item_id == items.c.order_item_id)
        .where(meta.c.meta_key.in_(amounts))
    )
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for row in conn.execute(query):
        sums[row.order_id] += Decimal(row.meta_value)
    totals = {row.id: row.total_amount for row in conn.execute(select(t.wc_orders))}
    assert sums == totals
    assert set(totals) == {order.number for order in s.ORDERS}


def test_orders_have_a_placeholder_statistics_and_counted_notes(
    shop: Shop, conn: Connection
) -> None:
    t = shop.tables
    holders = {
        row.ID: row.comment_count
        for row in conn.execute(
            select(t.posts).where(t.posts.c.post_type == "shop_order_placehold")
        )
    }
    notes: dict[int, int] = dict.fromkeys(holders, 0)
    for row in conn.execute(select(t.comments)):
        notes[row.comment_post_ID] += 1
    assert holders == notes
    orders = {row.id: row.status for row in conn.execute(select(t.wc_orders))}
    stats = {row.order_id: row.status for row in conn.execute(select(t.wc_order_stats))}
    assert set(orders) == set(holders) and stats == orders


def test_every_serialized_value_can_be_read(shop: Shop, conn: Connection) -> None:
    t = shop.tables
    for column in (
        t.options.c.option_value,
        t.postmeta.c.meta_value,
        t.usermeta.c.meta_value,
        t.woocommerce_order_itemmeta.c.meta_value,
    ):
        found = conn.execute(select(column).where(column.like("a:%")))
        for value in found.scalars():
            phpdata.loads(value)


def test_the_plugin_options_name_the_prefix_of_the_sample(
    shop: Shop, conn: Connection
) -> None:
    options = read_options(conn, shop.tables, ["bizuno_api_options"])
    plugin = phpdata.loads(options["bizuno_api_options"])
    assert plugin["prefix_order"] == s.ORDER_PREFIX
    assert plugin["inv_stock_mgt"] == "on"


def test_it_refuses_a_database_that_holds_a_site(shop: Shop) -> None:
    table = shop.tables.posts
    with shop.database.read() as conn:
        before = conn.execute(select(func.count()).select_from(table)).scalar()
    with pytest.raises(Conflict, match="empty database"):
        create_sample(shop)
    with shop.database.read() as conn:
        after = conn.execute(select(func.count()).select_from(table)).scalar()
    assert after == before


def test_the_command_creates_it_and_refuses_the_second_time(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "bridge.ini"
    file.write_text(f"[bridge]\ndatabase = {database_url}\ntable_prefix = rc_\n")
    runner = CliRunner()
    first = runner.invoke(cli.main, ["--config", str(file), "init-sample"])
    assert first.exit_code == 0, first.output
    assert s.SHOP_NAME in first.output
    again = runner.invoke(cli.main, ["--config", str(file), "init-sample"])
    assert again.exit_code == 1
    assert "empty database" in again.output
