"""A store as the portal reaches it: which kind it is, and single calls to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bridge.common.config import StoreConfig
from bridge.common.errors import Unavailable, Unprocessable
from bridge.common.http import Client, NotPrintable, Outcome
from bridge.common.phpform import encode

NAMESPACE = "wp-json/bizuno-api/v1/"
SIGN = "x-bizuno-bridge"
Method = Literal["POST", "PUT"]


class Unreachable(Unavailable):
    """The store cannot be worked with now; the text says why and what to do."""


@dataclass(frozen=True)
class Address:
    """An endpoint of the store."""

    method: Method
    path: str


UPDATE = Address("POST", "product/update")
REFRESH = Address("PUT", "product/refresh")
SYNC = Address("POST", "product/sync")
CONFIRM = Address("POST", "order/confirm")


class Store:
    """Calls to one store with its credentials, which never show in a message."""

    def __init__(self, config: StoreConfig) -> None:
        self.config = config
        self._is_bridge = {"plugin": False, "bridge": True}.get(config.kind)
        place = f"[store:{config.name}]" if config.name else "[store]"
        if not config.url or not config.email or not config.password:
            raise Unprocessable(
                f"The store is not configured: set url, email and password in {place}."
            )
        try:
            self._client = Client(
                config.url,
                {"email": config.email, "pass": config.password},
                timeout=config.timeout,
                ca=config.ca,
            )
        except NotPrintable as exc:
            raise Unprocessable(f"{place}: {exc}") from None

    @property
    def label(self) -> str:
        """How the store is called in a ledger and in messages."""
        return self.config.name or self.config.url or "store"

    @property
    def is_bridge(self) -> bool:
        """Whether our bridge answers there; asked once per run (DECISIONS 51)."""
        if self._is_bridge is None:
            outcome = self._client.get(NAMESPACE)
            if not outcome.status:
                raise Unreachable(outcome.reason)
            self._is_bridge = outcome.header(SIGN) == "1"
        return self._is_bridge

    def is_alive(self) -> bool:
        """Whether anything answers at the store's address."""
        return bool(self._client.get(NAMESPACE).status)

    def call(
        self,
        address: Address,
        data: Mapping[str, Any] | list[Any],
        *,
        plan: bool = False,
    ) -> Outcome:
        """Send ``data`` once; with ``plan`` the bridge only tells what it would do."""
        return self._client.send(
            address.method,
            NAMESPACE + address.path,
            encode({"data": data}),
            query={"plan": "1"} if plan else None,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def said(body: Any) -> str:
    """What went wrong in the words of the store, as one line; empty without words.

    A message is a text (WordPress) or a stack by level (Bizuno).
    """
    message = body.get("message") if isinstance(body, dict) else None
    if isinstance(message, str):
        return message.strip()
    return " ".join(texts_of(body, ("error", "caution", "warning")))


def texts_of(body: Any, levels: tuple[str, ...]) -> list[str]:
    """The texts of some levels of the message stack."""
    stack = body.get("message") if isinstance(body, dict) else None
    if not isinstance(stack, dict):
        return []
    entries = (entry for level in levels for entry in stack.get(level) or ())
    texts = (str(e.get("text") or "") for e in entries if isinstance(e, dict))
    return [text.strip() for text in texts if text.strip()]
