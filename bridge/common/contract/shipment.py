"""Ship confirmations on the wire: ``data[head][PO]`` and ``data[body][PO]``.

The head says when and how an order was shipped, the body holds its tracking numbers;
both are keyed by the order reference. The ERP sends them as one form (recorded).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..errors import FieldProblem, Unprocessable

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Shipment:
    """What the customer of one order is told; ``problem`` when a text is no text."""

    reference: str
    head: str
    body: str = ""
    problem: FieldProblem | None = None


@dataclass(frozen=True)
class Confirmation:
    """The shipments of one call, and references of a body that has no head."""

    shipments: tuple[Shipment, ...]
    stray: tuple[str, ...] = ()


def read_confirmation(payload: Mapping[str, Any]) -> Confirmation:
    """Read a request body; raises Unprocessable naming each part that is missing."""
    data = _member(payload, "data")
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise _refusal("data", "data must hold head and body, each keyed by order.")
    heads, bodies = _member(data, "head"), _member(data, "body")
    problems = []
    if not heads or not isinstance(heads, (Mapping, list)):
        problems.append(
            FieldProblem(
                "data.head",
                "No orders were sent to confirm! Send data[head][REFERENCE] with the "
                "text for each order.",
                "missing" if not heads else "invalid",
            )
        )
    if bodies and not isinstance(bodies, (Mapping, list)):
        problems.append(
            FieldProblem(
                "data.body",
                "data[body] must be keyed by order reference, as data[head] is.",
            )
        )
    if problems:
        raise Unprocessable.of(problems)
    texts = _keyed(bodies or {})
    shipments = tuple(
        _shipment(reference, head, texts.pop(reference, ""))
        for reference, head in _keyed(heads).items()
    )
    return Confirmation(shipments, tuple(_tidy(str(key)) for key in texts))


def _shipment(reference: str, head: Any, body: Any) -> Shipment:
    shown = _tidy(reference)
    for part, value in (("head", head), ("body", body)):
        if isinstance(value, (Mapping, list)):
            field = f"data.{part}.{shown}"
            text = f"The {part} of {shown} must be a text; send one text per order."
            return Shipment(shown, "", "", FieldProblem(field, text))
    return Shipment(shown, _text(head), _text(body))


def _keyed(value: Mapping[str, Any] | list[Any]) -> dict[str, Any]:
    """Keys that count from 0 arrive as a list; PHP does not tell them apart."""
    members = value.items() if isinstance(value, Mapping) else enumerate(value)
    return {str(key): member for key, member in members}


def _member(payload: Mapping[str, Any], name: str) -> Any:
    """A member by its name, letter case aside."""
    for key, value in payload.items():
        if key.lower() == name:
            return value
    return None


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return _tidy(str(value))


def _tidy(text: str) -> str:
    """One kind of line end, and nothing a database cannot hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return _SURROGATES.sub("\ufffd", text)


def _refusal(field: str, text: str) -> Unprocessable:
    return Unprocessable.of([FieldProblem(field, text)])
