"""The question ``shipGetRates``: where a cart goes, what it weighs, what it is worth.

A customer waits at the checkout for the answer, so numbers that are none do not
refuse the question: they are reported and taken as not sent. What cannot be a place
(a list, thousands of characters) refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from ..errors import FieldProblem, Unprocessable
from ..money import NotANumber, parse_decimal

TEXT_LIMIT = 255
_RATE_ID = re.compile(r"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)_([A-Z0-9]{2,16})")
_METHOD_LENGTH = 20  # of Bizuno's column method_code


def method_of(rate: str) -> str | None:
    """Bizuno's ``flat:GND`` for the rate id ``flat_GND``; None for what is no id."""
    found = _RATE_ID.fullmatch(rate)
    if not found or len(rate) > _METHOD_LENGTH:
        return None
    return f"{found[1]}:{found[2]}"


@dataclass(frozen=True)
class RatesQuestion:
    """A destination and a cart; texts as they were sent, None where there is none.

    ``total_weight`` is in the store's unit; ``cart_subtotal`` and ``item_count`` are
    None when the store does not tell.
    """

    country: str | None = None
    state: str | None = None
    postcode: str | None = None
    city: str | None = None
    address: str | None = None
    address_1: str | None = None
    address_2: str | None = None
    total_weight: Decimal = Decimal(0)
    cart_subtotal: Decimal | None = None
    item_count: Decimal | None = None


class _Text(fields.Field[Any]):
    """A text or a whole number; blank is None."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ValidationError("must be one text; send it once, without brackets.")
        text = str(value)
        if len(text) > TEXT_LIMIT:
            raise ValidationError(
                f"has {len(text)} characters; at most {TEXT_LIMIT} are read."
            )
        return text if text.strip() else None


class _Number(fields.Field[Any]):
    """A number of 0 or more; empty is None."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Decimal | None:
        try:
            number = parse_decimal(value)
        except NotANumber as exc:
            raise ValidationError(
                f"is not taken into account: {exc}; send it like 2.5."
            ) from None
        if number is not None and number < 0:
            raise ValidationError(
                "is not taken into account: it is below 0; send 0 or more."
            )
        return number


class RatesSchema(Schema):
    """Parameters of the question; others are ignored."""

    class Meta:
        unknown = EXCLUDE

    country = _Text(allow_none=True)
    state = _Text(allow_none=True)
    postcode = _Text(allow_none=True)
    city = _Text(allow_none=True)
    address = _Text(allow_none=True)
    address_1 = _Text(allow_none=True)
    address_2 = _Text(allow_none=True)
    total_weight = _Number(data_key="totalWeight", allow_none=True)
    cart_subtotal = _Number(allow_none=True)
    item_count = _Number(allow_none=True)


_SCHEMA = RatesSchema()
_NAMES = {
    (field.data_key or name).lower(): field.data_key or name
    for name, field in _SCHEMA.fields.items()
}
_NUMBERS = {
    field.data_key or name
    for name, field in _SCHEMA.fields.items()
    if isinstance(field, _Number)
}


def read_question(
    payload: Mapping[str, Any],
) -> tuple[RatesQuestion, tuple[FieldProblem, ...]]:
    """The question and what of it was left out; raises Unprocessable for the rest.

    Names are matched without regard to letter case (DECISIONS 4).
    """
    known = {
        _NAMES[key.lower()]: value
        for key, value in payload.items()
        if key.lower() in _NAMES
    }
    found: dict[str, Any]
    problems: list[FieldProblem] = []
    try:
        found = _SCHEMA.load(known)
    except ValidationError as exc:
        assert isinstance(exc.messages, dict) and isinstance(exc.valid_data, dict)
        found = exc.valid_data
        for name, texts in exc.messages.items():
            problems += [FieldProblem(name, f"{name} {text}") for text in texts]
    fatal = [problem for problem in problems if problem.field not in _NUMBERS]
    if fatal:
        raise Unprocessable.of(fatal)
    found["total_weight"] = found.get("total_weight") or Decimal(0)
    return RatesQuestion(**found), tuple(problems)
