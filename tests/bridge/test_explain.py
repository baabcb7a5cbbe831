"""``bizuno-bridge explain order``: the whole story on this side."""

from __future__ import annotations

import json

import click
from click.testing import CliRunner

from bridge.confirm import Confirmation, Shipment, confirm_orders
from bridge.explain import Subjects
from bridge.shop import Shop

from .orders import add_refund, content, set_order_status
from .receiver import Listen, Say, listen
from .test_cli import Run, run
from .test_export import change

__all__ = ["listen", "run"]  # fixtures
REFUSAL = Say({"result": "Fail", "messages": {"error": [{"text": "Why not."}]}})


def test_the_story_from_the_cart_to_the_parcel(
    run: Run, listen: Listen, shop: Shop
) -> None:
    run("export", "3044", receiver=listen(REFUSAL))
    run("export", "3044", receiver=listen())
    shipment = Shipment("WC3044", "Shipped via UPS", "1Z999")
    confirm_orders(shop, Confirmation((shipment,)), plan=False, source="bizuno")
    result = run("explain", "order", "3044")
    assert result.exit_code == 0
    told = [
        "Order 3044, WC3044 in Bizuno",
        "Bizuno: SO00001 (ID 17), as it is now.",
        "The order was placed: 79.40 USD.",
        "Sent to Bizuno, refused: Why not.",
        "Sent to Bizuno: SO00001 (ID 17)",
        "Note: Order exported to Bizuno: SO00001 (ID 17).",
        "Bizuno acknowledged it; revision 1 by now.",
        "Note to the customer: Shipped via UPS 1Z999",
        "order/confirm, updated: status: processing",
        "Mail to the customer handed to WooCommerce's queue; it is pending.",
    ]
    for sentence in told:
        assert sentence in result.output
    order = [result.output.index(told[at]) for at in (2, 3)]
    assert order == sorted(order)


def test_the_story_as_json_names_when_and_who(
    run: Run, listen: Listen, shop: Shop
) -> None:
    run("export", "3044", receiver=listen())
    story = json.loads(run("explain", "order", "3044", "--json").output)
    assert story["reference"] == "WC3044"
    sent = [one for one in story["events"] if one["text"].startswith("Sent to Bizuno")]
    assert [one["who"] for one in sent] == ["export"]
    assert sent[0]["when"].endswith("+00:00")


def test_an_order_that_waits_says_so(run: Run, shop: Shop) -> None:
    assert "It is waiting to be exported." in run("explain", "order", "3044").output
    set_order_status(shop, 3044, "on-hold")
    assert "are not exported" in run("explain", "order", "3044").output


def test_an_unanswered_order_says_so(run: Run, listen: Listen) -> None:
    words = ("export", "3044", "--wait", "0")
    run(*words, receiver=listen(Say({}, status=500)))
    assert "nobody has heard the answer" in run("explain", "order", "3044").output


def test_edits_and_refunds_since_are_told(run: Run, listen: Listen, shop: Shop) -> None:
    run("export", "3044", receiver=listen())
    add_refund(shop, "10")
    change(shop, customer_note="Ring twice.")
    output = run("explain", "order", "3044").output
    assert "an older content" in output
    assert "Refunds: 1; 69.40 USD remain." in output


def test_a_cancelled_order_that_bizuno_has_says_so(
    run: Run, listen: Listen, shop: Shop
) -> None:
    run("export", "3044", receiver=listen())
    set_order_status(shop, 3044, "cancelled")
    output = run("explain", "order", "3044").output
    assert "In the shop: cancelled" in output
    assert "Bizuno had it before that" in output


def test_explaining_writes_nothing(run: Run, shop: Shop) -> None:
    before = content(shop)
    run("explain", "order", "3044")
    assert content(shop) == before


def test_an_unknown_order_ends_with_status_1(run: Run) -> None:
    result = run("explain", "order", "99999")
    assert result.exit_code == 1
    assert "there is no such order" in result.output


def test_what_is_no_subject_is_a_sku_once_there_is_such_a_command() -> None:
    group = Subjects("explain")

    @group.command("order")
    @click.argument("number")
    def order(number: str) -> None:
        click.echo(f"order {number}")

    assert CliRunner().invoke(group, ["LIGHT-F600"]).exit_code == 2

    @group.command("sku")
    @click.argument("sku")
    def sku(sku: str) -> None:
        click.echo(f"sku {sku}")

    assert CliRunner().invoke(group, ["LIGHT-F600"]).output == "sku LIGHT-F600\n"
    assert CliRunner().invoke(group, ["order", "7"]).output == "order 7\n"
    assert CliRunner().invoke(group, ["sku", "order"]).output == "sku order\n"
