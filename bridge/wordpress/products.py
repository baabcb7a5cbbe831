"""Products and variations: what they are, locked and touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from sqlalchemy import Connection, case, func, select, update

from .clock import stamp
from .ids import among
from .tables import ShopTables

POST_TYPES = ("product", "product_variation")
SKU_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Product:
    """A product or variation; ``type`` is simple, variable, ... or variation.

    ``parent`` is the ID of a variation's product, else 0. ``listed``: the lookup table
    knows it.
    """

    id: int
    type: str
    status: str
    parent: int = 0
    listed: bool = field(default=True, compare=False)


def lock_posts(
    conn: Connection, tables: ShopTables, ids: Iterable[int], *, lock: bool = True
) -> set[int]:
    """Lock posts by ascending ID before anything else of them is read.

    One order for everybody is what keeps two calls for the same products from
    waiting for each other in a circle. Name the parents of variations as well.
    Returns those that are gone or in the trash.
    """
    posts, wanted = tables.posts, {int(ident) for ident in ids}
    if not wanted:
        return set()
    alive = [among(posts.c.ID, wanted), posts.c.post_status != "trash"]
    # one number comes back instead of a row for each; all are nearly always there
    counting = select(func.count(case((alive[1], 1)))).where(alive[0])
    if conn.scalar(counting.with_for_update() if lock else counting) == len(wanted):
        return set()
    return wanted - set(conn.scalars(select(posts.c.ID).where(*alive)))


def touch_posts(
    conn: Connection,
    tables: ShopTables,
    ids: Iterable[int],
    now: datetime,
    zone: tzinfo,
) -> None:
    """Set ``post_modified`` in both clocks; ``zone`` is the shop's."""
    posts, wanted = tables.posts, set(ids)
    if wanted:
        conn.execute(
            update(posts)
            .where(among(posts.c.ID, wanted))
            .values(post_modified=stamp(now, zone), post_modified_gmt=stamp(now))
        )
