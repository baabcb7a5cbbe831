"""Bizuno's settings as far as an order needs them, read anew for every order.

Everything comes from the documents that Bizuno keeps in ``configuration`` and
``common_meta``; the configuration of the portal may add to them (DECISIONS 33).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridge.common.config import PortalConfig
from bridge.common.errors import FieldProblem, Unprocessable
from bridge.common.money import NotANumber, parse_decimal

from ..books.journals import INVOICE, ORDER
from ..books.settings import decode, dig
from . import mapping
from .accounts import Accounts, read_chart

MODULES = ("api", "phreebooks", "inventory", "shipping", "bizuno")
METAS = ("methods_totals", "chart_of_accounts")
_TAX_TOTALS = ("tax_rest", "tax_other", "tax_item", "tax_order")


@dataclass(frozen=True)
class TaxTotal:
    """The method of Bizuno that books sales tax, and whether it is switched on."""

    code: str
    gl_type: str
    account: str
    enabled: bool = True


@dataclass(frozen=True)
class Currency:
    """A currency Bizuno knows; ``rate`` is how much of it one default unit buys."""

    code: str
    rate: Decimal = Decimal(1)
    prefix: str = "$"
    suffix: str = ""
    point: str = "."
    separator: str = ","
    decimals: int = 2

    def show(self, amount: Decimal) -> str:
        """An amount as Bizuno shows it: ``$ 3,000.50``."""
        marks = str.maketrans({",": self.separator, ".": self.point})
        text = f"{amount:,.{self.decimals}f}".translate(marks)
        return " ".join(filter(None, (self.prefix, text, self.suffix)))


@dataclass(frozen=True)
class Rules:
    """How orders are booked here; ``texts`` are Bizuno's documents by name."""

    texts: Mapping[str, str]
    config: PortalConfig

    def accounts(self) -> Accounts:
        """The ledger accounts."""
        chart = read_chart(self.texts.get("chart_of_accounts", ""))
        settings = {name: self._document(name) for name in MODULES}
        return Accounts(chart, settings, self.config.difference_account)

    def journal(self) -> int | None:
        """The journal the merchant fixed; None for the automatic choice."""
        chosen = self._text("api", "settings.bizuno_api.auto_detect")
        return int(chosen) if chosen in (str(ORDER), str(INVOICE)) else None

    def tax_total(self, accounts: Accounts, journal: int) -> TaxTotal:
        """The enabled tax total, ``tax_rest`` first; the liabilities where none is."""
        totals = self._document("methods_totals")
        for code in _TAX_TOTALS:
            method = dig(totals, code)
            if _is_on(method, journal):
                kind = str(dig(method, "settings.gl_type") or "tax")[:3]
                account = str(dig(method, "settings.gl_account") or "")
                return TaxTotal(code, kind, accounts.tax(account))
        return TaxTotal("tax_other", "glt", accounts.tax(), enabled=False)

    def shipping_method(self, carrier: str, chosen_rate: str | None) -> str:
        """Bizuno's ``carrier:service`` for what the store sent as carrier.

        ``chosen_rate`` is the method of the rate that the portal handed out under this
        title, None where it handed out none.
        """
        titles, default = self.config.shipping_methods, self.config.default_shipping
        return mapping.shipping_method(carrier, titles, chosen_rate, default)

    def currency(self, code: str = "") -> Currency:
        """A currency by its code, the default one for ``""``.

        Raises Unprocessable for one that Bizuno does not have.
        """
        default = self._text("phreebooks", "currency.defISO") or "USD"
        code = code or default
        found = dig(self._document("phreebooks"), f"currency.iso.{code}")
        if not isinstance(found, dict):
            if code != default:
                place = "General.Currency"
                text = f"{place} {code} is no currency of Bizuno; add it there first."
                raise Unprocessable.of([FieldProblem(place, text, "unknown_currency")])
            return Currency(code)
        rate = _number(found.get("value"))
        return Currency(
            code=code,
            rate=rate if rate > 0 and code != default else Decimal(1),
            prefix=str(found.get("prefix") or ""),
            suffix=str(found.get("suffix") or ""),
            point=str(found.get("dec_pt") or "."),
            separator=str(found.get("sep", ",")),
            decimals=int(_number(found.get("dec_len", 2))),
        )

    def timezone(self) -> tzinfo:
        """The clock of the business; UTC where nothing sensible is set."""
        set_in_bizuno = self._text("bizuno", "settings.locale.timezone")
        try:
            return ZoneInfo(self.config.timezone or set_in_bizuno or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC

    def has_stores(self) -> bool:
        """True with two stores or more."""
        stores = dig(self._document("bizuno"), "stores")
        return isinstance(stores, (list, dict)) and len(stores) > 1

    def isolates_stores(self) -> bool:
        """True where cost is taken from the layers of one store only."""
        return self._is_set("phreebooks", "general.isolate_stores", False)

    def allows_negative_stock(self) -> bool:
        """True where an invoice may take more than there is, Bizuno's default."""
        return self._is_set("inventory", "general.allow_neg_stock", True)

    def _document(self, name: str) -> dict[str, Any]:
        return _parsed(self.texts.get(name, ""))

    def _text(self, document: str, path: str) -> str:
        found = dig(self._document(document), path)
        return str(found).strip() if isinstance(found, (str, int)) else ""

    def _is_set(self, document: str, path: str, default: bool) -> bool:
        found = dig(self._document(document), f"settings.{path}")
        return default if found is None else found not in ("", 0, "0", False)


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> dict[str, Any]:
    """The same text is the same document: only what changed is parsed again."""
    found = decode(text)
    return found if isinstance(found, dict) else {}


def _is_on(method: Any, journal: int) -> bool:
    """Bizuno's own test: switched on, and meant for this journal."""
    if dig(method, "status") in (None, "", 0, "0"):
        return False
    journals = dig(method, "settings.journals", [])
    if isinstance(journals, str):
        journals = decode(journals)
    return isinstance(journals, list) and str(journal) in map(str, journals)


def _number(value: Any) -> Decimal:
    try:
        return parse_decimal(value) or Decimal(0)
    except NotANumber:
        return Decimal(0)
