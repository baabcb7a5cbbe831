"""Booking one order: what is read before the lock, decided, and written under it.

The row of the reference numbers is locked first, as Bizuno itself takes it when it
posts; all else follows in one order, so that no two orders wait for each other. While
it is locked every other order waits. So an order is worked out before, from what is
read without a lock, and written in one trip, which commits it if what it hinges on
is still so. An order that hinges on more is worked out under the lock, in two trips.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from bridge.common.batch import Batch, Figure
from bridge.common.contract.order import Order
from bridge.common.envelope import Messages
from bridge.common.spelling import Spelling

from .auth import ApiUser
from .books import Books
from .books.audit import write_audit
from .books.contacts import ask_customer, create_customer, update_customer
from .books.costing import AVERAGE, Cost, cost_of
from .books.inventory import Stock, ask_items
from .books.journals import INVOICE, ORDER, Entry, replace_entry, write_entry
from .books.periods import ask_calendar, period_for
from .books.posted import Posted, take_out
from .books.references import CUSTOMERS, JOURNALS, ask_references, lock_references
from .intake import entry as entries
from .intake.choice import Choice, choose, unknown
from .intake.rules import Rules, TaxTotal
from .intake.sale import billing_of, plan_sale
from .posting import earnings_of, post_to_ledger, post_to_stock


@dataclass(frozen=True)
class Booked:
    """What became of an order; the ID is known once all is sent.

    So are the digits of its number where there is a ``spelling`` for them, in
    ``number`` and ``messages``.
    """

    id: int | Figure
    journal: int
    number: str
    total: Decimal
    messages: Messages
    spelling: Spelling | None = None


class Clerk:
    """Books one order within a transaction.

    ``plan``, then ``foresee`` or else ``lock`` and ``book`` or ``replace``, then
    ``finish``. What is asked and what is to be written waits in ``batch`` until an
    answer is needed.
    """

    def __init__(
        self,
        batch: Batch,
        books: Books,
        order: Order,
        settings: Mapping[str, str],
        since: int | None = None,
    ) -> None:
        """``settings`` are Bizuno's documents as text (``MODULES`` and ``METAS``).

        ``since`` is the ID of the last entry before the portal's first order. With it
        all is asked that ``foresee`` needs.
        """
        self.batch, self.order = batch, order
        self.messages = Messages()
        self.rules = Rules(settings, books.config)
        self.now = datetime.now(self.rules.timezone())
        self.billing = billing_of(order, self.messages)
        self._calendar = ask_calendar(batch, order.date, self.now.date())
        address, number = vars(self.billing), order.purchase_order
        self._known = ask_customer(batch, address, number, since or 0)
        self._rate = books.quotes.ask_method(batch, order.carrier)
        self._ahead = since is not None and batch.together
        if self._ahead:
            self.references = ask_references(batch)
            self._stock = self._ask_stock(lock=False)

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
        self._stock = self._ask_stock(lock=True)
        if self.customer is None:
            self._known = ask_customer(self.batch, vars(self.billing))

    def _ask_stock(self, *, lock: bool) -> Callable[[], Stock]:
        fixed = self.rules.journal()
        return ask_items(
            self.batch,
            [line.sku for line in self.order.lines],
            layers=fixed != ORDER,
            owed=fixed is None and self.rules.has_stores(),
            lock=lock,
        )

    def foresee(self, user: ApiUser) -> Booked | None:
        """Write a new entry of what was read without a lock, to be committed at once.

        None, and nothing is written, where it takes a lock to say what to write: for a
        new customer, one with an older entry of this number, several stores, and goods
        that do not all come from the first layer. Sending raises NumberTaken or
        Overtaken where others were faster and something is not any more as it was.
        """
        customer, messages = self.customer, Messages()
        if not self._ahead or customer is None or customer.before is not None:
            return None
        stock = self._stock()
        choice = choose(self.rules, self.sale.lines, stock, messages)
        booking = self._booking(choice, stock, int(customer.id), user)
        if choice.journal == INVOICE and not self._is_plain(booking):
            return None
        number = self.references().foresee(self.batch, JOURNALS[choice.journal])
        if number is None:
            return None
        self.messages.extend(messages)
        update_customer(self.batch, customer, vars(self.billing))
        written = self._write(booking, number.text, locked=False)
        return replace(written, spelling=number.spelling)

    def _is_plain(self, booking: entries.Booking) -> bool:
        """True where nothing counts but that the first layers have enough."""
        items = booking.stock.items
        first = {item.layers[0].id for item in items if item.layers}
        return (
            not (booking.cost.owed or self.rules.has_stores())
            and first.issuperset(layer for layer, _ in booking.cost.usage)
            and all(item.cost_method != AVERAGE for item in items)
        )

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
        return self._write(booking, numbers[0], locked=True)

    def _write(self, booking: entries.Booking, number: str, *, locked: bool) -> Booked:
        entry = booking.entry(number)
        post_to_ledger(self.batch, entry, self.calendar, self.accounts.chart)
        written = write_entry(self.batch, entry)
        if locked:
            post_to_stock(self.batch, written, entry, booking)
        else:
            free = self.rules.journal() is None
            post_to_stock(self.batch, written, entry, booking, locked=False, free=free)
        return self._booked(written, entry, booking.stock)

    def replace(self, posted: Posted, user: ApiUser, *, careful: bool) -> Booked:
        """Put this order in the place of an entry, under its ID and number."""
        keeper = earnings_of(self.accounts.chart)
        take_out(self.batch, posted, self.now.date(), keeper)
        self._look()
        stock, known = self._stock(), self._known()
        wanted = [] if known else [CUSTOMERS]
        numbers = self.references().take(self.batch, *wanted, careful=careful)
        choice = Choice(posted.journal, posted.store)
        customer = self._customer(known, numbers)
        booking = self._booking(choice, stock, customer, user)
        entry = booking.entry(posted.number)
        post_to_ledger(self.batch, entry, self.calendar, self.accounts.chart)
        replace_entry(self.batch, posted.id, entry)
        post_to_stock(self.batch, posted.id, entry, booking)
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
        """Send what is still to be written, and commit.

        The audit row comes last: it is never undone.
        """
        name = entries.NAMES[booked.journal]
        number = f"{entries.NUMBER_NAMES[booked.journal]} {booked.number}"
        customer = self.sale.billing.primary_name
        self.batch.seal()
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

    def _booked(self, written: int | Figure, entry: Entry, stock: Stock) -> Booked:
        entries.warn_of_unknown(unknown(self.sale.lines, stock), self.messages)
        name = entries.NUMBER_NAMES[entry.journal]
        self.messages.success(
            f"The journal entry was successfully posted - {name} {entry.number}"
        )
        return Booked(
            written, entry.journal, entry.number, self.sale.total, self.messages
        )
