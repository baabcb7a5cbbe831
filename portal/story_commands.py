"""``bizuno-portal explain``: the story of an order in the books, printed."""

from __future__ import annotations

import json
from typing import Any

import click

from bridge.common.commands import load_config
from bridge.common.money import to_cents
from bridge.common.story import show

from .books import Books
from .story import Story, tell_order


@click.command("explain")
@click.argument("order")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain(ctx: click.Context, order: str, as_json: bool) -> None:
    """Tell what became of an order in the books, when and by whom.

    ORDER is the store's number, with or without its prefix, or Bizuno's number of the
    order or of its invoice. Times are UTC. The exit status is 1 when the books know
    of no such order.
    """
    config = load_config()
    prefixes = [store.prefix for store in config.stores]
    story = tell_order(Books.of(config), order, prefixes)
    if story is None:
        click.echo(f"{order}: the books know of no such order.", err=True)
        ctx.exit(1)
    elif as_json:
        click.echo(json.dumps(_as_json(story), ensure_ascii=False))
    else:
        show(f"Order {story.order}", story.standing, story.events)


def _as_json(story: Story) -> dict[str, Any]:
    head = story.entry
    entry = head and {
        "ID": head.id,
        "journal": head.journal_id,
        "number": head.invoice_num,
        "date": head.post_date,
        "total": str(to_cents(head.total_amount)),
        "tax": str(to_cents(head.sales_tax)),
        "freight": str(to_cents(head.freight)),
        "currency": head.currency,
        "closed": head.closed == "1",
    }
    return {
        "order": story.order,
        "entry": entry,
        "standing": list(story.standing),
        "events": [event.as_dict() for event in story.events],
    }
