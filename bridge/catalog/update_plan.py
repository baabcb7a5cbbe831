"""What one ``product/update`` is to change: values in, values out.

The shop's state and what the payload's names stand for (terms, pictures, accessories)
come in as values; what comes out says everything that has to be written. Nothing here
touches the database, so a dry run is the same code.
"""

from __future__ import annotations

from ..common.contract.product_update import ProductUpdate
from ..wordpress.html import clean_post
from ..wordpress.kinds import VARIATION, is_variable
from .update_amounts import plan_amounts, plan_sizes, product_names, product_row
from .update_edit import Edit, Notes, Stored
from .update_site import Site
from .update_texts import (
    plan_accessories,
    plan_menu_order,
    plan_search,
    plan_slug,
    plan_status,
    plan_texts,
)
from .update_values import NEW_METAS, Named, ProductPlan
from .update_variable import plan_own_attributes, plan_variable
from .variations import restore_child

SIMPLE, VARIABLE = "simple", "variable"
_OURS = (SIMPLE, VARIABLE)
MASTER = "ms"
# Bizuno's inventory types; another one says nothing about the kind of product
_KINDS = {
    "ai", "ci", "ds", "ia", "lb", "ma", "mb", "mi", MASTER, "ns", "sa", "sf", "si",
    "sr", "sv",
}  # fmt: skip


def wanted_kind(update: ProductUpdate, stored: Stored | None, notes: Notes) -> str:
    """The product type afterwards: only simple and variable ever change into another.

    Type ``ms`` is variable, any other of Bizuno's types is simple; a type that is not
    Bizuno's, and none at all, leave a product as it is.
    """
    sent = (update.kind or "").strip().lower()
    if stored is not None and (stored.kind == VARIATION or stored.kind not in _OURS):
        return stored.kind
    if sent == MASTER or (not sent and update.options and stored is None):
        return VARIABLE
    if stored is None:
        return SIMPLE
    if sent and sent not in _KINDS:
        notes.messages.warning(
            f"Type {sent!r} is not known; the product stays {stored.kind}.",
            field="data.Type",
        )
    return SIMPLE if sent in _KINDS else stored.kind


def plan_product(
    update: ProductUpdate,
    stored: Stored | None,
    named: Named,
    site: Site,
    notes: Notes,
) -> ProductPlan:
    """Plan a product, new or stored; refusals are in ``notes``."""
    kind = wanted_kind(update, stored, notes)
    edit = Edit(stored)
    if kind == VARIATION:
        _plan_variation(edit, update, site, notes)
        return ProductPlan(stored, kind, edit)
    plan = ProductPlan(
        stored,
        kind,
        edit,
        categories=named.categories,
        tags=named.tags,
        retyped=stored is None or stored.kind != kind,
    )
    if stored is None:
        for key, value in {"_sku": update.sku, **NEW_METAS}.items():
            edit.meta(key, value)
        edit.meta("_product_version", site.options.get("woocommerce_version", ""))
    plan_texts(edit, update, notes)
    plan_status(edit, update, site, notes)
    plan_slug(edit, update, named.taken_slugs, site.locale)
    plan_menu_order(edit, update, notes)
    plan_search(edit, update, site)
    plan_accessories(edit, named.accessories)
    plan_sizes(edit, update, site, notes)
    if is_variable(kind):
        plan_variable(plan, update, site, notes)
    else:
        _plan_single(plan, update, site, notes)
    row = product_row(update, kind)
    plan_amounts(edit, row, kind, site, notes, product_names(update))
    if stored is not None and plan.retyped and not is_variable(kind):
        # one row is left of those that stood for the variations' prices
        edit.put("_price", edit.get("_price") if edit.get("_regular_price") else "")
    return plan


def _plan_variation(
    edit: Edit, update: ProductUpdate, site: Site, notes: Notes
) -> None:
    """A SKU that is a variation: only what a variation has of its own (DECISIONS 17).

    Its product keeps title, slug and terms; they are sent along and do not apply.
    """
    assert edit.stored is not None
    if edit.stored.status == "trash":
        notes.messages.info(f"{update.sku} was in the trash and has been restored.")
        restore_child(edit)
    row = product_row(update, VARIATION)
    plan_amounts(edit, row, VARIATION, site, notes, product_names(update))
    plan_sizes(edit, update, site, notes)
    text = update.long or update.short
    if text is not None:
        edit.meta("_variation_description", clean_post(text).strip())


def _plan_single(
    plan: ProductPlan, update: ProductUpdate, site: Site, notes: Notes
) -> None:
    """A product without variations: those it had go, and its choices with them."""
    edit = plan.edit
    if plan.stored is not None and plan.retyped:
        plan.family.deleted = list(plan.stored.children)
        edit.drop("_default_attributes", empty=True)
    if update.options is not None:
        notes.messages.warning(
            "invOptions are for products of Type ms; they were left out.",
            field="data.invOptions",
        )
    plan_own_attributes(plan, update, None, site)
