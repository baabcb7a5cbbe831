"""The push of the list of SKUs, and what the store says to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bridge.common.config import StoreConfig
from bridge.common.errors import Unprocessable

from .endpoints import Sync
from .guards import Change, Concern, removal_concern
from .jobs import Plan, Planned
from .listing import read_listing
from .sending import Endpoint, Entry
from .state import Content
from .store import Store

KEY = "list"
SKUS = "skus"


@dataclass(frozen=True)
class SyncJob:
    """The whole list; with ``delete`` the store removes what is not on it.

    ``force`` lets our bridge remove more than its own limit allows.
    """

    store: StoreConfig
    delete: bool = False
    force: bool = False
    kind = "sync"
    one_by_one = True
    always = True
    what = ("list", "lists")
    nothing = "No item is flagged for this store; an empty list is never sent."

    def plan(self, conn: Connection, only: Sequence[str] | None = None) -> Plan:
        """One entry, or none for an empty list, which is never sent.

        Raises Unprocessable for a deletion while the children of a master are unknown.
        """
        listing = read_listing(conn, self.store.flag)
        notices = [
            f"The options of {sku} cannot be read, so its variations are not listed."
            for sku in listing.broken
        ]
        if listing.broken and self.delete:
            raise Unprocessable(
                f"{' '.join(notices)} The store would delete them; save the options "
                "again in Bizuno, or sync without --delete."
            )
        if not listing.skus:
            return Plan([], notices)
        data = {
            "syncTag": self.store.flag,
            "syncSkus": json.dumps(listing.skus),
            "syncDelete": str(int(self.delete)),
            **({"syncForce": "1"} if self.force else {}),
        }
        entry = Entry(KEY, len(data), partial(dict, data))
        text = f"{len(listing.skus):,} SKUs: {', '.join(listing.skus)}"
        content = Content.of({SKUS: listing.skus})
        headline = f"{len(listing.skus):,} SKUs listed"
        return Plan([Planned(entry, content, text)], notices, headline)

    def merged(self, content: Content, before: Content) -> Content:
        """The list as it is."""
        return content

    def endpoint(self, store: Store, *, plan: bool = False) -> Endpoint:
        """``product/sync``."""
        return Sync(store, plan=plan)

    def concerns(self, changes: Sequence[Change]) -> list[Concern]:
        """What leaves the list, if the store is to remove it."""
        if not self.delete:
            return []
        found = (
            removal_concern(c.before.get(SKUS, ()), c.after[SKUS], self.store)
            for c in changes
        )
        return [concern for concern in found if concern]

    def options(self) -> dict[str, Any]:
        """What is needed to make this job again."""
        return {"delete": self.delete, "force": self.force}

    def said(self, endpoint: Endpoint) -> list[str]:
        """What the two sides do not share."""
        assert isinstance(endpoint, Sync)
        return said_of(endpoint.answer)


def said_of(answer: Mapping[str, Any]) -> list[str]:
    """What the two sides do not share, in sentences; the plugin gives no lists."""
    if "extra" not in answer and "missing" not in answer:
        if answer.get("result") == "Success":
            return ["The store has nothing that Bizuno does not list."]
        return ["The store has products that Bizuno does not list."]
    deleted = _skus(answer.get("deleted"))
    extra = [sku for sku in _skus(answer.get("extra")) if sku not in deleted]
    missing = _skus(answer.get("missing"))
    lines = [
        f"{len(skus):,} {text}: {', '.join(skus[:20])}{_more(skus)}"
        for skus, text in (
            (deleted, "not listed, so the store removes them"),
            (extra, "in the store only"),
            (missing, "in Bizuno, but not for sale in the store; upload sends them"),
        )
        if skus
    ]
    return lines or ["Both sides have the same products."]


def _skus(value: Any) -> list[str]:
    return [str(sku) for sku in value] if isinstance(value, list) else []


def _more(skus: Sequence[str]) -> str:
    return f" and {len(skus) - 20:,} more" if len(skus) > 20 else ""
