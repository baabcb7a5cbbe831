"""What becomes of each shipment: values in, decisions out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..common.contract.shipment import Shipment
from ..common.envelope import ItemResult, Status
from ..common.errors import FieldProblem
from ..wordpress.html import clean_post
from ..wordpress.notes import BREAK, canonical
from ..wordpress.orders import status_label
from ..wordpress.queue import MAX_ARGS, encode_args

NO_TRACKING = "Confirmed with no tracking number."
_MOVED = ("pending", "processing", "on-hold", "completed")


@dataclass(frozen=True)
class Rules:
    """How this shop is confirmed: its order prefix and what "shipped" is there.

    ``shipped`` is a status without ``wc-``; ``hooks`` are handed to WooCommerce's queue
    beside the mail whenever a status changes.
    """

    prefix: str
    shipped: str
    hooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What becomes of one shipment, and what has to be written for it.

    ``note`` is the customer's new note, ``moved_from`` the status that the order
    leaves for ``moved_to``; each is empty when there is nothing of the kind to write.
    """

    result: ItemResult
    note: str = ""
    moved_from: str = ""
    moved_to: str = ""

    @property
    def changes(self) -> dict[str, list[str | None]]:
        """What is written, as ``{field: [before, after]}``."""
        changes: dict[str, list[str | None]] = {}
        if self.moved_from:
            changes["status"] = [self.moved_from, self.moved_to]
        if self.note:
            changes["customer_note"] = [None, self.note]
        return changes


def plan_confirmations(
    shipments: Sequence[Shipment],
    rules: Rules,
    statuses: Mapping[int, str],
    told: Mapping[int, set[str]],
) -> list[Decision]:
    """One decision per shipment, in their order (DECISIONS 27, 28).

    ``statuses`` holds the orders that exist, ``told`` what each customer was told
    before, in canonical form. Two references to one order (``WC7`` and ``WC07``) are
    decided one after the other.
    """
    current = dict(statuses)
    read = {order_id: set(texts) for order_id, texts in told.items()}
    decisions = []
    for shipment in shipments:
        decision = _decide(shipment, rules, current, read)
        decisions.append(decision)
        order_id = decision.result.id
        if order_id is not None and decision.moved_from:
            current[order_id] = decision.moved_to
        if order_id is not None and decision.note:
            read.setdefault(order_id, set()).add(canonical(decision.note))
    return decisions


def order_number(reference: str, prefix: str) -> int | FieldProblem:
    """The order that a reference means: the exact prefix, then digits only."""
    field = f"data.head.{reference}"
    if not reference.startswith(prefix):
        text = f"The reference must begin with {prefix}; it is not one of this shop's."
        return FieldProblem(field, text, "other_prefix")
    digits = reference.removeprefix(prefix)
    if not (digits.isascii() and digits.isdigit()):
        what = f"After {prefix} the reference" if prefix else "The reference"
        text = f"{what} must be the number of an order, digits only."
        return FieldProblem(field, text, "invalid_reference")
    # no order has a number that is longer than the column
    return int(digits) if len(digits.lstrip("0")) < 19 else 0


def note_text(shipment: Shipment) -> str:
    """The customer's note: head and body, cleaned, with a line break between."""
    parts = (clean_post(part).strip() for part in (shipment.head, shipment.body))
    return BREAK.join(part for part in parts if part)


def mail_args(order_id: int, note: str) -> list[dict[str, Any]]:
    """The arguments of the hook that sends the note (recorded)."""
    return [{"order_id": order_id, "customer_note": note}]


def _decide(
    shipment: Shipment,
    rules: Rules,
    statuses: Mapping[int, str],
    told: Mapping[int, set[str]],
) -> Decision:
    if shipment.problem:
        return _refused(shipment, shipment.problem)
    number = order_number(shipment.reference, rules.prefix)
    if isinstance(number, FieldProblem):
        return _refused(shipment, number)
    status = statuses.get(number)
    if status is None:
        return _unknown(shipment)
    shipped = status in (rules.shipped, "shipped")
    if not shipped and status not in _MOVED:
        text = (
            f"The order is {status_label(status).lower()}. Only an order that is "
            "pending payment, processing, on hold or completed can be confirmed; "
            "change its status in the shop first."
        )
        return _refused(shipment, _problem(shipment, text, "order_status"), number)
    note = note_text(shipment)
    if len(encode_args(mail_args(number, note))) > MAX_ARGS:
        text = f"The note has no room in {MAX_ARGS} characters; send shorter texts."
        return _refused(shipment, _problem(shipment, text, "too_long"), number)
    if canonical(note) in told.get(number, ()):
        note = ""
    result = ItemResult(
        shipment.reference,
        Status.UPDATED if note or not shipped else Status.UNCHANGED,
        "PO",
        number,
        "" if shipment.body.strip() else NO_TRACKING,
    )
    if shipped:
        return Decision(result, note)
    return Decision(result, note, status, rules.shipped)


def _problem(shipment: Shipment, text: str, code: str) -> FieldProblem:
    return FieldProblem(f"data.head.{shipment.reference}", text, code)


def _unknown(shipment: Shipment) -> Decision:
    problem = _problem(
        shipment, "There is no such order in the shop; check the reference.", ""
    )
    return Decision(
        ItemResult(
            shipment.reference,
            Status.MISSING,
            "PO",
            None,
            problem.text,
            problem.field,
            "unknown_order",
        )
    )


def _refused(
    shipment: Shipment, problem: FieldProblem, order_id: int | None = None
) -> Decision:
    return Decision(
        ItemResult(
            shipment.reference,
            Status.REFUSED,
            "PO",
            order_id,
            problem.text,
            problem.field,
            problem.code,
        )
    )
