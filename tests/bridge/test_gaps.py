"""``bizuno-bridge gaps``: which orders Bizuno does not have, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import delete, update

from bridge.common.config import parse
from bridge.export import waiting
from bridge.export.gap_commands import age
from bridge.export.gaps import find_gaps
from bridge.export.pending import exported_orders
from bridge.shop import Shop
from bridge.wordpress.orders import Storage
from portal.books import Books
from portal.books.tables import journal_main
from portal.sample import create_sample
from tests.support.servers import Gunicorn

from .orders import MODES, add_orders, set_mode, set_order_status
from .receiver import Listen, Say, listen
from .test_cli import Run, run
from .test_confirm import counted
from .test_export import TOKEN, change, export, mark_of, to

__all__ = ["listen", "run"]  # fixtures
REFUSAL = Say({"result": "Fail", "messages": {"error": [{"text": "Why not."}]}})


def report(result: Result) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(result.output)
    return loaded


def missing(result: Result) -> dict[int, str]:
    return {one["order"]: one["reason"] for one in report(result)["missing"]}


def test_a_missing_order_is_listed_with_age_and_reason(run: Run, shop: Shop) -> None:
    waits = waiting(shop)
    result = run("gaps")
    assert result.exit_code == 1
    assert f"Not in Bizuno: {len(waits)}" in result.output
    assert "WC3044" in result.output
    assert "It was never sent." in result.output
    found = report(run("gaps", "--json"))["missing"]
    assert [one["order"] for one in found] == waits
    placed = datetime(2026, 11, 18, tzinfo=UTC)
    days = (datetime.now(UTC) - placed).days
    (mine,) = [one for one in found if one["order"] == 3044]
    assert abs(mine["age_seconds"] / 86400 - days) < 2


@pytest.mark.parametrize("mode", MODES)
def test_every_storage_is_compared(shop: Shop, mode: str) -> None:
    expected = [gap.order_id for gap in find_gaps(shop).gaps]
    assert expected
    set_mode(shop, mode)
    assert [gap.order_id for gap in find_gaps(shop).gaps] == expected


def test_nothing_missing_ends_with_status_0(
    run: Run, listen: Listen, shop: Shop
) -> None:
    run("export", "--pending", receiver=listen())
    result = run("gaps")
    assert result.exit_code == 0
    assert result.output.startswith("Bizuno has all ")


def test_the_reason_is_what_bizuno_said_last(
    run: Run, listen: Listen, shop: Shop
) -> None:
    run("export", "3044", receiver=listen(REFUSAL))
    reason = missing(run("gaps", "--json"))[3044]
    assert reason.startswith("Refused on ")
    assert reason.endswith("Why not.")


def test_an_unanswered_order_says_so(run: Run, listen: Listen, shop: Shop) -> None:
    words = ("export", "3044", "--wait", "0")
    run(*words, receiver=listen(Say({}, status=500)))
    reason = missing(run("gaps", "--json"))[3044]
    assert reason.startswith("Sent on ")
    assert "nobody heard the answer" in reason


def test_heal_sends_what_is_missing(run: Run, listen: Listen, shop: Shop) -> None:
    waits = waiting(shop)
    receiver = listen()
    result = run("gaps", "--heal", receiver=receiver)
    assert result.exit_code == 0
    assert len(receiver.orders) == len(waits)
    assert "3044: recorded in Bizuno as SO00001 (ID 17)." in result.output
    assert waiting(shop) == []


def test_heal_that_does_not_help_ends_with_status_1(
    run: Run, listen: Listen, shop: Shop
) -> None:
    result = run("gaps", "--heal", "--json", receiver=listen(REFUSAL))
    assert result.exit_code == 1
    assert "3044: refused: Why not." in report(result)["healed"]
    assert 3044 in missing(result)


def test_an_older_content_is_listed_and_does_not_count(
    run: Run, listen: Listen, shop: Shop
) -> None:
    receiver = listen()
    run("export", "--pending", receiver=receiver)
    later = datetime.now(UTC) + timedelta(seconds=2)
    change(
        shop,
        customer_note="Ring twice.",
        date_updated_gmt=f"{later:%Y-%m-%d %H:%M:%S}",
    )
    result = run("gaps", "--json")
    assert result.exit_code == 0
    assert [one["order"] for one in report(result)["changed"]] == [3044]
    assert "In Bizuno with an older content: 1" in run("gaps").output
    receiver.calls.clear()
    run("gaps", "--heal", receiver=receiver)
    assert receiver.orders[0].form["General"]["OrderNotes"] == "Ring twice."
    assert report(run("gaps", "--json"))["changed"] == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", ["cancelled", "failed", "refunded", "trash"])
def test_an_order_that_is_none_any_more_is_told(
    run: Run, listen: Listen, shop: Shop, status: str, mode: str
) -> None:
    set_mode(shop, mode)
    before = report(run("gaps", "--json"))["cancelled"]
    receiver = listen()
    run("export", "--pending", receiver=receiver)
    set_order_status(shop, 3044, status)
    receiver.calls.clear()
    result = run("gaps", "--heal", "--json", receiver=receiver)
    assert result.exit_code == 0 and receiver.orders == []
    told = report(result)["cancelled"]
    (mine,) = [one for one in told if one not in before and one["order"] == 3044]
    assert mine["status"] == status and "by hand" in mine["reason"]
    assert "In Bizuno, and no order any more in the shop:" in run("gaps").output


def test_an_order_that_never_was_exported_may_be_cancelled(
    run: Run, shop: Shop
) -> None:
    set_order_status(shop, 3044, "cancelled")
    found = report(run("gaps", "--json"))
    assert 3044 not in {one["order"] for one in found["cancelled"] + found["missing"]}


def test_since_and_older_leave_orders_out(run: Run, shop: Shop) -> None:
    (number,) = add_orders(shop, 1)
    orders = shop.tables.wc_orders
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    stamps = {"date_created_gmt": now, "date_updated_gmt": now}
    with shop.database.transaction() as conn:
        conn.execute(update(orders).where(orders.c.id == number), stamps)
    everything = missing(run("gaps", "--json"))
    assert number in everything and 3044 in everything
    assert list(missing(run("gaps", "--json", "--since", "1h"))) == [number]
    assert number not in missing(run("gaps", "--json", "--older", "10m"))
    assert missing(run("gaps", "--json", "--since", "2026-11-01")) == everything
    assert missing(run("gaps", "--json", "--since", "2099-01-01")) == {}


@pytest.mark.parametrize(
    "words", [("--since", "yesterday"), ("--since", "7"), ("--older", "2026-11-01")]
)
def test_a_wrong_time_ends_with_status_2(run: Run, words: tuple[str, ...]) -> None:
    assert run("gaps", *words).exit_code == 2


def test_orders_of_other_statuses_are_no_gap(run: Run, shop: Shop) -> None:
    set_order_status(shop, 3044, "on-hold")
    assert 3044 not in missing(run("gaps", "--json"))


def test_many_orders_take_few_statements(shop: Shop) -> None:
    find_gaps(shop)
    with counted(shop) as few:
        find_gaps(shop)
    add_orders(shop, 40)
    with counted(shop) as many:
        assert len(find_gaps(shop).gaps) > 40
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=30), "0 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_an_age_is_shown_in_its_largest_unit(passed: timedelta, shown: str) -> None:
    assert age(passed) == shown


# asking the portal


def test_bizunos_own_portal_cannot_be_asked(
    run: Run, listen: Listen, shop: Shop
) -> None:
    run("export", "--pending", receiver=listen())
    result = run("gaps", "--ask", receiver=listen(Say(b"<html>")))
    assert result.exit_code == 1
    assert "leave --ask out" in result.output


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Books]]:
    """The portal on sample books; the tests of this module share it."""
    folder = tmp_path_factory.mktemp("portal")
    text = (
        f"[portal]\ndatabase = sqlite:///{folder / 'books.sqlite'}\n"
        f"data = {folder / 'data'}\ntokens = {TOKEN}\n"
    )
    books = Books.of(parse(text, {}))
    create_sample(books)
    server = Gunicorn("portal", text, folder)
    yield server.url, books
    server.stop()
    books.database.dispose()


def exported(shop: Shop) -> list[int]:
    """The orders that carry the mark of an export and are still to be sold."""
    with shop.database.read() as conn:
        return exported_orders(
            conn, shop.tables, Storage(hpos=True, synced=False), ["processing"]
        )


class _At:
    """What ``run`` and ``to`` take for a receiver."""

    def __init__(self, url: str) -> None:
        self.url = url


@pytest.fixture
def there(portal: tuple[str, Books], shop: Shop, tmp_path: Path) -> Any:
    """The real portal, to which all that waited has been sent."""
    at = _At(portal[0])
    linked = to(shop, at, portal_token=TOKEN)  # type: ignore[arg-type]
    assert {one.kind for one in export(linked, *waiting(linked), wait=5)} == {"done"}
    return at, linked


def test_orders_that_the_books_lack_are_found_by_asking_and_healed(
    there: tuple[Any, Shop], portal: tuple[str, Books]
) -> None:
    _, linked = there
    books = portal[1]
    assert find_gaps(linked, ask=True).of("missing") == []
    receipts = books.ledger.receipts
    reference = "WC3044"
    with books.database.transaction() as conn:
        # the books come back from a backup of yesterday
        conn.execute(delete(receipts).where(receipts.c.receipt_key == reference))
        conn.execute(
            delete(journal_main).where(journal_main.c.purch_order_id == reference)
        )
    assert find_gaps(linked).of("missing") == []
    (gap,) = find_gaps(linked, ask=True).of("missing")
    assert (gap.order_id, gap.heal) == (3044, True)
    assert "not in the books" in gap.reason
    (result,) = export(linked, 3044, wait=5)
    assert result.kind == "done"
    assert find_gaps(linked, ask=True).of("missing") == []
    assert mark_of(linked)["hpos"] == ["yes"]


def test_an_entry_that_a_person_deleted_is_told_and_not_sent_again(
    there: tuple[Any, Shop], portal: tuple[str, Books]
) -> None:
    _, linked = there
    books = portal[1]
    with books.database.transaction() as conn:
        conn.execute(
            delete(journal_main).where(journal_main.c.purch_order_id == "WC3044")
        )
    (gap,) = find_gaps(linked, ask=True).of("missing")
    assert (gap.order_id, gap.heal) == (3044, False)
    assert "deleted in Bizuno" in gap.reason


def test_a_cancelled_order_is_settled_once_it_is_gone_from_the_books(
    there: tuple[Any, Shop], portal: tuple[str, Books]
) -> None:
    _, linked = there
    books = portal[1]
    *_, number = sorted(set(exported(linked)) - {3044})
    set_order_status(linked, number, "cancelled")
    for ask in (False, True):
        found = find_gaps(linked, ask=ask).of("cancelled")
        assert number in {gap.order_id for gap in found}
    receipts = books.ledger.receipts
    with books.database.transaction() as conn:
        mine = f"WC{number}"
        conn.execute(delete(receipts).where(receipts.c.receipt_key == mine))
        conn.execute(delete(journal_main).where(journal_main.c.purch_order_id == mine))
    report = find_gaps(linked, ask=True)
    assert number not in {gap.order_id for gap in report.gaps}
