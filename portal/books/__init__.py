"""Bizuno's books: its database, tables and settings, and the ledger beside them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from bridge.common.attempts import Attempts
from bridge.common.config import Config, PortalConfig
from bridge.common.database import Database
from bridge.common.ledger import Ledger
from bridge.common.phpform import Limits

from ..look import FirstLook
from ..quoting.store import QuoteStore
from ..tokens import Tokens

EXTENSION = "bizuno_portal_books"
PREFIX = "bizuno_portal_"
"""What stands before the names of the portal's own tables."""


@dataclass(frozen=True)
class Books:
    """Everything the portal works with; made once per process."""

    config: PortalConfig
    limits: Limits
    database: Database
    ledger: Ledger
    tokens: Tokens
    attempts: Attempts
    login_attempts: int
    quotes: QuoteStore
    first_look: FirstLook

    @classmethod
    def of(cls, config: Config) -> Books:
        """The books a configuration names; connects to nothing yet."""
        portal = config.portal
        ledger = Ledger(PREFIX)
        tokens = Tokens(PREFIX, ledger.metadata, portal.token_key)
        attempts = Attempts(PREFIX, ledger.metadata)
        return cls(
            portal,
            config.limits.body,
            Database(portal.database, pool_size=config.server.threads),
            ledger,
            tokens,
            attempts,
            config.limits.login_attempts,
            QuoteStore(PREFIX, ledger.metadata),
            FirstLook(tokens.table),
        )


def current_books() -> Books:
    """The books of the application that serves this request."""
    books = current_app.extensions[EXTENSION]
    assert isinstance(books, Books)
    return books
