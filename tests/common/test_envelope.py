"""Replies keep the shape that both originals read."""

from __future__ import annotations

import json

from bridge.common.envelope import (
    ItemResult,
    Level,
    Messages,
    Reply,
    Status,
    count,
    messages_of,
)
from bridge.common.errors import FieldProblem, NotYet, Problem, Unprocessable


def test_no_messages_are_an_empty_object_never_null() -> None:
    assert Messages().as_dict() == {}
    assert json.dumps(Reply().as_dict("message")) == (
        '{"result": "Success", "message": {}}'
    )


def test_messages_are_lists_by_level() -> None:
    stack = Messages()
    stack.error("a")
    stack.caution("b")
    stack.warning("c", code="x")
    stack.info("d")
    stack.success("e")
    stack.info("f")
    assert stack.as_dict() == {
        "error": [{"text": "a"}],
        "caution": [{"text": "b"}],
        "warning": [{"text": "c", "code": "x"}],
        "info": [{"text": "d"}, {"text": "f"}],
        "success": [{"text": "e"}],
    }
    assert stack.texts(Level.INFO) == ["d", "f"]
    assert stack.texts(Level.ERROR) == ["a"]


def test_the_same_message_is_kept_once() -> None:
    stack = Messages()
    stack.warning("twice")
    stack.warning("twice")
    stack.error("twice")
    assert stack.as_dict() == {
        "warning": [{"text": "twice"}],
        "error": [{"text": "twice"}],
    }


def test_stacks_are_joined_in_order() -> None:
    first, second = Messages(), Messages()
    first.info("a")
    second.info("b", code="x")
    second.error("c")
    first.extend(second)
    assert first.as_dict() == {
        "info": [{"text": "a"}, {"text": "b", "code": "x"}],
        "error": [{"text": "c"}],
    }


def test_what_is_sent_is_a_copy() -> None:
    stack = Messages()
    stack.info("a")
    stack.as_dict()["info"][0]["text"] = "changed"
    assert stack.texts(Level.INFO) == ["a"]


def test_an_item_leaves_out_what_it_has_not() -> None:
    assert ItemResult("A", Status.UNCHANGED).as_dict() == {
        "SKU": "A",
        "status": "unchanged",
    }


def test_an_order_is_keyed_by_its_reference() -> None:
    item = ItemResult("WC3044", Status.UPDATED, "PO", id=3044)
    assert item.as_dict() == {"PO": "WC3044", "status": "updated", "ID": 3044}


def test_a_refused_item_names_field_code_and_reason() -> None:
    problem = FieldProblem("Price", "Price is no number.", "price_format")
    assert ItemResult.refused("A", problem).as_dict() == {
        "SKU": "A",
        "status": "refused",
        "field": "Price",
        "code": "price_format",
        "text": "Price is no number.",
    }


def test_a_reply_carries_the_originals_keys_and_the_items() -> None:
    reply = Reply(
        False, {"ID": None, "note": "n"}, items=[ItemResult("A", Status.MISSING)]
    )
    assert reply.as_dict("messages") == {
        "result": "Fail",
        "ID": None,
        "note": "n",
        "items": [{"SKU": "A", "status": "missing"}],
        "messages": {},
    }


def test_items_are_counted_by_status() -> None:
    items = [ItemResult("A", Status.UPDATED), ItemResult("B", Status.UPDATED)]
    assert count(items)[Status.UPDATED] == 2
    assert count(items)[Status.REFUSED] == 0


def test_a_refusal_is_one_error_for_each_field() -> None:
    problem = Unprocessable.of(
        [
            FieldProblem("Item[3].Quantity", "Item[3].Quantity must be above 0."),
            FieldProblem("General", "General is missing.", "missing"),
        ]
    )
    assert problem.status == 422
    assert messages_of(problem).as_dict() == {
        "error": [
            {
                "text": "Item[3].Quantity must be above 0.",
                "code": "invalid",
                "field": "Item[3].Quantity",
            },
            {"text": "General is missing.", "code": "missing", "field": "General"},
        ]
    }


def test_a_refusal_without_fields_is_one_error() -> None:
    assert messages_of(NotYet("Kits are not there yet.")).as_dict() == {
        "error": [{"text": "Kits are not there yet.", "code": "not_implemented"}]
    }


def test_a_code_of_its_own_wins_over_that_of_the_class() -> None:
    assert Problem("x", code="special").code == "special"
    assert Problem("x").code == "internal_error"
