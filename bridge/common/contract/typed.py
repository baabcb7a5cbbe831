"""Marshmallow fields for what crosses the wire: forgiving in form, strict in kind.

A form knows only text and JSON knows numbers, so each field takes both. A message
ends with what to send instead and goes behind the field's path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from ..errors import FieldProblem
from ..money import NotANumber, parse_decimal

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T].*)?", re.DOTALL)


class Group(Schema):
    """A group of named fields; letter case of the names does not count."""

    class Meta:
        unknown = EXCLUDE

    def read(self, data: Any) -> dict[str, Any]:
        """What ``load`` would give of these fields, in half its time.

        Raises ValidationError as it does; fields that were not sent are left out.
        """
        if not isinstance(data, Mapping):
            raise ValidationError("must be a group of fields", valid_data={})
        sent = self._match_names(data)
        found: dict[str, Any] = {}
        problems: dict[str, Any] = {}
        for name, field in self.fields.items():
            try:
                if name in sent:
                    found[name] = field.deserialize(sent[name])
                elif field.required:
                    raise field.make_error("required")
            except ValidationError as exc:
                problems[name] = exc.messages
        if problems:
            raise ValidationError(problems, valid_data=found)
        return found

    def _match_names(self, data: Mapping[Any, Any]) -> Mapping[Any, Any]:
        if all(name in self.fields for name in data):
            return data
        known = {name.casefold(): name for name in self.fields}
        folded = {known.get(str(n).casefold(), str(n)): v for n, v in data.items()}
        return {**folded, **{n: v for n, v in data.items() if n in self.fields}}


class _Field(fields.Field[Any]):
    """A field that may be ``needed``: then that says what to send for it."""

    empty: Any = None

    def __init__(self, *, needed: str = "", **options: Any) -> None:
        missing = f"is missing; send {needed}"
        super().__init__(
            required=bool(needed),
            allow_none=True,
            error_messages={"required": missing},
            **options,
        )
        self.needed = needed

    def deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        found = super().deserialize(value, *args, **options)
        if found is None or found == "":
            if self.needed:
                raise self.make_error("required")
            return self.empty
        return found


class Text(_Field):
    """Text without outer blanks; a number is taken as its text."""

    empty = ""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ValidationError("must be text")
        return str(value).replace("\0", "").strip()


class Number(_Field):
    """A decimal number; a comma counts only as separator of thousands."""

    def __init__(
        self,
        *,
        above: int | None = None,
        most: Decimal | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.above, self.most = above, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal | None:
        try:
            found = parse_decimal(value)
        except NotANumber as exc:
            reason = f": {exc}" if exc.comma else ""
            raise ValidationError(f"must be a number like 1234.56{reason}") from None
        if found is not None and self.above is not None and found <= self.above:
            raise ValidationError(f"must be greater than {self.above}")
        if found is not None and self.most is not None and found > self.most:
            raise ValidationError(f"must be at most {self.most}")
        return found


class Day(_Field):
    """A day as ``YYYY-MM-DD``; a time behind it does not count."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date | None:
        text = value.strip() if isinstance(value, str) else value
        if text == "":
            return None
        match = _DAY.fullmatch(text) if isinstance(text, str) else None
        try:
            return date.fromisoformat(match[1] if match else "")
        except ValueError:
            raise ValidationError("must be a day as YYYY-MM-DD") from None


def problems_of(error: ValidationError, path: str = "") -> list[FieldProblem]:
    """Everything marshmallow found, one problem per field with its path."""
    return [
        FieldProblem(place, f"{place} {text}.", _code(text))
        for place, text in _flat(error.normalized_messages(), path)
    ]


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":
                place = path
            elif isinstance(name, int):
                place = f"{path}[{name}]"
            else:
                place = f"{path}.{name}" if path else str(name)
            yield from _flat(inner, place)
    else:
        for text in messages:
            yield path, str(text).rstrip(".")


def _code(text: str) -> str:
    return "required" if text.startswith("is missing") else "invalid"
