"""View: ``shipGetRates``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, current_app, g, request

from bridge.common import phpform, web
from bridge.common.contract.rates import RatesQuestion, read_question
from bridge.common.envelope import Messages

from .auth import require_token
from .books import Books, current_books
from .quoting.desk import Desk
from .quoting.offers import Deadline, Offer
from .quoting.terms import METHODS

EXTENSION = "bizuno_portal_desk"


def ship_get_rates() -> Response:
    """Quote shipping rates for a cart (DECISIONS 47 to 49)."""
    books, desk = current_books(), current_desk()
    deadline = Deadline.after(desk.config.deadline, g.started)
    documents = require_token(None, desk.modules, [METHODS])
    question, left_out = read_question(_parameters(books))
    messages = Messages()
    for problem in left_out:
        messages.warning(problem.text, field=problem.field, code=problem.code)
    quotes = desk.answer(question, documents, deadline)
    reason, code = quotes.unservable or ("", "")
    if reason:
        messages.info(reason, code=code)
    for text in quotes.missing:
        if text != reason:
            messages.warning(text, code="carrier_left_out")
    return web.answer(
        {
            "pkg": {"destination": _destination(question)},
            "rates": [_rate(offer) for offer in quotes.offers],
            "messages": messages.as_dict(),
        }
    )


def current_desk() -> Desk:
    """The desk of the application that serves this request."""
    desk = current_app.extensions[EXTENSION]
    assert isinstance(desk, Desk)
    return desk


def _parameters(books: Books) -> dict[str, Any]:
    """The address's parameters as PHP reads them, and those of a posted body."""
    found = phpform.parse(request.query_string, books.limits)
    if request.method == "POST":
        found |= web.read_body(books.limits)
    return found


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
        "age": offer.age,
    }


def _number(amount: Decimal) -> int | float:
    """A JSON number: whole ones without a fraction, as PHP writes them."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
