"""Sales order or sales invoice, and from which store (DECISIONS 37). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bridge.common.envelope import Messages
from bridge.common.money import ZERO, plain

from ..books.costing import AVERAGE
from ..books.inventory import Item, Stock
from ..books.journals import INVOICE, ORDER
from .rules import Rules
from .sale import SaleLine


@dataclass(frozen=True)
class Choice:
    """The journal an order goes to and the store that delivers it."""

    journal: int
    store: int = 0


def choose(
    rules: Rules, lines: Iterable[SaleLine], stock: Stock, messages: Messages
) -> Choice:
    """The journal the merchant fixed, else an invoice where everything is there.

    An invoice that Bizuno itself would not post (a serial number is missing, stock may
    not go below zero) becomes a sales order, so that a person looks.
    """
    lines = list(lines)
    fixed = rules.journal()
    if fixed == ORDER:
        return Choice(ORDER)
    needed = quantities(lines, stock)
    obstacle = next(filter(None, (_obstacle(rules, *one) for one in needed)), None)
    if fixed == INVOICE:
        if obstacle is None:
            return Choice(INVOICE)
        messages.caution(
            f"{obstacle} The order was booked as a sales order instead of an invoice.",
            code="no_invoice",
        )
        return Choice(ORDER)
    if obstacle or unknown(lines, stock):
        return Choice(ORDER)
    if any(item.available < quantity for item, quantity in needed):
        return Choice(ORDER)
    if rules.has_stores() and needed:
        store = _store_with(needed)
        return Choice(ORDER) if store is None else Choice(INVOICE, store)
    return Choice(INVOICE)


def quantities(lines: Iterable[SaleLine], stock: Stock) -> list[tuple[Item, Decimal]]:
    """How much of each tracked item the lines ask for together."""
    sums: dict[int, tuple[Item, Decimal]] = {}
    for line in lines:
        item = stock.find(line.sku)
        if item is not None and item.tracked:
            before = sums.get(item.id, (item, ZERO))[1]
            sums[item.id] = (item, before + line.quantity)
    return list(sums.values())


def unknown(lines: Iterable[SaleLine], stock: Stock) -> list[SaleLine]:
    """The lines that Bizuno has no item for; fees are none by nature."""
    return [line for line in lines if not line.fee and stock.find(line.sku) is None]


def _obstacle(rules: Rules, item: Item, quantity: Decimal) -> str | None:
    """Why Bizuno would refuse an invoice of this item."""
    if item.serialized:
        return f"Item {item.sku} needs a serial number, which the store cannot send."
    strict = item.cost_method == AVERAGE or not rules.allows_negative_stock()
    covered = sum((layer.remaining for layer in item.layers), start=ZERO)
    if strict and covered < quantity:
        return (
            f"There are {plain(covered)} of item {item.sku}, {plain(quantity)} are "
            "ordered, and its stock may not go below zero."
        )
    return None


def _store_with(needed: Iterable[tuple[Item, Decimal]]) -> int | None:
    """The one store that has everything; the oldest stock goes first."""
    needed = list(needed)
    since: dict[int, tuple[str, int]] = {}
    for item, _ in needed:
        for layer in item.layers:
            age = (layer.post_date, layer.id)
            since[layer.store_id] = min(since.get(layer.store_id, age), age)
    for store in sorted(since, key=lambda name: since[name]):
        if all(item.in_store(store) >= quantity for item, quantity in needed):
            return store
    return None
