"""A refresh in the shop's database: one look, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from ..common.contract.product import RefreshRow
from ..shop import Shop
from ..wordpress.cache_keys import Stale
from ..wordpress.clock import CLOCK_OPTIONS, site_zone
from ..wordpress.derived import (
    follow_stock_filters,
    follow_variations,
    follow_visibility,
)
from ..wordpress.lookup import OFFER_METAS, lookup_offer, rebuild_lookup, write_lookup
from ..wordpress.metas import MetaRows, read_meta_rows, write_metas
from ..wordpress.options import read_options
from ..wordpress.products import lock_posts, touch_posts
from ..wordpress.skus import find_by_sku
from ..wordpress.stock import STOCK_OPTIONS, stock_rules
from ..wordpress.transients import reset_product_caches
from .changes import REFRESH_METAS
from .plan import Decision, plan_refresh, variation_parents
from .rows import Rules

_STATUS = "_stock_status"
_WEIGHT_UNIT = "woocommerce_weight_unit"
_OPTIONS = (_WEIGHT_UNIT, *STOCK_OPTIONS, *CLOCK_OPTIONS)


@dataclass(frozen=True)
class Look:
    """The shop as one transaction sees it, and what was decided on that."""

    now: datetime
    options: Mapping[str, str]
    metas: MetaRows
    decisions: list[Decision]


def look_at(shop: Shop, rows: Sequence[RefreshRow]) -> list[Decision]:
    """What ``carry_out`` would decide now; writes nothing."""
    with shop.database.read() as conn:
        return _look(conn, shop, rows, lock=False).decisions


def carry_out(
    shop: Shop, rows: Sequence[RefreshRow], source: str
) -> tuple[list[Decision], Stale]:
    """Decide and write, in one transaction that also holds the ledger's run.

    What caches keep of the products that changed is stale from then on.
    """

    def work(conn: Connection) -> tuple[list[Decision], Stale]:
        run = shop.ledger.start(conn, "refresh", source, len(rows))
        look = _look(conn, shop, rows, lock=True)
        stale = _write(conn, shop, look)
        changes = {
            at: decision.changes
            for at, decision in enumerate(look.decisions)
            if decision.changed
        }
        items = [decision.result for decision in look.decisions]
        shop.ledger.finish(conn, run, items, changes=changes)
        return look.decisions, stale

    return shop.database.run(work)


def _look(
    conn: Connection, shop: Shop, rows: Sequence[RefreshRow], *, lock: bool
) -> Look:
    """Find and lock the products, then read what is stored, then decide."""
    tables, now = shop.tables, datetime.now(UTC)
    options = read_options(conn, tables, _OPTIONS)
    found = find_by_sku(conn, tables, (row.sku for row in rows))
    matched = [products[0] for products in found.values() if len(products) == 1]
    family = {p.id for p in matched} | {p.parent for p in matched if p.parent}
    gone = lock_posts(conn, tables, family, lock=lock)
    if gone:
        # thrown away since, or a variation of a product in the trash
        found = {
            sku: tuple(p for p in products if not {p.id, p.parent} & gone)
            for sku, products in found.items()
        }
    metas = read_meta_rows(
        conn, tables, {product.id for product in matched}, REFRESH_METAS, lock=lock
    )
    rules = Rules(
        stock=stock_rules(shop.config, options),
        allow_zero_price=shop.config.allow_zero_price,
        weight_unit=options.get(_WEIGHT_UNIT) or "kg",
    )
    stored = {
        ident: {key: values[0][1] for key, values in found_metas.items()}
        for ident, found_metas in metas.items()
    }
    return Look(now, options, metas, plan_refresh(rows, found, stored, rules, now))


def _write(conn: Connection, shop: Shop, look: Look) -> Stale:
    """Write the differences and everything that follows from them."""
    tables = shop.tables
    changed = {d.product.id: d for d in look.decisions if d.product and d.changed}
    products = {d.product.id: d.product for d in changed.values() if d.product}
    if not changed:
        return Stale()
    write_metas(
        conn,
        tables,
        {ident: decision.sets for ident, decision in changed.items()},
        delete={ident: d.drops for ident, d in changed.items() if d.drops},
        known=look.metas,
    )
    offers = _offers(changed, look.metas)
    listed = {ident for ident, product in products.items() if product.listed}
    write_lookup(conn, tables, {i: row for i, row in offers.items() if i in listed})
    rebuild_lookup(conn, tables, set(offers) - listed)
    restocked = {
        ident: products[ident].parent or ident
        for ident, decision in changed.items()
        if _STATUS in decision.sets
    }
    now: MetaRows = {
        ident: {_STATUS: [(0, changed[ident].sets[_STATUS])]} for ident in restocked
    }
    follow_visibility(conn, tables, restocked, known=now)
    follow_stock_filters(conn, tables, restocked, known=now)
    parents = variation_parents(look.decisions)
    family = set(changed) | follow_variations(conn, tables, parents)
    touch_posts(conn, tables, family, look.now, site_zone(look.options))
    reset_product_caches(conn, tables, family | parents)
    return Stale(posts=frozenset(family | parents))


def _offers(
    changed: Mapping[int, Decision], metas: MetaRows
) -> dict[int, dict[str, Any]]:
    """Lookup columns of the products whose price or stock changes."""
    wanted = {}
    for ident, decision in changed.items():
        if not decision.sets.keys().isdisjoint(OFFER_METAS) or "_sale_price" in (
            decision.drops
        ):
            stored = metas[ident]
            after = {
                key: stored[key][0][1] if key in stored else None
                for key in OFFER_METAS
                if key not in decision.drops
            }
            wanted[ident] = lookup_offer(after | decision.sets)
    return wanted
