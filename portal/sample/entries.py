"""Journal entries of the sample books as values: a head and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bridge.common.sample import SampleOrder

from . import calendar, people

PURCHASE, SALES_ORDER, INVOICE = 6, 10, 12
POSTED = (PURCHASE, INVOICE)
"""The journals that move the balances of accounts."""


@dataclass(frozen=True)
class Entry:
    """One journal entry: its head, its lines and, for a sale, the order behind it."""

    head: dict[str, Any]
    lines: tuple[dict[str, Any], ...]
    order: SampleOrder | None = None

    @property
    def id(self) -> int:
        return int(self.head["id"])

    @property
    def journal(self) -> int:
        return int(self.head["journal_id"])


def head_of(
    ident: int, journal: int, number: str, day: date, **more: Any
) -> dict[str, Any]:
    return {
        "id": ident,
        "journal_id": journal,
        "invoice_num": number,
        "period": calendar.period_of(day),
        "post_date": day,
        "terminal_date": day,
        "sales_tax": 0,
        "freight": 0,
        "purch_order_id": None,
        "notes": None,
        "method_code": None,
        "recur_id": 0,
        "admin_id": None,
        **more,
    }


def address_of(who: people.Person, side: str) -> dict[str, Any]:
    fields = {
        "contact_id": who.id,
        "primary_name": who.name,
        "contact": who.contact,
        "address1": who.street,
        "city": who.city,
        "state": who.state,
        "postal_code": who.postcode,
        "country": who.country,
        "telephone1": who.phone,
        "email": who.email,
    }
    return {f"{name}_{side}": value for name, value in fields.items()}


def line_of(gl_type: str, **more: Any) -> dict[str, Any]:
    return {
        "item_ref_id": 0,
        "gl_type": gl_type,
        "item_cnt": 0,
        "sku": None,
        "qty": 1,
        "debit_amount": Decimal(0),
        "credit_amount": Decimal(0),
        "trans_code": "",
        "date_1": None,
        **more,
    }


def entry_of(
    head: dict[str, Any],
    lines: list[dict[str, Any]],
    order: SampleOrder | None = None,
) -> Entry:
    keys = {"ref_id": head["id"], "post_date": head["post_date"]}
    return Entry(head, tuple({**line, **keys} for line in lines), order)
