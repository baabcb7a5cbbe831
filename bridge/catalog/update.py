"""What ``product/update`` does: one product with everything that belongs to it.

The payload is planned against what is stored and locked, then written in one
transaction with a fixed number of statements (DECISIONS 10 to 25). The same payload
again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from ..common.batch import Batch
from ..common.contract.product_update import ProductUpdate, read_update
from ..common.envelope import ItemResult, Reply, Status
from ..forget import forget
from ..shop import Shop
from ..wordpress.cache_keys import Stale
from ..wordpress.taxonomy import TermPlan
from ..wordpress.terms import CATEGORY, TAG
from .picture_mending import clear_up
from .pictures import Pictures
from .update_edit import Stored
from .update_look import Look, look_at, prepare_pictures
from .update_store import Store
from .update_values import ProductPlan

_TERM_FIELDS = ((CATEGORY, "WooCommerceCategory"), (TAG, "WooCommerceTags"))


def update_product(
    shop: Shop, payload: Mapping[str, Any], *, plan: bool, source: str = ""
) -> Reply:
    """Create or change one product, or with ``plan`` only say what would change.

    ``payload`` is the request's body. Raises Unprocessable for a payload without SKU
    or with parts of the wrong kind; a product that is refused is a Reply that failed.
    ``source`` is the user for whom it is done, as the ledger names him.
    """
    update = read_update(payload)
    pictures = prepare_pictures(shop, update, write=not plan)
    if plan:
        with shop.database.read() as conn:
            look = look_at(Batch(conn), shop, update, pictures, lock=False)
        return _reply(update, look, pictures, planned=True)

    def work(conn: Connection) -> tuple[Reply, Stale, set[str]]:
        batch = Batch(conn)
        run = shop.ledger.open(batch, "update", source, 1)
        look = look_at(batch, shop, update, pictures, lock=True)
        ident, stale = _write(batch, shop, look)
        reply = _reply(update, look, pictures, ident=ident)
        assert reply.items is not None
        changes = {0: _changes(look.plan)} if look.plan else None
        shop.ledger.finish(batch, run(), reply.items, changes=changes)
        batch.send()
        entered = {one.path for one in look.plan.entries} if look.plan else set()
        if entered:
            later = shop.config.image_sizes == "later"
            shop.pictures.settle(conn, pictures.owner, entered, later=later)
        return reply, stale, entered

    entered: set[str] = set()
    try:
        reply, stale, entered = shop.database.run(work)
    finally:
        if set(pictures.announced) - entered:
            clear_up(shop, pictures.owner)
    reply.messages.extend(forget(shop, stale))
    return reply


def _changes(plan: ProductPlan) -> dict[str, Any]:
    """Everything that changes, as ``{field: [before, after]}``.

    A variation has such a map of its own, under ``invOptions.`` and its SKU.
    """
    out: dict[str, Any] = dict(plan.edit.changes)
    if plan.retyped:
        out["Type"] = [plan.stored.kind if plan.stored else None, plan.kind]
    for (taxonomy, name), part in zip(
        _TERM_FIELDS, (plan.categories, plan.tags), strict=True
    ):
        if part is not None and _terms_differ(plan.stored, taxonomy, part):
            before = plan.stored.relations.get(taxonomy, {}) if plan.stored else {}
            out[name] = [list(before.values()), part.names()]
    for child in plan.family.children:
        if child.edit.changes:
            out[f"invOptions.{child.sku}"] = child.edit.changes
    for gone in plan.family.deleted:
        out[f"invOptions.{gone.sku or gone.id}"] = {"Status": [gone.status, "deleted"]}
    return out


def _terms_differ(stored: Stored | None, taxonomy: str, part: TermPlan) -> bool:
    present = set(stored.relations.get(taxonomy, {})) if stored else set()
    return bool(part.new) or {term.ident for term in part.existing} != present


def _differs(plan: ProductPlan) -> bool:
    """True when anything has to be written."""
    return (
        plan.stored is None
        or plan.retyped
        or bool(plan.entries)
        or plan.edit.changed
        or plan.family.changed
        or bool(_changes(plan))
    )


def _write(batch: Batch, shop: Shop, look: Look) -> tuple[int | None, Stale]:
    """The product's ID, and what caches keep of it and is stale now."""
    plan = look.plan
    if plan is None:
        return None, Stale()
    if plan.stored is not None and not _differs(plan):
        return plan.stored.id, Stale()
    store = Store(batch, shop.tables, look.site)
    return store.write(plan, look.tree), store.stale


def _reply(
    update: ProductUpdate,
    look: Look,
    pictures: Pictures,
    *,
    ident: int | None = None,
    planned: bool = False,
) -> Reply:
    plan, notes = look.plan, look.notes
    notes.messages.extend(pictures.messages)
    if plan is None:
        for problem in notes.problems:
            notes.messages.error(problem.text, code=problem.code, field=problem.field)
        refused = ItemResult.refused(update.sku, notes.problems[0])
        return Reply(False, {"ID": None}, notes.messages, [refused])
    changes = None
    if planned:
        ident = plan.stored.id if plan.stored else None
        changes = _changes(plan)
        notes.messages.info("This is a plan; nothing was written.")
    status = Status.UPDATED if _differs(plan) else Status.UNCHANGED
    status = Status.CREATED if plan.stored is None else status
    item = ItemResult(update.sku, status, id=ident, changes=changes)
    return Reply(True, {"ID": ident}, notes.messages, [item])
