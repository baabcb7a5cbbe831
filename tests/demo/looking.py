"""Reading both databases directly, as the shopkeeper and the bookkeeper see them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, insert, select, update

from bridge.shop import Shop
from portal.books import Books
from portal.books import tables as t


@dataclass(frozen=True)
class Offer:
    """What one SKU costs without a sale, and how many can be had."""

    price: Decimal
    stock: int


@dataclass(frozen=True)
class Entry:
    """An order as the books have it."""

    id: int
    journal: int
    number: str
    total: Decimal
    lines: int


@dataclass(frozen=True)
class Order:
    """An order as the shop has it; notes in their order."""

    status: str
    total: Decimal
    customer_notes: tuple[str, ...]
    private_notes: tuple[str, ...]
    mails: int


def entries(books: Books, reference: str) -> list[Entry]:
    """The journal entries with this purchase order number."""
    main, item = t.journal_main, t.journal_item
    lines = (
        select(func.count())
        .where(item.c.ref_id == main.c.id, item.c.gl_type == "itm")
        .scalar_subquery()
    )
    with books.database.read() as conn:
        rows = conn.execute(
            select(
                main.c.id,
                main.c.journal_id,
                main.c.invoice_num,
                main.c.total_amount,
                lines.label("lines"),
            )
            .where(main.c.purch_order_id == reference)
            .order_by(main.c.id)
        )
        return [
            Entry(r.id, r.journal_id, r.invoice_num, Decimal(r.total_amount), r.lines)
            for r in rows
        ]


def order(shop: Shop, number: int) -> Order:
    """One order, HPOS as in the sample shop."""
    tables = shop.tables
    notes, meta = tables.comments, tables.commentmeta
    queue = tables.actionscheduler_actions
    with shop.database.read() as conn:
        row = conn.execute(
            select(tables.wc_orders.c.status, tables.wc_orders.c.total_amount).where(
                tables.wc_orders.c.id == number
            )
        ).one()
        of_customer = set(
            conn.scalars(
                select(meta.c.comment_id).where(meta.c.meta_key == "is_customer_note")
            )
        )
        said = conn.execute(
            select(notes.c.comment_ID, notes.c.comment_content)
            .where(notes.c.comment_post_ID == number)
            .order_by(notes.c.comment_ID)
        ).all()
        mails = conn.scalars(
            select(queue.c.args).where(
                queue.c.hook == "woocommerce_new_customer_note",
                queue.c.status == "pending",
            )
        )
        waiting = [m for m in mails if m and f'"order_id":{number},' in m]
    return Order(
        row.status.removeprefix("wc-"),
        Decimal(row.total_amount),
        tuple(n.comment_content for n in said if n.comment_ID in of_customer),
        tuple(n.comment_content for n in said if n.comment_ID not in of_customer),
        len(waiting),
    )


def offers_in_shop(shop: Shop) -> dict[str, Offer]:
    """Every product and variation in sale with its regular price and its stock."""
    lookup, posts, meta = (
        shop.tables.wc_product_meta_lookup,
        shop.tables.posts,
        shop.tables.postmeta,
    )
    with shop.database.read() as conn:
        rows = conn.execute(
            select(lookup.c.sku, lookup.c.stock_quantity, meta.c.meta_value)
            .join(posts, posts.c.ID == lookup.c.product_id)
            .join(meta, meta.c.post_id == lookup.c.product_id)
            .where(
                posts.c.post_status.in_(("publish", "draft")),
                meta.c.meta_key == "_regular_price",
                lookup.c.sku != "",
            )
        )
        return {
            r.sku: Offer(Decimal(r.meta_value), int(r.stock_quantity or 0))
            for r in rows
        }


def offers_in_books(books: Books) -> dict[str, Offer]:
    """Every stock item for the store: retail price, and what is not yet ordered.

    Items on a price sheet of their own or without stock are left out.
    """
    table = t.inventory
    with books.database.read() as conn:
        rows = conn.execute(
            select(table).where(
                table.c.inventory_type == "si", table.c.woocommerce_sync == "1"
            )
        )
        return {
            r.sku: Offer(
                Decimal(r.full_price),
                max(0, int(r.qty_stock - r.qty_so - r.qty_alloc)),
            )
            for r in rows
        }


def stock_in_books(books: Books, sku: str) -> int:
    """The quantity on hand of one item."""
    table = t.inventory
    with books.database.read() as conn:
        return int(
            conn.scalars(select(table.c.qty_stock).where(table.c.sku == sku)).one()
        )


def change_item(books: Books, sku: str, price: Decimal, stock: int) -> None:
    """What a person does in Bizuno's inventory screens: a new price, goods counted."""
    with books.database.transaction() as conn:
        conn.execute(
            update(t.inventory).where(t.inventory.c.sku == sku),
            {"full_price": price, "qty_stock": stock},
        )


def ship(books: Books, entry: int, day: str, tracking: str) -> None:
    """What a person does in Bizuno's shipping screen: a label for an invoice."""
    shipment = {
        "ref_num": "SH90001",
        "store_id": 0,
        "method_code": "flat:GND",
        "ship_date": f"{day} 15:30:00",
        "deliver_date": "null",
        "notes": "",
        "total_cost": 6.4,
        "total_book": 6.4,
        "packages": {
            "total": 1,
            "rows": [
                {"tracking_id": tracking, "deliver_date": "", "cost": 6.4, "book": 6.4}
            ],
        },
        "_table": "journal",
    }
    with books.database.transaction() as conn:
        conn.execute(
            insert(t.journal_meta),
            {
                "ref_id": entry,
                "meta_key": "shipment",
                "meta_value": json.dumps(shipment, separators=(",", ":")),
            },
        )
        conn.execute(
            update(t.journal_main).where(t.journal_main.c.id == entry), {"waiting": "0"}
        )
