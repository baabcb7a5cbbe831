"""Variable products: choices and variations of an upload; pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..common import phpdata
from ..common.contract.product_update import ProductUpdate
from ..wordpress.kinds import is_variable
from . import attributes as attrs
from .update_edit import Edit, Notes, Stored
from .update_site import Site
from .update_values import NEW_METAS, UNMANAGED, ProductPlan
from .variations import (
    PREFIX,
    ChildPlan,
    Family,
    axes_of,
    child_summary,
    child_title,
    chosen_values,
    default_choice,
    plan_family,
    restore_child,
)


def plan_variable(
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
        for key, value in UNMANAGED.items():
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
    plan_own_attributes(plan, update, axes, site)


def _title(stored: Stored | None) -> str:
    return str(stored.post["post_title"]) if stored else ""


def _new_children(children: Sequence[ChildPlan], site: Site) -> None:
    """What a variation has from the beginning; its own values stay."""
    for child in children:
        if child.stored is not None:
            continue
        extra = {"_variation_description": "", **NEW_METAS, "_thumbnail_id": "0"}
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


def plan_own_attributes(
    plan: ProductPlan,
    update: ProductUpdate,
    axes: tuple[attrs.Axis, ...] | None,
    site: Site,
) -> None:
    """Attributes and choices; a product that was variable loses its choices."""
    present = attrs.read_attributes(plan.edit.get("_product_attributes"))
    wanted = attrs.plan_attributes(
        present,
        update.attributes,
        axes,
        choices=is_variable(plan.kind) or not plan.retyped,
        locale=site.locale,
    )
    if wanted != present:
        plan.edit.put("_product_attributes", attrs.write_attributes(wanted))
