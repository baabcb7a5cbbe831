"""``product/sync`` on the sample shop, over HTTP and against both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from bridge.catalog.sync import sync_products
from bridge.common import phpform
from bridge.common import sample as s
from bridge.common.contract.product import SyncList
from bridge.common.envelope import Level, Reply
from bridge.shop import Shop
from bridge.wordpress.metas import read_metas, write_metas
from bridge.wordpress.products import Product
from bridge.wordpress.skus import find_by_sku
from tests.support.catalog import add_simple
from tests.support.shopcheck import findings, snapshot

URL = "/wp-json/bizuno-api/v1/product/sync"
# what Bizuno lists; its inactive item is a draft in the shop, another is in the trash
LISTED = [i.sku for i in s.ITEMS if i.side in ("both", "books")]
MISSING = {"HELMET-V3", "RACK-REAR"}


def sync(
    shop: Shop,
    skus: list[str],
    *,
    delete: bool = False,
    force: bool = False,
    plan: bool = False,
) -> Reply:
    asked = SyncList(tuple(skus), delete, force)
    return sync_products(shop, asked, plan=plan, source="tests")


def product(shop: Shop, sku: str) -> Product:
    with shop.database.read() as conn:
        (found,) = find_by_sku(conn, shop.tables, [sku], include_trash=True)[sku]
    return found


def metas(shop: Shop, ident: int) -> dict[str, str | None]:
    with shop.database.read() as conn:
        return read_metas(conn, shop.tables, [ident])[ident]


def post(shop: Shop, ident: int) -> Any:
    table = shop.tables.posts
    with shop.database.read() as conn:
        return conn.execute(select(table).where(table.c.ID == ident)).one_or_none()


def without(*skus: str) -> list[str]:
    return [sku for sku in LISTED if sku not in skus]


def test_both_directions_are_reported_and_nothing_is_written(
    shop: Shop, bridge_client: FlaskClient, manager: dict[str, str]
) -> None:
    before = snapshot(shop)
    data = {"syncTag": "x", "syncSkus": json.dumps(LISTED), "syncDelete": 0}
    response = bridge_client.post(
        URL,
        data=phpform.encode({"data": data}),
        headers=manager | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    body = response.get_json()
    assert response.status_code == 200
    assert body["result"] == "Success"
    assert body["extra"] == ["HELMET-V2"]
    assert set(body["missing"]) == MISSING
    assert "HELMET-V2" in body["message"]["info"][0]["text"]
    assert [item["SKU"] for item in body["items"]] == LISTED
    assert {i["SKU"] for i in body["items"] if i["status"] == "missing"} == MISSING
    assert snapshot(shop) == before


def test_letter_case_accents_and_blanks_do_not_count(shop: Shop) -> None:
    skus = [f" {sku.lower()} ".replace("o", "ö") for sku in LISTED]
    body = {"data": {"syncSkus": skus}}
    asked = [sku.strip() for sku in body["data"]["syncSkus"]]
    reply = sync(shop, asked)
    assert reply.fields["extra"] == ["HELMET-V2"]
    assert len(reply.fields["missing"]) == len(MISSING)


def test_blanks_around_a_sku_of_the_shop_do_not_count(shop: Shop) -> None:
    lock = product(shop, "LOCK-U")
    with shop.database.transaction() as conn:
        write_metas(conn, shop.tables, {lock.id: {"_sku": " LOCK-U "}})
    assert sync(shop, LISTED).fields["extra"] == ["HELMET-V2"]


def test_long_skus_are_compared_in_full(shop: Shop) -> None:
    lock = product(shop, "LOCK-U")
    long = "S" * 120
    with shop.database.transaction() as conn:
        write_metas(conn, shop.tables, {lock.id: {"_sku": long}})
    skus = without("LOCK-U")
    assert long in sync(shop, [*skus, "S" * 119]).fields["extra"]
    assert long not in sync(shop, [*skus, long]).fields["extra"]
    assert "Z" * 300 in sync(shop, [*skus, "Z" * 300]).fields["missing"]


def test_everything_in_step_is_told_so(shop: Shop) -> None:
    listed = [sku for sku in (*LISTED, "HELMET-V2") if sku not in MISSING]
    reply = sync(shop, listed, delete=True)
    assert reply.messages.texts(Level.SUCCESS) == ["All products are in Sync."]
    assert reply.fields == {"extra": [], "missing": [], "deleted": []}


def test_children_of_a_listed_product_are_never_extra(shop: Shop) -> None:
    children = [i.child_sku(c) for i in s.ITEMS for c in i.children]
    assert not set(children) & set(sync(shop, LISTED).fields["extra"])
    extra = sync(shop, without("BOTTLE-22")).fields["extra"]
    assert set(extra) == {"HELMET-V2", "BOTTLE-22", "BOTTLE-22-R", "BOTTLE-22-B"}


def test_extra_products_go_to_the_trash_as_wordpress_does_it(shop: Shop) -> None:
    helmet = product(shop, "HELMET-V2")
    before = post(shop, helmet.id)
    reply = sync(shop, LISTED, delete=True)
    assert reply.success and reply.fields["deleted"] == ["HELMET-V2"]
    assert reply.items is not None
    assert reply.items[-1].as_dict() == {
        "SKU": "HELMET-V2",
        "status": "deleted",
        "ID": helmet.id,
    }
    after, found = post(shop, helmet.id), metas(shop, helmet.id)
    assert after.post_status == "trash"
    assert after.post_name == f"{before.post_name}__trashed"
    assert after.post_modified > before.post_modified
    assert found["_wp_trash_meta_status"] == "publish"
    assert (found["_wp_trash_meta_time"] or "").isdigit()
    assert found["_wp_desired_post_slug"] == before.post_name
    assert findings(shop) == []
    again = sync(shop, LISTED, delete=True)
    assert again.fields["deleted"] == [] and again.fields["extra"] == []


def test_a_slug_in_the_trash_is_not_taken_twice(shop: Shop) -> None:
    helmet = product(shop, "HELMET-V2")
    bell = product(shop, "BELL-BRASS")
    taken = f"{post(shop, helmet.id).post_name}__trashed"
    table = shop.tables.posts
    with shop.database.transaction() as conn:
        conn.execute(update(table).where(table.c.ID == bell.id).values(post_name=taken))
    sync(shop, LISTED, delete=True)
    assert post(shop, helmet.id).post_name != taken


def test_variations_go_with_their_product(shop: Shop) -> None:
    red = product(shop, "BOTTLE-22-R")
    reply = sync(shop, without("BOTTLE-22"), delete=True)
    assert set(reply.fields["deleted"]) == {"HELMET-V2", "BOTTLE-22"}
    assert post(shop, red.id).post_status == "trash"
    assert post(shop, red.parent).post_status == "trash"
    assert reply.items is not None
    assert {i.status.value for i in reply.items[-4:]} == {"deleted"}
    assert findings(shop) == []


def test_a_product_with_a_listed_variation_stays(shop: Shop) -> None:
    listed = [*without("BOTTLE-22"), "BOTTLE-22-R"]
    reply = sync(shop, listed, delete=True)
    assert reply.success
    assert "BOTTLE-22" in reply.fields["extra"]
    assert reply.fields["deleted"] == ["HELMET-V2"]
    assert product(shop, "BOTTLE-22").status == "publish"
    assert reply.messages.as_dict()["warning"]
    assert reply.items is not None
    codes = {item.key: item.code for item in reply.items if item.code}
    assert codes == {"BOTTLE-22": "listed_variation", "BOTTLE-22-B": "variation"}


def test_variations_of_a_product_without_sku_are_reported_but_stay(shop: Shop) -> None:
    parent = product(shop, "BOTTLE-22").id
    with shop.database.transaction() as conn:
        write_metas(conn, shop.tables, {}, delete={parent: ["_sku"]})
    reply = sync(shop, without("BOTTLE-22"), delete=True)
    assert set(reply.fields["extra"]) == {"HELMET-V2", "BOTTLE-22-R", "BOTTLE-22-B"}
    assert reply.fields["deleted"] == ["HELMET-V2"]


def test_drafts_and_trash_do_not_count(shop: Shop) -> None:
    listed = without("RACK-REAR", "BELL-BRASS")
    assert sync(shop, listed).fields["extra"] == ["HELMET-V2"]


def test_a_mass_removal_is_refused_with_the_list(shop: Shop) -> None:
    before = snapshot(shop)
    reply = sync(shop, LISTED[:3], delete=True)
    assert not reply.success and reply.status == 200
    assert len(reply.fields["extra"]) > 20
    assert reply.fields["deleted"] == []
    (error,) = reply.messages.as_dict()["error"]
    assert "syncForce=1" in error["text"] and "sync_delete_max" in error["text"]
    assert snapshot(shop) == before
    with shop.database.read() as conn:
        assert conn.scalar(select(shop.ledger.runs.c.status)) == "refused"


def test_force_removes_it_all_the_same(
    shop: Shop, bridge_client: FlaskClient, manager: dict[str, str]
) -> None:
    data = {"syncSkus": LISTED[:3], "syncDelete": "1", "syncForce": "1"}
    response = bridge_client.post(URL, json={"data": data}, headers=manager)
    assert response.get_json()["result"] == "Success"
    posts = shop.tables.posts
    with shop.database.read() as conn:
        left = conn.scalar(
            select(func.count()).where(
                posts.c.post_type == "product", posts.c.post_status == "publish"
            )
        )
    assert left == 3
    assert findings(shop) == []


def test_five_products_may_always_go(shop: Shop) -> None:
    none = replace(shop, config=replace(shop.config, sync_delete_max=0))
    simple = [i.sku for i in s.ITEMS if i.side == "both" and not i.children]
    gone = [sku for sku in simple if sku not in MISSING][:5]
    assert not sync(none, without(*gone), delete=True).success  # with HELMET-V2 six
    assert sync(none, [*without(*gone), "HELMET-V2"], delete=True).success


def test_the_limit_is_a_share_of_the_catalog(shop: Shop) -> None:
    skus = add_simple(shop, 100)
    listed = [*LISTED, "HELMET-V2"]
    assert not sync(shop, [*listed, *skus[20:]], delete=True).success
    assert sync(shop, [*listed, *skus[12:]], delete=True).success
    assert findings(shop) == []


@pytest.mark.parametrize("how", ["draft", "delete"])
def test_other_ways_to_remove(shop: Shop, how: str) -> None:
    own = replace(shop, config=replace(shop.config, sync_delete=how))
    red = product(shop, "BOTTLE-22-R")
    listed = without("BOTTLE-22", "LOCK-U")
    assert sync(own, listed, delete=True).success
    parent = post(shop, red.parent)
    if how == "draft":
        assert parent.post_status == "draft"
        assert post(shop, red.id).post_status == "publish"
    else:
        assert parent is None and post(shop, red.id) is None
        ids = [red.id, red.parent]
        t = shop.tables
        with shop.database.read() as conn:
            for column in (
                t.postmeta.c.post_id,
                t.term_relationships.c.object_id,
                t.wc_product_meta_lookup.c.product_id,
            ):
                query = select(func.count()).where(column.in_(ids))
                assert conn.scalar(query) == 0
    assert findings(shop) == []


def test_pictures_of_a_product_deleted_for_good_belong_to_nothing(shop: Shop) -> None:
    helmet, posts = product(shop, "HELMET-V2").id, shop.tables.posts
    row = {
        "post_author": 0,
        "post_title": "helmet",
        "post_content": "",
        "post_excerpt": "",
        "post_content_filtered": "",
        "to_ping": "",
        "pinged": "",
        "post_type": "attachment",
        "post_parent": helmet,
    }
    with shop.database.transaction() as conn:
        key = conn.execute(posts.insert(), row).inserted_primary_key
    assert key is not None
    own = replace(shop, config=replace(shop.config, sync_delete="delete"))
    sync(own, LISTED, delete=True)
    assert post(shop, helmet) is None
    assert post(shop, key[0]).post_parent == 0


def test_reviews_go_to_the_trash_and_are_deleted_with_the_product(shop: Shop) -> None:
    helmet = product(shop, "HELMET-V2").id
    comments, commentmeta = shop.tables.comments, shop.tables.commentmeta
    with shop.database.transaction() as conn:
        key = conn.execute(
            comments.insert(),
            {
                "comment_post_ID": helmet,
                "comment_author": "Anna",
                "comment_content": "Fits.",
                "comment_type": "review",
            },
        ).inserted_primary_key
        assert key is not None
        meta = {"comment_id": key[0], "meta_key": "rating", "meta_value": "5"}
        conn.execute(commentmeta.insert(), meta)
    sync(shop, LISTED, delete=True)
    with shop.database.read() as conn:
        query = select(comments.c.comment_approved)
        assert (
            conn.scalar(query.where(comments.c.comment_ID == key[0])) == "post-trashed"
        )
    kept = metas(shop, helmet)["_wp_trash_meta_comments_status"]
    assert kept == f'a:1:{{i:{key[0]};s:1:"1";}}'
    table = shop.tables.posts
    with shop.database.transaction() as conn:
        values = {"post_status": "publish"}
        conn.execute(update(table).where(table.c.ID == helmet).values(values))
    own = replace(shop, config=replace(shop.config, sync_delete="delete"))
    sync(own, LISTED, delete=True)
    with shop.database.read() as conn:
        for column in (comments.c.comment_ID, commentmeta.c.comment_id):
            assert not conn.scalar(select(func.count()).where(column == key[0]))


def test_a_plan_removes_nothing(
    shop: Shop, bridge_client: FlaskClient, manager: dict[str, str]
) -> None:
    before = snapshot(shop)
    data = {"syncSkus": LISTED, "syncDelete": "1"}
    response = bridge_client.post(f"{URL}?plan=1", json={"data": data}, headers=manager)
    body = response.get_json()
    assert body["deleted"] == ["HELMET-V2"]
    assert "would be" in body["message"]["success"][0]["text"]
    assert snapshot(shop) == before


def test_without_a_list_nothing_happens(
    shop: Shop, bridge_client: FlaskClient, manager: dict[str, str]
) -> None:
    before = snapshot(shop)
    for data in ({"syncDelete": "1"}, {"syncDelete": "1", "syncSkus": "[]"}, [], ""):
        response = bridge_client.post(URL, json={"data": data}, headers=manager)
        assert response.status_code == 422
        assert response.get_json()["result"] == "Fail"
    assert snapshot(shop) == before
