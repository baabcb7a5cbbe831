"""WooCommerce's lookups and attribute taxonomies."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from .types import OPTIONS, Amount, Column, Double, integer, key, varchar


def wc_product_meta_lookup(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_product_meta_lookup",
        meta,
        Column(
            "product_id", integer("bigint", 20), primary_key=True, autoincrement=False
        ),
        Column("sku", varchar(100), server_default=""),
        Column("global_unique_id", varchar(100), server_default=""),
        Column("virtual", integer("tinyint", 1), server_default="0"),
        Column("downloadable", integer("tinyint", 1), server_default="0"),
        Column("min_price", Amount(19, 4)),
        Column("max_price", Amount(19, 4)),
        Column("onsale", integer("tinyint", 1), server_default="0"),
        Column("stock_quantity", Double),
        Column("stock_status", varchar(100), server_default="instock"),
        Column("rating_count", integer("bigint", 20), server_default="0"),
        Column("average_rating", Amount(3, 2), server_default="0.00"),
        Column("total_sales", integer("bigint", 20), server_default="0"),
        Column("tax_status", varchar(100), server_default="taxable"),
        Column("tax_class", varchar(100), server_default=""),
        key("downloadable", "downloadable"),
        key("min_max_price", "min_price", "max_price"),
        key("onsale", "onsale"),
        key("sku", ("sku", 50)),
        key("stock_quantity", "stock_quantity"),
        key("stock_status", "stock_status"),
        key("virtual", "virtual"),
        **OPTIONS,
    )


def wc_product_attributes_lookup(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_product_attributes_lookup",
        meta,
        Column(
            "product_id", integer("bigint", 20), primary_key=True, autoincrement=False
        ),
        Column(
            "product_or_parent_id",
            integer("bigint", 20),
            primary_key=True,
            autoincrement=False,
        ),
        Column("taxonomy", varchar(32), primary_key=True),
        Column("term_id", integer("bigint", 20), primary_key=True, autoincrement=False),
        Column("is_variation_attribute", integer("tinyint", 1), nullable=False),
        Column("in_stock", integer("tinyint", 1), nullable=False),
        key("is_variation_attribute_term_id", "is_variation_attribute", "term_id"),
        **OPTIONS,
    )


def wc_category_lookup(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_category_lookup",
        meta,
        Column(
            "category_tree_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        Column(
            "category_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        **OPTIONS,
    )


def woocommerce_attribute_taxonomies(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}woocommerce_attribute_taxonomies",
        meta,
        Column("attribute_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("attribute_name", varchar(200), nullable=False),
        Column("attribute_label", varchar(200)),
        Column("attribute_type", varchar(20), nullable=False),
        Column("attribute_orderby", varchar(20), nullable=False),
        Column(
            "attribute_public", integer("int", 1), nullable=False, server_default="1"
        ),
        key("attribute_name", ("attribute_name", 20)),
        **OPTIONS,
    )
