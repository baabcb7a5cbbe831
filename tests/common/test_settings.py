"""Each kind of setting reads what it should and says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common import settings as s

PARSERS: dict[str, Callable[[str], Any]] = {
    "text": s.text,
    "yes_no": s.yes_no,
    "one_of": s.one_of("auto", "yes"),
    "whole": s.whole(1),
    "seconds": s.seconds,
    "amount": s.amount,
    "words": s.words,
    "mapping": s.mapping,
    "address": s.address,
    "folder": s.folder,
    "database": s.database,
    "optional": s.optional(s.amount),
}


@pytest.mark.parametrize(
    "parser,text,value",
    [
        ("text", "a b", "a b"),
        ("yes_no", "yes", True),
        ("yes_no", "No", False),
        ("yes_no", "on", True),
        ("yes_no", "0", False),
        ("one_of", "auto", "auto"),
        ("whole", "12", 12),
        ("seconds", "0.5", 0.5),
        ("seconds", "30", 30.0),
        ("amount", "1,234.50", Decimal("1234.50")),
        ("amount", "0", Decimal(0)),
        ("words", "a, b\nc  d,", ("a", "b", "c", "d")),
        ("words", "", ()),
        ("mapping", "UPS Ground = ups:GND\n\nPost=usps:1", None),
        ("mapping", "", {}),
        ("address", "https://shop.example.test/", "https://shop.example.test"),
        ("address", "http://127.0.0.1:8080/wp", "http://127.0.0.1:8080/wp"),
        ("folder", "var/x", Path("var/x")),
        ("folder", "~/x", Path.home() / "x"),
        ("database", "sqlite:///x.sqlite", "sqlite:///x.sqlite"),
        ("database", "mysql+pymysql://u:p@h/n", "mysql+pymysql://u:p@h/n"),
        ("optional", "", None),
        ("optional", "1", Decimal(1)),
    ],
)
def test_settings_are_read(parser: str, text: str, value: Any) -> None:
    if parser == "mapping" and value is None:
        value = {"UPS Ground": "ups:GND", "Post": "usps:1"}
    assert PARSERS[parser](text) == value


@pytest.mark.parametrize(
    "parser,text,reason",
    [
        ("yes_no", "maybe", "neither yes nor no"),
        ("yes_no", "", "neither yes nor no"),
        ("one_of", "Auto", "none of auto, yes"),
        ("whole", "0", "no whole number from 1 up"),
        ("whole", "-1", "no whole number"),
        ("whole", "1.5", "no whole number"),
        ("whole", "²", "no whole number"),
        ("whole", "9" * 5000, "no whole number"),
        ("seconds", "0", "no number of seconds above 0"),
        ("seconds", "ten", "not a number"),
        ("seconds", "inf", "not a number"),
        ("amount", "-1", "no number of 0 or more"),
        ("amount", "1,5", "use a dot for decimals"),
        ("amount", "", "no number of 0 or more"),
        ("mapping", "no mark", "not of the form name = value"),
        ("mapping", "= x", "not of the form name = value"),
        ("address", "shop.example.test", "no http:// or https:// address"),
        ("address", "ftp://shop.example.test", "no http:// or https:// address"),
        ("address", "https://", "no http:// or https:// address"),
        ("address", "https://[::1", "no http:// or https:// address"),
        ("address", "https://shop:99999", "no http:// or https:// address"),
        ("address", "https://u:p@shop.example.test", "must hold no user"),
        ("address", "https://shop.example.test/?a=b", "must hold no user"),
        ("database", "postgresql://x/y", "write mysql"),
        ("database", "mysql://u:p@h/n", "write mysql"),
        ("database", "mysql+pymysql://u:p@h:port/n", "write mysql"),
        ("database", "mysql+pymysql://u:p@h", "name of the database"),
        ("database", "", "write mysql"),
    ],
)
def test_a_wrong_setting_says_what_to_write(
    parser: str, text: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        PARSERS[parser](text)


def test_a_wrong_address_does_not_show_a_password() -> None:
    for parser, value in (
        (s.database, "mysql://bizuno:hunter2@db/books"),
        (s.address, "https://u:hunter2@shop.example.test"),
        (s.address, "hxxps://u:hunter2@shop.example.test"),
    ):
        with pytest.raises(ValueError) as caught:
            parser(value)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("parser", PARSERS)
@given(text=st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(parser: str, text: str) -> None:
    try:
        PARSERS[parser](text)
    except ValueError as exc:
        assert str(exc)
