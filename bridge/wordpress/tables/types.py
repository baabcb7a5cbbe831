"""Column types in WordPress's collation and the options of its tables."""

from __future__ import annotations

from sqlalchemy import Column
from sqlalchemy import text as sql

from bridge.common.columns import (
    WORDPRESS,
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

_texts = Texts(WORDPRESS)
varchar, char = _texts.varchar, _texts.char
tinytext, text = _texts.tinytext, _texts.text
mediumtext, longtext = _texts.mediumtext, _texts.longtext
enum = _texts.enum
OPTIONS = table_options(WORDPRESS)
NOW = sql("CURRENT_TIMESTAMP")

__all__ = [
    "Amount",
    "Column",
    "Day",
    "Double",
    "NOW",
    "OPTIONS",
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
