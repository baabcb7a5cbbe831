"""Orders in WooCommerce's own order tables (HPOS), with everything beside them."""

from __future__ import annotations

from ..common import sample as s
from ..wordpress.tables import ShopTables
from .items import ItemWriter
from .people import CUSTOMER_IDS, USER_IDS
from .rows import STOCK_REDUCED, VERSION, Rows, note, post

_LABELS = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
_PAID = ("processing", "completed")
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
        self.items = ItemWriter(rows, tables)
        self.seen: set[str] = set()

    def order(self, order: s.SampleOrder) -> None:
        """One order: head, addresses, lines, statistics, notes."""
        self._head(order)
        self._addresses(order)
        self._operational(order)
        self.items.items_of(order)
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
        reduced = int(order.status in STOCK_REDUCED)
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
