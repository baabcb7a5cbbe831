"""Categories and tags are found as people mean them, and created as WordPress would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bridge.common import phpdata
from bridge.common.batch import Batch
from bridge.shop import Shop
from bridge.wordpress.options import read_options, write_options
from bridge.wordpress.taxonomy import (
    Term,
    plan_terms,
    split_categories,
    split_tags,
)
from bridge.wordpress.terms import (
    CATEGORY,
    TAG,
    ask_categories,
    ask_tags,
    create_terms,
    read_relations,
    set_relations,
)

TREE = [
    Term(1, 11, "Hardware", "hardware"),
    Term(2, 12, "Bolts", "bolts", parent=1),
    Term(3, 13, "Tools &amp; More", "tools-more"),
    Term(4, 14, "Bolts", "bolts-2"),
]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("A|B|C", [("A", "B", "C")]),
        ("A:B; ;;A|B|C ;D", [("A", "B"), ("A", "B", "C"), ("D",)]),
        ("A|B:C", [("A", "B:C")]),
        ("Tools & More", [("Tools &amp; More",)]),
        ("Tools &amp; More;X", [("Tools &amp; More",), ("X",)]),
        ("A;A", [("A",)]),
        ("Batteries/AA", [("Batteries/AA",)]),
        (" | ;:", []),
        ("<b>Bold</b>|<script>x</script>", [("Bold",)]),
        ("", []),
    ],
)
def test_category_paths(text: str, paths: list[tuple[str, ...]]) -> None:
    assert split_categories(text) == paths


def test_tags_are_separated_by_bars_else_semicolons() -> None:
    assert split_tags("a; b|c") == [("a; b",), ("c",)]
    assert split_tags("a; b ;a") == [("a",), ("b",)]
    assert split_tags("battery,aa") == [("battery,aa",)]


def test_names_match_below_their_parent_whatever_the_letter_case() -> None:
    plan = plan_terms([("HARDWARE", "bolts"), ("tools &amp; more",)], TREE)
    assert [term.id for term in plan.existing] == [1, 2, 3]
    assert plan.new == []


def test_top_level_name_does_not_match_deeper_ones() -> None:
    plan = plan_terms([("Bolts",)], TREE)
    assert [term.id for term in plan.existing] == [4]


def test_every_level_is_assigned_and_missing_ones_are_made() -> None:
    plan = plan_terms([("Hardware", "Nuts", "M8"), ("Hardware", "Nuts")], TREE)
    assert [term.id for term in plan.existing] == [1]
    assert [(one.path, one.slug, one.parent) for one in plan.new] == [
        (("Hardware", "Nuts"), "nuts", 1),
        (("Hardware", "Nuts", "M8"), "m8", None),
    ]


def test_taken_slug_takes_the_parents_along() -> None:
    plan = plan_terms([("Tools &amp; More", "Bolts"), ("New", "Bolts", "Bolts")], TREE)
    assert [one.slug for one in plan.new] == [
        "bolts-tools-more",
        "new",
        "bolts-new",
        "bolts-bolts-new",
    ]


def test_renamed_term_is_found_by_its_slug() -> None:
    tree = [Term(1, 11, "Hardware and more", "hardware")]
    assert plan_terms([("Hardware",)], tree).existing == tree


def test_name_without_letters_gets_an_address_of_its_own() -> None:
    plan = plan_terms([("!!!",), ("???",)], [])
    assert len({one.slug for one in plan.new}) == 2


@given(
    st.lists(
        st.lists(st.sampled_from(["A", "a", "B!", "B", "Ä", "?"]), min_size=1).map(
            tuple
        ),
        max_size=8,
    )
)
def test_planned_slugs_never_collide(paths: list[tuple[str, ...]]) -> None:
    plan = plan_terms(paths, TREE)
    slugs = [term.slug for term in TREE] + [one.slug for one in plan.new]
    assert len(slugs) == len(set(slugs))
    again = {one.path for one in plan.new}
    assert len(again) == len(plan.new)


def test_created_categories_have_all_that_hangs_on_them(shop: Shop) -> None:
    t = shop.tables
    with shop.database.transaction() as conn:
        write_options(conn, t, {"product_cat_children": phpdata.dumps({})})
        tree = ask_categories(Batch(conn), t)()
        plan = plan_terms([("Alpha", "Beta", "Gamma"), ("Alpha", "Delta")], tree)
        made = {term.name: term for term in create_terms(conn, t, CATEGORY, plan.new)}
    assert made["Beta"].parent == made["Delta"].parent == made["Alpha"].id
    assert made["Gamma"].parent == made["Beta"].id
    with shop.database.read() as conn:
        assert not read_options(conn, t, ["product_cat_children"])
        lookup = {
            tuple(row)
            for row in conn.execute(
                select(t.wc_category_lookup).where(
                    t.wc_category_lookup.c.category_id == made["Gamma"].id
                )
            )
        }
        again = plan_terms(
            [("alpha", "BETA", "gamma")], ask_categories(Batch(conn), t)()
        )
    ids = [made[name].id for name in ("Alpha", "Beta", "Gamma")]
    assert lookup == {(ident, made["Gamma"].id) for ident in ids}
    assert [term.id for term in again.existing] == ids and not again.new


def test_tags_are_found_by_name_or_slug(shop: Shop) -> None:
    t = shop.tables
    with shop.database.transaction() as conn:
        plan = plan_terms([("Größe &amp; Co",)], [])
        (made,) = create_terms(conn, t, TAG, plan.new)
        for name in ("größe &amp; CO", "Grose Co"):
            assert ask_tags(Batch(conn), t, [(name,)])() == [made]


def test_relations_become_what_is_wanted(shop: Shop) -> None:
    t = shop.tables
    with shop.database.transaction() as conn:
        first, second = create_terms(
            conn, t, TAG, plan_terms([("one",), ("two",)], []).new
        )
        changed = set_relations(conn, t, 101, {}, {TAG: {first.ident}})
        assert changed == {first.ident}
        present = read_relations(conn, t, [101])[101]
        assert present[TAG][first.ident] == "one"
        kept = present | {TAG: {first.ident: "one"}}
        assert set_relations(conn, t, 101, kept, {TAG: {first.ident}}) == set()
        changed = set_relations(conn, t, 101, kept, {TAG: {second.ident}})
        assert changed == {first.ident, second.ident}
