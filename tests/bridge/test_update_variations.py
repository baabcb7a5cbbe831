"""Variable products: variations matched by SKU, types that change, children alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bridge.common import phpdata
from bridge.common.envelope import Level, Status
from bridge.shop import Shop
from tests.bridge.products import Products
from tests.bridge.test_update import send, status
from tests.support.shopcheck import findings

CHOICES = [
    {"name": "Size", "options": ["S", "M", "L"]},
    {"name": "Color", "options": ["Red", "Green"]},
]


def one(code: str, size: str, color: str, **more: Any) -> dict[str, Any]:
    """A variation in the plugin's documented format."""
    return {"sku": f"MS-{code}", "attributes": {"Size": size, "Color": color}} | more


SHIRT = {
    "SKU": "MS",
    "Type": "ms",
    "Description": "Shirt",
    "Price": "10",
    "QtyStock": "8",
    "WeightUOM": "LB",
    "WooCommerceCategory": "Apparel",
    "sendMode": "3",
}
OPTIONS = {
    "attributes": CHOICES,
    "variations": [
        one("SR", "S", "Red", regular_price="10", sale_price="", stock_qty="5"),
        one("MG", "M", "Green", regular_price="12.5", sale_price="11", stock_qty="0"),
        one("LR", "L", "Red", regular_price="15", sale_price="", stock_qty="3"),
    ],
}


@pytest.fixture
def products(shop: Shop) -> Products:
    """The shop's products as a person sees them."""
    return Products(shop)


def shirt(shop: Shop, **more: Any) -> Any:
    """Upload the shirt."""
    return send(shop, **(SHIRT | {"invOptions": OPTIONS} | more))


def test_new_variable_product_has_its_variations(
    shop: Shop, products: Products
) -> None:
    assert status(shirt(shop)) is Status.CREATED
    parent = products["MS"]
    assert parent.terms("product_type") == ["variable"]
    assert "_regular_price" not in parent.metas
    assert parent.metas["_manage_stock"] == "no" and parent.metas["_stock"] is None
    assert parent.prices == ("10", "11", "15")
    size = parent.attributes["size"]
    assert (size["value"], size["is_variation"]) == ("S | M | L", 1)
    default = phpdata.loads(parent.metas["_default_attributes"] or "")
    assert default == {"size": "S", "color": "Red"}
    first, second, third = products.variations("MS")
    assert first.metas["attribute_size"] == "S"
    assert first.metas["attribute_color"] == "Red"
    assert first.post["post_title"] == "Shirt - S, Red"
    assert first.post["post_excerpt"] == "Size: S, Color: Red"
    assert first.post["post_name"] == f"product-{parent.id}-variation"
    assert first.post["comment_status"] == "closed"
    assert first.metas["_tax_class"] == "parent"
    assert second.metas["_stock_status"] == "outofstock"
    assert (second.metas["_sale_price"], second.metas["_price"]) == ("11", "11")
    assert (third.metas["_stock"], third.metas["_manage_stock"]) == ("3", "yes")
    assert findings(shop) == []


def test_same_variations_again_change_nothing(shop: Shop, products: Products) -> None:
    shirt(shop)
    before = products.snapshot()
    assert status(shirt(shop)) is Status.UNCHANGED
    assert products.snapshot() == before


def test_format_of_the_real_client_is_understood(
    shop: Shop, products: Products
) -> None:
    """No regular price: the parent's counts; a sale of 0 is none; stock is stock."""
    options = {
        "attributes": CHOICES[:1],
        "variations": [
            {
                "sku": "MS-S",
                "sale_price": "0",
                "weight": "0.5",
                "stock": "4",
                "attributes": {"Size": "S"},
            },
            {
                "sku": "MS-M",
                "sale_price": "8.5",
                "weight": "0.4",
                "stock": "0",
                "attributes": {"size": "m"},
            },
        ],
    }
    shirt(shop, invOptions=options)
    small, medium = products.variations("MS")
    assert (small.metas["_price"], small.metas["_weight"]) == ("10", "0.5")
    assert "_sale_price" not in small.metas
    assert (medium.metas["_regular_price"], medium.metas["_price"]) == ("10", "8.5")
    assert medium.metas["attribute_size"] == "M"  # spelled as among the options
    assert findings(shop) == []


def test_variations_no_longer_sent_are_deleted(shop: Shop, products: Products) -> None:
    shirt(shop)
    gone = products["MS-LR"].id
    fewer = OPTIONS | {"variations": OPTIONS["variations"][:2]}
    assert status(shirt(shop, invOptions=fewer)) is Status.UPDATED
    assert "MS-LR" not in products
    assert products["MS"].prices == ("10", "11")
    with shop.database.read() as conn:
        t = shop.tables
        for table, column in (
            (t.postmeta, "post_id"),
            (t.wc_product_meta_lookup, "product_id"),
            (t.term_relationships, "object_id"),
        ):
            query = select(table).where(table.c[column] == gone)
            assert conn.execute(query).first() is None
    assert findings(shop) == []


def test_variations_are_matched_by_sku_not_by_place(
    shop: Shop, products: Products
) -> None:
    shirt(shop)
    ids = {sku: products[sku].id for sku in ("MS-SR", "MS-MG", "MS-LR")}
    turned = OPTIONS | {"variations": OPTIONS["variations"][::-1]}
    shirt(shop, invOptions=turned)
    assert {sku: products[sku].id for sku in ids} == ids
    assert products["MS-LR"].post["menu_order"] == 0
    assert products["MS-LR"].metas["attribute_size"] == "L"


def test_ms_without_options_leaves_variations_alone(
    shop: Shop, products: Products
) -> None:
    shirt(shop)
    before = products.snapshot()
    assert status(send(shop, **SHIRT)) is Status.UNCHANGED
    reply = send(shop, **SHIRT, invOptions={"attributes": CHOICES})
    assert status(reply) is Status.UNCHANGED
    assert reply.messages.texts(Level.WARNING)
    assert products.snapshot() == before


def test_new_name_reaches_the_variations(shop: Shop, products: Products) -> None:
    shirt(shop)
    send(shop, **(SHIRT | {"Description": "Blouse"}))
    assert products["MS-SR"].post["post_title"] == "Blouse - S, Red"


def test_type_without_ms_keeps_a_variable_product(
    shop: Shop, products: Products
) -> None:
    """Only a type of Bizuno's own turns it into a simple one."""
    shirt(shop)
    send(shop, SKU="MS", Price="9")
    reply = send(shop, SKU="MS", Type="zz", Price="9")
    assert reply.messages.texts(Level.WARNING)
    assert products["MS"].terms("product_type") == ["variable"]
    assert len(products.variations("MS")) == 3


def test_simple_product_becomes_variable(shop: Shop, products: Products) -> None:
    send(shop, SKU="MS", Type="si", Description="Shirt", Price="10", SalePrice="9")
    ident = products["MS"].id
    shirt(shop)
    parent = products["MS"]
    assert parent.id == ident
    assert parent.terms("product_type") == ["variable"]
    assert "_regular_price" not in parent.metas and "_sale_price" not in parent.metas
    assert parent.prices == ("10", "11", "15")
    assert findings(shop) == []


def test_variable_product_becomes_simple(shop: Shop, products: Products) -> None:
    shirt(shop)
    reply = send(shop, **(SHIRT | {"Type": "si", "Price": "10"}))
    assert status(reply) is Status.UPDATED
    found = products["MS"]
    assert found.terms("product_type") == ["simple"]
    assert found.prices == ("10",)
    assert found.metas["_stock"] == "8"
    assert found.attributes == {}
    assert "_default_attributes" not in found.metas
    assert products.variations("MS") == []
    assert findings(shop) == []


def test_attributes_stand_beside_the_choices(shop: Shop, products: Products) -> None:
    rows = [
        {"index": "Fabric", "title": "Fabric", "value": "Cotton"},
        {"index": "Size", "title": "Size", "value": "all"},
    ]
    shirt(shop, Attributes=rows)
    found = products["MS"].attributes
    assert list(found) == ["size", "color", "fabric"]
    assert (found["size"]["is_variation"], found["fabric"]["is_variation"]) == (1, 0)
    assert products["MS"].metas["biz_size"] == "all"
    # without Attributes those there are stay, without invOptions the choices do
    shirt(shop)
    send(shop, **SHIRT, Attributes=rows[:1])
    assert list(products["MS"].attributes) == ["size", "color", "fabric"]
    assert findings(shop) == []


def test_options_only_a_variation_names_are_added(
    shop: Shop, products: Products
) -> None:
    options = {
        "attributes": [{"name": "Size", "options": ["S"]}],
        "variations": [
            one("A", "S", "Red", stock_qty="1"),
            one("B", "XL", "", stock_qty="1"),
        ],
    }
    shirt(shop, invOptions=options)
    found = products["MS"].attributes
    assert found["size"]["value"] == "S | XL"
    assert found["color"]["value"] == "Red"
    assert products["MS-B"].metas["attribute_color"] == ""  # any
    assert findings(shop) == []


IMPOSSIBLE: list[tuple[list[dict[str, Any]], str]] = [
    ([one("A", "S", "Red"), one("A", "M", "Red")], "duplicate_sku"),
    ([one("A", "S", "Red"), one("a", "M", "Red")], "duplicate_sku"),
    ([{"sku": "MS", "attributes": {"Size": "S"}}], "duplicate_sku"),
    ([{"sku": "LOCK-U", "attributes": {"Size": "S"}}], "duplicate_sku"),
    ([{"attributes": {"Size": "S"}}], "missing"),
    ([{"sku": "X" * 101, "attributes": {"Size": "S"}}], "sku_length"),
    ([one("A", "S|M", "Red")], "option_text"),
    ([one("A", "S", "Red", regular_price="0")], "zero_price"),
    ([one("A", "S", "Red", regular_price="1,50")], "price_format"),
]


def test_impossible_variations_refuse_the_product(
    shop: Shop, products: Products
) -> None:
    before = products.snapshot()
    for variations, code in IMPOSSIBLE:
        options = {"attributes": CHOICES, "variations": variations}
        reply = shirt(shop, invOptions=options)
        assert reply.items is not None and not reply.success, variations
        assert reply.items[0].code == code
    assert products.snapshot() == before


def test_refusal_of_a_taken_sku_names_its_owner(shop: Shop, products: Products) -> None:
    taken = [{"sku": "LOCK-U", "attributes": {"Size": "S"}}]
    reply = shirt(shop, invOptions={"attributes": CHOICES, "variations": taken})
    assert str(products["LOCK-U"].id) in reply.messages.texts(Level.ERROR)[0]


def test_option_with_a_bar_is_refused_by_name(shop: Shop) -> None:
    choices = [{"name": "Size", "options": ["S|M"]}]
    reply = shirt(shop, invOptions=OPTIONS | {"attributes": choices})
    assert "'S|M'" in reply.messages.texts(Level.ERROR)[0]


def test_sku_of_a_variation_changes_only_the_variation(
    shop: Shop, products: Products
) -> None:
    shirt(shop)
    before = products["MS-SR"]
    reply = send(
        shop,
        SKU="MS-SR",
        Type="si",
        Description="Var direct",
        DescriptionSales="<b>Soft</b>",
        Price="33",
        QtyStock="3",
        Weight="1",
        WeightUOM="LB",
        ProductLength="2",
        DimensionUOM="IN",
        WooCommerceCategory="Hardware",
        WooCommerceTags="x",
        WooCommerceSlug="slug",
        PriceTiers=[{"qty": "5", "price": "30"}],
    )
    assert reply.fields["ID"] == before.id
    found = products["MS-SR"]
    assert found.post["post_title"] == before.post["post_title"]
    assert found.post["post_name"] == before.post["post_name"]
    assert found.post["post_parent"] == before.post["post_parent"]
    assert found.terms("product_cat") == []
    assert (found.metas["_price"], found.metas["_stock"]) == ("33", "3")
    assert (found.metas["_weight"], found.metas["_length"]) == ("1", "2")
    assert found.metas["_variation_description"] == "<b>Soft</b>"
    assert products["MS"].prices == ("11", "15", "33")
    assert findings(shop) == []


def test_variable_product_leaves_the_trash_with_its_variations(
    shop: Shop, products: Products
) -> None:
    shirt(shop)
    ids = {one.id for one in products.variations("MS")}
    products.trash("MS")
    reply = shirt(shop)
    assert reply.messages.texts(Level.INFO)
    assert products["MS"].post["post_status"] == "publish"
    found = products.variations("MS")
    assert {one.id for one in found} == ids
    assert {one.post["post_status"] for one in found} == {"publish"}
    assert findings(shop) == []


def test_variation_stays_in_the_trash_with_its_product(
    shop: Shop, products: Products
) -> None:
    shirt(shop)
    products.trash("MS")
    before = products.snapshot()
    reply = send(shop, SKU="MS-SR", Price="33")
    assert reply.items is not None and reply.items[0].code == "parent_in_trash"
    assert products.snapshot() == before


def test_legacy_keys_of_the_plugin_are_replaced(shop: Shop, products: Products) -> None:
    """The peer wrote ``attribute_Size``, which WooCommerce does not recognise."""
    shirt(shop)
    ident = products["MS-SR"].id
    products.set_meta(ident, "attribute_Size", "S")
    shirt(shop)
    metas = products["MS-SR"].metas
    assert "attribute_Size" not in metas and metas["attribute_size"] == "S"


def test_a_variation_whose_sku_was_taken_does_not_come_out_of_the_trash(
    shop: Shop, products: Products
) -> None:
    """Two products would hold one SKU; with its variations named it is well."""
    family = {
        "SKU": "FAM-A",
        "Type": "ms",
        "Description": "Family",
        "Price": "5",
        "invOptions": {
            "attributes": [{"name": "Size", "options": ["S"]}],
            "variations": [{"sku": "FAM-V", "attributes": {"Size": "S"}}],
        },
    }
    send(shop, **family)
    products.trash("FAM-A")
    assert status(send(shop, **(family | {"SKU": "FAM-B"}))) is Status.CREATED
    before = products.snapshot()
    reply = send(shop, SKU="FAM-A", Description="Back")
    assert reply.items is not None and reply.items[0].code == "duplicate_sku"
    assert products.snapshot() == before
    assert status(send(shop, SKU="FAM-A", Type="si", Price="5")) is Status.UPDATED
    assert findings(shop) == []
