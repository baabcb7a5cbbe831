"""More products for the sample shop, in WooCommerce's own form."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from bridge.shop import Shop
from bridge.wordpress.derived import rebuild_lookup, recount_terms

_NOW = "2026-03-02 09:00:00"


def add_simple(shop: Shop, count: int, *, prefix: str = "MANY") -> list[str]:
    """Add published simple products ``MANY-0001`` ...; returns their SKUs."""
    skus = [f"{prefix}-{at:04d}" for at in range(1, count + 1)]

    def work(conn: Connection) -> None:
        t = shop.tables
        first = (conn.scalar(select(func.max(t.posts.c.ID))) or 0) + 1
        ids = range(first, first + count)
        posts = [
            {
                "ID": ident,
                "post_author": 0,
                "post_date": _NOW,
                "post_date_gmt": _NOW,
                "post_modified": _NOW,
                "post_modified_gmt": _NOW,
                "post_content": "",
                "post_title": sku,
                "post_excerpt": "",
                "post_status": "publish",
                "post_name": sku.lower(),
                "to_ping": "",
                "pinged": "",
                "post_content_filtered": "",
                "guid": f"https://shop.example/?p={ident}",
                "post_type": "product",
            }
            for ident, sku in zip(ids, skus, strict=True)
        ]
        metas = {
            "_regular_price": "5",
            "_price": "5",
            "_manage_stock": "yes",
            "_backorders": "no",
            "_stock": "7",
            "_stock_status": "instock",
            "_weight": "1",
            "total_sales": "0",
        }
        rows = [
            {"post_id": ident, "meta_key": key, "meta_value": value}
            for ident, sku in zip(ids, skus, strict=True)
            for key, value in ({"_sku": sku} | metas).items()
        ]
        conn.execute(t.posts.insert(), posts)
        conn.execute(t.postmeta.insert(), rows)
        terms = {
            row.slug: row.term_taxonomy_id
            for row in conn.execute(
                select(t.terms.c.slug, t.term_taxonomy.c.term_taxonomy_id).join(
                    t.term_taxonomy, t.term_taxonomy.c.term_id == t.terms.c.term_id
                )
            )
        }
        relations = [
            {"object_id": ident, "term_taxonomy_id": terms[slug]}
            for ident in ids
            for slug in ("simple", "tools-care")
        ]
        conn.execute(t.term_relationships.insert(), relations)
        rebuild_lookup(conn, t, ids)
        recount_terms(conn, t, posts=ids)

    shop.database.run(work)
    return skus
