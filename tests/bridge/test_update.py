"""``product/update``: one product becomes what was sent, and stays when sent again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from bridge.catalog.update import update_product
from bridge.common import phpdata
from bridge.common.contract.product_update import read_update
from bridge.common.envelope import Level, Reply, Status
from bridge.common.errors import Unprocessable
from bridge.shop import Shop
from tests.bridge.products import Products
from tests.support.shopcheck import findings

FULL = {
    "SKU": "NEW-1",
    "Type": "si",
    "InactiveFlag": "0",
    "Description": "Größe <b>10/20</b> & more",
    "DescriptionSales": "A <b>deluxe</b> widget",
    "DescriptionLong": "<p>Long</p>\n<script>alert(1)</script>back\\slash 😀",
    "Price": "24.50",
    "RegularPrice": "19.95",
    "SalePrice": "",
    "QtyStock": "12",
    "Weight": "1",
    "WeightUOM": "KG",
    "ProductLength": "2.54",
    "ProductWidth": "25.4",
    "ProductHeight": "0",
    "DimensionUOM": "cm",
    "PriceTiers": [{"qty": "50", "price": "17.5"}, {"qty": "10", "price": "18.95"}],
    "WooCommerceCategory": "Hardware|Widgets|Blue;Sale",
    "WooCommerceTags": "new arrival|Blue thing",
    "Attributes": [
        {"index": "Color", "title": "Colour", "value": "Blue|Red"},
        {"index": "Thread.Size", "title": "Thread size", "value": "M8 x 1.25"},
    ],
    "SearchCode": "WIDG-BLUE",
    "MenuOrder": "5",
    "invAccessory": ["LOCK-U", "NOT-THERE"],
    "sendMode": "3",
}


def send(shop: Shop, plan: bool = False, **data: Any) -> Reply:
    """Upload one product."""
    return update_product(shop, {"data": data}, plan=plan)


def status(reply: Reply) -> Status:
    """What became of the product."""
    assert reply.items is not None
    return reply.items[0].status


@pytest.fixture
def products(shop: Shop) -> Products:
    """The shop's products as a person sees them."""
    return Products(shop)


def test_new_product_has_all_that_was_sent(shop: Shop, products: Products) -> None:
    reply = send(shop, **FULL)
    assert (reply.success, status(reply)) == (True, Status.CREATED)
    found = products["NEW-1"]
    assert reply.fields["ID"] == found.id
    assert found.post["post_title"] == "Größe <b>10/20</b> &amp; more"
    assert found.post["post_excerpt"] == "A <b>deluxe</b> widget"
    assert found.post["post_content"] == "<p>Long</p>\nback\\slash 😀"
    assert found.post["post_name"] == "grose-10-20-more"
    assert found.post["menu_order"] == 5
    assert found.terms("product_cat") == [
        "Blue",
        "Hardware",
        "Sale",
        "Widgets",
    ]
    assert found.terms("product_tag") == ["Blue thing", "new arrival"]
    assert found.terms("product_type") == ["simple"]
    assert found.metas["_regular_price"] == found.metas["_price"] == "19.95"
    assert found.metas["_stock"] == "12"
    assert found.metas["_manage_stock"] == "yes"
    assert found.metas["_weight"] == "2.204623"
    assert (found.metas["_length"], found.metas["_width"]) == ("1", "10")
    assert "_height" not in found.metas
    assert found.metas["biz_search_code"] == "WIDG-BLUE"
    assert found.metas["biz_thread.size"] == "M8 x 1.25"
    assert found.attributes["colour"]["value"] == "Blue | Red"
    assert found.attributes["thread-size"]["is_taxonomy"] == 0
    tiers = phpdata.loads(found.metas["_bizuno_price_tiers"] or "")
    assert tiers[0] == {"qty": "10", "price": "18.95"}
    lock = products["LOCK-U"].id
    assert phpdata.loads(found.metas["_crosssell_ids"] or "") == {0: lock}
    warnings = reply.messages.texts(Level.WARNING)
    assert any("NOT-THERE" in text for text in warnings)
    assert findings(shop) == []


def test_new_post_row_is_complete(shop: Shop, products: Products) -> None:
    send(shop, **FULL)
    post = products["NEW-1"].post
    assert post["post_author"] == 0
    assert post["post_status"] == "publish"
    assert (post["comment_status"], post["ping_status"]) == ("open", "closed")
    assert post["guid"].endswith(f"/?post_type=product&#038;p={post['ID']}")
    assert post["post_date"] >= "2020" and post["post_modified_gmt"] >= "2020"
    metas = products["NEW-1"].metas
    assert metas["total_sales"] == "0" and metas["_tax_status"] == "taxable"
    assert metas["_product_version"]


def test_same_payload_again_changes_nothing(shop: Shop, products: Products) -> None:
    send(shop, **FULL)
    before = products.snapshot()
    reply = send(shop, **FULL)
    assert status(reply) is Status.UNCHANGED
    assert products.snapshot() == before


def test_every_stored_product_stays_when_sent_as_it_is(
    shop: Shop, products: Products
) -> None:
    """A payload made from what the shop has is no change."""
    found = products["LOCK-U"]
    before = products.snapshot()
    reply = send(
        shop,
        SKU="LOCK-U",
        Type="si",
        Description=found.post["post_title"],
        Price=found.metas["_regular_price"],
        QtyStock=found.metas["_stock"],
        Weight=found.metas["_weight"],
        WeightUOM="LB",
    )
    assert status(reply) is Status.UNCHANGED
    assert products.snapshot() == before


def test_absent_fields_leave_everything_alone(shop: Shop, products: Products) -> None:
    send(shop, **FULL)
    before = products.snapshot()
    reply = send(shop, SKU="NEW-1")
    assert status(reply) is Status.UNCHANGED
    assert products.snapshot() == before


def test_changes_are_written_and_kept_in_the_ledger(
    shop: Shop, products: Products
) -> None:
    send(shop, **FULL)
    changed = FULL | {"Description": "Other", "RegularPrice": "21.00", "QtyStock": "0"}
    reply = send(shop, **changed)
    assert status(reply) is Status.UPDATED
    found = products["NEW-1"]
    assert found.post["post_title"] == "Other"
    assert found.post["post_name"] == "grose-10-20-more"  # the slug stays
    assert found.metas["_price"] == "21.00"
    assert found.metas["_stock_status"] == "outofstock"
    assert "outofstock" in found.terms("product_visibility")
    with shop.database.read() as conn:
        rows = conn.execute(
            select(shop.ledger.items.c.changes).order_by(shop.ledger.items.c.id)
        ).all()
    assert '"Description":["Größe' in rows[-1].changes
    assert '"RegularPrice":["19.95","21.00"]' in rows[-1].changes
    assert findings(shop) == []


def test_plan_tells_the_changes_and_writes_nothing(
    shop: Shop, products: Products
) -> None:
    send(shop, **FULL)
    before = products.snapshot()
    reply = send(shop, plan=True, **(FULL | {"MenuOrder": "7", "WooCommerceTags": ""}))
    assert reply.items is not None
    changes = reply.items[0].changes
    assert changes == {
        "MenuOrder": [5, 7],
        "WooCommerceTags": [["new arrival", "Blue thing"], []],
    }
    assert status(send(shop, plan=True, **FULL)) is Status.UNCHANGED
    assert status(send(shop, plan=True, SKU="NEW-2")) is Status.CREATED
    assert products.snapshot() == before


def test_names_of_fields_count_without_letter_case(
    shop: Shop, products: Products
) -> None:
    reply = send(
        shop,
        sku="NEW-2",
        description="Lower",
        PRICE="5",
        woocommerceCategory="Tools",
        woocommerceSlug="Chosen Slug",
    )
    assert reply.success
    found = products["NEW-2"]
    assert found.terms("product_cat") == ["Tools"]
    assert found.post["post_name"] == "chosen-slug"


def test_numbers_and_null_of_json_are_understood(
    shop: Shop, products: Products
) -> None:
    send(shop, SKU="NEW-2", Description="J", Price=7.25, QtyStock=4, SalePrice=None)
    found = products["NEW-2"]
    assert (found.metas["_price"], found.metas["_stock"]) == ("7.25", "4")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "data.SKU"),
        ({"SKU": " "}, "data.SKU"),
        ({"SKU": ["A"]}, "data.SKU"),
        ({"SKU": "A", "Description": ["x"]}, "data.Description"),
        ({"SKU": "A", "PriceTiers": "x"}, "data.PriceTiers"),
        ({"SKU": "A", "Attributes": ["x"]}, "data.Attributes[0]"),
        ({"SKU": "A", "invOptions": "x"}, "data.invOptions"),
    ],
)
def test_missing_or_wrong_kinds_refuse_the_request(
    data: dict[str, Any], field: str
) -> None:
    with pytest.raises(Unprocessable) as caught:
        read_update({"data": data})
    assert caught.value.problems[0].field == field


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"SKU": "X" * 101, "Price": "5"}, "sku_length"),
    ({"SKU": "NEW-9", "Price": "0"}, "zero_price"),
    ({"SKU": "NEW-9", "Price": "1,50"}, "price_format"),
    ({"SKU": "NEW-9", "Price": "abc"}, "price_format"),
    ({"SKU": "NEW-9", "Price": "-1"}, "price_range"),
    ({"SKU": "NEW-9", "Price": "5", "SalePrice": "x"}, "price_format"),
    ({"SKU": "LOCK-U", "Price": "0"}, "zero_price"),
    ({"SKU": "NEW-9", "Description": "x" * 70000}, "too_long"),
]


def test_refused_product_leaves_the_shop_alone(shop: Shop, products: Products) -> None:
    before = products.snapshot()
    for data, code in REFUSED:
        reply = send(shop, **data)
        assert (reply.success, reply.fields["ID"]) == (False, None), data
        assert reply.items is not None
        assert (reply.items[0].status, reply.items[0].code) == (Status.REFUSED, code)
        assert reply.messages.texts(Level.ERROR)
    assert products.snapshot() == before


def test_two_products_with_the_sku_refuse_it_by_name(
    shop: Shop, products: Products
) -> None:
    first, second = products["LOCK-U"].id, products["LOCK-CHAIN"].id
    products.set_meta(second, "_sku", "LOCK-U")
    products.set_lookup(second, sku="LOCK-U")
    reply = send(shop, SKU="lock-u", Price="5")
    text = reply.messages.texts(Level.ERROR)[0]
    assert str(first) in text and str(second) in text


def test_sku_is_found_trimmed_and_in_any_letter_case(
    shop: Shop, products: Products
) -> None:
    reply = send(shop, SKU=" lock-u ", Price="5.55")
    assert reply.fields["ID"] == products["LOCK-U"].id
    assert products["LOCK-U"].metas["_sku"] == "LOCK-U"


def test_sale_price_starts_and_ends_a_sale(shop: Shop, products: Products) -> None:
    send(shop, SKU="LOCK-U", RegularPrice="64", SalePrice="50")
    found = products["LOCK-U"]
    assert (found.metas["_sale_price"], found.metas["_price"]) == ("50", "50")
    send(shop, SKU="LOCK-U", RegularPrice="64")
    assert products["LOCK-U"].metas["_price"] == "50"
    send(shop, SKU="LOCK-U", RegularPrice="64", SalePrice="")
    assert (
        products["LOCK-U"].metas["_price"] == products["LOCK-U"].metas["_regular_price"]
    )
    assert findings(shop) == []


def test_categories_become_what_is_sent(shop: Shop, products: Products) -> None:
    send(shop, **FULL)
    send(shop, SKU="NEW-1", WooCommerceCategory="hardware:Bolts: ;;Tools & Care")
    found = products["NEW-1"]
    assert found.terms("product_cat") == ["Bolts", "Hardware", "Tools &amp; Care"]
    send(shop, SKU="NEW-1", WooCommerceCategory="")
    assert products["NEW-1"].terms("product_cat") == [products.default_category()]
    assert findings(shop) == []


def test_default_category_never_stands_beside_a_real_one(
    shop: Shop, products: Products
) -> None:
    default = products.default_category()
    send(shop, SKU="NEW-2", WooCommerceCategory=f"{default};Tools")
    assert products["NEW-2"].terms("product_cat") == ["Tools"]


def test_tags_are_cleared_when_sent_empty(shop: Shop, products: Products) -> None:
    send(shop, **FULL)
    send(shop, SKU="NEW-1", WooCommerceTags="third; fourth")
    assert products["NEW-1"].terms("product_tag") == ["fourth", "third"]
    send(shop, SKU="NEW-1", WooCommerceTags="")
    assert products["NEW-1"].terms("product_tag") == []
    assert findings(shop) == []


def test_trashed_product_is_restored_with_its_slug(
    shop: Shop, products: Products
) -> None:
    trashed = products.trash("LOCK-U")
    reply = send(shop, SKU="LOCK-U", Price="70")
    assert reply.fields["ID"] == trashed.id
    assert reply.messages.texts(Level.INFO)
    found = products["LOCK-U"]
    assert found.post["post_status"] == "publish"
    assert found.post["post_name"] == trashed.post["post_name"]
    assert "_wp_trash_meta_status" not in found.metas
    assert findings(shop) == []


def test_inactive_items_are_drafts_only_when_new(
    shop: Shop, products: Products
) -> None:
    send(shop, SKU="NEW-2", Description="Off", Price="5", Inactive="1")
    assert products["NEW-2"].post["post_status"] == "draft"
    send(shop, SKU="LOCK-U", InactiveFlag="1")
    assert products["LOCK-U"].post["post_status"] == "publish"
    assert findings(shop) == []


def test_taken_slug_gets_a_number_and_former_ones_redirect(
    shop: Shop, products: Products
) -> None:
    send(shop, SKU="NEW-1", Description="Twin", Price="5")
    send(shop, SKU="NEW-2", Description="Twin", Price="5")
    assert products["NEW-2"].post["post_name"] == "twin-2"
    send(shop, SKU="NEW-2", WooCommerceSlug="other")
    found = products["NEW-2"]
    assert found.post["post_name"] == "other"
    assert found.metas["_wp_old_slug"] == "twin-2"
    send(shop, SKU="NEW-2", WooCommerceSlug="twin-2")
    assert "_wp_old_slug" not in {
        key for key, value in products["NEW-2"].metas.items() if value == "twin-2"
    }


def test_unknown_units_leave_weight_and_size_alone(
    shop: Shop, products: Products
) -> None:
    weight = products["LOCK-U"].metas["_weight"]
    reply = send(
        shop,
        SKU="LOCK-U",
        Weight="3",
        WeightUOM="ST",
        ProductLength="4",
        DimensionUOM="FUR",
    )
    assert products["LOCK-U"].metas["_weight"] == weight
    assert len(reply.messages.texts(Level.WARNING)) == 2


def test_weight_sent_empty_is_cleared(shop: Shop, products: Products) -> None:
    send(shop, SKU="LOCK-U", Weight="", ProductLength="")
    metas = products["LOCK-U"].metas
    assert "_weight" not in metas and "_length" not in metas


def test_search_metas_of_attributes_no_longer_sent_go(
    shop: Shop, products: Products
) -> None:
    send(shop, **FULL)
    send(
        shop,
        SKU="NEW-1",
        Attributes=[{"index": "Finish", "title": "pa_Finish", "value": "matt"}],
        SearchCode="",
    )
    found = products["NEW-1"]
    assert list(found.attributes) == ["finish"]
    assert [key for key in found.metas if key.startswith("biz_")] == ["biz_finish"]


def test_global_attributes_of_the_merchant_stay(shop: Shop, products: Products) -> None:
    spec = {
        "name": "pa_brand",
        "value": "",
        "position": 0,
        "is_visible": 1,
        "is_variation": 0,
        "is_taxonomy": 1,
    }
    ident = products["LOCK-U"].id
    products.set_meta(ident, "_product_attributes", phpdata.dumps({"pa_brand": spec}))
    send(shop, SKU="LOCK-U", Attributes=[{"index": "a", "title": "Key", "value": "3"}])
    found = products["LOCK-U"].attributes
    assert found["pa_brand"] == spec
    assert found["key"]["value"] == "3"


def test_meta_description_goes_to_yoast_where_it_is_active(
    shop: Shop, products: Products
) -> None:
    send(shop, SKU="LOCK-U", MetaDescription="found <b>fast</b>")
    assert "_yoast_wpseo_metadesc" not in products["LOCK-U"].metas
    products.activate("wordpress-seo/wp-seo.php")
    send(shop, SKU="LOCK-U", MetaDescription="found <b>fast</b>")
    assert products["LOCK-U"].metas["_yoast_wpseo_metadesc"] == "found fast"


def test_statements_do_not_grow_with_the_payload(shop: Shop) -> None:
    """A product with a hundred of everything takes no more than one with seventy.

    A handful takes fewer: it does without temporary tables.
    """

    def count(prefix: str, many: int) -> int:
        seen: list[str] = []

        def listen(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        event.listen(shop.database.engine, "before_cursor_execute", listen)
        send(
            shop,
            SKU=f"{prefix}-{many}",
            Type="ms",
            Description=f"{prefix} {many}",
            Price="5",
            WooCommerceCategory=";".join(f"{prefix}|C{n}|D{n}" for n in range(many)),
            WooCommerceTags="|".join(f"{prefix} t{n}" for n in range(many)),
            Attributes=[
                {"index": f"i{n}", "title": f"T{n}", "value": "v"} for n in range(many)
            ],
            invOptions={
                "attributes": [{"name": "N", "options": [str(n) for n in range(many)]}],
                "variations": [
                    {"sku": f"{prefix}-{many}-{n}", "stock": n, "attributes": {"N": n}}
                    for n in range(many)
                ],
            },
        )
        event.remove(shop.database.engine, "before_cursor_execute", listen)
        return len(seen)

    some = count("some", 70)
    assert some == count("many", 100) > count("few", 2)


def test_uploads_at_the_same_time_make_one_product_and_one_category(
    shop: Shop, products: Products
) -> None:
    """No unique key guards SKUs and names in WooCommerce; the bridge has to."""

    def upload(n: int) -> Reply:
        return send(
            shop,
            SKU="RACE" if n % 2 else f"RACE-{n}",
            Description="Race",
            Price="5",
            WooCommerceCategory="Brand new|Below",
            WooCommerceTags="fresh",
        )

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(upload, range(8)))
    assert all(reply.success for reply in replies)
    assert len(products.all("RACE")) == 1
    slugs = {products[f"RACE-{n}"].post["post_name"] for n in (0, 2, 4, 6)}
    assert len(slugs | {products["RACE"].post["post_name"]}) == 5
    with shop.database.read() as conn:
        names = list(conn.scalars(select(shop.tables.terms.c.name)))
    assert [names.count(n) for n in ("Brand new", "Below", "fresh")] == [1, 1, 1]
    assert findings(shop) == []


URL = "/wp-json/bizuno-api/v1/product/update"


def test_form_of_the_client_is_answered_with_the_id(
    bridge_client: FlaskClient, manager: dict[str, str], products: Products
) -> None:
    form = {"data[SKU]": "NEW-2", "data[Description]": "Form", "data[Price]": "5"}
    response = bridge_client.post(URL, data=form, headers=manager)
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["result"] == "Success"
    assert response.json["ID"] == products["NEW-2"].id
    assert response.json["items"][0]["status"] == "created"
    assert isinstance(response.json["message"], dict)


def test_refused_product_is_200_and_fails_by_name(
    bridge_client: FlaskClient, manager: dict[str, str]
) -> None:
    data = {"data": {"SKU": "NEW-2", "Price": 0}}
    response = bridge_client.post(URL, json=data, headers=manager)
    assert response.status_code == 200 and response.json is not None
    assert (response.json["result"], response.json["ID"]) == ("Fail", None)
    assert response.json["message"]["error"][0]["code"] == "zero_price"
    assert response.json["message"]["error"][0]["field"] == "data.Price"


@pytest.mark.parametrize("body", [{}, {"data": "x"}, {"data": []}, {"SKU": "A"}])
def test_body_without_product_is_422(
    bridge_client: FlaskClient, manager: dict[str, str], body: dict[str, Any]
) -> None:
    response = bridge_client.post(URL, json=body, headers=manager)
    assert response.status_code == 422 and response.json is not None
    assert response.json["result"] == "Fail"


def test_plan_is_asked_for_in_the_address(
    bridge_client: FlaskClient, manager: dict[str, str], products: Products
) -> None:
    body = {"data": {"SKU": "LOCK-U", "Price": "71"}}
    response = bridge_client.post(f"{URL}?plan=1", json=body, headers=manager)
    assert response.json is not None
    changes = response.json["items"][0]["changes"]
    assert changes["RegularPrice"][1] == "71"
    assert products["LOCK-U"].metas["_price"] != "71"
