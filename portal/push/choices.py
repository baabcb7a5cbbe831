"""Bizuno's own settings that decide what is sent; read anew for every push."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ..books.settings import dig, read_configuration, read_meta
from .phpvalues import is_empty, is_numeric, number

FUNNEL = "ifWooCommerce"


@dataclass(frozen=True)
class Choices:
    """What the business chose; the defaults are Bizuno's.

    ``attributes`` maps a category to its labels by index, ``places`` are those of the
    default currency, ``date_format`` is PHP's.
    """

    commitments: bool = True
    assemblies: bool = True
    inactive: bool = False
    places: int = 2
    weight_unit: str = "LB"
    size_unit: str = "IN"
    date_format: str = "m/d/Y"
    timezone: str = "UTC"
    attributes: dict[str, Any] = field(default_factory=dict)


def read_choices(conn: Connection) -> Choices:
    """The choices of these books."""
    modules = read_configuration(conn, "inventory", "phreebooks", "bizuno")
    stock, money = modules["inventory"], modules["phreebooks"]
    general = dig(stock, "settings.general", {})
    general = general if isinstance(general, dict) else {}
    currency = dig(money, "currency.defISO") or "USD"
    places = dig(money, f"currency.iso.{currency}.dec_len")
    funnel = dig(read_meta(conn, "methods_funnels"), f"methods_funnels.{FUNNEL}", {})
    attributes = stock.get("attr")
    return Choices(
        commitments=not is_empty(general.get("inc_committed", 1)),
        assemblies=not is_empty(general.get("inc_assemblies", 1)),
        inactive=not is_empty(dig(funnel, "settings.inc_inactive")),
        places=int(number(places)) if is_numeric(places) else 2,
        weight_unit=_text(general.get("weight_uom", "LB")),
        size_unit=_text(general.get("dim_uom", "IN")),
        date_format=_text(dig(modules, "bizuno.settings.locale.date_short")) or "m/d/Y",
        timezone=_text(dig(modules, "bizuno.settings.locale.timezone")) or "UTC",
        attributes=attributes if isinstance(attributes, dict) else {},
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
