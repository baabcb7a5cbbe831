"""Batches fit the receiver, and a failing item is found and set aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bridge.common.config import StoreConfig
from bridge.common.envelope import ItemResult, Status
from bridge.common.http import Outcome
from bridge.common.phpform import count_fields
from portal.push.endpoints import Confirm, Refresh, Update, read_items
from portal.push.sending import PLUGIN_FIELDS, Delivery, Entry, Limit, judge
from portal.push.shipments import Confirmation
from portal.push.store import Store, Unreachable, said
from tests.support.listening import ListeningStore
from tests.support.servers import free_port


@pytest.fixture
def bridge() -> Iterator[ListeningStore]:
    """A store of ours."""
    with ListeningStore() as store:
        yield store


@pytest.fixture
def plugin() -> Iterator[ListeningStore]:
    """A store that runs the PHP plugin."""
    with ListeningStore(bridge=False) as store:
        yield store


def entry(sku: str, tiers: int = 0) -> Entry:
    document: dict[str, Any] = {"SKU": sku, "QtyStock": "1", "Price": "2"}
    if tiers:
        document["PriceTiers"] = [{"qty": str(n), "price": "1"} for n in range(tiers)]
    return Entry(sku, count_fields(document), lambda: document)


def entries(count: int, tiers: int = 0) -> list[Entry]:
    return [entry(f"S{n:05}", tiers) for n in range(count)]


def connect(store: ListeningStore, timeout: float = 5) -> Store:
    return Store(
        StoreConfig(url=store.url, email="m", password="secret", timeout=timeout)
    )


def deliver(
    store: ListeningStore,
    items: list[Entry],
    kind: Callable[[Store], Any] = Refresh,
    **more: Any,
) -> dict[str, ItemResult]:
    """Send items; every one of them is reported exactly once."""
    connection = connect(store, more.pop("timeout", 5))
    limit = more.pop("limit", None) or Limit.of(is_bridge=connection.is_bridge)
    pauses: list[float] = more.pop("pauses", [])
    delivery = Delivery(kind(connection), limit, pause=pauses.append, **more)
    results = [result for batch in delivery.run(items) for result in batch]
    assert sorted(r.key for r in results) == sorted(i.key for i in items)
    return {result.key: result for result in results}


def test_the_kind_of_a_store_is_asked_for_once(bridge: ListeningStore) -> None:
    store = connect(bridge)
    assert store.is_bridge and store.is_bridge
    assert bridge.book.probes == 1


def test_a_plugin_is_known_by_the_missing_sign(plugin: ListeningStore) -> None:
    assert not connect(plugin).is_bridge


def test_no_call_to_a_plugin_exceeds_its_fields(plugin: ListeningStore) -> None:
    deliver(plugin, entries(400, tiers=3))
    assert max(call.fields for call in plugin.book.calls) <= PLUGIN_FIELDS
    assert len(plugin.book.calls) == 4


def test_an_entry_larger_than_the_limit_goes_alone(plugin: ListeningStore) -> None:
    deliver(plugin, [entry("BIG", 600), entry("SMALL")])
    assert [call.keys for call in plugin.book.calls] == [["BIG"], ["SMALL"]]


def test_batches_to_a_bridge_grow_to_two_thousand(bridge: ListeningStore) -> None:
    deliver(bridge, entries(6_000))
    assert [len(c.keys) for c in bridge.book.calls] == [500, 1_000, 2_000, 2_000, 500]


def test_credentials_travel_as_headers(bridge: ListeningStore) -> None:
    deliver(bridge, entries(1))
    headers = bridge.book.calls[0].headers
    assert headers["email"] == "m" and headers["pass"] == "secret"
    assert headers["user-agent"].startswith("bizuno-bridge/")
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in headers


def test_the_poisoned_item_is_found_and_set_aside(bridge: ListeningStore) -> None:
    bridge.book.poison = {"S00300"}
    found = deliver(bridge, entries(1_000))
    refused = [r for r in found.values() if r.status is Status.REFUSED]
    assert [r.key for r in refused] == ["S00300"]
    assert refused[0].code == "not_answered"
    assert len(bridge.book.state) == 999
    assert len(bridge.book.calls) < 30


def test_two_poisoned_items_are_both_found(plugin: ListeningStore) -> None:
    plugin.book.poison = {"S00003", "S00290"}
    found = deliver(plugin, entries(300))
    refused = {r.key for r in found.values() if r.status is Status.REFUSED}
    assert refused == plugin.book.poison


def test_a_store_that_fails_on_everything_is_left(bridge: ListeningStore) -> None:
    bridge.book.poison = {e.key for e in entries(50)}
    with pytest.raises(Unreachable, match="failed on 3 items in a row"):
        deliver(bridge, entries(50))


@pytest.mark.parametrize("fault", [500, 502, "drop", "cut"])
def test_an_unknown_outcome_is_sent_again(
    bridge: ListeningStore, fault: int | str
) -> None:
    bridge.book.faults.extend([fault, fault])
    found = deliver(bridge, entries(40))
    assert {r.status for r in found.values()} == {Status.UPDATED}


def test_a_hanging_call_is_sent_again_in_halves(bridge: ListeningStore) -> None:
    bridge.book.faults.append("hang")
    deliver(bridge, entries(40), timeout=0.3)
    assert [len(c.keys) for c in bridge.book.calls][:3] == [40, 20, 20]


def test_too_large_a_call_is_halved(bridge: ListeningStore) -> None:
    bridge.book.faults.extend([413, 413])
    deliver(bridge, entries(40))
    assert [len(c.keys) for c in bridge.book.calls] == [40, 20, 10, 10, 20]


def test_a_single_item_that_is_refused_is_not_tried_again(
    bridge: ListeningStore,
) -> None:
    bridge.book.faults.append(422)
    found = deliver(bridge, entries(1))
    assert found["S00000"].text == "fault 422"
    assert len(bridge.book.calls) == 1


@pytest.mark.parametrize("fault", [429, 503])
def test_a_rate_limit_is_honoured(bridge: ListeningStore, fault: int) -> None:
    bridge.book.faults.extend([fault, fault])
    bridge.book.retry_after = "7"
    pauses: list[float] = []
    deliver(bridge, entries(40), pauses=pauses)
    assert pauses == [7, 7]
    assert [len(c.keys) for c in bridge.book.calls] == [40, 40, 40]


def test_patience_ends(bridge: ListeningStore) -> None:
    bridge.book.faults.extend([429] * 9)
    bridge.book.retry_after = "100"
    with pytest.raises(Unreachable):
        deliver(bridge, entries(1), patience=60.0)


@pytest.mark.parametrize(("fault", "remedy"), [(401, "password"), (404, "url")])
def test_what_no_batch_can_help_stops_at_once(
    bridge: ListeningStore, fault: int, remedy: str
) -> None:
    bridge.book.faults.append(fault)
    with pytest.raises(Unreachable, match=remedy):
        deliver(bridge, entries(40))
    assert len(bridge.book.calls) == 1


def away(port: int) -> Store:
    """A bridge that is not there now."""
    url = f"http://127.0.0.1:{port}"
    return Store(StoreConfig(url=url, email="m", password="secret", kind="bridge"))


def test_a_store_that_went_away_is_waited_for() -> None:
    port, notices = free_port(), list[str]()
    with ExitStack() as stack:

        def pause(seconds: float) -> None:
            if len(notices) == 2:
                stack.enter_context(ListeningStore(port=port))

        delivery = Delivery(Refresh(away(port)), Limit(), notices.append, pause=pause)
        results = [result for batch in delivery.run(entries(5)) for result in batch]
    assert len(results) == 5
    assert len(notices) == 2 and "cannot be reached" in notices[0]


def test_a_store_that_stays_away_ends_the_push() -> None:
    delivery = Delivery(
        Refresh(away(free_port())),
        Limit(),
        pause=lambda seconds: time.sleep(0.05),
        patience=2.0,
    )
    with pytest.raises(Unreachable, match="cannot be reached"):
        list(delivery.run(entries(5)))


def test_what_a_plugin_does_not_have_is_found_by_halves(plugin: ListeningStore) -> None:
    plugin.book.missing = {"S00005"}
    found = deliver(plugin, entries(20))
    missing = [r.key for r in found.values() if r.status is Status.MISSING]
    assert missing == ["S00005"]


def test_a_plugin_that_has_nothing_is_asked_once(plugin: ListeningStore) -> None:
    plugin.book.missing = {e.key for e in entries(20)}
    found = deliver(plugin, entries(20))
    assert {r.status for r in found.values()} == {Status.MISSING}
    assert len(plugin.book.calls) == 1


def test_a_bridge_tells_what_became_of_each(bridge: ListeningStore) -> None:
    bridge.book.missing, bridge.book.refused = {"S00001"}, {"S00002": "Price"}
    found = deliver(bridge, entries(3))
    assert found["S00001"].status is Status.MISSING
    assert found["S00002"].field == "Price"
    assert len(bridge.book.calls) == 1


def test_products_go_one_by_one_with_their_number(plugin: ListeningStore) -> None:
    found = deliver(plugin, entries(3), Update, limit=Limit(items=1))
    assert [r.id for r in found.values()] == [7, 7, 7]


def test_a_product_without_number_was_refused(plugin: ListeningStore) -> None:
    plugin.book.refused = {"S00000": "Price"}
    found = deliver(plugin, entries(1), Update, limit=Limit(items=1))
    assert found["S00000"].status is Status.REFUSED


def test_many_confirmations_are_split_for_a_plugin(plugin: ListeningStore) -> None:
    told = [
        Entry(f"WC{n}", 2, lambda n=n: Confirmation(f"WC{n}", "h", "b"))
        for n in range(1_000)
    ]
    deliver(plugin, told, Confirm)
    assert [len(call.keys) for call in plugin.book.calls] == [450, 450, 100]


def test_an_item_the_store_is_silent_about_was_not_done() -> None:
    rows = [{"SKU": "A", "status": "updated"}, {"SKU": "B", "status": "nonsense"}]
    found = read_items(rows, [entry("A"), entry("B"), entry("C")], "SKU")
    assert [r.status for r in found] == [
        Status.UPDATED,
        Status.REFUSED,
        Status.REFUSED,
    ]
    assert found[2].code == "not_reported"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("data[277].RegularPrice", "RegularPrice"),
        ("data[277].PriceTiers[1].price", "PriceTiers[1].price"),
        ("data.Weight", "Weight"),
        ("Price", "Price"),
    ],
)
def test_a_field_is_named_without_its_place_in_the_call(told: str, kept: str) -> None:
    rows = [{"SKU": "A", "status": "refused", "field": told}]
    assert [r.field for r in read_items(rows, [entry("A")], "SKU")] == [kept]


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"message": {"error": [{"text": "PHP died"}]}}]
)
def test_an_answer_without_result_is_no_answer(body: Any) -> None:
    assert judge(Outcome("done", 200, body)).kind == "split"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": " No. "}, "No."),
        ({"message": {"error": [{"text": "A"}], "info": [{"text": "B"}]}}, "A"),
        ({"message": None}, ""),
        ({"message": {"error": ["x", {}]}}, ""),
        ([], ""),
    ],
)
def test_what_a_store_says_is_put_in_one_line(body: Any, text: str) -> None:
    assert said(body) == text
