"""The settings of the plugin bizuno-api, as its own page in WordPress keeps them.

Whoever replaces the plugin's half by the bridge need not type them again. Everything
stands in one option; what is not there is looked for in the option that all of its
maker's plugins share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..common.config import BridgeConfig
from ..common.errors import ConfigError
from ..common.secrets import CannotDecrypt, decrypt_password, is_encrypted
from .options import unpack
from .salts import SALT_OPTIONS, Salts, find_salts

PLUGIN_OPTION, GENERAL_OPTION = "bizuno_api_options", "bizuno_general_options"
PLUGIN_OPTIONS = (PLUGIN_OPTION, GENERAL_OPTION)
TOKEN_OPTIONS = (*PLUGIN_OPTIONS, *SALT_OPTIONS)
"""What ``read_plugin`` needs where the token is asked for, too."""
_TICKED = ("on", "yes", "1")


@dataclass(frozen=True)
class Plugin:
    """The plugin's settings; ``api_token`` may be encrypted, see ``portal_token``.

    ``backorders`` is no, notify or yes; ``journal`` 0 (automatic), 10 or 12;
    ``stored_salts`` are those of a WordPress that keeps them in its database.
    """

    url: str = ""
    api_token: str = field(default="", repr=False)
    order_prefix: str = ""
    customer_prefix: str = ""
    stock_management: bool = False
    backorders: str = "no"
    journal: str = "0"
    autodownload: bool = False
    stored_salts: Salts = Salts()


def read_plugin(options: Mapping[str, str]) -> Plugin:
    """The settings from WordPress's options (``PLUGIN_OPTIONS``).

    The page stores ``on`` or nothing at all for a ticked box, newer versions ``on``
    or ``off``.
    """
    own = unpack(options.get(PLUGIN_OPTION))
    general = unpack(options.get(GENERAL_OPTION))

    def text(name: str, default: str = "") -> str:
        found = own.get(name, general.get(name))
        if isinstance(found, str):
            return found.strip() or default
        return str(int(found)) if isinstance(found, int) and found else default

    return Plugin(
        url=text("url"),
        api_token=text("api_token"),
        order_prefix=text("prefix_order"),
        customer_prefix=text("prefix_customer"),
        stock_management=text("inv_stock_mgt") in _TICKED,
        backorders=text("inv_backorders", "no"),
        journal=text("journal_id", "0"),
        autodownload=text("autodownload") in _TICKED,
        stored_salts=Salts(*(options.get(name, "") for name in SALT_OPTIONS)),
    )


def portal_token(config: BridgeConfig, plugin: Plugin) -> str:
    """The token for the portal: configured, else the plugin's; ``""`` without any.

    Raises ConfigError when the plugin's is encrypted and the salts are not known.
    """
    if config.portal_token or not plugin.api_token:
        return config.portal_token
    if not is_encrypted(plugin.api_token):
        return plugin.api_token
    place = "[bridge] portal_token"
    salts = find_salts(config, plugin.stored_salts)
    try:
        return decrypt_password(plugin.api_token, salts.key, salts.salt)
    except CannotDecrypt as exc:
        problem = f"is empty, and for the plugin's: {exc}"
        raise ConfigError([(place, problem)]) from None
