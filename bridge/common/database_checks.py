"""Is the database there, does it let us in, may we do what we need, is all there?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Inspector, Table, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from .checks import Cause, Check, failed, ok, skipped, warning
from .database import Database, error_number, is_sqlite
from .grants import Rights
from .line import compared

NAMES = ("database", "tables", "columns", "own tables", "rights")
"""The checks that there are with every kind of database."""
READABLE = ("database", "tables", "columns", "rights")
"""Those without which nothing can be read from it."""
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
    needed = [right.table for right in rights if not right.own]
    own = [right.table for right in rights if right.own]
    missing = [table.name for table in needed if table.name not in there]
    if missing:
        text_ = f"Missing, or not to be read: {_listed(missing)}."
        remedy = f"Check {key}, the table prefix, and the account's rights."
        yield failed("tables", Cause.DATA, text_, remedy)
    else:
        yield ok("tables", f"all {len(needed)} that are needed are there")
    lacking = _lacking(inspector, [table for table in needed if table.name in there])
    if lacking:
        text_ = f"Missing: {_listed(lacking)}."
        remedy = "The tables are of another version; see README.rst for those we know."
        yield failed("columns", Cause.DATA, text_, remedy)
    elif not missing:
        yield ok("columns", "all that are needed are there")
    yield _own(inspector, own, there)


def _own(inspector: Inspector, own: Sequence[Table], there: set[str]) -> Check:
    made = [table for table in own if table.name in there]
    if lacking := _lacking(inspector, made):
        text_ = f"Missing: {_listed(lacking)}."
        remedy = "Another version made these tables; see CHANGES.rst what to do."
        return failed("own tables", Cause.DATA, text_, remedy)
    later = "" if len(made) == len(own) else "; the others are made when needed"
    return ok("own tables", f"{len(made)} of {len(own)} are there{later}")


def _lacking(inspector: Inspector, tables: Sequence[Table]) -> list[str]:
    """The columns that these tables have not, as ``table.column``."""
    lacking = []
    for table in tables:
        known = {column["name"] for column in inspector.get_columns(table.name)}
        lacking += [f"{table.name}.{c.name}" for c in table.c if c.name not in known]
    return lacking


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
