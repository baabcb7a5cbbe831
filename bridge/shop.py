"""The shop the bridge stands beside: its database, tables, ledger and settings."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from .common.config import BridgeConfig, Config
from .common.database import Database
from .common.ledger import Ledger
from .common.phpform import Limits
from .wordpress.tables import ShopTables

EXTENSION = "bizuno_bridge_shop"


@dataclass(frozen=True)
class Shop:
    """Everything the bridge works with; made once per process."""

    config: BridgeConfig
    limits: Limits
    database: Database
    tables: ShopTables
    ledger: Ledger

    @classmethod
    def of(cls, config: Config) -> Shop:
        """The shop a configuration names; connects to nothing yet."""
        bridge = config.bridge
        return cls(
            bridge,
            config.limits.body,
            Database(bridge.database, pool_size=config.server.threads),
            ShopTables(bridge.table_prefix),
            Ledger(f"{bridge.table_prefix}bizuno_bridge_"),
        )


def current_shop() -> Shop:
    """The shop of the application that serves this request."""
    shop = current_app.extensions[EXTENSION]
    assert isinstance(shop, Shop)
    return shop
