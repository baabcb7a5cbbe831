"""Products whose SKU only their ``_sku`` meta knows, not WooCommerce's lookup table.

Importers leave such, and whoever edits the database by hand. No index leads from a SKU
to its meta: each SKU that is new to the shop would cost a walk through those of all
products. In a large shop each process therefore walks once in a while and remembers
whom the lookup table does not know; what came after that is asked for every time. An
``_sku`` that is changed in place without the lookup table is noticed seconds later.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    LargeBinary,
    Select,
    bindparam,
    cast,
    func,
    select,
)

from ..common.batch import Batch
from .tables import ShopTables

SECONDS = 10.0
LARGE = 2000
"""With fewer products than this a walk costs next to nothing."""
_MOST = 1000
_SKUS: BindParameter[Any] = bindparam("skus", expanding=True)


@dataclass(frozen=True)
class _Seen:
    """``posts`` were unlisted when ``newest`` was the newest meta; None: unknown."""

    until: float
    newest: int
    posts: frozenset[int] | None


_seen: WeakKeyDictionary[Engine, _Seen] = WeakKeyDictionary()


def ask_unlisted(
    batch: Batch, tables: ShopTables, skus: Sequence[str]
) -> Callable[[], frozenset[int] | None]:
    """Posts that may have one of these SKUs without being listed under it.

    None means any post: small shops and very untidy ones are walked through.
    """
    seen = _seen.get(batch.conn.engine)
    if seen is None or seen.until < time.monotonic():
        seen = _seen[batch.conn.engine] = _look(batch.conn, tables)
    posts = seen.posts
    if posts is None:
        return lambda: None
    given = {"skus": list(skus), "newest": seen.newest}
    since = batch.ask(
        _since(tables), given, lambda rows: frozenset(int(row.post_id) for row in rows)
    )
    return lambda: posts | since()


def _look(conn: Connection, tables: ShopTables) -> _Seen:
    newest, products = conn.execute(_extent(tables)).one()
    posts = None
    if products >= LARGE:
        found = conn.scalars(_unlisted(tables)).all()
        posts = frozenset(map(int, found)) if len(found) <= _MOST else None
    return _Seen(time.monotonic() + SECONDS, newest or 0, posts)


@functools.lru_cache(maxsize=8)
def _extent(tables: ShopTables) -> Select[Any]:
    metas, listed = tables.postmeta.c, tables.wc_product_meta_lookup.c
    return select(
        select(func.max(metas.meta_id)).scalar_subquery(),
        select(func.count(listed.product_id)).scalar_subquery(),
    )


@functools.lru_cache(maxsize=8)
def _unlisted(tables: ShopTables) -> Select[Any]:
    metas, listed = tables.postmeta.c, tables.wc_product_meta_lookup.c
    # bytes: the two columns may have different collations
    same = cast(listed.sku, LargeBinary) == cast(metas.meta_value, LargeBinary)
    return (
        select(metas.post_id)
        .outerjoin_from(
            tables.postmeta,
            tables.wc_product_meta_lookup,
            (listed.product_id == metas.post_id) & same,
        )
        .where(
            metas.meta_key == "_sku",
            metas.meta_value != "",
            listed.product_id.is_(None),
        )
        .limit(_MOST + 1)
    )


@functools.lru_cache(maxsize=8)
def _since(tables: ShopTables) -> Select[Any]:
    metas = tables.postmeta.c
    return select(metas.post_id).where(
        metas.meta_key == "_sku",
        metas.meta_value.in_(_SKUS),
        metas.meta_id > bindparam("newest"),
    )
