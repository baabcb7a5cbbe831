"""The story of one SKU on this side: whose its fields are, how they stand and changed.

The history is the ledger's, which keeps what a push changed or refused; what a push
left as it was is not written down.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from ..common.batch import Batch
from ..common.columns import parse_stamp
from ..common.database import fold
from ..shop import Shop
from ..wordpress.attachments import FILE
from ..wordpress.clock import stamp
from ..wordpress.kinds import VARIATION
from ..wordpress.metas import read_metas
from ..wordpress.options import unpack
from ..wordpress.prices import stored_number
from ..wordpress.products import Product
from ..wordpress.skus import find_by_sku
from ..wordpress.terms import CATEGORY, TAG
from .attributes import is_global, read_attributes, values_of
from .calls import Kind
from .changes import TIERS, shown_tiers
from .ownership import CATEGORIES, OPTIONS, TAGS, Owner, owners
from .update_edit import FIELD_NAMES, Stored
from .update_site import Site, ask_site
from .update_state import read_product
from .variations import PREFIX

_SHORT = "post_excerpt"
_VARIATION_TEXT = "_variation_description"
_ACCESSORIES = "_crosssell_ids"
_LISTS = ("_thumbnail_id", "_product_image_gallery", _ACCESSORIES)
_TIMES = ("_sale_price_dates_from", "_sale_price_dates_to")
_KINDS = [kind.value for kind in Kind]


@dataclass(frozen=True)
class Field:
    """A field of a product: whose it is, and its present value in the shop."""

    owner: Owner
    value: Any


@dataclass(frozen=True)
class Holder:
    """A product or variation that has the SKU; ``parent`` is a variation's product."""

    product: Product
    fields: tuple[Field, ...]
    parent_sku: str = ""
    parent_status: str = ""


@dataclass(frozen=True)
class Event:
    """What one call did to the SKU; ``changes`` is ``{field: [before, after]}``.

    ``source`` is for whom it was done, ``kind`` which call it was.
    """

    when: datetime | None
    source: str
    kind: str
    status: str
    text: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """All that the shop's database knows of a SKU.

    ``calls`` are the times of the newest call of each kind, whatever it was for.
    """

    sku: str
    holders: tuple[Holder, ...]
    events: tuple[Event, ...]
    calls: Mapping[str, datetime | None]


def tell_sku(shop: Shop, sku: str) -> Story:
    """Who holds a SKU, field by field, and what pushes did to it; oldest first."""
    shop.ledger.create(shop.database)
    with shop.database.read() as conn:
        site = ask_site(Batch(conn), shop, datetime.now(UTC))()
        found = find_by_sku(conn, shop.tables, [sku], include_trash=True)[sku]
        holders = tuple(_holder(conn, shop, site, product) for product in found)
        families = [one.parent_sku for one in holders if one.parent_sku]
        events = tuple(_events(conn, shop, sku, families))
        return Story(sku, holders, events, _calls(conn, shop))


def _holder(conn: Connection, shop: Shop, site: Site, product: Product) -> Holder:
    stored = read_product(conn, shop.tables, product, lock=False)
    assert stored is not None  # it was found in this very transaction
    rules = owners(
        product.type,
        site.rules,
        unpublish_inactive=shop.config.unpublish_inactive,
        yoast=site.yoast,
    )
    shown = _values(conn, shop, stored)
    fields = tuple(Field(owner, shown.get(owner.field)) for owner in rules)
    if product.type != VARIATION:
        return Holder(product, fields)
    posts = shop.tables.posts
    metas = read_metas(conn, shop.tables, [product.parent], ["_sku"])
    status = conn.scalar(
        select(posts.c.post_status).where(posts.c.ID == product.parent)
    )
    sku = metas[product.parent].get("_sku") or ""
    return Holder(product, fields, sku, status or "gone")


def _values(conn: Connection, shop: Shop, stored: Stored) -> dict[str, Any]:
    """The present values by the fields' names, in a form that people can read."""
    texts = _VARIATION_TEXT if stored.kind == VARIATION else _SHORT
    out: dict[str, Any] = {}
    for key, name in FIELD_NAMES.items():
        if key in (_SHORT, _VARIATION_TEXT) and key != texts:
            continue
        value = stored.post[key] if key in stored.post else stored.meta(key)
        out[name] = _readable(key, value)
    for taxonomy, name in ((CATEGORY, CATEGORIES), (TAG, TAGS)):
        out[name] = list(stored.relations.get(taxonomy, {}).values()) or None
    listed = {key: _ids(key, stored.meta(key)) for key in _LISTS}
    named = read_metas(
        conn, shop.tables, {i for ids in listed.values() for i in ids}, [FILE, "_sku"]
    )
    for key, ids in listed.items():
        meta = "_sku" if key == _ACCESSORIES else FILE
        out[FIELD_NAMES[key]] = [named[i].get(meta) or f"ID {i}" for i in ids] or None
    if stored.kind == VARIATION:
        metas = {key.removeprefix(PREFIX): key for key in stored.rows}
        out[OPTIONS] = {n: stored.meta(k) for n, k in metas.items() if n != k} or None
    else:
        out[OPTIONS] = [child.sku for child in stored.children] or None
    return out


def _readable(key: str, value: Any) -> Any:
    if value in ("", None):
        return None
    if key == TIERS:
        return shown_tiers(value)
    if key in _TIMES:
        seconds = stored_number(value)
        return stamp(datetime.fromtimestamp(int(seconds), UTC)) if seconds else value
    if key == "_product_attributes":
        return {
            str(spec.get("name") or name): (
                "global" if is_global(spec) else " | ".join(values_of(spec))
            )
            for name, spec in read_attributes(value).items()
        }
    if key == "_default_attributes":
        return unpack(value) or None
    return value


def _ids(key: str, value: str) -> list[int]:
    """The IDs that a meta lists: separated by commas, or a serialized array."""
    parts = unpack(value).values() if key == _ACCESSORIES else value.split(",")
    texts = [str(part).strip() for part in parts]
    return [int(text) for text in texts if text.isdecimal() and int(text)]


def _events(
    conn: Connection, shop: Shop, sku: str, families: Sequence[str]
) -> Iterator[Event]:
    """What calls did to the SKU itself, and to it as a variation of ``families``."""
    items, runs = shop.ledger.items, shop.ledger.runs
    query = (
        select(items, runs.c.kind, runs.c.source, runs.c.started)
        .join(runs, runs.c.id == items.c.run_id)
        .where(items.c.item.in_([sku[:190], *families]), runs.c.kind.in_(_KINDS))
        .order_by(items.c.id)
    )
    for row in conn.execute(query):
        changes = json.loads(row.changes) if row.changes else {}
        status, text = row.status, row.text
        if fold(row.item) != fold(sku[:190]):
            nested = f"invOptions.{sku}".casefold()
            found = [v for name, v in changes.items() if name.casefold() == nested]
            if not found:
                continue
            changes, text = found[0], f"with its product {row.item}"
        yield Event(
            parse_stamp(row.started), row.source, row.kind, status, text, changes
        )


def _calls(conn: Connection, shop: Shop) -> dict[str, datetime | None]:
    runs = shop.ledger.runs
    query = (
        select(runs.c.kind, func.max(runs.c.started))
        .where(runs.c.kind.in_(_KINDS))
        .group_by(runs.c.kind)
    )
    return {kind: parse_stamp(when) for kind, when in conn.execute(query)}
