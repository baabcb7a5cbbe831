"""What the shared writers do to the sample shop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, delete, select, update

from bridge.catalog.update import update_product
from bridge.shop import Shop
from bridge.wordpress import counts, derived
from bridge.wordpress.metas import read_meta_rows, read_metas, write_metas
from bridge.wordpress.products import Product
from bridge.wordpress.skus import find_by_sku
from bridge.wordpress.transients import reset_product_caches
from tests.support.shopcheck import findings


@pytest.fixture
def conn(shop: Shop) -> Iterator[Connection]:
    with shop.database.transaction() as conn:
        yield conn


def one(conn: Connection, shop: Shop, sku: str, *, trash: bool = False) -> Product:
    (found,) = find_by_sku(conn, shop.tables, [sku], include_trash=trash)[sku]
    return found


def test_the_sample_shop_has_no_findings(shop: Shop) -> None:
    assert findings(shop) == []


def test_metas_are_set_inserted_and_removed(shop: Shop, conn: Connection) -> None:
    lock, pump = (one(conn, shop, sku).id for sku in ("LOCK-U", "PUMP-MINI"))
    wanted = {lock: {"_weight": "4", "_new": "å 🚲"}, pump: {"_stock": None}}
    touched = write_metas(conn, shop.tables, wanted, delete={pump: ["_weight", "_no"]})
    found = read_metas(conn, shop.tables, [lock, pump])
    assert touched == {lock, pump}
    assert found[lock]["_weight"] == "4"
    assert found[lock]["_new"] == "å 🚲"
    assert found[pump]["_stock"] is None
    assert "_weight" not in found[pump]


def test_metas_that_are_right_are_not_written(shop: Shop, conn: Connection) -> None:
    lock = one(conn, shop, "LOCK-U").id
    before = read_meta_rows(conn, shop.tables, [lock])
    stored = read_metas(conn, shop.tables, [lock])[lock]
    assert write_metas(conn, shop.tables, {lock: stored}) == set()
    assert read_meta_rows(conn, shop.tables, [lock]) == before


def test_a_doubled_meta_is_healed(shop: Shop, conn: Connection) -> None:
    lock = one(conn, shop, "LOCK-U").id
    row = {"post_id": lock, "meta_key": "_weight", "meta_value": "9"}
    conn.execute(shop.tables.postmeta.insert(), row)
    assert write_metas(conn, shop.tables, {lock: {"_weight": "3.4"}}) == {lock}
    rows = read_meta_rows(conn, shop.tables, [lock], ["_weight"])[lock]["_weight"]
    assert [value for _, value in rows] == ["3.4"]


def test_keys_that_differ_in_case_are_two_metas(shop: Shop, conn: Connection) -> None:
    lock = one(conn, shop, "LOCK-U").id
    write_metas(conn, shop.tables, {lock: {"attribute_Size": "S"}})
    write_metas(conn, shop.tables, {lock: {"attribute_size": "M"}})
    keys = ["attribute_size", "attribute_Size"]
    found = read_metas(conn, shop.tables, [lock], keys)[lock]
    assert found == {"attribute_Size": "S", "attribute_size": "M"}


def test_a_sku_is_found_without_regard_to_case(shop: Shop, conn: Connection) -> None:
    skus = ["lock-u", "LOCK-U", "BOTTLE-22-r", "BIKE-R200", "NO-SUCH", "", "x" * 101]
    found = find_by_sku(conn, shop.tables, skus)
    assert list(found) == skus
    assert found["lock-u"] == found["LOCK-U"]
    (bottle,), (bike,) = found["BOTTLE-22-r"], found["BIKE-R200"]
    assert bottle.type == "variation" and bottle.parent
    assert (bike.type, bike.status, bike.parent) == ("variable", "publish", 0)
    assert found["NO-SUCH"] == found[""] == found["x" * 101] == ()


def test_accents_do_not_count_in_a_sku(shop: Shop, conn: Connection) -> None:
    lock = one(conn, shop, "LOCK-U")
    assert find_by_sku(conn, shop.tables, ["LÖCK-Ú"])["LÖCK-Ú"] == (lock,)


def test_the_trash_is_found_only_when_asked_for(shop: Shop, conn: Connection) -> None:
    assert find_by_sku(conn, shop.tables, ["BELL-BRASS"])["BELL-BRASS"] == ()
    assert one(conn, shop, "BELL-BRASS", trash=True).status == "trash"


def test_a_live_product_is_preferred_to_trash(shop: Shop, conn: Connection) -> None:
    bell = one(conn, shop, "BELL-BRASS", trash=True).id
    lookup = shop.tables.wc_product_meta_lookup
    conn.execute(update(lookup).where(lookup.c.product_id == bell).values(sku="LOCK-U"))
    assert one(conn, shop, "LOCK-U", trash=True).status == "publish"


def test_without_a_lookup_row_the_meta_finds(shop: Shop, conn: Connection) -> None:
    lock = one(conn, shop, "LOCK-U")
    lookup = shop.tables.wc_product_meta_lookup
    conn.execute(delete(lookup).where(lookup.c.product_id == lock.id))
    assert one(conn, shop, "lock-u") == lock


def test_two_products_of_one_sku_are_both_named(shop: Shop, conn: Connection) -> None:
    lock, pump = (one(conn, shop, sku).id for sku in ("LOCK-U", "PUMP-MINI"))
    write_metas(conn, shop.tables, {pump: {"_sku": "LOCK-U"}})
    assert derived.rebuild_lookup(conn, shop.tables, [lock, pump]) == {pump}
    found = find_by_sku(conn, shop.tables, ["LOCK-U"])["LOCK-U"]
    assert [product.id for product in found] == sorted([lock, pump])


def test_a_lost_lookup_row_is_rebuilt_as_it_was(shop: Shop, conn: Connection) -> None:
    table = shop.tables.wc_product_meta_lookup
    query = select(table).order_by(table.c.product_id)
    before = conn.execute(query).all()
    conn.execute(delete(table))
    ids = [row.product_id for row in before]
    assert derived.rebuild_lookup(conn, shop.tables, ids) == set(ids)
    assert conn.execute(query).all() == before
    assert derived.rebuild_lookup(conn, shop.tables, ids) == set()


def test_visibility_follows_the_stock_status(shop: Shop) -> None:
    def work(conn: Connection) -> None:
        ids = [one(conn, shop, sku).id for sku in ("LOCK-U", "LOCK-CHAIN", "TUBE-700")]
        wanted = {
            ids[0]: {"_stock_status": "outofstock", "_stock": "0"},
            ids[1]: {"_stock_status": "instock", "_stock": "3"},
        }
        write_metas(conn, shop.tables, wanted)
        derived.rebuild_lookup(conn, shop.tables, ids)
        changed = derived.follow_visibility(conn, shop.tables, ids)
        assert changed == {ids[0], ids[1]}
        assert derived.follow_visibility(conn, shop.tables, ids) == set()

    shop.database.run(work)
    assert findings(shop) == []


def test_a_parent_follows_its_variations(shop: Shop) -> None:
    def work(conn: Connection) -> None:
        red, blue = (one(conn, shop, f"BOTTLE-22-{c}") for c in "RB")
        parent = red.parent
        none = {"_stock": "0", "_stock_status": "outofstock"}
        cheap = {"_price": "9.5", "_regular_price": "9.5"}
        write_metas(conn, shop.tables, {red.id: none | cheap, blue.id: none})
        derived.rebuild_lookup(conn, shop.tables, [red.id, blue.id])
        derived.follow_visibility(conn, shop.tables, [red.id, blue.id])
        assert derived.follow_variations(conn, shop.tables, [parent, 0]) == {parent}
        rows = read_meta_rows(conn, shop.tables, [parent], ["_price"])[parent]
        assert [value for _, value in rows["_price"]] == ["9.5", "11.95"]
        assert derived.follow_variations(conn, shop.tables, [parent]) == set()

    shop.database.run(work)
    assert findings(shop) == []


def test_a_disabled_variation_has_no_say(shop: Shop) -> None:
    def work(conn: Connection) -> None:
        large = one(conn, shop, "BIKE-R200-56")
        posts = shop.tables.posts
        conn.execute(
            update(posts).where(posts.c.ID == large.id).values(post_status="private")
        )
        relations = shop.tables.term_relationships
        query = select(relations.c.term_taxonomy_id)
        terms = list(conn.scalars(query.where(relations.c.object_id == large.id)))
        derived.recount_terms(conn, shop.tables, terms=terms)
        derived.follow_variations(conn, shop.tables, [large.parent])
        rows = read_meta_rows(conn, shop.tables, [large.parent], ["_price"])
        assert [v for _, v in rows[large.parent]["_price"]] == ["1499"]

    shop.database.run(work)
    assert findings(shop) == []


def test_variations_take_the_status_of_a_parent_with_stock(shop: Shop) -> None:
    def work(conn: Connection) -> None:
        red, blue = (one(conn, shop, f"BOTTLE-22-{c}") for c in "RB")
        shared = {"_manage_stock": "no", "_stock": None}
        empty = {
            "_manage_stock": "yes",
            "_stock": "0",
            "_stock_status": "outofstock",
        }
        write_metas(conn, shop.tables, {red.id: shared, red.parent: empty})
        derived.follow_visibility(conn, shop.tables, [red.parent])
        derived.rebuild_lookup(conn, shop.tables, [red.id, red.parent])
        changed = derived.follow_variations(conn, shop.tables, [red.parent])
        assert changed == {red.id}
        assert blue.id not in changed

    shop.database.run(work)
    assert findings(shop) == []


def test_a_simple_product_is_no_parent(shop: Shop, conn: Connection) -> None:
    lock = one(conn, shop, "LOCK-U").id
    assert derived.follow_variations(conn, shop.tables, [lock]) == set()


def test_counts_follow_publication_up_the_tree(shop: Shop) -> None:
    def work(conn: Connection) -> None:
        posts = shop.tables.posts
        tire = one(conn, shop, "TIRE-29-24").id
        conn.execute(
            update(posts).where(posts.c.ID == tire).values(post_status="draft")
        )
        assert derived.recount_terms(conn, shop.tables, posts=[tire])
        assert derived.recount_terms(conn, shop.tables, posts=[tire]) == set()

    shop.database.run(work)
    assert findings(shop) == []


def test_filters_follow_the_stock_status(shop: Shop) -> None:
    def work(conn: Connection) -> None:
        red = one(conn, shop, "BOTTLE-22-R")
        table = shop.tables.wc_product_attributes_lookup
        row = {
            "product_id": red.id,
            "product_or_parent_id": red.parent,
            "taxonomy": "pa_color",
            "term_id": 1,
            "is_variation_attribute": 1,
            "in_stock": 0,
        }
        conn.execute(table.insert(), row)
        derived.follow_stock_filters(conn, shop.tables, {red.id: red.parent})

    shop.database.run(work)
    assert findings(shop) == []


def test_caches_are_outdated_each_time_anew(shop: Shop, conn: Connection) -> None:
    options = shop.tables.options
    names = {
        "_transient_wc_related_5": False,
        "_transient_timeout_wc_related_5": False,
        "_transient_wc_var_prices_5": False,
        "_transient_wc_related_55": True,
        "_transient_wc_products_onsale": False,
        "_transient_wc_term_counts": True,
    }
    rows = [{"option_name": n, "option_value": "x", "autoload": "off"} for n in names]
    conn.execute(options.insert(), rows)
    name = options.c.option_name
    version = select(options.c.option_value).where(
        name == "_transient_product-transient-version"
    )
    reset_product_caches(conn, shop.tables, [5])
    first = conn.scalar(version)
    left = set(conn.scalars(select(name).where(name.in_(names))))
    assert left == {one for one, stays in names.items() if stays}
    reset_product_caches(conn, shop.tables, range(1, 400), terms=True)
    assert not conn.scalars(select(name).where(name.in_(names))).all()
    assert conn.scalar(version) != first
    reset_product_caches(conn, shop.tables, [])


def counted(shop: Shop) -> dict[str, tuple[int, str | None]]:
    """Both counts of every category and product type."""
    t = shop.tables
    total = (t.termmeta.c.term_id == t.terms.c.term_id) & (
        t.termmeta.c.meta_key == "product_count_product_cat"
    )
    query = (
        select(t.terms.c.name, t.term_taxonomy.c.count, t.termmeta.c.meta_value)
        .join(t.term_taxonomy, t.term_taxonomy.c.term_id == t.terms.c.term_id)
        .outerjoin(t.termmeta, total)
    ).where(t.term_taxonomy.c.taxonomy.in_(["product_cat", "product_type"]))
    with shop.database.read() as conn:
        return {name: (count, meta) for name, count, meta in conn.execute(query)}


def test_a_new_product_is_counted_on_in_large_terms_only(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upload(sku: str, category: str) -> None:
        data = {"SKU": sku, "Price": "5", "WooCommerceCategory": category}
        update_product(shop, {"data": data}, plan=False)

    upload("A-1", "Alpha|Beta")
    upload("A-2", "Alpha|Beta|Gamma")
    before = counted(shop)
    monkeypatch.setattr(counts, "LARGE", 2)
    upload("A-3", "Alpha|Beta|Gamma")
    after = counted(shop)
    assert after["simple"][0] == before["simple"][0] + 1
    assert [after[name] for name in ("Alpha", "Beta", "Gamma")] == [
        (3, "3"),
        (3, "3"),
        (2, "2"),
    ]
    assert findings(shop) == []
    # a large count that was wrong is no worse than before, a small one is put right
    t = shop.tables
    gamma = select(t.terms.c.term_id).where(t.terms.c.name == "Gamma").scalar_subquery()
    simple = select(t.terms.c.term_id).where(t.terms.c.name == "simple")
    with shop.database.transaction() as conn:
        for term, wrong in ((gamma, 1), (simple.scalar_subquery(), 5000)):
            rows = update(t.term_taxonomy).where(t.term_taxonomy.c.term_id == term)
            conn.execute(rows.values(count=wrong))
    upload("A-4", "Alpha|Beta|Gamma")
    assert counted(shop)["Gamma"][0] == 3
    assert counted(shop)["simple"][0] == 5001


def test_a_draft_counts_nowhere(shop: Shop) -> None:
    before = counted(shop)
    data = {"SKU": "D-1", "InactiveFlag": "1", "WooCommerceCategory": "Nowhere"}
    update_product(shop, {"data": data}, plan=False)
    after = counted(shop)
    assert {name: after[name] for name in before} == before
    assert findings(shop) == []
