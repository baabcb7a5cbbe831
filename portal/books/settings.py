"""Bizuno's own settings: JSON documents in ``configuration`` and ``common_meta``.

They may change at any time, so they are read on every request (DECISIONS 33).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from .tables import common_meta, configuration


def read_configuration(conn: Connection, *modules: str) -> dict[str, dict[str, Any]]:
    """The documents of these modules; a missing or broken one is an empty dict."""
    table = configuration
    query = select(table.c.config_key, table.c.config_value).where(
        table.c.config_key.in_(modules)
    )
    found = {row.config_key: decode(row.config_value) for row in conn.execute(query)}
    return {name: _as_dict(found.get(name)) for name in modules}


def read_meta(conn: Connection, *keys: str) -> dict[str, Any]:
    """The first store-wide meta document of each key; None where there is none."""
    table = common_meta
    query = (
        select(table.c.meta_key, table.c.meta_value)
        .where(table.c.meta_key.in_(keys))
        .order_by(table.c.id.desc())
    )
    found = {row.meta_key: decode(row.meta_value) for row in conn.execute(query)}
    return {key: found.get(key) for key in keys}


def decode(document: str | None) -> Any:
    """A JSON document; None for a broken one."""
    try:
        return json.loads(document or "null")
    except ValueError:
        return None


def dig(document: Any, path: str, default: Any = None) -> Any:
    """The member at ``settings.bizuno_api.gl_sales``; ``default`` where it is not."""
    for part in path.split("."):
        if not isinstance(document, Mapping) or part not in document:
            return default
        document = document[part]
    return document


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
