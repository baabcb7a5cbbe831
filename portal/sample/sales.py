"""The entries of the sample books: the opening purchase and what the store sold.

Orders of the sample shop that are booked: those on hold as open sales orders, the
others as invoices, each with the shipment that the store is told of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bridge.common import sample
from bridge.common.money import to_cents
from bridge.common.sample import SampleOrder

from . import chart, documents, people, stock
from .entries import (
    INVOICE,
    PURCHASE,
    SALES_ORDER,
    Entry,
    address_of,
    entry_of,
    head_of,
    line_of,
)

_METHODS = {"flat_rate": "flat:GND", "free_shipping": "freeshipper:GND"}
_WORDS = {SALES_ORDER: "Sales Order", INVOICE: "Sales"}
_PREFIXES = {SALES_ORDER: "SO", INVOICE: "INV"}


def entries() -> tuple[Entry, ...]:
    """All entries in the order they were made."""
    booked = [order for order in sample.ORDERS if order.booked]
    made = [_opening(booked)]
    count: Counter[int] = Counter()
    for ident, order in enumerate(booked, 2):
        journal = SALES_ORDER if order.status == "on-hold" else INVOICE
        count[journal] += 1
        made.append(_sale(ident, journal, _number(journal, count[journal]), order))
    return tuple(made)


def _number(journal: int, count: int) -> str:
    return f"{_PREFIXES[journal]}{count:05}"


def next_numbers(made: Iterable[Entry]) -> dict[str, str]:
    """The counters after these entries and their shipments."""
    count = Counter(entry.journal for entry in made)
    return {
        "next_ref_j10": _number(SALES_ORDER, count[SALES_ORDER] + 1),
        "next_ref_j12": _number(INVOICE, count[INVOICE] + 1),
        "next_shipment_num": f"SH{count[INVOICE] + 1:05}",
    }


def quantities(made: Iterable[Entry], journal: int) -> Counter[str]:
    """How much of each SKU the entries of one journal hold."""
    found: Counter[str] = Counter()
    for entry in made:
        if entry.journal == journal:
            for line in entry.lines:
                if line["gl_type"] == "itm":
                    found[line["sku"]] += line["qty"]
    return found


def _opening(booked: Iterable[SampleOrder]) -> Entry:
    """The purchase that brought today's stock and all that was sold or ordered."""
    sold: Counter[str] = Counter()
    for order in booked:
        for sku, quantity, _ in order.lines:
            sold[sku] += quantity
    vendor = people.VENDOR
    bought = [
        (entry, entry.stock + sold[entry.sku])
        for entry in stock.ENTRIES
        if entry.kind in stock.TRACKED
    ]
    lines = [
        line_of(
            "itm",
            item_cnt=count,
            sku=entry.sku,
            qty=quantity,
            description=entry.name,
            debit_amount=quantity * entry.item.cost,
            gl_account=chart.INVENTORY,
        )
        for count, (entry, quantity) in enumerate([b for b in bought if b[1]], 1)
    ]
    total = sum((line["debit_amount"] for line in lines), Decimal(0))
    lines.append(
        line_of(
            "ttl",
            description=f"Total: {vendor.name}",
            credit_amount=total,
            gl_account=chart.PAYABLES,
        )
    )
    head = head_of(
        1,
        PURCHASE,
        "LBS-20417",
        date.fromisoformat(stock.OPENED),
        description=f"Purchase: {vendor.name}",
        total_amount=total,
        gl_acct_id=chart.PAYABLES,
        waiting="0",
        **address_of(vendor, "b"),
        **address_of(vendor, "s"),
    )
    return entry_of(head, lines)


def _sale(ident: int, journal: int, number: str, order: SampleOrder) -> Entry:
    """A sales order or an invoice as an order of the store becomes one."""
    who = people.CUSTOMERS[order.customer.email]
    moment = _local(order.when)
    lines = [
        line_of(
            "itm",
            item_cnt=count,
            sku=sku,
            qty=quantity,
            description=stock.BY_SKU[sku].name,
            credit_amount=quantity * price,
            gl_account=chart.STORE_SALES,
        )
        for count, (sku, quantity, price) in enumerate(order.lines, 1)
    ]
    title = order.payment_title.replace(" ", "")
    lines += [
        line_of(
            "frt",
            description="title:Shipping (By Order);resi:0;type:sender",
            credit_amount=order.shipping,
            gl_account=chart.SHIPPING,
        ),
        line_of(
            "tbt",
            description=f"title:Sales Tax (REST)-{who.name};exempt:0",
            credit_amount=order.tax,
            gl_account=chart.SALES_TAX,
        ),
        line_of(
            "ttl",
            description=f"Total: {who.name};method:{order.payment}"
            f";title:{title};status:auth",
            debit_amount=order.total,
            gl_account=chart.RECEIVABLES,
            trans_code=order.transaction,
            date_1=moment.strftime("%Y-%m-%d %H:%M:%S"),
        ),
    ]
    if journal == INVOICE:
        lines += _cost_lines(order, number)
    head = head_of(
        ident,
        journal,
        number,
        moment.date(),
        description=f"{_WORDS[journal]}: {who.name}",
        sales_tax=order.tax,
        freight=order.shipping,
        total_amount=order.total,
        purch_order_id=f"{sample.ORDER_PREFIX}{order.number}",
        notes=order.note or None,
        gl_acct_id=chart.RECEIVABLES,
        method_code=_METHODS[order.shipping_method],
        # making the label of a shipment ends the wait
        waiting=str(int(journal == SALES_ORDER)),
        **address_of(who, "b"),
        **address_of(who, "s"),
    )
    return entry_of(head, lines, order)


def _cost_lines(order: SampleOrder, number: str) -> list[dict[str, Any]]:
    cost = sum(
        (
            to_cents(quantity * stock.BY_SKU[sku].item.cost)
            for sku, quantity, _ in order.lines
        ),
        Decimal(0),
    )
    about = f"inventory_cogs - {number}"
    shared = {"qty": 0, "description": about, "item_ref_id": None, "trans_code": None}
    return [
        line_of("cog", credit_amount=cost, gl_account=chart.INVENTORY, **shared),
        line_of("cog", debit_amount=cost, gl_account=chart.COST, **shared),
    ]


def _local(utc: str) -> datetime:
    moment = datetime.strptime(utc, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(documents.TIMEZONE))
