"""``python -m tests.demo [--serve]``: tell the story, or leave both systems running."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from bridge.common import sample
from bridge.common.errors import Problem
from tests.support.servers import ROOT

from . import story
from .stage import Broken, Stage, build, serving


@click.command()
@click.option("--serve", is_flag=True, help="Leave both systems running.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=ROOT / "var" / "serve",
    help="Where --serve keeps its files; emptied first. Default: var/serve.",
)
def main(serve: bool, folder: Path) -> None:
    """A sample shop and sample books under two servers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if serve:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _serve(build(folder))
        return
    with tempfile.TemporaryDirectory(prefix="bizuno-demo-") as made:
        sys.exit(_tell(build(Path(made))))


def _tell(stage: Stage) -> int:
    started = time.monotonic()
    number = 0

    def step(play: Callable[[Stage], str]) -> None:
        nonlocal number
        number += 1
        try:
            line = play(stage)
        except (Broken, Problem) as exc:
            raise Broken(f"step {number} ({play.__name__}): {exc}") from exc
        click.echo(f"{number:2}. {line}")

    try:
        step(story.create)
        with serving(stage):
            number += 1
            click.echo(
                f"{number:2}. Two servers run: the shop's at {stage.shop_url}, the "
                f"books' at {stage.books_url}."
            )
            for play in story.STEPS:
                step(play)
    except (Broken, RuntimeError) as exc:
        click.echo(f"The demo failed: {exc}", err=True)
        for log in sorted(stage.folder.glob("*.log")):
            tail = log.read_text("utf-8", "replace").splitlines()[-15:]
            click.echo("\n".join([f"--- {log.name}", *tail]), err=True)
        return 1
    click.echo(f"All done in {time.monotonic() - started:.0f} seconds.")
    return 0


def _serve(stage: Stage) -> None:
    story.create(stage)
    with serving(stage):
        click.echo(f"""\
Shop   {stage.shop_url}/wp-json/bizuno-api/v1/
       headers  email: {sample.STORE_EMAIL}   pass: {sample.STORE_PASSWORD}
       config   {stage.shop_config}
Books  {stage.books_url}/?bizRt=portal/api/
       header   X-Bizuno-Token: {sample.API_TOKEN}
       config   {stage.books_config}

Try, in another terminal:
  curl -H 'X-Bizuno-Token: {sample.API_TOKEN}' \\
    '{stage.books_url}/?bizRt=portal/api/shipGetRates&country=US&postcode=78701'
  .venv/bin/bizuno-bridge --config {stage.shop_config} export {story.ORDER}
  .venv/bin/bizuno-portal --config {stage.books_config} refresh

Ctrl-C ends both; the databases stay in {stage.folder} until the next start.""")
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
