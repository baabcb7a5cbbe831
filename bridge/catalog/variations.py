"""Variations of a variable product: matched by SKU, created, changed, deleted; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..common.contract.product_update import Choice, Options, ProductUpdate, Variation
from ..common.database import fold
from ..wordpress.html import clean_post, plain_text
from ..wordpress.kinds import VARIATION
from .attributes import Axis, attribute_key, make_axes
from .update_amounts import plan_amounts, variation_names, variation_row
from .update_edit import Edit, Notes, Stored
from .update_site import Site

PREFIX = "attribute_"
SKU_LENGTH = 100


@dataclass
class ChildPlan:
    """One variation afterwards; ``stored`` None is a new one."""

    sku: str
    stored: Stored | None
    edit: Edit


@dataclass
class FamilyPlan:
    """All variations afterwards: ``children`` in order, ``deleted`` the rest."""

    children: list[ChildPlan] = field(default_factory=list)
    deleted: list[Stored] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """True when a variation is to be written."""
        return bool(self.deleted) or any(one.edit.changed for one in self.children)


def check_options(options: Options, sku: str, notes: Notes) -> None:
    """Refuse what cannot be stored: a ``|`` in an option, SKUs missing or twice."""
    for at, choice in enumerate(options.choices):
        place = f"invOptions.attributes[{at}]"
        if not choice.name:
            notes.refuse(f"{place}.name", f"{place} has no name.", "missing")
        for option in choice.options:
            _check_option(option, f"{place}.options", notes)
    seen = {fold(sku): "the product itself"}
    for at, one in enumerate(options.variations):
        place = f"invOptions.variations[{at}]"
        for _, option in one.chosen:
            _check_option(option, f"{place}.attributes", notes)
        if not one.sku:
            notes.refuse(f"{place}.sku", f"{place} has no SKU.", "missing")
        elif len(one.sku) > SKU_LENGTH:
            text = f"The SKU of {place} has more than {SKU_LENGTH} characters."
            notes.refuse(f"{place}.sku", text, "sku_length")
        elif fold(one.sku) in seen:
            text = f"The SKU {one.sku} of {place} belongs to {seen[fold(one.sku)]}."
            notes.refuse(f"{place}.sku", text, "duplicate_sku")
        else:
            seen[fold(one.sku)] = place


def _check_option(option: str, place: str, notes: Notes) -> None:
    if "|" in option:
        text = f"The option {option!r} holds a |, which separates options; rename it."
        notes.refuse(place, text, "option_text")


def axes_of(options: Options, locale: str = "") -> tuple[Axis, ...]:
    """The choices, with every option that a variation has.

    Options that only a variation names are added to those that were listed.
    """
    listed = make_axes(options.choices, locale)
    known = {axis.key: axis for axis in listed}
    extra = []
    for one in options.variations:
        for name, option in one.chosen:
            axis = known.get(attribute_key(plain_text(name), locale))
            text = plain_text(option)
            if text and (axis is None or axis.option(text) not in axis.options):
                extra.append(Choice(axis.name if axis else name, (option,)))
    return make_axes((*options.choices, *extra), locale) if extra else listed


def chosen_values(
    one: Variation, axes: Sequence[Axis], locale: str = ""
) -> dict[str, str]:
    """Option by key of each choice; a choice the variation does not name is any."""
    sent = {
        attribute_key(plain_text(name), locale): plain_text(option)
        for name, option in one.chosen
    }
    return {axis.key: axis.option(sent.get(axis.key, "")) for axis in axes}


def child_title(parent: str, chosen: Mapping[str, str]) -> str:
    """WooCommerce's title: the values too, unless there are three or long names."""
    values = [value for value in chosen.values() if value]
    wordy = len(chosen) > 1 and any("-" in key for key in chosen)
    if len(chosen) >= 3 or wordy or not values:
        return parent
    return f"{parent} - {', '.join(values)}"


def child_summary(axes: Sequence[Axis], chosen: Mapping[str, str]) -> str:
    """``Size: S, Color: Red``."""
    pairs = ((axis.name, chosen.get(axis.key, "")) for axis in axes)
    return ", ".join(f"{name}: {value}" for name, value in pairs if value)


@dataclass(frozen=True)
class Family:
    """What variations share: their product's ``title``, its choices, what was sent."""

    title: str
    axes: tuple[Axis, ...]
    update: ProductUpdate
    site: Site


def plan_family(
    variations: Sequence[Variation],
    stored: Sequence[Stored],
    family: Family,
    notes: Notes,
) -> FamilyPlan:
    """Match by SKU, then plan each; what is stored and was not sent goes."""
    by_sku: dict[str, Stored] = {}
    for child in sorted(stored, key=lambda one: (one.status == "trash", one.id)):
        by_sku.setdefault(fold(child.sku), child)
    out = FamilyPlan()
    for at, one in enumerate(variations):
        found = by_sku.get(fold(one.sku))
        edit = Edit(found)
        place = f"invOptions.variations[{at}]"
        _plan_child(edit, one, family, notes, place)
        edit.column("menu_order", at)
        out.children.append(ChildPlan(one.sku, found, edit))
    kept = {child.stored.id for child in out.children if child.stored}
    out.deleted = [child for child in stored if child.id not in kept]
    return out


def _plan_child(
    edit: Edit, one: Variation, family: Family, notes: Notes, place: str
) -> None:
    site = family.site
    chosen = chosen_values(one, family.axes, site.locale)
    if edit.stored is None:
        edit.meta("_sku", one.sku)
    elif edit.stored.status == "trash":
        restore_child(edit)
    edit.column("post_title", child_title(family.title, chosen))
    edit.column("post_excerpt", child_summary(family.axes, chosen))
    if one.description is not None:
        edit.meta("_variation_description", clean_post(one.description).strip())
    for key, value in chosen.items():
        edit.meta(f"{PREFIX}{key}", value)
    if edit.stored is not None:
        for key in edit.stored.rows:
            if key.startswith(PREFIX) and key.removeprefix(PREFIX) not in chosen:
                edit.drop(key, empty=True)
    row = variation_row(one, family.update, place)
    plan_amounts(edit, row, VARIATION, site, notes, variation_names(one))


def restore_child(edit: Edit) -> None:
    """Take a variation out of the trash."""
    assert edit.stored is not None
    edit.column("post_status", edit.stored.meta("_wp_trash_meta_status") or "publish")
    for key in (
        "_wp_trash_meta_status",
        "_wp_trash_meta_time",
        "_wp_desired_post_slug",
    ):
        edit.drop(key, empty=True)


def default_choice(
    present: Mapping[str, str], axes: Sequence[Axis], first: Mapping[str, str]
) -> dict[str, str]:
    """``_default_attributes``: the merchant's while they exist, else the first's."""
    options = {axis.key: axis.options for axis in axes}
    if present and all(value in options.get(key, ()) for key, value in present.items()):
        return dict(present)
    return {key: value for key, value in first.items() if value}
