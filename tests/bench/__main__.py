"""``python -m tests.bench NAME [--items N] [--runs R] [--json]``."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable

import click

from tests.support import mariadb

from . import auth, growth, orders, push, rates, refresh, update
from .report import Result

BENCHMARKS: dict[str, Callable[[mariadb.Server, int, int], Result]] = {
    "auth": auth.run,
    "growth": growth.run,
    "orders": orders.run,
    "push": push.run,
    "rates": rates.run,
    "refresh": refresh.run,
    "update": update.run,
}


@click.command()
@click.argument("name", type=click.Choice(sorted(BENCHMARKS)))
@click.option("--items", type=click.IntRange(100), default=10_000, show_default=True)
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def main(name: str, items: int, runs: int, as_json: bool) -> None:
    """Measure one thing on a durable MariaDB of its own, over HTTP."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    server = mariadb.Server(durable=True)
    try:
        result = BENCHMARKS[name](server, items, runs)
    finally:
        server.stop()
    result.show()
    if as_json:
        click.echo(json.dumps({"benchmark": name, "items": items, **result.numbers}))


if __name__ == "__main__":
    main()
