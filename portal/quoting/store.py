"""What all workers share: answers of carriers, and the names of rates handed out.

Both tables are the portal's own, beside Bizuno's. Losing them loses nothing but time,
so no answer waits for them and none fails with them. Times are Unix seconds.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from bridge.common.batch import Answer, Batch
from bridge.common.columns import BINARY, BIZUNO, Texts, integer, key, table_options
from bridge.common.contract.rates import method_of
from bridge.common.database import Database, upsert
from bridge.common.errors import Unavailable
from bridge.common.prepared import Rows

from .offers import Offer, Source

T = TypeVar("T")

log = logging.getLogger("bizuno_bridge.rates")
_KEY_LENGTH, _TITLE_LENGTH = 190, 190
_SECONDS = 0.5
"""For writing; a checkout that waits for a lock would be worse than no cache."""


@dataclass(frozen=True)
class Entry:
    """An answer as it is kept; ``missing`` are carriers that it lacks."""

    offers: tuple[Offer, ...]
    missing: tuple[str, ...]
    stored: float

    def age(self) -> float:
        """Seconds since it was given."""
        return max(time.time() - self.stored, 0.0)


class QuoteStore:
    """The tables ``<prefix>quotes`` and ``<prefix>rate_names``."""

    def __init__(self, prefix: str, metadata: MetaData) -> None:
        text = Texts(BINARY)
        self.quotes = Table(
            f"{prefix}quotes",
            metadata,
            Column("quote_key", text.varchar(_KEY_LENGTH), primary_key=True),
            Column("answer", text.text()),
            Column("stored", integer("bigint"), nullable=False),
            Column("asking_until", integer("bigint"), nullable=False),
            key("stored", "stored"),
            **table_options(BINARY),
        )
        self.names = Table(
            f"{prefix}rate_names",
            metadata,
            Column("rate_id", text.varchar(20), primary_key=True),
            Column("title", Texts(BIZUNO).varchar(_TITLE_LENGTH), primary_key=True),
            key("title", "title"),
            **table_options(BIZUNO),
        )
        names = self.names.c
        self._by_title = (
            select(names.rate_id).where(names.title == bindparam("name")).limit(100)
        )

    def __repr__(self) -> str:
        return f"QuoteStore({self.quotes.name!r})"

    def read(self, database: Database, name: str) -> Entry | None:
        """The answer kept under ``name``."""
        table = self.quotes

        def work(conn: Connection) -> Entry | None:
            query = select(table.c.answer, table.c.stored)
            row = conn.execute(query.where(table.c.quote_key == name)).one_or_none()
            return _entry(row.answer, row.stored / 1000) if row else None

        return self._reading(database, work)

    def claim(self, database: Database, name: str, seconds: float) -> bool:
        """True for the one worker that is to ask the carrier, for so long.

        Also True where the database does not tell: better asked twice than not at all.
        """
        table, now = self.quotes, int(time.time() * 1000)
        until = {"asking_until": now + int(seconds * 1000)}

        def work(conn: Connection) -> bool:
            free = (table.c.quote_key == name) & (table.c.asking_until <= now)
            if conn.execute(update(table).where(free), until).rowcount:
                return True
            try:
                conn.execute(table.insert(), {"quote_key": name, "stored": 0, **until})
            except IntegrityError:
                return False
            return True

        claimed = self._writing(database, work)
        return True if claimed is None else claimed

    def release(self, database: Database, name: str) -> None:
        """The carrier did not answer; another worker may ask."""
        table = self.quotes

        def work(conn: Connection) -> None:
            mine = table.c.quote_key == name
            conn.execute(update(table).where(mine), {"asking_until": 0})

        self._writing(database, work)

    def keep(self, database: Database, name: str, entry: Entry) -> None:
        """Keep an answer for all workers, and let others ask again later."""
        row = {
            "quote_key": name,
            "answer": _document(entry),
            "stored": int(entry.stored * 1000),
            "asking_until": 0,
        }

        def work(conn: Connection) -> None:
            changed = ("answer", "stored", "asking_until")
            upsert(conn, self.quotes, [row], unique=["quote_key"], update=changed)

        self._writing(database, work)

    def trim(self, database: Database, most: int, oldest: float) -> None:
        """Remove answers from before ``oldest``, and all but the ``most`` newest."""
        table = self.quotes

        def work(conn: Connection) -> None:
            newest = select(table.c.stored).order_by(table.c.stored.desc())
            bound = conn.scalar(newest.offset(most).limit(1))
            limit = max(int(oldest * 1000), -1 if bound is None else bound)
            idle = table.c.asking_until < int(time.time() * 1000)
            conn.execute(delete(table).where(table.c.stored <= limit, idle))

        self._writing(database, work)

    def name(self, database: Database, offers: Sequence[Offer]) -> bool:
        """Remember ids and titles handed out; False if that has to be tried again."""
        rows = [
            {"rate_id": offer.id, "title": offer.title[:_TITLE_LENGTH]}
            # in one order, so that two workers cannot deadlock
            for offer in sorted(offers, key=lambda offer: (offer.id, offer.title))
        ]

        def work(conn: Connection) -> bool:
            keys = ("rate_id", "title")
            upsert(conn, self.names, rows, unique=keys, update=["title"])
            return True

        return self._writing(database, work) is True

    def method(self, conn: Connection, title: str) -> str | None:
        """Bizuno's ``carrier:service`` for the title of a rate.

        None for a title that was never handed out, or for more than one rate.
        """
        return self.ask_method(Batch(conn), title)()

    def ask_method(self, batch: Batch, title: str) -> Answer[str | None]:
        """The same as one question of several."""
        return batch.ask(self._by_title, {"name": title[:_TITLE_LENGTH]}, _method)

    def _reading(self, database: Database, work: Callable[[Connection], T]) -> T | None:
        try:
            with database.glance() as conn:
                return work(conn)
        except (Unavailable, DBAPIError) as exc:
            log.warning("quotes are not read: %s", type(exc).__name__)
            return None

    def _writing(self, database: Database, work: Callable[[Connection], T]) -> T | None:
        try:
            return database.run(work, seconds=_SECONDS)
        except (Unavailable, DBAPIError) as exc:
            log.warning("quotes are not kept: %s", type(exc).__name__)
            return None


def _method(rows: Rows) -> str | None:
    found = {row.rate_id for row in rows}
    return method_of(found.pop()) if len(found) == 1 else None


def _document(entry: Entry) -> str:
    offers = [[o.carrier, o.service, o.title, str(o.quote)] for o in entry.offers]
    return json.dumps({"offers": offers, "missing": entry.missing})


def _entry(document: str | None, stored: float) -> Entry | None:
    if not document:
        return None
    found = json.loads(document)
    offers = tuple(
        Offer(carrier, service, title, Decimal(amount), Source.CACHED)
        for carrier, service, title, amount in found["offers"]
    )
    return Entry(offers, tuple(found["missing"]), stored)
