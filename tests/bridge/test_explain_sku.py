"""``bizuno-bridge explain SKU``: the story of a product on this side."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from bridge.catalog.calls import Kind, call
from bridge.catalog.ownership import owners
from bridge.catalog.story import tell_sku
from bridge.catalog.update_edit import FIELD_NAMES
from bridge.shop import Shop
from bridge.wordpress.stock import StockRules
from tests.support.shopcheck import snapshot

from .products import Products
from .test_cli import Run, run

__all__ = ["run"]  # a fixture
CHILD = "JERSEY-RC-SR"


def send(shop: Shop, kind: Kind, data: Any) -> None:
    reply = call(shop, kind, {"data": data}, {}, plan=False, source="erp")
    assert reply.success


def told(run: Run, *words: str) -> dict[str, Any]:
    result = run("explain", *words, "--json")
    assert result.exit_code == 0, result.output
    story: dict[str, Any] = json.loads(result.stdout)
    return story


def field(story: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [f for f in story["products"][0]["fields"] if f["field"] == name]
    return found


def test_the_fields_their_owners_and_values_are_told(run: Run) -> None:
    story = told(run, "CHAIN-11")
    assert field(story, "RegularPrice")["value"] == "39"
    assert field(story, "RegularPrice")["owner"] == "Bizuno"
    assert field(story, "SaleFrom")["owner"] == "shop"
    assert field(story, "Status")["owner"] == "shop"
    assert field(story, "WooCommerceCategory")["value"] == ["Components", "Drivetrain"]
    assert field(story, "invAccessory")["value"] == ["TOOL-CHAIN", "LUBE-DRY"]
    assert "No push has changed it" in run("explain", "CHAIN-11").output


def test_the_history_has_before_after_source_and_time(run: Run, shop: Shop) -> None:
    send(shop, Kind.REFRESH, [{"SKU": "CHAIN-11", "Price": "41.00"}])
    send(shop, Kind.REFRESH, [{"SKU": "chain-11", "Price": "42.00"}])
    send(shop, Kind.UPDATE, {"SKU": "CHAIN-11", "Description": "Chain"})
    story = told(run, "sku", "CHAIN-11")
    calls = [(one["call"], one["source"]) for one in story["history"]]
    assert calls == [("refresh", "erp"), ("refresh", "erp"), ("update", "erp")]
    prices = [one["changes"].get("RegularPrice") for one in story["history"]]
    assert prices[:2] == [["39", "41.00"], ["41.00", "42.00"]]
    assert story["history"][0]["when"].endswith("+00:00")
    output = run("explain", "CHAIN-11").output
    assert "RegularPrice: 41.00 → 42.00" in output
    assert "Last changed by a push: " in output
    assert "update by erp" in output


def test_a_refused_push_is_told_and_is_no_change(run: Run, shop: Shop) -> None:
    send(shop, Kind.REFRESH, [{"SKU": "CHAIN-11", "Price": "0"}])
    output = run("explain", "CHAIN-11").output
    assert "refresh by erp  refused: RegularPrice is 0" in output
    assert "No push has changed it" in output


def test_an_unknown_sku_ends_with_status_1(run: Run) -> None:
    result = run("explain", "NOT-HERE")
    assert result.exit_code == 1
    assert "No product of the shop has this SKU" in result.output


def test_a_deleted_product_still_has_its_history(run: Run, shop: Shop) -> None:
    shop = replace(shop, config=replace(shop.config, sync_delete="delete"))
    asked = {"syncSkus": ["CHAIN-11"], "syncDelete": "1", "syncForce": "1"}
    send(shop, Kind.SYNC, asked)
    result = run("explain", "HELMET-V2")
    assert result.exit_code == 1
    assert "sync by erp  deleted" in result.output
    assert "Status: publish → deleted" in result.output


def test_a_product_in_the_trash_says_so(run: Run, shop: Shop) -> None:
    asked = {"syncSkus": ["CHAIN-11"], "syncDelete": "1", "syncForce": "1"}
    send(shop, Kind.SYNC, asked)
    output = run("explain", "HELMET-V2").output
    assert "an upload restores it" in output
    assert "Status: publish → trash" in output


def test_a_duplicate_names_both_products(run: Run, shop: Shop) -> None:
    products = Products(shop)
    one, other = products["CHAIN-11"].id, products["CHAIN-12"].id
    t = shop.tables
    with shop.database.transaction() as conn:
        for table, owner, column in (
            (t.postmeta, t.postmeta.c.post_id, "meta_value"),
            (t.wc_product_meta_lookup, t.wc_product_meta_lookup.c.product_id, "sku"),
        ):
            query = update(table).where(owner == other)
            if table is t.postmeta:
                query = query.where(t.postmeta.c.meta_key == "_sku")
            conn.execute(query.values({column: "CHAIN-11"}))
    output = run("explain", "CHAIN-11").output
    assert f"The products {one} and {other} both have this SKU" in output


def test_a_variation_names_its_product_and_knows_its_pushes(
    run: Run, shop: Shop
) -> None:
    parent = Products(shop)["JERSEY-RC"].id
    send(shop, Kind.REFRESH, [{"SKU": CHILD, "Price": "66.00"}])
    options = {
        "attributes": [{"name": "Size", "options": ["Small"]}],
        "variations": [
            {"sku": CHILD, "attributes": {"Size": "Small"}, "regular_price": "67.00"}
        ],
    }
    send(shop, Kind.UPDATE, {"SKU": "JERSEY-RC", "Type": "ms", "invOptions": options})
    output = run("explain", CHILD).output
    assert f"a variation of product {parent} (JERSEY-RC)" in output
    assert "RegularPrice: 66.00 → 67.00" in output
    assert "with its product JERSEY-RC" in output
    assert "WooCommerceSlug" not in output
    assert field(told(run, CHILD), "invOptions")["value"] == {"size": "Small"}


def test_a_variation_whose_product_lies_in_the_trash_says_so(
    run: Run, shop: Shop
) -> None:
    posts = shop.tables.posts
    with shop.database.transaction() as conn:
        conn.execute(
            update(posts)
            .where(posts.c.ID == Products(shop)["JERSEY-RC"].id)
            .values(post_status="trash")
        )
    assert "Its product lies in the trash" in run("explain", CHILD).output


def test_explaining_writes_nothing(run: Run, shop: Shop) -> None:
    before = snapshot(shop)
    run("explain", "JERSEY-RC")
    assert snapshot(shop) == before


def test_every_sku_of_the_sample_can_be_told(shop: Shop) -> None:
    with shop.database.read() as conn:
        lookup = shop.tables.wc_product_meta_lookup
        skus = [row.sku for row in conn.execute(lookup.select()) if row.sku]
    for sku in skus:
        assert [one.fields for one in tell_sku(shop, sku).holders], sku


def owned(kind: str, **options: Any) -> dict[str, str]:
    settings = {"unpublish_inactive": False, "yoast": False, **options}
    found = owners(kind, StockRules(), **settings)
    return {one.field: one.side for one in found}


def test_every_field_that_a_push_writes_has_an_owner() -> None:
    assert set(FIELD_NAMES.values()) <= set(owned("simple"))


@pytest.mark.parametrize(
    ("kind", "options", "field", "side"),
    [
        ("simple", {}, "QtyStock", "Bizuno"),
        ("external", {}, "QtyStock", "shop"),
        ("external", {}, "RegularPrice", "Bizuno"),
        ("variable", {}, "RegularPrice", "shop"),
        ("variation", {}, "RegularPrice", "Bizuno"),
        ("grouped", {}, "Price", "shop"),
        ("simple", {"unpublish_inactive": True}, "Status", "Bizuno"),
        ("simple", {"yoast": True}, "MetaDescription", "Bizuno"),
    ],
)
def test_who_owns_what_depends_on_kind_and_settings(
    kind: str, options: dict[str, Any], field: str, side: str
) -> None:
    assert owned(kind, **options)[field] == side
