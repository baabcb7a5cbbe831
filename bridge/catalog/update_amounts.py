"""Prices, stock, weight, tiers and size in an update, by the rules of a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..common.contract.product import RefreshRow, RefreshTier
from ..common.contract.product_update import ProductUpdate, Variation
from ..common.errors import FieldProblem
from ..common.money import NotANumber, parse_decimal, plain
from ..wordpress.kinds import VARIATION, is_variable
from ..wordpress.prices import same_number, stored_number
from ..wordpress.units import UnknownUnit, convert_length
from . import changes
from .rows import MOST, Rules, read_row
from .update_edit import Edit, Notes
from .update_site import Site

_SIZES = (("_length", "length"), ("_width", "width"), ("_height", "height"))
# how the fields of a variation are called, in the words of a refresh
_OF_VARIATION = {
    "RegularPrice": "regular_price",
    "SalePrice": "sale_price",
    "QtyStock": "stock",
    "Weight": "weight",
}


def product_row(update: ProductUpdate, kind: str) -> RefreshRow:
    """The part of an update that a refresh knows as well.

    Price and stock of a variable product are those of its variations, tiers those of
    its product. Tiers that are not sent are none, if a price was sent (the ERP leaves
    out an empty list).
    """
    price = regular_price(update)
    tiers = None if kind == VARIATION else update.tiers
    if tiers is None and price is not None and kind != VARIATION:
        tiers = ()
    derived = is_variable(kind)
    return RefreshRow(
        "data",
        update.sku,
        None if derived else update.stock,
        update.weight,
        update.weight_unit,
        None if derived else price,
        None if derived else update.sale_price,
        (
            None
            if tiers is None
            else tuple(
                RefreshTier(
                    f"data.PriceTiers[{at}]", tier.qty.strip(), tier.price.strip()
                )
                for at, tier in enumerate(tiers)
            )
        ),
    )


def regular_price(update: ProductUpdate) -> str | None:
    """``RegularPrice``, or ``Price`` where the former is missing or empty."""
    own = update.regular_price
    if own is not None and own.strip():
        return own
    return own if update.price is None else update.price


def variation_row(one: Variation, update: ProductUpdate, place: str) -> RefreshRow:
    """A variation as a row; without its own regular price it takes the product's."""
    own = (one.regular_price or "").strip()
    return RefreshRow(
        f"data.{place}",
        one.sku,
        one.stock,
        one.weight,
        update.weight_unit,
        own or regular_price(update),
        one.sale_price,
    )


def product_names(update: ProductUpdate) -> dict[str, str]:
    """What to call the regular price in messages about a product."""
    own = (update.regular_price or "").strip()
    return {} if own else {"RegularPrice": "Price"}


def variation_names(one: Variation) -> dict[str, str]:
    """What to call a variation's fields in messages."""
    own = (one.regular_price or "").strip()
    return _OF_VARIATION if own else {**_OF_VARIATION, "RegularPrice": "Price"}


def plan_amounts(
    edit: Edit,
    row: RefreshRow,
    kind: str,
    site: Site,
    notes: Notes,
    names: Mapping[str, str],
) -> None:
    """Put a row's prices, stock, weight and tiers into ``edit``."""
    rules = Rules(site.rules, site.allow_zero_price, site.weight_unit)
    wish = read_row(row, rules)
    for problem in wish.problems:
        notes.problems.append(_renamed(problem, names))
    for warning in wish.warnings:
        told = _renamed(warning, names)
        notes.messages.warning(told.text, field=told.field, code=told.code)
    if wish.problems:
        return
    keys = changes.REFRESH_METAS
    stored = {key: edit.value(key) for key in keys if edit.has(key)}
    metas = changes.Edit(stored)
    for remark in changes.edit_metas(metas, wish, kind, rules, site.now):
        notes.messages.warning(f"{row.sku}: {remark}", field=row.path)
    for key, value in metas.sets.items():
        edit.meta(key, value)
    for key in metas.drops:
        edit.drop(key)


def _renamed(problem: FieldProblem, names: Mapping[str, str]) -> FieldProblem:
    for name, shown in names.items():
        if problem.field.endswith(f".{name}"):
            field = problem.field.removesuffix(name) + shown
            text = problem.text.replace(name, shown)
            return replace(problem, field=field, text=text)
    return problem


def plan_sizes(edit: Edit, update: ProductUpdate, site: Site, notes: Notes) -> None:
    """Length, width and height, in the shop's unit (DECISIONS 13)."""
    for key, name in _SIZES:
        text = getattr(update, name)
        if text is not None and not text.strip():
            edit.drop(key)
        elif text is not None:
            _plan_size(
                edit, key, text, f"Product{name.capitalize()}", update, site, notes
            )


def _plan_size(
    edit: Edit,
    key: str,
    text: str,
    name: str,
    update: ProductUpdate,
    site: Site,
    notes: Notes,
) -> None:
    try:
        amount = parse_decimal(text)
    except NotANumber:
        amount = None
    if amount is None or not 0 <= amount < MOST:
        told = f"{name} {text!r} is no length; it was left alone."
        notes.messages.warning(told, field=f"data.{name}", code="size")
        return
    unit = (update.size_unit or "").strip() or site.size_unit
    if unit != site.size_unit:
        try:
            amount = convert_length(amount, unit, site.size_unit)
        except UnknownUnit as exc:
            notes.messages.warning(
                f"The unit {exc.unit!r} is not known; the size was left alone."
                " Send m, cm, mm, in, ft or yd.",
                field="data.DimensionUOM",
                code="unit",
            )
            return
    if amount or stored_number(edit.get(key)):  # no size at all measures 0
        edit.meta(key, plain(amount), same_number)
