"""The list of all SKUs a store should have, for ``product/sync``."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bridge.common.database import fold

from .choices import Choices
from .fields import read_fields
from .reading import Selection, read_items
from .variations import child_names, has_options, read_children


@dataclass(frozen=True)
class Listing:
    """The SKUs, each once and in order; ``broken``: masters without known children."""

    skus: list[str]
    broken: list[str]


def read_listing(conn: Connection, flag: str) -> Listing:
    """The flagged SKUs and the children of flagged masters, inactive ones included.

    DECISIONS 53: a store deletes what is not listed, so what is broken has to stop a
    deletion.
    """
    items = read_items(
        conn, Selection(flag, inactive=True), read_fields(conn), Choices()
    )
    listed = {fold(item.sku): item.sku for item in items}
    masters = [(item.sku, item.options) for item in items if has_options(item.options)]
    names, broken = child_names(masters)
    children = read_children(conn, names)
    listed |= {name: child.sku for name, child in children.items()}
    return Listing([listed[name] for name in sorted(listed)], broken)
