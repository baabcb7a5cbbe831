"""``bizuno-bridge doctor | grants``."""

from __future__ import annotations

import click

from ..common.checks import Cause, Report, failed, skipped, warning
from ..common.commands import load_config
from ..common.database_checks import READABLE
from ..common.doctor import KIB, doctor_options, examine
from ..common.errors import ConfigError
from ..common.grants import account_options, script
from ..export.target import find_target
from ..shop import Shop
from ..wordpress.grants import rights
from ..wordpress.options import read_options
from ..wordpress.plugin import TOKEN_OPTIONS, Plugin, read_plugin
from .local import check_shop
from .portal import check_portal

BODY_KIB = 1025  # an order is small


@click.command()
@account_options
def grants(user: str | None, host: str) -> None:
    """Print the GRANT statements for a database account with just enough rights."""
    shop = Shop.of(load_config())
    for line in script(rights(shop), shop.config.database, user, host):
        click.echo(line)


@click.command()
@doctor_options
def doctor(
    as_json: bool, local: bool, accept: tuple[str, ...], body: int | None
) -> None:
    """Check this side and the way to Bizuno; say what to mend first.

    The exit status is 0 when nothing failed, else it tells the kind of the first
    failure: 1 a setting, 3 cannot be reached, 4 eaten on the way, 5 credentials
    refused, 6 permission refused, 7 data refused. Nothing is written and no order is
    sent.
    """
    shop = Shop.of(load_config())

    def checks(report: Report) -> None:
        check_shop(shop, report)
        if not local:
            _check_way(shop, report, (body or BODY_KIB) * KIB)

    examine(checks, as_json=as_json, accept=accept)


def _check_way(shop: Shop, report: Report, biggest: int) -> None:
    config, plugin = shop.config, Plugin()
    if report.is_well(READABLE):
        with shop.database.read() as conn:
            plugin = read_plugin(read_options(conn, shop.tables, TOKEN_OPTIONS))
    elif not config.portal_url or not config.portal_token:
        report.add(skipped("settings", "the plugin's cannot be read"))
        return
    if not config.portal_url and not plugin.url:
        text = "It is not known where Bizuno is, so no orders are sent."
        remedy = "Set [bridge] portal_url, or the plugin's Server URL."
        report.add(warning("settings", text, remedy, Cause.SETTING))
        return
    try:
        target = find_target(config, plugin)
    except ConfigError as exc:
        for place, text in exc.problems:
            text, remedy = f"{place} {text}.", f"Set {place}."
            report.add(failed("settings", Cause.SETTING, text, remedy))
        return
    timeout, ca = config.portal_timeout, config.portal_ca
    check_portal(target, report, biggest, ca=ca, timeout=timeout)
