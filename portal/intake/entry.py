"""A sale as a journal entry: the rows Bizuno itself would write. Pure.

Order of the rows, their types, texts and sides are those of Bizuno's own cart import.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from bridge.common.batch import Figure
from bridge.common.envelope import Messages
from bridge.common.money import ZERO

from ..books.costing import Cost, Layer, Take
from ..books.inventory import Item, Stock
from ..books.journals import INVOICE, ORDER, Entry, Posting
from ..books.tables import journal_item, journal_main
from .accounts import CASH, Accounts
from .choice import Choice
from .rules import TaxTotal
from .sale import Party, Sale, SaleLine, length

NAMES = {ORDER: "Sales Order", INVOICE: "Sales"}
NUMBER_NAMES = {ORDER: "SO #", INVOICE: "Reference #"}
DIFFERENCE = "Not itemised by the store"
_FREIGHT = "title:Shipping (By Order);resi:0;type:sender"
_TAX_TEXTS = {
    "tax_rest": "title:Sales Tax (REST)-{};exempt:0",
    "tax_other": "Sales Tax (Amount): {}",
    "tax_item": "Sales Tax (By Item): {}",
    "tax_order": "Sales Tax (By Order): {}",
}


@dataclass(frozen=True)
class Booking:
    """Everything decided about a sale.

    ``method`` is how it is shipped, ``now`` on the clock of the business.
    """

    sale: Sale
    choice: Choice
    stock: Stock
    cost: Cost
    accounts: Accounts
    tax_total: TaxTotal
    method: str
    customer: int | Figure
    user: int
    period: int
    now: datetime

    def entry(self, number: str) -> Entry:
        """The journal entry under this number."""
        return Entry(
            journal=self.choice.journal,
            number=number,
            period=self.period,
            post_date=self.sale.post_date,
            head=self._head(),
            postings=tuple(self._postings(number)),
        )

    def _head(self) -> dict[str, Any]:
        sale, receivables = self.sale, self.accounts.receivables()
        cash = self.accounts.chart.types.get(receivables) == CASH
        closed = self.choice.journal == INVOICE and (not sale.total or cash)
        title = f"{NAMES[self.choice.journal]}: {sale.billing.primary_name}"
        return {
            "store_id": self.choice.store,
            "description": title[: length(journal_main.c.description)],
            "discount": max(-sale.difference, ZERO),
            "sales_tax": sale.tax,
            "freight": sale.freight,
            "total_amount": sale.total,
            "purch_order_id": sale.purchase_order,
            "closed": "1" if closed else "0",
            "closed_date": sale.post_date if closed else None,
            "waiting": "1",
            "notes": sale.notes or None,
            **_address(sale.billing, "b", self.customer),
            **_address(sale.shipping, "s", self.customer),
            "gl_acct_id": receivables,
            "method_code": self.method,
            "currency": sale.currency,
            "currency_rate": sale.rate,
            "recur_id": 0,
            "admin_id": self.user,
        }

    def _postings(self, number: str) -> Iterator[Posting]:
        sale, name = self.sale, self.sale.billing.primary_name
        sales = self.accounts.sales()
        for at, line in enumerate(sale.lines, start=1):
            yield _line(line, at, sales, self.stock)
        if sale.difference:
            yield self._difference(len(sale.lines) + 1)
        yield Posting("frt", self.accounts.freight(), _FREIGHT, credit=sale.freight)
        total = self.tax_total
        # Bizuno writes the row of tax_rest whatever the amount
        if sale.tax or (total.code == "tax_rest" and total.enabled):
            text = _TAX_TEXTS[total.code].format(name)
            yield Posting(total.gl_type, total.account, text, credit=sale.tax)
        yield Posting(
            "ttl",
            self.accounts.receivables(),
            f"Total: {name}{sale.payment}"[: length(journal_item.c.description)],
            debit=sale.total,
            trans_code=sale.transaction,
            date_1=f"{sale.post_date} {self.now:%H:%M:%S}",
        )
        for account, (credit, debit) in self.cost.ledger.items():
            yield Posting(
                "cog",
                account,
                f"inventory_cogs - {number}",
                credit=credit,
                debit=debit,
                quantity=ZERO,
                item_ref_id=None,
                trans_code=None,
            )

    def _difference(self, item_cnt: int) -> Posting:
        """A charge is a line more, what is missing a discount of the whole order.

        Bizuno turns a debit of a line into a credit when a person edits the entry; a
        discount it keeps.
        """
        account, amount = self.accounts.difference(), self.sale.difference
        if amount > ZERO:
            return Posting("itm", account, DIFFERENCE, credit=amount, item_cnt=item_cnt)
        return Posting("dsc", account, DIFFERENCE, debit=-amount)


def takes(lines: tuple[SaleLine, ...], stock: Stock, accounts: Accounts) -> list[Take]:
    """What an invoice of these lines takes from stock."""
    out = []
    for line in lines:
        item = stock.find(line.sku)
        if item is not None and item.tracked:
            pair = (
                accounts.stock(item.sku, item.kind, item.stock_account),
                accounts.cost(item.sku, item.kind, item.cost_account),
            )
            method, cost = item.cost_method, item.cost
            out.append(Take(line.sku, item.id, line.quantity, method, cost, pair))
    return out


def layers(items: list[Item], store: int | None) -> dict[int, list[Layer]]:
    """The layers by item, those of one store only where ``store`` is given."""
    return {
        item.id: [one for one in item.layers if store in (None, one.store_id)]
        for item in items
    }


def changes(
    lines: tuple[SaleLine, ...], stock: Stock, journal: int
) -> dict[int, Decimal]:
    """How much each item's open orders rise, or its stock falls, by item ID."""
    out: dict[int, Decimal] = {}
    for line in lines:
        item = stock.find(line.sku)
        if item and (item.orderable if journal == ORDER else item.tracked):
            out[item.id] = out.get(item.id, ZERO) + line.quantity
    return out


def warn_of_unknown(lines: list[SaleLine], messages: Messages) -> None:
    """Say which lines have no item in Bizuno."""
    for line in lines:
        place = f"{line.place}.ItemID"
        what = f"{line.sku} is not in Bizuno's inventory" if line.sku else "is empty"
        messages.warning(
            f"{place} {what}; the line was booked as text. Please check the order.",
            field=place,
            code="unknown_sku",
        )


def _line(line: SaleLine, at: int, account: str, stock: Stock) -> Posting:
    known = stock.find(line.sku) is not None
    text = line.description
    if line.sku and not known and line.sku not in text:
        text = f"{text} ({line.sku})".strip()
    return Posting(
        "itm",
        account,
        text[: length(journal_item.c.description)],
        credit=line.amount,
        quantity=line.quantity,
        item_cnt=at,
        sku=line.sku if known else None,
        full_price=line.full_price,
    )


def _address(party: Party, suffix: str, customer: int | Figure) -> dict[str, Any]:
    values: dict[str, Any] = {
        f"{name}_{suffix}": text or None for name, text in vars(party).items()
    }
    values[f"contact_id_{suffix}"] = customer
    return values
