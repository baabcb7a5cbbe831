"""The commands of ``bizuno-bridge``: what they print and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import make_url

from bridge.cli import main
from bridge.export import waiting
from bridge.shop import Shop

from .orders import MODES, add_orders, content, look, set_mode, set_order_status
from .receiver import Listen, Receiver, Say, listen
from .test_export import payload_of

Run = Callable[..., Result]
__all__ = ["listen"]  # a fixture


@pytest.fixture
def run(shop_url: str, tmp_path: Path) -> Run:
    """Run a command on the sample shop."""

    def command(*words: str, receiver: Receiver | None = None) -> Result:
        url = make_url(shop_url).render_as_string(hide_password=False)
        lines = ["[bridge]", f"database = {url}", f"uploads = {tmp_path}"]
        if receiver:
            lines += [f"portal_url = {receiver.url}", "portal_token = tok"]
        file = tmp_path / "config.ini"
        file.write_text("\n".join(lines), "utf-8")
        return CliRunner().invoke(main, ["--config", str(file), *words])

    return command


def test_a_booked_order_gives_one_line_and_status_0(run: Run, listen: Listen) -> None:
    result = run("export", "3044", receiver=listen())
    assert result.output == "3044: recorded in Bizuno as SO00001 (ID 17).\n"
    assert result.exit_code == 0


def test_a_refused_order_ends_with_status_1(run: Run, listen: Listen) -> None:
    refusal = {"result": "Fail", "messages": {"error": [{"text": "Why not."}]}}
    result = run("export", "3044", "3045", receiver=listen(Say(refusal), Say()))
    assert result.output.splitlines()[0] == "3044: refused: Why not."
    assert "3045: recorded in Bizuno" in result.output
    assert result.exit_code == 1


def test_an_unknown_outcome_ends_with_status_3(run: Run, listen: Listen) -> None:
    words = ("export", "3044", "99999", "--wait", "0")
    result = run(*words, receiver=listen(Say(cut=True)))
    assert result.output.startswith("3044: unknown: ")
    assert result.exit_code == 3


def test_show_prints_the_payload_and_sends_nothing(
    run: Run, listen: Listen, shop: Shop
) -> None:
    receiver = listen()
    before = content(shop)
    result = run("export", "3044", "--show", receiver=receiver)
    assert json.loads(result.output) == payload_of(shop)
    assert result.exit_code == 0
    assert receiver.calls == []
    assert content(shop) == before


def test_show_of_a_missing_order_says_so(run: Run) -> None:
    result = run("export", "99999", "--show")
    assert "99999: there is no such order" in result.output
    assert result.exit_code == 1


def test_without_an_address_the_setting_is_named(run: Run) -> None:
    result = run("export", "3044")
    assert "[bridge] portal_token" in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "words", [(), ("abc",), ("0",), ("-3",), ("3044", "--pending")]
)
def test_wrong_use_ends_with_status_2(run: Run, words: tuple[str, ...]) -> None:
    assert run("export", *words).exit_code == 2


def test_the_order_in_the_shop_shows_where_it_went(
    run: Run, listen: Listen, shop: Shop
) -> None:
    run("export", "3044", receiver=listen())
    notes = look(shop, 3044).private_notes
    assert notes[-1] == "Order exported to Bizuno: SO00001 (ID 17)."


def test_pending_sends_what_is_not_marked_oldest_first_and_then_nothing(
    run: Run, listen: Listen, shop: Shop
) -> None:
    receiver = listen()
    numbers = add_orders(shop, 2, first=2901)  # older than those of the sample
    set_order_status(shop, numbers[1], "on-hold")
    waits = waiting(shop)
    first = run("export", "--pending", receiver=receiver)
    assert first.exit_code == 0
    sent = [call.form["General"]["PurchaseOrderID"] for call in receiver.orders]
    assert sent == [f"WC{number}" for number in waits]
    assert numbers[0] in waits
    assert numbers[1] not in waits
    second = run("export", "--pending", receiver=receiver)
    assert second.output == "No order is waiting to be exported.\n"
    assert len(receiver.orders) == len(waits)


def test_a_refused_order_is_still_pending_and_stops_nobody(
    run: Run, listen: Listen, shop: Shop
) -> None:
    add_orders(shop, 3)
    waits = waiting(shop)
    refusal = {"result": "Fail", "messages": {"error": [{"text": "Why not."}]}}
    result = run("export", "--pending", receiver=listen(Say(refusal), Say()))
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == len(waits)
    assert waiting(shop) == waits[:1]


def test_silence_ends_a_long_run_early(run: Run, listen: Listen, shop: Shop) -> None:
    numbers = add_orders(shop, 5)
    words = [str(number) for number in numbers]
    result = run("export", *words, "--wait", "0", receiver=listen(Say(cut=True)))
    assert result.exit_code == 3
    assert "2 more were not tried" in result.output


def test_a_bizuno_that_is_not_there_is_not_tried_for_every_order(
    run: Run, listen: Listen, shop: Shop
) -> None:
    words = [str(number) for number in add_orders(shop, 5)]
    gone = listen()
    gone.stop()
    result = run("export", *words, receiver=gone)
    assert result.exit_code == 1
    assert "2 more were not tried" in result.output


@pytest.mark.parametrize("mode", MODES)
def test_every_storage_knows_what_is_pending(shop: Shop, mode: str) -> None:
    expected = waiting(shop)
    set_mode(shop, mode)
    assert waiting(shop) == expected
