"""Where orders go: the portal's address and token, from config or the plugin."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..common import settings
from ..common.config import BridgeConfig
from ..common.errors import ConfigError
from ..common.http import Client, NotPrintable
from ..shop import Shop
from ..wordpress.plugin import Plugin, portal_token


@dataclass(frozen=True)
class Target:
    """Where the portal is, and the token for it."""

    url: str
    token: str = field(repr=False)


def find_target(config: BridgeConfig, plugin: Plugin) -> Target:
    """The portal of the configuration, else of the plugin's own settings.

    Raises ConfigError naming every setting that is missing or unusable.
    """
    problems: list[tuple[str, str]] = []
    url = config.portal_url or _plugin_url(plugin, problems)
    token = _token(config, plugin, problems)
    if problems:
        raise ConfigError(problems)
    return Target(url, token)


def portal_client(shop: Shop, plugin: Plugin, timeout: float | None = None) -> Client:
    """A client for that portal; raises ConfigError as ``find_target`` does.

    ``timeout`` is for callers who cannot wait as long as configured.
    """
    config = shop.config
    target = find_target(config, plugin)
    try:
        return Client(
            target.url,
            {"Accept": "application/json", "X-Bizuno-Token": target.token},
            timeout=min(timeout or config.portal_timeout, config.portal_timeout),
            ca=config.portal_ca,
        )
    except NotPrintable as exc:
        raise ConfigError([("[bridge] portal_token", str(exc))]) from None


def _plugin_url(plugin: Plugin, problems: list[tuple[str, str]]) -> str:
    place = "[bridge] portal_url"
    if not plugin.url:
        problems.append((place, "is empty, and the plugin has no address either"))
        return ""
    try:
        return settings.address(plugin.url)
    except ValueError as exc:
        problems.append((place, f"is empty, and the plugin's address is no use: {exc}"))
        return ""


def _token(
    config: BridgeConfig, plugin: Plugin, problems: list[tuple[str, str]]
) -> str:
    try:
        token = portal_token(config, plugin)
    except ConfigError as exc:
        problems.extend(exc.problems)
        return ""
    if not token:
        place = "[bridge] portal_token"
        problems.append((place, "is empty, and the plugin has no token either"))
    return token
