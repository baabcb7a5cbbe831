"""Bizuno's own settings: JSON documents in ``configuration`` and ``common_meta``.

They may change at any time, so they are read on every request (DECISIONS 33).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, literal, select, union_all

from .tables import common_meta, configuration

# built once: every request reads settings, and building costs as much as reading
_MODULES = select(configuration.c.config_key, configuration.c.config_value).where(
    configuration.c.config_key.in_(bindparam("keys", expanding=True))
)
_METAS = (
    select(common_meta.c.meta_key, common_meta.c.meta_value)
    .where(common_meta.c.meta_key.in_(bindparam("keys", expanding=True)))
    .order_by(common_meta.c.id.desc())
)


_DOCUMENTS = union_all(
    select(
        configuration.c.config_key.label("name"),
        configuration.c.config_value.label("document"),
        literal(0).label("place"),
    ).where(configuration.c.config_key.in_(bindparam("modules", expanding=True))),
    select(common_meta.c.meta_key, common_meta.c.meta_value, common_meta.c.id).where(
        common_meta.c.meta_key.in_(bindparam("metas", expanding=True))
    ),
)


def read_configuration(conn: Connection, *modules: str) -> dict[str, dict[str, Any]]:
    """The documents of these modules; a missing or broken one is an empty dict."""
    rows = conn.execute(_MODULES, {"keys": modules})
    found = {row.config_key: decode(row.config_value) for row in rows}
    return {name: _as_dict(found.get(name)) for name in modules}


def read_meta(conn: Connection, *keys: str) -> dict[str, Any]:
    """The first store-wide meta document of each key; None where there is none."""
    rows = conn.execute(_METAS, {"keys": keys})
    found = {row.meta_key: decode(row.meta_value) for row in rows}
    return {key: found.get(key) for key in keys}


def read_documents(
    conn: Connection, modules: Iterable[str], metas: Iterable[str]
) -> dict[str, str]:
    """Both kinds in one statement, as text: for what is asked with every order."""
    names = {"modules": list(modules), "metas": list(metas)}
    rows = list(conn.execute(_DOCUMENTS, names))
    # the first document of a meta key counts, so it comes last here
    rows.sort(key=lambda row: row.place, reverse=True)
    return {row.name: row.document or "" for row in rows}


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
