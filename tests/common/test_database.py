"""Transactions, retries and set-based helpers behave alike on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, event, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from bridge.common.bulk import staged, temporary
from bridge.common.columns import BIZUNO, WORDPRESS, Texts, integer, key, table_options
from bridge.common.database import (
    Busy,
    Database,
    create_missing,
    fold,
    is_sqlite,
    upsert,
)
from bridge.common.errors import Unavailable
from tests.support import mariadb

metadata = MetaData()
words = Texts(WORDPRESS)
stock = Table(
    "stock",
    metadata,
    Column("id", integer("bigint", unsigned=True), primary_key=True),
    Column("sku", words.varchar(100), nullable=False),
    Column("qty", integer(), nullable=False),
    key("sku", "sku", unique=True),
    **table_options(WORDPRESS),
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url, pool_size=4)
    with made.transaction() as conn:
        metadata.create_all(conn)
        conn.execute(
            stock.insert(),
            [{"id": n, "sku": f"SKU-{n}", "qty": n} for n in range(1, 6)],
        )
    yield made
    made.dispose()


@pytest.fixture
def real(server: mariadb.Server) -> Iterator[Database]:
    """A MariaDB database with the table, for what SQLite has not."""
    name = server.create_database()
    made = Database(server.url(name), pool_size=4)
    with made.transaction() as conn:
        metadata.create_all(conn)
        conn.execute(
            stock.insert(),
            [{"id": n, "sku": f"SKU-{n}", "qty": n} for n in range(1, 6)],
        )
    yield made
    made.dispose()
    server.drop_database(name)


def quantities(database: Database) -> dict[str, int]:
    with database.read() as conn:
        rows = conn.execute(select(stock.c.sku, stock.c.qty).order_by(stock.c.id))
        return {row.sku: row.qty for row in rows}


# transactions


def test_a_transaction_is_kept_at_its_end(database: Database) -> None:
    with database.transaction() as conn:
        conn.execute(update(stock).where(stock.c.id == 1), {"qty": 10})
    assert quantities(database)["SKU-1"] == 10


def test_an_exception_undoes_everything(database: Database) -> None:
    with pytest.raises(RuntimeError, match="midway"):
        with database.transaction() as conn:
            conn.execute(update(stock), {"qty": 0})
            raise RuntimeError("midway")
    assert quantities(database)["SKU-5"] == 5


def test_a_glance_shows_what_was_kept_a_moment_ago(database: Database) -> None:
    for quantity in (10, 11):
        with database.transaction() as conn:
            conn.execute(update(stock).where(stock.c.id == 1), {"qty": quantity})
        with database.glance() as conn:
            assert conn.scalar(select(stock.c.qty).where(stock.c.id == 1)) == quantity


def test_a_glance_is_one_round_trip(real: Database) -> None:
    with real.glance() as conn:
        before = _questions(conn)
    for _ in range(5):
        with real.glance() as conn:
            assert conn.scalar(select(stock.c.qty).where(stock.c.id == 1)) == 1
    with real.glance() as conn:
        # the five, and asking how many
        assert _questions(conn) - before == 6


def test_a_glance_at_an_unreachable_database_is_unavailable() -> None:
    made = Database("mysql+pymysql://u:hunter2@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="cannot be reached; try again later"):
        with made.glance():
            pass  # pragma: no cover


def test_creating_a_database_object_connects_to_nothing() -> None:
    made = Database("mysql+pymysql://u:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in repr(made)
    with pytest.raises(Unavailable, match="cannot be reached; try again later"):
        with made.read():
            pass  # pragma: no cover


def test_an_unreachable_file_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        with Database("sqlite:////nowhere/at/all.sqlite").read():
            pass  # pragma: no cover


def test_a_mistake_of_ours_is_not_called_unavailable(database: Database) -> None:
    with pytest.raises(Exception) as caught:
        with database.read() as conn:
            conn.execute(text("SELECT nonsense FROM nowhere"))
    assert not isinstance(caught.value, Unavailable)
    with pytest.raises(IntegrityError):
        with database.transaction() as conn:
            conn.execute(stock.insert(), {"id": 9, "sku": "SKU-1", "qty": 0})


def test_after_dispose_it_connects_anew(database: Database) -> None:
    with database.glance() as conn:
        assert conn.scalar(select(stock.c.qty).where(stock.c.id == 1)) == 1
    database.dispose()
    assert quantities(database)["SKU-1"] == 1
    with database.glance() as conn:
        assert conn.scalar(select(stock.c.qty).where(stock.c.id == 1)) == 1


@pytest.mark.parametrize("way", ["read", "glance"])
def test_a_lost_server_connection_is_replaced(real: Database, way: str) -> None:
    connect = getattr(real, way)
    with connect() as conn:
        number = conn.scalar(text("SELECT CONNECTION_ID()"))
    killer = Database(real.url)
    with killer.transaction() as conn:
        conn.exec_driver_sql(f"KILL {number}")
    killer.dispose()
    time.sleep(0.1)
    with connect() as conn:
        assert conn.scalar(select(stock.c.qty).where(stock.c.id == 1)) == 1


def test_a_connection_lost_midway_is_unavailable_and_undone(real: Database) -> None:
    killer = Database(real.url)
    with pytest.raises(Unavailable):
        with real.transaction() as conn:
            conn.execute(update(stock), {"qty": 0})
            number = conn.scalar(text("SELECT CONNECTION_ID()"))
            with killer.transaction() as other:
                other.exec_driver_sql(f"KILL {number}")
            time.sleep(0.1)
            conn.execute(update(stock), {"qty": 1})
    killer.dispose()
    assert quantities(real)["SKU-5"] == 5


def test_the_session_is_strict_utc_and_utf8mb4(real: Database) -> None:
    with real.read() as conn:
        row = conn.exec_driver_sql(
            "SELECT @@sql_mode, @@time_zone, @@character_set_connection,"
            " @@innodb_lock_wait_timeout"
        ).one()
    assert "STRICT_ALL_TABLES" in row[0]
    assert row[1:] == ("+00:00", "utf8mb4", 10)


def test_emoji_and_quotes_come_back_as_they_went(database: Database) -> None:
    odd = '🚲 O\'Neill \\ "x" é ±'
    with database.transaction() as conn:
        conn.execute(update(stock).where(stock.c.id == 1), {"sku": odd})
    assert odd in quantities(database)


def test_the_pool_is_as_large_as_asked_and_then_unavailable(
    real: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.common.engines.LOCK_WAIT_SECONDS", 0.2)
    small = Database(real.url, pool_size=1)
    with small.read():
        with pytest.raises(Unavailable):
            with small.read():
                pass  # pragma: no cover
    small.dispose()


# deadlocks and waiting


def test_the_victim_of_a_deadlock_is_run_again(real: Database) -> None:
    both_locked, runs = threading.Barrier(2), []
    failed: list[BaseException] = []

    def move(name: str, first: int, second: int) -> None:
        def work(conn: Connection) -> None:
            runs.append(name)
            conn.execute(update(stock).where(stock.c.id == first), {"qty": 100})
            if len(runs) <= 2:
                both_locked.wait(10)
            conn.execute(
                update(stock).where(stock.c.id == second).values(qty=stock.c.qty + 1)
            )

        try:
            real.run(work)
        except BaseException as exc:  # shown by the assertion below
            failed.append(exc)

    threads = [
        threading.Thread(target=move, args=("a", 1, 2)),
        threading.Thread(target=move, args=("b", 2, 1)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    # two began, the victim began once more, and nothing of its first try is left
    assert sorted(runs) in (["a", "a", "b"], ["a", "b", "b"])
    found = quantities(real)
    assert sorted((found["SKU-1"], found["SKU-2"])) == [100, 101]


def test_a_transaction_without_run_meets_the_deadlock_as_busy(real: Database) -> None:
    both_locked, seen = threading.Barrier(2), []

    def move(first: int, second: int) -> None:
        try:
            with real.transaction() as conn:
                conn.execute(update(stock).where(stock.c.id == first), {"qty": 7})
                both_locked.wait(10)
                conn.execute(update(stock).where(stock.c.id == second), {"qty": 7})
        except Busy as exc:
            seen.append(exc)

    threads = [
        threading.Thread(target=move, args=(1, 2)),
        threading.Thread(target=move, args=(2, 1)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [exc.status for exc in seen] == [503]
    assert "send the same request again" in seen[0].text


def test_run_gives_up_in_the_end(real: Database) -> None:
    attempts = []

    def work(conn: Connection) -> None:
        conn.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1")
        attempts.append(1)
        conn.execute(update(stock).where(stock.c.id == 1), {"qty": 7})

    started = time.monotonic()
    with real.transaction() as conn:
        conn.execute(update(stock).where(stock.c.id == 1), {"qty": 8})
        blocked = threading.Thread(target=_swallow, args=(real, work))
        blocked.start()
        blocked.join(20)
    assert not blocked.is_alive()
    assert len(attempts) >= 2
    assert time.monotonic() - started < 15
    assert quantities(real)["SKU-1"] == 8


def _swallow(database: Database, work: object) -> None:
    with pytest.raises(Busy):
        database.run(work, seconds=1.5)  # type: ignore[arg-type]


def test_any_other_error_is_not_run_again(database: Database) -> None:
    attempts = []

    def work(conn: Connection) -> None:
        attempts.append(1)
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        database.run(work)
    assert len(attempts) == 1


def test_a_writer_waits_for_another_on_sqlite(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.common.engines.LOCK_WAIT_SECONDS", 0.2)
    database = Database(f"sqlite:///{tmp_path}/busy.sqlite")
    with database.transaction() as conn:
        metadata.create_all(conn)
    with database.transaction():
        with pytest.raises(Busy, match="busy"):
            with database.transaction():
                pass  # pragma: no cover
        with pytest.raises(Busy):
            database.run(lambda conn: None, seconds=0.1)
        with database.read() as reader:  # a reader is not kept waiting
            assert reader.execute(select(stock)).all() == []
    assert database.run(lambda conn: 7) == 7
    database.dispose()


def test_readers_see_one_state_throughout_on_sqlite(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/wal.sqlite")
    with database.transaction() as conn:
        metadata.create_all(conn)
    with database.read() as reader:
        assert reader.execute(select(stock)).all() == []
        with database.transaction() as writer:
            writer.execute(stock.insert(), {"id": 1, "sku": "A", "qty": 1})
        assert reader.execute(select(stock)).all() == []
    database.dispose()


# sets


def test_upsert_inserts_and_updates_in_one_statement(database: Database) -> None:
    statements: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda conn, cursor, statement, *rest: statements.append(statement),
    )
    with database.transaction() as conn:
        statements.clear()
        upsert(
            conn,
            stock,
            [{"sku": f"SKU-{n}", "qty": 50 + n} for n in (4, 5, 6, 7)],
            unique=["sku"],
            update=["qty"],
        )
        assert len(statements) == 1
    assert quantities(database) == {
        "SKU-1": 1,
        "SKU-2": 2,
        "SKU-3": 3,
        "SKU-4": 54,
        "SKU-5": 55,
        "SKU-6": 56,
        "SKU-7": 57,
    }


def test_upsert_of_nothing_does_nothing(database: Database) -> None:
    with database.transaction() as conn:
        upsert(conn, stock, [], unique=["sku"], update=["qty"])
    assert len(quantities(database)) == 5


def test_upsert_knows_the_collation(database: Database) -> None:
    with database.transaction() as conn:
        upsert(
            conn, stock, [{"sku": "sku-1", "qty": 9}], unique=["sku"], update=["qty"]
        )
    assert quantities(database)["SKU-1"] == 9


def given() -> Table:
    return temporary(
        "given", [Column("sku", words.varchar(100)), Column("qty", integer())]
    )


def test_staged_rows_can_be_joined(database: Database) -> None:
    rows = [{"sku": "sku-1", "qty": 11}, {"sku": "none", "qty": 12}]
    with database.transaction() as conn, staged(conn, given(), rows) as t:
        found = conn.execute(
            select(stock.c.id, t.c.qty).join(t, t.c.sku == stock.c.sku)
        ).all()
    assert [tuple(row) for row in found] == [(1, 11)]


def test_a_staged_table_is_gone_afterwards(database: Database) -> None:
    for _ in range(2):  # the name is free again, on the same pooled connection
        with database.transaction() as conn, staged(conn, given()) as t:
            assert conn.execute(select(t)).all() == []
    with pytest.raises(Exception, match="given"):
        with database.transaction() as conn:
            conn.execute(text("SELECT * FROM given"))


def test_a_staged_table_is_gone_after_an_error_too(database: Database) -> None:
    with pytest.raises(RuntimeError):
        with database.transaction() as conn, staged(conn, given()):
            raise RuntimeError
    with database.transaction() as conn, staged(conn, given()):
        pass


def test_an_error_inside_a_staged_block_is_the_one_that_is_raised(
    database: Database,
) -> None:
    with pytest.raises(IntegrityError):
        with database.transaction() as conn, staged(conn, given()):
            conn.execute(stock.insert(), {"id": 1, "sku": "SKU-9", "qty": 1})
    assert len(quantities(database)) == 5


def test_a_staged_table_does_not_end_the_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError):
        with database.transaction() as conn:
            conn.execute(update(stock), {"qty": 0})
            with staged(conn, given()):
                pass
            raise RuntimeError
    assert quantities(database)["SKU-5"] == 5


def test_many_rows_are_staged_in_few_round_trips(real: Database) -> None:
    rows = [{"sku": f"S{n}", "qty": n} for n in range(10_000)]
    with real.transaction() as conn:
        before = _questions(conn)
        with staged(conn, given(), rows):
            assert _questions(conn) - before < 30


def _questions(conn: Connection) -> int:
    row = conn.exec_driver_sql("SHOW SESSION STATUS LIKE 'Questions'").one()
    return int(row[1])


def test_the_kind_of_database_is_known(database: Database) -> None:
    with database.read() as conn:
        assert is_sqlite(conn) == database.url.startswith("sqlite")


# comparing text


@pytest.mark.parametrize(
    "stored,asked",
    [
        ("BIKE-1", "bike-1"),
        ("Crème", "creme"),
        ("Ärmel", "ARMEL"),
        ("trail", "trail   "),
        ("ÅNGSTRÖM", "ångström"),
        ("Straße", "STRASSE"),
        ("ñandú", "NANDU"),
    ],
)
@pytest.mark.parametrize("collation", [WORDPRESS, BIZUNO])
def test_letter_case_accents_and_trailing_blanks_do_not_count(
    database_url: str, stored: str, asked: str, collation: str
) -> None:
    table = Table(
        "names",
        MetaData(),
        Column("name", Texts(collation).varchar(100)),
        **table_options(collation),
    )
    database = Database(database_url)
    with database.transaction() as conn:
        table.create(conn)
        conn.execute(table.insert(), {"name": stored})
        assert conn.scalar(select(table.c.name).where(table.c.name == asked)) == stored
        assert conn.scalar(select(table.c.name).where(table.c.name == "x")) is None
    database.dispose()
    assert fold(stored) == fold(asked)


def test_leading_blanks_and_other_letters_do_count() -> None:
    assert fold(" a") != fold("a")
    assert fold("a-1") != fold("a1")
    assert fold("a") != fold("b")


def test_programming_errors_keep_their_class(real: Database) -> None:
    with pytest.raises(ProgrammingError):
        with real.transaction() as conn:
            conn.exec_driver_sql("SELEC 1")


def test_tables_may_be_created_by_several_at_once(real: Database) -> None:
    made = MetaData()
    for number in range(12):
        Table(f"made_{number}", made, Column("id", integer("bigint"), primary_key=True))
    for _ in range(5):
        start = threading.Barrier(6)

        def create() -> None:
            start.wait(timeout=30)
            create_missing(real, made)

        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(create) for _ in range(6)]:
                done.result()
        with real.transaction() as conn:
            made.drop_all(conn)
