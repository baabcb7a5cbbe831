"""Action Scheduler's queue."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from .types import OPTIONS, Column, Stamp, integer, key, longtext, text, varchar


def actionscheduler_actions(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}actionscheduler_actions",
        meta,
        Column("action_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("hook", varchar(191), nullable=False),
        Column("status", varchar(20), nullable=False),
        Column("scheduled_date_gmt", Stamp, server_default="0000-00-00 00:00:00"),
        Column("scheduled_date_local", Stamp, server_default="0000-00-00 00:00:00"),
        Column(
            "priority",
            integer("tinyint", 3, unsigned=True),
            nullable=False,
            server_default="10",
        ),
        Column("args", varchar(191)),
        Column("schedule", longtext()),
        Column(
            "group_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("attempts", integer("int", 11), nullable=False, server_default="0"),
        Column("last_attempt_gmt", Stamp, server_default="0000-00-00 00:00:00"),
        Column("last_attempt_local", Stamp, server_default="0000-00-00 00:00:00"),
        Column(
            "claim_id",
            integer("bigint", 20, unsigned=True),
            nullable=False,
            server_default="0",
        ),
        Column("extended_args", varchar(8000)),
        key("args", "args"),
        key(
            "claim_id_status_scheduled_date_gmt",
            "claim_id",
            "status",
            "scheduled_date_gmt",
        ),
        key("group_id", "group_id"),
        key(
            "hook_status_scheduled_date_gmt",
            ("hook", 163),
            "status",
            "scheduled_date_gmt",
        ),
        key("last_attempt_gmt", "last_attempt_gmt"),
        key("scheduled_date_gmt", "scheduled_date_gmt"),
        key("status_scheduled_date_gmt", "status", "scheduled_date_gmt"),
        **OPTIONS,
    )


def actionscheduler_groups(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}actionscheduler_groups",
        meta,
        Column("group_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("slug", varchar(255), nullable=False),
        key("slug", ("slug", 191)),
        **OPTIONS,
    )


def actionscheduler_claims(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}actionscheduler_claims",
        meta,
        Column("claim_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("date_created_gmt", Stamp, server_default="0000-00-00 00:00:00"),
        key("date_created_gmt", "date_created_gmt"),
        **OPTIONS,
    )


def actionscheduler_logs(meta: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}actionscheduler_logs",
        meta,
        Column("log_id", integer("bigint", 20, unsigned=True), primary_key=True),
        Column("action_id", integer("bigint", 20, unsigned=True), nullable=False),
        Column("message", text(), nullable=False),
        Column("log_date_gmt", Stamp, server_default="0000-00-00 00:00:00"),
        Column("log_date_local", Stamp, server_default="0000-00-00 00:00:00"),
        key("action_id", "action_id"),
        key("log_date_gmt", "log_date_gmt"),
        **OPTIONS,
    )
