"""The pushes of products: what each sends, planned from one reading of the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from bridge.common.bulk import uncollected
from bridge.common.config import StoreConfig
from bridge.common.database import fold
from bridge.common.phpform import count_fields

from .endpoints import Refresh, Update
from .guards import Change, Concern, concerns_of
from .pictures import names_of, read_pictures, stamp_pictures
from .products import accessory_ids, refresh_document, update_document, with_pictures
from .reading import Catalog, Item, Selection, read_catalog, read_skus
from .sending import Endpoint, Entry
from .state import Content
from .store import Store
from .variations import (
    BrokenOptions,
    child_names,
    has_options,
    parse_options,
    read_children,
    variations_document,
)

PICTURES = "@pictures"


@dataclass(frozen=True)
class Planned:
    """An entry and its content; ``text`` says in words what a dry run would send.

    An entry without content is sent whenever it is asked for.
    """

    entry: Entry
    content: Content | None = None
    text: str = ""


@dataclass
class Plan:
    """What a push would send, and what a person should know of it.

    ``headline`` says what it is where the number of entries does not.
    """

    planned: list[Planned]
    notices: list[str] = field(default_factory=list)
    headline: str = ""


class Job(Protocol):
    """One kind of push.

    ``what`` is what it sends (one, many), ``nothing`` what to say when there is none;
    ``always``: sent whether it changed or not.
    """

    kind: str
    one_by_one: bool
    always: bool
    what: tuple[str, str]
    nothing: str

    def plan(self, conn: Connection, only: Sequence[str] | None = None) -> Plan:
        """What to send; ``only``: keys of an earlier run, those gone are left out."""

    def merged(self, content: Content, before: Content) -> Content:
        """The content with what it leaves as the store has it."""

    def endpoint(self, store: Store, *, plan: bool = False) -> Endpoint:
        """How it is sent."""

    def concerns(self, changes: Sequence[Change]) -> list[Concern]:
        """What a person should look at first."""

    def options(self) -> dict[str, Any]:
        """What is needed to make this job again."""

    def said(self, endpoint: Endpoint) -> list[str]:
        """What the store said beyond the items, in sentences."""


@dataclass(frozen=True)
class Products:
    """What refresh and upload have in common.

    A named item goes to the store whether it is flagged or not, unless
    ``flagged_only``, which is right where several stores share the command.
    """

    store: StoreConfig
    only: tuple[str, ...] = ()
    prefix: str = ""
    flagged_only: bool = False
    always = False
    what = ("item", "items")
    nothing = "Nothing to send."

    def selection(self, only: Sequence[str] | None) -> Selection:
        """Which items: as asked, or those of an earlier run."""
        if only is not None:
            return Selection(self.store.flag, tuple(only), strict=False)
        return Selection(self.store.flag, self.only, self.prefix)

    def read(
        self, conn: Connection, only: Sequence[str] | None, *, whole: bool = False
    ) -> tuple[Catalog, Plan]:
        """The catalog, and a plan with nothing in it but notices."""
        catalog = read_catalog(conn, self.selection(only), whole=whole)
        other = [item for item in catalog.items if not item.flagged]
        if not self.only or only is not None or not other:
            return catalog, Plan([])
        what = "it is left out" if self.flagged_only else "sent because it was named"
        notices = [
            f"{item.sku} is not flagged for the store ({self.store.flag}); {what}."
            for item in other
        ]
        if self.flagged_only:
            flagged = tuple(item for item in catalog.items if item.flagged)
            catalog = replace(catalog, items=flagged)
        return catalog, Plan([], notices)

    def merged(self, content: Content, before: Content) -> Content:
        """The content as it is: every field of it is sent."""
        return content

    def concerns(self, changes: Sequence[Change]) -> list[Concern]:
        """Prices and quantities that a person should look at first."""
        return concerns_of(changes, self.store)

    def options(self) -> dict[str, Any]:
        """What is needed to make this job again."""
        return {"only": list(self.only), "prefix": self.prefix}

    def said(self, endpoint: Endpoint) -> list[str]:
        """Nothing beyond the items."""
        return []


@dataclass(frozen=True)
class RefreshJob(Products):
    """Stock, weight and prices of the flagged items."""

    kind = "refresh"
    one_by_one = False

    @uncollected()
    def plan(self, conn: Connection, only: Sequence[str] | None = None) -> Plan:
        """One entry per item."""
        catalog, plan = self.read(conn, only)
        for item in catalog.items:
            document = refresh_document(catalog, item)
            entry = Entry(item.sku, count_fields(document), partial(dict, document))
            plan.planned.append(Planned(entry, Content.of(document)))
        plan.notices += _bills(catalog)
        return plan

    def endpoint(self, store: Store, *, plan: bool = False) -> Endpoint:
        """``product/refresh``."""
        return Refresh(store, plan=plan)


@dataclass(frozen=True)
class UploadJob(Products):
    """Everything of the flagged items; ``mode`` 1 pictures anew, 2 missing, 3 none."""

    mode: int = 3
    data: Path = Path("data")
    kind = "upload"
    one_by_one = True

    @uncollected()
    def plan(self, conn: Connection, only: Sequence[str] | None = None) -> Plan:
        """One entry per item; pictures are read when it is sent."""
        catalog, plan = self.read(conn, only, whole=True)
        masters = [i for i in catalog.items if has_options(i.options)]
        names, broken = child_names((i.sku, i.options) for i in masters)
        children = read_children(conn, names)
        listed = [accessory_ids(i.row.get("invAccessory")) for i in catalog.items]
        accessories = read_skus(conn, {i for ids in listed for i in ids or ()})
        for item in catalog.items:
            variations = None
            if has_options(item.options) and item.sku not in broken:
                options = parse_options(item.sku, item.options)
                variations = variations_document(item.sku, options, children)
            document = update_document(
                catalog, item, self.mode, accessories=accessories, variations=variations
            )
            plan.planned.append(self._planned(item, document, plan.notices))
        plan.notices += _bills(catalog) + [
            _problem(i) for i in masters if i.sku in broken
        ]
        return plan

    def _planned(
        self, item: Item, document: dict[str, Any], notices: list[str]
    ) -> Planned:
        content = {k: v for k, v in document.items() if k != "sendMode"}
        if self.mode == 3:
            entry = Entry(item.sku, count_fields(document), partial(dict, document))
            return Planned(entry, Content.of(content))
        main, others = names_of(item.row)
        stamps = stamp_pictures(self.data, [main, *others])
        notices += [
            f"Picture {name} of {item.sku} {found.problem}; it is not sent."
            for name, found in stamps.items()
            if found.problem
        ]
        content[PICTURES] = {n: s.content for n, s in stamps.items() if s.content}
        fields = count_fields(document) + 4 * len(others) + 1
        entry = Entry(item.sku, fields, partial(self._load, item, document))
        return Planned(entry, Content.of(content))

    def _load(self, item: Item, document: dict[str, Any]) -> dict[str, Any]:
        main, others = names_of(item.row)
        return with_pictures(document, item, read_pictures(self.data, [main, *others]))

    def merged(self, content: Content, before: Content) -> Content:
        """Without pictures (mode 3) the store keeps those it has."""
        if self.mode != 3 or PICTURES not in before.document:
            return content
        kept = {PICTURES: before.document[PICTURES]}
        return Content.of({**content.document, **kept})

    def endpoint(self, store: Store, *, plan: bool = False) -> Endpoint:
        """``product/update``."""
        return Update(store, plan=plan)

    def options(self) -> dict[str, Any]:
        """What is needed to make this job again."""
        return {**super().options(), "mode": self.mode}


def _problem(item: Item) -> str:
    try:
        parse_options(item.sku, item.options)
    except BrokenOptions as exc:
        return f"{exc.problem.text} The rest of the item goes out."
    return ""


def _bills(catalog: Catalog) -> list[str]:
    """Assemblies whose count cannot be right."""
    endless = {fold(sku) for sku in catalog.availability.endless}
    circular = sorted(catalog.availability.circular)
    return [
        f"{item.sku} is an assembly with no stocked part in its bill of materials, so "
        "Bizuno counts 999,999 as buildable; complete its bill of materials."
        for item in catalog.items
        if fold(item.sku) in endless
    ] + [
        f"{sku} is part of its own bill of materials; it counts as not buildable there."
        for sku in circular
    ]
