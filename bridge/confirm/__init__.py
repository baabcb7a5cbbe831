"""What ``order/confirm`` does: tell customers that their orders were shipped.

Shipments are planned without touching anything, then carried out in one transaction
with a fixed number of statements, under locks on the orders in ascending order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..common.contract.shipment import Confirmation, Shipment
from ..common.envelope import ItemResult, Messages, Reply, Status
from ..forget import forget
from ..shop import Shop
from ..wordpress.cache_keys import Stale
from .plan import NO_TRACKING, Decision
from .store import carry_out, look_at

_GOOD = (Status.UPDATED, Status.UNCHANGED)
_SHOWN = 20


def confirm_orders(
    shop: Shop, confirmation: Confirmation, *, plan: bool, source: str = ""
) -> Reply:
    """Confirm shipments, or with ``plan`` only say what that would do.

    The same text for the same order again adds nothing. ``source`` is the user for
    whom it is done, as the ledger names him. A failing database undoes the whole call.
    """
    shipments = confirmation.shipments
    stale = Stale()
    if plan:
        decisions = look_at(shop, shipments)
    else:
        decisions, stale = carry_out(shop, shipments, source)
    messages = _messages(decisions)
    messages.extend(forget(shop, stale))
    if confirmation.stray:
        messages.warning(
            f"Tracking numbers without a head were left out: "
            f"{_listed(confirmation.stray)}. Send a head for each of them.",
            field="data.body",
        )
    if plan:
        messages.info("This is a plan; nothing was written.")
    items = [
        # a plan shows what it would change; the ledger keeps it otherwise
        (
            replace(decision.result, changes=decision.changes or None)
            if plan
            else decision.result
        )
        for decision in decisions
    ]
    return Reply(all(one.status in _GOOD for one in items), {}, messages, items)


def _messages(decisions: Sequence[Decision]) -> Messages:
    """What the ERP shows its user: a sentence per outcome, not one per order."""
    messages = Messages()
    items = [decision.result for decision in decisions]
    updated = [one.key for one in items if one.status is Status.UPDATED]
    # the original's own words (recorded)
    messages.success(
        f"Order status update complete, the following {len(updated)} order(s) were "
        f"updated: {f' ({_listed(updated)})' if updated else ''}"
    )
    without = [one.key for one in items if one.text == NO_TRACKING]
    if without:
        messages.info(f"Confirmed with no tracking number: {_listed(without)}.")
    causes: dict[tuple[str, str], list[ItemResult]] = {}
    for one in items:
        if one.status not in _GOOD:
            causes.setdefault((one.code, one.text), []).append(one)
    for (code, text), members in causes.items():
        names = _listed([one.key for one in members])
        messages.error(f"Not confirmed: {names}. {text}", code=code)
    return messages


def _listed(references: Sequence[str]) -> str:
    """References for a sentence; ``items`` has all of them."""
    shown = ", ".join(one[:40] or "(empty)" for one in references[:_SHOWN])
    more = len(references) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


__all__ = ["Confirmation", "Shipment", "confirm_orders"]
