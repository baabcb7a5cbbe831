"""Named tokens of stores: made here, shown once, kept as a keyed digest.

Several are valid at once, each in its own span of time, so that a new one can be given
out before the old one goes.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Column, Connection, MetaData, Table, select, update

from bridge.common.columns import BINARY, Texts, integer, key, table_options

TOUCH_SECONDS = 300
"""Last use is noted at most once in so many seconds, or every request would write."""
_KEY_CHECK = b"bizuno-portal token key"
State = Literal["valid", "early", "retired", "foreign"]


@dataclass(frozen=True)
class Token:
    """A token without its secret; times are Unix seconds, None is no bound.

    ``digest`` is an HMAC of the secret, ``salt`` its own; ``key_check`` tells under
    which key it was made. ``last_used`` may lag by TOUCH_SECONDS.
    """

    id: int
    name: str
    digest: str
    salt: str
    key_check: str
    created: int
    not_before: int | None
    not_after: int | None
    last_used: int | None

    def __repr__(self) -> str:
        return f"Token({self.name!r})"


class Tokens:
    """The table ``<prefix>tokens``; ``secret_key`` is ``[portal] token_key``."""

    def __init__(self, prefix: str, metadata: MetaData, secret_key: str = "") -> None:
        text = Texts(BINARY)
        self._key = secret_key.encode()
        self.key_check = self._hmac(b"", _KEY_CHECK)[:16]
        self.table = Table(
            f"{prefix}tokens",
            metadata,
            Column("id", integer("bigint"), primary_key=True),
            Column("name", text.varchar(100), nullable=False),
            Column("digest", text.varchar(64), nullable=False),
            Column("salt", text.varchar(32), nullable=False),
            Column("key_check", text.varchar(16), nullable=False),
            Column("created", integer("bigint"), nullable=False),
            Column("not_before", integer("bigint")),
            Column("not_after", integer("bigint")),
            Column("last_used", integer("bigint")),
            key("name", "name", unique=True),
            **table_options(BINARY),
        )

    def __repr__(self) -> str:
        return f"Tokens({self.table.name!r})"

    def add(
        self,
        conn: Connection,
        name: str,
        *,
        secret: str | None = None,
        not_before: int | None = None,
        not_after: int | None = None,
    ) -> str:
        """Keep a new token called ``name`` and return its secret, made if not given.

        A second one of that name is an IntegrityError.
        """
        secret = secret or secrets.token_urlsafe(32)
        salt = secrets.token_hex(16)
        conn.execute(
            self.table.insert(),
            {
                "name": name,
                "digest": self._hmac(salt.encode(), secret.encode()),
                "salt": salt,
                "key_check": self.key_check,
                "created": int(time.time()),
                "not_before": not_before,
                "not_after": not_after,
            },
        )
        return secret

    def all(self, conn: Connection) -> list[Token]:
        """Every token, in the order they were made."""
        rows = conn.execute(select(self.table).order_by(self.table.c.id))
        return [Token(**row._mapping) for row in rows]

    def valid(self, conn: Connection, now: float | None = None) -> list[Token]:
        """The tokens that open now."""
        return self.opening(self.all(conn), now)

    def opening(self, tokens: Iterable[Token], now: float | None = None) -> list[Token]:
        """Those of ``tokens`` that open now."""
        moment = time.time() if now is None else now
        return [one for one in tokens if self.state(one, moment) == "valid"]

    def state(self, token: Token, now: float) -> State:
        """What a token is at this time; foreign ones were made under another key."""
        if token.not_after is not None and token.not_after <= now:
            return "retired"
        if token.key_check != self.key_check:
            return "foreign"
        if token.not_before is not None and token.not_before > now:
            return "early"
        return "valid"

    def match(self, given: bytes, valid: Sequence[Token]) -> Token | None:
        """The token whose secret was given.

        Every one is compared, so that the time tells neither which one matched nor
        how far another agrees.
        """
        found = None
        for token in valid:
            digest = self._hmac(token.salt.encode(), given)
            if hmac.compare_digest(digest, token.digest):
                found = token
        return found

    def retire(self, conn: Connection, name: str, when: int) -> Token | None:
        """End the token of that name at ``when``, or leave it if it ends earlier.

        Returns it as it was before; None where there is none.
        """
        table = self.table
        found = next((one for one in self.all(conn) if one.name == name), None)
        if found and (found.not_after is None or found.not_after > when):
            query = update(table).where(table.c.id == found.id)
            conn.execute(query, {"not_after": when})
        return found

    def touch(self, conn: Connection, token: Token, now: float | None = None) -> None:
        """Note that the token was used."""
        moment = int(time.time() if now is None else now)
        query = update(self.table).where(self.table.c.id == token.id)
        conn.execute(query, {"last_used": moment})

    def is_due(self, token: Token, now: float | None = None) -> bool:
        """Whether its use should be noted."""
        moment = time.time() if now is None else now
        return token.last_used is None or token.last_used <= moment - TOUCH_SECONDS

    def _hmac(self, salt: bytes, secret: bytes) -> str:
        return hmac.new(self._key + b"\0" + salt, secret, "sha256").hexdigest()


def show_time(moment: int | None) -> str:
    """A moment for people: UTC to the second; empty for none."""
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
