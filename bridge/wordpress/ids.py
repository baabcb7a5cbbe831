"""Conditions on many row IDs at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, bindparam


def among(column: ColumnElement[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """``column IN (ids)`` for any number of integers, in ascending order.

    SQLAlchemy writes the integers into the statement itself: SQLite allows a limited
    number of parameters only, and one statement for all rows is the point.
    """
    wanted = sorted({int(one) for one in ids})
    return column.in_(
        bindparam("ids", wanted, unique=True, expanding=True, literal_execute=True)
    )
