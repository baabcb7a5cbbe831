"""Posts, terms and comments: what WordPress itself keeps."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from .types import (
    OPTIONS,
    Column,
    Stamp,
    integer,
    key,
    longtext,
    text,
    tinytext,
    varchar,
)


def posts(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}posts",
        meta,
        Column("ID", integer("bigint", 20, unsigned=True), primary_key=True),
        Column(
            "post_author",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column(
            "post_date", Stamp, nullable=False, server_default="0000-00-00 00:00:00"
        ),
        Column(
            "post_date_gmt", Stamp, nullable=False, server_default="0000-00-00 00:00:00"
        ),
        Column("post_content", longtext(), nullable=False),
        Column("post_title", text(), nullable=False),
        Column("post_excerpt", text(), nullable=False),
        Column("post_status", varchar(20), nullable=False, server_default="publish"),
        Column("comment_status", varchar(20), nullable=False, server_default="open"),
        Column("ping_status", varchar(20), nullable=False, server_default="open"),
        Column("post_password", varchar(255), nullable=False, server_default=""),
        Column("post_name", varchar(200), nullable=False, server_default=""),
        Column("to_ping", text(), nullable=False),
        Column("pinged", text(), nullable=False),
        Column(
            "post_modified", Stamp, nullable=False, server_default="0000-00-00 00:00:00"
        ),
        Column(
            "post_modified_gmt",
            Stamp,
            nullable=False,
            server_default="0000-00-00 00:00:00",
        ),
        Column("post_content_filtered", longtext(), nullable=False),
        Column(
            "post_parent",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("guid", varchar(255), nullable=False, server_default=""),
        Column("menu_order", integer("int", 11), nullable=False, server_default="0"),
        Column("post_type", varchar(20), nullable=False, server_default="post"),
        Column("post_mime_type", varchar(100), nullable=False, server_default=""),
        Column(
            "comment_count", integer("bigint", 20), nullable=False, server_default="0"
        ),
        key("post_author", "post_author"),
        key("post_name", ("post_name", 191)),
        key("post_parent", "post_parent"),
        key("type_status_date", "post_type", "post_status", "post_date", "ID"),
        **OPTIONS,
    )


def postmeta(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}postmeta",
        meta,
        Column("meta_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column(
            "post_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("meta_key", varchar(255)),
        Column("meta_value", longtext()),
        key("meta_key", ("meta_key", 191)),
        key("post_id", "post_id"),
        **OPTIONS,
    )


def terms(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}terms",
        meta,
        Column("term_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("name", varchar(200), nullable=False, server_default=""),
        Column("slug", varchar(200), nullable=False, server_default=""),
        Column("term_group", integer("bigint", 10), nullable=False, server_default="0"),
        key("name", ("name", 191)),
        key("slug", ("slug", 191)),
        **OPTIONS,
    )


def term_taxonomy(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}term_taxonomy",
        meta,
        Column(
            "term_taxonomy_id", integer("bigint", 20, unsigned=True), primary_key=True
        ),
        Column(
            "term_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("taxonomy", varchar(32), nullable=False, server_default=""),
        Column("description", longtext(), nullable=False),
        Column(
            "parent",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("count", integer("bigint", 20), nullable=False, server_default="0"),
        key("taxonomy", "taxonomy"),
        key("term_id_taxonomy", "term_id", "taxonomy", unique=True),
        **OPTIONS,
    )


def term_relationships(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}term_relationships",
        meta,
        Column(
            "object_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
            server_default="0",
        ),
        Column(
            "term_taxonomy_id",
            integer("bigint", 20, unsigned=True),
            primary_key=True,
            autoincrement=False,
            server_default="0",
        ),
        Column("term_order", integer("int", 11), nullable=False, server_default="0"),
        key("term_taxonomy_id", "term_taxonomy_id"),
        **OPTIONS,
    )


def termmeta(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}termmeta",
        meta,
        Column("meta_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column(
            "term_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("meta_key", varchar(255)),
        Column("meta_value", longtext()),
        key("meta_key", ("meta_key", 191)),
        key("term_id", "term_id"),
        **OPTIONS,
    )


def comments(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}comments",
        meta,
        Column("comment_ID", integer("bigint", 20, unsigned=True), primary_key=True),
        Column(
            "comment_post_ID",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("comment_author", tinytext(), nullable=False),
        Column("comment_author_email", varchar(100), nullable=False, server_default=""),
        Column("comment_author_url", varchar(200), nullable=False, server_default=""),
        Column("comment_author_IP", varchar(100), nullable=False, server_default=""),
        Column(
            "comment_date", Stamp, nullable=False, server_default="0000-00-00 00:00:00"
        ),
        Column(
            "comment_date_gmt",
            Stamp,
            nullable=False,
            server_default="0000-00-00 00:00:00",
        ),
        Column("comment_content", text(), nullable=False),
        Column("comment_karma", integer("int", 11), nullable=False, server_default="0"),
        Column("comment_approved", varchar(20), nullable=False, server_default="1"),
        Column("comment_agent", varchar(255), nullable=False, server_default=""),
        Column("comment_type", varchar(20), nullable=False, server_default="comment"),
        Column(
            "comment_parent",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column(
            "user_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        key("comment_approved_date_gmt", "comment_approved", "comment_date_gmt"),
        key("comment_author_email", ("comment_author_email", 10)),
        key("comment_date_gmt", "comment_date_gmt"),
        key("comment_parent", "comment_parent"),
        key("comment_post_ID", "comment_post_ID"),
        key("woo_idx_comment_type", "comment_type"),
        **OPTIONS,
    )


def commentmeta(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}commentmeta",
        meta,
        Column("meta_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column(
            "comment_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("meta_key", varchar(255)),
        Column("meta_value", longtext()),
        key("comment_id", "comment_id"),
        key("meta_key", ("meta_key", 191)),
        **OPTIONS,
    )
