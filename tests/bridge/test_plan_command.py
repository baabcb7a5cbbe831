"""``bizuno-bridge plan``: what a call would change, told and not done."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy.engine import make_url

from bridge.catalog.calls import Kind, call, recognise
from bridge.common import phpform
from bridge.common.errors import Unprocessable
from bridge.shop import Shop
from tests.support.shopcheck import snapshot

from .test_cli import Run, run

__all__ = ["run"]  # a fixture
ROW = {"SKU": "CHAIN-11", "Price": "41.00", "QtyStock": "7"}
REFRESH = {"data": [ROW, {"SKU": "TIRE-700-25", "Weight": "0.5"}]}
UPDATE = {"data": {"SKU": "NEW-1", "Description": "New", "Price": "5.00"}}


@pytest.fixture
def plan(run: Run, tmp_path: Path) -> Any:
    """Run the command on a body or on bytes."""

    def command(body: Any, *words: str) -> Result:
        file = tmp_path / "call.json"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        file.write_bytes(content)
        return run("plan", str(file), *words)

    return command


def test_a_refresh_is_told_field_by_field_and_not_done(plan: Any, shop: Shop) -> None:
    before = snapshot(shop)
    result = plan({"data": [ROW]})
    assert result.exit_code == 0, result.output
    assert "CHAIN-11 (updated)  RegularPrice: 39 → 41.00" in result.output
    assert "refresh: 1 updated" in result.output
    assert snapshot(shop) == before


def test_the_plan_is_that_of_the_endpoint(plan: Any, shop: Shop) -> None:
    for body in (REFRESH, UPDATE, {"data": {"syncSkus": ["CHAIN-11"]}}):
        kind = recognise(body)
        reply = call(shop, kind, body, {}, plan=True, source="tests")
        told = json.loads(plan(body, "--json").stdout)
        assert told == json.loads(json.dumps(reply.as_dict("message")))


def test_what_a_plan_says_is_what_then_happens(plan: Any, shop: Shop) -> None:
    told = json.loads(plan({"data": [ROW]}, "--json").stdout)["items"][0]["changes"]
    call(shop, Kind.REFRESH, {"data": [ROW]}, {}, plan=False, source="tests")
    with shop.database.read() as conn:
        row = conn.execute(shop.ledger.items.select()).one()
    assert json.loads(row.changes) == told


def test_a_new_product_and_its_variations_are_told(plan: Any) -> None:
    options = {
        "attributes": [{"name": "Size", "options": ["S"]}],
        "variations": [{"sku": "NEW-1-S", "attributes": {"Size": "S"}}],
    }
    result = plan({"data": {**UPDATE["data"], "Type": "ms", "invOptions": options}})
    assert "NEW-1 (created)  Description: (none) → New" in result.output
    assert "NEW-1 (created)  invOptions.NEW-1-S.RegularPrice: (none) → 5" in (
        result.output
    )


def test_a_variation_that_would_go_is_told(plan: Any) -> None:
    options = {
        "attributes": [{"name": "Size", "options": ["S"]}],
        "variations": [{"sku": "JERSEY-NEW", "attributes": {"Size": "S"}}],
    }
    result = plan({"data": {"SKU": "JERSEY-RC", "Type": "ms", "invOptions": options}})
    assert "Status: publish → deleted" in result.output


def test_a_sync_says_what_would_leave_the_shop(plan: Any, shop: Shop) -> None:
    with shop.database.read() as conn:
        posts = shop.tables.posts
        before = conn.execute(posts.select().order_by(posts.c.ID)).all()
    asked = {"syncSkus": ["CHAIN-11"], "syncDelete": "1", "syncForce": "1"}
    result = plan({"data": asked})
    assert "HELMET-V2 (deleted)  Status: publish → trash" in result.output
    assert "would be moved to the trash" in result.output
    with shop.database.read() as conn:
        assert conn.execute(posts.select().order_by(posts.c.ID)).all() == before


def test_a_form_is_read_as_well(plan: Any) -> None:
    result = plan(phpform.encode({"data": [ROW]}) + b"\n")
    assert "CHAIN-11 (updated)  RegularPrice" in result.output


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"data": [', "not valid JSON at character 10"),
        (b"[1]", "JSON, but not an object"),
        (b"", "This is no call of the catalog"),
        ({"data": {"Price": "5"}}, "This is no call of the catalog"),
        ({"data": {"SKU": "A", "Price": ["5"]}}, "data.Price: Price must be one value"),
        ({"data": {"syncSkus": "no list"}}, "syncSkus must be a JSON list"),
    ],
)
def test_what_is_no_call_is_named_with_a_remedy(
    plan: Any, body: Any, told: str
) -> None:
    result = plan(body)
    assert result.exit_code == 1
    assert "call.json: " in result.output
    assert told in result.output


@pytest.mark.parametrize(
    "row", [{"SKU": "NOT-HERE", "Price": "5"}, {"SKU": "CHAIN-11", "Price": "0"}]
)
def test_what_would_be_refused_or_is_missing_ends_with_status_1(
    plan: Any, row: dict[str, str]
) -> None:
    result = plan({"data": [row]})
    assert result.exit_code == 1
    assert "error: " in result.output


def test_a_file_that_is_not_there_and_a_wrong_kind_end_with_status_2(
    run: Run, plan: Any
) -> None:
    assert run("plan", "/nowhere/call.json").exit_code == 2
    assert plan(REFRESH, "--kind", "delete").exit_code == 2


def test_the_kind_can_be_said(plan: Any) -> None:
    result = plan({"data": {"a": ROW}}, "--kind", "update")
    assert "Bad SKU passed" in result.output
    with pytest.raises(Unprocessable):
        recognise({"data": {}})


def test_on_a_terminal_it_is_a_table(shop_url: str, tmp_path: Path) -> None:
    url = make_url(shop_url).render_as_string(hide_password=False)
    (tmp_path / "config.ini").write_text(f"[bridge]\ndatabase = {url}\n")
    (tmp_path / "call.json").write_text(json.dumps({"data": [ROW]}))
    words = ["--config", "config.ini", "plan", "call.json"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", "from bridge.cli import main; main()", *words],
        cwd=tmp_path,
        stdout=theirs,
        stdin=subprocess.DEVNULL,
    ) as process:
        assert process.wait(60) == 0
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        shown = terminal.read1(65536).decode()
    assert "│ RegularPrice" in shown
    assert "39" in shown and "41.00" in shown
