"""Post metas, read and written for many products at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter

from sqlalchemy import Connection, select

from ..common.bulk import insert_many, select_many
from .ids import among
from .sets import delete_rows
from .tables import ShopTables

Metas = dict[int, dict[str, str | None]]
MetaRow = tuple[int, str | None]
MetaRows = dict[int, dict[str, list[MetaRow]]]


def read_metas(
    conn: Connection,
    tables: ShopTables,
    post_ids: Iterable[int],
    keys: Iterable[str] | None = None,
    *,
    lock: bool = False,
) -> Metas:
    """The metas of posts, all or those of ``keys``; every post asked for is there.

    Of several rows under one key the oldest counts, as in WordPress. A row that holds
    NULL is there with None, a missing row is not there.
    """
    rows = read_meta_rows(conn, tables, post_ids, keys, lock=lock)
    return {
        post: {key: values[0][1] for key, values in found.items()}
        for post, found in rows.items()
    }


def read_meta_rows(
    conn: Connection,
    tables: ShopTables,
    post_ids: Iterable[int],
    keys: Iterable[str] | None = None,
    *,
    lock: bool = False,
) -> MetaRows:
    """Every row as ``(meta_id, value)`` by post and key, oldest first.

    ``lock`` keeps other writers of these posts waiting, a checkout's stock included.
    """
    out: MetaRows = {int(post): {} for post in post_ids}
    if not out:
        return out
    table, wanted = tables.postmeta, None if keys is None else frozenset(keys)
    key = table.c.meta_key
    query = select(table.c.post_id, table.c.meta_id, key, table.c.meta_value).where(
        among(table.c.post_id, out),
        key.is_not(None) if wanted is None else key.in_(sorted(wanted)),
    )
    posts = {str(post): found for post, found in out.items()}
    for post, ident, name, value in select_many(
        conn, query.with_for_update() if lock else query
    ):
        # the database compares keys without regard to letter case, PHP does not
        if wanted is None or name in wanted:
            found = posts[post]
            if name in found:
                found[name].append((int(ident), value))
                found[name].sort(key=itemgetter(0))
            else:
                found[name] = [(int(ident), value)]
    return out


def write_metas(
    conn: Connection,
    tables: ShopTables,
    changes: Mapping[int, Mapping[str, str | None]],
    *,
    delete: Mapping[int, Collection[str]] | None = None,
    known: MetaRows | None = None,
) -> set[int]:
    """Set and remove metas; returns the posts of which a row changed.

    ``changes`` maps post to key to value (None is NULL), ``delete`` post to the keys
    whose rows go. Writes only what differs and leaves one row per key it sets, so it
    is for single-valued metas. ``known`` are the present rows where the caller has
    read them under lock.
    """
    gone = delete or {}
    if known is None:
        keys = {key for part in changes.values() for key in part}
        keys.update(key for part in gone.values() for key in part)
        known = read_meta_rows(conn, tables, {*changes, *gone}, keys, lock=True)
    plan = _Plan()
    for post, values in changes.items():
        present = known.get(post, {})
        for key, value in values.items():
            plan.set(post, key, value, present.get(key, ()))
    for post, removed in gone.items():
        present = known.get(post, {})
        for key in removed:
            plan.remove(post, present.get(key, ()))
    table = tables.postmeta
    delete_rows(conn, table, "meta_id", plan.deletes)
    # the rows are there and locked: an upsert that never inserts costs half of a join
    insert_many(
        conn,
        table,
        ["meta_id", "meta_value"],
        plan.updates,
        unique=["meta_id"],
        update=["meta_value"],
    )
    insert_many(conn, table, ["post_id", "meta_key", "meta_value"], plan.inserts)
    return plan.touched


class _Plan:
    """Row changes that follow from wanted values and present rows."""

    def __init__(self) -> None:
        self.updates: list[tuple[int, str | None]] = []
        self.inserts: list[tuple[int, str, str | None]] = []
        self.deletes: list[int] = []
        self.touched: set[int] = set()

    def set(
        self, post: int, key: str, value: str | None, rows: Sequence[MetaRow]
    ) -> None:
        if not rows:
            self.inserts.append((post, key, value))
            self.touched.add(post)
            return
        if rows[0][1] != value:
            self.updates.append((rows[0][0], value))
            self.touched.add(post)
        if len(rows) > 1:
            self.remove(post, rows[1:])

    def remove(self, post: int, rows: Sequence[MetaRow]) -> None:
        if rows:
            self.deletes.extend(ident for ident, _ in rows)
            self.touched.add(post)
