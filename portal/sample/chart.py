"""The chart of accounts of the sample books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CASH, RECEIVABLES, INVENTORY = "1010-00", "1100-00", "1200-00"
PAYABLES, SALES_TAX = "2000-00", "2500-00"
RETAINED = "3800-00"
SALES, STORE_SALES, DISCOUNTS, SERVICES = "4000-00", "4000-03", "4010-00", "4020-00"
SHIPPING, DIFFERENCES = "4500-00", "4900-00"
COST, FREIGHT, EXPENSE = "5000-00", "5500-00", "7000-00"

TEMPORARY_TYPES = (30, 32, 34)
"""Income, cost of sales and expenses: closed at the end of each fiscal year."""


@dataclass(frozen=True)
class Account:
    """One account; ``type`` is Bizuno's: 0 cash, 2 receivable, 4 inventory, ...

    Each type has one ``default`` account, which settings fall back to.
    """

    number: str
    type: int
    title: str
    default: bool = False


ACCOUNTS = (
    Account("1000-00", 0, "Petty cash"),
    Account(CASH, 0, "Checking account", True),
    Account("1020-00", 0, "Undeposited card payments"),
    Account(RECEIVABLES, 2, "Accounts receivable", True),
    Account(INVENTORY, 4, "Inventory", True),
    Account("1420-00", 6, "Prepaid expenses", True),
    Account("1500-00", 8, "Workshop equipment", True),
    Account("1600-00", 10, "Accumulated depreciation", True),
    Account("1900-00", 12, "Deposits paid", True),
    Account(PAYABLES, 20, "Accounts payable", True),
    Account(SALES_TAX, 22, "Sales tax payable", True),
    Account("2510-00", 22, "Payroll liabilities"),
    Account("2550-00", 22, "Customer deposits"),
    Account("2800-00", 24, "Bank loan", True),
    Account("3600-00", 40, "Owner's equity", True),
    Account("3900-00", 42, "Owner's drawings", True),
    Account(RETAINED, 44, "Retained earnings", True),
    Account(SALES, 30, "Sales over the counter", True),
    Account(STORE_SALES, 30, "Sales in the web store"),
    Account(DISCOUNTS, 30, "Discounts given"),
    Account(SERVICES, 30, "Workshop services"),
    Account(SHIPPING, 30, "Shipping charged"),
    Account(DIFFERENCES, 30, "Differences of web orders"),
    Account(COST, 32, "Cost of goods sold", True),
    Account("5200-00", 32, "Inventory adjustments"),
    Account(FREIGHT, 32, "Freight"),
    Account("6020-00", 34, "Advertising"),
    Account("6060-00", 34, "Bank and card fees"),
    Account("6160-00", 34, "Rent"),
    Account("6180-00", 34, "Wages"),
    Account("6300-00", 34, "Utilities"),
    Account(EXPENSE, 34, "Other expenses", True),
)


def chart_of_accounts() -> dict[str, dict[str, Any]]:
    """The document ``chart_of_accounts``."""
    return {
        a.number: {
            "id": a.number,
            "inactive": 0,
            "cur": "USD",
            "title": a.title,
            "parent": "",
            "type": str(a.type),
            "default": int(a.default),
        }
        for a in ACCOUNTS
    }
