"""Post metas, read and written for many products at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import (
    Connection,
    LargeBinary,
    cast,
    func,
    select,
)

from ..common.bulk import insert_many
from ..common.database import is_sqlite
from .ids import among
from .sets import delete_rows
from .tables import ShopTables

Metas = dict[int, dict[str, str | None]]
MetaRow = tuple[int, str | None]
MetaRows = dict[int, dict[str, list[MetaRow]]]
_FIELD, _ROW = "\x1f", "\x1e"
# well below the 1 MiB at which MariaDB cuts
_PACKED_BYTES = 900_000


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
    wanted = None if keys is None else frozenset(keys)
    if not out:
        return out
    left: Iterable[int] = out
    if wanted is not None and not is_sqlite(conn):
        left = _read_packed(conn, tables, out, wanted, lock)
    if left:
        _read_rows(conn, tables, out, left, wanted, lock)
    return out


def _read_rows(
    conn: Connection,
    tables: ShopTables,
    out: MetaRows,
    posts: Iterable[int],
    wanted: frozenset[str] | None,
    lock: bool,
) -> None:
    """One row of the result per row of the table."""
    table = tables.postmeta
    query = (
        select(table.c.post_id, table.c.meta_id, table.c.meta_key, table.c.meta_value)
        .where(among(table.c.post_id, posts))
        .order_by(table.c.post_id, table.c.meta_id)
    )
    if wanted is not None:
        query = query.where(table.c.meta_key.in_(sorted(wanted)))
    for post, ident, key, value in conn.execute(
        query.with_for_update() if lock else query
    ):
        # the database compares keys without regard to letter case, PHP does not
        if key is not None and (wanted is None or key in wanted):
            out[post].setdefault(key, []).append((ident, value))


def _read_packed(
    conn: Connection,
    tables: ShopTables,
    out: MetaRows,
    wanted: frozenset[str],
    lock: bool,
) -> list[int]:
    """One row of the result per post, which the driver reads three times as fast.

    Fields and rows are kept apart by control characters that no sane value holds;
    where one does, or the text is so long that the server may have cut it, the numbers
    do not add up and the post is returned, to be read the plain way. Bytes, because
    the columns of an old shop may have different collations.
    """
    table = tables.postmeta
    packed = func.concat_ws(
        _FIELD,
        table.c.meta_id,
        cast(table.c.meta_key, LargeBinary),
        cast(table.c.meta_value, LargeBinary),
    )
    query = (
        select(
            table.c.post_id,
            func.count(),
            func.aggregate_strings(packed, _ROW),
        )
        .where(among(table.c.post_id, out), table.c.meta_key.in_(sorted(wanted)))
        .group_by(table.c.post_id)
    )
    left = []
    for post, count, blob in conn.execute(query.with_for_update() if lock else query):
        found = _unpack(blob, count, wanted)
        if found is None:
            left.append(post)
        else:
            out[post] = found
    return left


def _unpack(
    blob: bytes, count: int, wanted: frozenset[str]
) -> dict[str, list[MetaRow]] | None:
    rows = blob.decode().split(_ROW) if len(blob) < _PACKED_BYTES else []
    if len(rows) != count:
        return None
    found: dict[str, list[MetaRow]] = {}
    for row in rows:
        fields = row.split(_FIELD)
        if not 2 <= len(fields) <= 3:
            return None
        key = fields[1]
        # NULL leaves no field at all
        entry = (int(fields[0]), fields[2] if len(fields) == 3 else None)
        if key in found:
            found[key].append(entry)
            found[key].sort(key=lambda row: row[0])
        elif key in wanted:
            found[key] = [entry]
    return found


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
        ["meta_id", "post_id", "meta_key", "meta_value"],
        plan.updates,
        unique=["meta_id"],
        update=["meta_value"],
    )
    insert_many(conn, table, ["post_id", "meta_key", "meta_value"], plan.inserts)
    return plan.touched


class _Plan:
    """Row changes that follow from wanted values and present rows."""

    def __init__(self) -> None:
        self.updates: list[tuple[int, int, str, str | None]] = []
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
            self.updates.append((rows[0][0], post, key, value))
            self.touched.add(post)
        if len(rows) > 1:
            self.remove(post, rows[1:])

    def remove(self, post: int, rows: Sequence[MetaRow]) -> None:
        if rows:
            self.deletes.extend(ident for ident, _ in rows)
            self.touched.add(post)
