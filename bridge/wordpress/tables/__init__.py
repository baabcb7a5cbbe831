"""The tables of WordPress 6.8 and WooCommerce 10 that the bridge reads or writes.

Columns, types, keys and defaults are those of a fresh installation, so that a sample
shop is a genuine one.
"""

from __future__ import annotations

import re

from sqlalchemy import MetaData

from . import catalog, content, orders, queue, site


class ShopTables:
    """The tables of one shop, named as in WordPress without the table prefix."""

    def __init__(self, prefix: str, network_prefix: str | None = None) -> None:
        """``network_prefix`` stands before what all sites of a network share.

        Without it, ``wp_`` is taken to be that of ``wp_2_``, as WordPress names them.
        """
        self.prefix = prefix
        shared = network_prefix or re.sub(r"_\d+_\Z", "_", prefix)
        self.metadata = meta = MetaData()
        self.posts = content.posts(meta, prefix)
        self.postmeta = content.postmeta(meta, prefix)
        self.terms = content.terms(meta, prefix)
        self.term_taxonomy = content.term_taxonomy(meta, prefix)
        self.term_relationships = content.term_relationships(meta, prefix)
        self.termmeta = content.termmeta(meta, prefix)
        self.comments = content.comments(meta, prefix)
        self.commentmeta = content.commentmeta(meta, prefix)
        self.options = site.options(meta, prefix)
        self.users = site.users(meta, shared)
        self.usermeta = site.usermeta(meta, shared)
        # not of a shop that stands alone, so it is not among its metadata
        self.sitemeta = site.sitemeta(MetaData(), shared)
        self.wc_product_meta_lookup = catalog.wc_product_meta_lookup(meta, prefix)
        self.wc_product_attributes_lookup = catalog.wc_product_attributes_lookup(
            meta, prefix
        )
        self.wc_category_lookup = catalog.wc_category_lookup(meta, prefix)
        self.woocommerce_attribute_taxonomies = (
            catalog.woocommerce_attribute_taxonomies(meta, prefix)
        )
        self.wc_orders = orders.wc_orders(meta, prefix)
        self.wc_orders_meta = orders.wc_orders_meta(meta, prefix)
        self.wc_order_addresses = orders.wc_order_addresses(meta, prefix)
        self.wc_order_operational_data = orders.wc_order_operational_data(meta, prefix)
        self.woocommerce_order_items = orders.woocommerce_order_items(meta, prefix)
        self.woocommerce_order_itemmeta = orders.woocommerce_order_itemmeta(
            meta, prefix
        )
        self.wc_order_stats = orders.wc_order_stats(meta, prefix)
        self.wc_order_product_lookup = orders.wc_order_product_lookup(meta, prefix)
        self.wc_order_tax_lookup = orders.wc_order_tax_lookup(meta, prefix)
        self.wc_order_coupon_lookup = orders.wc_order_coupon_lookup(meta, prefix)
        self.wc_customer_lookup = orders.wc_customer_lookup(meta, prefix)
        self.woocommerce_tax_rates = orders.woocommerce_tax_rates(meta, prefix)
        self.woocommerce_tax_rate_locations = orders.woocommerce_tax_rate_locations(
            meta, prefix
        )
        self.actionscheduler_actions = queue.actionscheduler_actions(meta, prefix)
        self.actionscheduler_groups = queue.actionscheduler_groups(meta, prefix)
        self.actionscheduler_claims = queue.actionscheduler_claims(meta, prefix)
        self.actionscheduler_logs = queue.actionscheduler_logs(meta, prefix)
