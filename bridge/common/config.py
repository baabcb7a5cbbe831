"""The configuration file: INI text to frozen dataclasses, every problem at once.

``config.example.ini`` is the manual of the keys; a test keeps the two alike. The file
is the one named by ``BIZUNO_BRIDGE_CONFIG``, else ``config.ini`` in the current folder;
without any file the defaults hold, which are the embedded sample databases.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from . import settings as s
from .addresses import Proxies
from .cache_settings import cache_address, cache_keys
from .errors import ConfigError
from .phpform import Limits
from .rate_settings import RatesConfig
from .settings import key

VARIABLE = "BIZUNO_BRIDGE_CONFIG"


@dataclass(frozen=True)
class BridgeConfig:
    """``[bridge]``: the half beside WordPress."""

    database: str = key(s.database, "sqlite:///shop.sqlite", secret=True)
    table_prefix: str = key(s.text, "wp_")
    network_prefix: str | None = key(s.optional(s.text), None)
    uploads: Path = key(s.folder, Path("uploads"))
    site_url: str | None = key(s.optional(s.address), None)
    auth_key: str = key(s.text, "", secret=True)
    auth_salt: str = key(s.text, "", secret=True)
    wp_config: Path | None = key(s.optional(s.folder), None)
    secure_site: str = key(s.one_of("auto", "yes", "no"), "auto")
    trusted_proxies: Proxies = key(s.proxies, Proxies())
    portal_url: str | None = key(s.optional(s.address), None)
    portal_token: str = key(s.header, "", secret=True)
    portal_ca: Path | None = key(s.optional(s.folder), None)
    portal_timeout: float = key(s.seconds, 30.0)
    order_prefix: str | None = key(s.optional(s.text), None)
    stock_management: str = key(s.one_of("auto", "yes", "no"), "auto")
    backorders: str = key(s.one_of("auto", "no", "notify", "yes"), "auto")
    stock_fractions: bool = key(s.yes_no, False)
    allow_zero_price: bool = key(s.yes_no, False)
    unpublish_inactive: bool = key(s.yes_no, False)
    sync_delete: str = key(s.one_of("trash", "draft", "delete"), "trash")
    sync_delete_max: Decimal = key(s.amount, Decimal(10))
    picture_bytes: int = key(s.whole(1), 16 * 1024 * 1024)
    picture_pixels: int = key(s.whole(1), 40_000_000)
    image_sizes: str = key(s.one_of("now", "later"), "now")
    export_statuses: tuple[str, ...] = key(
        s.order_statuses, ("processing", "completed")
    )
    object_cache: str | None = key(s.optional(cache_address), None, secret=True)
    object_cache_salt: str = key(s.text, "")
    object_cache_keys: str = key(cache_keys, "auto")
    webhook_secret: str = key(s.text, "", secret=True)
    shipped_status: str = key(s.order_status, "auto")
    shipped_hooks: tuple[str, ...] = key(s.words, ())


@dataclass(frozen=True)
class PortalConfig:
    """``[portal]``: the half beside Bizuno."""

    database: str = key(s.database, "sqlite:///books.sqlite", secret=True)
    data: Path = key(s.folder, Path("data"))
    tokens: tuple[str, ...] = key(s.words, (), secret=True)
    token_key: str = key(s.text, "", secret=True)
    allow_query_token: bool = key(s.yes_no, False)
    trusted_proxies: Proxies = key(s.proxies, Proxies())
    api_user: str | None = key(s.optional(s.text), None)
    timezone: str | None = key(s.optional(s.text), None)
    max_difference: Decimal | None = key(s.optional(s.amount), None)
    difference_account: str | None = key(s.optional(s.text), None)
    shipping_methods: dict[str, str] = key(s.mapping, {})
    default_shipping: str = key(s.text, "fedex:GND")


@dataclass(frozen=True)
class StoreConfig:
    """``[store]`` or ``[store:NAME]``: a shop the portal pushes to."""

    name: str = ""
    url: str | None = key(s.optional(s.address), None)
    email: str = key(s.header, "")
    password: str = key(s.header, "", secret=True)
    prefix: str = key(s.text, "")
    kind: str = key(s.one_of("auto", "plugin", "bridge"), "auto")
    flag: str = key(s.text, "woocommerce_sync")
    ca: Path | None = key(s.optional(s.folder), None)
    timeout: float = key(s.seconds, 60.0)
    guard_price_change: Decimal | None = key(s.optional(s.amount), Decimal(50))
    guard_out_of_stock: int | None = key(s.optional(s.whole()), 50)
    guard_removals: int | None = key(s.optional(s.whole()), 10)


@dataclass(frozen=True)
class LimitsConfig:
    """``[limits]``: what one request may ask for."""

    body_bytes: int = key(s.whole(1024), 32 * 1024 * 1024)
    body_fields: int = key(s.whole(1), 1_000_000)
    body_depth: int = key(s.whole(1), 64)
    login_attempts: int = key(s.whole(0), 10)

    @property
    def body(self) -> Limits:
        """The bounds of a body, as the form parser takes them."""
        return Limits(self.body_bytes, self.body_fields, self.body_depth)


@dataclass(frozen=True)
class ServerConfig:
    """``[server]``: what both apps share."""

    threads: int = key(s.whole(1), 16)
    log_level: str = key(s.one_of("debug", "info", "warning", "error"), "info")


@dataclass(frozen=True)
class Config:
    """Everything configured."""

    bridge: BridgeConfig = field(default_factory=BridgeConfig)
    portal: PortalConfig = field(default_factory=PortalConfig)
    rates: RatesConfig = field(default_factory=RatesConfig)
    stores: tuple[StoreConfig, ...] = (StoreConfig(),)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    server: ServerConfig = field(default_factory=ServerConfig)


SECTIONS = {
    "bridge": BridgeConfig,
    "portal": PortalConfig,
    "rates": RatesConfig,
    "store": StoreConfig,
    "limits": LimitsConfig,
    "server": ServerConfig,
}


def load(path: Path | str | None = None) -> Config:
    """Read the configuration; raises ConfigError with every problem found.

    ``path`` defaults to ``$BIZUNO_BRIDGE_CONFIG``, else ``./config.ini`` if it exists.
    """
    chosen = path or os.environ.get(VARIABLE)
    file = Path(chosen) if chosen else Path("config.ini")
    if not chosen and not file.exists():
        return parse("")
    try:
        content = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8 text"
        raise ConfigError([(str(file), f"cannot be read: {reason}")]) from None
    return parse(content)


def parse(content: str, environment: Mapping[str, str] | None = None) -> Config:
    """Read the text of a configuration file."""
    # no section spreads over the others: [DEFAULT] is unknown like any other
    reader = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), default_section=""
    )
    try:
        reader.read_string(content)
    except configparser.Error as exc:
        # the parser's own message quotes the line, which may hold a secret
        line = getattr(exc, "lineno", None) or getattr(exc, "errors", [[0]])[0][0]
        reason = type(exc).__name__.removesuffix("Error")
        raise ConfigError([(f"line {line}", f"not INI syntax ({reason})")]) from None
    variables = os.environ if environment is None else environment
    problems: s.Problems = []
    stores = [n for n in reader.sections() if n == "store" or n.startswith("store:")]
    for name in reader.sections():
        if name not in SECTIONS and name not in stores:
            problems.append((f"[{name}]", "there is no such section; remove it"))

    def section(name: str) -> dict[str, str]:
        return dict(reader[name]) if reader.has_section(name) else {}

    config = Config(
        bridge=s.read_section(
            BridgeConfig, "bridge", section("bridge"), problems, variables
        ),
        portal=s.read_section(
            PortalConfig, "portal", section("portal"), problems, variables
        ),
        rates=s.read_section(
            RatesConfig, "rates", section("rates"), problems, variables
        ),
        stores=tuple(
            _store(name, section(name), problems, variables)
            for name in stores or ["store"]
        ),
        limits=s.read_section(
            LimitsConfig, "limits", section("limits"), problems, variables
        ),
        server=s.read_section(
            ServerConfig, "server", section("server"), problems, variables
        ),
    )
    if problems:
        raise ConfigError(problems)
    return config


def _store(
    section: str,
    values: Mapping[str, str],
    problems: s.Problems,
    variables: Mapping[str, str],
) -> StoreConfig:
    store = s.read_section(StoreConfig, section, values, problems, variables)
    return replace(store, name=section.partition(":")[2].strip())
