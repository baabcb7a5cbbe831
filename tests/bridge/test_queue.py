"""Action Scheduler rows: bytes as PHP writes them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from bridge.common import phpdata
from bridge.shop import Shop
from bridge.wordpress.queue import Action, encode_args, enqueue, schedule_text

NOW = datetime(2026, 11, 21, 4, 51, 33, tzinfo=UTC)
ZONE = timezone(timedelta(hours=-5))


def test_the_schedule_has_the_recorded_bytes() -> None:
    assert schedule_text(1795236693) == (
        'O:30:"ActionScheduler_SimpleSchedule":2:'
        '{s:22:"\0*\0scheduled_timestamp";i:1795236693;'
        's:41:"\0ActionScheduler_SimpleSchedule\0timestamp";i:1795236693;}'
    )


def test_the_schedule_is_an_object_and_so_never_read_back() -> None:
    with pytest.raises(phpdata.PhpDataError, match="objects"):
        phpdata.loads(schedule_text(1))


def test_arguments_are_json_as_php_writes_it() -> None:
    args = [{"order_id": 7, "customer_note": 'a/b é😀 "q" \\ <br />\n'}]
    assert encode_args(args) == (
        '[{"order_id":7,"customer_note":'
        '"a\\/b \\u00e9\\ud83d\\ude00 \\"q\\" \\\\ <br \\/>\\n"}]'
    )


def test_an_action_is_due_now_on_both_clocks(shop: Shop) -> None:
    with shop.database.transaction() as conn:
        enqueue(conn, shop.tables, [Action("a_hook", [7])], now=NOW, zone=ZONE)
        row = conn.execute(select(shop.tables.actionscheduler_actions)).one()
    assert (row.hook, row.status, row.args) == ("a_hook", "pending", "[7]")
    assert row.scheduled_date_gmt == "2026-11-21 04:51:33"
    assert row.scheduled_date_local == "2026-11-20 23:51:33"
    assert row.schedule == schedule_text(1795236693)
    assert (row.priority, row.group_id, row.claim_id, row.attempts) == (10, 0, 0, 0)
    assert row.extended_args is None


@pytest.mark.parametrize("extra", [0, 1])
def test_long_arguments_lie_beside_their_hash(shop: Shop, extra: int) -> None:
    args = ["x" * (187 + extra)]
    text = json.dumps(args)
    with shop.database.transaction() as conn:
        enqueue(conn, shop.tables, [Action("a_hook", args)], now=NOW, zone=ZONE)
        row = conn.execute(select(shop.tables.actionscheduler_actions)).one()
    if extra:
        assert row.args == hashlib.md5(text.encode()).hexdigest()
        assert row.extended_args == text
    else:
        assert len(row.args) == 191
        assert (row.args, row.extended_args) == (text, None)


def test_a_group_is_made_once(shop: Shop) -> None:
    with shop.database.transaction() as conn:
        for name in ("first", "second"):
            action = Action(name, [])
            enqueue(conn, shop.tables, [action], now=NOW, zone=ZONE, group="of-ours")
        groups = conn.execute(
            select(shop.tables.actionscheduler_groups.c.group_id).where(
                shop.tables.actionscheduler_groups.c.slug == "of-ours"
            )
        ).scalars()
        table = shop.tables.actionscheduler_actions
        rows = conn.execute(select(table.c.group_id, table.c.args)).all()
    (group,) = groups
    assert rows == [(group, "[]"), (group, "[]")]
