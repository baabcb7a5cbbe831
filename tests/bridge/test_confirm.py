"""``order/confirm``: what the customer is told and what becomes of the order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from bridge.common.contract.shipment import Confirmation, Shipment
from bridge.common.envelope import Level, Reply
from bridge.common.phpform import encode
from bridge.confirm import confirm_orders
from bridge.confirm.plan import Rules, order_number, plan_confirmations
from bridge.shop import Shop
from bridge.wordpress.notes import canonical
from bridge.wordpress.options import read_options, write_options
from bridge.wordpress.orders import STORAGE_OPTIONS

from .orders import MODES, add_orders, content, look, set_mode, set_order_status

HEAD = "Shipped 11/21/2026 via UPS: Ground, tracking number(s):"
BODY = "1Z999AA10123456784"
NOTE = f"{HEAD}<br />{BODY}"
MOVED = "Order status changed from Processing to Shipped."
RULES = Rules("WC", "shipped")


def confirm(shop: Shop, *shipments: Shipment, plan: bool = False) -> Reply:
    return confirm_orders(shop, Confirmation(shipments), plan=plan, source="tests")


def one(shop: Shop, number: int = 3044, body: str = BODY) -> Reply:
    return confirm(shop, Shipment(f"WC{number}", HEAD, body))


def statuses(reply: Reply) -> list[str]:
    assert reply.items is not None
    return [item.status.value for item in reply.items]


def codes(reply: Reply) -> list[str]:
    assert reply.items is not None
    return [item.code for item in reply.items]


def configured(shop: Shop, **keys: Any) -> Shop:
    return replace(shop, config=replace(shop.config, **keys))


@contextmanager
def counted(shop: Shop) -> Iterator[list[str]]:
    """The statements that are sent to the database."""
    sent: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(shop.database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(shop.database.engine, "before_cursor_execute", note)


# the plan


@pytest.mark.parametrize(
    ("reference", "prefix", "meant"),
    [
        ("WC3044", "WC", 3044),
        ("WC0012", "WC", 12),
        ("3044", "", 3044),
        ("WC9223372036854775808", "WC", 0),
        ("wc3044", "WC", "other_prefix"),
        ("3044", "WC", "other_prefix"),
        ("", "WC", "other_prefix"),
        ("XWC3044", "WC", "other_prefix"),
        ("WC", "WC", "invalid_reference"),
        ("WC12-1", "WC", "invalid_reference"),
        ("WC 12", "WC", "invalid_reference"),
        ("WC12 ", "WC", "invalid_reference"),
        ("WC+12", "WC", "invalid_reference"),
        ("WC1e3", "WC", "invalid_reference"),
        ("WC١٢", "WC", "invalid_reference"),
        ("WC12\n", "WC", "invalid_reference"),
        ("WC3044", "", "invalid_reference"),
        ("", "", "invalid_reference"),
    ],
)
def test_a_reference_is_the_exact_prefix_and_digits(
    reference: str, prefix: str, meant: int | str
) -> None:
    found = order_number(reference, prefix)
    assert (found if isinstance(found, int) else found.code) == meant


@pytest.mark.parametrize(
    ("status", "result", "moved_from"),
    [
        ("processing", "updated", "processing"),
        ("on-hold", "updated", "on-hold"),
        ("pending", "updated", "pending"),
        ("completed", "updated", "completed"),
        ("shipped", "updated", ""),
        ("cancelled", "refused", ""),
        ("refunded", "refused", ""),
        ("failed", "refused", ""),
        ("trash", "refused", ""),
        ("checkout-draft", "refused", ""),
        ("packed", "refused", ""),
    ],
)
def test_only_live_orders_are_moved(status: str, result: str, moved_from: str) -> None:
    shipment = Shipment("WC7", HEAD, BODY)
    (decision,) = plan_confirmations([shipment], RULES, {7: status}, {})
    assert decision.result.status.value == result
    assert decision.moved_from == moved_from
    assert decision.result.code == ("" if result == "updated" else "order_status")


def test_the_second_reference_to_an_order_finds_it_shipped() -> None:
    shipments = [
        Shipment("WC7", HEAD, "1"),
        Shipment("WC07", HEAD, "2"),
        Shipment("WC007", HEAD, "2"),
    ]
    decisions = plan_confirmations(shipments, RULES, {7: "processing"}, {})
    assert [d.moved_from for d in decisions] == ["processing", "", ""]
    assert [bool(d.note) for d in decisions] == [True, True, False]


@pytest.mark.parametrize(
    "told",
    [NOTE, f"{HEAD}<br>{BODY}", f"{HEAD}<br/>\n{BODY}", f"{HEAD}\n{BODY}"],
)
def test_the_same_text_is_known_however_its_line_break_is_written(told: str) -> None:
    shipment = Shipment("WC7", HEAD, BODY)
    (decision,) = plan_confirmations(
        [shipment], RULES, {7: "shipped"}, {7: {canonical(told)}}
    )
    assert decision.result.status.value == "unchanged"


# one order


def test_a_shipment_is_told_and_the_order_moved(shop: Shop) -> None:
    before = look(shop, 3044)
    reply = one(shop)
    seen = look(shop, 3044)
    assert reply.success
    assert statuses(reply) == ["updated"]
    assert seen.customer_notes == [NOTE]
    assert seen.private_notes == [*before.private_notes, MOVED]
    assert (seen.hpos, seen.stats) == ("wc-shipped", "wc-shipped")
    assert seen.comment_count == before.comment_count + 2
    assert reply.messages.texts(Level.SUCCESS) == [
        "Order status update complete, the following 1 order(s) were updated:  (WC3044)"
    ]


def test_notes_are_written_as_woocommerce_writes_them(shop: Shop) -> None:
    one(shop)
    notes = shop.tables.comments
    with shop.database.read() as conn:
        rows = conn.execute(
            select(notes)
            .where(notes.c.comment_post_ID == 3044)
            .order_by(notes.c.comment_ID.desc())
            .limit(2)
        ).all()
    for row in rows:
        assert row.comment_author == "WooCommerce"
        assert row.comment_author_email == "woocommerce@shop.ridgeline.example"
        assert (row.comment_agent, row.comment_type) == ("WooCommerce", "order_note")
        assert (row.comment_approved, row.user_id, row.comment_parent) == ("1", 0, 0)
        assert row.comment_date_gmt > "2026"


def test_the_mail_is_handed_to_the_shops_queue(shop: Shop) -> None:
    one(shop)
    (mail,) = look(shop, 3044).mails
    assert mail.hook == "woocommerce_new_customer_note"
    assert json.loads(mail.extended_args or mail.args) == [
        {"order_id": 3044, "customer_note": NOTE}
    ]


def test_the_same_again_changes_nothing(shop: Shop) -> None:
    one(shop)
    before = content(shop)
    reply = one(shop)
    after = content(shop)
    ledger = {table.name for table in shop.ledger.metadata.tables.values()}
    assert reply.success
    assert statuses(reply) == ["unchanged"]
    assert {n for n in after if after[n] != before[n]} <= ledger


def test_another_tracking_number_is_one_more_note(shop: Shop) -> None:
    one(shop)
    reply = one(shop, body="1Z-second")
    seen = look(shop, 3044)
    assert statuses(reply) == ["updated"]
    assert seen.customer_notes == [NOTE, f"{HEAD}<br />1Z-second"]
    assert len(seen.mails) == 2
    assert seen.private_notes.count(MOVED) == 1


def test_an_order_put_back_is_shipped_again_without_a_second_mail(shop: Shop) -> None:
    one(shop)
    set_order_status(shop, 3044, "processing")
    assert statuses(one(shop)) == ["updated"]
    seen = look(shop, 3044)
    assert seen.hpos == "wc-shipped"
    assert len(seen.mails) == 1


def test_no_tracking_text_is_accepted_and_said(shop: Shop) -> None:
    reply = one(shop, body="")
    assert reply.success
    assert look(shop, 3044).customer_notes == [HEAD]
    assert reply.items is not None
    assert "no tracking number" in reply.items[0].text
    assert reply.messages.texts(Level.INFO) == [
        "Confirmed with no tracking number: WC3044."
    ]


def test_no_text_at_all_moves_the_order_and_writes_to_nobody(shop: Shop) -> None:
    assert confirm(shop, Shipment("WC3044", " ")).success
    seen = look(shop, 3044)
    assert (seen.hpos, seen.customer_notes, seen.mails) == ("wc-shipped", [], [])


def test_texts_are_cleaned_and_otherwise_arrive_as_sent(shop: Shop) -> None:
    head = "Via <script>alert(1)</script>Müller & \"Söhne\" <i onclick='x'>ok</i> \\ 📦"
    confirm(shop, Shipment("WC3044", head, "1 < 2"))
    (note,) = look(shop, 3044).customer_notes
    assert note == 'Via Müller &amp; "Söhne" <i>ok</i> \\ 📦<br />1 &lt; 2'


def test_a_text_that_has_no_room_in_the_queue_is_refused(shop: Shop) -> None:
    assert one(shop, body="é" * 1300).success
    reply = one(shop, body="é" * 1400)
    assert (reply.success, codes(reply)) == (False, ["too_long"])
    assert len(look(shop, 3044).customer_notes) == 1


# several orders


def test_one_bad_reference_does_not_stop_the_others(shop: Shop) -> None:
    set_order_status(shop, 3044, "cancelled")
    numbers = add_orders(shop, 1)
    reply = confirm(
        shop,
        Shipment("WC3044", HEAD, BODY),
        Shipment("XX1", HEAD, BODY),
        Shipment("WC999999", HEAD, BODY),
        Shipment(f"WC{numbers[0]}", HEAD, BODY),
    )
    assert not reply.success
    assert statuses(reply) == ["refused", "refused", "missing", "updated"]
    assert codes(reply) == ["order_status", "other_prefix", "unknown_order", ""]
    assert look(shop, numbers[0]).hpos == "wc-shipped"
    assert look(shop, 3044).hpos == "wc-cancelled"
    assert look(shop, 3044).customer_notes == []


def test_a_product_is_no_order(shop: Shop) -> None:
    posts = shop.tables.posts
    with shop.database.read() as conn:
        product = conn.execute(
            select(posts.c.ID).where(posts.c.post_type == "product").limit(1)
        ).scalar()
    assert codes(one(shop, product)) == ["unknown_order"]


@pytest.mark.parametrize("mode", MODES)
def test_six_hundred_take_as_many_statements_as_one(shop: Shop, mode: str) -> None:
    numbers = add_orders(shop, 601)
    set_storage_only(shop, mode)
    with counted(shop) as few:
        assert confirm(shop, Shipment(f"WC{numbers[0]}", HEAD, BODY)).success
    with counted(shop) as many:
        reply = confirm(shop, *(Shipment(f"WC{n}", HEAD, BODY) for n in numbers[1:]))
    assert reply.success
    assert len(many) == len(few)
    assert look(shop, numbers[-1]).customer_notes == [NOTE]


def set_storage_only(shop: Shop, mode: str) -> None:
    """The mode's options, and posts that count as orders in it."""
    posts = shop.tables.posts
    with shop.database.transaction() as conn:
        write_options(
            conn, shop.tables, dict(zip(STORAGE_OPTIONS, MODES[mode], strict=True))
        )
        if mode != "hpos":
            conn.execute(
                update(posts).where(posts.c.post_type == "shop_order_placehold"),
                {"post_type": "shop_order", "post_status": "wc-processing"},
            )


# storages


@pytest.mark.parametrize(
    ("mode", "hpos", "post"),
    [
        ("hpos", "wc-shipped", "draft"),
        ("hpos-sync", "wc-shipped", "wc-shipped"),
        ("posts", None, "wc-shipped"),
        ("posts-sync", "wc-shipped", "wc-shipped"),
    ],
)
def test_every_storage_is_served(
    shop: Shop, mode: str, hpos: str | None, post: str
) -> None:
    set_mode(shop, mode)
    assert statuses(one(shop)) == ["updated"]
    seen = look(shop, 3044)
    assert (seen.hpos, seen.post, seen.stats) == (hpos, post, "wc-shipped")
    assert seen.customer_notes == [NOTE]
    assert statuses(one(shop)) == ["unchanged"]


@pytest.mark.parametrize("mode", MODES)
def test_a_later_parcel_is_told_once_in_every_storage(shop: Shop, mode: str) -> None:
    set_mode(shop, mode)
    one(shop, body="1Z1, 1Z2")
    for expected in ("updated", "unchanged"):
        assert statuses(one(shop, body="1Z3")) == [expected]
    assert statuses(one(shop, body="1Z1, 1Z2")) == ["unchanged"]
    seen = look(shop, 3044)
    assert seen.customer_notes == [f"{HEAD}<br />1Z1, 1Z2", f"{HEAD}<br />1Z3"]
    assert len(seen.mails) == 2
    assert seen.private_notes.count(MOVED) == 1
    assert seen.stats == "wc-shipped"


def test_the_mode_is_read_on_every_call(shop: Shop) -> None:
    one(shop)
    set_mode(shop, "posts")
    set_order_status(shop, 3044, "processing")
    one(shop, body="next")
    assert look(shop, 3044).post == "wc-shipped"


def test_synced_rows_carry_the_same_time(shop: Shop) -> None:
    set_mode(shop, "hpos-sync")
    with shop.database.transaction() as conn:
        write_options(conn, shop.tables, {"timezone_string": "America/New_York"})
    one(shop)
    orders, posts = shop.tables.wc_orders, shop.tables.posts
    with shop.database.read() as conn:
        changed = conn.execute(
            select(orders.c.date_updated_gmt).where(orders.c.id == 3044)
        ).scalar()
        post = conn.execute(select(posts).where(posts.c.ID == 3044)).one()
    assert post.post_modified_gmt == changed
    assert post.post_modified < post.post_modified_gmt


# the shop's own settings


def test_without_the_plugin_shipped_is_completed(shop: Shop) -> None:
    with shop.database.transaction() as conn:
        write_options(conn, shop.tables, {"active_plugins": "a:0:{}"})
        conn.execute(
            update(shop.tables.wc_order_operational_data)
            .where(shop.tables.wc_order_operational_data.c.order_id == 3044)
            .values(date_paid_gmt=None)
        )
    assert one(shop).success
    seen = look(shop, 3044)
    assert (seen.hpos, seen.stats) == ("wc-completed", "wc-completed")
    assert "Order status changed from Processing to Completed." in seen.private_notes
    data = shop.tables.wc_order_operational_data
    with shop.database.read() as conn:
        dates = conn.execute(
            select(data.c.date_completed_gmt, data.c.date_paid_gmt).where(
                data.c.order_id == 3044
            )
        ).one()
    assert all(date > "2026" for date in dates)


def test_completed_orders_kept_as_posts_get_their_dates(shop: Shop) -> None:
    set_mode(shop, "posts")
    shop = configured(shop, shipped_status="completed")
    assert one(shop).success
    meta = shop.tables.postmeta
    with shop.database.read() as conn:
        metas = dict(
            conn.execute(
                select(meta.c.meta_key, meta.c.meta_value).where(meta.c.post_id == 3044)
            ).all()
        )
    assert metas["_date_completed"].isdigit()
    assert metas["_completed_date"] > "2026"
    assert metas["_date_paid"] == "1795236765"


@pytest.mark.parametrize("name", ["wc-delivered", "delivered"])
def test_the_configuration_may_fix_the_status(shop: Shop, name: str) -> None:
    assert one(configured(shop, shipped_status=name)).success
    seen = look(shop, 3044)
    assert seen.hpos == "wc-delivered"
    assert "Order status changed from Processing to Delivered." in seen.private_notes


def test_configured_hooks_are_handed_over_when_the_status_changes(shop: Shop) -> None:
    hooks = ("woocommerce_order_status_shipped", "woocommerce_order_status_changed")
    shop = configured(shop, shipped_hooks=hooks)
    one(shop)
    one(shop, body="second")
    queue = shop.tables.actionscheduler_actions
    with shop.database.read() as conn:
        rows = conn.execute(
            select(queue.c.hook, queue.c.args)
            .where(queue.c.hook.in_(hooks))
            .order_by(queue.c.action_id)
        ).all()
    assert [tuple(row) for row in rows] == [
        (hooks[0], "[3044]"),
        (hooks[1], '[3044,"processing","shipped"]'),
    ]


def test_the_configured_prefix_wins(shop: Shop) -> None:
    shop = configured(shop, order_prefix="B-")
    assert codes(one(shop)) == ["other_prefix"]
    assert confirm(shop, Shipment("B-3044", HEAD, BODY)).success


def test_versions_of_cached_orders_move_on_within_a_second(shop: Shop) -> None:
    name = "_transient_orders-transient-version"
    versions = []
    for body in ("1", "2", "3"):
        one(shop, body=body)
        with shop.database.read() as conn:
            versions.append(read_options(conn, shop.tables, [name])[name])
    assert len(set(versions)) == 3


# the ledger and the plan


def test_the_ledger_tells_what_was_done(shop: Shop) -> None:
    confirm(shop, Shipment("WC3044", HEAD, BODY), Shipment("X1", HEAD))
    runs, items = shop.ledger.runs, shop.ledger.items
    with shop.database.read() as conn:
        run = conn.execute(select(runs).order_by(runs.c.id.desc()).limit(1)).one()
        kept = conn.execute(select(items).where(items.c.run_id == run.id)).all()
    assert (run.kind, run.source, run.status) == ("order/confirm", "tests", "done")
    assert (run.asked, run.changed, run.refused) == (2, 1, 1)
    assert [row.item for row in kept] == ["WC3044", "X1"]
    assert json.loads(kept[0].changes) == {
        "status": ["processing", "shipped"],
        "customer_note": [None, NOTE],
    }


def test_a_plan_writes_nothing_and_says_what_would_be(shop: Shop) -> None:
    before = content(shop)
    reply = confirm(
        shop, Shipment("WC3044", HEAD, BODY), Shipment("X1", HEAD), plan=True
    )
    assert content(shop) == before
    assert statuses(reply) == ["updated", "refused"]
    assert reply.items is not None
    assert reply.items[0].as_dict()["changes"] == {
        "status": ["processing", "shipped"],
        "customer_note": [None, NOTE],
    }


def test_a_database_that_fails_late_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("late")

    before = content(shop)
    monkeypatch.setattr("bridge.confirm.store.reset_order_caches", fail)
    with pytest.raises(RuntimeError):
        one(shop)
    assert content(shop) == before


def test_the_same_call_sixteen_times_at_once_tells_once(shop: Shop) -> None:
    numbers = add_orders(shop, 20)
    shipments = [Shipment(f"WC{n}", HEAD, BODY) for n in numbers]
    replies: list[Reply] = []

    def call(backwards: bool) -> None:
        told = shipments[::-1] if backwards else shipments
        replies.append(confirm(shop, *told))

    threads = [threading.Thread(target=call, args=(i % 2 == 1,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == 16
    assert sum(s == "updated" for r in replies for s in statuses(r)) == 20
    for number in numbers:
        assert look(shop, number).customer_notes == [NOTE]


# over HTTP


def post(client: FlaskClient, headers: dict[str, str], body: Any, **more: Any) -> Any:
    return client.post(
        "/wp-json/bizuno-api/v1/order/confirm" + more.get("query", ""),
        data=body,
        headers={"Content-Type": more.get("kind", FORM), **headers},
    )


FORM = "application/x-www-form-urlencoded"


def test_the_erps_form_is_answered_with_items(
    bridge_client: FlaskClient, manager: dict[str, str], shop: Shop
) -> None:
    body = encode({"data": {"head": {"WC3044": HEAD}, "body": {"WC3044": BODY}}})
    response = post(bridge_client, manager, body)
    assert response.status_code == 200
    assert response.json["result"] == "Success"
    assert response.json["items"] == [{"PO": "WC3044", "status": "updated", "ID": 3044}]
    assert isinstance(response.json["message"], dict)
    assert look(shop, 3044).hpos == "wc-shipped"


def test_json_is_understood_as_well_whatever_the_case_of_the_names(
    bridge_client: FlaskClient, manager: dict[str, str], shop: Shop
) -> None:
    body = json.dumps({"Data": {"HEAD": {"WC3044": HEAD}, "Body": {"WC3044": 42}}})
    response = post(bridge_client, manager, body, kind="application/json")
    assert response.json["result"] == "Success"
    assert look(shop, 3044).customer_notes == [f"{HEAD}<br />42"]


def test_a_plan_is_asked_for_in_the_address(
    bridge_client: FlaskClient, manager: dict[str, str], shop: Shop
) -> None:
    body = encode({"data": {"head": {"WC3044": HEAD}, "body": {"WC3044": BODY}}})
    response = post(bridge_client, manager, body, query="?plan=1")
    assert response.json["items"][0]["status"] == "updated"
    assert look(shop, 3044).hpos == "wc-processing"


def test_the_erps_empty_reference_is_refused_alone(
    bridge_client: FlaskClient, manager: dict[str, str], shop: Shop
) -> None:
    body = "data[head][]=a&data[head][WC3044]=b&data[body][]=1&data[body][WC3044]=2"
    response = post(bridge_client, manager, body)
    assert response.json["result"] == "Fail"
    assert [i["status"] for i in response.json["items"]] == ["refused", "updated"]
    assert look(shop, 3044).customer_notes == ["b<br />2"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ("", "data.head", "missing"),
        ("data[body][WC3044]=1", "data.head", "missing"),
        ("data[head]=text", "data.head", "invalid"),
        ("data=text", "data", "invalid"),
        ("data[head][WC3044]=a&data[body]=text", "data.body", "invalid"),
        ("head[WC3044]=a", "data.head", "missing"),
    ],
)
def test_a_part_that_is_missing_or_wrong_is_named(
    bridge_client: FlaskClient,
    manager: dict[str, str],
    shop: Shop,
    body: str,
    field: str,
    code: str,
) -> None:
    before = content(shop)
    response = post(bridge_client, manager, body)
    assert response.status_code == 422
    assert response.json["result"] == "Fail"
    (error,) = response.json["message"]["error"]
    assert (error["field"], error["code"]) == (field, code)
    assert content(shop) == before


def test_a_head_that_is_no_text_refuses_that_order_only(
    bridge_client: FlaskClient, manager: dict[str, str], shop: Shop
) -> None:
    body = "data[head][WC3041][x]=a&data[head][WC3044]=b&data[body][WC9]=c"
    response = post(bridge_client, manager, body)
    assert response.status_code == 200
    assert [i["status"] for i in response.json["items"]] == ["refused", "updated"]
    assert response.json["items"][0]["field"] == "data.head.WC3041"
    assert "WC9" in response.json["message"]["warning"][0]["text"]


def test_credentials_are_asked_for(bridge_client: FlaskClient) -> None:
    assert post(bridge_client, {}, "data[head][WC3044]=a").status_code == 401
