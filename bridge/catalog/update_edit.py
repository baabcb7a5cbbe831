"""What is to change in one post: compared with what is stored, noted for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..common.envelope import Messages
from ..common.errors import FieldProblem
from ..wordpress.terms import Relations
from .changes import NAMES

FIELD_NAMES = {
    **NAMES,
    "post_title": "Description",
    "post_excerpt": "DescriptionSales",
    "post_content": "DescriptionLong",
    "post_name": "WooCommerceSlug",
    "post_status": "Status",
    "menu_order": "MenuOrder",
    "_sku": "SKU",
    "_length": "ProductLength",
    "_width": "ProductWidth",
    "_height": "ProductHeight",
    "_crosssell_ids": "invAccessory",
    "_product_attributes": "Attributes",
    "_default_attributes": "DefaultOptions",
    "_variation_description": "DescriptionSales",
    "_yoast_wpseo_metadesc": "MetaDescription",
    "biz_search_code": "SearchCode",
    "_thumbnail_id": "ProductImage",
    "_product_image_gallery": "Images",
}
# what follows from another change, and what every new product has
_SILENT = {"_wp_trash_meta_status", "_wp_trash_meta_time", "_wp_desired_post_slug"}
Rows = Mapping[str, list[tuple[int, str | None]]]


@dataclass(frozen=True)
class Stored:
    """A product or variation as it lies in the database.

    ``rows`` are its metas as ``(meta_id, value)``, oldest first; ``relations`` its
    terms by taxonomy; ``children`` all its variations, whatever their status.
    """

    id: int
    kind: str
    post: Mapping[str, Any]
    rows: Rows
    relations: Relations = field(default_factory=dict)
    children: tuple[Stored, ...] = ()

    def meta(self, key: str) -> str:
        """The value of a meta; empty when missing or NULL."""
        rows = self.rows.get(key)
        return (rows[0][1] or "") if rows else ""

    @property
    def sku(self) -> str:
        """Its SKU."""
        return self.meta("_sku")

    @property
    def status(self) -> str:
        """``publish``, ``draft``, ``trash``, ..."""
        return str(self.post["post_status"])


class Notes:
    """What a person should hear: refusals of the whole item, and messages."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []
        self.messages = Messages()

    def refuse(self, name: str, text: str, code: str) -> None:
        """The item will not be written; ``name`` is the field without ``data.``."""
        self.problems.append(FieldProblem(f"data.{name}", text, code))


def equal(one: str | None, other: str | None) -> bool:
    """Two stored values are the same text; missing is empty."""
    return (one or "") == (other or "")


class Edit:
    """Changes to one post, a new one if nothing is stored.

    ``columns`` and ``metas`` hold what differs, ``drops`` metas whose rows go,
    ``changes`` everything as ``{field: [before, after]}``.
    """

    def __init__(self, stored: Stored | None = None) -> None:
        self.stored = stored
        self.columns: dict[str, Any] = {}
        self.metas: dict[str, str | None] = {}
        self.drops: set[str] = set()
        self.changes: dict[str, list[Any]] = {}

    @property
    def changed(self) -> bool:
        """True when anything is to be written."""
        return bool(self.columns or self.metas or self.drops)

    def rows(self) -> dict[str, list[tuple[int, str | None]]]:
        """The metas as they will be; the IDs of rows to be written are 0."""
        stored = self.stored.rows if self.stored else {}
        kept = {key: rows for key, rows in stored.items() if key not in self.drops}
        return kept | {key: [(0, value)] for key, value in self.metas.items()}

    def has(self, key: str) -> bool:
        """True when there will be a row under ``key``."""
        rows = self.stored.rows if self.stored else {}
        return key in self.metas or (key in rows and key not in self.drops)

    def value(self, key: str) -> str | None:
        """A meta as it will be, None for NULL and for no row."""
        if key in self.metas:
            return self.metas[key]
        rows = self.stored.rows.get(key) if self.stored else None
        return rows[0][1] if rows and key not in self.drops else None

    def get(self, key: str) -> str:
        """A meta as it will be; empty when missing or NULL."""
        return self.value(key) or ""

    def column(self, name: str, value: Any) -> None:
        """Set a column of ``posts``."""
        before = None if self.stored is None else self.stored.post[name]
        if self.stored is None or before != value:
            self.columns[name] = value
            self.note(name, before, value)

    def meta(
        self,
        key: str,
        value: str | None,
        same: Callable[[str | None, str | None], bool] = equal,
    ) -> None:
        """Set a meta unless it is ``same`` already; more than one row becomes one."""
        rows = self.stored.rows.get(key, []) if self.stored else []
        if len(rows) == 1 and same(rows[0][1], value):
            return
        self.drops.discard(key)
        self.metas[key] = value
        before = rows[0][1] if rows else None
        if not equal(before, value):
            self.note(key, before, value)

    def drop(self, key: str, *, empty: bool = False) -> None:
        """Remove a meta; a row that is empty already only with ``empty``."""
        rows = self.stored.rows.get(key, []) if self.stored else []
        if not rows or (len(rows) == 1 and not rows[0][1] and not empty):
            return
        self.drops.add(key)
        self.note(key, rows[0][1], None)

    def put(
        self,
        key: str,
        value: str,
        same: Callable[[str | None, str | None], bool] = equal,
    ) -> None:
        """Set a meta, or remove it for an empty value, as WooCommerce does."""
        if value:
            self.meta(key, value, same)
        else:
            self.drop(key)

    def note(self, name: str, before: Any, after: Any) -> None:
        """Remember a change for the ledger and the plan, by the field's own name."""
        if name not in _SILENT:
            self.changes[FIELD_NAMES.get(name, name.lstrip("_"))] = [before, after]
