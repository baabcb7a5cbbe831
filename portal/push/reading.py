"""Reads what is to be sent from Bizuno's tables, in a constant number of statements.

Values come as the driver gives them (a FLOAT as MariaDB prints it, which is what
Bizuno reads too), not through the typed tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Row, column, or_, select, table
from sqlalchemy.sql.expression import ColumnElement

from bridge.common.database import fold
from bridge.common.errors import FieldProblem, Unprocessable

from ..books.settings import decode
from .availability import Availability, Part, Stock
from .choices import Choices, read_choices
from .fields import outgoing, read_fields
from .phpvalues import is_empty, number, text
from .pricing import Priced, Sheet, parse_sheet

_NARROW = (
    "id sku inactive inventory_type qty_stock qty_so qty_alloc item_weight full_price"
    " sale_price item_cost price_sheet_c price_sheet_v block_discount invOptions"
).split()
_PARTS = "id sku inventory_type qty_stock qty_so qty_alloc".split()
# beyond this many names it is cheaper to read the whole column than to list them
_LISTED = 5_000


@dataclass(frozen=True)
class Selection:
    """Which items: those whose ``flag`` is set, or ``only`` the SKUs named.

    ``prefix`` narrows the flagged ones; ``inactive`` takes inactive ones too. Unless
    ``strict``, a SKU that Bizuno does not have (any more) is left out.
    """

    flag: str
    only: tuple[str, ...] = ()
    prefix: str = ""
    inactive: bool = False
    strict: bool = True


class Item(NamedTuple):
    """An item as far as every push needs it; ``row`` holds its columns as read."""

    stock: Stock
    priced: Priced
    weight: Any
    sale_price: float
    inactive: bool
    flagged: bool
    options: str
    row: Mapping[str, Any]

    @property
    def id(self) -> int:
        """The number in Bizuno."""
        return self.stock.id

    @property
    def sku(self) -> str:
        """The SKU as Bizuno writes it."""
        return self.stock.sku


@dataclass(frozen=True)
class Catalog:
    """The items asked for, by SKU, and what their prices and quantities depend on."""

    items: tuple[Item, ...]
    fields: Mapping[str, str]
    choices: Choices
    availability: Availability
    sheets: Mapping[int, Sequence[Sheet]]
    common_sheets: tuple[Sheet, ...] = ()

    def sheets_of(self, item: Item) -> list[Sheet]:
        """The item's own sheets, then the store-wide ones."""
        return [*self.sheets.get(item.id, ()), *self.common_sheets]


def read_catalog(
    conn: Connection, selection: Selection, *, whole: bool = False
) -> Catalog:
    """The catalog for a push; ``whole`` reads every column, else the few of a refresh.

    Raises Unprocessable for an unknown SKU among ``only`` and for a flag that Bizuno's
    table does not have.
    """
    fields, choices = read_fields(conn), read_choices(conn)
    items = read_items(conn, selection, fields, choices, whole=whole)
    metas = _read_metas(conn, [i.id for i in items] if selection.only else None)
    bills = {
        ref: parts
        for ref, key, _, document in metas
        if key == "bill_of_materials" and (parts := parse_bill(document))
    }
    sheets: dict[int, list[Sheet]] = defaultdict(list)
    for ref, key, row_id, document in metas:
        if key != "bill_of_materials":
            sheets[ref].append(parse_sheet(row_id, document))
    return Catalog(
        tuple(items),
        fields,
        choices,
        Availability(
            bills,
            read_parts(conn, {p.sku for parts in bills.values() for p in parts}),
            choices.commitments,
            choices.assemblies,
        ),
        sheets,
        _read_common_sheets(conn),
    )


def read_items(
    conn: Connection,
    selection: Selection,
    fields: Mapping[str, str],
    choices: Choices,
    *,
    whole: bool = False,
) -> list[Item]:
    """The items selected, ordered by SKU; one without SKU is left out."""
    if selection.flag not in fields:
        raise Unprocessable(
            f"Bizuno's inventory has no column {selection.flag}; install the store "
            "interface in Bizuno or correct flag in the [store] section."
        )
    narrow = [name for name in _NARROW if name in fields]
    names = [*outgoing(fields), *narrow] if whole else narrow
    listed = dict.fromkeys([*names, selection.flag])
    inventory = table("inventory", *(column(name) for name in listed))
    query = select(inventory)
    if selection.only:
        names = [sku.strip() for sku in selection.only]
        query = query.where(inventory.c.sku.in_(names))
    else:
        query = query.where(inventory.c[selection.flag] == "1")
        if not (selection.inactive or choices.inactive):
            query = query.where(inventory.c.inactive == "0")
        if selection.prefix:
            query = query.where(
                inventory.c.sku.startswith(selection.prefix, autoescape=True)
            )
    found = {
        fold(row.sku): _item(row, selection.flag)
        for row in conn.execute(query.order_by(inventory.c.id))
        if row.sku and row.sku.strip()
    }
    if selection.only and selection.strict:
        _refuse_unknown(selection.only, found)
    return [found[key] for key in sorted(found)]


def _refuse_unknown(only: Iterable[str], found: Mapping[str, Item]) -> None:
    unknown = [sku for sku in only if fold(sku.strip()) not in found]
    if unknown:
        raise Unprocessable.of(
            FieldProblem(
                "--only",
                f"Bizuno has no item with the SKU {sku}; check the spelling.",
                "unknown_sku",
            )
            for sku in unknown
        )


def _item(row: Row[Any], flag: str) -> Item:
    values = cast(Mapping[str, Any], row._mapping)
    return Item(
        _stock(row),
        Priced(
            row.id,
            number(row.full_price),
            number(row.item_cost),
            int(number(row.price_sheet_c)),
            int(number(row.price_sheet_v)),
            not is_empty(row.block_discount),
        ),
        row.item_weight,
        number(row.sale_price),
        not is_empty(row.inactive),
        text(values[flag]) == "1",
        values.get("invOptions") or "",
        values,
    )


def _stock(row: Row[Any]) -> Stock:
    return Stock(
        row.id,
        row.sku,
        row.inventory_type or "",
        number(row.qty_stock),
        number(row.qty_so),
        number(row.qty_alloc),
    )


def read_parts(conn: Connection, folded: Collection[str]) -> dict[str, Stock]:
    """The quantities of items by folded SKU; of two with one SKU the first counts."""
    if not folded:
        return {}
    inventory = table("inventory", *(column(name) for name in _PARTS))
    query = select(inventory)
    if len(folded) <= _LISTED:
        query = query.where(inventory.c.sku.in_(sorted(folded)))
    rows = conn.execute(query.order_by(inventory.c.id.desc()))
    return {fold(row.sku): _stock(row) for row in rows}


def read_skus(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """The SKUs of items by ID."""
    if not ids:
        return {}
    inventory = table("inventory", column("id"), column("sku"))
    query = select(inventory)
    if len(ids) <= _LISTED:
        query = query.where(inventory.c.id.in_(sorted(ids)))
    return {row.id: row.sku for row in conn.execute(query)}


def parse_bill(document: str | None) -> list[Part]:
    """The lines of a bill of materials; a broken document has none."""
    found = decode(document)
    rows: Any = found.values() if isinstance(found, dict) else found
    if not isinstance(found, (dict, list)):
        return []
    return [
        Part(fold(text(row["sku"])), number(row.get("qty")))
        for row in rows
        if isinstance(row, dict) and not is_empty(row.get("sku"))
    ]


def _read_metas(
    conn: Connection, of: Collection[int] | None
) -> list[tuple[int, str, int, str]]:
    """Bills of materials of all items, price sheets of all or of some."""
    meta = table(
        "inventory_meta",
        *(column(name) for name in ("id", "ref_id", "meta_key", "meta_value")),
    )
    is_sheet: ColumnElement[bool] = meta.c.meta_key.startswith(
        "price_c", autoescape=True
    )
    if of is not None and len(of) <= _LISTED:
        is_sheet = is_sheet & meta.c.ref_id.in_(list(of))
    query = (
        select(meta.c.ref_id, meta.c.meta_key, meta.c.id, meta.c.meta_value)
        .where(or_(meta.c.meta_key == "bill_of_materials", is_sheet))
        .order_by(meta.c.id)
    )
    return [(ref, key, id_, doc) for ref, key, id_, doc in conn.execute(query)]


def _read_common_sheets(conn: Connection) -> tuple[Sheet, ...]:
    meta = table(
        "common_meta", *(column(name) for name in ("id", "meta_key", "meta_value"))
    )
    query = (
        select(meta.c.id, meta.c.meta_value)
        .where(meta.c.meta_key.startswith("price_c", autoescape=True))
        .order_by(meta.c.id)
    )
    return tuple(parse_sheet(row.id, row.meta_value) for row in conn.execute(query))
