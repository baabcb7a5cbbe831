"""A fake EasyPost: its documented stateless rate call, and all kinds of bad days.

``behave`` names what it does with a question (see MOODS), one for all or one after
the other; prices follow from the parcel's weight, so that they can be foretold.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from .peers import Peer, read_request, reply

KEY = "EZTKfake0000000000000000"
ACCOUNTS = {"USPS": "ca_usps", "UPSDAP": "ca_ups", "FedEx": "ca_fedex"}
_SERVICES = {
    ("USPS", "GroundAdvantage"): ("4.00", "0.10", 4),
    ("USPS", "Priority"): ("7.00", "0.15", 2),
    ("UPSDAP", "Ground"): ("8.00", "0.12", 3),
    ("UPSDAP", "NextDayAir"): ("40.00", "0.50", 1),
    ("FedEx", "FEDEX_GROUND"): ("8.50", "0.11", 3),
}
HARMLESS = ("ok", "partial", "slow")
MOODS = (
    *HARMLESS,
    "hang",
    "drip",
    "reset",
    "close",
    "429",
    "500",
    "503",
    "422",
    "401",
    "garbage",
    "html",
    "cut",
    "list",
    "deep",
    "endless",
    "negative",
    "missing",
    "nonsense",
    "currency",
    "empty",
    "redirect",
)
"""``partial`` lacks a carrier, ``cut`` ends early, ``slow`` takes a moment."""


def price(carrier: str, service: str, ounces: float) -> Decimal:
    """What it asks for a parcel."""
    base, each, _ = _SERVICES[carrier, service]
    exact = Decimal(base) + Decimal(each) * Decimal(str(ounces))
    return exact.quantize(Decimal("0.01"))


class FakeEasyPost(Peer):
    """The server; ``questions`` are the shipments it was asked about."""

    def __init__(self, *moods: str, seed: int | None = None) -> None:
        self.questions: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.moods: deque[str] = deque()
        self._random = random.Random(seed) if seed is not None else None
        self._choice = list(moods) or ["ok"]
        self._guard = threading.Lock()
        super().__init__(b"")

    def behave(self, *moods: str) -> None:
        """From now on do this, one after the other and then the last again."""
        with self._guard:
            self._random, self._choice = None, [moods[-1]]
            self.moods = deque(moods[:-1])

    def _mood(self) -> str:
        with self._guard:
            if self.moods:
                return self.moods.popleft()
            return (self._random or random).choice(self._choice)

    def _serve(self, connection: socket.socket) -> None:
        try:
            while request := read_request(connection):
                self._answer_to(connection, request)
        except OSError:
            pass
        finally:
            connection.close()

    def _answer_to(self, connection: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *headers = head.decode("latin-1").split("\r\n")
        named = dict(line.lower().split(": ", 1) for line in headers)
        if first.split()[:2] != ["POST", "/beta/rates"]:
            connection.sendall(_error("404 Not Found", "NOT_FOUND"))
            return
        if named.get("authorization") != f"bearer {KEY}".lower():
            connection.sendall(_error("401 Unauthorized", "UNAUTHORIZED"))
            return
        shipment = json.loads(body)["shipment"]
        with self._guard:
            self.questions.append(shipment)
        problem = _problem(shipment)
        if problem:
            connection.sendall(_error("422 Unprocessable Entity", problem))
            return
        self._act(connection, self._mood(), _answer(shipment))

    def _act(
        self, connection: socket.socket, mood: str, answer: dict[str, Any]
    ) -> None:
        whole = reply(json.dumps(answer).encode())
        if mood == "hang":
            self.wait(30)
        elif mood == "slow":
            self.wait(0.2)
            connection.sendall(whole)
        elif mood == "drip":
            for at in range(len(whole)):
                connection.sendall(whole[at : at + 1])
                if self.wait(0.05):
                    return
        elif mood == "reset":
            # no lingering: the other side sees a reset, not an end
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            connection.close()
        elif mood == "close":
            connection.close()
        elif mood == "cut":
            connection.sendall(whole[: len(whole) // 2])
            connection.close()
        elif mood == "endless":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n")
            while not self._stop.is_set():
                connection.sendall(b"[" * 65536)
        elif mood in _WRONG:
            connection.sendall(_WRONG[mood])
        else:
            connection.sendall(reply(json.dumps(_changed(answer, mood)).encode()))


def _problem(shipment: dict[str, Any]) -> str:
    """What EasyPost would not take."""
    for side in ("to_address", "from_address"):
        if not shipment.get(side, {}).get("zip"):
            return "ADDRESS.PARAMETERS.INVALID"
    if not shipment.get("parcel", {}).get("weight", 0) > 0:
        return "PARCEL.WEIGHT.INVALID"
    return ""


def _answer(shipment: dict[str, Any]) -> dict[str, Any]:
    ounces = shipment["parcel"]["weight"]
    wanted: Iterable[str] = shipment.get("carrier_accounts") or ACCOUNTS.values()
    rates = [
        {
            "object": "Rate",
            "mode": "test",
            "service": service,
            "carrier": carrier,
            "rate": str(price(carrier, service, ounces)),
            "currency": "USD",
            "retail_rate": "99.00",
            "retail_currency": "USD",
            "list_rate": "88.00",
            "list_currency": "USD",
            "billing_type": "easypost",
            "delivery_days": days,
            "delivery_date": None,
            "delivery_date_guaranteed": False,
            "est_delivery_days": days,
            "carrier_account_id": ACCOUNTS[carrier],
        }
        for (carrier, service), (_, _, days) in _SERVICES.items()
        if ACCOUNTS[carrier] in set(wanted)
    ]
    return {**shipment, "rates": rates, "messages": []}


def _changed(answer: dict[str, Any], mood: str) -> dict[str, Any]:
    rates = answer["rates"]
    if mood == "partial":
        rates[:] = [rate for rate in rates if rate["carrier"] != "UPSDAP"]
        answer["messages"] = [
            {
                "carrier": "UPSDAP",
                "carrier_account_id": "ca_ups",
                "type": "rate_error",
                "message": "Unauthorized. Please check credentials and try again",
            }
        ]
    elif mood == "empty":
        rates.clear()
    for at, rate in enumerate(rates):
        if mood == "negative":
            rate["rate"] = f"-{rate['rate']}"
        elif mood == "missing":
            del rate[("rate", "carrier", "service", "currency")[at % 4]]
        elif mood == "nonsense":
            rate["rate"] = ("free", None, "NaN", [], "1e999")[at % 5]
        elif mood == "currency":
            rate["currency"] = "CAD"
    return answer


def _error(status: str, code: str) -> bytes:
    said = {"error": {"code": code, "message": f"{code} {KEY}", "errors": []}}
    return reply(json.dumps(said).encode(), status)


_WRONG = {
    "429": _error("429 Too Many Requests", "RATE_LIMITED"),
    "500": _error("500 Internal Server Error", "INTERNAL_SERVER_ERROR"),
    "503": reply(b"", "503 Service Unavailable", "text/plain"),
    "422": _error("422 Unprocessable Entity", "SHIPMENT.INVALID_PARAMS"),
    "401": _error("401 Unauthorized", "APIKEY.INACTIVE"),
    "garbage": reply(b'{"rates": [{"carrier": \xff\x00'),
    "html": reply(b"<html>busy</html>", kind="text/html"),
    "list": reply(b'["rates", 1, null]'),
    "deep": reply(b'{"rates": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "redirect": reply(
        b"", "307 Temporary Redirect", "text/plain", "Location: http://127.0.0.1:9/"
    ),
}
