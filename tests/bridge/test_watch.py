"""``export --watch``: new and changed orders within seconds, whatever goes wrong."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.engine import make_url

from bridge.export import due, exporter, prepared, touched, waiting, watch
from bridge.export.reading import read_orders
from bridge.export.watch import Watch
from bridge.shop import Shop
from tests.support.servers import ROOT

from .orders import add_orders, look, set_mode, set_order_status
from .receiver import Listen, Receiver, Say, listen
from .test_confirm import counted
from .test_export import TOKEN, change, export, mark_of, to, without_mark

__all__ = ["listen"]  # a fixture
REFUSAL = Say({"result": "Fail", "messages": {"error": [{"text": "Why not."}]}})


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def edit(shop: Shop, note: str) -> None:
    """What a person does in the shop's order screen, a moment after the last change."""
    later = datetime.now(UTC) + timedelta(seconds=1)
    change(shop, customer_note=note, date_updated_gmt=f"{later:%Y-%m-%d %H:%M:%S}")


def watching(shop: Shop) -> Watch:
    """A watcher that has found everything sent that was waiting."""
    made = Watch(shop, threading.Event())
    assert made.round() == ""
    assert waiting(shop) == []
    return made


def sent(receiver: Receiver) -> list[str]:
    return [call.form["General"]["PurchaseOrderID"] for call in receiver.orders]


@pytest.fixture
def receiver(listen: Listen) -> Receiver:
    return listen()


@pytest.fixture
def linked(shop: Shop, receiver: Receiver) -> Shop:
    return to(shop, receiver)


def test_the_first_round_sends_all_that_wait_oldest_first(
    linked: Shop, receiver: Receiver
) -> None:
    waits = waiting(linked)
    assert waits
    watching(linked)
    assert sent(receiver) == [f"WC{number}" for number in waits]


def test_a_new_order_goes_out_in_the_next_round(
    linked: Shop, receiver: Receiver
) -> None:
    made = watching(linked)
    receiver.calls.clear()
    (number,) = add_orders(linked, 1)
    touch(linked, number)
    made.round()
    assert sent(receiver) == [f"WC{number}"]
    assert mark_of(linked, number)["hpos"] == ["yes"]


def touch(shop: Shop, number: int) -> None:
    orders = shop.tables.wc_orders
    with shop.database.transaction() as conn:
        conn.execute(
            update(orders).where(orders.c.id == number), {"date_updated_gmt": now()}
        )


@pytest.mark.parametrize("mode", ["posts", "hpos-sync"])
def test_every_storage_is_watched(linked: Shop, receiver: Receiver, mode: str) -> None:
    (number,) = add_orders(linked, 1)
    set_order_status(linked, number, "pending")
    orders = linked.tables.wc_orders
    with linked.database.transaction() as conn:
        conn.execute(update(orders).where(orders.c.id == number), {"total_amount": 0})
    table = linked.tables.wc_order_operational_data
    with linked.database.transaction() as conn:
        amounts = {"shipping_total_amount": 0, "shipping_tax_amount": 0}
        conn.execute(table.insert(), {"order_id": number, **amounts})
    set_mode(linked, mode)
    made = watching(linked)
    receiver.calls.clear()
    set_order_status(linked, number, "processing")
    touch(linked, number)
    posts = linked.tables.posts
    with linked.database.transaction() as conn:
        stamps = {"post_modified_gmt": now(), "post_date": now()}
        conn.execute(update(posts).where(posts.c.ID == number), stamps)
    made.round()
    assert sent(receiver) == [f"WC{number}"]


def test_an_order_that_is_paid_later_goes_out_then(
    linked: Shop, receiver: Receiver
) -> None:
    set_order_status(linked, 3044, "pending")
    made = watching(linked)
    receiver.calls.clear()
    set_order_status(linked, 3044, "processing")
    touch(linked, 3044)
    made.round()
    assert sent(receiver) == ["WC3044"]


def test_an_edit_is_sent_and_a_shipment_is_not(
    linked: Shop, receiver: Receiver
) -> None:
    made = watching(linked)
    receiver.calls.clear()
    set_order_status(linked, 3044, "completed")
    edit(linked, "")
    made.round()
    assert sent(receiver) == []
    edit(linked, "Ring twice.")
    made.round()
    assert sent(receiver) == ["WC3044"]
    assert receiver.orders[0].form["General"]["OrderNotes"] == "Ring twice."


def test_an_edit_while_nobody_watched_is_found_at_the_start(
    linked: Shop, receiver: Receiver
) -> None:
    watching(linked)
    edit(linked, "Ring twice.")
    receiver.calls.clear()
    watching(linked)
    assert sent(receiver) == ["WC3044"]


def test_an_edit_while_the_order_was_on_its_way_is_sent_too(
    linked: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = exporter.send_order

    def edited_meanwhile(*args: Any, **keys: Any) -> Any:
        change(linked, customer_note="Ring twice.", date_updated_gmt=now())
        monkeypatch.setattr(exporter, "send_order", original)
        return original(*args, **keys)

    monkeypatch.setattr(exporter, "send_order", edited_meanwhile)
    export(linked, 3044)
    watching(linked)
    last = [
        c for c in receiver.orders if "3044" in c.form["General"]["PurchaseOrderID"]
    ]
    assert [call.form["General"]["OrderNotes"] for call in last] == ["", "Ring twice."]


def test_an_order_that_the_plugin_exported_is_left_alone(
    linked: Shop, receiver: Receiver
) -> None:
    watching(linked)
    receipts = linked.ledger.receipts
    with linked.database.transaction() as conn:
        conn.execute(receipts.delete())
    edit(linked, "Ring twice.")
    assert due(linked, [3044]) == []


def test_one_refused_order_stops_nobody_and_is_not_offered_at_once_again(
    linked: Shop, receiver: Receiver
) -> None:
    made = watching(linked)
    first, second = add_orders(linked, 2)
    for number in (first, second):
        touch(linked, number)
    receiver.calls.clear()
    receiver.script[:] = [REFUSAL, Say()]
    assert made.round() == ""
    assert sent(receiver) == [f"WC{first}", f"WC{second}"]
    made._next_sweep = 0.0
    assert made.round() == ""
    assert len(receiver.orders) == 2
    assert waiting(linked) == [first]


def test_a_refused_order_is_offered_again_later_and_at_once_when_edited(
    linked: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = watching(linked)
    without_mark(linked)
    edit(linked, "one")
    receiver.script[:] = [REFUSAL]
    made.round()
    receiver.calls.clear()
    edit(linked, "two")
    later = datetime.now(UTC) + timedelta(seconds=2)
    change(linked, date_updated_gmt=f"{later:%Y-%m-%d %H:%M:%S}")
    made.round()
    assert len(receiver.orders) == 1
    receiver.script[:] = [Say()]
    made._held[3044].until = 0.0
    made.round()
    assert len(receiver.orders) == 2
    assert made._held == {}


def test_a_silent_bizuno_is_tried_less_and_less_and_then_catches_up(
    linked: Shop, receiver: Receiver
) -> None:
    made = watching(linked)
    numbers = add_orders(linked, 5)
    for number in numbers:
        touch(linked, number)
    receiver.calls.clear()
    receiver.script[:] = [Say(cut=True)]
    manner = watch._MANNER
    watch._MANNER = exporter.Manner(wait=0, source="watch")
    try:
        assert made.round() == "Bizuno does not answer."
        assert len(receiver.orders) == exporter.UNANSWERED
        receiver.script[:] = [Say()]
        made._next_sweep = 0.0
        assert made.round() == ""
    finally:
        watch._MANNER = manner
    assert waiting(linked) == []


def test_rows_that_are_no_order_stop_nobody(
    linked: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = add_orders(linked, 2)

    def reading(conn: Any, tables: Any, storage: Any, ids: Any, zone: Any) -> Any:
        if bad in ids:
            raise ValueError("time data '2026-13-40' does not match")
        return read_orders(conn, tables, storage, ids, zone)

    monkeypatch.setattr(prepared, "read_orders", reading)
    Watch(linked, threading.Event()).round()
    assert f"WC{good}" in sent(receiver)
    assert waiting(linked) == [bad]


def test_an_idle_round_asks_one_question_by_an_index(linked: Shop) -> None:
    add_orders(linked, 1500)
    with linked.database.transaction() as conn:
        for order in waiting(linked):
            metas = linked.tables.wc_orders_meta
            values = {"meta_key": "bizuno_order_exported", "meta_value": "yes"}
            conn.execute(metas.insert(), {"order_id": order, **values})
    made = Watch(linked, threading.Event())
    made.round()
    with counted(linked) as asked:
        made.round()
    # the storage mode, and the orders
    assert len([one for one in asked if one != "BEGIN"]) == 2
    if linked.database.engine.dialect.name == "sqlite":
        return
    seen: list[Any] = []

    def keep(_c: Any, _k: Any, statement: str, values: Any, *_rest: Any) -> None:
        seen.append((statement, values))

    engine = linked.database.engine
    event.listen(engine, "before_cursor_execute", keep)
    touched(linked, datetime.now(UTC) - watch.WINDOW)
    event.remove(engine, "before_cursor_execute", keep)
    statement, values = seen[-1]
    with linked.database.read() as conn:
        row = conn.exec_driver_sql(f"EXPLAIN {statement}", values).mappings().one()
    assert row["key"] == "date_updated"
    assert int(row["rows"]) < 50


def test_a_watcher_whose_database_is_away_waits_for_it(
    linked: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bizuno_bridge.watch")
    stop = threading.Event()
    made = Watch(linked, stop, 0.01)
    outcomes = iter(["The database cannot be reached.", "", ""])
    pauses: list[float] = []

    def round_or_trouble() -> str:
        return next(outcomes)

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 3:
            stop.set()
        return stop.is_set()

    monkeypatch.setattr(made, "_round_or_trouble", round_or_trouble)
    monkeypatch.setattr(stop, "wait", pause)
    made.run()
    assert pauses == [2.0, 0.01, 0.01]
    texts = [record.getMessage() for record in caplog.records]
    assert "The database cannot be reached. Next try in 2 seconds." in texts
    assert "all is well again" in texts


# the service

Service = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def service(shop_url: str, tmp_path: Path) -> Iterator[Service]:
    """``bizuno-bridge export --watch`` as a process of its own."""
    running: list[subprocess.Popen[bytes]] = []

    def start(receiver: Receiver) -> subprocess.Popen[bytes]:
        url = make_url(shop_url).render_as_string(hide_password=False)
        file = tmp_path / "watch.ini"
        file.write_text(
            f"[bridge]\ndatabase = {url}\nuploads = {tmp_path}\n"
            f"portal_url = {receiver.url}\nportal_token = {TOKEN}\n"
        )
        words = ["--config", str(file), "export", "--watch", "--interval", "0.2"]
        with (tmp_path / "watch.log").open("wb") as log:
            running.append(
                subprocess.Popen(
                    [
                        sys.executable,
                        "-c",
                        "from bridge.cli import main; main()",
                        *words,
                    ],
                    cwd=ROOT,
                    stderr=log,
                )
            )
        return running[-1]

    yield start
    for one in running:
        one.kill()
        one.wait()


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_the_service_sends_a_new_order_within_seconds_and_ends_when_told(
    shop: Shop, service: Service, receiver: Receiver, tmp_path: Path
) -> None:
    waits = waiting(shop)
    process = service(receiver)
    until(lambda: len(receiver.orders) == len(waits))
    (number,) = add_orders(shop, 1)
    touch(shop, number)
    until(lambda: f"WC{number}" in sent(receiver), 10)
    until(lambda: bool(look(shop, number).private_notes), 10)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    log = (tmp_path / "watch.log").read_text()
    assert f"{number}: recorded in Bizuno as SO00001 (ID 17)." in log
    assert "stopped" in log
    assert TOKEN not in log
    assert "Traceback" not in log


def test_orders_wait_for_the_service_while_bizuno_is_away(
    shop: Shop, service: Service, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.script[:] = [Say({}, status=502)]
    process = service(receiver)
    log = tmp_path / "watch.log"
    until(lambda: "does not answer" in log.read_text() or "unknown" in log.read_text())
    receiver.script[:] = [Say()]
    until(lambda: waiting(shop) == [], 60)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
