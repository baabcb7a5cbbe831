"""Booking one order: what is read before the lock, decided under it, and written.

The row of the reference numbers is locked first, as Bizuno itself takes it when it
posts; all else follows in one order, so that no two orders wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from bridge.common.batch import Batch
from bridge.common.contract.order import Order
from bridge.common.envelope import Messages

from .auth import ApiUser
from .books import Books
from .books.audit import write_audit
from .books.balances import post_balances
from .books.contacts import create_customer, find_customer, update_customer
from .books.costing import Cost, cost_of
from .books.inventory import (
    Stock,
    add_ordered,
    add_stock,
    owe,
    read_items,
    use_layers,
)
from .books.journals import INVOICE, ORDER, Entry, replace_entry, write_entry
from .books.periods import period_for, read_calendar
from .books.posted import Posted, take_out
from .books.references import CUSTOMERS, JOURNALS, lock_references
from .books.settings import read_documents
from .intake import entry as entries
from .intake.accounts import EARNINGS
from .intake.choice import Choice, choose, unknown
from .intake.rules import METAS, MODULES, Rules, TaxTotal
from .intake.sale import plan_sale


@dataclass(frozen=True)
class Booked:
    """What became of an order."""

    id: int
    journal: int
    number: str
    total: Decimal
    messages: Messages


class Clerk:
    """Books one order within a transaction.

    ``lock``, then ``book`` or ``replace``, then ``finish``: until then, what needs no
    answer waits in ``batch``.
    """

    def __init__(
        self, conn: Connection, books: Books, order: Order, user: ApiUser, address: str
    ) -> None:
        self.conn, self.order, self.user, self.address = conn, order, user, address
        self.messages, self.batch = Messages(), Batch(conn)
        self.rules = Rules(
            read_documents(conn, MODULES, METAS),
            books.config,
            books.quotes.method(conn, order.carrier),
        )
        self.accounts = self.rules.accounts()
        self.now = datetime.now(self.rules.timezone())
        self.sale = plan_sale(order, self.rules, self.messages)
        self.billing = vars(self.sale.billing)
        self.calendar = read_calendar(conn, order.date, self.now.date())
        place = "General.OrderDate"
        self.period = period_for(self.calendar, order.date, place, self.messages)
        self.customer = find_customer(conn, self.billing)

    def lock(self) -> None:
        """Wait until every other order is booked; numbers and stock are ours now."""
        self.references = lock_references(self.conn)

    def book(self) -> Booked:
        """Write a new entry."""
        stock = self._stock()
        choice = choose(self.rules, self.sale.lines, stock, self.messages)
        known, wanted = self._known_customer(), [JOURNALS[choice.journal]]
        numbers = self.references.take(
            self.conn, *wanted, *([] if known else [CUSTOMERS])
        )
        customer = self._customer(known, numbers[1:])
        booking = self._booking(choice, stock, customer)
        entry = booking.entry(numbers[0])
        self._post_balances(entry)
        written = write_entry(self.conn, self.batch, entry)
        self._write_effects(written, entry, booking)
        return self._booked(written, entry, stock)

    def replace(self, posted: Posted) -> Booked:
        """Put this order in the place of an entry, under its ID and number."""
        take_out(self.conn, posted, self.now.date(), self._earnings)
        stock = self._stock()
        known = self._known_customer()
        numbers = self.references.take(self.conn, *([] if known else [CUSTOMERS]))
        choice = Choice(posted.journal, posted.store)
        booking = self._booking(choice, stock, self._customer(known, numbers))
        entry = booking.entry(posted.number)
        self._post_balances(entry)
        replace_entry(self.conn, self.batch, posted.id, entry)
        self._write_effects(posted.id, entry, booking)
        return self._booked(posted.id, entry, stock)

    def preview(self) -> tuple[Entry, int | None]:
        """The entry this order would become, and its customer; nothing is written.

        The number is ``(next)``; a customer of None would be created.
        """
        stock = self._stock()
        choice = choose(self.rules, self.sale.lines, stock, self.messages)
        entries.warn_of_unknown(unknown(self.sale.lines, stock), self.messages)
        customer = int(self.customer.id) if self.customer else None
        booking = self._booking(choice, stock, customer or 0)
        return booking.entry("(next)"), customer

    def finish(self, booked: Booked) -> None:
        """Send what is still to be written, the audit row last: it is never undone."""
        name = entries.NAMES[booked.journal]
        number = f"{entries.NUMBER_NAMES[booked.journal]} {booked.number}"
        customer = self.sale.billing.primary_name
        total = self.rules.currency().show(self.sale.total)
        write_audit(
            self.batch,
            self.user.id,
            self.address,
            f"{name}-Save {number} - {customer} (rID={booked.id}) Total: {total}",
        )
        self.batch.send()

    def _stock(self) -> Stock:
        fixed = self.rules.journal()
        return read_items(
            self.conn,
            [line.sku for line in self.sale.lines],
            layers=fixed != ORDER,
            owed=fixed is None and self.rules.has_stores(),
        )

    def _booking(self, choice: Choice, stock: Stock, customer: int) -> entries.Booking:
        cost = Cost()
        if choice.journal == INVOICE:
            cost = self._cost(choice, stock)
        return entries.Booking(
            sale=self.sale,
            choice=choice,
            stock=stock,
            cost=cost,
            accounts=self.accounts,
            tax_total=self._tax_total(choice.journal),
            customer=customer,
            user=self.user.id,
            period=self.period,
            now=self.now,
        )

    def _cost(self, choice: Choice, stock: Stock) -> Cost:
        only = choice.store if self.rules.isolates_stores() else None
        return cost_of(
            entries.takes(self.sale.lines, stock, self.accounts),
            entries.layers(stock.items, only),
            self.sale.post_date,
            choice.store,
        )

    def _tax_total(self, journal: int) -> TaxTotal:
        total = self.rules.tax_total(self.accounts, journal)
        if self.sale.tax and not total.enabled:
            self.messages.warning(
                "No tax total of Bizuno is switched on; the tax was booked to account "
                f"{total.account}. Switch on Sales Tax (REST) in PhreeBooks' settings.",
                code="no_tax_total",
            )
        return total

    def _known_customer(self) -> Row[Any] | None:
        """A new customer is looked for again now that all others wait."""
        return self.customer or find_customer(self.conn, self.billing)

    def _customer(self, known: Row[Any] | None, numbers: list[str]) -> int:
        """The customer's ID: kept up to date, or created under a new number."""
        if known is not None:
            update_customer(self.conn, known, self.billing)
            return int(known.id)
        account, today = self.accounts.new_customer(), self.now.date()
        return create_customer(self.conn, self.billing, numbers[0], account, today)

    def _write_effects(
        self, written: int, entry: Entry, booking: entries.Booking
    ) -> None:
        """Open orders of a sales order; cost and stock of an invoice."""
        changes = entries.changes(self.sale.lines, booking.stock, entry.journal)
        if entry.journal == ORDER:
            add_ordered(self.batch, changes)
            return
        cost, store = booking.cost, booking.choice.store
        use_layers(self.batch, written, cost.usage)
        owe(self.batch, written, cost.owed, entry.post_date, store)
        add_stock(self.batch, {item: -amount for item, amount in changes.items()})

    def _post_balances(self, entry: Entry) -> None:
        if entry.journal == INVOICE:
            post_balances(
                self.conn,
                entry.movements(),
                entry.period,
                entry.post_date,
                self.calendar,
                self._earnings,
            )

    def _booked(self, written: int, entry: Entry, stock: Stock) -> Booked:
        entries.warn_of_unknown(unknown(self.sale.lines, stock), self.messages)
        name = entries.NUMBER_NAMES[entry.journal]
        self.messages.success(
            f"The journal entry was successfully posted - {name} {entry.number}"
        )
        return Booked(
            written, entry.journal, entry.number, self.sale.total, self.messages
        )

    def _earnings(self, account: str) -> str | None:
        chart = self.accounts.chart
        return chart.defaults.get(EARNINGS) if chart.closes_yearly(account) else None
