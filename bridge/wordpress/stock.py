"""WooCommerce's stock rule, and the shop's settings that bear on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from ..common.config import BridgeConfig
from .plugin import PLUGIN_OPTIONS, read_plugin
from .prices import stored_number

STOCK_OPTIONS = (
    *PLUGIN_OPTIONS,
    "woocommerce_manage_stock",
    "woocommerce_notify_no_stock_amount",
)
IN_STOCK, OUT_OF_STOCK, ON_BACKORDER = "instock", "outofstock", "onbackorder"
_BACKORDERS = ("no", "notify", "yes")


@dataclass(frozen=True)
class StockRules:
    """How this shop keeps stock.

    ``managed``: quantities are kept per product; ``backorders``: no, notify or yes;
    ``threshold``: up to this quantity a product is out of stock; ``fractions``:
    whether quantities may have decimals.
    """

    managed: bool = True
    backorders: str = "no"
    threshold: Decimal = Decimal(0)
    fractions: bool = False

    def quantity(self, sent: Decimal) -> Decimal:
        """What is stored for a quantity that was sent: never below 0."""
        kept = sent if self.fractions else sent.to_integral_value(ROUND_DOWN)
        return max(kept, Decimal(0))

    def status(self, quantity: Decimal, backorders: str | None = None) -> str:
        """The stock status of a quantity; ``backorders`` of the product, else ours."""
        if quantity > self.threshold:
            return IN_STOCK
        allowed = self.backorders if backorders is None else backorders
        return OUT_OF_STOCK if allowed in ("", "no") else ON_BACKORDER


def stock_rules(config: BridgeConfig, options: Mapping[str, str]) -> StockRules:
    """The rules of a shop from its options (``STOCK_OPTIONS``) and our configuration.

    Where WooCommerce itself manages no stock, neither do we.
    """
    plugin = read_plugin(options)
    managed = plugin.stock_management
    if config.stock_management != "auto":
        managed = config.stock_management == "yes"
    if options.get("woocommerce_manage_stock", "yes") != "yes":
        managed = False
    backorders = plugin.backorders
    if config.backorders != "auto":
        backorders = config.backorders
    threshold = stored_number(options.get("woocommerce_notify_no_stock_amount"))
    return StockRules(
        managed=managed,
        backorders=backorders if backorders in _BACKORDERS else "no",
        threshold=threshold or Decimal(0),
        fractions=config.stock_fractions,
    )
