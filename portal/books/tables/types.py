"""Column types in Bizuno's collation and the options of its tables."""

from __future__ import annotations

from sqlalchemy import Column
from sqlalchemy import text as sql

from bridge.common.columns import (
    BIZUNO,
    Amount,
    Day,
    Double,
    Single,
    Stamp,
    Texts,
    integer,
    key,
    table_options,
)

_texts = Texts(BIZUNO)
varchar, char = _texts.varchar, _texts.char
tinytext, text = _texts.tinytext, _texts.text
mediumtext, longtext = _texts.mediumtext, _texts.longtext
enum = _texts.enum
OPTIONS = table_options(BIZUNO)
MYISAM = table_options(BIZUNO, "MyISAM")
NOW = sql("CURRENT_TIMESTAMP")

__all__ = [
    "Amount",
    "Column",
    "Day",
    "Double",
    "NOW",
    "OPTIONS",
    "MYISAM",
    "Single",
    "Stamp",
    "char",
    "enum",
    "integer",
    "key",
    "longtext",
    "mediumtext",
    "text",
    "tinytext",
    "varchar",
]
