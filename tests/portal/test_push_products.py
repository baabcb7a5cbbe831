"""What a store is told about the items of the sample books."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from bridge.common.errors import Unprocessable
from portal.books import Books
from portal.books.tables import METADATA
from portal.push.fields import is_purchase, tag
from portal.push.listing import read_listing
from portal.push.pictures import read_pictures
from portal.push.reading import Selection, read_catalog
from portal.push.variations import BrokenOptions, combinations, parse_options
from tests.support.listening import ListeningStore
from tests.support.pushing import Portal, rows_of

FLAG = "woocommerce_sync"


# what does not depend on the kind of database is seen on one
embedded = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def portal(books: Books, tmp_path: Path) -> Iterator[Portal]:
    """The commands, and a bridge that listens."""
    with ListeningStore() as store:
        yield Portal.of(books, store, tmp_path)


def test_a_refresh_tells_stock_weight_and_prices(portal: Portal) -> None:
    portal.run("refresh", "--only", "CHAIN-11")
    sent = portal.store.sent("refresh")["CHAIN-11"]
    assert sent == {
        "SKU": "CHAIN-11",
        "QtyStock": sent["QtyStock"],
        "Weight": sent["Weight"],
        "Type": "si",
        "FullPrice": sent["Price"],
        "Price": sent["RegularPrice"],
        "RegularPrice": sent["FullPrice"],
        "SalePrice": sent["SalePrice"],
        **({"PriceTiers": sent["PriceTiers"]} if "PriceTiers" in sent else {}),
    }


def test_flagged_active_items_are_refreshed(portal: Portal) -> None:
    portal.sql("UPDATE inventory SET inactive='1' WHERE sku='CHAIN-11'")
    portal.sql(f"UPDATE inventory SET {FLAG}='0' WHERE sku='LOCK-U'")
    portal.run("refresh")
    sent = portal.store.sent()
    assert sent and not {"CHAIN-11", "LOCK-U"} & set(sent)


@embedded
def test_the_funnel_may_include_inactive_items(portal: Portal) -> None:
    portal.sql("UPDATE inventory SET inactive='1' WHERE sku='CHAIN-11'")
    portal.sql(
        "INSERT INTO common_meta (meta_key, meta_value) VALUES"
        " ('methods_funnels', :value)",
        value='{"ifWooCommerce":{"settings":{"inc_inactive":"1"}}}',
    )
    portal.run("refresh")
    assert "CHAIN-11" in portal.store.sent()


@embedded
def test_a_named_item_goes_out_flagged_or_not_and_is_said(portal: Portal) -> None:
    portal.sql(f"UPDATE inventory SET {FLAG}='0' WHERE sku='CHAIN-11'")
    said = portal.run("refresh", "--only", " chain-11 ")
    assert list(portal.store.sent()) == ["CHAIN-11"]
    assert "CHAIN-11 is not flagged" in said


def test_an_unknown_sku_is_an_error_and_nothing_is_sent(portal: Portal) -> None:
    said = portal.run("refresh", "--only", "CHAIN-11,NO-SUCH", status=1)
    assert "NO-SUCH" in said
    assert not portal.store.book.calls and not portal.store.book.probes


def test_a_prefix_narrows_the_flagged_items(portal: Portal) -> None:
    portal.run("refresh", "--prefix", "chain-")
    sent = set(portal.store.sent())
    assert sent and all(sku.startswith("CHAIN-") for sku in sent)


def test_a_prefix_is_no_pattern(portal: Portal) -> None:
    portal.run("refresh", "--prefix", "%")
    portal.run("refresh", "--prefix", "CHAIN_")
    assert not portal.store.book.calls


@embedded
def test_a_missing_flag_column_names_the_remedy(portal: Portal) -> None:
    portal.configure(flag="shopify_sync")
    assert "correct flag in the [store] section" in portal.run("refresh", status=1)


def test_an_upload_tells_everything_but_purchase_data(portal: Portal) -> None:
    portal.run("upload", "--only", "CHAIN-11")
    sent = portal.store.sent("update")["CHAIN-11"]
    assert sent["SKU"] == "CHAIN-11" and sent["sendMode"] == "3"
    assert sent["WooCommerceCategory"] == sent["woocommerceCategory"]
    assert not [name for name in sent if "GLAccount" in name or "Cost" in name]
    assert not {"invVendors", "StockVendor", "QtyPurchase"} & set(sent)


def test_purchase_data_is_known_by_column_and_by_name() -> None:
    assert is_purchase("item_cost", "Renamed") and is_purchase("own", "GLAccountX")
    assert is_purchase("own", "cost") and not is_purchase("own", "CostumeSize")


def test_a_tag_is_read_from_the_comment_of_a_column() -> None:
    assert tag("sku", "type:hidden;tag: SKU ;order:1") == "SKU"
    assert tag("buy_uom", "label:BuyUOM;order:10") == "buy_uom"
    assert tag("own", "") == "own" and tag("own", "tag:") == "own"


def test_a_column_of_the_business_travels_under_its_tag(portal: Portal) -> None:
    if "sqlite" in portal.books.config.database:
        portal.sql("ALTER TABLE inventory ADD maker VARCHAR(24)")
        name = "maker"
    else:
        portal.sql("ALTER TABLE inventory ADD maker VARCHAR(24) COMMENT 'tag:Maker'")
        name = "Maker"
    portal.sql("UPDATE inventory SET maker='Kestrel' WHERE sku='CHAIN-11'")
    portal.run("upload", "--only", "CHAIN-11")
    assert portal.store.sent("update")["CHAIN-11"][name] == "Kestrel"


def master(portal: Portal) -> str:
    with portal.books.database.read() as conn:
        catalog = read_catalog(conn, Selection(FLAG))
    return next(item.sku for item in catalog.items if item.options)


def test_a_master_tells_its_variations_by_sku(portal: Portal) -> None:
    sku = master(portal)
    portal.run("upload", "--only", sku)
    options = portal.store.sent("update")[sku]["invOptions"]
    skus = [variation["sku"] for variation in options["variations"]]
    assert skus == sorted(skus) and all(child.startswith(f"{sku}-") for child in skus)
    names = {attribute["name"] for attribute in options["attributes"]}
    assert all(set(v["attributes"]) == names for v in options["variations"])


@embedded
def test_broken_options_are_named_and_the_rest_goes_out(portal: Portal) -> None:
    sku = master(portal)
    portal.sql("UPDATE inventory SET invOptions='[{' WHERE sku=:sku", sku=sku)
    said = portal.run("upload", "--only", sku)
    assert "Options tab" in said
    assert "invOptions" not in portal.store.sent("update")[sku]


def test_combinations_are_built_as_bizuno_builds_them() -> None:
    document = json.dumps(
        [
            {"option": "Size", "attrs": "S;L", "labels": "Small;Large"},
            {"option": "Color", "attrs": "R;B", "labels": "Red;Blue"},
        ]
    )
    found = combinations("T", parse_options("T", document))
    assert found["T-SB"] == {"Size": "Small", "Color": "Blue"}
    assert list(found) == ["T-SR", "T-SB", "T-LR", "T-LB"]


def test_one_option_is_enough() -> None:
    document = '[{"option":"Size","attrs":"SR;LR","labels":"Small;Large"}]'
    assert combinations("T", parse_options("T", document)) == {
        "T-SR": {"Size": "Small"},
        "T-LR": {"Size": "Large"},
    }


@pytest.mark.parametrize(
    "document",
    [
        "[{",
        "[7]",
        '[{"option":"S","attrs":"S;L","labels":"Small"}]',
        json.dumps([{"option": "S", "attrs": ";" * 99, "labels": ";" * 99}] * 9),
    ],
)
def test_options_that_make_no_product_are_refused(document: str) -> None:
    with pytest.raises(BrokenOptions):
        parse_options("T", document)


def with_pictures(portal: Portal) -> str:
    portal.pictures()
    with portal.books.database.read() as conn:
        catalog = read_catalog(conn, Selection(FLAG), whole=True)
    return next(i.sku for i in catalog.items if i.row["image_with_path"])


@embedded
@pytest.mark.parametrize("mode", ["1", "2"])
def test_pictures_travel_in_modes_1_and_2(portal: Portal, mode: str) -> None:
    sku = with_pictures(portal)
    portal.run("upload", "--mode", mode, "--only", sku)
    sent = portal.store.sent("update")[sku]
    file = portal.books.config.data / "images" / sent["Image"]
    assert base64.b64decode(sent["ProductImageData"]) == file.read_bytes()
    assert sent["Images"][0]["Filename"] == file.name
    assert sent["ProductImageDirectory"] == "sample/"


@embedded
def test_no_picture_travels_in_mode_3(portal: Portal) -> None:
    sku = with_pictures(portal)
    portal.run("upload", "--mode", "3", "--only", sku)
    sent = portal.store.sent("update")[sku]
    assert not {"Images", "ProductImageData"} & set(sent)


@embedded
def test_a_missing_picture_is_named_and_the_rest_goes_out(portal: Portal) -> None:
    sku = with_pictures(portal)
    portal.sql(
        "UPDATE inventory SET image_with_path='sample/gone.png' WHERE sku=:sku", sku=sku
    )
    said = portal.run("upload", "--mode", "1", "--only", sku)
    assert "Picture sample/gone.png" in said
    sent = portal.store.sent("update")[sku]
    assert sent["ProductImageData"] == "" and sent["Images"]


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/../secret.txt", "a/../../secret.txt", "link.txt", "\0"]
)
def test_a_pictures_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    images = tmp_path / "images"
    (images / "a").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (images / "link.txt").symlink_to(tmp_path / "secret.txt")
    found = read_pictures(tmp_path, [name])[name]
    assert found.content == "" and found.problem


def test_a_list_names_children_of_flagged_masters_and_inactive_items(
    portal: Portal,
) -> None:
    sku = master(portal)
    portal.sql("UPDATE inventory SET inactive='1' WHERE sku='CHAIN-11'")
    with portal.books.database.read() as conn:
        before = read_listing(conn, FLAG).skus
    assert "CHAIN-11" in before
    children = [name for name in before if name.startswith(f"{sku}-")]
    assert children and len(set(before)) == len(before)
    portal.sql(f"UPDATE inventory SET {FLAG}='0' WHERE sku=:sku", sku=sku)
    with portal.books.database.read() as conn:
        after = read_listing(conn, FLAG).skus
    assert not {sku, *children} & set(after)


@embedded
def test_a_deletion_is_refused_while_children_are_unknown(portal: Portal) -> None:
    sku = master(portal)
    portal.sql("UPDATE inventory SET invOptions='[{' WHERE sku=:sku", sku=sku)
    assert "would delete them" in portal.run("sync", "--delete", status=1)
    assert not portal.store.book.calls
    portal.run("sync")
    assert len(portal.store.book.calls) == 1


def test_nothing_of_bizunos_tables_changes(portal: Portal) -> None:
    portal.pictures()
    before = rows_of(portal.books.database, METADATA.sorted_tables)
    portal.run("refresh")
    portal.run("upload", "--mode", "1", "--prefix", "B")
    portal.run("sync")
    portal.run("confirm", "--date", "2026-01-01", "--to", "2026-12-31")
    assert rows_of(portal.books.database, METADATA.sorted_tables) == before


@pytest.mark.parametrize("whole", [False, True])
def test_the_number_of_statements_does_not_depend_on_the_items(
    books: Books, whole: bool
) -> None:
    def count(selection: Selection) -> int:
        statements: list[str] = []

        def note(*given: object) -> None:
            statements.append(str(given[2]))

        event.listen(books.database.engine, "before_cursor_execute", note)
        with books.database.read() as conn:
            read_catalog(conn, selection, whole=whole)
        event.remove(books.database.engine, "before_cursor_execute", note)
        return len([s for s in statements if not s.startswith("BEGIN")])

    assert count(Selection(FLAG)) == count(Selection(FLAG, ("CHAIN-11",))) < 10


@embedded
def test_an_unknown_sku_in_an_earlier_run_is_left_out(books: Books) -> None:
    selection = Selection(FLAG, ("CHAIN-11", "NO-SUCH"), strict=False)
    with books.database.read() as conn:
        assert [item.sku for item in read_catalog(conn, selection).items] == [
            "CHAIN-11"
        ]
    with pytest.raises(Unprocessable), books.database.read() as conn:
        read_catalog(conn, Selection(FLAG, ("NO-SUCH",)))
