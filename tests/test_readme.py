"""README.rst is in step with the source: commands, error codes, settings it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from bridge.cli import main as bridge
from bridge.common import config, errors
from portal.cli import main as portal
from tests.support.codes import error_codes

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.rst").read_text("utf-8")


def commands(group: click.Group, name: str) -> Iterator[str]:
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{name} {word}"


def test_every_error_code_has_its_remedy_and_no_other() -> None:
    section = README[README.index("Codes do not change") : README.index("Problems of")]
    told = re.findall(r"^``(\w+)``", section, re.MULTILINE)
    assert told == sorted(told)
    assert set(told) == error_codes()


def test_every_status_is_explained() -> None:
    section = README[README.index("status  meaning") : README.index("Codes do not")]
    told = {int(status) for status in re.findall(r"^(\d{3})  ", section, re.MULTILINE)}
    kinds = [c for c in vars(errors).values() if isinstance(c, type)]
    ours = {c.status for c in kinds if issubclass(c, errors.Problem)}
    assert told == ours


def test_every_command_is_named() -> None:
    ours = {*commands(bridge, "bizuno-bridge"), *commands(portal, "bizuno-portal")}
    named = set(re.findall(r"^``(bizuno-\w+ [\w -]+)``", README, re.MULTILINE))
    assert named == ours


def test_the_examples_of_configurations_load(tmp_path: Path) -> None:
    blocks = re.findall(r"(?:^    .*\n|^\n)+", README, re.MULTILINE)
    files = [
        block for block in blocks if re.search(r"^    \[(bridge|portal)\]", block, re.M)
    ]
    assert len(files) == 2
    (tmp_path / "secret").write_text("x")
    for block in files:
        lines = [line[4:] for line in block.splitlines()]
        text = re.sub("_file = .*", f"_file = {tmp_path / 'secret'}", "\n".join(lines))
        assert config.parse(text, {}) != config.Config()


def test_the_make_targets_it_names_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
