"""EasyPost: one account, all carriers, by its official client package.

What is asked is the stateless rate call (``POST /beta/rates``), which leaves nothing
behind at EasyPost. The package is given a deadline over the whole call, since its own
timeout counts between two bytes.
"""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import requests

from bridge.common.deadline import Call, WatchedAdapter
from bridge.common.ledger import digest
from bridge.common.rate_settings import Address, RatesConfig

from .naming import known_carriers, name_service
from .offers import Deadline
from .provider import Answer, Price, ProviderFailed, Question

if TYPE_CHECKING:
    from easypost.easypost_client import EasyPostClient

log = logging.getLogger("bizuno_bridge.rates")

CODE = "easypost"
MAX_ANSWER_BYTES = 1024 * 1024
_CHUNK = 64 * 1024
_SHORTEST_SECONDS = 0.05
_REASONS = {
    401: "its key is not accepted; check easypost_key",
    402: "the account at EasyPost lacks funds",
    403: "its key is not accepted; check easypost_key",
    429: "it is asked too often",
}


class EasyPost:
    """The provider; keeps a client, and with it a connection, per thread."""

    code = CODE

    def __init__(self, config: RatesConfig) -> None:
        # here, since it takes a while: who does not use it does not wait for it, and
        # no customer does
        from easypost.easypost_client import EasyPostClient

        self._make = EasyPostClient
        self._config = config
        self._local = threading.local()
        services = config.easypost_services
        self.version = digest(
            [config.easypost_url, config.easypost_accounts, services]
        )[:8]
        self.carriers = known_carriers() | {
            rate.rpartition("_")[0] for rate in services.values()
        }

    def ask(self, question: Question, deadline: Deadline) -> Answer:
        """Ask for the rates of one parcel."""
        seconds = deadline.left()
        if seconds < _SHORTEST_SECONDS:
            raise ProviderFailed("there was no time left to ask it")
        client, heard = self._client()
        client.timeout = seconds  # type: ignore[assignment]  # fractions do as well
        heard.clear()
        call = Call(seconds)
        try:
            with call.running():
                rates = client.beta_rate.retrieve_stateless_rates(
                    **shipment_of(question, self._config.easypost_accounts)
                )
        except Exception as exc:
            # whatever the package makes of a broken answer, the checkout goes on; its
            # texts are not shown, they hold bodies and headers
            status = getattr(exc, "http_status", None) or heard.get("status", 0)
            raise _failure(exc, status, call, seconds) from None
        if call.over:  # an answer that ends with the connection looks complete
            raise ProviderFailed(f"it did not answer within {seconds:.1f} seconds")
        return self._answer(rates, heard)

    def _client(self) -> tuple[EasyPostClient, dict[str, Any]]:
        """The client of this thread, and what its last answer said beside rates."""
        if not hasattr(self._local, "client"):
            # the version has to stand there: the package replaces it for beta calls
            client = self._make(
                self._config.easypost_key, api_base=f"{self._config.easypost_url}/v2"
            )
            session = client._requests_session
            for scheme in list(session.adapters):
                session.mount(scheme, _Adapter())
            session.max_redirects = 0  # the key goes nowhere else
            session.trust_env = False  # .netrc would replace the key
            heard: dict[str, Any] = {}
            client.subscribe_to_response_hook(
                lambda **said: heard.update(
                    body=said["response_body"], status=said["http_status"]
                )
            )
            self._local.client, self._local.heard = client, heard
        return self._local.client, self._local.heard

    def _answer(self, rates: Any, heard: Mapping[str, Any]) -> Answer:
        if not isinstance(rates, list):
            raise ProviderFailed("its answer holds no list of rates")
        prices, answered = [], set()
        for rate in rates:
            carrier, service = _text(rate, "carrier"), _text(rate, "service")
            answered.add(carrier)
            ident, title = "", ""
            if carrier and service:
                configured = self._config.easypost_services
                ident, title = name_service(carrier, service, configured)
            amount, currency = _member(rate, "rate"), _member(rate, "currency")
            prices.append(Price(ident, title, amount, currency))
        silent = _unanswered(heard.get("body")) - answered
        return Answer(prices, tuple(sorted(silent)))


class _Adapter(WatchedAdapter):
    """Reads the whole answer, up to a limit, while the deadline counts."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        options["stream"] = True
        response = super().send(request, *args, **options)
        parts, size = [], 0
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                response.close()
                raise requests.exceptions.ContentDecodingError("too large")
            parts.append(chunk)
        whole = requests.Response()
        whole.status_code, whole.headers = response.status_code, response.headers
        whole.url, whole.request, whole.encoding = response.url, request, "utf-8"
        whole.raw = io.BytesIO(b"".join(parts))
        return whole


def shipment_of(question: Question, accounts: tuple[str, ...]) -> dict[str, Any]:
    """The question as EasyPost is asked: ounces and inches."""
    parcel: dict[str, Any] = {"weight": float(question.parcels.ounces)}
    if question.size:
        sides = (float(side) for side in question.size)
        parcel |= zip(("length", "width", "height"), sides, strict=True)
    shipment: dict[str, Any] = {
        "from_address": _address(question.origin),
        "to_address": {
            **_address(question.destination),
            "residential": question.residential,
        },
        "parcel": parcel,
    }
    if question.value is not None:
        share = question.value / question.parcels.count
        shipment["options"] = {"declared_value": float(round(share, 2))}
    if accounts:
        shipment["carrier_accounts"] = list(accounts)
    return shipment


def _address(place: Address) -> dict[str, Any]:
    named = {
        "street1": place.street,
        "city": place.city,
        "state": place.state,
        "zip": place.postcode,
        "country": place.country,
    }
    return {name: value for name, value in named.items() if value}


def _failure(exc: Exception, status: int, call: Call, seconds: float) -> ProviderFailed:
    kind = type(exc).__name__
    if call.over or kind == "TimeoutError":
        return ProviderFailed(f"it did not answer within {seconds:.1f} seconds")
    if status >= 300:
        reason = _REASONS.get(status, f"it answered with status {status}")
        return ProviderFailed(reason, ours=status in (400, 404, 422))
    if kind == "HttpError":
        if call.connected:
            return ProviderFailed("it sent no whole answer")
        return ProviderFailed("it cannot be reached")
    log.debug("EasyPost: %s", kind)
    return ProviderFailed("its answer cannot be read")


def _unanswered(body: Any) -> set[str]:
    """Carriers that EasyPost could not ask: the ``messages`` beside the rates."""
    try:
        messages = json.loads(body).get("messages")
        carriers = {
            _text(entry, "carrier")
            for entry in messages or ()
            if _text(entry, "type") != "rate_message"
        }
    except (ValueError, TypeError, AttributeError, RecursionError):
        return set()
    return carriers - {""}


def _member(thing: Any, name: str) -> Any:
    if isinstance(thing, Mapping):
        return thing.get(name)
    return getattr(thing, name, None)


def _text(thing: Any, name: str) -> str:
    found = _member(thing, name)
    return found.strip()[:60] if isinstance(found, str) else ""
