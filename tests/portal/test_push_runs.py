"""A push remembers: what is known is not sent again, what was cut off goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from portal.books import Books
from portal.push import locks, state
from portal.push.runs import Runs
from portal.push.state import Content
from tests.support.listening import ListeningStore
from tests.support.pushing import PASSWORD, Portal
from tests.support.servers import ROOT, free_port

# what does not depend on the kind of database is seen on one
embedded = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def portal(books: Books, tmp_path: Path) -> Iterator[Portal]:
    """The commands, and a bridge that listens."""
    with ListeningStore() as store:
        yield Portal.of(books, store, tmp_path)


def runs_of(portal: Portal) -> Runs:
    return Runs(portal.books.database, portal.books.ledger)


@embedded
def test_what_was_acknowledged_is_not_sent_again(portal: Portal) -> None:
    portal.run("refresh")
    calls = len(portal.store.book.calls)
    assert "Nothing to send" in portal.run("refresh")
    assert len(portal.store.book.calls) == calls


def test_only_what_changed_is_sent(portal: Portal) -> None:
    portal.run("refresh")
    portal.store.book.calls.clear()
    portal.sql("UPDATE inventory SET qty_stock = qty_stock + 1 WHERE sku='LOCK-U'")
    said = portal.run("refresh", "--diff")
    assert list(portal.store.sent()) == ["LOCK-U"]
    assert "1 changed" in said and "QtyStock: " in said


@embedded
def test_all_sends_everything(portal: Portal) -> None:
    portal.run("refresh")
    before = set(portal.store.sent())
    portal.store.book.calls.clear()
    portal.run("refresh", "--all")
    assert set(portal.store.sent()) == before


def test_what_was_refused_or_missing_is_sent_again(portal: Portal) -> None:
    portal.store.book.refused, portal.store.book.missing = {"LOCK-U": "Price"}, {
        "CHAIN-11"
    }
    portal.run("refresh", status=1)
    portal.store.book.calls.clear()
    portal.store.book.refused, portal.store.book.missing = {}, set()
    portal.run("refresh")
    assert set(portal.store.sent()) == {"CHAIN-11", "LOCK-U"}


@embedded
def test_refresh_and_upload_are_remembered_apart(portal: Portal) -> None:
    portal.run("refresh", "--only", "LOCK-U")
    portal.run("upload", "--only", "LOCK-U")
    assert [c.endpoint for c in portal.store.book.calls] == [
        "product/refresh",
        "product/update",
    ]


@embedded
def test_a_changed_picture_is_sent_again_but_not_in_mode_3(portal: Portal) -> None:
    portal.pictures()
    portal.run("upload", "--mode", "2", "--only", "BIKE-M10")
    file = portal.books.config.data / "images" / "sample" / "bike-m10.png"
    os.utime(file, ns=(1, 1))
    assert "Nothing" in portal.run("upload", "--mode", "3", "--only", "BIKE-M10")
    assert "1 changed" in portal.run("upload", "--mode", "2", "--only", "BIKE-M10")
    assert len(portal.store.book.calls) == 2


@embedded
def test_a_dry_run_asks_nobody_it_does_not_know(portal: Portal) -> None:
    said = portal.run("refresh", "--dry-run")
    assert "not sent before" in said and "Nothing was sent" in said
    assert not portal.store.book.calls and not portal.store.book.probes


@embedded
def test_a_dry_run_asks_our_bridge_for_its_plan(portal: Portal) -> None:
    portal.configure(kind="bridge")
    said = portal.run("refresh", "--dry-run")
    assert "The store would answer" in said
    assert all(call.plan for call in portal.store.book.calls)
    assert not portal.store.book.state


@embedded
def test_nothing_flagged_is_success(portal: Portal) -> None:
    portal.sql("UPDATE inventory SET woocommerce_sync='0'")
    for command in ("refresh", "upload", "sync"):
        portal.run(command)
    assert not portal.store.book.calls and not portal.store.book.probes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("full_price = 0", "falls to price 0"),
        ("full_price = full_price * 2", "changes price by more than 50 %"),
    ],
)
def test_a_strange_price_is_parked_and_can_be_accepted(
    portal: Portal, change: str, code: str
) -> None:
    portal.run("refresh")
    portal.store.book.calls.clear()
    portal.sql(f"UPDATE inventory SET {change} WHERE sku='LOCK-U'")
    said = portal.run("refresh", status=1)
    assert code in said and "LOCK-U" in said
    assert not portal.store.book.calls
    number = runs_of(portal).newest(1)[0].id
    assert f"--accept {number}" in said
    portal.run("refresh", "--accept", str(number))
    assert list(portal.store.sent()) == ["LOCK-U"]
    assert runs_of(portal).read(number).status == "done"


@embedded
def test_what_changed_after_it_was_parked_is_asked_about_again(portal: Portal) -> None:
    portal.run("refresh")
    portal.store.book.calls.clear()
    portal.sql("UPDATE inventory SET full_price = full_price * 2 WHERE sku='LOCK-U'")
    portal.run("refresh", status=1)
    number = str(runs_of(portal).newest(1)[0].id)
    portal.sql("UPDATE inventory SET full_price = full_price * 2 WHERE sku='LOCK-U'")
    portal.run("refresh", "--accept", number, status=1)
    assert not portal.store.book.calls
    portal.run("refresh", "--accept", number)
    assert list(portal.store.sent()) == ["LOCK-U"]


@embedded
def test_a_first_push_has_nothing_to_be_asked_about(portal: Portal) -> None:
    portal.sql("UPDATE inventory SET full_price = 0, qty_stock = 0")
    portal.run("refresh")
    assert portal.store.book.calls


@embedded
def test_many_items_out_of_stock_are_parked(portal: Portal) -> None:
    portal.configure(guard_out_of_stock="2")
    portal.run("refresh")
    portal.sql("UPDATE inventory SET qty_stock = 0")
    assert "out of stock" in portal.run("refresh", status=1)


@embedded
def test_many_removals_are_parked(portal: Portal) -> None:
    portal.configure(guard_removals="2")
    portal.run("sync", "--delete")
    portal.sql("UPDATE inventory SET woocommerce_sync='0' WHERE sku LIKE 'T%'")
    said = portal.run("sync", "--delete", status=1)
    assert "leave the list" in said
    assert len(portal.store.book.calls) == 1
    number = str(runs_of(portal).newest(1)[0].id)
    portal.run("sync", "--accept", number)
    assert portal.store.book.calls[1].data["syncDelete"] == "1"


@embedded
def test_a_sync_tells_what_the_sides_do_not_share(portal: Portal) -> None:
    portal.store.book.sync = {"extra": ["HELMET-V2"], "missing": ["HELMET-V3"]}
    said = portal.run("sync")
    assert "1 in the store only: HELMET-V2" in said
    assert "1 in Bizuno, but not for sale in the store" in said
    assert portal.store.book.calls[0].data["syncTag"] == "woocommerce_sync"


@embedded
def test_a_plugin_that_finds_differences_is_no_failure(portal: Portal) -> None:
    portal.store.book.bridge = False
    portal.store.book.sync = {"result": "Fail"}
    assert "does not list" in portal.run("sync")


def test_a_stopped_push_is_resumed_where_it_was(portal: Portal) -> None:
    portal.run("refresh")
    everything = set(portal.store.sent())
    portal.store.book.calls.clear()
    portal.configure(kind="plugin")
    portal.store.book.bridge = False
    # more than one call to the plugin, and the second is turned away
    portal.sql(
        "UPDATE inventory_meta SET meta_value = :value WHERE meta_key='price_c'",
        value='{"iID":0,"default":"1","levels":{"rows":['
        + ",".join(f'{{"qty":{n},"source":1,"price":{n}}}' for n in range(2, 150))
        + "]}}",
    )
    portal.store.book.faults.extend([0, 401])
    said = portal.run("refresh", "--all", status=1)
    number = str(runs_of(portal).newest(1)[0].id)
    assert f"resume {number}" in said and "Check email and password" in said
    done = set(portal.store.book.calls[0].keys)
    portal.store.book.calls.clear()
    portal.run("resume", number)
    assert set(portal.store.sent()) == everything - done
    found = runs_of(portal).read(int(number))
    assert found.status == "done" and found.changed == len(everything)


def test_a_killed_push_is_resumed_where_it_was(portal: Portal) -> None:
    portal.store.book.bridge = False
    portal.configure(kind="plugin", timeout="30")
    process = start(portal, "upload", "--json")
    wait_for(lambda: len(portal.store.book.state) >= 3)
    portal.store.book.faults.append("hang")
    wait_for(lambda: not portal.store.book.faults)
    process.kill()
    process.communicate()
    portal.store.book.released.set()
    done = set(portal.store.book.state)
    run = runs_of(portal).newest(1)[0]
    assert run.status == "running"
    portal.store.book.calls.clear()
    portal.run("resume", str(run.id))
    again = [key for call in portal.store.book.calls for key in call.keys]
    # what was on its way when it was killed may be sent twice, nothing else
    assert len(set(again) & done) <= 1
    assert len(portal.store.book.state) == run.asked
    finished = runs_of(portal).read(run.id)
    assert finished.status == "done" and finished.changed == run.asked


@embedded
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_push_says_how_to_go_on(portal: Portal, number: int) -> None:
    portal.configure(kind="bridge", timeout="30")
    portal.store.book.faults.append("hang")
    process = start(portal, "refresh")
    wait_for(lambda: not portal.store.book.faults)
    process.send_signal(number)
    said = process.communicate(timeout=20)[0].decode()
    assert process.returncode == 1, said
    run = runs_of(portal).newest(1)[0]
    assert run.status == "interrupted" and f"resume {run.id}" in said


def start(portal: Portal, *arguments: str) -> subprocess.Popen[bytes]:
    command = "import sys; from portal.cli import main; main(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", command, "--config", str(portal.file), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def wait_for(condition: object) -> None:
    until = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.02)


@embedded
def test_failed_items_are_tried_again(portal: Portal) -> None:
    portal.store.book.refused = {"LOCK-U": "Price"}
    portal.run("refresh", status=1)
    first = runs_of(portal).newest(1)[0].id
    portal.store.book.refused = {}
    portal.store.book.calls.clear()
    portal.run("retry", str(first), "--failed")
    assert list(portal.store.sent()) == ["LOCK-U"]


def test_an_item_that_bizuno_lost_is_closed_in_a_resumed_run(portal: Portal) -> None:
    portal.configure(kind="bridge")
    portal.store.book.faults.append(401)
    portal.run("refresh", "--only", "LOCK-U,CHAIN-11", status=1)
    portal.sql("DELETE FROM inventory WHERE sku='LOCK-U'")
    number = str(runs_of(portal).newest(1)[0].id)
    portal.run("resume", number)
    statuses = {i.item: i.status for i in runs_of(portal).items(int(number))}
    assert statuses == {"LOCK-U": "missing", "CHAIN-11": "updated"}


def test_two_people_cannot_push_the_same(portal: Portal) -> None:
    portal.run("refresh", "--only", "LOCK-U")
    run = runs_of(portal).newest(1)[0]
    lock, _ = locks.take(portal.books.database, "refresh", portal.store.url, str)
    lock.run = run.id
    lock.beat()
    said = portal.run("refresh", "--all", status=1)
    assert "has been pushing the same (refresh) since" in said
    assert f"run {run.id}, 1 of 1 done" in said
    lock.release()
    portal.run("refresh", "--all")


@embedded
def test_other_kinds_of_push_are_not_kept_waiting(portal: Portal) -> None:
    state.create_tables(portal.books.database)
    locks.take(portal.books.database, "refresh", portal.store.url, str)
    portal.run("sync")


@embedded
@pytest.mark.parametrize("holder", ["anna@elsewhere process 7", "broken"])
def test_a_lock_without_a_heartbeat_is_taken_over(portal: Portal, holder: str) -> None:
    state.create_tables(portal.books.database)
    locks.take(portal.books.database, "refresh", portal.store.url, str)
    old = datetime.now(UTC) - timedelta(minutes=11)
    with portal.books.database.transaction() as conn:
        conn.execute(update(state.locks), {"holder": holder, "beat": old})
    portal.run("refresh", "--only", "LOCK-U")


def test_a_lock_of_a_dead_process_is_taken_over_at_once(portal: Portal) -> None:
    portal.books.ledger.create(portal.books.database)
    state.create_tables(portal.books.database)
    lock, _ = locks.take(portal.books.database, "refresh", portal.store.url, str)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    run = runs_of(portal).begin("refresh", portal.store.url, ["LOCK-U"], {})
    with portal.books.database.transaction() as conn:
        place = locks._holder().partition(" process ")[0]
        dead = f"{place} process {process.pid}"
        conn.execute(update(state.locks), {"holder": dead, "run_id": run})
    portal.run("refresh", "--only", "LOCK-U")
    assert runs_of(portal).read(run).status == "interrupted"


def test_the_history_is_shown(portal: Portal) -> None:
    assert "no push yet" in portal.run("runs")
    portal.store.book.refused = {"LOCK-U": "Price"}
    portal.run("refresh", status=1)
    assert "refresh" in portal.run("runs")
    number = str(runs_of(portal).newest(1)[0].id)
    said = portal.run("run", number)
    assert "refused   LOCK-U  Price: Correct it in Bizuno." in said
    assert f"retry {number} --failed" in said
    assert "There is no run 99" in portal.run("run", "99", status=1)


@embedded
def test_events_are_json_and_account_for_every_item(portal: Portal) -> None:
    events = portal.events("refresh")
    assert [e["event"] for e in events if e["event"] in ("plan", "end")] == [
        "plan",
        "end",
    ]
    told = [i["SKU"] for e in events if e["event"] == "items" for i in e["items"]]
    assert sorted(told) == sorted(portal.store.sent())
    assert events[-1]["counts"] == {"updated": len(told)}


def test_several_stores_are_pushed_to_and_none_stops_another(portal: Portal) -> None:
    with ListeningStore(bridge=False) as second:
        shared = f"email = m\npassword = {PASSWORD}\n"
        portal.configure(
            f"[store:south]\nurl = {second.url}\n{shared}"
            f"\n[store:lost]\nurl = http://127.0.0.1:{free_port()}\n{shared}"
            "\n[store:none]\n",
            section="store:north",
        )
        said = portal.run("refresh", status=1)
        assert portal.store.book.state.keys() == second.book.state.keys() != set()
        assert "none: Error: The store is not configured" in said
        portal.store.book.calls.clear()
        portal.run("refresh", "--all", "--store", "south")
        assert not portal.store.book.calls
        assert "[store:east]" in portal.run("refresh", "--store", "east", status=1)


@embedded
def test_several_stores_are_pushed_to_at_once(portal: Portal) -> None:
    with ListeningStore() as second:
        portal.configure(
            f"[store:south]\nurl = {second.url}\nemail = m\npassword = {PASSWORD}\n",
            section="store:north",
            timeout="30",
        )
        books = [portal.store.book, second.book]
        for book in books:
            book.faults.append("hang")

        def let_go() -> None:
            # neither gets on before both have been called
            wait_for(lambda: all(book.calls for book in books))
            for book in books:
                book.released.set()

        with ThreadPoolExecutor() as pool:
            watching = pool.submit(let_go)
            portal.run("refresh")
            watching.result()
        assert portal.store.book.state.keys() == second.book.state.keys() != set()


@embedded
def test_an_item_of_another_store_stays_out_where_there_are_several(
    portal: Portal,
) -> None:
    with ListeningStore() as second:
        portal.sql("ALTER TABLE inventory ADD south_sync CHAR(1) DEFAULT '0'")
        portal.sql("UPDATE inventory SET south_sync='1' WHERE sku='LOCK-U'")
        portal.configure(
            f"[store:south]\nurl = {second.url}\nemail = m\npassword = {PASSWORD}\n"
            "flag = south_sync\n",
            section="store:north",
        )
        portal.run("refresh", "--only", "CHAIN-11,LOCK-U")
        assert set(portal.store.sent()) == {"CHAIN-11", "LOCK-U"}
        assert set(second.sent()) == {"LOCK-U"}


@embedded
def test_a_store_without_address_names_the_remedy(portal: Portal) -> None:
    portal.configure(url="")
    assert "set url, email and password in [store]" in portal.run("refresh", status=1)


@embedded
def test_a_password_no_header_can_carry_names_the_remedy(portal: Portal) -> None:
    portal.configure(password="pässword")
    said = portal.run("refresh", status=1)
    assert "printable ASCII" in said and "pässword" not in said


def test_a_content_is_known_by_its_digest() -> None:
    one, same = Content.of({"a": "1", "b": "2"}), Content.of({"b": "2", "a": "1"})
    assert one.digest == same.digest != Content.of({"a": "1", "b": "3"}).digest
