"""``bizuno-bridge explain SKU``: the story of a product, printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from ..common.commands import load_config
from ..common.difference import change_line, shown
from ..shop import Shop
from ..wordpress.kinds import VARIATION
from .story import Event, Holder, Story, tell_sku

_NEVER = "never"


@click.command("sku")
@click.argument("sku", metavar="SKU")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain_sku(ctx: click.Context, sku: str, as_json: bool) -> None:
    """Tell whose each field of a product is, its value, and what pushes did to it.

    The word sku may be left out where the SKU is not the name of a command. Times are
    UTC. The exit status is 1 when no product of the shop has the SKU.
    """
    shop = Shop.of(load_config())
    story = tell_sku(shop, sku.strip())
    ident = story.holders[0].product.id if story.holders else None
    standing = [*_standing(story), *_cached(shop, ident)]
    if as_json:
        click.echo(json.dumps(_as_json(story, standing), ensure_ascii=False))
    else:
        _print(story, standing)
    if not story.holders:
        ctx.exit(1)


def _standing(story: Story) -> Iterator[str]:
    """Sentences about now: who has the SKU, and when it was last pushed."""
    trash = [one for one in story.holders if one.product.status == "trash"]
    if not story.holders:
        yield "No product of the shop has this SKU; a refresh of it is told as missing."
    elif len(story.holders) > 1 and not trash:
        ids = " and ".join(str(one.product.id) for one in story.holders)
        yield (
            f"The products {ids} both have this SKU, so every push of it is refused"
            " (ambiguous_sku); give one of them another SKU in the shop."
        )
    for one in story.holders:
        yield from _of_holder(one)
    done = [event for event in story.events if event.status != "refused"]
    if done:
        yield f"Last changed by a push: {_time(done[-1])}, {_by(done[-1])}."
    else:
        yield "No push has changed it as far back as the ledger goes."
    calls = ", ".join(
        f"{kind} {when:%Y-%m-%d %H:%M:%S}" if when else f"{kind} {_NEVER}"
        for kind, when in sorted(story.calls.items())
    )
    yield f"Newest calls, whatever they were for: {calls or _NEVER}."


def _cached(shop: Shop, ident: int | None) -> Iterator[str]:
    """Sentences about WordPress's object cache, if it has one."""
    for check in shop.cache.checks(ident):
        text = check.text if check.remedy else f"{check.text}."
        yield f"Object cache: {text} {check.remedy}".strip()


def _of_holder(holder: Holder) -> Iterator[str]:
    product = holder.product
    if product.type == VARIATION:
        name = holder.parent_sku or "without a SKU"
        yield (
            f"ID {product.id}: a variation of product {product.parent} ({name}),"
            f" {product.status}."
        )
        if holder.parent_status in ("trash", "gone"):
            where = (
                "lies in the trash" if holder.parent_status == "trash" else "is gone"
            )
            yield f"Its product {where}; send that one first."
    else:
        yield f"ID {product.id}: a {product.type} product, {product.status}."
    if product.status == "trash":
        yield "In the trash: a refresh is told it is missing, an upload restores it."


def _time(event: Event) -> str:
    return f"{event.when:%Y-%m-%d %H:%M:%S}" if event.when else "unknown".ljust(19)


def _by(event: Event) -> str:
    return f"{event.kind} by {event.source}" if event.source else event.kind


def _print(story: Story, standing: list[str]) -> None:
    click.echo(f"SKU {story.sku}")
    for sentence in standing:
        click.echo(f"  {sentence}")
    for holder in story.holders:
        click.echo()
        if len(story.holders) > 1:
            click.echo(f"ID {holder.product.id}")
        for one in holder.fields:
            why = f"  ({one.owner.why})" if one.owner.why else ""
            value = shown(one.value)
            click.echo(f"{one.owner.field:<20}  {one.owner.side:<6}  {value}{why}")
    if story.holders:
        click.echo("Whatever is not named here is the shop's.")
    click.echo()
    for event in story.events:
        text = f": {event.text}" if event.text else ""
        click.echo(f"{_time(event)}  {_by(event)}  {event.status}{text}")
        for name, pair in event.changes.items():
            click.echo(f"{'':21}{name}: {change_line(pair)}")


def _as_json(story: Story, standing: list[str]) -> dict[str, Any]:
    def moment(when: Any) -> str | None:
        return when.isoformat() if when else None

    return {
        "sku": story.sku,
        "standing": standing,
        "products": [
            {
                "ID": one.product.id,
                "type": one.product.type,
                "status": one.product.status,
                "parent": one.product.parent or None,
                "parent_sku": one.parent_sku or None,
                "fields": [
                    {
                        "field": field.owner.field,
                        "owner": field.owner.side,
                        "why": field.owner.why,
                        "value": field.value,
                    }
                    for field in one.fields
                ],
            }
            for one in story.holders
        ],
        "history": [
            {
                "when": moment(event.when),
                "source": event.source,
                "call": event.kind,
                "status": event.status,
                "text": event.text,
                "changes": dict(event.changes),
            }
            for event in story.events
        ],
        "calls": {kind: moment(when) for kind, when in story.calls.items()},
    }
