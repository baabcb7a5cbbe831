"""What one ``product/update`` is to change: values in, values out.

The shop's state and what the payload's names stand for (terms, pictures, accessories)
come in as values; what comes out says everything that has to be written. Nothing here
touches the database, so a dry run is the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..common import phpdata
from ..common.contract.product_update import ProductUpdate
from ..wordpress.attachments import NewPicture
from ..wordpress.html import clean_post
from ..wordpress.kinds import VARIATION, is_variable
from ..wordpress.taxonomy import TermPlan
from . import attributes as attrs
from .pictures import Pictures
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
from .variations import (
    PREFIX,
    ChildPlan,
    Family,
    FamilyPlan,
    axes_of,
    child_summary,
    child_title,
    chosen_values,
    default_choice,
    plan_family,
    restore_child,
)

SIMPLE, VARIABLE = "simple", "variable"
MASTER = "ms"
# Bizuno's inventory types; another one says nothing about the kind of product
_KINDS = {
    "ai", "ci", "ds", "ia", "lb", "ma", "mb", "mi", MASTER, "ns", "sa", "sf", "si",
    "sr", "sv",
}  # fmt: skip
_UNMANAGED = {"_manage_stock": "no", "_backorders": "no", "_stock": None}
_NEW_METAS = {
    **_UNMANAGED,
    "total_sales": "0",
    "_tax_status": "taxable",
    "_tax_class": "",
    "_sold_individually": "no",
    "_virtual": "no",
    "_downloadable": "no",
    "_download_limit": "-1",
    "_download_expiry": "-1",
    "_stock_status": "instock",
    "_wc_average_rating": "0",
    "_wc_review_count": "0",
}


@dataclass(frozen=True)
class Named:
    """What the names in a payload stand for; None is "not sent, leave alone".

    ``taken_slugs`` are those of other products; ``accessories`` are IDs.
    """

    taken_slugs: frozenset[str] = frozenset()
    categories: TermPlan | None = None
    tags: TermPlan | None = None
    accessories: tuple[int, ...] | None = None


@dataclass
class ProductPlan:
    """Everything to be written for one product.

    ``entries`` are pictures to be put into the media library, ``library`` the IDs of
    those that are there, by path.
    """

    stored: Stored | None
    kind: str
    edit: Edit
    family: FamilyPlan = field(default_factory=FamilyPlan)
    categories: TermPlan | None = None
    tags: TermPlan | None = None
    retyped: bool = False
    pictures: Pictures = field(default_factory=Pictures)
    entries: list[NewPicture] = field(default_factory=list)
    library: dict[str, int] = field(default_factory=dict)


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


_OURS = (SIMPLE, VARIABLE)


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
        for key, value in {"_sku": update.sku, **_NEW_METAS}.items():
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
        _plan_variable(plan, update, site, notes)
    else:
        _plan_single(plan, update, site, notes)
    row = product_row(update, kind)
    plan_amounts(edit, row, kind, site, notes, product_names(update))
    if stored is not None and plan.retyped and not is_variable(kind):
        # one row is left of those that stood for the variations' prices
        edit.put("_price", edit.get("_price"))
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
    _plan_attributes(plan, update, None, site)


def _plan_variable(
    plan: ProductPlan, update: ProductUpdate, site: Site, notes: Notes
) -> None:
    """Choices and variations; price and stock are theirs."""
    edit, stored = plan.edit, plan.stored
    if stored is not None and plan.retyped:
        for key in (
            "_regular_price",
            "_sale_price",
            "_sale_price_dates_from",
            "_sale_price_dates_to",
        ):
            edit.drop(key, empty=True)
        for key, value in _UNMANAGED.items():
            edit.meta(key, value)
    axes = None
    if update.options is None or not update.options.variations:
        if update.options is not None:
            notes.messages.warning(
                "invOptions holds no variations; those there are were left alone.",
                field="data.invOptions.variations",
            )
        _keep_children(plan, site)
    else:
        axes = axes_of(update.options, site.locale)
        title = str(edit.columns.get("post_title") or _title(stored))
        family = Family(title, axes, update, site)
        children = stored.children if stored else ()
        variations = update.options.variations
        plan.family = plan_family(variations, children, family, notes)
        _new_children(plan.family.children, site)
        _plan_default(edit, axes, chosen_values(variations[0], axes, site.locale))
    _plan_attributes(plan, update, axes, site)


def _title(stored: Stored | None) -> str:
    return str(stored.post["post_title"]) if stored else ""


def _new_children(children: Sequence[ChildPlan], site: Site) -> None:
    """What a variation has from the beginning; its own values stay."""
    for child in children:
        if child.stored is not None:
            continue
        extra = {"_variation_description": "", **_NEW_METAS, "_thumbnail_id": "0"}
        extra["_tax_class"] = "parent"
        extra["_product_version"] = site.options.get("woocommerce_version", "")
        for key, value in extra.items():
            child.edit.metas.setdefault(key, value)
        child.edit.columns.setdefault("post_status", "publish")


def _plan_default(
    edit: Edit, axes: Sequence[attrs.Axis], first: dict[str, str]
) -> None:
    stored = edit.get("_default_attributes")
    try:
        found = phpdata.loads(stored) if stored else {}
    except phpdata.PhpDataError:
        found = {}
    present = (
        {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
    )
    wanted = default_choice(present, axes, first)
    if wanted != present:
        edit.put("_default_attributes", phpdata.dumps(wanted) if wanted else "")


def _keep_children(plan: ProductPlan, site: Site) -> None:
    """Variations that stay follow their product: out of the trash, and its title."""
    stored = plan.stored
    if stored is None:
        return
    title = plan.edit.columns.get("post_title")
    restored = stored.status == "trash"
    specs = attrs.read_attributes(stored.meta("_product_attributes"))
    axes = attrs.stored_axes(specs)
    for child in stored.children:
        edit = Edit(child)
        if restored and child.status == "trash":
            restore_child(edit)
        if title is not None and not any(attrs.is_global(s) for s in specs.values()):
            chosen = {axis.key: child.meta(f"{PREFIX}{axis.key}") for axis in axes}
            edit.column("post_title", child_title(str(title), chosen))
            edit.column("post_excerpt", child_summary(axes, chosen))
        plan.family.children.append(ChildPlan(child.sku, child, edit))


def _plan_attributes(
    plan: ProductPlan,
    update: ProductUpdate,
    axes: tuple[attrs.Axis, ...] | None,
    site: Site,
) -> None:
    present = attrs.read_attributes(plan.edit.get("_product_attributes"))
    wanted = attrs.plan_attributes(
        present,
        update.attributes,
        axes,
        variable=is_variable(plan.kind),
        locale=site.locale,
    )
    if wanted != present:
        plan.edit.put("_product_attributes", attrs.write_attributes(wanted))
