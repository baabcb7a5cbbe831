"""Is the database there, does it let us in, may we do what we need, is all there?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from .checks import Cause, Check, failed, ok, skipped, warning
from .database import Database, error_number, is_sqlite
from .grants import Rights
from .line import compared

NAMES = ("database", "tables", "columns", "rights", "least rights", "database clock")
_DENIED, _DENIED_DATABASE, _UNKNOWN_DATABASE = (1045, 1698), 1044, 1049
_REFUSED = (1044, 1142, 1143, 1227, 1370)
_WIDE = re.compile(
    r"GRANT (?P<what>.+?) ON (?:\*\.\*|`[^`]+`\.\*) TO", re.IGNORECASE | re.DOTALL
)
_HARMLESS = {"USAGE", "CREATE TEMPORARY TABLES"}
_SHOWN = 6


def check_database(
    database: Database, key: str, rights: Sequence[Rights], command: str
) -> Iterator[Check]:
    """All checks that make sense; ``command`` prints the rights that are needed."""
    missing = _missing_file(database)
    if missing:
        yield failed("database", Cause.CANNOT_REACH, missing, f"Check {key}.")
        return
    try:
        with database.engine.connect() as conn:
            yield ok("database", _server(conn))
            yield from _contents(conn, rights, key)
            if is_sqlite(conn):
                yield skipped("rights", "the embedded database has no accounts")
            else:
                yield _rights(conn, rights, command)
                yield _least(conn, command)
                yield _clock(conn)
    except DBAPIError as exc:
        yield _trouble(exc, key)


def _missing_file(database: Database) -> str:
    """Connecting would make an embedded database that is not there."""
    url = make_url(database.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return "The file of the embedded database is not there."
    return ""


def _trouble(exc: DBAPIError, key: str) -> Check:
    number = error_number(exc)
    if number in _DENIED:
        text_ = "The database server refuses this account or its password."
        remedy = f"Check user and password in {key}, and the host the account is for."
        return failed("database", Cause.CREDENTIALS, text_, remedy)
    if number == _DENIED_DATABASE:
        text_ = "The account has no right to this database at all."
        remedy = f"Check the name of the database in {key}, and the account's grants."
        return failed("database", Cause.PERMISSION, text_, remedy)
    if number == _UNKNOWN_DATABASE:
        text_ = "The server has no database of this name."
        return failed("database", Cause.DATA, text_, f"Check its name in {key}.")
    text_ = f"The database cannot be reached (error {number})."
    remedy = f"Check host, port or socket in {key}, and that the server runs."
    return failed("database", Cause.CANNOT_REACH, text_, remedy)


def _server(conn: Connection) -> str:
    if is_sqlite(conn):
        return "the embedded database"
    version = conn.execute(text("SELECT VERSION()")).scalar_one()
    return f"connected, server {str(version).partition('-')[0]}"


def _contents(conn: Connection, rights: Sequence[Rights], key: str) -> Iterator[Check]:
    inspector = inspect(conn)
    there = set(inspector.get_table_names())
    foreign = [right.table for right in rights if not right.own]
    missing = [table.name for table in foreign if table.name not in there]
    if missing:
        text_ = f"Missing, or not to be read: {_listed(missing)}."
        remedy = f"Check {key}, the table prefix, and the account's rights."
        yield failed("tables", Cause.DATA, text_, remedy)
    else:
        yield ok("tables", f"all {len(foreign)} that are needed are there")
    lacking = []
    for table in foreign:
        if table.name in there:
            known = {column["name"] for column in inspector.get_columns(table.name)}
            lacking += [
                f"{table.name}.{column.name}"
                for column in table.c
                if column.name not in known
            ]
    if lacking:
        text_ = f"Missing: {_listed(lacking)}."
        remedy = "The tables are of another version; see README.rst for those we know."
        yield failed("columns", Cause.DATA, text_, remedy)
    elif not missing:
        yield ok("columns", "all that are needed are there")


def _rights(conn: Connection, rights: Sequence[Rights], command: str) -> Check:
    """Try each right on no row at all; nothing stays."""
    refused = []
    known = set(inspect(conn).get_table_names())
    for right in rights:
        if right.table.name not in known:
            continue
        for name, trial in right.trials():
            try:
                conn.execute(trial)
            except DBAPIError as exc:
                if error_number(exc) not in _REFUSED:
                    raise
                refused.append(f"{name} on {right.table.name}")
    conn.rollback()
    if refused:
        text_ = f"The account lacks {_listed(refused)}."
        remedy = f"Give it what `{command} grants` prints."
        return failed("rights", Cause.PERMISSION, text_, remedy)
    return ok("rights", "the account may do all it needs")


def _least(conn: Connection, command: str) -> Check:
    wide: list[str] = []
    for (line,) in conn.execute(text("SHOW GRANTS")):
        if found := _WIDE.match(str(line)):
            names = {name.strip() for name in found["what"].upper().split(",")}
            wide += sorted(names - _HARMLESS)
    if not wide:
        return ok("least rights", "and not more than that on whole databases")
    text_ = f"The account may do more than it needs: {_listed(wide)}."
    remedy = f"Use an account of its own with what `{command} grants` prints."
    return warning("least rights", text_, remedy)


def _clock(conn: Connection) -> Check:
    there = conn.execute(text("SELECT UTC_TIMESTAMP(6)")).scalar_one()
    passed = datetime.now(UTC).replace(tzinfo=None) - there
    return compared("database clock", passed.total_seconds(), "the database server")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
