"""One look at the shop: the product found, named, locked and planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from ..common.batch import Batch
from ..common.contract.product_update import ProductUpdate
from ..common.database import fold
from ..shop import Shop
from ..wordpress.attachments import find_attachments
from ..wordpress.image_sizes import sizes_of
from ..wordpress.kinds import VARIATION, ask_built_in_terms, is_variable
from ..wordpress.skus import find_by_sku
from ..wordpress.taxonomy import Term
from .picture_mending import clear_up, limits_of, mend
from .picture_notes import WRITING
from .pictures import Pictures, Workshop, enter, name_pictures, prepare
from .update_edit import Notes, Stored
from .update_plan import plan_product, wanted_kind
from .update_site import Site, ask_site
from .update_state import (
    ask_named,
    ask_products,
    check_sku,
    find_product,
    has_come,
    lock_creation,
    parent_in_trash,
)
from .update_texts import wanted_slug
from .update_values import ProductPlan
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
        first = look_at(Batch(conn), shop, update, Pictures(), lock=False)
        known = find_attachments(conn, shop.tables, [one.path for one in sent])
        left = shop.pictures.waiting(conn, [WRITING]) if write else []
    if first.plan is None:
        return out
    for note in left[:1]:  # one after the other, or somebody would wait for all
        mend(shop, note)

    def announce(path: str) -> None:
        folder = shop.config.uploads
        shop.database.run(
            lambda conn: shop.pictures.announce(conn, path, out.owner, folder)
        )
        out.announced.append(path)

    workshop = Workshop(
        shop.config.uploads,
        limits_of(shop),
        sizes_of(first.site.options),
        out.owner,
        announce if write else None,
        shop.config.image_sizes == "later",
    )
    try:
        prepare(sent, known, update.mode, workshop, out)
    except BaseException:
        clear_up(shop, out.owner)
        raise
    return out


def look_at(
    batch: Batch,
    shop: Shop,
    update: ProductUpdate,
    pictures: Pictures,
    *,
    lock: bool,
) -> Look:
    """Find the product and plan it; ``lock`` for whoever is going to write.

    What no unique key guards (SKUs, slugs, terms, pictures) is looked up a second
    time under a lock when something of it is to be created.
    """
    conn, tables, notes = batch.conn, shop.tables, Notes()
    asked_site = ask_site(batch, shop, datetime.now(UTC))
    check_sku(update.sku, notes)
    if update.options is not None:
        check_options(update.options, update.sku, notes)
    if notes.problems:
        return Look(asked_site(), None, notes)
    ask_built_in_terms(batch, tables)
    found = ask_products(batch, tables, update)
    site = asked_site()
    stored = find_product(conn, tables, update, found(), notes, lock=lock)
    if notes.problems:
        return Look(site, None, notes)
    alone = lock and _is_new(update, stored, site)
    names = _Names(batch, shop, update, pictures, stored, site, alone=alone)
    if has_come(names.since, stored):
        found = ask_products(batch, tables, update)
        stored = find_product(conn, tables, update, found(), notes, lock=lock)
        names = _Names(batch, shop, update, pictures, stored, site)
    if stored is not None:
        _check_parent(conn, shop, stored, notes)
        _check_restored(conn, shop, update, stored, notes)
    if notes.problems:
        return Look(site, None, notes)
    if lock and not alone and names.creates():
        names = _Names(batch, shop, update, pictures, stored, site, alone=True)
    notes.messages.extend(names.notes.messages)
    plan = plan_product(update, stored, names.named, site, notes)
    if notes.problems:
        return Look(site, None, notes)
    plan.pictures, plan.library = pictures, names.library
    plan.entries = enter(plan.edit, pictures, plan.library, plan.kind)
    return Look(site, plan, notes, names.tree)


def _is_new(update: ProductUpdate, stored: Stored | None, site: Site) -> bool:
    """True when a product, a variation or a slug comes into being, or back."""
    if stored is None or stored.status == "trash":
        return True
    if stored.kind == VARIATION:
        return False
    variations = update.options.variations if update.options else ()
    known = {fold(child.sku) for child in stored.children}
    slug = wanted_slug(update, stored, site.locale)
    return any(fold(one.sku) not in known for one in variations) or (
        slug not in ("", stored.post["post_name"])
    )


class _Names:
    """What slug, terms, accessories and files in the payload stand for.

    ``alone``: nobody else is to create any; ``since`` is who has the SKUs by then.
    """

    def __init__(
        self,
        batch: Batch,
        shop: Shop,
        update: ProductUpdate,
        pictures: Pictures,
        stored: Stored | None,
        site: Site,
        *,
        alone: bool = False,
    ) -> None:
        tables, since = shop.tables, None
        self.pictures, self.notes = pictures, Notes()
        if alone:
            lock_creation(batch, tables)
            since = ask_products(batch, tables, update, again=True)
        named = ask_named(batch, tables, update, stored, site, self.notes)
        self.since = since() if since else {}
        self.named, self.tree = named()
        paths = [one.path for one in pictures.ready]
        found = find_attachments(batch.conn, tables, paths)
        self.library = {path: one.id for path, one in found.items()}

    def creates(self) -> bool:
        """True when a term or a picture is not there yet."""
        parts = (self.named.categories, self.named.tags)
        missing = (
            one.entry is not None and one.path not in self.library
            for one in self.pictures.ready
        )
        return any(part is not None and part.new for part in parts) or any(missing)


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


def _check_restored(
    conn: Connection, shop: Shop, update: ProductUpdate, stored: Stored, notes: Notes
) -> None:
    """Variations come out of the trash with their product if nobody took their SKUs."""
    sent = update.options.variations if update.options else ()
    if stored.status != "trash" or sent or not stored.children:
        return
    if not is_variable(wanted_kind(update, stored, Notes())):
        return
    skus = [child.sku for child in stored.children if child.sku]
    for sku, products in find_by_sku(conn, shop.tables, skus).items():
        if products:
            notes.refuse(
                "SKU",
                f"{stored.sku} is in the trash, and the SKU {sku} of its variation "
                f"belongs to product {products[0].id} now; send the variations it is "
                "to have.",
                "duplicate_sku",
            )
