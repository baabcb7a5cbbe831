"""``bizuno-bridge doctor | grants``."""

from __future__ import annotations

import click

from ..common import settings
from ..common.checks import Cause, Report, failed, warning
from ..common.commands import load_config
from ..common.doctor import KIB, doctor_options, examine
from ..common.errors import ConfigError, Problem
from ..common.grants import account_options, script
from ..shop import Shop
from ..wordpress.grants import rights
from ..wordpress.options import read_options
from ..wordpress.plugin import TOKEN_OPTIONS, Plugin, portal_token, read_plugin
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

    The exit status is 0 when nothing failed, 1 when something did. Nothing is written
    and no order is sent.
    """
    shop = Shop.of(load_config())

    def checks(report: Report) -> None:
        check_shop(shop, report)
        if not local:
            _check_way(shop, report, (body or BODY_KIB) * KIB)

    examine(checks, as_json=as_json, accept=accept)


def _check_way(shop: Shop, report: Report, biggest: int) -> None:
    config = shop.config
    plugin = Plugin()
    if report.has("tables"):
        try:
            with shop.database.read() as conn:
                plugin = read_plugin(read_options(conn, shop.tables, TOKEN_OPTIONS))
        except Problem as exc:
            report.add(failed("settings", Cause.DATA, exc.text, "Try again."))
    try:
        url = config.portal_url or settings.address(plugin.url or "none")
    except ValueError:
        text = "It is not known where Bizuno is, so no orders are sent."
        remedy = "Set [bridge] portal_url, or the plugin's Server URL."
        report.add(warning("settings", text, remedy, Cause.SETTING))
        return
    try:
        token = portal_token(config, plugin)
    except ConfigError as exc:
        place, text = exc.problems[0]
        remedy = f"Set {place}."
        report.add(failed("settings", Cause.SETTING, f"{place} {text}", remedy))
        return
    if not token:
        remedy = "Set [bridge] portal_token, or the plugin's API token."
        text = "There is no token for Bizuno."
        report.add(failed("settings", Cause.SETTING, text, remedy))
        return
    timeout, ca = config.portal_timeout, config.portal_ca
    check_portal(url, token, report, biggest, ca=ca, timeout=timeout)
