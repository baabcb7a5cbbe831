"""Who writes what: one owner for each resource, seen in the statements themselves.

A sample shop and sample books stand side by side; every endpoint and every command is
used once, and the tables that were written are compared with what its direction owns.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from bridge.app import create_app as create_bridge
from bridge.cli import main as bridge_command
from bridge.common import config, phpform, sample
from bridge.shop import Shop
from bridge.wordpress.options import write_options
from portal.app import create_app as create_portal
from portal.books import tables as books_tables
from portal.cli import main as portal_command
from tests.bridge.test_media import picture
from tests.demo import looking, story
from tests.demo.stage import Stage, build, serving

REST = "/wp-json/bizuno-api/v1"
FORM = "application/x-www-form-urlencoded"
MANAGER = {"email": sample.STORE_EMAIL, "pass": sample.STORE_PASSWORD}
TOKEN = {"X-Bizuno-Token": sample.API_TOKEN}

ORDERS = {
    "wc_orders",
    "wc_orders_meta",
    "wc_order_addresses",
    "wc_order_operational_data",
    "woocommerce_order_items",
    "woocommerce_order_itemmeta",
    "wc_order_stats",
    "wc_order_product_lookup",
    "wc_order_tax_lookup",
    "wc_order_coupon_lookup",
    "wc_customer_lookup",
}
PEOPLE = {"users", "usermeta"}
CATALOG = {
    "postmeta",
    "terms",
    "term_taxonomy",
    "term_relationships",
    "termmeta",
    "wc_product_meta_lookup",
    "wc_product_attributes_lookup",
    "wc_category_lookup",
    "woocommerce_attribute_taxonomies",
}
SHIPPED = {
    "wc_orders",
    "wc_order_stats",
    "posts",
    "comments",
    "commentmeta",
    "options",
    "actionscheduler_actions",
    "actionscheduler_groups",
}
BOOKED = {
    "audit_log",
    "common_meta",
    "contacts",
    "contacts_meta",
    "inventory",
    "inventory_history",
    "journal_cogs_owed",
    "journal_cogs_usage",
    "journal_history",
    "journal_item",
    "journal_main",
    "journal_meta",
}
_WRITE = re.compile(
    r"\s*(?:INSERT(?:\s+OR\s+\w+|\s+IGNORE)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?"
    r"|DELETE\s+FROM|REPLACE\s+INTO)\s+[`\"]?(\w+)",
    re.IGNORECASE,
)


@contextmanager
def writing() -> Iterator[set[str]]:
    """The tables that any statement of this process writes meanwhile."""
    found: set[str] = set()

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if match := _WRITE.match(statement):
            found.add(match.group(1).lower())

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A shop and books with both servers running, for commands that push."""
    made = build(tmp_path_factory.mktemp("owners"))
    story.create(made)
    with serving(made):
        yield made


@pytest.fixture(scope="module")
def bridge(stage: Stage) -> FlaskClient:
    return create_bridge(config.load(stage.shop_config)).test_client()


@pytest.fixture(scope="module")
def portal(stage: Stage) -> FlaskClient:
    return create_portal(config.load(stage.books_config)).test_client()


def of_wordpress(found: set[str]) -> set[str]:
    """WordPress's own tables among those written, without their prefix."""
    return {
        name.removeprefix("wp_")
        for name in found
        if name.startswith("wp_") and not name.startswith("wp_bizuno_bridge_")
    }


def of_bizuno(found: set[str]) -> set[str]:
    """Bizuno's own tables among those written."""
    return found & set(books_tables.METADATA.tables)


def send(client: FlaskClient, method: str, path: str, data: Any) -> set[str]:
    with writing() as found:
        answer = client.open(
            f"{REST}/{path}",
            method=method,
            data=phpform.encode({"data": data} if path != "product/sync" else data),
            content_type=FORM,
            headers=MANAGER,
        )
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["result"] == "Success", answer.text
    return found


def run(command: Any, file: Path, *words: str) -> set[str]:
    with writing() as found:
        result = CliRunner().invoke(command, ["--config", str(file), *words])
    assert result.exit_code == 0, result.output
    return found


# the bridge


def test_a_refresh_writes_the_catalog_and_no_order(bridge: FlaskClient) -> None:
    rows = [{"SKU": "CHAIN-11", "Price": "41.00", "QtyStock": "7"}]
    found = of_wordpress(send(bridge, "PUT", "product/refresh", rows))
    assert "postmeta" in found
    assert found <= CATALOG | {"posts", "options", "actionscheduler_actions"}
    assert found.isdisjoint(ORDERS | PEOPLE | {"comments", "commentmeta"})


def test_an_update_writes_the_catalog_and_no_order(bridge: FlaskClient) -> None:
    product = {
        "SKU": "OWNED-1",
        "Description": "Owned",
        "Price": "5.00",
        "WooCommerceCategory": "Tools",
        "WooCommerceTags": "new",
    }
    found = of_wordpress(send(bridge, "POST", "product/update", product))
    assert "posts" in found
    assert found.isdisjoint(ORDERS | PEOPLE | {"comments", "commentmeta"})


def test_a_sync_that_only_asks_writes_nothing_of_the_shop(bridge: FlaskClient) -> None:
    asked = {"data": {"syncSkus": '["CHAIN-11"]', "syncDelete": "0"}}
    assert of_wordpress(send(bridge, "POST", "product/sync", asked)) == set()


def test_a_confirmation_writes_status_note_and_mail_only(bridge: FlaskClient) -> None:
    reference = f"{sample.ORDER_PREFIX}3047"
    sent = {"head": {reference: "Shipped."}, "body": {reference: "TRACK-1"}}
    with writing() as found:
        answer = bridge.post(
            f"{REST}/order/confirm",
            data=phpform.encode({"data": sent}),
            content_type=FORM,
            headers=MANAGER,
        )
    assert answer.get_json()["result"] == "Success", answer.text
    assert "wc_orders" in of_wordpress(found)
    assert of_wordpress(found) <= SHIPPED


def test_an_export_marks_and_notes_the_order_and_no_more(stage: Stage) -> None:
    before = looking.order(stage.shop, story.ORDER)
    found = run(bridge_command, stage.shop_config, "export", str(story.ORDER))
    marks = {"wc_orders", "wc_orders_meta", "comments", "commentmeta", "posts"}
    assert of_wordpress(found) <= marks | {"options"}
    after = looking.order(stage.shop, story.ORDER)
    assert (after.status, after.total) == (before.status, before.total)


def test_making_image_sizes_writes_nothing_but_metas(
    stage: Stage, bridge: FlaskClient
) -> None:
    content = base64.b64encode(picture(400, 300)).decode()
    product = {
        "SKU": "OWNED-2",
        "Description": "Owned",
        "Price": "5.00",
        "ProductImageFilename": "owned.png",
        "ProductImageData": content,
    }
    send(bridge, "POST", "product/update", product)
    options = {"woocommerce_single_image_width": "333"}
    shop = Shop.of(config.load(stage.shop_config))
    with shop.database.transaction() as conn:
        write_options(conn, shop.tables, options)
    found = run(bridge_command, stage.shop_config, "images")
    assert of_wordpress(found) == {"postmeta"}


def test_no_endpoint_of_the_bridge_writes_people(bridge: FlaskClient) -> None:
    with writing() as found:
        bridge.post(f"{REST}/product/sync", headers=MANAGER)
        bridge.post(f"{REST}/product/sync", headers={**MANAGER, "pass": "wrong"})
    assert of_wordpress(found) == set()


# the portal


def test_an_order_writes_the_journal_and_no_setting(
    stage: Stage, portal: FlaskClient
) -> None:
    file = str(stage.shop_config)
    shown = CliRunner().invoke(
        bridge_command, ["--config", file, "export", "--show", "3048"]
    )
    with writing() as found:
        answer = portal.post(
            "/?bizRt=portal/api/orderAdd",
            data=shown.output,
            content_type="application/json",
            headers=TOKEN,
        )
    assert answer.get_json()["result"] == "Success", answer.text
    assert "journal_main" in of_bizuno(found)
    assert of_bizuno(found) <= BOOKED
    assert of_wordpress(found) == set()


def test_rates_write_nothing_of_bizuno(portal: FlaskClient) -> None:
    with writing() as found:
        answer = portal.get(
            "/?bizRt=portal/api/shipGetRates&country=US&postcode=78701&totalWeight=2",
            headers=TOKEN,
        )
    assert answer.get_json()["rates"]
    assert of_bizuno(found) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("refresh",),
        ("upload", "--only", "HELMET-V3"),
        ("sync",),
        ("confirm", "--date", "2026-11-20"),
        ("runs",),
    ],
    ids=lambda words: words[0],
)
def test_a_push_only_reads_the_books(stage: Stage, words: tuple[str, ...]) -> None:
    found = run(portal_command, stage.books_config, *words)
    assert of_bizuno(found) <= {"audit_log"}
