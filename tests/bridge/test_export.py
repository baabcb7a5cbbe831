"""``bizuno-bridge export``: an order of the shop, in Bizuno, and marked so."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlalchemy import delete, select, update

from bridge.common import phpdata
from bridge.common.errors import ConfigError
from bridge.export import Export, Manner, export_orders, prepare
from bridge.export.mapping import content_digest
from bridge.shop import Shop
from bridge.wordpress.options import read_options, unpack, write_options

from .orders import MODES, add_item, add_orders, look, set_mode, set_order_status
from .receiver import BOOKED, Listen, Receiver, Say, listen
from .test_confirm import configured, counted

__all__ = ["listen"]  # a fixture
TOKEN = "tok_SAMPLE_5c1f"


def to(shop: Shop, receiver: Receiver, **keys: Any) -> Shop:
    settings = {"portal_url": receiver.url, "portal_token": TOKEN, **keys}
    return configured(shop, **settings)


def export(shop: Shop, *numbers: int, wait: float = 0, **keys: Any) -> list[Export]:
    return list(export_orders(shop, numbers or (3044,), Manner(wait=wait, **keys)))


def payload_of(shop: Shop, number: int = 3044) -> dict[str, Any]:
    prepared = prepare(shop, [number])
    return prepared.payload(prepared.orders[number])


def mark_of(shop: Shop, number: int = 3044) -> dict[str, list[str]]:
    """The plugin's mark in both storages."""
    orders, posts = shop.tables.wc_orders_meta, shop.tables.postmeta
    key = "bizuno_order_exported"
    with shop.database.read() as conn:
        return {
            "hpos": list(
                conn.execute(
                    select(orders.c.meta_value).where(
                        orders.c.order_id == number, orders.c.meta_key == key
                    )
                ).scalars()
            ),
            "posts": list(
                conn.execute(
                    select(posts.c.meta_value).where(
                        posts.c.post_id == number, posts.c.meta_key == key
                    )
                ).scalars()
            ),
        }


def change(shop: Shop, **values: Any) -> None:
    orders = shop.tables.wc_orders
    with shop.database.transaction() as conn:
        conn.execute(update(orders).where(orders.c.id == 3044), values)


def change_address(shop: Shop, kind: str, **values: Any) -> None:
    table = shop.tables.wc_order_addresses
    with shop.database.transaction() as conn:
        conn.execute(
            update(table).where(table.c.order_id == 3044, table.c.address_type == kind),
            values,
        )


def without_mark(shop: Shop, number: int = 3044) -> None:
    """The sample's orders may be in the books already."""
    table = shop.tables.wc_orders_meta
    with shop.database.transaction() as conn:
        conn.execute(
            delete(table).where(
                table.c.order_id == number,
                table.c.meta_key == "bizuno_order_exported",
            )
        )


# the payload


def test_the_payload_has_the_plugins_fields_in_its_order(shop: Shop) -> None:
    payload = payload_of(shop)
    assert list(payload) == ["General", "Payment", "Billing", "Shipping", "Item"]
    assert list(payload["General"]) == [
        "PurchaseOrderID",
        "OrderDate",
        "OrderTotal",
        "SalesTaxAmount",
        "ShippingTotal",
        "ShippingCarrier",
        "OrderNotes",
        "Currency",
    ]
    assert list(payload["Payment"]) == ["Method", "Title", "Status", "TransactionID"]
    place = ["Address1", "Address2", "City", "State", "PostalCode", "Country"]
    contact = ["PrimaryName", "Contact", *place, "Telephone", "Email"]
    assert list(payload["Billing"]) == ["CustomerID", *contact]
    assert list(payload["Shipping"]) == contact
    assert list(payload["Item"][0]) == [
        "ItemID",
        "Description",
        "Quantity",
        "UnitPrice",
        "SalesTaxAmount",
        "TotalPrice",
    ]


def test_an_order_of_the_sample(shop: Shop) -> None:
    payload = payload_of(shop)
    assert payload["General"] == {
        "PurchaseOrderID": "WC3044",
        "OrderDate": "2026-11-18",
        "OrderTotal": "79.40",
        "SalesTaxAmount": "6.05",
        "ShippingTotal": "7.5",
        "ShippingCarrier": "Ground shipping",
        "OrderNotes": "",
        "Currency": "USD",
    }
    assert payload["Payment"] == {
        "Method": "stripe",
        "Title": "Credit card",
        "Status": "processing",
        "TransactionID": "ch_sample_3044",
    }
    assert payload["Billing"]["CustomerID"].startswith("WC")
    assert payload["Billing"]["PrimaryName"] == "Anna Whitfield"
    assert payload["Shipping"]["Telephone"] == "512-555-0148"
    assert [item["ItemID"] for item in payload["Item"]] == ["LIGHT-F600", "TUBE-700"]
    assert payload["Item"][1]["UnitPrice"] == "7.95"
    assert payload["Item"][1]["TotalPrice"] == "15.9"


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "hpos"])
def test_every_storage_gives_the_same_payload(shop: Shop, mode: str) -> None:
    change(shop, customer_note="Leave it at the door. ✓")
    add_item(shop, "fee", "Gift wrap", _line_total="5.00", _line_tax="0")
    expected = payload_of(shop)
    set_mode(shop, mode)
    assert payload_of(shop) == expected


def test_a_company_goes_by_its_name_and_keeps_the_person(shop: Shop) -> None:
    change_address(shop, "billing", company="Whitfield & Söhne")
    payload = payload_of(shop)
    assert payload["Billing"]["PrimaryName"] == "Whitfield & Söhne"
    assert payload["Billing"]["Contact"] == "Anna Whitfield"
    assert payload["Shipping"]["PrimaryName"] == "Anna Whitfield"


def test_without_a_shipping_address_the_billing_one_counts(shop: Shop) -> None:
    names = [c.name for c in shop.tables.wc_order_addresses.c][3:]
    change_address(shop, "shipping", **dict.fromkeys(names))
    change_address(shop, "billing", company="Whitfield Ltd")
    payload = payload_of(shop)
    billing = dict(payload["Billing"])
    del billing["CustomerID"]
    assert payload["Shipping"] == billing


def test_the_order_date_is_the_shops_own_day(shop: Shop) -> None:
    change(shop, date_created_gmt="2026-11-19 02:30:00")
    with shop.database.transaction() as conn:
        write_options(conn, shop.tables, {"timezone_string": "America/Chicago"})
    assert payload_of(shop)["General"]["OrderDate"] == "2026-11-18"


def test_discounts_show_between_unit_price_and_total(shop: Shop) -> None:
    meta = shop.tables.woocommerce_order_itemmeta
    with shop.database.transaction() as conn:
        conn.execute(
            update(meta)
            .where(meta.c.meta_key == "_line_total", meta.c.meta_value == "15.9")
            .values(meta_value="14.31")
        )
    item = payload_of(shop)["Item"][1]
    assert (item["UnitPrice"], item["TotalPrice"]) == ("7.95", "14.31")


@pytest.mark.parametrize(
    ("subtotal", "quantity", "unit_price"),
    [
        ("10", "3", "3.3333333333333335"),
        ("59.85", "3", "19.95"),
        ("10", "2.5", "4"),
        ("5", "0", "5"),
        ("", "1", "0"),
    ],
)
def test_unit_prices_have_the_digits_that_php_sends(
    shop: Shop, subtotal: str, quantity: str, unit_price: str
) -> None:
    add_item(shop, "line_item", "Odd", _line_subtotal=subtotal, _qty=quantity)
    assert payload_of(shop)["Item"][2]["UnitPrice"] == unit_price


def test_what_the_plugin_forgets_is_sent_so_that_totals_add_up(shop: Shop) -> None:
    add_item(shop, "fee", "Gift wrap", _line_total="5.00", _line_tax="0.41")
    add_item(shop, "fee", "Loyalty", _line_total="-2.5", _line_tax="0")
    add_item(shop, "tax", "CITY", tax_amount="0.333", shipping_tax_amount="0.08")
    gone = {"_product_id": "987654", "_qty": "1"}
    add_item(
        shop, "line_item", "A thing of old", _line_subtotal="9", _line_total="9", **gone
    )
    change(shop, total_amount=Decimal("91.31"))
    payload = payload_of(shop)
    items = payload["Item"]
    assert [i["Description"] for i in items[2:]] == [
        "A thing of old",
        "Gift wrap",
        "Loyalty",
    ]
    assert [i["ItemID"] for i in items[2:]] == ["", "", ""]
    assert items[4]["TotalPrice"] == "-2.5"
    general = payload["General"]
    assert general["SalesTaxAmount"] == "6.46"
    parts = [Decimal(item["TotalPrice"]) for item in items]
    parts += [Decimal(general["SalesTaxAmount"]), Decimal(general["ShippingTotal"])]
    assert sum(parts) == Decimal(general["OrderTotal"])


def test_a_variation_goes_by_its_own_name_and_sku(shop: Shop) -> None:
    posts, meta = shop.tables.posts, shop.tables.postmeta
    with shop.database.read() as conn:
        row = conn.execute(
            select(
                posts.c.ID, posts.c.post_parent, posts.c.post_title, meta.c.meta_value
            )
            .join(meta, meta.c.post_id == posts.c.ID)
            .where(posts.c.post_type == "product_variation", meta.c.meta_key == "_sku")
            .limit(1)
        ).one()
    metas = {"_product_id": str(row.post_parent), "_variation_id": str(row.ID)}
    add_item(shop, "line_item", "Sold as", _qty="1", **metas)
    item = payload_of(shop)["Item"][2]
    assert (item["ItemID"], item["Description"]) == (row.meta_value, row.post_title)


def test_a_variation_without_sku_goes_by_its_parents(shop: Shop) -> None:
    posts, meta = shop.tables.posts, shop.tables.postmeta
    with shop.database.transaction() as conn:
        row = conn.execute(
            select(posts.c.ID, posts.c.post_parent)
            .where(posts.c.post_type == "product_variation")
            .limit(1)
        ).one()
        conn.execute(
            update(meta)
            .where(meta.c.post_id == row.ID, meta.c.meta_key == "_sku")
            .values(meta_value="")
        )
        parent = conn.execute(
            select(meta.c.meta_value).where(
                meta.c.post_id == row.post_parent, meta.c.meta_key == "_sku"
            )
        ).scalar()
    metas = {"_product_id": str(row.post_parent), "_variation_id": str(row.ID)}
    add_item(shop, "line_item", "Sold as", _qty="1", **metas)
    assert payload_of(shop)["Item"][2]["ItemID"] == parent


def test_reading_many_takes_as_many_statements_as_one(shop: Shop) -> None:
    numbers = add_orders(shop, 200)
    with counted(shop) as few:
        prepare(shop, [3044])
    with counted(shop) as many:
        assert len(prepare(shop, [3044, *numbers]).orders) == 201
    assert len(many) == len(few)


# sending


def test_the_request_is_the_plugins(shop: Shop, listen: Listen) -> None:
    receiver = listen()
    export(to(shop, receiver))
    (call,) = receiver.calls
    assert call.path == "/?bizRt=portal/api/orderAdd"
    assert call.headers["x-bizuno-token"] == TOKEN
    assert call.headers["content-type"] == "application/x-www-form-urlencoded"
    assert call.headers["user-agent"].startswith("bizuno-bridge/")
    assert "authorization" not in call.headers
    assert call.body.startswith(
        b"General%5BPurchaseOrderID%5D=WC3044&General%5BOrderDate%5D=2026-11-18&"
    )
    assert call.form == payload_of(shop)


@pytest.mark.parametrize(
    ("mode", "hpos", "posts"),
    [
        ("hpos", ["yes"], []),
        ("hpos-sync", ["yes"], ["yes"]),
        ("posts", [], ["yes"]),
        ("posts-sync", ["yes"], ["yes"]),
    ],
)
def test_a_booked_order_is_marked_where_it_lies(
    shop: Shop, listen: Listen, mode: str, hpos: list[str], posts: list[str]
) -> None:
    without_mark(shop)
    set_mode(shop, mode)
    before = look(shop, 3044)
    (result,) = export(to(shop, listen()))
    assert result == Export(3044, "done", "recorded in Bizuno as SO00001 (ID 17).")
    assert mark_of(shop) == {"hpos": hpos, "posts": posts}
    after = look(shop, 3044)
    assert after.private_notes == [
        *before.private_notes,
        "Order exported to Bizuno: SO00001 (ID 17).",
    ]
    assert (after.customer_notes, after.mails) == ([], [])
    assert after.comment_count == before.comment_count + 1
    assert after.hpos == before.hpos


def test_the_receipt_holds_the_content_and_bizunos_id(
    shop: Shop, listen: Listen
) -> None:
    export(to(shop, listen()))
    with shop.database.read() as conn:
        receipt = shop.ledger.receipt(conn, "export", "WC3044")
    assert receipt is not None
    assert (receipt.reference, receipt.revision) == (17, 1)
    assert receipt.digest == content_digest(payload_of(shop))
    assert receipt.reply == {"number": "SO00001"}


def test_the_same_again_adds_no_note(shop: Shop, listen: Listen) -> None:
    receiver = listen()
    shop = to(shop, receiver)
    export(shop)
    notes = look(shop, 3044).private_notes
    (result,) = export(shop)
    assert len(receiver.orders) == 2
    assert result.text == "already recorded in Bizuno as SO00001 (ID 17)."
    assert look(shop, 3044).private_notes == notes
    assert mark_of(shop)["hpos"] == ["yes"]


def test_an_edited_order_is_sent_as_it_is_now(shop: Shop, listen: Listen) -> None:
    receiver = listen()
    shop = to(shop, receiver)
    export(shop)
    change(shop, customer_note="Ring twice.")
    export(shop)
    assert receiver.orders[1].form["General"]["OrderNotes"] == "Ring twice."
    assert look(shop, 3044).private_notes[-1] == (
        "Changes exported to Bizuno: SO00001 (ID 17)."
    )
    with shop.database.read() as conn:
        receipt = shop.ledger.receipt(conn, "export", "WC3044")
    assert receipt is not None and receipt.revision == 2


def test_cautions_of_bizuno_are_passed_on(shop: Shop, listen: Listen) -> None:
    messages = {**BOOKED["messages"], "caution": [{"text": "Not itemised: 0.01."}]}
    (result,) = export(to(shop, listen(Say({**BOOKED, "messages": messages}))))
    assert result.text.endswith("Note: Not itemised: 0.01.")


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        (
            Say(
                {"result": "Fail", "ID": None, "messages": {"error": [{"text": "No."}]}}
            ),
            "refused: No.",
        ),
        (
            Say(
                {"html": "", "message": {"error": [{"text": "Illegal Access"}]}},
            ),
            "refused: Illegal Access",
        ),
        (
            Say(
                {"result": "Fail", "messages": {"error": [{"text": "Invoiced."}]}},
                status=409,
            ),
            "refused: Invoiced.",
        ),
        (Say({"code": "x", "message": "Blocked."}, status=403), "refused: Blocked."),
        (Say(b"<html>", status=403), "refused: The other side refused"),
        (Say({"result": "Fail", "ID": None, "messages": []}), "refused: Bizuno gave"),
    ],
)
def test_a_refusal_is_told_and_marks_nothing(
    shop: Shop, listen: Listen, say: Say, reason: str
) -> None:
    without_mark(shop)
    receiver = listen(say)
    before = look(shop, 3044)
    (result,) = export(to(shop, receiver), wait=5)
    assert result.kind == "refused"
    assert result.text.startswith(reason)
    assert mark_of(shop) == {"hpos": [], "posts": []}
    assert look(shop, 3044) == before
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    "say",
    [
        Say(cut=True),
        Say(b"<html>Gateway time-out</html>", status=504),
        Say(b"", status=200),
        Say({"result": "Success"}),
        Say(["?"]),
        Say(seconds=1.0),
    ],
)
def test_an_unknown_outcome_is_asked_for_again(
    shop: Shop, listen: Listen, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.export.sending.FIRST_PAUSE_SECONDS", 0.01)
    receiver = listen(say, Say())
    (result,) = export(to(shop, receiver, portal_timeout=0.5), wait=5)
    assert result.kind == "done"
    first, second = receiver.orders
    assert first.body == second.body
    assert look(shop, 3044).private_notes[-1].startswith("Order exported")


def test_what_stays_unknown_is_not_marked(shop: Shop, listen: Listen) -> None:
    without_mark(shop)
    (result,) = export(to(shop, listen(Say({}, status=500))))
    assert result.kind == "unknown"
    assert "not marked" in result.text
    assert mark_of(shop) == {"hpos": [], "posts": []}
    runs = shop.ledger.runs
    with shop.database.read() as conn:
        row = conn.execute(select(runs).order_by(runs.c.id.desc()).limit(1)).one()
    assert (row.kind, row.status, row.changed) == ("export", "unknown", 0)


def test_the_original_portal_is_never_asked_twice(shop: Shop, listen: Listen) -> None:
    receiver = listen(Say(cut=True), Say(), page=b"<html>Please sign in</html>")
    (result,) = export(to(shop, receiver), wait=5)
    assert result.kind == "unknown"
    assert "Look there" in result.text
    assert len(receiver.orders) == 1


def test_nobody_listening_is_a_refusal(shop: Shop, listen: Listen) -> None:
    receiver = listen()
    receiver.server.server_close()
    shop = configured(shop, portal_url="http://127.0.0.1:9", portal_token=TOKEN)
    (result,) = export(shop)
    assert (result.kind, result.text) == (
        "refused",
        "refused: The other side cannot be reached.",
    )


def test_one_bad_order_does_not_stop_the_rest(shop: Shop, listen: Listen) -> None:
    set_order_status(shop, 3044, "cancelled")
    other = add_orders(shop, 1)[0]
    receiver = listen()
    results = export(to(shop, receiver), 3044, 9, other, other)
    assert [(r.order_id, r.kind) for r in results] == [
        (3044, "refused"),
        (9, "refused"),
        (other, "done"),
    ]
    assert "cancelled" in results[0].text
    assert len(receiver.orders) == 1


def test_any_status_is_sent_when_told_so(shop: Shop, listen: Listen) -> None:
    set_order_status(shop, 3044, "cancelled")
    receiver = listen()
    (result,) = export(to(shop, receiver), any_status=True)
    assert result.kind == "done"
    assert receiver.orders[0].form["Payment"]["Status"] == "cancelled"


def test_a_broken_token_is_named_and_never_shown(shop: Shop, listen: Listen) -> None:
    bad = to(shop, listen(), portal_token="sécret")
    with pytest.raises(ConfigError) as caught:
        export(bad)
    assert "X-Bizuno-Token" in str(caught.value)
    assert "sécret" not in str(caught.value)


def set_plugin(shop: Shop, **values: str) -> None:
    with shop.database.transaction() as conn:
        name = "bizuno_api_options"
        stored = unpack(read_options(conn, shop.tables, [name]).get(name))
        packed = phpdata.dumps({**stored, **values})
        write_options(conn, shop.tables, {name: packed})


def test_the_plugins_own_address_and_token_are_used(shop: Shop, listen: Listen) -> None:
    receiver = listen()
    set_plugin(shop, url=f"{receiver.url}/", api_token=encrypted("tok", "k" * 40))
    shop = configured(shop, auth_key="k" * 40, auth_salt="s")
    export(shop)
    assert receiver.calls[0].headers["x-bizuno-token"] == "tok"
    assert receiver.calls[0].path == "/?bizRt=portal/api/orderAdd"


def test_wrong_salts_are_said(shop: Shop) -> None:
    set_plugin(shop, url="http://127.0.0.1:9", api_token=encrypted("tok", "k" * 40))
    with pytest.raises(ConfigError, match="AUTH_KEY"):
        export(configured(shop, auth_key="other", auth_salt="salts"))


def test_neither_configured_nor_in_the_plugin_is_said(shop: Shop) -> None:
    set_plugin(shop, url="", api_token="")
    with pytest.raises(ConfigError) as caught:
        export(shop)
    assert [place for place, _ in caught.value.problems] == [
        "[bridge] portal_url",
        "[bridge] portal_token",
    ]


def encrypted(secret: str, key: str) -> str:
    """A token as the plugin stores it."""
    vector = b"0123456789abcdef"
    padder = padding.PKCS7(128).padder()
    padded = padder.update(secret.encode()) + padder.finalize()
    cipher = Cipher(algorithms.AES256(key.encode()[:32]), modes.CBC(vector))
    encryptor = cipher.encryptor()
    ciphertext = base64.b64encode(encryptor.update(padded) + encryptor.finalize())
    return base64.b64encode(ciphertext + b"::" + base64.b64encode(vector)).decode()
