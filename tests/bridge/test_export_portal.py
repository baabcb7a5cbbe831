"""Orders of the sample shop sent to the real portal over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from bridge.common.config import parse
from bridge.export import Manner, export_orders, prepare
from bridge.shop import Shop
from portal.books import Books
from portal.books.tables import journal_item, journal_main
from portal.sample import create_sample
from tests.support.servers import Gunicorn

from .orders import add_item, add_refund, line_of, look
from .test_confirm import configured
from .test_export import change

TOKEN = "tok_SAMPLE_5c1f"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Books]]:
    """The portal on sample books; the tests of this module share it."""
    folder = tmp_path_factory.mktemp("portal")
    text = (
        f"[portal]\ndatabase = sqlite:///{folder / 'books.sqlite'}\n"
        f"data = {folder / 'data'}\ntokens = {TOKEN}\n"
    )
    books = Books.of(parse(text, {}))
    create_sample(books)
    server = Gunicorn("portal", text, folder)
    yield server.url, books
    server.stop()
    books.database.dispose()


@pytest.fixture
def linked(shop: Shop, portal: tuple[str, Books], request: Any) -> Shop:
    """The shop, connected; each test has a prefix and so orders of its own."""
    prefix = f"T{abs(hash(request.node.name)) % 10**8}-"
    return configured(
        shop, portal_url=portal[0], portal_token=TOKEN, order_prefix=prefix
    )


def entry_of(books: Books, reference: str) -> tuple[Any, list[Any]]:
    with books.database.read() as conn:
        main = conn.execute(
            select(journal_main).where(journal_main.c.purch_order_id == reference)
        ).one()
        items = conn.execute(
            select(journal_item)
            .where(journal_item.c.ref_id == main.id)
            .order_by(journal_item.c.id)
        ).all()
    return main, list(items)


def test_an_order_is_booked_once_and_noted_by_its_number(
    linked: Shop, portal: tuple[str, Books]
) -> None:
    (first,) = export_orders(linked, [3044], Manner(wait=5))
    (second,) = export_orders(linked, [3044], Manner(wait=5))
    main, _ = entry_of(portal[1], f"{linked.config.order_prefix}3044")
    named = f"{main.invoice_num} (ID {main.id})"
    assert first.text.startswith(f"recorded in Bizuno as {named}.")
    assert second.text == f"already recorded in Bizuno as {named}."
    notes = look(linked, 3044).private_notes
    assert notes.count(f"Order exported to Bizuno: {named}.") == 1
    assert Decimal(str(main.total_amount)) == Decimal("79.40")


def test_fees_taxes_and_gone_products_leave_no_difference(
    linked: Shop, portal: tuple[str, Books]
) -> None:
    add_item(linked, "fee", "Gift wrap", _line_total="5", _line_tax="0.41")
    add_item(linked, "tax", "CITY", tax_amount="0.41", shipping_tax_amount="0")
    gone = {"_product_id": "987654", "_qty": "2"}
    add_item(
        linked, "line_item", "Old bell", _line_subtotal="8", _line_total="7", **gone
    )
    change(linked, total_amount=Decimal("91.81"))
    (result,) = export_orders(linked, [3044], Manner(wait=5))
    assert result.kind == "done"
    main, items = entry_of(portal[1], f"{linked.config.order_prefix}3044")
    texts = [item.description for item in items]
    assert "Gift wrap" in texts and "Old bell" in texts
    assert not any("Not itemised" in text for text in texts)
    assert Decimal(str(main.total_amount)) == Decimal("91.81")


def test_a_refund_replaces_what_was_booked(
    linked: Shop, portal: tuple[str, Books]
) -> None:
    list(export_orders(linked, [3044], Manner(wait=5)))
    refund = add_refund(linked, "13.61")
    metas = {"_refunded_item_id": str(line_of(linked, "TUBE-700"))}
    metas |= {"_qty": "-1", "_line_total": "-7.95", "_line_tax": "-0.66"}
    add_item(linked, "line_item", "Tube", refund, **metas)
    amounts = {"tax_amount": "-0.66", "shipping_tax_amount": "0"}
    add_item(linked, "tax", "US-TX", refund, **amounts)
    (result,) = export_orders(linked, [3044], Manner(wait=5))
    assert result.kind == "done", result.text
    main, items = entry_of(portal[1], f"{linked.config.order_prefix}3044")
    assert not any("Not itemised" in item.description for item in items)
    assert [item.qty for item in items if item.sku == "TUBE-700"] == [1]
    assert Decimal(str(main.total_amount)) == Decimal("65.79")


def test_every_order_of_the_sample_is_understood(linked: Shop) -> None:
    orders = linked.tables.wc_orders
    with linked.database.read() as conn:
        numbers = list(conn.execute(select(orders.c.id)).scalars())
    results = list(export_orders(linked, numbers, Manner(wait=5, any_status=True)))
    assert {r.kind for r in results} == {"done"}, [r.text for r in results]
    assert len(prepare(linked, numbers).orders) == len(numbers)
