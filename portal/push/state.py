"""What a push remembers between calls, in tables of its own beside Bizuno's.

``pushed``: per store and kind of push the content last acknowledged of each item.
``locks``: who is pushing what to where just now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, select

from bridge.common.bulk import JSON, insert_many
from bridge.common.columns import BINARY, BIZUNO, Stamp, Texts, integer, table_options
from bridge.common.database import Database, create_missing
from bridge.common.ledger import digest

LISTED = 1_000
"""Beyond so many names it is cheaper to read all rows than to list them."""
_METADATA = MetaData()
_binary, _texts = Texts(BINARY), Texts(BIZUNO)
pushed = Table(
    "bizuno_portal_pushed",
    _METADATA,
    Column("store", _binary.varchar(190), primary_key=True),
    Column("kind", _binary.varchar(16), primary_key=True),
    Column("item", _binary.varchar(100), primary_key=True),
    Column("digest", _texts.char(64), nullable=False),
    Column("content", _texts.mediumtext(), nullable=False, info=JSON),
    Column("run_id", integer("bigint"), nullable=False),
    Column("acknowledged", Stamp, nullable=False),
    **table_options(BIZUNO),
)
_PUSHED = ("store", "kind", "item", "digest", "content", "run_id", "acknowledged")
locks = Table(
    "bizuno_portal_locks",
    _METADATA,
    Column("name", _binary.varchar(190), primary_key=True),
    Column("run_id", integer("bigint"), nullable=False),
    Column("holder", _texts.varchar(190), nullable=False),
    Column("taken", Stamp, nullable=False),
    Column("beat", Stamp, nullable=False),
    **table_options(BIZUNO),
)


def create_tables(database: Database) -> None:
    """Create the tables that are missing; harmless when several pushes do it."""
    create_missing(database, _METADATA)


@dataclass(frozen=True)
class Content:
    """What an item is in one kind of push; ``digest`` tells whether it changed."""

    document: Mapping[str, Any]
    digest: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Content:
        """The content of a document."""
        return cls(document, digest(document))


def read_pushed(
    conn: Connection, store: str, kind: str, only: Sequence[str] | None = None
) -> dict[str, Content]:
    """What the store acknowledged last, by item; of all, or of some items."""
    query = select(pushed.c.item, pushed.c.digest, pushed.c.content).where(
        pushed.c.store == store, pushed.c.kind == kind
    )
    if only is not None and len(only) <= LISTED:
        query = query.where(pushed.c.item.in_(only))
    return {
        row.item: Content(_Lazy(row.content), row.digest) for row in conn.execute(query)
    }


def read_latest(
    conn: Connection, store: str, kinds: Sequence[str], only: Sequence[str]
) -> dict[str, Content]:
    """What the store acknowledged last in any of these kinds of push, by item."""
    query = select(pushed.c.item, pushed.c.digest, pushed.c.content).where(
        pushed.c.store == store, pushed.c.kind.in_(kinds)
    )
    if len(only) <= LISTED:
        query = query.where(pushed.c.item.in_(only))
    return {
        row.item: Content(_Lazy(row.content), row.digest)
        for row in conn.execute(query.order_by(pushed.c.run_id))
    }


class _Lazy(Mapping[str, Any]):
    """A document that is decoded when somebody looks at it; most never are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._value: dict[str, Any] | None = None

    def _read(self) -> dict[str, Any]:
        if self._value is None:
            self._value = json.loads(self._text)
        return self._value

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Any:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def write_pushed(
    conn: Connection,
    store: str,
    kind: str,
    run: int,
    contents: Iterable[tuple[str, Content]],
) -> None:
    """Remember what the store has just acknowledged."""
    now = datetime.now(UTC)
    rows = [
        (store, kind, item, content.digest, dict(content.document), run, now)
        for item, content in contents
    ]
    keys, values = _PUSHED[:3], _PUSHED[3:]
    insert_many(conn, pushed, _PUSHED, rows, unique=keys, update=values)
