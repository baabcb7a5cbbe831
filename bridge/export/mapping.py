"""An order as the payload of ``orderAdd``: the plugin's own, and what it forgets.

Names, order and spelling of the fields are the plugin's (recorded). Beyond it: fees
become lines, every tax line counts, and a line whose product is gone keeps the name it
was sold under, so that lines, shipping and tax add up to the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..common.money import ZERO, plain
from .order import Address, Fee, Line, Order


@dataclass(frozen=True)
class Mapping:
    """What the shop's settings decide: prefixes, decimals of a price, local time."""

    order_prefix: str = ""
    customer_prefix: str = ""
    decimals: int = 2
    zone: tzinfo = UTC


def reference(order: Order, mapping: Mapping) -> str:
    """The number under which Bizuno knows the order."""
    return f"{mapping.order_prefix}{order.id}"


def to_payload(order: Order, mapping: Mapping) -> dict[str, Any]:
    """The payload of one order; every value is text, as it goes over the wire."""
    return {
        "General": _general(order, mapping),
        "Payment": {
            "Method": order.payment_method,
            "Title": order.payment_title,
            "Status": order.status,
            "TransactionID": order.transaction_id,
        },
        "Billing": {
            "CustomerID": f"{mapping.customer_prefix}{order.customer_id}",
            **_name(order.billing),
            **_place(order.billing),
            "Email": order.billing.email,
        },
        "Shipping": {
            **_name(order.shipping, order.billing),
            **_place(order.shipping, order.billing),
            "Email": order.billing.email,
        },
        "Item": [
            *(_line(line) for line in order.lines),
            *(_fee(fee) for fee in order.fees),
        ],
    }


def _general(order: Order, mapping: Mapping) -> dict[str, str]:
    created = order.created.astimezone(mapping.zone) if order.created else None
    return {
        "PurchaseOrderID": reference(order, mapping),
        "OrderDate": created.strftime("%Y-%m-%d") if created else "",
        "OrderTotal": f"{_rounded(order.total, mapping.decimals):f}",
        "SalesTaxAmount": plain(_rounded(sum(order.taxes, ZERO), mapping.decimals)),
        "ShippingTotal": plain(order.shipping_total),
        "ShippingCarrier": ", ".join(order.shipping_methods),
        "OrderNotes": order.customer_note,
    }


def _name(address: Address, fallback: Address | None = None) -> dict[str, str]:
    """A company with its contact, else a person; without either the fallback's."""
    if fallback and not (address.company or address.full_name):
        return _name(fallback)
    if address.company:
        return {"PrimaryName": address.company, "Contact": address.full_name}
    return {"PrimaryName": address.full_name, "Contact": ""}


def _place(address: Address, fallback: Address = Address()) -> dict[str, str]:
    """Each field by itself falls back, as in the plugin."""
    return {
        "Address1": address.address_1 or fallback.address_1,
        "Address2": address.address_2 or fallback.address_2,
        "City": address.city or fallback.city,
        "State": address.state or fallback.state,
        "PostalCode": address.postcode or fallback.postcode,
        "Country": address.country or fallback.country,
        "Telephone": address.phone or fallback.phone,
    }


def _line(line: Line) -> dict[str, str]:
    # WooCommerce never shows a subtotal below the total
    subtotal = max(line.subtotal, line.total)
    return {
        "ItemID": line.sku,
        "Description": line.name,
        "Quantity": plain(line.quantity),
        "UnitPrice": _quotient(subtotal, line.quantity),
        "SalesTaxAmount": plain(line.subtotal_tax),
        "TotalPrice": plain(line.total),
    }


def _fee(fee: Fee) -> dict[str, str]:
    return {
        "ItemID": "",
        "Description": fee.name,
        "Quantity": "1",
        "UnitPrice": plain(fee.total),
        "SalesTaxAmount": plain(fee.tax),
        "TotalPrice": plain(fee.total),
    }


def _quotient(amount: Decimal, quantity: Decimal) -> str:
    """A unit price with PHP's own digits, so that both senders send the same bytes."""
    if not quantity:
        return plain(amount)
    return plain(Decimal(repr(float(amount) / float(quantity))))


def _rounded(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
