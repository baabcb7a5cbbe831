"""Which ledger account an amount goes to: settings first, then the chart's defaults.

A blank setting falls back, one that names an account the chart does not have is
refused (DECISIONS 41): Bizuno itself cannot post to it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.common.errors import Unprocessable

from ..books.settings import decode, dig

CASH, RECEIVABLES, STOCK, LIABILITIES, SALES, COST, EARNINGS = 0, 2, 4, 22, 30, 32, 44
"""Types of ledger accounts, as Bizuno numbers them."""
_CLOSED_YEARLY = (SALES, COST, 34, 42, EARNINGS)


@dataclass(frozen=True)
class Chart:
    """The chart of accounts: type by account, default account by type."""

    types: Mapping[str, int]
    defaults: Mapping[int, str]

    def closes_yearly(self, account: str) -> bool:
        """True where the balance goes to retained earnings at the end of a year."""
        return self.types.get(account) in _CLOSED_YEARLY


@functools.lru_cache(maxsize=16)
def read_chart(document: str) -> Chart:
    """The chart from Bizuno's own document, which is a list or an object of rows."""
    rows = decode(document)
    types: dict[str, int] = {}
    defaults: dict[int, str] = {}
    for row in rows.values() if isinstance(rows, dict) else rows or ():
        if not isinstance(row, dict) or not str(row.get("type", "")).isdigit():
            continue
        account, kind = str(row.get("id", "")), int(row["type"])
        types[account] = kind
        if row.get("default") not in (None, "", 0, "0"):
            defaults.setdefault(kind, account)
    return Chart(types, defaults)


@dataclass(frozen=True)
class Accounts:
    """The accounts of an order; ``settings`` are Bizuno's documents by module.

    Each method raises Unprocessable naming the setting where there is no account.
    """

    chart: Chart
    settings: Mapping[str, Mapping[str, object]]
    difference_account: str | None = None

    def receivables(self) -> str:
        """The account of an order's total."""
        return self._pick(
            "gl_receivables of the API settings",
            RECEIVABLES,
            self._setting("api", "bizuno_api.gl_receivables"),
            self._setting("phreebooks", "customers.gl_receivables"),
        )

    def sales(self) -> str:
        """The account of an order's lines."""
        return self._pick(
            "gl_sales of the API settings",
            SALES,
            self._setting("api", "bizuno_api.gl_sales"),
            self._setting("phreebooks", "customers.gl_sales"),
        )

    def freight(self) -> str:
        """The account of shipping charges."""
        return self._pick(
            "gl_shipping_c of the shipping settings",
            SALES,
            self._setting("shipping", "general.gl_shipping_c"),
            self._setting("phreebooks", "customers.gl_sales"),
        )

    def tax(self, method_account: str = "") -> str:
        """The account of sales tax; that of the tax total itself comes first."""
        return self._pick(
            "gl_tax of the API settings",
            LIABILITIES,
            method_account,
            self._setting("api", "bizuno_api.gl_tax"),
            self._setting("phreebooks", "vendors.gl_liability"),
            self._setting("phreebooks", "customers.gl_liability"),
        )

    def difference(self) -> str:
        """The account of what the store did not itemise."""
        where = "difference_account of the portal's configuration"
        return self._pick(where, SALES, self.difference_account or self.sales())

    def stock(self, sku: str, kind: str, account: str | None) -> str:
        """The inventory account of an item of type ``kind``."""
        default = self._setting("inventory", f"phreebooks.inv_{kind}")
        return self._pick(f"gl_inv of item {sku}", STOCK, account, default)

    def cost(self, sku: str, kind: str, account: str | None) -> str:
        """The cost account of an item of type ``kind``."""
        default = self._setting("inventory", f"phreebooks.cogs_{kind}")
        return self._pick(f"gl_cogs of item {sku}", COST, account, default)

    def new_customer(self) -> str | None:
        """The sales account a new customer gets; None where that is blank."""
        return self._setting("phreebooks", "customers.gl_sales") or None

    def _setting(self, module: str, path: str) -> str:
        found = dig(self.settings.get(module), f"settings.{path}")
        return str(found).strip() if isinstance(found, (str, int)) else ""

    def _pick(self, setting: str, kind: int, *candidates: str | None) -> str:
        account = next(filter(None, candidates), None) or self.chart.defaults.get(kind)
        if not account:
            raise Unprocessable(
                f"Bizuno has no ledger account for this order; fill in {setting}.",
                code="no_account",
            )
        if self.chart.types and account not in self.chart.types:
            raise Unprocessable(
                f"Account {account} is not in Bizuno's chart of accounts; "
                f"correct {setting}.",
                code="unknown_account",
            )
        return account
