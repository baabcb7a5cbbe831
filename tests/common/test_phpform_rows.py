"""Rows of a form are read the short way, with the same result as field by field."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bridge.common.phpform import parse

parts = st.sampled_from(
    ["%5Ba%5D", "%5Bb%5D", "%5B0%5D", "%5B%5D", "%5B+%5D", "%5Bx", "%5D", "y", "%00"]
)
names = st.builds(
    lambda base, rest: base + "".join(rest),
    st.sampled_from(["d", "e", "+d", "d.", ""]),
    st.lists(parts, max_size=4),
)


@given(st.lists(names, max_size=12))
@example(["d%5B%5D%5Ba%5D", "d%5B%5D%5Bb%5D"])
@example(["d%5B0%5D%5Ba%5D", "d%5B0%5D", "d%5B0%5D%5Bb%5D"])
@example(["d%5Ba%5Dy%5Ba%5D", "d%5Ba%5Dy%5Bb%5D"])
def test_rows_are_read_like_single_fields(fields: list[str]) -> None:
    """Percent escapes in small letters mean the same and take no short way."""
    body = "&".join(f"{name}={at}" for at, name in enumerate(fields))
    slow = body.replace("%5B", "%5b").replace("%5D", "%5d")
    assert parse(body.encode()) == parse(slow.encode())


def test_rows_as_the_erp_sends_them() -> None:
    body = (
        b"data%5B0%5D%5BSKU%5D=A&data%5B0%5D%5BQty%5D=1"
        b"&data%5B0%5D%5BTiers%5D%5B0%5D%5Bqty%5D=5"
        b"&data%5B0%5D%5BTiers%5D%5B0%5D%5Bprice%5D=4"
        b"&data%5B0%5D%5BType%5D=si&data%5B1%5D%5BSKU%5D=B+%26+C"
    )
    assert parse(body) == {
        "data": [
            {
                "SKU": "A",
                "Qty": "1",
                "Tiers": [{"qty": "5", "price": "4"}],
                "Type": "si",
            },
            {"SKU": "B & C"},
        ]
    }
