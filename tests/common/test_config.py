"""The configuration: the manual is true, and every problem is told at once."""

from __future__ import annotations

import configparser
import dataclasses
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.common import cache_settings, config
from bridge.common.config import SECTIONS, Config, StoreConfig, load, parse
from bridge.common.errors import ConfigError

MANUAL = Path(__file__).resolve().parents[2] / "config.example.ini"


def read(content: str, **environment: str) -> Config:
    return parse(content, environment)


def problems(content: str, **environment: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse(content, environment)
    return dict(caught.value.problems)


def keys() -> Iterator[tuple[str, str, Any]]:
    for section, kind in SECTIONS.items():
        for field in dataclasses.fields(kind):
            if "parse" in field.metadata:
                yield section, field.name, field


def manual() -> configparser.ConfigParser:
    reader = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    reader.read_string(MANUAL.read_text("utf-8"))
    return reader


# the manual


def test_the_manual_names_every_key_and_no_other() -> None:
    reader = manual()
    stated = {(name, key) for name in reader.sections() for key in reader[name]}
    assert stated == {(section, name) for section, name, _ in keys()}


def test_the_manual_loads_and_states_the_true_defaults() -> None:
    assert read(MANUAL.read_text("utf-8")) == Config()


def test_every_key_of_the_manual_stands_under_a_paragraph() -> None:
    bare, comment, section = [], "", ""
    for line in MANUAL.read_text("utf-8").splitlines():
        if line.startswith("#"):
            comment += line.strip("# ") + " "
        elif line.startswith("["):
            section, comment = line, ""
        elif "=" in line and len(comment) < 40:
            bare.append(f"{section} {line}")
        elif not line.strip():
            comment = ""
    assert bare == []


def test_the_manual_says_of_every_secret_that_it_is_one() -> None:
    text = MANUAL.read_text("utf-8")
    listed = text[text.index("(here:") : text.index(") need not")]
    names = {name.strip(" ,#\n") for name in listed.removeprefix("(here:").split(",")}
    assert names == {name for _, name, f in keys() if f.metadata["secret"]}


def test_the_manual_fits_a_screen() -> None:
    lines = MANUAL.read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 88] == []


# values


def test_without_a_file_the_defaults_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(config.VARIABLE, raising=False)
    assert load() == Config()


def test_the_file_in_the_current_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(config.VARIABLE, raising=False)
    (tmp_path / "config.ini").write_text("[bridge]\ntable_prefix = here_\n")
    assert load().bridge.table_prefix == "here_"


def test_the_file_named_by_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.ini").write_text("[bridge]\ntable_prefix = here_\n")
    (tmp_path / "other.ini").write_text("[bridge]\ntable_prefix = there_\n")
    monkeypatch.setenv(config.VARIABLE, str(tmp_path / "other.ini"))
    assert load().bridge.table_prefix == "there_"
    assert load(tmp_path / "config.ini").bridge.table_prefix == "here_"


def test_a_named_file_that_is_not_there_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(config.VARIABLE, str(tmp_path / "none.ini"))
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load()


def test_a_file_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "c.ini").write_bytes(b"\xff\xfe\0")
    with pytest.raises(ConfigError, match="cannot be read: not UTF-8 text"):
        load(tmp_path / "c.ini")


def test_values_are_what_they_say() -> None:
    found = read("""
[bridge]
database = mysql+pymysql://u:p%40ss@db/shop
uploads = /srv/uploads
portal_timeout = 2.5
stock_fractions = yes
shipped_hooks = one, two

[portal]
tokens = current next
max_difference = 0
shipping_methods =
    UPS Ground = ups:GND
    Post (A=B) = usps:1

[store]
url = https://shop.example.test/

[limits]
body_bytes = 2048
""")
    assert found.bridge.database == "mysql+pymysql://u:p%40ss@db/shop"
    assert found.bridge.uploads == Path("/srv/uploads")
    assert found.bridge.portal_timeout == 2.5
    assert found.bridge.stock_fractions is True
    assert found.bridge.shipped_hooks == ("one", "two")
    assert found.portal.tokens == ("current", "next")
    assert found.portal.max_difference == Decimal(0)
    assert found.portal.shipping_methods == {
        "UPS Ground": "ups:GND",
        "Post (A=B)": "usps:1",
    }
    assert found.stores[0].url == "https://shop.example.test"
    assert found.limits.body.bytes == 2048
    assert found.server == Config().server


def test_there_may_be_several_stores() -> None:
    found = read("[store:berlin]\nprefix = B\n[store:Graz]\nprefix = G\n")
    assert [(store.name, store.prefix) for store in found.stores] == [
        ("berlin", "B"),
        ("Graz", "G"),
    ]


def test_without_a_store_section_there_is_one_unset_store() -> None:
    assert read("").stores == (StoreConfig(),)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().bridge.table_prefix = "x"  # type: ignore[misc]


# secrets


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("one\ntwo\n")
    (tmp_path / "password").write_text(" with blanks \n")
    found = read(
        f"[portal]\ntokens_file = {tmp_path / 'tokens'}\n"
        f"[store]\npassword_file = {tmp_path / 'password'}\n"
    )
    assert found.portal.tokens == ("one", "two")
    assert found.stores[0].password == "with blanks"


def test_a_secret_may_stand_in_the_environment(tmp_path: Path) -> None:
    found = read(
        f"[portal]\ntokens_file = {tmp_path / 'not there'}\n[store:berlin-west]\n",
        BIZUNO_BRIDGE_PORTAL_TOKENS="from-environment",
        BIZUNO_BRIDGE_STORE_BERLIN_WEST_PASSWORD="secret",
    )
    assert found.portal.tokens == ("from-environment",)
    assert found.stores[0].password == "secret"


def test_any_key_may_stand_in_the_environment() -> None:
    found = read(
        "[bridge]\ntable_prefix = a_\n", BIZUNO_BRIDGE_BRIDGE_TABLE_PREFIX="b_"
    )
    assert found.bridge.table_prefix == "b_"


def test_a_wrong_value_in_the_environment_is_a_problem_of_its_key() -> None:
    assert problems("", BIZUNO_BRIDGE_SERVER_THREADS="many") == {
        "[server] threads": "'many' is no whole number from 1 up"
    }


def test_text_and_file_for_one_secret_are_refused() -> None:
    assert problems("[portal]\ntokens = a\ntokens_file = b\n") == {
        "[portal] tokens": "set either tokens or tokens_file, not both"
    }


def test_a_secret_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\xff")
    found = problems(
        f"[portal]\ntokens_file = {tmp_path / 'none'}\n"
        f"[store]\npassword_file = {tmp_path / 'raw'}\n"
        f"[bridge]\ndatabase_file = {tmp_path}\n"
    )
    assert found == {
        "[portal] tokens": "tokens_file cannot be read: No such file or directory",
        "[store] password": "password_file cannot be read: not UTF-8 text",
        "[bridge] database": "database_file cannot be read: Is a directory",
    }


def test_only_secrets_may_stand_in_a_file() -> None:
    assert "[store] email_file" in problems("[store]\nemail_file = x\n")


def test_no_secret_is_shown() -> None:
    shown = repr(read("""
[bridge]
database = mysql+pymysql://u:hunter2@db/shop
auth_key = hunter2
auth_salt = hunter2
portal_token = hunter2
[portal]
database = mysql+pymysql://u:hunter2@db/books
tokens = hunter2
[store]
password = hunter2
"""))
    assert "hunter2" not in shown


def test_no_secret_has_a_default() -> None:
    for section, name, field in keys():
        if field.metadata["secret"] and name != "database":
            assert not field.default, f"[{section}] {name}"


# problems


def test_every_problem_is_told_at_once() -> None:
    assert (
        problems("""
[bridge]
database = postgresql://u:hunter2@db/shop
portal_timeout = soon
allow_zero_prices = yes

[portal]
max_difference = 1,5
shipping_methods = nonsense

[store:berlin]
kind = magento
url = shop.example.test

[limit]
body_bytes = 1

[limits]
body_bytes = 1
""")
        == {
            "[limit]": "there is no such section; remove it",
            "[bridge] allow_zero_prices": (
                "there is no such key; did you mean allow_zero_price?"
            ),
            "[bridge] database": (
                "write mysql+pymysql://user:password@host/name or sqlite:///file"
            ),
            "[bridge] portal_timeout": "'soon': not a number",
            "[portal] max_difference": (
                "'1,5': a comma separates thousands only; use a dot for decimals"
            ),
            "[portal] shipping_methods": "'nonsense' is not of the form name = value",
            "[store:berlin] url": (
                "'shop.example.test' is no http:// or https:// address"
            ),
            "[store:berlin] kind": "'magento' is none of auto, plugin, bridge",
            "[limits] body_bytes": "'1' is no whole number from 1024 up",
        }
    )


@pytest.mark.parametrize(
    "content",
    [
        "password = hunter2\n",
        "[store]\npassword hunter2\n",
        "[store\npassword = hunter2\n",
        "[store]\npassword = a\npassword = hunter2\n",
        "[store]\n[store]\npassword = hunter2\n",
    ],
)
def test_what_is_no_ini_file_is_told_by_line_without_its_text(content: str) -> None:
    ((place, text),) = problems(content).items()
    assert place.startswith("line ") and place != "line 0"
    assert "hunter2" not in text


def test_no_section_spreads_over_the_others() -> None:
    assert problems("[DEFAULT]\ntable_prefix = x_\n[bridge]\n") == {
        "[DEFAULT]": "there is no such section; remove it"
    }


def test_the_environment_is_the_real_one_unless_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BIZUNO_BRIDGE_SERVER_LOG_LEVEL", "error")
    assert parse("").server.log_level == "error"
    assert "BIZUNO_BRIDGE_SERVER_LOG_LEVEL" in os.environ


@pytest.mark.parametrize(
    "address",
    [
        "redis://:p%40ss@cache.example:6379/2",
        "rediss://cache.example",
        "unix:///run/redis.sock?db=1",
        "memcached://a.example,b.example:11212",
        "memcached:///run/memcached.sock",
    ],
)
def test_addresses_of_object_caches_are_taken(address: str) -> None:
    loaded = parse(f"[bridge]\nobject_cache = {address}", {})
    assert loaded.bridge.object_cache == address
    assert "p%40ss" not in repr(loaded)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("object_cache", "http://x:secret@y", "write redis://"),
        ("object_cache", "redis://", "write redis://"),
        ("object_cache", "redis://host:port", "no number from 0 to 65535"),
        ("object_cache_keys", "rediscache", "none of auto, redis-cache"),
        ("object_cache_keys", "shop:{key}:{group}", "{group} and after it {key}"),
        ("object_cache_keys", "a b{group}{key}", "{group} and after it {key}"),
    ],
)
def test_a_wrong_object_cache_is_told_with_the_remedy(
    key: str, value: str, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[bridge]\n{key} = {value}", {})
    ((place, text),) = caught.value.problems
    assert place == f"[bridge] {key}"
    assert told in text
    assert "secret" not in text


def test_a_missing_library_of_an_object_cache_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache_settings, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"pip install 'bizuno-bridge\[redis\]'"):
        parse("[bridge]\nobject_cache = redis://host", {})
