"""What was asked, what was done, when and for whom: runs, items and receipts.

Each app keeps these tables in the database it works on, so that a receipt commits
together with the effect it proves. A *run* is one call or one push; its *items* are
what changed or was refused; a *receipt* makes a request exactly-once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    bindparam,
    insert,
    select,
    update,
)

from .batch import Answer, Batch, Figure, Writer
from .bulk import JSON, insert_many
from .columns import BINARY, BIZUNO, Stamp, Texts, integer, key, table_options
from .database import Database, create_missing
from .envelope import ItemResult, Status, count
from .prepared import Rows

_texts = Texts(BIZUNO)
_varchar = _texts.varchar
_OPTIONS = table_options(BIZUNO)
_ITEM = (
    "run_id",
    "item",
    "status",
    "reference",
    "field",
    "code",
    "text",
    "changes",
)


@dataclass(frozen=True)
class Receipt:
    """Proof that the request ``key`` had the effect ``reference`` (a row's ID).

    ``digest`` is of the content; ``reply`` what was answered; ``revision`` counts
    contents that took effect under this key, from 1.
    """

    key: str
    digest: str
    reference: int
    reply: dict[str, Any]
    revision: int = 1


class Ledger:
    """The ledger tables of one app, named ``<prefix>runs`` and so on."""

    def __init__(self, prefix: str) -> None:
        self.metadata = MetaData()
        self.runs = Table(
            f"{prefix}runs",
            self.metadata,
            Column("id", integer("bigint"), primary_key=True),
            Column("kind", _varchar(40), nullable=False),
            Column("source", _varchar(190), nullable=False),
            Column("started", Stamp, nullable=False),
            Column("finished", Stamp),
            Column("status", _varchar(20), nullable=False),
            Column("asked", integer(), nullable=False),
            Column("changed", integer(), nullable=False),
            Column("refused", integer(), nullable=False),
            Column("details", _texts.mediumtext()),
            key("kind_started", "kind", "started"),
            **_OPTIONS,
        )
        self.items = Table(
            f"{prefix}items",
            self.metadata,
            Column("id", integer("bigint"), primary_key=True),
            Column("run_id", integer("bigint"), nullable=False),
            Column("item", _varchar(190), nullable=False),
            Column("status", _varchar(20), nullable=False),
            Column("reference", integer("bigint")),
            Column("field", _varchar(190), nullable=False),
            Column("code", _varchar(40), nullable=False),
            Column("text", _texts.text(), nullable=False),
            Column("changes", _texts.mediumtext(), info=JSON),
            key("run_id", "run_id"),
            key("item", "item"),
            **_OPTIONS,
        )
        self.receipts = Table(
            f"{prefix}receipts",
            self.metadata,
            Column("id", integer("bigint"), primary_key=True),
            Column("kind", _varchar(40), nullable=False),
            # binary, so that two keys differ as soon as one byte does
            Column("receipt_key", Texts(BINARY).varchar(190), nullable=False),
            Column("digest", _varchar(64), nullable=False),
            Column("reference", integer("bigint"), nullable=False),
            Column("reply", _texts.mediumtext(), nullable=False),
            Column("revision", integer(), nullable=False),
            Column("created", Stamp, nullable=False),
            Column("updated", Stamp, nullable=False),
            key("kind_key", "kind", "receipt_key", unique=True),
            **_OPTIONS,
        )
        found = self.receipts.c
        self._issue = insert(self.receipts)
        self._run = insert(self.runs)
        self._end = (
            update(self.runs)
            .where(self.runs.c.id == bindparam("run"))
            .values(
                {
                    name: bindparam(name, type_=self.runs.c[name].type)
                    for name in ("finished", "status", "changed", "refused", "details")
                }
            )
        )
        # few columns: the driver spends more on describing them than on an empty answer
        self._by_key = select(
            found.digest, found.reference, found.reply, found.revision
        ).where(found.kind == bindparam("kind"), found.receipt_key == bindparam("key"))

    def create(self, database: Database) -> None:
        """Create the tables that are missing; harmless when several workers do it."""
        create_missing(database, self.metadata)

    def start(self, conn: Connection, kind: str, source: str, asked: int) -> int:
        """Open a run of ``asked`` items for ``source`` (a user, a peer); its ID."""
        row = conn.execute(
            self._run, _opening(kind, source, asked)
        ).inserted_primary_key
        assert row is not None
        return int(row[0])

    def open(self, batch: Batch, kind: str, source: str, asked: int) -> Figure:
        """The same as one statement of several."""
        return batch.insert(self._run, _opening(kind, source, asked))

    def finish(
        self,
        writer: Writer,
        run: int,
        items: Sequence[ItemResult],
        *,
        changes: dict[int, dict[str, Any]] | None = None,
        status: str = "done",
        details: dict[str, Any] | None = None,
    ) -> None:
        """Close a run; keeps a row for every item that changed or was refused.

        ``changes`` maps the position of an item to ``{field: [before, after]}``.
        """
        tally = count(items)
        kept = [
            (
                run,
                item.key[:190],
                item.status.value,
                item.id,
                item.field[:190],
                item.code,
                item.text,
                changes.get(at) if changes else None,
            )
            for at, item in enumerate(items)
            if item.status not in (Status.UNCHANGED, Status.MISSING)
        ]
        insert_many(writer, self.items, _ITEM, kept)
        done = (Status.CREATED, Status.UPDATED, Status.DELETED)
        writer.execute(
            self._end,
            {
                "run": run,
                "finished": datetime.now(UTC),
                "status": status,
                "changed": sum(tally[one] for one in done),
                "refused": tally[Status.REFUSED],
                "details": _json(details) if details else None,
            },
        )

    def receipt(
        self, conn: Connection, kind: str, name: str, *, lock: bool = False
    ) -> Receipt | None:
        """The receipt for ``name``; ``lock`` keeps other writers of it waiting."""
        query = self._by_key.with_for_update() if lock else self._by_key
        given = {"kind": kind, "key": name}
        return _receipt(name, list(conn.execute(query, given)))

    def ask_receipt(self, batch: Batch, kind: str, name: str) -> Answer[Receipt | None]:
        """The same as one question of several."""
        given = {"kind": kind, "key": name}
        return batch.ask(self._by_key, given, lambda rows: _receipt(name, rows))

    def issue(
        self,
        writer: Writer,
        kind: str,
        receipt: Receipt,
        *,
        reference: int | Figure | None = None,
    ) -> None:
        """Store a first receipt.

        A second one for the same key is an IntegrityError, with a Batch when that is
        sent: the unique key, not a check before, is what makes a request exactly-once.
        ``reference`` takes the place of the receipt's own, if that is not known yet.
        """
        now = datetime.now(UTC)
        writer.execute(
            self._issue,
            {
                "kind": kind,
                "receipt_key": receipt.key,
                "created": now,
                "updated": now,
                **_content(receipt),
                **({"reference": reference} if reference else {}),
            },
        )

    def reissue(self, conn: Connection, kind: str, receipt: Receipt) -> None:
        """Replace the receipt of this key by one for new content."""
        table = self.receipts
        conn.execute(
            update(table).where(
                table.c.kind == kind, table.c.receipt_key == receipt.key
            ),
            {"updated": datetime.now(UTC), **_content(receipt)},
        )


def _opening(kind: str, source: str, asked: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "source": source[:190],
        "started": datetime.now(UTC),
        "status": "running",
        "asked": asked,
        "changed": 0,
        "refused": 0,
    }


def _receipt(name: str, rows: Rows) -> Receipt | None:
    if not rows:
        return None
    (row,) = rows
    reply = json.loads(row.reply)
    return Receipt(name, row.digest, row.reference, reply, row.revision)


def _content(receipt: Receipt) -> dict[str, Any]:
    return {
        "digest": receipt.digest,
        "reference": receipt.reference,
        "reply": _json(receipt.reply),
        "revision": receipt.revision,
    }


def digest(content: Any) -> str:
    """A hash of a payload that does not depend on the order of its keys."""
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(member: Any) -> str:
    if isinstance(member, Decimal):
        return f"{member:f}"
    raise TypeError(f"{type(member).__name__} in a ledger row")


_json = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_plain
).encode
