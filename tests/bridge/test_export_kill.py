"""An export that is killed leaves an order exported once or not at all.

Real processes die by SIGKILL; the other side is the real portal under gunicorn.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.engine import make_url

from bridge.common.config import parse
from bridge.export.marks import KIND, SENT
from bridge.shop import Shop
from portal.books import Books
from portal.books.tables import journal_item, journal_main
from portal.sample import create_sample
from tests.support.servers import Gunicorn

from .killing import Exporter
from .orders import add_item, look
from .test_export import TOKEN, mark_of

TOTAL = Decimal("79.40")


@dataclass(frozen=True)
class Both:
    """The shop, the books, and a process that exports from one to the other."""

    shop: Shop
    books: Books
    exporter: Exporter
    second: Exporter

    def entries(self, number: int) -> list[tuple[int, Decimal]]:
        """What the books have of an order, as (ID, total)."""
        main = journal_main.c
        with self.books.database.read() as conn:
            rows = conn.execute(
                select(main.id, main.total_amount).where(
                    main.purch_order_id == f"WC{number}"
                )
            ).all()
        return [(row[0], Decimal(str(row[1]))) for row in rows]

    def traces(self, number: int) -> tuple[int, int, int]:
        """Mark, note and receipt of an order in the shop, counted."""
        notes = look(self.shop, number).private_notes
        return (
            len(mark_of(self.shop, number)["hpos"]),
            len([note for note in notes if note.startswith("Order exported")]),
            int(self.receipt(KIND, number) is not None),
        )

    def receipt(self, kind: str, number: int) -> int | None:
        """The ID in Bizuno by the receipt of an order."""
        with self.shop.database.read() as conn:
            found = self.shop.ledger.receipt(conn, kind, f"WC{number}")
        return found.reference if found else None

    def check_after_kill(self, number: int) -> None:
        """Booked once or not at all; told in the shop wholly or not at all."""
        entries = self.entries(number)
        assert len(entries) <= 1
        traces = self.traces(number)
        assert traces in ((0, 0, 0), (1, 1, 1))
        if traces == (1, 1, 1):
            assert [ident for ident, _ in entries] == [self.receipt(KIND, number)]

    def check_done(self, number: int, total: Decimal = TOTAL) -> None:
        """Booked once with its last content, told once, and nothing left open."""
        ((ident, booked),) = self.entries(number)
        assert booked == total
        assert self.traces(number) == (1, 1, 1)
        assert self.receipt(KIND, number) == ident
        assert self.receipt(SENT, number) is None


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, str]]:
    """The portal, served; each test gives it books of its own by the same file."""
    folder = tmp_path_factory.mktemp("portal")
    text = (
        f"[portal]\ndatabase = sqlite:///{folder / 'books.sqlite'}\n"
        f"data = {folder / 'data'}\ntokens = {TOKEN}\n"
    )
    books = Books.of(parse(text, {}))
    create_sample(books)
    books.database.dispose()
    server = Gunicorn("portal", text, folder)
    yield server.url, folder, text
    server.stop()


@pytest.fixture
def both(
    portal: tuple[str, Path, str], shop: Shop, shop_url: str, tmp_path: Path
) -> Iterator[Both]:
    url = make_url(shop_url).render_as_string(hide_password=False)
    file = tmp_path / "killing.ini"
    file.write_text(
        f"[bridge]\ndatabase = {url}\nuploads = {tmp_path}\n"
        f"portal_url = {portal[0]}\nportal_token = {TOKEN}\n"
    )
    books = Books.of(parse(portal[2], {}))
    made = Both(shop, books, Exporter(file), Exporter(file))
    yield made
    made.exporter.stop()
    made.second.stop()
    books.database.dispose()


_next_number = iter(range(60001, 90000))


def copies_of_3044(shop: Shop, count: int) -> list[int]:
    """Orders like 3044 under new numbers, with all that belongs to it."""
    t = shop.tables
    numbers = [next(_next_number) for _ in range(count)]
    items, metas = t.woocommerce_order_items, t.woocommerce_order_itemmeta
    with shop.database.transaction() as conn:
        for table, owner in (
            (t.posts, t.posts.c.ID),
            (t.wc_orders, t.wc_orders.c.id),
            (t.wc_order_addresses, t.wc_order_addresses.c.order_id),
            (t.wc_order_operational_data, t.wc_order_operational_data.c.order_id),
        ):
            own_key = {c.name for c in table.primary_key} - {owner.name}
            for row in conn.execute(select(table).where(owner == 3044)).mappings():
                values = {k: v for k, v in row.items() if k not in own_key}
                if "order_key" in values:
                    values.pop("order_key")
                conn.execute(
                    table.insert(), [{**values, owner.name: n} for n in numbers]
                )
        rows = conn.execute(select(items).where(items.c.order_id == 3044)).all()
        told = {
            row.order_item_id: conn.execute(
                select(metas.c.meta_key, metas.c.meta_value).where(
                    metas.c.order_item_id == row.order_item_id
                )
            ).all()
            for row in rows
        }
    for number in numbers:
        for row in rows:
            values = {key: value or "" for key, value in told[row.order_item_id]}
            name = row.order_item_name
            add_item(shop, row.order_item_type, name, number, **values)
    return numbers


def raise_total(shop: Shop, number: int, total: Decimal) -> None:
    """A person adds a fee of 1.00."""
    add_item(shop, "fee", "Extra", number, _line_total="1.00", _line_tax="0")
    orders = shop.tables.wc_orders
    with shop.database.transaction() as conn:
        conn.execute(
            update(orders).where(orders.c.id == number), {"total_amount": total}
        )


def points(both: Both) -> list[str]:
    """The checkpoints of an export that is left alone."""
    (number,) = copies_of_3044(both.shop, 1)
    died, steps = both.exporter.run(number)
    assert died == 0
    both.check_done(number)
    return steps


def kill_at(both: Both, wanted: list[int]) -> None:
    for number, point in zip(
        copies_of_3044(both.shop, len(wanted)), wanted, strict=True
    ):
        died, steps = both.exporter.run(number, point)
        assert died == signal.SIGKILL, steps
        both.check_after_kill(number)
        died, _ = both.exporter.run(number)
        assert died == 0
        both.check_done(number)


def test_killed_around_sending_and_committing_an_order_is_exported_once(
    both: Both,
) -> None:
    steps = points(both)
    wanted = [
        at for at, name in enumerate(steps, 1) if name.split()[1] in ("send", "commit")
    ]
    assert {steps[at - 1] for at in wanted} == {
        "before send",
        "after send",
        "before commit",
        "after commit",
    }
    kill_at(both, wanted)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_every_step_an_order_is_exported_once(both: Both) -> None:
    steps = points(both)
    assert len(steps) > 40
    kill_at(both, list(range(1, len(steps) + 1)))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_thousand_random_schedules_end_with_every_order_once(both: Both) -> None:
    """Edits, duplicates and crashes at random, then everything once more."""
    chance = random.Random(3044)
    steps = len(points(both))
    totals = dict.fromkeys(copies_of_3044(both.shop, 60), TOTAL)
    for _ in range(1000):
        number = chance.choice(list(totals))
        if chance.random() < 0.2:
            totals[number] += 1
            raise_total(both.shop, number, totals[number])
        both.exporter.start(number, chance.randint(0, steps + 20))
        if chance.random() < 0.3:  # somebody else exports it at the same time
            both.second.run(number, chance.randint(0, steps + 20))
        both.exporter.ended()
        assert len(both.entries(number)) <= 1
    for number in totals:
        assert both.exporter.run(number)[0] == 0
    for number, total in totals.items():
        ((_, booked),) = both.entries(number)
        assert booked == total
        assert both.traces(number) == (1, 1, 1)
        assert both.receipt(SENT, number) is None
    item = journal_item.c
    with both.books.database.read() as conn:
        sums = conn.execute(
            select(func.sum(item.debit_amount - item.credit_amount)).group_by(
                item.ref_id
            )
        ).scalars()
        assert all(abs(Decimal(str(one))) < Decimal("0.005") for one in sums)
