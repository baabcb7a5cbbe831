"""Options and users."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from .types import OPTIONS, Column, Stamp, integer, key, longtext, varchar


def options(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}options",
        meta,
        Column("option_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("option_name", varchar(191), nullable=False, server_default=""),
        Column("option_value", longtext(), nullable=False),
        Column("autoload", varchar(20), nullable=False, server_default="yes"),
        key("autoload", "autoload"),
        key("option_name", "option_name", unique=True),
        **OPTIONS,
    )


def users(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}users",
        meta,
        Column("ID", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("user_login", varchar(60), nullable=False, server_default=""),
        Column("user_pass", varchar(255), nullable=False, server_default=""),
        Column("user_nicename", varchar(50), nullable=False, server_default=""),
        Column("user_email", varchar(100), nullable=False, server_default=""),
        Column("user_url", varchar(100), nullable=False, server_default=""),
        Column(
            "user_registered",
            Stamp,
            nullable=False,
            server_default="0000-00-00 00:00:00",
        ),
        Column("user_activation_key", varchar(255), nullable=False, server_default=""),
        Column("user_status", integer("int", 11), nullable=False, server_default="0"),
        Column("display_name", varchar(250), nullable=False, server_default=""),
        key("user_email", "user_email"),
        key("user_login_key", "user_login"),
        key("user_nicename", "user_nicename"),
        **OPTIONS,
    )


def usermeta(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}usermeta",
        meta,
        Column("umeta_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column(
            "user_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("meta_key", varchar(255)),
        Column("meta_value", longtext()),
        key("meta_key", ("meta_key", 191)),
        key("user_id", "user_id"),
        **OPTIONS,
    )


def sitemeta(meta: MetaData, prefix: str) -> Table:
    """The options of a network of sites."""
    return Table(
        f"{prefix}sitemeta",
        meta,
        Column("meta_id", integer("bigint", 20), primary_key=True),
        Column("site_id", integer("bigint", 20), nullable=False, server_default="0"),
        Column("meta_key", varchar(255)),
        Column("meta_value", longtext()),
        key("meta_key", ("meta_key", 191)),
        key("site_id", "site_id"),
        **OPTIONS,
    )
