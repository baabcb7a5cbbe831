"""What ``product/sync`` does: compare the catalog with a list, remove what is extra.

DECISIONS 26: a list that is missing or empty never gets here; without delete nothing
changes; with delete a mass removal is refused unless it is asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from ..common.contract.product import SyncList
from ..common.envelope import ItemResult, Messages, Reply, Status
from ..forget import forget
from ..shop import Shop
from ..wordpress.cache_keys import Stale
from ..wordpress.clock import CLOCK_OPTIONS, site_zone
from ..wordpress.options import read_options
from ..wordpress.products import lock_posts
from ..wordpress.removal import Removal
from .comparison import Comparison, Extra, compare

LEAST_ALLOWED = 5
_SHOWN = 100
_DONE = {
    "trash": "moved to the trash",
    "draft": "set to draft",
    "delete": "deleted for good",
}
_AFTER = {"trash": "trash", "draft": "draft", "delete": "deleted"}


@dataclass(frozen=True)
class Outcome:
    """A comparison and what came of it; ``refusal`` says why nothing was removed.

    ``stale`` is what caches still keep of what was removed.
    """

    found: Comparison
    removed: tuple[Extra, ...] = ()
    refusal: str = ""
    stale: Stale = Stale()


def sync_products(shop: Shop, asked: SyncList, *, plan: bool, source: str) -> Reply:
    """Report what only one side has and, if asked, remove what only the shop has.

    ``plan`` reports what would be removed. ``source`` is the user for whom it is done.
    """

    how = shop.config.sync_delete

    def work(conn: Connection) -> Outcome:
        run = shop.ledger.start(conn, "sync", source, len(asked.skus))
        outcome = _decide(shop, asked, compare(conn, shop.tables, asked.skus))
        outcome = _remove(conn, shop, outcome)
        items = _items(asked, outcome, how)
        changes = {at: dict(one.changes) for at, one in enumerate(items) if one.changes}
        details = {"extra": len(outcome.found.extra), "delete": asked.delete}
        status = "refused" if outcome.refusal else "done"
        shop.ledger.finish(
            conn, run, items, changes=changes, status=status, details=details
        )
        return outcome

    if plan:
        with shop.database.read() as conn:
            outcome = _decide(shop, asked, compare(conn, shop.tables, asked.skus))
    else:
        outcome = shop.database.run(work)
    messages = _messages(shop, asked, outcome, plan)
    messages.extend(forget(shop, outcome.stale))
    fields = {
        "extra": _names(outcome.found.extra),
        "missing": [sku for sku in asked.skus if sku in outcome.found.missing],
    }
    if asked.delete:
        fields["deleted"] = _names(outcome.removed)
    items = _items(asked, outcome, how)
    if not plan:
        items = [replace(item, changes=None) for item in items]
    return Reply(not outcome.refusal, fields, messages, items)


def _decide(shop: Shop, asked: SyncList, found: Comparison) -> Outcome:
    """What may be removed; a mass removal is refused whole."""
    if not asked.delete:
        return Outcome(found)
    removable = found.removable
    share = shop.config.sync_delete_max / 100
    allowed = max(LEAST_ALLOWED, int(found.catalog * share))
    if len(removable) > allowed and not asked.force:
        return Outcome(
            found,
            refusal=(
                f"{len(removable)} of {found.catalog} products are not on the list,"
                f" and at most {allowed} may be removed at once; nothing was removed."
                " If the list is right, send syncForce=1 with it, or raise"
                " sync_delete_max in the bridge's configuration."
            ),
        )
    return Outcome(found, removable)


def _remove(conn: Connection, shop: Shop, outcome: Outcome) -> Outcome:
    if not outcome.removed:
        return outcome
    gone = lock_posts(conn, shop.tables, (one.id for one in outcome.removed))
    removed = tuple(one for one in outcome.removed if one.id not in gone)
    zone = site_zone(read_options(conn, shop.tables, CLOCK_OPTIONS))
    ids = (one.id for one in removed)
    removal = Removal(conn, shop.tables, ids, datetime.now(UTC), zone)
    stale = removal.carry_out(shop.config.sync_delete)
    return Outcome(outcome.found, removed, stale=stale)


def _items(asked: SyncList, outcome: Outcome, how: str) -> list[ItemResult]:
    """One entry per SKU of the list, then one per extra product and its fate.

    ``how`` they are removed says what changes: a draft's variations stay as they are.
    """
    missing = outcome.found.missing
    items = [
        ItemResult(sku, Status.MISSING if sku in missing else Status.UNCHANGED)
        for sku in asked.skus
    ]
    if not asked.delete:
        return items
    removed = {one.id for one in outcome.removed}
    for one in outcome.found.extra:
        if one.id in removed or one.parent in removed:
            changes = None
            if how != "draft" or not one.parent:
                changes = {"Status": [one.status, _AFTER[how]]}
            items.append(
                ItemResult(one.sku, Status.DELETED, id=one.id, changes=changes)
            )
        else:
            code, text = _why_kept(one, outcome)
            items.append(
                ItemResult(
                    one.sku,
                    Status.REFUSED,
                    id=one.id,
                    text=text,
                    field="data.syncSkus",
                    code=code,
                )
            )
    return items


def _why_kept(one: Extra, outcome: Outcome) -> tuple[str, str]:
    if outcome.refusal:
        return "sync_delete_max", "Too many products would have been removed."
    if one.parent:
        return "variation", "A variation goes with its product only."
    return "listed_variation", "Variations of this product are on the list."


def _messages(shop: Shop, asked: SyncList, outcome: Outcome, plan: bool) -> Messages:
    messages, found = Messages(), outcome.found
    if not found.extra and not found.missing:
        messages.success("All products are in Sync.")  # the original's own words
    if found.extra:
        messages.info(
            "The following SKUs are on the cart but are not flagged to be there by"
            f" Bizuno:<br />{_listed(_names(found.extra))}",
            title="information",
        )
    if found.missing:
        names = [sku for sku in asked.skus if sku in found.missing]
        messages.info(
            "The following SKUs are flagged in Bizuno but are not on the cart:<br />"
            f"{_listed(names)}",
            title="information",
        )
    if outcome.refusal:
        messages.error(outcome.refusal, code="sync_delete_max", field="data.syncDelete")
    elif asked.delete:
        kept = [one for one in found.extra if one.id in found.kept]
        if kept:
            messages.warning(
                "Not removed, because variations of them are on the list:"
                f" {_listed(_names(kept))}. Put them on the list as well."
            )
        if outcome.removed:
            done = _DONE[shop.config.sync_delete]
            would = "would be" if plan else "were"
            messages.success(
                f"{len(outcome.removed)} products {would} {done}:"
                f" {_listed(_names(outcome.removed))}"
            )
    if plan:
        messages.info("This is a plan; nothing was written.")
    return messages


def _names(found: Iterable[Extra]) -> list[str]:
    return list(dict.fromkeys(one.sku for one in found))


def _listed(skus: Sequence[str]) -> str:
    """SKUs joined; a long list is cut."""
    more = f" and {len(skus) - _SHOWN} more" if len(skus) > _SHOWN else ""
    return ", ".join(skus[:_SHOWN]) + more
