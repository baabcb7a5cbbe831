"""Column types that mean the same on MariaDB and on SQLite.

Tables are declared with MariaDB's types, so that a sample database has the columns,
keys and collations of a real one; SQLite, the embedded default, gets the nearest
type it has and a collation of the same name (see ``database``), so that letter case
and accents count as little there as in the real thing.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, cast, types
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

WORDPRESS = "utf8mb4_unicode_520_ci"
BIZUNO = "utf8mb4_unicode_ci"
BINARY = "utf8mb4_nopad_bin"  # trailing blanks count, unlike in utf8mb4_bin
COLLATIONS = (WORDPRESS, BIZUNO)
ZERO_STAMP = "0000-00-00 00:00:00"


class Stamp(types.TypeDecorator[str]):
    """``DATETIME`` as the text ``YYYY-MM-DD HH:MM:SS``.

    WordPress writes local and UTC times side by side and zero dates for "never";
    only text carries all three unharmed. Conversion belongs to the caller, who
    knows which clock a column follows.
    """

    impl = types.String(19)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(
            types.String(19) if dialect.name == "sqlite" else mysql.DATETIME()
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S")
        return value  # type: ignore[no-any-return]

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S")
        return None if value is None else str(value)


def parse_stamp(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """A stored time as aware UTC; None for "never" (NULL and zero dates)."""
    if not text or text.startswith("0000"):
        return None
    local = datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S")
    return local.replace(tzinfo=zone).astimezone(UTC)


class Day(types.TypeDecorator[str]):
    """``DATE`` as the text ``YYYY-MM-DD``; zero dates stay what they are."""

    impl = types.String(10)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(
            types.String(10) if dialect.name == "sqlite" else mysql.DATE()
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)[:10]

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)[:10]


class Amount(types.TypeDecorator[Decimal]):
    """``DECIMAL(p,s)``; SQLite stores a number and gives it back with the scale."""

    impl = types.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(
            types.Float(self.precision)
            if dialect.name == "sqlite"
            else mysql.DECIMAL(self.precision, self.scale)
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-self.scale))


class Double(types.TypeDecorator[Decimal]):
    """Bizuno's ``DOUBLE`` money, Decimal on our side of the wire."""

    impl = types.Float
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(
            types.Float(53) if dialect.name == "sqlite" else mysql.DOUBLE()
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> float | None:
        return None if value is None else float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(repr(float(value)))


class Single(types.TypeDecorator[Decimal]):
    """Bizuno's ``FLOAT`` quantities, Decimal on our side.

    MariaDB prints a FLOAT with six digits only, so it is read as a DOUBLE and
    brought back to the shortest number that is the same FLOAT.
    """

    impl = types.Float
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(
            types.Float(53) if dialect.name == "sqlite" else mysql.FLOAT()
        )

    def column_expression(self, column: Any) -> Any:
        return cast(column, Double())

    def process_bind_param(self, value: Any, dialect: Dialect) -> float | None:
        return None if value is None else float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else shortest_single(float(value))


def shortest_single(value: float) -> Decimal:
    """The shortest decimal that is the same single-precision number."""
    try:
        wanted = struct.pack("f", value)
    except OverflowError:
        return Decimal(repr(value))
    for digits in range(6, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == wanted:
            return Decimal(f"{Decimal(text):f}")
    return Decimal(repr(value))


def integer(kind: str = "int", width: int | None = None, unsigned: bool = False) -> Any:
    """``BIGINT``/``INT``/``SMALLINT``/``TINYINT`` with MariaDB's display width."""
    known = {
        "bigint": mysql.BIGINT,
        "int": mysql.INTEGER,
        "smallint": mysql.SMALLINT,
        "tinyint": mysql.TINYINT,
        "mediumint": mysql.MEDIUMINT,
    }
    real = known[kind](display_width=width, unsigned=unsigned)
    return types.Integer().with_variant(real, "mysql", "mariadb")


class Texts:
    """Text types of one collation, on both dialects."""

    def __init__(self, collation: str) -> None:
        self.collation = collation

    def _of(self, real: Any, length: int | None = None) -> Any:
        embedded = sqlite.VARCHAR(length, collation=self.collation)
        return (
            types.String(length)
            .with_variant(real, "mysql", "mariadb")
            .with_variant(embedded, "sqlite")
        )

    def varchar(self, length: int) -> Any:
        """``VARCHAR(length)``."""
        return self._of(mysql.VARCHAR(length, collation=self.collation), length)

    def char(self, length: int) -> Any:
        """``CHAR(length)``."""
        return self._of(mysql.CHAR(length, collation=self.collation), length)

    def tinytext(self) -> Any:
        """``TINYTEXT``: 255 bytes."""
        return self._of(mysql.TINYTEXT(collation=self.collation))

    def text(self) -> Any:
        """``TEXT``: 64 KiB."""
        return self._of(mysql.TEXT(collation=self.collation))

    def mediumtext(self) -> Any:
        """``MEDIUMTEXT``: 16 MiB."""
        return self._of(mysql.MEDIUMTEXT(collation=self.collation))

    def longtext(self) -> Any:
        """``LONGTEXT``: 4 GiB."""
        return self._of(mysql.LONGTEXT(collation=self.collation))

    def enum(self, *values: str) -> Any:
        """``ENUM(values)``, plain text on SQLite."""
        return self._of(mysql.ENUM(*values, collation=self.collation), 40)


def table_options(collation: str, engine: str = "InnoDB") -> dict[str, Any]:
    """Engine, character set and collation of a MariaDB table."""
    return {
        "mysql_engine": engine,
        "mysql_charset": "utf8mb4",
        "mysql_collate": collation,
    }


def key(name: str, *columns: str | tuple[str, int], unique: bool = False) -> Index:
    """A key with MariaDB's prefix lengths: ``key("meta_key", ("meta_key", 191))``."""
    names = [c if isinstance(c, str) else c[0] for c in columns]
    lengths = {c[0]: c[1] for c in columns if not isinstance(c, str)}
    return Index(name, *names, unique=unique, mysql_length=lengths or None)


@compiles(CreateIndex, "sqlite")
def _create_index(element: CreateIndex, compiler: DDLCompiler, **options: Any) -> str:
    """SQLite's index names are global, MariaDB's belong to their table."""
    index = element.target
    assert isinstance(index, Index) and index.table is not None
    quote = compiler.preparer.quote
    columns = ", ".join(quote(column.name) for column in index.columns)
    unique = "UNIQUE " if index.unique else ""
    name = quote(f"{index.table.name}_{index.name}")
    table = compiler.preparer.format_table(index.table)
    return f"CREATE {unique}INDEX IF NOT EXISTS {name} ON {table} ({columns})"
