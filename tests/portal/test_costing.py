"""What sold goods cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from portal.books.costing import AVERAGE, FIFO, LIFO, Cost, Layer, Take, cost_of

DAY = date(2026, 11, 20)
ACCOUNTS = ("1200-00", "5000-00")


def layer(
    ident: int,
    remaining: object,
    cost: object,
    *,
    store: int = 0,
    day: str = "2026-01-02",
    average: object = 0,
) -> Layer:
    return Layer(ident, store, D(str(remaining)), D(str(cost)), D(str(average)), day)


def take(quantity: object, method: str = FIFO, cost: object = 9, item: int = 1) -> Take:
    quantity, cost = D(str(quantity)), D(str(cost))
    return Take(f"SKU-{item}", item, quantity, method, cost, ACCOUNTS)


def cost(takes: list[Take], *layers: Layer, store: int = 0) -> Cost:
    return cost_of(takes, {1: layers}, DAY, store)


def booked(found: Cost) -> D:
    return found.ledger["5000-00"][1]


def test_oldest_layer_goes_first() -> None:
    found = cost([take(5)], layer(1, 3, 10), layer(2, 10, 11))
    assert found.usage == ((1, D(3)), (2, D(2)))
    assert booked(found) == D(52)
    assert list(found.ledger.items()) == [
        ("1200-00", (D(52), D(0))),
        ("5000-00", (D(0), D(52))),
    ]


def test_newest_layer_goes_first_in_lifo() -> None:
    found = cost([take(5, LIFO)], layer(1, 3, 10), layer(2, 4, 11))
    assert found.usage == ((2, D(4)), (1, D(1)))
    assert booked(found) == D(54)


def test_lines_of_one_item_share_its_layers() -> None:
    found = cost([take(2), take(2)], layer(1, 3, 10))
    assert found.usage == ((1, D(2)), (1, D(1)))
    assert found.owed == (("SKU-1", D(1)),)
    assert booked(found) == D(39)


def test_what_is_missing_is_owed_at_the_items_cost() -> None:
    found = cost([take(2, cost="7.5")])
    assert (found.usage, found.owed) == ((), (("SKU-1", D(2)),))
    assert booked(found) == D(15)


def test_goods_without_cost_make_no_entry() -> None:
    assert cost([take(2, cost=0)]).ledger == {}


def test_cost_is_rounded_per_pair_of_accounts() -> None:
    found = cost([take(1), take(1), take(1)], layer(1, 9, "0.335"))
    assert booked(found) == D("1.01")


def test_average_cost_is_that_before_the_day_of_the_sale() -> None:
    layers = (
        layer(1, 3, 10, average=10),
        layer(2, 3, 14, average=12, day="2026-03-01"),
        layer(3, 3, 20, average=15, day="2026-12-01"),
    )
    assert booked(cost([take(2, AVERAGE)], *layers)) == D(24)
    assert booked(cost([take(8, AVERAGE)], *layers)) == D(120)


def test_average_cost_looks_at_its_own_store() -> None:
    layers = (layer(1, 3, 10, average=10), layer(2, 3, 14, average=12, store=60))
    found = cost([take(1, AVERAGE)], *layers, store=60)
    assert booked(found) == D(12)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 3)), min_size=1, max_size=8),
    st.lists(
        st.tuples(st.integers(1, 30), st.decimals("0.001", 50, places=3)), max_size=6
    ),
    st.sampled_from([FIFO, LIFO]),
)
def test_every_piece_is_used_or_owed_and_the_ledger_balances(
    wanted: list[tuple[int, int]], stock: list[tuple[int, D]], method: str
) -> None:
    layers = [layer(at, *one) for at, one in enumerate(stock, 1)]
    takes = [take(quantity, method, item=item) for quantity, item in wanted]
    found = cost_of(takes, {1: layers, 2: []}, DAY, 0)
    used = sum((quantity for _, quantity in found.usage), D(0))
    owed = sum((quantity for _, quantity in found.owed), D(0))
    assert used + owed == sum(quantity for quantity, _ in wanted)
    for one in layers:
        assert sum(q for at, q in found.usage if at == one.id) <= one.remaining
    assert all(quantity > 0 for _, quantity in found.usage)
    credits = sum(credit for credit, _ in found.ledger.values())
    debits = sum(debit for _, debit in found.ledger.values())
    assert credits == debits
