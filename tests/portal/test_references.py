"""Counting up as PHP does, and numbers that nobody else has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bridge.common.batch import Batch
from bridge.common.errors import Unprocessable
from portal.books import Books
from portal.books import tables as t
from portal.books.references import (
    CUSTOMERS,
    JOURNALS,
    NumberTaken,
    ask_references,
    increment,
    lock_references,
)

from .orders import all_of, set_in


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("INV00001", "INV00002"),
        ("INV00009", "INV00010"),
        ("INV99999", "INW00000"),
        ("C999999", "D000000"),
        ("Z9", "AA0"),
        ("z9", "aa0"),
        ("zZ9", "aaA0"),
        ("ZZ99", "AAA00"),
        ("WC-9", "WC-0"),
        ("A-99", "A-00"),
        ("a9", "b0"),
        ("SO", "SP"),
        ("", "1"),
        ("9", 10),
        ("00009", 10),
        ("1000", 1001),
        ("1.5", "2.5"),
    ],
)
def test_counts_up_as_php_does(before: str, after: str | int) -> None:
    assert increment(before) == after


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True))
def test_letters_and_digits_never_repeat_soon(text: str) -> None:
    seen = {text}
    for _ in range(20):
        text = str(increment(text))
        assert text not in seen
        seen.add(text)


def draw(books: Books, *series: int) -> list[str]:
    """Numbers as an order gets them: carefully once one of them is used."""
    try:
        return drawn(books, *series, careful=False)
    except NumberTaken:
        return drawn(books, *series, careful=True)


def drawn(books: Books, *series: int, careful: bool) -> list[str]:
    with books.database.transaction() as conn:
        batch, wanted = Batch(conn), [JOURNALS[one] for one in series]
        numbers = lock_references(batch)().take(batch, *wanted, careful=careful)
        batch.send()
        return numbers


def next_number(books: Books, key: str) -> object:
    with books.database.read() as conn:
        query = select(t.common_meta.c.meta_value).where(
            t.common_meta.c.meta_key == "bizuno_refs"
        )
        return json.loads(conn.execute(query).scalar_one())[key]["value"]


def test_drawing_raises_one_counter_only(books: Books) -> None:
    before = next_number(books, "next_ref_j12")
    first, second = draw(books, 10) + draw(books, 10)
    assert str(increment(first)) == second
    assert next_number(books, "next_ref_j10") == increment(second)
    assert next_number(books, "next_ref_j12") == before


def test_used_numbers_are_stepped_over(books: Books) -> None:
    set_in(books, "bizuno_refs", "next_ref_j12.value", "INV00001")
    used = {
        head.invoice_num
        for head in all_of(books, t.journal_main, t.journal_main.c.journal_id == 12)
    }
    with pytest.raises(NumberTaken):
        drawn(books, 12, careful=False)
    (number,) = draw(books, 12)
    assert "INV00001" in used and number not in used
    assert next_number(books, "next_ref_j12") == increment(number)


def test_letter_case_makes_no_new_number(books: Books) -> None:
    set_in(books, "bizuno_refs", "next_ref_j12.value", "inv00001")
    used = {
        head.invoice_num.casefold()
        for head in all_of(books, t.journal_main, t.journal_main.c.journal_id == 12)
    }
    assert draw(books, 12)[0].casefold() not in used


def test_numbers_of_other_journals_do_not_count(books: Books) -> None:
    set_in(books, "bizuno_refs", "next_ref_j10.value", "INV00001")
    assert draw(books, 10) == ["INV00001"]


def test_a_counter_that_leads_nowhere_is_named(books: Books) -> None:
    with books.database.transaction() as conn:
        rows = [
            {"journal_id": 12, "invoice_num": f"WC-{at}", "period": 23}
            for at in range(10)
        ]
        conn.execute(t.journal_main.insert(), rows)
    set_in(books, "bizuno_refs", "next_ref_j12.value", "WC-3")
    with pytest.raises(Unprocessable, match="next_ref_j12"):
        draw(books, 12)


def test_a_missing_counter_begins_at_the_first_number(books: Books) -> None:
    with books.database.transaction() as conn:
        batch = Batch(conn)
        references = lock_references(batch)()
        del references.document["next_cust_id_num"]
        (number,) = references.take(batch, CUSTOMERS, careful=True)
        batch.send()
    assert number.startswith("C0000")


def test_counters_of_older_versions_stay_plain(books: Books) -> None:
    set_in(books, "bizuno_refs", "next_ref_j10", "SO90000")
    assert draw(books, 10) == ["SO90000"]
    with books.database.read() as conn:
        document = conn.execute(
            select(t.common_meta.c.meta_value).where(
                t.common_meta.c.meta_key == "bizuno_refs"
            )
        ).scalar_one()
    assert json.loads(document)["next_ref_j10"] == "SO90001"


def test_books_without_reference_numbers_are_refused(books: Books) -> None:
    with books.database.transaction() as conn:
        conn.execute(
            t.common_meta.delete().where(t.common_meta.c.meta_key == "bizuno_refs")
        )
    with pytest.raises(Unprocessable, match="bizuno_refs"):
        draw(books, 10)


def foreseen(
    books: Books, series: int, meanwhile: Callable[[], None] = lambda: None
) -> str | None:
    """A number as an order gets it that waits for nobody."""
    with books.database.transaction() as conn:
        batch = Batch(conn)
        found = ask_references(batch)().foresee(batch, JOURNALS[series])
        meanwhile()
        if found is None:
            return None
        batch.send()
        return found.spelling.read(found.text)


_on_mariadb = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)


@_on_mariadb
def test_a_number_is_drawn_as_a_locked_one_would_be(books: Books) -> None:
    before = references_of(books)
    drawn_one = foreseen(books, 12)
    assert drawn_one == before["next_ref_j12"]["value"]
    entry = {**before["next_ref_j12"], "value": increment(drawn_one)}
    assert references_of(books) == {**before, "next_ref_j12": entry}
    assert draw(books, 12) == [increment(drawn_one)]


def references_of(books: Books) -> dict[str, Any]:
    """The whole document."""
    (row,) = all_of(books, t.common_meta, t.common_meta.c.meta_key == "bizuno_refs")
    document: dict[str, Any] = json.loads(row.meta_value)
    assert ": " not in row.meta_value, "Bizuno writes no blanks"
    return document


@_on_mariadb
def test_what_others_drew_meanwhile_is_counted(books: Books) -> None:
    def meanwhile() -> None:
        set_in(books, "bizuno_refs", "next_ref_j12.value", "INV00799")

    assert foreseen(books, 12, meanwhile) == "INV00799"
    assert next_number(books, "next_ref_j12") == "INV00800"


@_on_mariadb
@pytest.mark.parametrize("value", ["INVX0001", "inv00500", "INV000500", "INV99999", 7])
def test_a_number_of_another_shape_is_not_drawn(books: Books, value: object) -> None:
    def meanwhile() -> None:
        set_in(books, "bizuno_refs", "next_ref_j12.value", value)

    with pytest.raises(NumberTaken):
        foreseen(books, 12, meanwhile)
    assert next_number(books, "next_ref_j12") == value


@_on_mariadb
def test_a_used_number_is_not_drawn(books: Books) -> None:
    set_in(books, "bizuno_refs", "next_ref_j12.value", "inv00001")
    with pytest.raises(NumberTaken):
        foreseen(books, 12)
    assert next_number(books, "next_ref_j12") == "inv00001"


@pytest.mark.parametrize("value", ["SO", "00012", 12, "1.5", "SO-", "Ü0001", None])
def test_unusual_numbers_take_a_lock(books: Books, value: object) -> None:
    set_in(books, "bizuno_refs", "next_ref_j12.value", value)
    assert foreseen(books, 12) is None
