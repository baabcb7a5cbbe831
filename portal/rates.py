"""View: ``shipGetRates``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, request

from bridge.common import phpform, web
from bridge.common.contract.rates import RatesQuestion, read_question
from bridge.common.envelope import Messages

from .auth import require_token
from .books import Books, current_books
from .books.settings import read_meta
from .quoting.desk import ask, default_carriers, with_fallback
from .quoting.offers import Offer, Quotes, Shipment
from .quoting.simple import CARRIERS

_METHODS = "methods_carriers"


def ship_get_rates() -> Response:
    """Quote shipping rates for a cart (DECISIONS 47 to 49)."""
    books = current_books()
    with books.database.read() as conn:
        require_token(conn)
        methods = read_meta(conn, _METHODS)[_METHODS]
    question, left_out = read_question(_parameters(books))
    messages = Messages()
    for problem in left_out:
        messages.warning(problem.text, field=problem.field, code=problem.code)
    quotes = Quotes()
    if question.postcode is None:
        messages.info("There are no shipping rates without a postcode; send postcode.")
    else:
        quotes = ask(_shipment(question), default_carriers(methods), CARRIERS)
        config = books.config
        quotes = with_fallback(quotes, config.fallback_title, config.fallback_rate)
    for text in quotes.missing:
        messages.warning(text, code="carrier_left_out")
    return web.answer(
        {
            "pkg": {"destination": _destination(question)},
            "rates": [_rate(offer) for offer in quotes.offers],
            "messages": messages.as_dict(),
        }
    )


def _parameters(books: Books) -> dict[str, Any]:
    """The address's parameters as PHP reads them, and those of a posted body."""
    found = phpform.parse(request.query_string, books.limits)
    if request.method == "POST":
        found |= web.read_body(books.limits)
    return found


def _shipment(question: RatesQuestion) -> Shipment:
    return Shipment(
        (question.country or "").strip().upper(),
        (question.state or "").strip(),
        (question.postcode or "").strip(),
        (question.city or "").strip(),
        question.total_weight,
        question.cart_subtotal,
        question.item_count,
    )


def _destination(question: RatesQuestion) -> dict[str, Any]:
    return {
        "country": question.country,
        "state": question.state,
        "postcode": question.postcode,
        "city": question.city,
        "address": question.address,
        "address_1": question.address_1,
        "address_2": question.address_2,
        "totalWeight": _number(question.total_weight),
    }


def _rate(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.id,
        "title": offer.title,
        "cost": "",  # what it costs the house is not the store's business
        "quote": _number(offer.quote),
        "source": offer.source.value,
    }


def _number(amount: Decimal) -> int | float:
    """A JSON number: whole ones without a fraction, as PHP writes them."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
