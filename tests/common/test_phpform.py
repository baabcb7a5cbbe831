"""Form bodies are read exactly as PHP reads them, and hostile ones are bounded."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common import phpform
from bridge.common.errors import Malformed, TooLarge
from bridge.common.phpform import Limits
from tests.common import vectors

QUERIES = vectors.read("parse_str")
NAMES = st.text(
    st.characters(exclude_characters="[]\0", exclude_categories=["Cs"]), max_size=12
)
BASES = NAMES.filter(lambda n: n and not set(n) & set(" .") and n[0] != " ")
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def as_php(value: Any) -> Any:
    """A tree as it comes back: integer-like keys in order from 0 make a list."""
    if isinstance(value, dict):
        if [*value] == [str(at) for at in range(len(value))]:
            return [as_php(member) for member in value.values()]
        return {key: as_php(member) for key, member in value.items()}
    if isinstance(value, list):
        return [as_php(member) for member in value]
    return value


def inner_arrays(children: Any) -> Any:
    keys = NAMES.filter(lambda n: n not in ("", *" \t\n\v\f\r"))
    lists = st.lists(children, min_size=1, max_size=4)
    return lists | st.dictionaries(keys, children, min_size=1, max_size=4)


TREES = st.dictionaries(
    BASES, st.recursive(VALUES, inner_arrays, max_leaves=20), max_size=5
)


def test_every_recorded_query_is_read_as_php_reads_it() -> None:
    wrong = []
    for query, expected in QUERIES:
        if isinstance(expected, list):  # JSON's view of keys 0, 1, ... at the top
            expected = {str(at): value for at, value in enumerate(expected)}
        # as text, so that the order of keys counts too
        if json.dumps(phpform.parse(query.encode())) != json.dumps(expected):
            wrong.append(query)
    assert len(QUERIES) > 800
    assert wrong == []


def test_values_are_encoded_as_php_encodes_them() -> None:
    for value, body in vectors.read("http_build_query"):
        assert phpform.encode(value) == body.encode()


@given(TREES)
def test_what_is_encoded_reads_back_the_same(tree: dict[str, Any]) -> None:
    assert phpform.parse(phpform.encode(tree)) == {
        key: as_php(value) for key, value in tree.items()
    }


@given(TREES)
def test_fields_are_counted_as_they_are_encoded(tree: dict[str, Any]) -> None:
    body = phpform.encode(tree)
    assert phpform.count_fields(tree) == (body.count(b"&") + 1 if body else 0)


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    try:
        assert isinstance(phpform.parse(body), dict)
    except (Malformed, TooLarge) as exc:
        assert exc.status in (400, 413)


@given(st.text("ab[]=&.+- 0", max_size=60))
def test_bracket_soup_never_fails(query: str) -> None:
    assert isinstance(phpform.parse(query.encode()), dict)


def test_a_thousand_fields_are_no_cliff() -> None:
    items = [{"SKU": f"S{n}", "Price": str(n)} for n in range(5_000)]
    body = phpform.encode({"data": items})
    assert phpform.parse(body) == {"data": items}


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(TooLarge, match="11 bytes; 10 are allowed"):
        phpform.parse(b"a=123456789", Limits(bytes=10))


def test_too_many_fields_are_refused_before_any_is_read() -> None:
    with pytest.raises(TooLarge, match="4 fields; 3 are allowed"):
        phpform.parse(b"a=1&b=2&c=3&d=%FF", Limits(fields=3))


def test_too_deep_a_field_is_refused_and_named() -> None:
    deep = b"a" + b"[b]" * 64 + b"=1"
    assert phpform.parse(deep)
    with pytest.raises(TooLarge, match=r"a\[\.\.\.\] is nested deeper than 64"):
        phpform.parse(b"a" + b"[b]" * 65 + b"=1")


def test_a_million_brackets_are_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(TooLarge):
        phpform.parse(b"a" + b"[]" * 1_000_000 + b"=1")
    assert time.process_time() - started < 2


@pytest.mark.parametrize("body", [b"a=%FF", b"a=\xff", b"%E9=1", b"a[%C3]=1"])
def test_bytes_that_are_no_utf8_are_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="is not UTF-8 text"):
        phpform.parse(body)


def test_the_refusal_of_bytes_names_the_field_shortly() -> None:
    with pytest.raises(Malformed) as caught:
        phpform.parse(b"Item[" + b"x" * 5_000 + b"]=%FF")
    assert "Item[xxx" in caught.value.text
    assert len(caught.value.text) < 150


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"&".join([b"a[]="] * 1_000_000), id="append"),
        pytest.param(b"&".join([b"a[0][]=x"] * 700_000), id="append-inner"),
        pytest.param(b"&".join([b"a=1&a[]=1"] * 500_000), id="replace"),
        pytest.param(b"&" * 999_999, id="empty"),
        pytest.param(
            b"&".join(b"a[%d]=" % (n << 43) for n in range(500_000)), id="collisions"
        ),
        pytest.param(b"a[" * 2_000_000 + b"=1", id="unclosed"),
        pytest.param(b"a]" * 2_000_000 + b"=1", id="unopened"),
        pytest.param(b"a" + b"." * 4_000_000 + b"=1", id="dots"),
    ],
)
def test_big_bodies_take_linear_time(body: bytes) -> None:
    started = time.process_time()
    phpform.parse(body)
    # a quadratic reading of any of these takes minutes
    assert time.process_time() - started < 20
