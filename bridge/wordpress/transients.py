"""Caches that WooCommerce keeps as transients, reset once per call.

Without an external object cache a transient is an option. Versions outdate whole
families at once; single ones are removed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy import delete, or_

from ..common.batch import Writer, settled
from .options import delete_options, write_options
from .tables import ShopTables

SHOP_WIDE = (
    "wc_products_onsale",
    "wc_featured_products",
    "wc_outofstock_count",
    "wc_low_stock_count",
)
PER_PRODUCT = (
    "wc_related_",
    "wc_product_children_",
    "wc_var_prices_",
    "wc_child_has_weight_",
    "wc_child_has_dimensions_",
)
VERSIONS = ("product", "product_query", "filter_data")
ORDER_VERSIONS = ("orders", "woocommerce_reports")
ORDER_STATUSES = "woocommerce_analytics_orders_statuses_all"
_KINDS = ("_transient_", "_transient_timeout_")
# above this many products whole families go: a range costs less than so many names
MANY = 300


def reset_product_caches(
    writer: Writer,
    tables: ShopTables,
    ids: Iterable[int],
    *,
    terms: bool = False,
    attributes: bool = False,
) -> None:
    """Outdate what the shop remembers of these products (name parents as well).

    ``terms``: relations or publication changed; ``attributes``: global attributes did.
    Two or three statements; none without products.
    """
    products = sorted(set(ids))
    if not products:
        return
    names = list(SHOP_WIDE)
    families = list(PER_PRODUCT) if len(products) > MANY else []
    if not families:
        names += [f"{family}{ident}" for family in PER_PRODUCT for ident in products]
    if terms:
        names.append("wc_term_counts")
    if attributes:
        families.append("wc_layered_nav_counts_")
    gone = [kind + name for kind in _KINDS for name in names]
    if families:
        column = tables.options.c.option_name
        whole = [
            column.startswith(kind + family, autoescape=True)
            for kind in _KINDS
            for family in families
        ]
        either = or_(column.in_(gone), *whole)
        settled(writer).execute(delete(tables.options).where(either))
    else:
        delete_options(writer, tables, gone)
    touch_versions(writer, tables, VERSIONS)


def reset_order_caches(writer: Writer, tables: ShopTables) -> None:
    """Outdate what the shop remembers of its orders and its reports on them."""
    touch_versions(writer, tables, ORDER_VERSIONS)
    delete_options(writer, tables, [kind + ORDER_STATUSES for kind in _KINDS])


def touch_versions(writer: Writer, tables: ShopTables, names: Iterable[str]) -> None:
    """Give transient families a new version.

    WooCommerce takes the time in seconds and only asks whether it is the same; ours
    has nanoseconds, so that two writes within a second differ as well.
    """
    version = str(time.time_ns())
    values = {f"_transient_{name}-transient-version": version for name in names}
    write_options(writer, tables, values, autoload="on")
