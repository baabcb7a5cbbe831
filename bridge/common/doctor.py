"""What both doctors share on the command line: options, output, exit status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .checks import Check, Report, line

KIB = 1024


def doctor_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a doctor."""
    options = (
        click.option(
            "--json", "as_json", is_flag=True, help="One object, for machines."
        ),
        click.option(
            "--local", is_flag=True, help="Only this side; ask no other host."
        ),
        click.option(
            "--accept",
            multiple=True,
            metavar="CHECK",
            help="This check may fail, as in --accept 'empty parameter'.",
        ),
        click.option(
            "--body",
            type=click.IntRange(64, 32 * KIB),
            metavar="KIB",
            help="The largest body that is tried on the way.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def examine(
    checks: Callable[[Report], None], *, as_json: bool, accept: tuple[str, ...]
) -> None:
    """Make the checks, show them and end with the exit status of the report."""
    show = _keep_silent if as_json else _show
    report = Report(show, accept)
    checks(report)
    click.echo(report.as_json() if as_json else f"\n{report.conclusion()}")
    raise SystemExit(report.status)


def _show(check: Check) -> None:
    click.echo(line(check))


def _keep_silent(check: Check) -> None:
    """The whole report comes at the end."""
