"""An order as the payload of ``orderAdd``: the plugin's own, and what it forgets.

Names, order and spelling of the fields are the plugin's (recorded). Beyond it: fees
become lines, refunds are taken off, every tax line counts, a line whose product is
gone keeps the name it was sold under, and the currency is named, so that lines,
shipping and tax add up to the total.
"""

from __future__ import annotations

from collections.abc import Mapping as Fields
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..common.ledger import digest
from ..common.money import ZERO, plain
from .amounts import add_up
from .order import Address, Order
from .settled import Settled, Sold, settle


@dataclass(frozen=True)
class Mapping:
    """What the shop's settings decide: prefixes, decimals of a price, local time."""

    order_prefix: str = ""
    customer_prefix: str = ""
    decimals: int = 2
    zone: tzinfo = UTC


def reference(order_id: int, mapping: Mapping) -> str:
    """The number under which Bizuno knows the order."""
    return f"{mapping.order_prefix}{order_id}"


def content_digest(payload: Fields[str, Any]) -> str:
    """A hash of what an edit of the order changes.

    The status does not count: an order goes on to "completed" by being shipped, which
    Bizuno knew before the shop.
    """
    payment = {k: v for k, v in payload["Payment"].items() if k != "Status"}
    return digest({**payload, "Payment": payment})


def to_payload(order: Order, mapping: Mapping) -> dict[str, Any]:
    """The payload of one order; every value is text, as it goes over the wire."""
    settled = settle(order)
    total, tax = _rounded(settled.total, mapping), _tax(settled, mapping)
    parts = [*(sold.total for sold in settled.items), settled.shipping]
    *amounts, shipping = add_up(parts, total - tax)
    return {
        "General": {
            "PurchaseOrderID": reference(order.id, mapping),
            "OrderDate": _day(order, mapping),
            "OrderTotal": f"{total:f}",
            "SalesTaxAmount": plain(tax),
            "ShippingTotal": plain(shipping),
            "ShippingCarrier": ", ".join(order.shipping_methods),
            "OrderNotes": order.customer_note,
            # not the plugin's: Bizuno would take any amount for its own currency
            "Currency": order.currency,
        },
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
            "Telephone": order.billing.phone,
            "Email": order.billing.email,
        },
        "Shipping": {
            **_name(order.shipping, order.billing),
            # As a whole, unlike the plugin, which fills each empty field by itself
            # from the billing address: a parcel for "12 Main St" then goes to
            # "12 Main St, Suite 400" of the company that paid for it.
            **_place(order.shipping if order.shipping.has_place else order.billing),
            "Telephone": order.shipping.phone or order.billing.phone,
            "Email": order.billing.email,
        },
        "Item": [
            _item(sold, amount)
            for sold, amount in zip(settled.items, amounts, strict=True)
        ],
    }


def _day(order: Order, mapping: Mapping) -> str:
    if order.created is None:
        return ""
    return order.created.astimezone(mapping.zone).strftime("%Y-%m-%d")


def _tax(settled: Settled, mapping: Mapping) -> Decimal:
    """The tax in the total, rounded where WooCommerce rounds it."""
    parts = (settled.tax, settled.shipping_tax)
    return sum((_rounded(part, mapping) for part in parts), ZERO)


def _name(address: Address, fallback: Address | None = None) -> dict[str, str]:
    """A company with its contact, else a person; without either the fallback's."""
    if fallback and not (address.company or address.full_name):
        return _name(fallback)
    if address.company:
        return {"PrimaryName": address.company, "Contact": address.full_name}
    return {"PrimaryName": address.full_name, "Contact": ""}


def _place(address: Address) -> dict[str, str]:
    return {
        "Address1": address.address_1,
        "Address2": address.address_2,
        "City": address.city,
        "State": address.state,
        "PostalCode": address.postcode,
        "Country": address.country,
    }


def _item(sold: Sold, amount: Decimal) -> dict[str, str]:
    item = {
        "ItemID": sold.sku,
        "Description": sold.name,
        "Quantity": plain(sold.quantity),
        "UnitPrice": _quotient(sold.base, sold.of),
        "SalesTaxAmount": plain(sold.tax),
        "TotalPrice": plain(amount),
    }
    # not the plugin's: tells the portal that no SKU is missing here
    return {**item, "Type": "fee"} if sold.charge else item


def _quotient(amount: Decimal, quantity: Decimal) -> str:
    """A unit price with PHP's own digits, so that both senders send the same bytes."""
    return plain(Decimal(repr(float(amount) / float(quantity))))


def _rounded(amount: Decimal, mapping: Mapping) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-mapping.decimals), ROUND_HALF_UP)
