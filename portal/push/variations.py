"""Master items: the options of a product and the items that are its variations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any

from sqlalchemy import Connection, column, select, table

from bridge.common.database import fold
from bridge.common.errors import FieldProblem

from ..books.settings import decode
from .phpvalues import number, text

MAX_COMBINATIONS = 20_000
_COLUMNS = "id sku item_weight sale_price qty_stock".split()
# beyond this many names it is cheaper to read all items than to list them
_LISTED = 5_000


@dataclass(frozen=True)
class Option:
    """One option: its name and its values, as SKU parts and as labels."""

    name: str
    parts: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Child:
    """An item that is a variation; quantity and prices are the item's bare ones."""

    sku: str
    weight: Any
    sale_price: float
    qty: float


class BrokenOptions(ValueError):
    """Options that no product can be made of; ``problem`` says what to do."""

    def __init__(self, problem: FieldProblem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def has_options(document: str | None) -> bool:
    """False for a field that was saved without any option."""
    if not document or document.strip() in ("", "null"):
        return False
    return decode(document) not in ([], {}, "")


def parse_options(sku: str, document: str) -> list[Option]:
    """The options of a master; raises BrokenOptions.

    Original: a list of {option, attrs "S;L", labels "Small;Large"}.
    """
    found = decode(document)
    members: Any = found.values() if isinstance(found, dict) else found
    rows = members if isinstance(found, (list, dict)) else ()
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise _broken(sku, "holds no options")
    options = [
        Option(
            text(row.get("option") or ""),
            tuple(text(row.get("attrs") or "").split(";")),
            tuple(text(row.get("labels") or "").split(";")),
        )
        for row in rows
    ]
    if any(len(option.parts) != len(option.labels) for option in options):
        raise _broken(sku, "names another number of labels than of SKU parts")
    if prod(len(option.parts) for option in options) > MAX_COMBINATIONS:
        raise _broken(sku, f"makes more than {MAX_COMBINATIONS} combinations")
    return options


def _broken(sku: str, what: str) -> BrokenOptions:
    return BrokenOptions(
        FieldProblem(
            "invOptions",
            f"The options of {sku} cannot be sent: the field {what}; save them again "
            "in Bizuno's Options tab.",
            "options",
        )
    )


def combinations(sku: str, options: Sequence[Option]) -> dict[str, dict[str, str]]:
    """The SKU of every combination, with its labels by option.

    The first option turns slowest; SKUs are the master's, a hyphen, and the parts.
    """
    pairs = [list(zip(option.parts, option.labels, strict=True)) for option in options]
    names = [option.name for option in options]
    return {
        f"{sku}-{''.join(part for part, _ in chosen)}": dict(
            zip(names, (label for _, label in chosen), strict=True)
        )
        for chosen in islice(product(*pairs), MAX_COMBINATIONS)
    }


def variations_document(
    sku: str, options: Sequence[Option], children: Mapping[str, Child]
) -> dict[str, Any]:
    """Attributes and variations as the store takes them; variations by SKU.

    Only combinations that are items count; ``children`` is by folded SKU.
    """
    wanted = {fold(name): labels for name, labels in combinations(sku, options).items()}
    return {
        "attributes": [
            {"name": option.name, "options": list(option.labels)} for option in options
        ],
        "variations": [
            {
                "sku": children[name].sku,
                "sale_price": text(children[name].sale_price),
                "weight": text(children[name].weight or 0),
                "stock": text(children[name].qty),
                "attributes": wanted[name],
            }
            for name in sorted(wanted)
            if name in children
        ],
    }


def child_names(masters: Iterable[tuple[str, str]]) -> tuple[set[str], list[str]]:
    """The folded SKUs that may be variations of these masters (SKU, options).

    And the SKUs of masters whose options are broken.
    """
    names: set[str] = set()
    broken = []
    for sku, document in masters:
        try:
            found = combinations(sku, parse_options(sku, document))
        except BrokenOptions:
            broken.append(sku)
        else:
            names.update(fold(name) for name in found)
    return names, broken


def read_children(conn: Connection, names: Collection[str]) -> dict[str, Child]:
    """The items of these folded SKUs, inactive ones included; one statement."""
    if not names:
        return {}
    inventory = table("inventory", *(column(name) for name in _COLUMNS))
    query = select(inventory)
    if len(names) <= _LISTED:
        query = query.where(inventory.c.sku.in_(sorted(names)))
    rows = conn.execute(query.order_by(inventory.c.id.desc()))
    return {
        fold(row.sku): Child(
            row.sku, row.item_weight, number(row.sale_price), number(row.qty_stock)
        )
        for row in rows
        if fold(row.sku) in names
    }
