"""What both command lines share: the configuration, and errors as plain sentences."""

from __future__ import annotations

import getpass
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from . import config
from .database import error_number
from .errors import ConfigError, Problem
from .logs import start_logging


class Commands(click.Group):
    """A group of commands; a refusal becomes a sentence and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as exc:
            raise click.ClickException(f"the configuration is wrong:\n{exc}") from None
        except Problem as exc:
            raise click.ClickException(exc.text) from None
        except DBAPIError as exc:
            # its own text holds the statement and rows
            raise click.ClickException(
                f"The database refused a statement (error {error_number(exc)}). Check "
                "that the configuration names the right database, and that its account "
                "may read and write there what README.rst lists."
            ) from None


@click.pass_context
def load_config(ctx: click.Context) -> config.Config:
    """The configuration, read once per command."""
    if ctx.obj is None:
        loaded = config.load(ctx.find_root().params.get("config_file"))
        start_logging(loaded.server.log_level)
        ctx.obj = loaded
    assert isinstance(ctx.obj, config.Config)
    return ctx.obj


def operator() -> str:
    """Who gives the command, as ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"user {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


@contextmanager
def until_signal() -> Iterator[Event]:
    """For a service: an event that SIGTERM and SIGINT set."""
    stop = Event()

    def end(_signal: int, _frame: object) -> None:
        stop.set()

    before = {n: signal.signal(n, end) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False),
    help="Configuration file; default $BIZUNO_BRIDGE_CONFIG, else ./config.ini.",
)
