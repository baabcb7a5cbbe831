"""Availability counts what Bizuno itself would offer."""

from __future__ import annotations

import pytest

from portal.push.availability import Availability, Part, Stock


def item(sku: str = "A", kind: str = "si", qty: float = 0, *less: float) -> Stock:
    ordered, allocated = (*less, 0, 0)[:2]
    return Stock(sum(map(ord, sku)), sku, kind, qty, ordered, allocated)


def counted(*stocks: Stock, **bills: list[tuple[str, float]]) -> Availability:
    """An availability that knows these items; ``bills`` by SKU."""
    known = {stock.sku.lower(): stock for stock in stocks}
    return Availability(
        {
            known[sku.lower()].id: [Part(part.lower(), qty) for part, qty in bill]
            for sku, bill in bills.items()
        },
        known,
    )


def test_orders_and_allocations_are_not_available() -> None:
    assert Availability().of(item("A", "si", 20, 5, 3)) == 12


def test_commitments_count_only_if_the_business_wants_it() -> None:
    assert Availability(commitments=False).of(item("A", "si", 20, 5, 3)) == 20


def test_it_is_never_below_zero() -> None:
    assert Availability().of(item("A", "si", 2, 5)) == 0


@pytest.mark.parametrize("kind", ["sv", "ns", "lb", "ai", "zz"])
def test_what_is_not_counted_is_there_once(kind: str) -> None:
    assert Availability().of(item("A", kind, 0)) == 1


@pytest.mark.parametrize("kind", ["sa", "ma"])
def test_an_assembly_adds_what_its_parts_are_enough_for(kind: str) -> None:
    kit = item("Kit", kind, 2)
    books = counted(
        kit, item("W", "si", 50), item("B", "si", 99), Kit=[("W", 2), ("B", 4)]
    )
    assert books.of(kit) == 26


def test_parts_count_with_their_bare_stock() -> None:
    kit = item("Kit", "sa", 0)
    assert counted(kit, item("W", "si", 9, 9), Kit=[("W", 1)]).of(kit) == 9


def test_a_part_that_is_an_assembly_counts_with_what_is_available() -> None:
    kit, inner = item("Kit", "sa", 0), item("In", "sa", 1, 2)
    books = counted(kit, inner, item("W", "si", 9), Kit=[("In", 2)], In=[("W", 1)])
    assert books.of(inner) == 8
    assert books.of(kit) == 4


def test_parts_that_are_not_counted_or_unknown_do_not_matter() -> None:
    kit = item("Kit", "sa", 0)
    bill = [("S", 1.0), ("Gone", 1.0), ("W", 1.0)]
    books = counted(kit, item("S", "sv"), item("W", "si", 3), Kit=bill)
    assert books.of(kit) == 3


def test_a_part_needed_zero_times_makes_nothing_buildable() -> None:
    kit = item("Kit", "sa", 1)
    assert counted(kit, item("W", "si", 3), Kit=[("W", 0)]).of(kit) == 1


def test_an_assembly_without_parts_is_endless_as_in_bizuno_and_is_named() -> None:
    kit = item("Kit", "sa", 1)
    books = counted(kit)
    assert books.of(kit) == 1_000_000
    assert books.endless == {"Kit"}


def test_an_assembly_made_of_itself_ends_and_is_named() -> None:
    one, two = item("One", "sa", 3), item("Two", "sa", 4)
    books = counted(one, two, One=[("Two", 1)], Two=[("One", 1)])
    assert books.of(one) == 3 + 4
    assert books.circular == {"One"}


def test_assemblies_can_be_left_out() -> None:
    kit = item("Kit", "sa", 2)
    books = counted(kit, item("W", "si", 50), Kit=[("W", 2)])
    books.assemblies = False
    assert books.of(kit) == 2
