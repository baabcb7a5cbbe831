"""Orders of the sample shop in other storages, in number, and seen as one value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bridge.shop import Shop
from bridge.wordpress.options import write_options
from bridge.wordpress.orders import STORAGE_OPTIONS

# (custom order tables, data sync) as the options say it
MODES = {
    "hpos": ("yes", "no"),
    "hpos-sync": ("yes", "yes"),
    "posts": ("no", "no"),
    "posts-sync": ("no", "yes"),
}


@dataclass(frozen=True)
class Seen:
    """An order as the tables hold it; notes in their order."""

    hpos: str | None
    post: str | None
    stats: str | None
    customer_notes: list[str]
    private_notes: list[str]
    comment_count: int
    mails: list[Any]


def set_mode(shop: Shop, mode: str) -> None:
    """Switch the shop's storage and move its orders over, as a migration does."""
    tables = shop.tables
    hpos, synced = MODES[mode]
    with shop.database.transaction() as conn:
        write_options(
            conn, tables, dict(zip(STORAGE_OPTIONS, (hpos, synced), strict=True))
        )
        if mode == "hpos":
            return
        for order in conn.execute(select(tables.wc_orders)).all():
            conn.execute(
                update(tables.posts)
                .where(tables.posts.c.ID == order.id)
                .values(
                    post_type=order.type,
                    post_parent=order.parent_order_id or 0,
                    post_status=order.status,
                    post_excerpt=order.customer_note or "",
                )
            )
            conn.execute(insert(tables.postmeta), list(_metas(conn, shop, order)))
        if mode == "posts":
            conn.execute(delete(tables.wc_orders))
            conn.execute(delete(tables.wc_order_addresses))
            conn.execute(delete(tables.wc_order_operational_data))
            conn.execute(delete(tables.wc_orders_meta))


def _metas(conn: Connection, shop: Shop, order: Any) -> list[dict[str, Any]]:
    tables = shop.tables
    metas = {
        "_order_currency": order.currency,
        "_order_tax": order.tax_amount,
        "_order_total": f"{order.total_amount:.2f}",
        "_customer_user": order.customer_id,
        "_payment_method": order.payment_method,
        "_payment_method_title": order.payment_method_title,
        "_transaction_id": order.transaction_id,
        "_billing_email": order.billing_email,
    }
    table = tables.wc_order_operational_data
    data = conn.execute(select(table).where(table.c.order_id == order.id)).one()
    metas["_order_shipping"] = data.shipping_total_amount.normalize()
    metas["_order_shipping_tax"] = data.shipping_tax_amount.normalize()
    if data.date_paid_gmt:
        metas["_date_paid"] = "1795236765"
    addresses = tables.wc_order_addresses
    for row in conn.execute(select(addresses).where(addresses.c.order_id == order.id)):
        for name, value in row._mapping.items():
            if name not in ("id", "order_id", "address_type") and value is not None:
                metas[f"_{row.address_type}_{name}"] = value
    return [
        {"post_id": order.id, "meta_key": key, "meta_value": str(value)}
        for key, value in metas.items()
    ]


def set_order_status(shop: Shop, number: int, status: str) -> None:
    """Put an order into a status wherever it lies; without ``wc-`` for the trash."""
    stored = status if status == "trash" else f"wc-{status}"
    tables = shop.tables
    with shop.database.transaction() as conn:
        conn.execute(
            update(tables.wc_orders).where(tables.wc_orders.c.id == number),
            {"status": stored},
        )
        conn.execute(
            update(tables.posts).where(
                tables.posts.c.ID == number, tables.posts.c.post_type == "shop_order"
            ),
            {"post_status": stored},
        )


def look(shop: Shop, number: int) -> Seen:
    """The order as a shopkeeper could see it."""
    tables = shop.tables
    notes, meta, posts = tables.comments, tables.commentmeta, tables.posts
    queue = tables.actionscheduler_actions
    with shop.database.read() as conn:
        flagged = set(
            conn.execute(
                select(meta.c.comment_id).where(
                    meta.c.meta_key == "is_customer_note", meta.c.meta_value == "1"
                )
            ).scalars()
        )
        rows = conn.execute(
            select(notes.c.comment_ID, notes.c.comment_content)
            .where(notes.c.comment_post_ID == number)
            .order_by(notes.c.comment_ID)
        ).all()
        post = conn.execute(select(posts).where(posts.c.ID == number)).one_or_none()
        mails = conn.execute(
            select(queue.c.hook, queue.c.args, queue.c.extended_args).order_by(
                queue.c.action_id
            )
        ).all()
        return Seen(
            conn.execute(
                select(tables.wc_orders.c.status).where(tables.wc_orders.c.id == number)
            ).scalar(),
            post.post_status if post else None,
            conn.execute(
                select(tables.wc_order_stats.c.status).where(
                    tables.wc_order_stats.c.order_id == number
                )
            ).scalar(),
            [text for ident, text in rows if ident in flagged],
            [text for ident, text in rows if ident not in flagged],
            post.comment_count if post else 0,
            [m for m in mails if f'"order_id":{number},' in (m[2] or m[1])],
        )


def add_orders(shop: Shop, count: int, *, first: int = 50001) -> list[int]:
    """Add ``count`` small HPOS orders in processing; their numbers."""
    tables = shop.tables
    when = "2026-11-20 10:00:00"
    numbers = list(range(first, first + count))
    with shop.database.transaction() as conn:
        conn.execute(
            insert(tables.posts),
            [
                {
                    "ID": number,
                    "post_type": "shop_order_placehold",
                    "post_status": "draft",
                    "post_content": "",
                    "post_title": "",
                    "post_excerpt": "",
                    "to_ping": "",
                    "pinged": "",
                    "post_content_filtered": "",
                }
                for number in numbers
            ],
        )
        conn.execute(
            insert(tables.wc_orders),
            [
                {
                    "id": number,
                    "status": "wc-processing",
                    "type": "shop_order",
                    "currency": "USD",
                    "date_created_gmt": when,
                    "date_updated_gmt": when,
                }
                for number in numbers
            ],
        )
        conn.execute(
            insert(tables.wc_order_stats),
            [
                {
                    "order_id": number,
                    "status": "wc-processing",
                    "customer_id": 1,
                    "date_created": when,
                }
                for number in numbers
            ],
        )
    return numbers


def add_item(shop: Shop, kind: str, name: str, number: int = 3044, **metas: str) -> int:
    """Add an item to an order or refund; its ID."""
    tables = shop.tables
    with shop.database.transaction() as conn:
        row = conn.execute(
            insert(tables.woocommerce_order_items),
            {"order_item_name": name, "order_item_type": kind, "order_id": number},
        ).inserted_primary_key
        assert row is not None
        conn.execute(
            insert(tables.woocommerce_order_itemmeta),
            [
                {"order_item_id": row[0], "meta_key": key, "meta_value": value}
                for key, value in metas.items()
            ],
        )
    return int(row[0])


def add_refund(
    shop: Shop, amount: str, *, number: int = 3044, refund: int = 4001
) -> int:
    """Add a refund to an HPOS order, as yet without items; its number."""
    tables = shop.tables
    when = "2026-11-20 12:00:00"
    empty = ("content", "title", "excerpt")
    with shop.database.transaction() as conn:
        conn.execute(
            insert(tables.posts),
            {
                "ID": refund,
                "post_type": "shop_order_placehold",
                "post_status": "draft",
                **{f"post_{name}": "" for name in (*empty, "content_filtered")},
                "to_ping": "",
                "pinged": "",
            },
        )
        conn.execute(
            insert(tables.wc_orders),
            {
                "id": refund,
                "status": "wc-completed",
                "type": "shop_order_refund",
                "currency": "USD",
                "parent_order_id": number,
                "total_amount": -Decimal(amount),
                "date_created_gmt": when,
                "date_updated_gmt": when,
            },
        )
        conn.execute(
            insert(tables.wc_order_operational_data),
            {
                "order_id": refund,
                "shipping_total_amount": 0,
                "shipping_tax_amount": 0,
            },
        )
    return refund


def line_of(shop: Shop, sku: str, number: int = 3044) -> int:
    """The item of an order that sells a product; its ID."""
    tables = shop.tables
    items, meta = tables.woocommerce_order_items, tables.woocommerce_order_itemmeta
    lookup = tables.wc_product_meta_lookup
    with shop.database.read() as conn:
        product = conn.execute(
            select(lookup.c.product_id).where(lookup.c.sku == sku)
        ).scalar_one()
        ident = conn.execute(
            select(items.c.order_item_id)
            .join(meta, meta.c.order_item_id == items.c.order_item_id)
            .where(
                items.c.order_id == number,
                meta.c.meta_key == "_product_id",
                meta.c.meta_value == str(product),
            )
        ).scalar_one()
    return int(ident)


def content(shop: Shop) -> dict[str, Any]:
    """A count and checksum-like view of every table, to see that nothing changed."""
    tables = {**shop.tables.metadata.tables, **shop.ledger.metadata.tables}
    with shop.database.read() as conn:
        return {
            name: (
                conn.execute(select(func.count()).select_from(table)).scalar(),
                sorted(map(repr, conn.execute(select(table)).all())),
            )
            for name, table in tables.items()
        }
