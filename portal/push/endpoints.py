"""How each kind of push is put into calls, and how its answers are read.

Our bridge answers for every item (DECISIONS 3); the plugin gives at most a sum, which
is enough when all went well and is taken apart by halves when not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bridge.common.envelope import ItemResult, Status
from bridge.common.http import Outcome

from .sending import Entry
from .store import CONFIRM, REFRESH, SYNC, UPDATE, Store, said, texts_of

_NOTE = re.compile(r"Updated (\d+) of (\d+)")
_NONE_FOUND = "No valid SKUs"
# where an item stood in the call: in another call it stands elsewhere
_POSITION = re.compile(r"^data(\[\d+\])?\.")


class Base:
    """What the endpoints share; with ``plan`` the bridge only says what it would do."""

    def __init__(self, store: Store, *, plan: bool = False) -> None:
        self.store, self.plan = store, plan
        self._heard: list[str] = []

    def alive(self) -> bool:
        """Whether the store answers at all."""
        return self.store.is_alive()

    def hear(self, body: Mapping[str, Any], about: str = "") -> None:
        """Keep what the store remarked besides the results."""
        mark = f"{about}: " if about else ""
        texts = (f"{mark}{text}" for text in texts_of(body, ("caution", "warning")))
        self._heard += [text for text in texts if text not in self._heard]

    def take_remarks(self) -> list[str]:
        """What the store has remarked since the last call."""
        heard, self._heard = self._heard, []
        return heard


class Refresh(Base):
    """``product/refresh``: a list of items."""

    def call(self, entries: Sequence[Entry]) -> Outcome:
        """Send a list."""
        return self.store.call(REFRESH, [e.load() for e in entries], plan=self.plan)

    def read(
        self, entries: Sequence[Entry], body: Mapping[str, Any]
    ) -> list[ItemResult] | None:
        """The plugin tells only how many of how many products it found."""
        self.hear(body)
        if "items" in body:
            return read_items(body["items"], entries, "SKU")
        if not _succeeded(body):
            return _refused(entries, body)
        note = str(body.get("note") or "")
        counts = _NOTE.search(note)
        found, seen = (int(n) for n in counts.groups()) if counts else (0, 0)
        if counts and found == len(entries) or not note:
            return [ItemResult(entry.key, Status.UPDATED) for entry in entries]
        if (counts and found == 0 and seen == len(entries)) or _NONE_FOUND in note:
            return [_missing(entry) for entry in entries]
        return None if len(entries) > 1 else [_missing(entries[0])]


class Update(Base):
    """``product/update``: one product with everything."""

    def call(self, entries: Sequence[Entry]) -> Outcome:
        """Send one product."""
        return self.store.call(UPDATE, entries[0].load(), plan=self.plan)

    def read(
        self, entries: Sequence[Entry], body: Mapping[str, Any]
    ) -> list[ItemResult] | None:
        """The plugin gives the ID of the product, or none."""
        self.hear(body, entries[0].key)
        if body.get("items"):
            return read_items(body["items"], entries, "SKU")
        number = _whole(body.get("ID"))
        if not _succeeded(body) or not number:
            return _refused(entries, body)
        return [ItemResult(entries[0].key, Status.UPDATED, id=number)]


class Confirm(Base):
    """``order/confirm``: headlines and tracking numbers by order."""

    def call(self, entries: Sequence[Entry]) -> Outcome:
        """Send confirmations."""
        texts = {entry.key: entry.load() for entry in entries}
        head = {order: confirmation.head for order, confirmation in texts.items()}
        body = {order: confirmation.body for order, confirmation in texts.items()}
        return self.store.call(CONFIRM, {"head": head, "body": body}, plan=self.plan)

    def read(
        self, entries: Sequence[Entry], body: Mapping[str, Any]
    ) -> list[ItemResult] | None:
        """The plugin says Success for all of them, whatever it found."""
        self.hear(body)
        if "items" in body:
            return read_items(body["items"], entries, "PO")
        if not _succeeded(body):
            return _refused(entries, body)
        return [ItemResult(entry.key, Status.UPDATED, "PO") for entry in entries]


class Sync(Base):
    """``product/sync``: the whole list; ``answer`` keeps what the store said."""

    def __init__(self, store: Store, *, plan: bool = False) -> None:
        super().__init__(store, plan=plan)
        self.answer: Mapping[str, Any] = {}

    def call(self, entries: Sequence[Entry]) -> Outcome:
        """Send the list."""
        return self.store.call(SYNC, entries[0].load(), plan=self.plan)

    def read(
        self, entries: Sequence[Entry], body: Mapping[str, Any]
    ) -> list[ItemResult] | None:
        """The plugin says Fail when the two sides differ, which is no refusal."""
        self.hear(body)
        self.answer = body
        if _succeeded(body) or not self.store.is_bridge:
            return [ItemResult(entries[0].key, Status.UPDATED)]
        return _refused(entries, body)


def read_items(items: Any, entries: Sequence[Entry], key_name: str) -> list[ItemResult]:
    """The store's own per-item results; what it did not mention counts as refused."""
    rows = [row for row in items if isinstance(row, dict)] if items else []
    by_key = {str(row.get(key_name)): row for row in rows}
    if len(rows) == len(entries):
        # in the order sent, so a SKU that the store spells otherwise is found too
        by_key |= dict(zip((e.key for e in entries), rows, strict=True))
    return [_result(entry.key, by_key.get(entry.key), key_name) for entry in entries]


def _result(key: str, row: Mapping[str, Any] | None, key_name: str) -> ItemResult:
    if row is None:
        return ItemResult(
            key,
            Status.REFUSED,
            key_name,
            text="The store did not answer for it; send it again.",
            code="not_reported",
        )
    known = {status.value: status for status in Status}
    changes = row.get("changes")
    return ItemResult(
        key,
        known.get(str(row.get("status")), Status.REFUSED),
        key_name,
        id=_whole(row.get("ID")),
        text=str(row.get("text") or ""),
        field=_POSITION.sub("", str(row.get("field") or "")),
        code=str(row.get("code") or ""),
        changes=changes if isinstance(changes, dict) else None,
    )


def _refused(
    entries: Iterable[Entry], body: Mapping[str, Any]
) -> list[ItemResult] | None:
    """A whole call refused: true of one entry, else to be found by halves."""
    listed = list(entries)
    if len(listed) > 1:
        return None
    text = said(body) or "The store refused it without saying why."
    return [
        ItemResult(entry.key, Status.REFUSED, text=text, code="refused_by_store")
        for entry in listed
    ]


def _missing(entry: Entry) -> ItemResult:
    return ItemResult(entry.key, Status.MISSING, text="The store has no such SKU.")


def _succeeded(body: Mapping[str, Any]) -> bool:
    return body.get("result") == "Success"


def _whole(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and int(text) else None
