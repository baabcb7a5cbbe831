"""Live rates: the carrier's good and bad days, and what a customer sees of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bridge.common.database import Database
from portal.quoting.offers import Source
from tests.support.easypost import KEY, MOODS, FakeEasyPost, price

from .quoting import FLAT, Counter, live_config, priced, sources, until

HARMLESS = ("ok", "partial", "slow")
QUICK = "carrier_deadline = 0.4\ndeadline = 1\nfresh = 60"
BAD = [mood for mood in MOODS if mood not in HARMLESS]


@pytest.fixture
def fake() -> Iterator[FakeEasyPost]:
    server = FakeEasyPost()
    yield server
    server.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'quotes.sqlite'}")
    yield made
    made.dispose()


@pytest.fixture
def shared(database_url: str) -> Iterator[Database]:
    """The same on SQLite and on MariaDB."""
    made = Database(database_url)
    yield made
    made.dispose()


def expire(counter: Counter, seconds: float) -> None:
    """Let every answer of the table be older."""
    table = counter.store.quotes
    with counter.desk.database.transaction() as conn:
        older = {"stored": table.c.stored - int(seconds * 1000)}
        conn.execute(update(table).values(older))


def kept(counter: Counter) -> int:
    """How many answers the table holds."""
    table = counter.store.quotes
    with counter.desk.database.read() as conn:
        held = select(func.count()).where(table.c.answer.is_not(None))
        return int(conn.scalar(held) or 0)


# what is asked and what comes of it


def test_rates_of_all_carriers_of_the_account_are_offered(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database, FLAT)
    quotes = counter.ask()
    ounces = 40.0
    assert priced(quotes) == {
        "endicia_GND": price("USPS", "GroundAdvantage", ounces),
        "endicia_2DP": price("USPS", "Priority", ounces),
        "fedex_GND": price("FedEx", "FEDEX_GROUND", ounces),
        "flat_GND": Decimal("8.95"),
        "ups_GND": price("UPSDAP", "Ground", ounces),
        "ups_1DA": price("UPSDAP", "NextDayAir", ounces),
    }
    assert quotes.missing == ()
    assert sources(quotes) == {Source.LIVE, Source.TABLE}
    (asked,) = fake.questions
    assert asked["to_address"] == {
        "city": "Dallas",
        "state": "TX",
        "zip": "75201",
        "country": "US",
        "residential": True,
    }
    assert asked["from_address"]["street1"] == "400 Congress Ave"
    assert asked["parcel"] == {"weight": 40.0}


def test_boxes_size_accounts_and_value_are_told(
    fake: FakeEasyPost, database: Database
) -> None:
    settings = (
        "box_weight = 0.5\nparcel_size = 12 x 9 x 6\nresidential = no\n"
        "easypost_accounts = ca_usps ca_fedex\nvalue_band = 50"
    )
    counter = Counter(live_config(fake, settings), database)
    quotes = counter.ask(cart_subtotal="120")
    (asked,) = fake.questions
    size = {"length": 12.0, "width": 9.0, "height": 6.0}
    assert asked["parcel"] == {"weight": 48.0, **size}
    assert asked["carrier_accounts"] == ["ca_usps", "ca_fedex"]
    assert asked["options"] == {"declared_value": 150.0}
    assert asked["to_address"]["residential"] is False
    assert "ups_GND" not in priced(quotes) and "fedex_GND" in priced(quotes)


def test_heavy_cart_is_quoted_by_parcel(fake: FakeEasyPost, database: Database) -> None:
    counter = Counter(live_config(fake), database)
    quotes = counter.ask(totalWeight="150")
    (asked,) = fake.questions
    assert asked["parcel"]["weight"] == 800.0
    each = price("USPS", "Priority", 800.0)
    assert priced(quotes)["endicia_2DP"] == 3 * each


def test_carrier_that_bizuno_marks_is_not_missed_where_easypost_quotes_it(
    fake: FakeEasyPost, database: Database
) -> None:
    carriers = '{"fedex": {"status": 1, "settings": {"default": 1}}}'
    assert Counter(live_config(fake), database, carriers).ask().missing == ()


def test_partial_answer_says_who_is_missing_and_is_asked_again_sooner(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database)
    fake.behave("partial", "ok")
    quotes = counter.ask()
    assert quotes.missing == ("Carrier easypost has no rates of UPSDAP.",)
    assert "ups_GND" not in priced(quotes)
    assert counter.ask().missing == quotes.missing  # from the cache, which knows it
    until(lambda: kept(counter) == 1)
    expire(counter, 121)
    again = Counter(counter.desk.config, database)
    assert "ups_GND" in priced(again.ask()) and len(fake.questions) == 2


def test_without_an_origin_nobody_is_asked(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake, "origin ="), database, FLAT)
    quotes = counter.ask()
    assert list(priced(quotes)) == ["flat_GND"] and not fake.questions
    assert "[rates] origin" in quotes.missing[0]


# bad days


@pytest.mark.parametrize("mood", BAD)
def test_bad_day_of_the_carrier_ends_no_checkout(
    mood: str, fake: FakeEasyPost, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    counter = Counter(live_config(fake, QUICK), database, FLAT)
    fake.behave(mood)
    began = time.perf_counter()
    quotes = counter.ask()
    assert time.perf_counter() - began < 1
    assert list(priced(quotes)) == ["flat_GND"]
    assert quotes.missing[0].startswith("Carrier easypost is left out: ")
    assert KEY not in "".join(quotes.missing) + caplog.text
    fake.behave("ok")
    assert "ups_GND" in priced(Counter(live_config(fake), database, FLAT).ask())


@pytest.mark.parametrize("mood", ["hang", "500", "negative"])
def test_last_good_rates_stand_in_for_a_carrier_that_fails(
    mood: str, fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database)
    good = priced(counter.ask())
    until(lambda: kept(counter) == 1)
    expire(counter, 3600)
    fake.behave(mood)
    counter = Counter(live_config(fake, QUICK), database)
    quotes = counter.ask()
    assert priced(quotes) == good and sources(quotes) == {Source.STALE}
    assert {3600, 3601} >= {offer.age for offer in quotes.offers}
    assert "those of 60 minutes ago are given" in quotes.missing[0]


def test_rates_that_are_too_old_are_not_given(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake, "stale = 1000"), database, FLAT)
    counter.ask()
    until(lambda: kept(counter) == 1)
    expire(counter, 1001)
    fake.behave("500")
    again = Counter(counter.desk.config, database, FLAT)
    assert list(priced(again.ask())) == ["flat_GND"]


def test_unsound_offers_are_dropped_one_by_one(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database)
    fake.behave("missing")
    quotes = counter.ask()
    # every fourth of them lacks something else, so none is sound
    assert quotes.offers == ()
    fake.behave("ok")
    settings = "easypost_services =\n  USPS Priority = usps_PRI"
    counter = Counter(live_config(fake, settings), database)
    assert "usps_PRI" in priced(counter.ask())


def test_table_and_then_the_fallback_stand_in(
    fake: FakeEasyPost, database: Database, tmp_path: Path
) -> None:
    table = tmp_path / "rates.csv"
    rows = "best_way_GND,Parcel,US,6.50\n"
    table.write_text(f"id,title,country,price\n{rows}")
    settings = f"table = {table}\nfallback_rate = 19\nbreaker_failures = 9"
    counter = Counter(live_config(fake, settings), database)
    assert "best_way_GND" not in priced(counter.ask())
    fake.behave("500")
    quotes = counter.ask(postcode="90210")
    assert priced(quotes) == {"best_way_GND": Decimal("6.50")}
    assert sources(quotes) == {Source.TABLE}
    quotes = counter.ask(country="GB", postcode="M1 1AE")
    assert priced(quotes) == {"best_way_GND": Decimal(19)}
    assert sources(quotes) == {Source.FALLBACK}
    assert len(quotes.missing) == 2


def test_table_may_be_offered_always(
    fake: FakeEasyPost, database: Database, tmp_path: Path
) -> None:
    table = tmp_path / "rates.csv"
    table.write_text("id,title,price\nbest_way_GND,Parcel,6.50\n")
    settings = f"table = {table}\ntable_role = always"
    counter = Counter(live_config(fake, settings), database)
    assert {"best_way_GND", "ups_GND"} <= set(priced(counter.ask()))


def test_what_nobody_takes_gets_no_fallback_but_a_reason(
    fake: FakeEasyPost, database: Database, tmp_path: Path
) -> None:
    table = tmp_path / "rates.csv"
    table.write_text("id,title,weight_to,price\nbest_way_GND,Parcel,70,6.50\n")
    settings = f"table = {table}\nfallback_rate = 19\nmax_parcels = 2"
    counter = Counter(live_config(fake, settings), database)
    quotes = counter.ask(totalWeight="1000")
    assert quotes.offers == () and not fake.questions
    assert quotes.unservable is not None and quotes.unservable[1] == "too_heavy"


def test_breaker_spares_customers_the_wait_and_tries_again(
    fake: FakeEasyPost, database: Database
) -> None:
    settings = "breaker_failures = 2\nbreaker_pause = 0.5\ncarrier_deadline = 0.4"
    counter = Counter(live_config(fake, settings), database, FLAT)
    fake.behave("hang")
    for zone in ("100", "200"):
        counter.ask(postcode=f"{zone}01")
    began = time.perf_counter()
    quotes = counter.ask(postcode="30001")
    assert time.perf_counter() - began < 0.3 and len(fake.questions) == 2
    assert "left alone for a while" in quotes.missing[0]
    fake.behave("ok")
    time.sleep(0.5)
    assert "ups_GND" in priced(counter.ask(postcode="30001"))


def test_refused_question_does_not_open_the_breaker(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake, "breaker_failures = 1"), database, FLAT)
    fake.behave("422", "empty", "ok")
    assert "ups_GND" not in priced(counter.ask())
    assert "ups_GND" not in priced(counter.ask())
    assert "ups_GND" in priced(counter.ask())


# the cache


def test_same_cart_is_asked_about_once_whatever_is_typed(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database)
    first = counter.ask()
    for change in (
        {"city": "Dal"},
        {"city": "Dallas", "address": "1 Main"},
        {"postcode": "75209-0001"},
        {"totalWeight": "2.25"},
        {"cart_subtotal": "19.99", "item_count": 3},
    ):
        quotes = counter.ask(**change)
        assert priced(quotes) == priced(first)
        assert sources(quotes) == {Source.CACHED}
    assert len(fake.questions) == 1


@pytest.mark.parametrize(
    "change",
    [{"postcode": "76001"}, {"totalWeight": "2.51"}, {"country": "CA"}],
)
def test_what_prices_depend_on_is_asked_about_anew(
    change: dict[str, Any], fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database)
    counter.ask()
    assert sources(counter.ask(**change)) == {Source.LIVE}
    assert len(fake.questions) == 2


def test_changed_settings_do_not_meet_old_answers(
    fake: FakeEasyPost, database: Database
) -> None:
    Counter(live_config(fake), database).ask()
    for settings in (
        "box_weight = 1",
        "residential = no",
        "easypost_accounts = ca_usps",
    ):
        Counter(live_config(fake, settings), database).ask()
    counter = Counter(live_config(fake), database)
    heavier = '{"settings": {"general": {"weight_uom": "KG"}}}'
    counter.documents["shipping"] = heavier
    counter.ask()
    assert len(fake.questions) == 5


def test_handling_and_choice_act_at_once_on_cached_answers(
    fake: FakeEasyPost, database: Database
) -> None:
    plain = priced(Counter(live_config(fake), database).ask())
    settings = "handling =\n  * = 1\nservices =\n  ups_GND"
    counter = Counter(live_config(fake, settings), database)
    until(lambda: kept(counter) == 1)
    quotes = counter.ask()
    assert priced(quotes) == {"ups_GND": plain["ups_GND"] + 1}
    assert len(fake.questions) == 1


def test_answers_are_shared_between_workers(
    fake: FakeEasyPost, shared: Database
) -> None:
    one, two = (Counter(live_config(fake), shared) for _ in range(2))
    first = one.ask()
    until(lambda: kept(one) == 1)
    second = two.ask()
    assert priced(second) == priced(first) and sources(second) == {Source.CACHED}
    assert len(fake.questions) == 1


def test_equal_questions_at_once_ask_the_carrier_once_among_all_workers(
    fake: FakeEasyPost, shared: Database
) -> None:
    fake.behave("slow")
    counters = [Counter(live_config(fake, "carrier_deadline = 3\ndeadline = 4"), shared)
                for _ in range(3)]  # fmt: skip
    ready = threading.Barrier(12)

    def ask(at: int) -> dict[str, Decimal]:
        ready.wait(10)
        return priced(counters[at % 3].ask())

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    assert len(fake.questions) == 1
    assert all(answer == answers[0] and "ups_GND" in answer for answer in answers)


def test_worker_that_died_while_asking_blocks_nobody_for_long(
    fake: FakeEasyPost, shared: Database
) -> None:
    counter = Counter(live_config(fake), shared)
    counter.ask()
    until(lambda: kept(counter) == 1)
    table = counter.store.quotes
    with shared.transaction() as conn:
        until_then = int((time.time() + 0.2) * 1000)
        conn.execute(update(table).values(stored=0, asking_until=until_then))
    again = Counter(counter.desk.config, shared)
    assert sources(again.ask()) == {Source.LIVE}


def test_cache_is_bounded_and_loses_the_oldest(
    fake: FakeEasyPost, shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.quoting.answers._TRIM_EVERY", 1)
    counter = Counter(live_config(fake, "cache_size = 3"), shared)
    for zone in range(6):
        counter.ask(postcode=f"10{zone}01")
        until(lambda at=zone: kept(counter) == min(at + 1, 3))  # type: ignore[misc]
    fake.behave("500")
    assert sources(Counter(counter.desk.config, shared).ask(postcode="10501")) == {
        Source.CACHED
    }
    expire(counter, 100_000)
    fake.behave("ok")
    counter.ask(postcode="20001")
    until(lambda: kept(counter) == 1)


def test_cache_that_is_broken_costs_time_and_nothing_else(
    fake: FakeEasyPost, shared: Database, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter(live_config(fake), shared)
    with shared.transaction() as conn:
        counter.store.quotes.drop(conn)
        counter.store.names.drop(conn)
    assert sources(counter.ask()) == {Source.LIVE}
    assert sources(counter.ask()) == {Source.CACHED}  # by memory alone
    assert "quotes are not kept" in caplog.text and "test_quotes" not in caplog.text


def test_fresh_asks_whatever_is_in_the_cache(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database)
    counter.ask()
    assert sources(counter.ask(fresh=True)) == {Source.LIVE}
    assert len(fake.questions) == 2


# names handed out


def test_titles_handed_out_lead_back_to_the_rate(
    fake: FakeEasyPost, shared: Database
) -> None:
    settings = "services =\n  ups_GND = Brown van\n  endicia_*\n  flat_GND = Brown van"
    counter = Counter(live_config(fake, settings), shared)
    counter.ask()
    counter.ask()
    with shared.read() as conn:
        assert counter.store.method(conn, "brown VAN") == "ups:GND"
        assert counter.store.method(conn, "USPS Priority Mail") == "endicia:2DP"
        assert counter.store.method(conn, "UPS Ground") is None
        assert counter.store.method(conn, "") is None
    again = Counter(counter.desk.config, shared, FLAT)
    again.ask()
    with shared.read() as conn:
        assert counter.store.method(conn, "Brown van") is None  # two rates by now


# what is counted


def test_answers_are_counted_by_carrier_and_source(
    fake: FakeEasyPost, database: Database
) -> None:
    counter = Counter(live_config(fake), database, FLAT)
    fake.behave("ok", "500", "negative")
    counter.ask()
    counter.ask()
    counter.ask(postcode="10001")
    counter.ask(postcode="20001")
    metrics = counter.desk.metrics
    counts = {key: one.count for key, one in metrics.answers().items()}
    assert counts == {
        ("easypost", "live"): 1,
        ("easypost", "cached"): 1,
        ("easypost", "failed"): 2,
        ("flat", "table"): 4,
    }
    assert metrics.offers()["easypost", "live"] == 5
    assert metrics.unusable() == {"easypost": 5}
