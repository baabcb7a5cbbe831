"""What ``product/refresh`` does: prices, stock, weight and tiers of many products.

Rows are planned against what is stored and locked, then the differences are written
in one transaction with a fixed number of statements (DECISIONS 10 to 16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..common.bulk import uncollected
from ..common.contract.product import RefreshRow
from ..common.envelope import Messages, Reply, Status
from ..forget import forget
from ..shop import Shop
from ..wordpress.cache_keys import Stale
from .plan import Decision
from .refresh_store import carry_out, look_at

_SHOWN = 100


def refresh_products(
    shop: Shop, rows: Sequence[RefreshRow], *, plan: bool, source: str
) -> Reply:
    """Refresh products, or with ``plan`` only say field by field what would change.

    The same rows again change nothing. ``source`` is the user for whom it is done, as
    the ledger names him. A failing database undoes the whole call.
    """
    stale = Stale()
    with uncollected():
        if plan:
            decisions = look_at(shop, rows)
        else:
            decisions, stale = carry_out(shop, rows, source)
    items = [decision.result for decision in decisions]
    changed = sum(decision.changed for decision in decisions)
    messages = _messages(decisions)
    messages.extend(forget(shop, stale))
    note = f"Updated {changed} of {len(items)} products."
    if plan:
        note = f"Would update {changed} of {len(items)} products."
        messages.info("This is a plan; nothing was written.")
        items = [
            replace(item, changes=decision.changes) if decision.changed else item
            for item, decision in zip(items, decisions, strict=True)
        ]
    # the client counts with "acted" (recorded)
    fields = {"note": note, "acted": 0 if plan else changed}
    return Reply(True, fields, messages, items)


def _messages(decisions: Sequence[Decision]) -> Messages:
    """What the ERP shows its user: a sentence per outcome, not one per product."""
    messages = Messages()
    items = [decision.result for decision in decisions]
    missing = [one.key for one in items if one.status is Status.MISSING]
    if missing:
        # the original's own words (recorded)
        messages.error(f"Missing in WooCommerce: {_listed(missing)}", code="missing")
    refused = [one for one in items if one.status is Status.REFUSED]
    for one in refused[:_SHOWN]:
        name = f"{one.key}: " if one.key else ""
        text = f"{name}{one.text} Nothing of this product was changed."
        messages.error(text, code=one.code, field=one.field)
    if len(refused) > _SHOWN:
        rest = len(refused) - _SHOWN
        messages.error(f"{rest} more products were refused; see items.")
    _remarks(messages, decisions)
    return messages


def _remarks(messages: Messages, decisions: Sequence[Decision]) -> None:
    """Warnings and remarks, those that say the same joined into one."""
    warned: dict[str, list[str]] = {}
    noted: dict[str, list[str]] = {}
    for decision in decisions:
        texts = [warning.text for warning in decision.warnings]
        for text in texts:
            warned.setdefault(text, []).append(decision.result.key)
        for remark in decision.remarks:
            noted.setdefault(remark, []).append(decision.result.key)
    for text, skus in warned.items():
        messages.warning(f"{text} ({_listed(skus)})")
    for text, skus in noted.items():
        messages.info(f"{text} ({_listed(skus)})")


def _listed(skus: Sequence[str]) -> str:
    """SKUs joined, each once; a long list is cut."""
    names = list(Counter(skus))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
