"""``bizuno-bridge explain order``: the story of an order, printed."""

from __future__ import annotations

import json
from typing import Any

import click

from ..common.commands import load_config
from ..common.story import show
from ..shop import Shop
from .story import Story, tell_order


@click.command("order")
@click.argument("number", type=click.IntRange(min=1), metavar="ORDER")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain_order(ctx: click.Context, number: int, as_json: bool) -> None:
    """Tell what became of an order: placed, sent, acknowledged, shipped, by whom.

    Times are UTC. The exit status is 1 when there is no such order.
    """
    story = tell_order(Shop.of(load_config()), number)
    if story is None:
        click.echo(f"{number}: there is no such order in the shop.", err=True)
        ctx.exit(1)
    elif as_json:
        click.echo(json.dumps(_as_json(story), ensure_ascii=False))
    else:
        show(
            f"Order {story.order.id}, {story.reference} in Bizuno",
            story.standing,
            story.events,
        )


def _as_json(story: Story) -> dict[str, Any]:
    return {
        "order": story.order.id,
        "reference": story.reference,
        "status": story.order.status,
        "standing": list(story.standing),
        "events": [event.as_dict() for event in story.events],
    }
