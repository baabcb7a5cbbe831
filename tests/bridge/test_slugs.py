"""Slugs come out as WordPress makes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wordpress.slugs import MAX_SLUG, cut, sanitize_title, unique_slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Deluxe Widget: Blue/10", "deluxe-widget-blue-10"),
        ("Größe Ünï O'Ring 5\"", "grose-uni-oring-5"),
        ("Łódź – Šálek … 1.5", "lodz-salek-1-5"),
        ("Bold <b>name</b> & more", "bold-name-more"),
        ("Tools &amp; More", "tools-more"),
        ("5 < 6", "5-6"),
        ("100% Cotton", "100-cotton"),
        ("  --a -- b--  ", "a-b"),
        ("Under_score", "under_score"),
        ("Tea\u00a0Time&nbsp;Now", "tea-time-now"),
        ("“Quoted” © 2×4", "quoted-2x4"),
        ("Йод", "%d0%b9%d0%be%d0%b4"),
        ("日本", "%e6%97%a5%e6%9c%ac"),
        ("%e6%97%a5 once", "%e6%97%a5-once"),
        ("%ff half", "ff-half"),
        ("!!!", ""),
    ],
)
def test_title_becomes_the_slug_of_wordpress(title: str, slug: str) -> None:
    assert sanitize_title(title) == slug


def test_german_shops_write_umlauts_with_two_letters() -> None:
    assert sanitize_title("Größe Ä", "de_DE") == "groesse-ae"


def test_long_slug_is_cut_between_letters() -> None:
    slug = sanitize_title("語" * 100)
    assert len(slug) == 198
    assert slug == "%e8%aa%9e" * 22


@given(st.text(max_size=300))
def test_slug_is_stable_and_fits_its_column(title: str) -> None:
    """Making a slug of a slug changes nothing, whatever the title was."""
    slug = sanitize_title(title)
    assert len(slug) <= MAX_SLUG
    assert slug.isascii()
    assert sanitize_title(slug) == slug


def test_taken_slug_gets_the_next_number() -> None:
    assert unique_slug("widget", {"widget", "widget-2"}) == "widget-3"
    assert unique_slug("widget", {"other"}) == "widget"


def test_number_fits_even_behind_the_longest_slug() -> None:
    longest = "x" * MAX_SLUG
    assert unique_slug(longest, {longest}) == "x" * (MAX_SLUG - 2) + "-2"


def test_cut_leaves_no_hyphen_at_the_end() -> None:
    assert cut("ab-cd", 3) == "ab"
