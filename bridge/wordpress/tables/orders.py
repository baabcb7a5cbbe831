"""Orders (HPOS), their lines, notes and statistics."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from .types import (
    NOW,
    OPTIONS,
    Amount,
    Column,
    Double,
    Stamp,
    char,
    integer,
    key,
    longtext,
    text,
    varchar,
)


def wc_orders(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_orders",
        meta,
        Column(
            "id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        Column("status", varchar(20)),
        Column("currency", varchar(10)),
        Column("type", varchar(20)),
        Column("tax_amount", Amount(26, 8)),
        Column("total_amount", Amount(26, 8)),
        Column("customer_id", integer("bigint", 20, unsigned=True)),
        Column("billing_email", varchar(320)),
        Column("date_created_gmt", Stamp),
        Column("date_updated_gmt", Stamp),
        Column("parent_order_id", integer("bigint", 20, unsigned=True)),
        Column("payment_method", varchar(100)),
        Column("payment_method_title", text()),
        Column("transaction_id", varchar(100)),
        Column("ip_address", varchar(100)),
        Column("user_agent", text()),
        Column("customer_note", text()),
        key("billing_email", ("billing_email", 191)),
        key("customer_id_billing_email", "customer_id", ("billing_email", 171)),
        key("date_created", "date_created_gmt"),
        key("date_updated", "date_updated_gmt"),
        key("parent_order_id", "parent_order_id"),
        key("status", "status"),
        key("type_status_date", "type", "status", "date_created_gmt"),
        **OPTIONS,
    )


def wc_orders_meta(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_orders_meta",
        meta,
        Column("id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("order_id", integer("bigint", 20, unsigned=True)),
        Column("meta_key", varchar(255)),
        Column("meta_value", text()),
        key("meta_key_value", ("meta_key", 100), ("meta_value", 82)),
        key(
            "order_id_meta_key_meta_value",
            "order_id",
            ("meta_key", 100),
            ("meta_value", 82),
        ),
        **OPTIONS,
    )


def wc_order_addresses(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_order_addresses",
        meta,
        Column("id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("order_id", integer("bigint", 20, unsigned=True), nullable=False),
        Column("address_type", varchar(20)),
        Column("first_name", text()),
        Column("last_name", text()),
        Column("company", text()),
        Column("address_1", text()),
        Column("address_2", text()),
        Column("city", text()),
        Column("state", text()),
        Column("postcode", text()),
        Column("country", text()),
        Column("email", varchar(320)),
        Column("phone", varchar(100)),
        key("address_type_order_id", "address_type", "order_id", unique=True),
        key("email", ("email", 191)),
        key("order_id", "order_id"),
        key("phone", "phone"),
        **OPTIONS,
    )


def wc_order_operational_data(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_order_operational_data",
        meta,
        Column("id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("order_id", integer("bigint", 20, unsigned=True)),
        Column("created_via", varchar(100)),
        Column("woocommerce_version", varchar(20)),
        Column("prices_include_tax", integer("tinyint", 1)),
        Column("coupon_usages_are_counted", integer("tinyint", 1)),
        Column("download_permission_granted", integer("tinyint", 1)),
        Column("cart_hash", varchar(100)),
        Column("new_order_email_sent", integer("tinyint", 1)),
        Column("order_key", varchar(100)),
        Column("order_stock_reduced", integer("tinyint", 1)),
        Column("date_paid_gmt", Stamp),
        Column("date_completed_gmt", Stamp),
        Column("shipping_tax_amount", Amount(26, 8)),
        Column("shipping_total_amount", Amount(26, 8)),
        Column("discount_tax_amount", Amount(26, 8)),
        Column("discount_total_amount", Amount(26, 8)),
        Column("recorded_sales", integer("tinyint", 1)),
        key("order_id", "order_id", unique=True),
        key("order_key", "order_key"),
        **OPTIONS,
    )


def woocommerce_order_items(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}woocommerce_order_items",
        meta,
        Column("order_item_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("order_item_name", text(), nullable=False),
        Column("order_item_type", varchar(200), nullable=False, server_default=""),
        Column("order_id", integer("bigint", 20, unsigned=True), nullable=False),
        key("order_id", "order_id"),
        **OPTIONS,
    )


def woocommerce_order_itemmeta(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}woocommerce_order_itemmeta",
        meta,
        Column("meta_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("order_item_id", integer("bigint", 20, unsigned=True), nullable=False),
        Column("meta_key", varchar(255)),
        Column("meta_value", longtext()),
        key("meta_key", ("meta_key", 32)),
        key("order_item_id", "order_item_id"),
        **OPTIONS,
    )


def wc_order_stats(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_order_stats",
        meta,
        Column(
            "order_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        Column(
            "parent_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column(
            "date_created", Stamp, nullable=False, server_default="0000-00-00 00:00:00"
        ),
        Column(
            "date_created_gmt",
            Stamp,
            nullable=False,
            server_default="0000-00-00 00:00:00",
        ),
        Column("date_paid", Stamp, server_default="0000-00-00 00:00:00"),
        Column("date_completed", Stamp, server_default="0000-00-00 00:00:00"),
        Column(
            "num_items_sold", integer("int", 11), nullable=False, server_default="0"
        ),
        Column("total_sales", Double, nullable=False, server_default="0"),
        Column("tax_total", Double, nullable=False, server_default="0"),
        Column("shipping_total", Double, nullable=False, server_default="0"),
        Column("net_total", Double, nullable=False, server_default="0"),
        Column("returning_customer", integer("tinyint", 1)),
        Column("status", varchar(200), nullable=False),
        Column("customer_id", integer("bigint", 20, unsigned=True), nullable=False),
        key("customer_id", "customer_id"),
        key("date_created", "date_created"),
        key("status", ("status", 191)),
        **OPTIONS,
    )


def wc_order_product_lookup(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_order_product_lookup",
        meta,
        Column(
            "order_item_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        Column("order_id", integer("bigint", 20, unsigned=True), nullable=False),
        Column("product_id", integer("bigint", 20, unsigned=True), nullable=False),
        Column("variation_id", integer("bigint", 20, unsigned=True), nullable=False),
        Column("customer_id", integer("bigint", 20, unsigned=True)),
        Column("date_created", Stamp, nullable=False, server_default=NOW),
        Column("product_qty", integer("int", 11), nullable=False),
        Column("product_net_revenue", Double, nullable=False, server_default="0"),
        Column("product_gross_revenue", Double, nullable=False, server_default="0"),
        Column("coupon_amount", Double, nullable=False, server_default="0"),
        Column("tax_amount", Double, nullable=False, server_default="0"),
        Column("shipping_amount", Double, nullable=False, server_default="0"),
        Column("shipping_tax_amount", Double, nullable=False, server_default="0"),
        key("customer_id", "customer_id"),
        key("customer_product_date", "customer_id", "product_id", "date_created"),
        key("date_created", "date_created"),
        key("order_id", "order_id"),
        key("product_id", "product_id"),
        **OPTIONS,
    )


def wc_order_tax_lookup(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_order_tax_lookup",
        meta,
        Column(
            "order_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        Column(
            "tax_rate_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        Column(
            "date_created", Stamp, nullable=False, server_default="0000-00-00 00:00:00"
        ),
        Column("shipping_tax", Double, nullable=False, server_default="0"),
        Column("order_tax", Double, nullable=False, server_default="0"),
        Column("total_tax", Double, nullable=False, server_default="0"),
        key("date_created", "date_created"),
        key("tax_rate_id", "tax_rate_id"),
        **OPTIONS,
    )


def wc_order_coupon_lookup(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_order_coupon_lookup",
        meta,
        Column(
            "order_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
        ),
        Column(
            "coupon_id", integer("bigint", 20), primary_key=True, autoincrement=False
        ),
        Column(
            "date_created", Stamp, nullable=False, server_default="0000-00-00 00:00:00"
        ),
        Column("discount_amount", Double, nullable=False, server_default="0"),
        key("coupon_id", "coupon_id"),
        key("date_created", "date_created"),
        **OPTIONS,
    )


def wc_customer_lookup(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}wc_customer_lookup",
        meta,
        Column("customer_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("user_id", integer("bigint", 20, unsigned=True)),
        Column("username", varchar(60), nullable=False, server_default=""),
        Column("first_name", varchar(255), nullable=False),
        Column("last_name", varchar(255), nullable=False),
        Column("email", varchar(100)),
        Column("date_last_active", Stamp),
        Column("date_registered", Stamp),
        Column("country", char(2), nullable=False, server_default=""),
        Column("postcode", varchar(20), nullable=False, server_default=""),
        Column("city", varchar(100), nullable=False, server_default=""),
        Column("state", varchar(100), nullable=False, server_default=""),
        key("email", "email"),
        key("user_id", "user_id", unique=True),
        **OPTIONS,
    )


def woocommerce_tax_rates(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}woocommerce_tax_rates",
        meta,
        Column("tax_rate_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("tax_rate_country", varchar(2), nullable=False, server_default=""),
        Column("tax_rate_state", varchar(200), nullable=False, server_default=""),
        Column("tax_rate", varchar(8), nullable=False, server_default=""),
        Column("tax_rate_name", varchar(200), nullable=False, server_default=""),
        Column(
            "tax_rate_priority", integer("bigint", 20, unsigned=True), nullable=False
        ),
        Column(
            "tax_rate_compound", integer("int", 1), nullable=False, server_default="0"
        ),
        Column(
            "tax_rate_shipping", integer("int", 1), nullable=False, server_default="1"
        ),
        Column("tax_rate_order", integer("bigint", 20, unsigned=True), nullable=False),
        Column("tax_rate_class", varchar(200), nullable=False, server_default=""),
        key("tax_rate_class", ("tax_rate_class", 10)),
        key("tax_rate_country", "tax_rate_country"),
        key("tax_rate_priority", "tax_rate_priority"),
        key("tax_rate_state", ("tax_rate_state", 2)),
        **OPTIONS,
    )


def woocommerce_tax_rate_locations(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}woocommerce_tax_rate_locations",
        meta,
        Column("location_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("location_code", varchar(200), nullable=False),
        Column("tax_rate_id", integer("bigint", 20, unsigned=True), nullable=False),
        Column("location_type", varchar(40), nullable=False),
        key("location_type_code", ("location_type", 10), ("location_code", 20)),
        key("tax_rate_id", "tax_rate_id"),
        **OPTIONS,
    )
