"""Serialized PHP is read strictly and written byte for byte as PHP writes it."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common import phpdata
from bridge.common.phpdata import MAX_DEPTH, PhpDataError
from tests.common import vectors

ROWS = vectors.read("serialize")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(TEXTS | INTEGERS, inner, max_size=4),
    max_leaves=20,
)


def as_array(value: Any) -> Any:
    """A value as it comes back: every array a dict, keys ``"7"`` integers."""
    if isinstance(value, dict):
        if set(value) == {"array"}:  # how the table writes pairs of key and value
            return {key: as_array(member) for key, member in value["array"]}
        return {key: as_array(member) for key, member in value.items()}
    if isinstance(value, list):
        return {at: as_array(member) for at, member in enumerate(value)}
    return value


@pytest.mark.parametrize(
    "text,value", ROWS, ids=[f"{at}-{text[:12]}" for at, (text, _) in enumerate(ROWS)]
)
def test_recorded_values_are_read_and_written_back_byte_for_byte(
    text: str, value: Any
) -> None:
    found = phpdata.loads(text)
    assert found == as_array(value)
    assert type(found) is type(as_array(value))
    assert phpdata.dumps(found) == text


@given(VALUES)
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    text = phpdata.dumps(value)
    again = phpdata.loads(text)
    assert phpdata.dumps(again) == text


@given(st.dictionaries(TEXTS, INTEGERS | TEXTS, max_size=8))
def test_no_member_is_lost(value: dict[str, Any]) -> None:
    found = phpdata.loads(phpdata.dumps(value))
    assert {str(key): member for key, member in found.items()} == value


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        phpdata.loads(data)
    except PhpDataError as exc:
        assert 0 <= exc.position <= len(data) + 2


@given(VALUES.filter(lambda v: v is not None), st.integers(1, 30))
def test_truncated_data_is_refused(value: Any, cut: int) -> None:
    data = phpdata.dumps(value).encode()
    with pytest.raises(PhpDataError):
        phpdata.loads(data[: max(0, len(data) - cut)])


@pytest.mark.parametrize(
    "text",
    [
        'O:8:"stdClass":0:{}',
        'O:8:"stdClass":1:{s:1:"a";i:1;}',
        'C:11:"ArrayObject":21:{x:i:0;a:0:{};m:a:0:{}}',
        'E:5:"A:One";',
        'a:2:{i:0;s:1:"x";i:1;R:2;}',
        'a:2:{i:0;s:1:"x";i:1;r:2;}',
        'a:1:{i:0;O:8:"stdClass":0:{}}',
        'S:1:"a";',
    ],
)
def test_objects_and_references_are_refused(text: str) -> None:
    with pytest.raises(PhpDataError, match="objects and references are refused"):
        phpdata.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "N",
        "n;",
        "b:2;",
        "b:;",
        "b:true;",
        "i:;",
        "i:1",
        "i: 1;",
        "i:1_000;",
        "i:0x1;",
        "i:1.5;",
        "i:9223372036854775808;",
        "i:-9223372036854775809;",
        "i:" + "9" * 5000 + ";",
        "d:;",
        "d:inf;",
        "d:nan;",
        "d:1,5;",
        "d:1_0;",
        "d:0x1p3;",
        's:2:"a";',
        's:0:"a";',
        's:1:"é";',
        's:-1:"";',
        "s:1:a;",
        's:1:"a"',
        's:999999999999:"a";',
        "a:1:{}",
        "a:0:{i:0;i:1;}",
        "a:-1:{}",
        "a:1:{i:0;i:1;",
        "a:1:{i:0;}",
        "a:1:{N;i:1;}",
        "a:1:{b:1;i:1;}",
        "a:1:{d:1;i:1;}",
        "a:1:{a:0:{}i:1;}",
        "a:999999999:{}",
        "a:1:{i:0;i:1;};",
        "i:1;i:2;",
        "i:1; ",
        "i:١;",
    ],
)
def test_what_is_no_serialized_value_is_refused(text: str) -> None:
    with pytest.raises(PhpDataError):
        phpdata.loads(text)


def test_lengths_are_bytes() -> None:
    assert phpdata.dumps("Zoë 🚲") == 's:9:"Zoë 🚲";'
    assert phpdata.loads('s:9:"Zoë 🚲";') == "Zoë 🚲"


def test_a_string_cut_inside_a_letter_is_refused() -> None:
    with pytest.raises(PhpDataError, match="not UTF-8"):
        phpdata.loads(b's:1:"\xc3";')


def test_the_refusal_tells_where() -> None:
    with pytest.raises(PhpDataError, match="at byte 9") as caught:
        phpdata.loads("a:1:{i:0;X:1;}")
    assert caught.value.position == 9


def test_floats_that_are_no_numbers_travel() -> None:
    assert phpdata.loads("d:INF;") == math.inf
    assert phpdata.loads("d:-INF;") == -math.inf
    assert math.isnan(phpdata.loads("d:NAN;"))
    assert phpdata.dumps([math.inf, -math.inf, math.nan]) == (
        "a:3:{i:0;d:INF;i:1;d:-INF;i:2;d:NAN;}"
    )


def test_the_last_of_equal_keys_wins_as_in_php() -> None:
    assert phpdata.loads('a:2:{i:7;s:1:"a";s:1:"7";s:1:"b";}') == {7: "b"}


def test_nesting_is_bounded_both_ways() -> None:
    def nested(depth: int) -> str:
        return "a:1:{i:0;" * depth + "N;" + "}" * depth

    assert phpdata.loads(nested(MAX_DEPTH))
    with pytest.raises(PhpDataError, match="nested too deep"):
        phpdata.loads(nested(100_000))
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="nested too deep"):
        phpdata.dumps(loop)


def test_only_plain_data_is_written() -> None:
    with pytest.raises(TypeError, match="bytes cannot be serialized"):
        phpdata.dumps({"a": b"x"})
    with pytest.raises(ValueError, match="64 bits"):
        phpdata.dumps(2**63)
    with pytest.raises(TypeError, match="key"):
        phpdata.dumps({1.5: "x"})


def test_a_megabyte_of_members_takes_linear_time() -> None:
    count = 200_000
    text = f"a:{count}:{{" + "".join(f"i:{n};i:0;" for n in range(count)) + "}"
    started = time.process_time()
    assert len(phpdata.loads(text)) == count
    assert time.process_time() - started < 10


def test_too_much_data_is_refused_unread() -> None:
    with pytest.raises(PhpDataError, match="too long"):
        phpdata.loads("x" * (phpdata.MAX_BYTES + 1))
