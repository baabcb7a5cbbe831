"""The items of an order: lines, shipping and tax, with their metas and lookups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..common import phpdata
from ..common import sample as s
from ..common.money import plain
from ..wordpress.tables import ShopTables
from .catalog import product_ids
from .people import CUSTOMER_IDS
from .rows import STOCK_REDUCED, Rows
from .terms import slug

_FIRST_ITEM_ID = 201
_RATE_ID, _RATE_LABEL = 1, "Sales Tax"


class ItemWriter:
    """Writes the items of order after order; their IDs count on."""

    def __init__(self, rows: Rows, tables: ShopTables) -> None:
        self.rows, self.tables = rows, tables
        self.ids = product_ids()
        self.items = {i.sku: (i, None) for i in s.ITEMS} | {
            i.child_sku(c): (i, c) for i in s.ITEMS for c in i.children
        }
        self.next_item = _FIRST_ITEM_ID

    def items_of(self, order: s.SampleOrder) -> None:
        """Lines, then shipping, then tax where some is due."""
        for sku, quantity, price in order.lines:
            self._line(order, sku, quantity, price)
        self._shipping(order)
        if order.tax:
            self._tax(order)

    def _item(
        self, order: s.SampleOrder, name: str, kind: str, metas: dict[str, Any]
    ) -> int:
        ident, self.next_item = self.next_item, self.next_item + 1
        self.rows.add(
            self.tables.woocommerce_order_items,
            order_item_id=ident,
            order_item_name=name,
            order_item_type=kind,
            order_id=order.number,
        )
        for key, value in metas.items():
            self.rows.add(
                self.tables.woocommerce_order_itemmeta,
                order_item_id=ident,
                meta_key=key,
                meta_value=value,
            )
        return ident

    def _line(
        self, order: s.SampleOrder, sku: str, quantity: int, price: Decimal
    ) -> None:
        item, child = self.items[sku]
        product, variation = self.ids[item.sku], self.ids[sku] if child else 0
        chosen = item.chosen(child) if child else {}
        amount = quantity * price
        tax = order.tax_on(amount)
        metas: dict[str, Any] = {
            "_product_id": str(product),
            "_variation_id": str(variation),
            "_qty": str(quantity),
            "_tax_class": "",
            "_line_subtotal": plain(amount),
            "_line_subtotal_tax": plain(tax),
            "_line_total": plain(amount),
            "_line_tax": plain(tax),
            "_line_tax_data": phpdata.dumps(
                {"total": _by_rate(tax), "subtotal": _by_rate(tax)}
            ),
        }
        metas |= {slug(name): label for name, label in chosen.items()}
        if order.status in STOCK_REDUCED and item.kind not in ("sv", "ns"):
            metas["_reduced_stock"] = str(quantity)
        name = " - ".join([item.name, ", ".join(chosen.values())][: 1 + bool(chosen)])
        ident = self._item(order, name, "line_item", metas)
        self.rows.add(
            self.tables.wc_order_product_lookup,
            order_item_id=ident,
            order_id=order.number,
            product_id=product,
            variation_id=variation,
            customer_id=CUSTOMER_IDS[order.customer.email],
            date_created=order.when,
            product_qty=quantity,
            product_net_revenue=amount,
            product_gross_revenue=amount + tax,
            tax_amount=tax,
        )

    def _shipping(self, order: s.SampleOrder) -> None:
        tax = order.tax_on(order.shipping)
        lines = (
            f"{self.items[sku][0].name} &times; {quantity}"
            for sku, quantity, _ in order.lines
        )
        self._item(
            order,
            order.shipping_title,
            "shipping",
            {
                "method_id": order.shipping_method,
                "instance_id": "1",
                "cost": f"{order.shipping:.2f}",
                "total_tax": plain(tax),
                "taxes": phpdata.dumps({"total": _by_rate(tax)}),
                "tax_status": "taxable",
                "Items": ", ".join(lines),
            },
        )

    def _tax(self, order: s.SampleOrder) -> None:
        code = f"{s.COUNTRY}-{s.STATE}-{_RATE_LABEL.upper()}-1"
        on_shipping = order.tax_on(order.shipping)
        on_lines = order.tax - on_shipping
        self._item(
            order,
            code,
            "tax",
            {
                "rate_id": str(_RATE_ID),
                "label": _RATE_LABEL,
                "compound": "",
                "tax_amount": plain(on_lines),
                "shipping_tax_amount": plain(on_shipping),
                "rate_code": code,
                "rate_percent": plain(s.TAX_RATE),
            },
        )
        self.rows.add(
            self.tables.wc_order_tax_lookup,
            order_id=order.number,
            tax_rate_id=_RATE_ID,
            date_created=order.when,
            shipping_tax=on_shipping,
            order_tax=on_lines,
            total_tax=order.tax,
        )


def _by_rate(tax: Decimal) -> dict[int, str]:
    return {_RATE_ID: plain(tax)} if tax else {}
