"""What the bridge's database account may do: its own direction's writes, no more.

Orders are the shop's: of them only status and dates change, never a total. Users and
passwords are read only. Where orders are kept as posts, WordPress has them in the same
tables as products, and the database cannot tell the two apart.
"""

from __future__ import annotations

from ..common.grants import Rights, own_tables
from ..shop import Shop


def rights(shop: Shop) -> list[Rights]:
    """The rights to every table."""
    t = shop.tables
    # where an INSERT may become an UPDATE, MariaDB wants the right to every column
    written = [
        Rights(t.posts, insert=True, update=True, delete=True),
        Rights(t.postmeta, insert=True, update=True, delete=True),
        Rights(t.terms, insert=True),
        Rights(t.term_taxonomy, insert=True, update=("count",)),
        Rights(t.term_relationships, insert=True, update=True, delete=True),
        Rights(t.termmeta, insert=True, update=("meta_value",), delete=True),
        Rights(t.wc_product_meta_lookup, insert=True, update=True, delete=True),
        Rights(t.wc_product_attributes_lookup, insert=True, update=True, delete=True),
        Rights(t.wc_category_lookup, insert=True, update=True),
        Rights(t.options, insert=True, update=True, delete=True),
        Rights(t.comments, insert=True, update=("comment_approved",), delete=True),
        Rights(t.commentmeta, insert=True, delete=True),
        Rights(t.wc_orders, update=("status", "date_updated_gmt")),
        Rights(t.wc_orders_meta, insert=True, update=("meta_value",), delete=True),
        Rights(
            t.wc_order_operational_data,
            update=("date_completed_gmt", "date_paid_gmt"),
        ),
        Rights(t.wc_order_stats, update=("status", "date_completed", "date_paid")),
        Rights(t.actionscheduler_actions, insert=True),
        Rights(t.actionscheduler_groups, insert=True),
    ]
    read = [
        t.users,
        t.usermeta,
        t.wc_order_addresses,
        t.woocommerce_order_items,
        t.woocommerce_order_itemmeta,
        t.woocommerce_tax_rates,
        t.woocommerce_attribute_taxonomies,
    ]
    if shop.config.network_prefix or t.users.name != f"{t.prefix}users":
        read.append(t.sitemeta)
    own = own_tables(shop.ledger.metadata.sorted_tables)
    return [*written, *(Rights(table) for table in read), *own]
