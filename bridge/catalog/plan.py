"""What a refresh would change, product by product: values in, values out.

Nothing here reads or writes; carrying out is another module's work, which is what
makes ``?plan=1`` cheap and this readable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..common.contract.product import RefreshRow
from ..common.database import fold
from ..common.envelope import ItemResult, Status
from ..common.errors import FieldProblem
from ..wordpress.kinds import VARIATION
from ..wordpress.products import SKU_LENGTH, Product
from .changes import Edit, Metas, edit_metas
from .rows import Rules, read_row

_TOLD = 10


@dataclass(frozen=True)
class Decision:
    """What becomes of one row.

    ``sets`` and ``drops`` are the metas of ``product`` to be written and removed;
    ``changes`` the same as ``{field: [before, after]}``. ``remarks`` say what was not
    taken and why, ``warnings`` what was wrong with the row.
    """

    result: ItemResult
    product: Product | None = None
    sets: dict[str, str | None] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    changes: dict[str, list[Any]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    warnings: tuple[FieldProblem, ...] = ()

    @property
    def changed(self) -> bool:
        """True when something has to be written."""
        return self.result.status is Status.UPDATED


def plan_refresh(
    rows: Sequence[RefreshRow],
    found: Mapping[str, Sequence[Product]],
    metas: Mapping[int, Metas],
    rules: Rules,
    now: datetime,
) -> list[Decision]:
    """One decision per row, in their order.

    ``found`` are the products by SKU, ``metas`` what is stored for each of them. Of
    rows for the same product the last one counts (DECISIONS 16).
    """
    identities = [_identity(row, found) for row in rows]
    last = {identity: at for at, identity in enumerate(identities)}
    return [
        (
            _decide(row, found.get(row.sku, ()), metas, rules, now)
            if not row.sku or last[identities[at]] == at
            else _superseded(row, found.get(row.sku, ()))
        )
        for at, row in enumerate(rows)
    ]


def _identity(row: RefreshRow, found: Mapping[str, Sequence[Product]]) -> object:
    """What makes two rows speak of the same product."""
    products = found.get(row.sku, ())
    return products[0].id if products else fold(row.sku)


def _superseded(row: RefreshRow, products: Sequence[Product]) -> Decision:
    text = "The same SKU comes again later in the list; the last entry counts."
    ident = products[0].id if len(products) == 1 else None
    return Decision(
        ItemResult(row.sku, Status.UNCHANGED, id=ident, text=text, code="duplicate_sku")
    )


def _decide(
    row: RefreshRow,
    products: Sequence[Product],
    metas: Mapping[int, Metas],
    rules: Rules,
    now: datetime,
) -> Decision:
    if problem := _unusable(row, products):
        return Decision(ItemResult.refused(row.sku, problem))
    wish = read_row(row, rules)
    ident = products[0].id if products else None
    if wish.problems:
        first = wish.problems[0]
        text = " ".join(problem.text for problem in wish.problems[:_TOLD])
        return Decision(
            ItemResult(
                row.sku,
                Status.REFUSED,
                id=ident,
                text=text,
                field=first.field,
                code=first.code,
            )
        )
    if not products:
        text = "There is no such product in the shop; upload it first."
        return Decision(ItemResult(row.sku, Status.MISSING, text=text))
    product = products[0]
    edit = Edit(metas.get(product.id, {}))
    remarks = edit_metas(edit, wish, product.type, rules, now)
    said = [*remarks, *(warning.text for warning in wish.warnings)]
    status = Status.UPDATED if edit.changes else Status.UNCHANGED
    result = ItemResult(row.sku, status, id=ident, text=" ".join(said))
    return Decision(
        result,
        product,
        edit.sets,
        tuple(edit.drops),
        edit.changes,
        tuple(remarks),
        tuple(wish.warnings),
    )


def _unusable(row: RefreshRow, products: Sequence[Product]) -> FieldProblem | None:
    """Why a row cannot be carried out whatever it asks for."""
    place = f"{row.path}.SKU"
    if not row.sku:
        if row.problems:
            return row.problems[0]
        return FieldProblem(place, "The SKU is missing; send one.", "missing")
    if len(row.sku) > SKU_LENGTH:
        text = f"The SKU is longer than {SKU_LENGTH} characters; shorten it."
        return FieldProblem(place, text, "sku_length")
    if len(products) > 1:
        ids = " and ".join(str(product.id) for product in products)
        text = (
            f"The products {ids} both have the SKU {row.sku}; give one of them another"
            " SKU in the shop."
        )
        return FieldProblem(place, text, "ambiguous_sku")
    return None


def variation_parents(decisions: Sequence[Decision]) -> set[int]:
    """The products whose variations change."""
    return {
        decision.product.parent
        for decision in decisions
        if decision.changed
        and decision.product is not None
        and decision.product.type == VARIATION
    }
