"""The sample books are genuine and agree with the sample shop."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from bridge.common import sample
from bridge.common.database import Database
from bridge.common.errors import Conflict
from portal.books import Books
from portal.books import tables as t
from portal.books.settings import dig, read_configuration, read_meta
from portal.cli import main
from portal.sample import create_sample
from portal.sample.pictures import draw

from . import sound
from .conftest import books_of


def test_command_creates_the_books_and_says_what_is_there(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "config.ini"
    file.write_text(f"[portal]\ndatabase = {database_url}\ndata = {tmp_path / 'd'}\n")
    done = CliRunner().invoke(main, ["--config", str(file), "init-sample"])
    assert done.exit_code == 0, done.output
    assert "Ridgeline Cycles" in done.output and "items" in done.output
    assert (tmp_path / "d" / "images" / "sample" / "bike-m10-2.png").is_file()
    database = Database(database_url)
    with database.read() as conn:
        count = select(func.count()).select_from(t.inventory)
        assert conn.execute(count).scalar_one() > 40
    database.dispose()


def test_command_refuses_books_that_exist(sample_url: str, tmp_path: Path) -> None:
    file = tmp_path / "config.ini"
    file.write_text(f"[portal]\ndatabase = {sample_url}\n")
    done = CliRunner().invoke(main, ["--config", str(file), "init-sample"])
    assert done.exit_code == 1
    assert "holds books already" in done.output and "Traceback" not in done.output


def test_refusal_leaves_a_foreign_installation_as_it_was(
    database_url: str, tmp_path: Path
) -> None:
    books = books_of(database_url, tmp_path)
    with books.database.transaction() as conn:
        t.audit_log.create(conn)
        conn.execute(t.audit_log.insert(), {"log_entry": "somebody was here"})
    with pytest.raises(Conflict):
        create_sample(books)
    with books.database.read() as conn:
        assert not conn.dialect.has_table(conn, t.inventory.name)
    books.database.dispose()


def test_empty_tables_are_filled(database_url: str, tmp_path: Path) -> None:
    books = books_of(database_url, tmp_path)
    with books.database.transaction() as conn:
        t.METADATA.create_all(conn)
    assert "items" in create_sample(books)
    books.database.dispose()


def test_every_entry_balances_and_every_period_begins_at_zero(books: Books) -> None:
    item, history = t.journal_item, t.journal_history
    with books.database.read() as conn:
        off = conn.execute(
            select(item.c.ref_id)
            .group_by(item.c.ref_id)
            .having(
                func.abs(func.sum(item.c.debit_amount - item.c.credit_amount)) > 0.001
            )
        ).all()
        uneven = conn.execute(
            select(history.c.period)
            .group_by(history.c.period)
            .having(func.abs(func.sum(history.c.beginning_balance)) > 0.001)
        ).all()
    assert (off, uneven) == ([], [])


def test_a_year_ends_in_retained_earnings(books: Books) -> None:
    history = t.journal_history
    with books.database.read() as conn:
        begins = {
            row.gl_account: row.beginning_balance
            for row in conn.execute(select(history).where(history.c.period == 25))
        }
        income = conn.execute(
            select(func.sum(history.c.credit_amount - history.c.debit_amount)).where(
                history.c.gl_type.in_((30, 32, 34))
            )
        ).scalar_one()
    assert begins["4000-03"] == begins["5000-00"] == 0
    assert begins["3800-00"] == -income.quantize(Decimal("0.01")) < 0


def test_stock_is_what_the_layers_hold(books: Books) -> None:
    inventory, layer = t.inventory, t.inventory_history
    with books.database.read() as conn:
        stock = {
            row.sku: row.qty_stock
            for row in conn.execute(select(inventory))
            if row.qty_stock
        }
        remaining = {row.sku: row.remaining for row in conn.execute(select(layer))}
    assert stock == {sku: left for sku, left in remaining.items() if left}


def test_available_stock_is_that_of_the_sample_shop(books: Books) -> None:
    table = t.inventory
    with books.database.read() as conn:
        available = {
            row.sku: row.qty_stock - row.qty_so for row in conn.execute(select(table))
        }
    for item in sample.ITEMS:
        if item.side != "shop":
            assert available[item.sku] == item.stock
            for child in item.children:
                assert available[item.child_sku(child)] == child.stock
        else:
            assert item.sku not in available


def test_documents_are_json_and_fit(books: Books) -> None:
    with books.database.read() as conn:
        metas = read_meta(conn, "chart_of_accounts", "methods_carriers", "bizuno_refs")
        modules = read_configuration(conn, "api", "bizuno", "inventory", "phreebooks")
    assert all(metas.values()) and all(modules.values())
    token = dig(modules["api"], "settings.phreesoft_api.api_token")
    assert token == sample.API_TOKEN
    assert metas["bizuno_refs"]["next_ref_j12"]["value"] == "INV00005"


def test_shipments_of_the_day_belong_to_orders_the_shop_is_packing(
    books: Books,
) -> None:
    head, meta = t.journal_main, t.journal_meta
    with books.database.read() as conn:
        rows = conn.execute(
            select(head.c.purch_order_id, meta.c.meta_value)
            .join(meta, meta.c.ref_id == head.c.id)
            .where(meta.c.meta_key == "shipment")
        ).all()
    today = {
        row.purch_order_id
        for row in rows
        if json.loads(row.meta_value)["ship_date"].startswith("2026-11-20")
    }
    packing = {
        f"{sample.ORDER_PREFIX}{order.number}"
        for order in sample.ORDERS
        if order.status == "processing"
    }
    assert len(today) >= 2 and today <= packing


def test_pictures_are_png_and_differ() -> None:
    first, second = draw("sample/a.png"), draw("sample/b.png")
    assert first.startswith(b"\x89PNG\r\n") and first != second


def test_no_invariant_of_the_books_is_broken(books: Books) -> None:
    with books.database.read() as conn:
        found = sound.conformance_findings(conn)
    if found is None:
        pytest.skip("the conformance tools are not here")
    assert found == []
