"""Orders in WooCommerce's own order tables (HPOS), with everything beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..common import phpdata
from ..common import sample as s
from ..common.money import plain
from ..wordpress.tables import ShopTables
from .catalog import product_ids
from .people import CUSTOMER_IDS, USER_IDS
from .rows import VERSION, Rows, note, post
from .terms import slug

_FIRST_ITEM_ID = 201
_RATE_ID, _RATE_LABEL = 1, "Sales Tax"
_LABELS = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
_PAID = ("processing", "completed")
_REDUCED = ("processing", "completed", "on-hold")
_ADDRESS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
)


def build(rows: Rows, tables: ShopTables) -> None:
    """Every order of the sample."""
    writer = _Writer(rows, tables)
    for order in s.ORDERS:
        writer.order(order)


class _Writer:
    def __init__(self, rows: Rows, tables: ShopTables) -> None:
        self.rows, self.tables = rows, tables
        self.ids = product_ids()
        self.items = {i.sku: (i, None) for i in s.ITEMS} | {
            i.child_sku(c): (i, c) for i in s.ITEMS for c in i.children
        }
        self.next_item = _FIRST_ITEM_ID
        self.seen: set[str] = set()

    def order(self, order: s.SampleOrder) -> None:
        """One order: head, addresses, lines, statistics, notes."""
        self._head(order)
        self._addresses(order)
        self._operational(order)
        for sku, quantity, price in order.lines:
            self._line(order, sku, quantity, price)
        self._shipping(order)
        if order.tax:
            self._tax(order)
        self._stats(order)

    def _head(self, order: s.SampleOrder) -> None:
        notes = self._notes(order)
        self.rows.add(
            self.tables.posts,
            **post(
                order.number,
                "shop_order_placehold",
                post_status="draft",
                post_date=order.when,
                post_date_gmt=order.when,
                guid=f"{s.SHOP_URL}/?post_type=shop_order_placehold&p={order.number}",
                comment_count=len(notes),
            ),
        )
        for text in notes:
            self.rows.add(self.tables.comments, **note(order.number, order.when, text))
        self.rows.add(
            self.tables.wc_orders,
            id=order.number,
            status=f"wc-{order.status}",
            currency=s.CURRENCY,
            type="shop_order",
            tax_amount=order.tax,
            total_amount=order.total,
            customer_id=USER_IDS.get(order.customer.user, 0),
            billing_email=order.customer.email,
            date_created_gmt=order.when,
            date_updated_gmt=order.when,
            parent_order_id=0,
            payment_method=order.payment,
            payment_method_title=order.payment_title,
            transaction_id=order.transaction,
            ip_address="192.0.2.10",
            user_agent="",
            customer_note=order.note,
        )

    def _notes(self, order: s.SampleOrder) -> list[str]:
        if order.status == "pending":
            return []
        label = _LABELS[order.status]
        return [f"Order status changed from Pending payment to {label}."]

    def _addresses(self, order: s.SampleOrder) -> None:
        person = order.customer
        shared = dict(
            zip(
                _ADDRESS,
                (
                    person.first,
                    person.last,
                    person.company or None,
                    person.street,
                    None,
                    person.city,
                    person.state,
                    person.postcode,
                    person.country,
                ),
                strict=True,
            )
        )
        for kind, email, phone in (
            ("billing", person.email, person.phone),
            ("shipping", None, None),
        ):
            self.rows.add(
                self.tables.wc_order_addresses,
                order_id=order.number,
                address_type=kind,
                email=email,
                phone=phone,
                **shared,
            )
            # what the order list searches in
            words = (
                [*shared.values(), email, phone] if email else [*shared.values(), ""]
            )
            self.rows.add(
                self.tables.wc_orders_meta,
                order_id=order.number,
                meta_key=f"_{kind}_address_index",
                meta_value=" ".join(word or "" for word in words),
            )

    def _operational(self, order: s.SampleOrder) -> None:
        reduced = int(order.status in _REDUCED)
        self.rows.add(
            self.tables.wc_order_operational_data,
            order_id=order.number,
            created_via="checkout",
            woocommerce_version=VERSION,
            prices_include_tax=0,
            coupon_usages_are_counted=reduced,
            download_permission_granted=int(order.status in _PAID),
            cart_hash="",
            new_order_email_sent=reduced,
            order_key=f"wc_order_sample{order.number}",
            order_stock_reduced=reduced,
            date_paid_gmt=_paid(order),
            date_completed_gmt=_completed(order),
            shipping_tax_amount=order.tax_on(order.shipping),
            shipping_total_amount=order.shipping,
            discount_tax_amount=0,
            discount_total_amount=0,
            recorded_sales=reduced,
        )

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
        if order.status in _REDUCED and item.kind not in ("sv", "ns"):
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

    def _stats(self, order: s.SampleOrder) -> None:
        returning = order.customer.email in self.seen
        self.seen.add(order.customer.email)
        self.rows.add(
            self.tables.wc_order_stats,
            order_id=order.number,
            parent_id=0,
            date_created=order.when,
            date_created_gmt=order.when,
            date_paid=_paid(order),
            date_completed=_completed(order),
            num_items_sold=sum(quantity for _, quantity, _ in order.lines),
            total_sales=order.total,
            tax_total=order.tax,
            shipping_total=order.shipping,
            net_total=order.subtotal,
            returning_customer=int(returning),
            status=f"wc-{order.status}",
            customer_id=CUSTOMER_IDS[order.customer.email],
        )


def _paid(order: s.SampleOrder) -> str | None:
    return order.when if order.status in _PAID else None


def _completed(order: s.SampleOrder) -> str | None:
    return order.when if order.status == "completed" else None


def _by_rate(tax: Decimal) -> dict[int, str]:
    return {_RATE_ID: plain(tax)} if tax else {}
