"""What is under way with pictures, so that a crash leaves nothing behind.

A note is written before the first byte of a picture's file and goes in the transaction
that enters the picture into the library. One that stays behind tells whoever comes
next to look: a picture that nothing knows of is removed, another is described anew.
With ``image_sizes = later`` the note stays until a worker has made the sizes.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, delete, select, update

from ..common.columns import BINARY, Texts, integer, key, table_options
from ..common.database import upsert

WRITING, SIZES, FAILED = "writing", "sizes", "failed"
# longer than any request takes, and than the sizes of one picture take
WRITING_SECONDS, LEASE_SECONDS = 900, 120
_UNKNOWN = -1
_TEXT = 500
clock = time.time
"""What tells the time; tests put another one in its place."""


@dataclass(frozen=True)
class Note:
    """A picture somebody works on.

    ``owner`` is who does, until ``until`` (Unix seconds); ``before`` who did before.
    ``existed``: the file was there before us, so it is not ours to remove.
    """

    path: str
    state: str
    owner: str
    until: int
    existed: bool
    text: str = ""
    before: str = ""


def new_owner() -> str:
    """A name for one piece of work, never used twice."""
    return secrets.token_hex(8)


class PictureNotes:
    """The table ``<prefix>pictures``."""

    def __init__(self, prefix: str, metadata: MetaData) -> None:
        texts = Texts(BINARY)
        self.table = Table(
            f"{prefix}pictures",
            metadata,
            # a path is longer than a key may be
            Column("digest", texts.varchar(64), primary_key=True),
            Column("path", texts.text(), nullable=False),
            Column("state", texts.varchar(10), nullable=False),
            Column("owner", texts.varchar(16), nullable=False),
            Column("until", integer("bigint"), nullable=False),
            Column("existed", integer("tinyint"), nullable=False),
            Column("text", texts.text(), nullable=False),
            key("state_until", "state", "until"),
            key("owner", "owner"),
            **table_options(BINARY),
        )

    def announce(self, conn: Connection, path: str, owner: str, uploads: Path) -> None:
        """Say that the file at ``path`` is about to be written to.

        Waits for whoever is about to remove it, and only then looks whether it is
        there. Commit before writing.
        """
        c, digest = self.table.c, _digest(path)
        row = {
            "digest": digest,
            "path": path,
            "state": WRITING,
            "owner": owner,
            "until": int(clock()) + WRITING_SECONDS,
            "existed": _UNKNOWN,
            "text": "",
        }
        changed = ["state", "owner", "until", "text"]
        upsert(conn, self.table, [row], unique=["digest"], update=changed)
        conn.execute(
            update(self.table)
            .where(c.digest == digest, c.existed == _UNKNOWN)
            .values(existed=int((uploads / path).is_file()))
        )

    def settle(
        self, conn: Connection, owner: str, paths: Collection[str], *, later: bool
    ) -> None:
        """The pictures at ``paths`` are entered; ``later`` leaves their sizes."""
        c = self.table.c
        mine = [c.owner == owner, c.digest.in_([_digest(path) for path in paths])]
        if later:
            done = update(self.table).where(*mine)
            conn.execute(done.values(state=SIZES, until=0))
        else:
            conn.execute(delete(self.table).where(*mine))

    def ask(self, conn: Connection, paths: Collection[str]) -> None:
        """Have the missing sizes of pictures made that are in the library."""
        c, wanted = self.table.c, {_digest(path): path for path in paths}
        known = set(conn.scalars(select(c.digest).where(c.digest.in_(wanted))))
        rows = [
            {
                "digest": digest,
                "path": path,
                "state": SIZES,
                "owner": new_owner(),
                "until": 0,
                "existed": 1,
                "text": "",
            }
            for digest, path in wanted.items()
            if digest not in known
        ]
        # a note that has just come from somebody else says the same or more
        upsert(conn, self.table, rows, unique=["digest"], update=["digest"])

    def waiting(
        self, conn: Connection, states: Sequence[str], *, owner: str = ""
    ) -> list[Note]:
        """Notes that nobody works on any more, or those of ``owner``; oldest first."""
        c = self.table.c
        free = c.owner == owner if owner else c.until <= int(clock())
        query = select(self.table).where(c.state.in_(states), free)
        return [
            Note(row.path, row.state, row.owner, row.until, bool(row.existed), row.text)
            for row in conn.execute(query.order_by(c.until, c.digest).limit(100))
        ]

    def claim(self, conn: Connection, note: Note) -> Note | None:
        """The note as ours for a while; None when somebody else was faster."""
        c = self.table.c
        owner, until = new_owner(), int(clock()) + LEASE_SECONDS
        taken = conn.execute(
            update(self.table)
            .where(
                c.digest == _digest(note.path),
                c.owner == note.owner,
                c.until == note.until,
            )
            .values(owner=owner, until=until)
        )
        if taken.rowcount != 1:
            return None
        return replace(note, owner=owner, until=until, before=note.owner)

    def holds(self, conn: Connection, note: Note) -> bool:
        """True while the note is ours; it is locked until the transaction ends."""
        c = self.table.c
        query = select(c.owner).where(c.digest == _digest(note.path)).with_for_update()
        return conn.scalar(query) == note.owner

    def finish(self, conn: Connection, note: Note) -> None:
        """Nothing is left to be done."""
        c = self.table.c
        mine = (c.digest == _digest(note.path)) & (c.owner == note.owner)
        conn.execute(delete(self.table).where(mine))

    def fail(self, conn: Connection, note: Note, text: str) -> None:
        """It cannot be done, for the reason given; a person may try again."""
        c = self.table.c
        mine = (c.digest == _digest(note.path)) & (c.owner == note.owner)
        values = {"state": FAILED, "until": 0, "text": text[:_TEXT]}
        conn.execute(update(self.table).where(mine).values(**values))


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()
