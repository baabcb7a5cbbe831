"""Booking one order: what is read before the lock, decided under it, and written.

The row of the reference numbers is locked first, as Bizuno itself takes it when it
posts; all else follows in one order, so that no two orders wait for each other. While
it is locked every other order waits, so what needs no lock is done before, and there
are two trips to the database under it: one that reads stock, one that writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from bridge.common.batch import Batch, Figure
from bridge.common.contract.order import Order
from bridge.common.envelope import Messages

from .auth import ApiUser
from .books import Books
from .books.audit import write_audit
from .books.balances import post_balances
from .books.contacts import ask_customer, create_customer, update_customer
from .books.costing import Cost, cost_of
from .books.inventory import (
    Stock,
    add_ordered,
    add_stock,
    ask_items,
    owe,
    use_layers,
)
from .books.journals import INVOICE, ORDER, Entry, replace_entry, write_entry
from .books.periods import ask_calendar, period_for
from .books.posted import Posted, take_out
from .books.references import CUSTOMERS, JOURNALS, lock_references
from .intake import entry as entries
from .intake.accounts import EARNINGS
from .intake.choice import Choice, choose, unknown
from .intake.rules import Rules, TaxTotal
from .intake.sale import billing_of, plan_sale


@dataclass(frozen=True)
class Booked:
    """What became of an order; the ID is known once all is sent."""

    id: int | Figure
    journal: int
    number: str
    total: Decimal
    messages: Messages


class Clerk:
    """Books one order within a transaction.

    ``plan``, ``lock``, then ``book`` or ``replace``, then ``finish``. What is asked and
    what is to be written waits in ``batch`` until an answer is needed.
    """

    def __init__(
        self, batch: Batch, books: Books, order: Order, settings: Mapping[str, str]
    ) -> None:
        """``settings`` are Bizuno's documents as text (``MODULES`` and ``METAS``)."""
        self.batch, self.order = batch, order
        self.messages = Messages()
        self.rules = Rules(settings, books.config)
        self.now = datetime.now(self.rules.timezone())
        self.billing = billing_of(order, self.messages)
        self._calendar = ask_calendar(batch, order.date, self.now.date())
        self._known = ask_customer(batch, vars(self.billing))
        self._rate = books.quotes.ask_method(batch, order.carrier)

    def plan(self) -> None:
        """Work out all that needs no lock; raises Unprocessable where that fails."""
        self.sale = plan_sale(self.order, self.billing, self.rules, self.messages)
        self.total = self.rules.currency().show(self.sale.total)
        self.accounts = self.rules.accounts()
        self.method = self.rules.shipping_method(self.order.carrier, self._rate())
        self.calendar = self._calendar()
        place = "General.OrderDate"
        self.period = period_for(self.calendar, self.order.date, place, self.messages)
        self.customer = self._known()

    def lock(self, *, new: bool) -> None:
        """Let every other order wait until this one is booked.

        A ``new`` one needs its items and, of a customer that nobody knew, another look.
        """
        self.references = lock_references(self.batch)
        if new:
            self._look()

    def _look(self) -> None:
        fixed = self.rules.journal()
        self._stock = ask_items(
            self.batch,
            [line.sku for line in self.sale.lines],
            layers=fixed != ORDER,
            owed=fixed is None and self.rules.has_stores(),
        )
        if self.customer is None:
            self._known = ask_customer(self.batch, vars(self.billing))

    def book(self, user: ApiUser, *, careful: bool) -> Booked:
        """Write a new entry; ``careful`` about numbers as ``References.take`` is."""
        stock = self._stock()
        choice = choose(self.rules, self.sale.lines, stock, self.messages)
        known, wanted = self._known(), [JOURNALS[choice.journal]]
        numbers = self.references().take(
            self.batch, *wanted, *([] if known else [CUSTOMERS]), careful=careful
        )
        customer = self._customer(known, numbers[1:])
        booking = self._booking(choice, stock, customer, user)
        entry = booking.entry(numbers[0])
        self._post_balances(entry)
        written = write_entry(self.batch, entry)
        self._write_effects(written, entry, booking)
        return self._booked(written, entry, stock)

    def replace(self, posted: Posted, user: ApiUser, *, careful: bool) -> Booked:
        """Put this order in the place of an entry, under its ID and number."""
        take_out(self.batch, posted, self.now.date(), self._earnings)
        self._look()
        stock, known = self._stock(), self._known()
        wanted = [] if known else [CUSTOMERS]
        numbers = self.references().take(self.batch, *wanted, careful=careful)
        choice = Choice(posted.journal, posted.store)
        customer = self._customer(known, numbers)
        booking = self._booking(choice, stock, customer, user)
        entry = booking.entry(posted.number)
        self._post_balances(entry)
        replace_entry(self.batch, posted.id, entry)
        self._write_effects(posted.id, entry, booking)
        return self._booked(posted.id, entry, stock)

    def preview(self, user: ApiUser) -> tuple[Entry, int | None]:
        """The entry this order would become, and its customer; nothing is written.

        The number is ``(next)``; a customer of None would be created.
        """
        self._look()
        stock = self._stock()
        choice = choose(self.rules, self.sale.lines, stock, self.messages)
        entries.warn_of_unknown(unknown(self.sale.lines, stock), self.messages)
        customer = int(self.customer.id) if self.customer else None
        booking = self._booking(choice, stock, customer or 0, user)
        return booking.entry("(next)"), customer

    def finish(self, booked: Booked, user: ApiUser, address: str) -> None:
        """Send what is still to be written, the audit row last: it is never undone."""
        name = entries.NAMES[booked.journal]
        number = f"{entries.NUMBER_NAMES[booked.journal]} {booked.number}"
        customer = self.sale.billing.primary_name
        write_audit(
            self.batch,
            user.id,
            address,
            f"{name}-Save {number} - {customer} (rID=",
            booked.id,
            f") Total: {self.total}",
        )
        self.batch.send()

    def _booking(
        self, choice: Choice, stock: Stock, customer: int | Figure, user: ApiUser
    ) -> entries.Booking:
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
            method=self.method,
            customer=customer,
            user=user.id,
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

    def _customer(self, known: Row[Any] | None, numbers: list[str]) -> int | Figure:
        """The customer's ID: kept up to date, or created under a new number."""
        address = vars(self.billing)
        if known is not None:
            update_customer(self.batch, known, address)
            return int(known.id)
        account, today = self.accounts.new_customer(), self.now.date()
        return create_customer(self.batch, address, numbers[0], account, today)

    def _write_effects(
        self, written: int | Figure, entry: Entry, booking: entries.Booking
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
                self.batch,
                entry.movements(),
                entry.period,
                entry.post_date,
                self.calendar,
                self._earnings,
            )

    def _booked(self, written: int | Figure, entry: Entry, stock: Stock) -> Booked:
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
