"""The shop the bridge stands beside: its database, tables, ledger and settings."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from .catalog.picture_notes import PictureNotes
from .common.attempts import Attempts
from .common.config import BridgeConfig, Config
from .common.database import Database
from .common.ledger import Ledger
from .common.phpform import Limits
from .wordpress.object_cache import ObjectCache
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
    attempts: Attempts
    pictures: PictureNotes
    login_attempts: int
    cache: ObjectCache

    @classmethod
    def of(cls, config: Config) -> Shop:
        """The shop a configuration names; connects to nothing yet."""
        bridge = config.bridge
        own = f"{bridge.table_prefix}bizuno_bridge_"
        ledger = Ledger(own)
        return cls(
            bridge,
            config.limits.body,
            Database(bridge.database, pool_size=config.server.threads),
            ShopTables(bridge.table_prefix, bridge.network_prefix),
            ledger,
            Attempts(own, ledger.metadata),
            PictureNotes(own, ledger.metadata),
            config.limits.login_attempts,
            ObjectCache(bridge),
        )


def current_shop() -> Shop:
    """The shop of the application that serves this request."""
    shop = current_app.extensions[EXTENSION]
    assert isinstance(shop, Shop)
    return shop
