"""Bodies of requests, form or JSON, as nested dicts, lists and texts.

A body is bounded in bytes, fields and levels; what is not whole, or no text, is
refused and never read in part.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from . import phpform
from .errors import Malformed, TooLarge
from .phpform import Limits

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(body: bytes, limits: Limits, kind: str = "") -> dict[str, Any]:
    """Read a body of the content type ``kind``; an empty body is an empty dict.

    Without a type it is JSON when it begins with ``{`` or ``[`` (DECISIONS 2). Raises
    Malformed or TooLarge.
    """
    if len(body) > limits.bytes:
        raise TooLarge(f"The body is larger than {limits.bytes} bytes.")
    looks_json = body.lstrip()[:1] in (b"{", b"[")
    if kind.endswith("json") or (looks_json and not kind):
        return _read_json(body, limits)
    if kind in ("", "application/x-www-form-urlencoded"):
        return phpform.parse(body, limits)
    raise Malformed(
        "The body is neither a form nor JSON; send it as "
        "application/x-www-form-urlencoded or application/json."
    )


def _read_json(body: bytes, limits: Limits) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8 text.") from None
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise TooLarge(f"The body is nested deeper than {limits.depth}.") from None
    except ValueError as exc:
        where = (
            f" at character {exc.pos}" if isinstance(exc, json.JSONDecodeError) else ""
        )
        raise Malformed(f"The body is not valid JSON{where}.") from None
    if _ESCAPED_SURROGATE.search(text):
        _check_surrogates(value)
    if not isinstance(value, dict):
        raise Malformed("The body is JSON, but not an object.")
    _check_depth(value, limits)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _check_surrogates(value: Any) -> None:
    """Half of a pair is no letter: no database could store it."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Malformed("The body holds half of a surrogate pair.") from None


def _check_depth(value: dict[str, Any], limits: Limits) -> None:
    """Breadth first, so that the check itself cannot be driven too deep."""
    level: list[Any] = [value]
    depth = seen = 0
    while level:
        depth += 1
        if depth > limits.depth + 1:  # the body itself is no nesting
            raise TooLarge(f"The body is nested deeper than {limits.depth}.")
        inner: list[Any] = []
        for member in level:
            inner.extend(member.values() if isinstance(member, dict) else member)
        seen += len(inner)
        if seen > limits.fields:
            raise TooLarge(f"The body has more than {limits.fields} fields.")
        level = [member for member in inner if isinstance(member, (dict, list))]
