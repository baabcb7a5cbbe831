"""``bizuno-bridge gaps``: what is missing in Bizuno, for people and for cron."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from ..common.commands import load_config
from ..shop import Shop
from .exporter import Manner, export_orders
from .gaps import Gap, Report, find_gaps
from .prepared import prepare

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType):
    """A day as ``2026-11-01``, or how long ago as ``90m``, ``36h``, ``7d``, ``2w``."""

    name = "when"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta | str:
        """A duration, or the day as text: which moment it begins at, the shop says."""
        if isinstance(value, timedelta):
            return value
        if match := re.fullmatch(r"([0-9]{1,6})([mhdw])", value):
            return timedelta(**{_UNITS[match[2]]: int(match[1])})
        try:
            datetime.strptime(value, "%Y-%m-%d")
        except ValueError:
            self.fail(f"{value!r} is neither a day like 2026-11-01 nor a time like 7d.")
        return str(value)


@click.command("gaps")
@click.option("--since", type=Moment(), help="Only orders placed since then.")
@click.option(
    "--older",
    type=Moment(),
    default=timedelta(0),
    metavar="TIME",
    help="Only orders that nobody touched for so long, as 10m: newer ones are on "
    "their way.",
)
@click.option("--ask", is_flag=True, help="Ask the portal what is in the books, too.")
@click.option(
    "--heal", is_flag=True, help="Send what is missing or changed, and look again."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def gaps(
    ctx: click.Context,
    since: timedelta | str | None,
    older: timedelta | str,
    ask: bool,
    heal: bool,
    as_json: bool,
) -> None:
    """List the orders that Bizuno does not have, with their age and the reason.

    Compared are the orders in an exported status. The exit status is 1 when one is
    missing (after --heal: still missing), else 0; orders that Bizuno has in an older
    content, or that were cancelled in the shop after Bizuno had them, are listed and do
    not count.
    """
    if not isinstance(older, timedelta):
        raise click.UsageError("--older takes a time such as 10m.")
    shop = Shop.of(load_config())
    begin = _begin(shop, since)
    report = find_gaps(shop, since=begin, ask=ask, older=older)
    healed: list[str] = []
    wanted = [gap.order_id for gap in report.gaps if gap.heal]
    if heal and wanted:
        manner = Manner(wait=30.0, source="gaps --heal")
        for result in export_orders(shop, wanted, manner):
            healed.append(f"{result.order_id}: {result.text}")
        report = find_gaps(shop, since=begin, ask=ask, older=older)
    if as_json:
        click.echo(json.dumps(_as_json(report, healed), ensure_ascii=False))
    else:
        _print(report, healed)
    ctx.exit(int(bool(report.of("missing"))))


def _begin(shop: Shop, since: timedelta | str | None) -> datetime | None:
    """The moment; a day begins at midnight on the shop's own clock."""
    if since is None:
        return None
    if isinstance(since, timedelta):
        return datetime.now(UTC) - since
    zone = prepare(shop, []).mapping.zone
    return datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=zone).astimezone(UTC)


def _as_json(report: Report, healed: list[str]) -> dict[str, Any]:
    return {
        "compared": report.compared,
        "asked": report.asked,
        "missing": [_gap_json(gap) for gap in report.of("missing")],
        "changed": [_gap_json(gap) for gap in report.of("changed")],
        "cancelled": [_gap_json(gap) for gap in report.of("cancelled")],
        "healed": healed,
    }


def _gap_json(gap: Gap) -> dict[str, Any]:
    return {
        "order": gap.order_id,
        "reference": gap.reference,
        "status": gap.status,
        "created": gap.created.isoformat() if gap.created else None,
        "age_seconds": int(gap.age.total_seconds()),
        "reason": gap.reason,
    }


def _print(report: Report, healed: list[str]) -> None:
    for line in healed:
        click.echo(line)
    missing = report.of("missing")
    for title, members in (
        ("Not in Bizuno", missing),
        ("In Bizuno with an older content", report.of("changed")),
        ("In Bizuno, and no order any more in the shop", report.of("cancelled")),
    ):
        if members:
            click.echo(f"{title}: {len(members)}")
        for gap in members:
            label = f"{gap.reference}  {age(gap.age):>7}  {gap.status}"
            click.echo(f"  {label}  {gap.reason}")
    by = "its books and the shop" if report.asked else "the shop's own records"
    if not missing:
        click.echo(f"Bizuno has all {report.compared} orders, by {by}.")


def age(passed: timedelta) -> str:
    """A duration in its largest unit: ``3 d``, ``5 h``, ``12 min``."""
    minutes = int(passed.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
