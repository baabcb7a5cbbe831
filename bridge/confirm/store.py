"""Confirmations in the shop's database: one look, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from ..common.contract.shipment import Shipment
from ..shop import Shop
from ..wordpress.cache_keys import Stale
from ..wordpress.clock import CLOCK_OPTIONS, site_zone
from ..wordpress.notes import Note, add_notes, author_address, customer_notes
from ..wordpress.options import read_options, unpack
from ..wordpress.orders import (
    STORAGE_OPTIONS,
    Storage,
    order_prefix,
    order_statuses,
    set_status,
    status_label,
)
from ..wordpress.plugin import PLUGIN_OPTIONS, read_plugin
from ..wordpress.queue import Action, enqueue
from ..wordpress.transients import reset_order_caches
from .plan import Decision, Rules, mail_args, order_number, plan_confirmations

MAIL_HOOK = "woocommerce_new_customer_note"
_CHANGED_HOOK = "woocommerce_order_status_changed"
# the plugin that registers the status "shipped"; its folder's name is free
_PLUGIN_FILE = "/bizuno-api.php"
_OPTIONS = (
    "active_plugins",
    *PLUGIN_OPTIONS,
    "siteurl",
    *STORAGE_OPTIONS,
    *CLOCK_OPTIONS,
)


@dataclass(frozen=True)
class Look:
    """The shop as one transaction sees it, and what was decided on that."""

    options: Mapping[str, str]
    rules: Rules
    decisions: list[Decision]


def look_at(shop: Shop, shipments: Sequence[Shipment]) -> list[Decision]:
    """What ``carry_out`` would decide now; writes nothing."""
    with shop.database.read() as conn:
        return _look(conn, shop, shipments, lock=False).decisions


def carry_out(
    shop: Shop, shipments: Sequence[Shipment], source: str
) -> tuple[list[Decision], Stale]:
    """Decide and write, in one transaction that also holds the ledger's run.

    What caches keep of the orders that changed is stale from then on.
    """

    def work(conn: Connection) -> tuple[list[Decision], Stale]:
        run = shop.ledger.start(conn, "order/confirm", source, len(shipments))
        look = _look(conn, shop, shipments, lock=True)
        stale = _write(conn, shop, look)
        results = [decision.result for decision in look.decisions]
        changes = {
            at: decision.changes
            for at, decision in enumerate(look.decisions)
            if decision.changes
        }
        shop.ledger.finish(conn, run, results, changes=changes)
        return look.decisions, stale

    return shop.database.run(work)


def rules_of(shop: Shop, options: Mapping[str, str]) -> Rules:
    """The rules of this shop: the configuration, else what its own options say."""
    config = shop.config
    prefix = order_prefix(config.order_prefix, read_plugin(options))
    shipped = config.shipped_status
    if shipped == "auto":
        plugins = unpack(options.get("active_plugins")).values()
        active = any(f"/{name}".endswith(_PLUGIN_FILE) for name in plugins)
        shipped = "shipped" if active else "completed"
    return Rules(prefix, shipped.removeprefix("wc-"), config.shipped_hooks)


def _look(
    conn: Connection, shop: Shop, shipments: Sequence[Shipment], *, lock: bool
) -> Look:
    options = read_options(conn, shop.tables, _OPTIONS)
    rules = rules_of(shop, options)
    numbers = (order_number(one.reference, rules.prefix) for one in shipments)
    ids = [number for number in numbers if isinstance(number, int)]
    storage = Storage.of(options)
    statuses = order_statuses(conn, shop.tables, storage, ids, lock=lock)
    # read under the locks: what a call before us told the customer is seen
    told = customer_notes(conn, shop.tables, statuses)
    decisions = plan_confirmations(shipments, rules, statuses, told)
    return Look(options, rules, decisions)


def _write(conn: Connection, shop: Shop, look: Look) -> Stale:
    notes, actions, moved = _effects(look)
    if not notes:
        return Stale()
    now, zone = datetime.now(UTC), site_zone(look.options)
    site = shop.config.site_url or look.options.get("siteurl", "")
    add_notes(conn, shop.tables, notes, author=author_address(site), now=now, zone=zone)
    enqueue(conn, shop.tables, actions, now=now, zone=zone)
    set_status(
        conn,
        shop.tables,
        Storage.of(look.options),
        moved,
        look.rules.shipped,
        now=now,
        zone=zone,
    )
    reset_order_caches(conn, shop.tables)
    left = {one.moved_from for one in look.decisions if one.moved_from}
    statuses = left | {look.rules.shipped} if left else set()
    return Stale(
        orders=frozenset(note.order_id for note in notes),
        statuses=frozenset(f"wc-{status}" for status in statuses),
    )


def _effects(look: Look) -> tuple[list[Note], list[Action], list[int]]:
    """The notes and actions to add and the orders to move, as WooCommerce orders them.

    The customer's note comes first, so that its mail shows the order as it was.
    """
    rules = look.rules
    notes: list[Note] = []
    actions: list[Action] = []
    moved: list[int] = []
    for decision in look.decisions:
        order_id, was = decision.result.id, decision.moved_from
        if order_id is None:
            continue
        if decision.note:
            notes.append(Note(order_id, decision.note, for_customer=True))
            actions.append(Action(MAIL_HOOK, mail_args(order_id, decision.note)))
        if was:
            before, after = status_label(was), status_label(rules.shipped)
            text = f"Order status changed from {before} to {after}."
            notes.append(Note(order_id, text))
            moved.append(order_id)
            for hook in rules.hooks:
                actions.append(Action(hook, _hook_args(hook, order_id, was, rules)))
    return notes, actions, moved


def _hook_args(hook: str, order_id: int, was: str, rules: Rules) -> list[Any]:
    """Arguments as WooCommerce passes them, without the object that cannot travel."""
    if hook == _CHANGED_HOOK:
        return [order_id, was, rules.shipped]
    return [order_id]
