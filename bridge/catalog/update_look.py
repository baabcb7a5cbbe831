"""One look at the shop: the product found, named, locked and planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from ..common.contract.product_update import ProductUpdate
from ..shop import Shop
from ..wordpress.attachments import find_attachments
from ..wordpress.kinds import VARIATION
from ..wordpress.media import Limits, sizes_of
from ..wordpress.taxonomy import Term
from .pictures import Pictures, Workshop, enter, name_pictures, prepare
from .update_edit import Notes, Stored
from .update_plan import ProductPlan, plan_product
from .update_site import Site, read_site
from .update_state import (
    check_sku,
    find_product,
    lock_creation,
    parent_in_trash,
    read_named,
)
from .variations import check_options


@dataclass(frozen=True)
class Look:
    """The shop as one transaction sees it, and what was planned on that.

    ``plan`` None is a product that was refused; ``tree`` are all categories.
    """

    site: Site
    plan: ProductPlan | None
    notes: Notes
    tree: list[Term] = field(default_factory=list)


def prepare_pictures(shop: Shop, update: ProductUpdate, *, write: bool) -> Pictures:
    """Decode and write the pictures of a product that will not be refused.

    No transaction is open while that goes on. Without ``write`` they are only checked.
    """
    out = Pictures()
    sent = name_pictures(update, out)
    if not sent:
        return out
    with shop.database.read() as conn:
        first = look_at(conn, shop, update, Pictures(), lock=False)
        known = find_attachments(conn, shop.tables, [one.path for one in sent])
    if first.plan is None:
        return out
    workshop = Workshop(
        shop.config.uploads,
        Limits(shop.config.picture_bytes, shop.config.picture_pixels),
        sizes_of(first.site.options),
        write,
    )
    prepare(sent, known, update.mode, workshop, out)
    return out


def look_at(
    conn: Connection,
    shop: Shop,
    update: ProductUpdate,
    pictures: Pictures,
    *,
    lock: bool,
) -> Look:
    """Find the product and plan; a second time under lock where something is new."""
    site = read_site(conn, shop, datetime.now(UTC))
    look = _plan(conn, shop, update, pictures, site, lock=lock)
    if lock and look.plan is not None and creates(look.plan):
        lock_creation(conn, shop.tables)
        look = _plan(conn, shop, update, pictures, site, lock=lock)
    return look


def _plan(
    conn: Connection,
    shop: Shop,
    update: ProductUpdate,
    pictures: Pictures,
    site: Site,
    *,
    lock: bool,
) -> Look:
    notes, tables = Notes(), shop.tables
    check_sku(update.sku, notes)
    if update.options is not None:
        check_options(update.options, update.sku, notes)
    if notes.problems:
        return Look(site, None, notes)
    stored = find_product(conn, tables, update, notes, lock=lock)
    if stored is not None and not notes.problems:
        _check_parent(conn, shop, stored, notes)
    if notes.problems:
        return Look(site, None, notes)
    named, tree = read_named(conn, tables, update, stored, site, notes)
    plan = plan_product(update, stored, named, site, notes)
    if notes.problems:
        return Look(site, None, notes)
    library = find_attachments(conn, tables, [one.path for one in pictures.ready])
    plan.pictures = pictures
    plan.library = {path: one.id for path, one in library.items()}
    plan.entries = enter(plan.edit, pictures, plan.library, plan.kind)
    return Look(site, plan, notes, tree)


def _check_parent(conn: Connection, shop: Shop, stored: Stored, notes: Notes) -> None:
    """A variation cannot leave the trash while its product lies there."""
    if stored.kind != VARIATION or stored.status != "trash":
        return
    if parent_in_trash(conn, shop.tables, stored):
        notes.refuse(
            "SKU",
            f"{stored.sku} is a variation of a product in the trash; send that product "
            "first.",
            "parent_in_trash",
        )


def creates(plan: ProductPlan) -> bool:
    """True when rows come into being that no unique key guards."""
    terms = [part for part in (plan.categories, plan.tags) if part is not None]
    return (
        plan.stored is None
        or any(part.new for part in terms)
        or any(child.stored is None for child in plan.family.children)
        or any(entry.id is None for entry in plan.entries)
        or "post_name" in plan.edit.columns
    )
