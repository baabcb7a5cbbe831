"""Action Scheduler: work that is handed to WooCommerce's own queue.

An action is a hook that WordPress calls on its next queue run, with arguments that
must survive JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, select

from .clock import stamp
from .tables import ShopTables

MAX_ARGS = 8000
_MAX_INDEXED = 191
_CLASS = "ActionScheduler_SimpleSchedule"


@dataclass(frozen=True)
class Action:
    """Call ``hook`` with ``args`` (plain values) as soon as the queue runs."""

    hook: str
    args: Sequence[Any]


def enqueue(
    conn: Connection,
    tables: ShopTables,
    actions: Sequence[Action],
    *,
    now: datetime,
    zone: tzinfo,
    group: str = "",
) -> None:
    """Queue ``actions`` for ``now``, in their order, under the group of that slug."""
    if not actions:
        return
    common = {
        "status": "pending",
        "scheduled_date_gmt": stamp(now),
        "scheduled_date_local": stamp(now, zone),
        "priority": 10,
        "schedule": schedule_text(int(now.timestamp())),
        "group_id": _group_id(conn, tables, group) if group else 0,
    }
    conn.execute(
        tables.actionscheduler_actions.insert(),
        [{"hook": a.hook, **_stored_args(a.args), **common} for a in actions],
    )


def encode_args(args: Sequence[Any]) -> str:
    """The arguments as WordPress encodes them: ASCII, slashes escaped.

    More than MAX_ARGS characters have no room in the queue.
    """
    return json.dumps(list(args), separators=(",", ":")).replace("/", "\\/")


def schedule_text(due: int) -> str:
    """The serialized schedule of an action that is due once, at a Unix time.

    Written by hand because it is an object with a protected and a private property,
    whose names hold NUL bytes; ``phpdata`` knows no objects.
    """
    inherited, own = "\0*\0scheduled_timestamp", f"\0{_CLASS}\0timestamp"
    members = "".join(f's:{len(n)}:"{n}";i:{due};' for n in (inherited, own))
    return f'O:{len(_CLASS)}:"{_CLASS}":2:{{{members}}}'


def _stored_args(args: Sequence[Any]) -> dict[str, str | None]:
    """Long arguments lie beside their hash: the indexed column is short."""
    text = encode_args(args)
    if len(text) <= _MAX_INDEXED:
        return {"args": text, "extended_args": None}
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return {"args": digest, "extended_args": text}


def _group_id(conn: Connection, tables: ShopTables, slug: str) -> int:
    table = tables.actionscheduler_groups
    found = conn.execute(
        select(table.c.group_id).where(table.c.slug == slug).limit(1)
    ).scalar()
    if found is not None:
        return int(found)
    row = conn.execute(table.insert(), {"slug": slug}).inserted_primary_key
    assert row is not None
    return int(row[0])
