"""Where orders go: the portal's address and token, from config or the plugin."""

from __future__ import annotations

from collections.abc import Mapping

from ..common import settings
from ..common.errors import ConfigError
from ..common.http import Client, NotPrintable
from ..common.secrets import CannotDecrypt, decrypt_password
from ..shop import Shop


def portal_client(shop: Shop, plugin: Mapping[str, str]) -> Client:
    """A client for the portal; ``plugin`` is the plugin's own option array.

    Raises ConfigError naming every setting that is missing or unusable.
    """
    config = shop.config
    problems: list[tuple[str, str]] = []
    url = config.portal_url or ""
    if not url:
        url = _plugin_url(plugin, problems)
    token = config.portal_token or _plugin_token(shop, plugin, problems)
    if problems:
        raise ConfigError(problems)
    try:
        return Client(
            url,
            {"Accept": "application/json", "X-Bizuno-Token": token},
            timeout=config.portal_timeout,
            ca=config.portal_ca,
        )
    except NotPrintable as exc:
        raise ConfigError([("[bridge] portal_token", str(exc))]) from None


def _plugin_url(plugin: Mapping[str, str], problems: list[tuple[str, str]]) -> str:
    place = "[bridge] portal_url"
    stored = str(plugin.get("url") or "")
    if not stored:
        problems.append((place, "is empty, and the plugin has no address either"))
        return ""
    try:
        return settings.address(stored)
    except ValueError as exc:
        problems.append((place, f"is empty, and the plugin's address is no use: {exc}"))
        return ""


def _plugin_token(
    shop: Shop, plugin: Mapping[str, str], problems: list[tuple[str, str]]
) -> str:
    place = "[bridge] portal_token"
    stored = str(plugin.get("api_token") or "")
    if not stored:
        problems.append((place, "is empty, and the plugin has no token either"))
        return ""
    try:
        return decrypt_password(stored, shop.config.auth_key, shop.config.auth_salt)
    except CannotDecrypt as exc:
        problems.append((place, f"is empty, and for the plugin's: {exc}"))
        return ""
