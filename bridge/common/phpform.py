"""PHP's form arrays: ``Item[0][ItemID]=...`` as PHP itself would read it.

The rules are those of PHP's own ``parse_str``: the last of several equal names wins,
a scalar and an array under one name replace each other, ``[]`` appends, blanks and
dots in the base name become ``_``, an unclosed bracket becomes ``_``, text after a
closing bracket is ignored. Unlike PHP nothing is dropped silently: what is over a
limit refuses the whole body (PHP's own limit of 1,000 fields loses data).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from .errors import Malformed, TooLarge
from .phpdata import array_key

_SHORT = 80
"""Names up to here are remembered: nobody is to fill the memory with long ones."""
_PLAIN = re.compile(r"[A-Za-z0-9_.-]*")


class _Array(dict[int | str, Any]):
    """A PHP array: remembers which integer key ``[]`` appends under."""

    next_key = 0

    def put(self, part: str | None, value: Any) -> None:
        """Set the member named ``part``, or append for None."""
        key = self.next_key if part is None else array_key(part)
        if isinstance(key, int) and (key >= self.next_key or not self):
            self.next_key = key + 1
        self[key] = value

    def inner(self, part: str | None) -> _Array:
        """The array under ``part``; whatever else stood there is replaced."""
        found = None if part is None else self.get(array_key(part))
        if not isinstance(found, _Array):
            found = _Array()
            self.put(part, found)
        return found


@dataclass(frozen=True)
class Limits:
    """Bounds of one body: bytes, fields and nesting (PHP's own depth is 64)."""

    bytes: int = 32 * 1024 * 1024
    fields: int = 1_000_000
    depth: int = 64


def parse(body: bytes, limits: Limits = Limits()) -> dict[str, Any]:
    """Parse a form body into nested dicts, lists and texts.

    An array whose keys are 0, 1, 2, ... in order becomes a list, any other a dict
    with text keys. Raises TooLarge and Malformed (bytes that are no UTF-8).
    """
    if len(body) > limits.bytes:
        raise TooLarge(f"The body has {len(body)} bytes; {limits.bytes} are allowed.")
    fields = body.count(b"&") + 1
    if fields > limits.fields:
        raise TooLarge(f"The body has {fields} fields; {limits.fields} are allowed.")
    root = _Array()
    # fields of one row follow each other and differ in the last bracket only: where
    # the name up to there is that of the field before, its array is at hand
    array, held = root, None
    keys: dict[str, str] = {}
    # one character a byte: percent signs first, then the bytes as UTF-8
    for pair in body.decode("latin-1").split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        prefix, _, last = name.rpartition("%5B")
        if prefix == held and last in keys:
            array[keys[last]] = _decode(value, name)
            continue
        path = (_known if len(name) <= _SHORT else _path)(name, limits.depth)
        held = None
        if path:
            array = _array_of(root, path)
            array.put(path[-1], _decode(value, name))
            key = last[:-3]
            if last[-3:] == "%5D" and key.isascii() and key.isalpha():
                keys[last] = key
                # a name with anything unusual in it has fewer parts than brackets, and
                # an empty bracket means another array each time
                usual = len(path) == prefix.count("%5B") + 2 and None not in path
                held = prefix if usual else None
    return {str(key): _settle(value) for key, value in root.items()}


def _decode(raw: str, name: str) -> str:
    """Percent-decode; plain ASCII, which is nearly everything, takes the short way."""
    if raw.isascii() and "%" not in raw and "+" not in raw:
        return raw
    try:
        return unquote_to_bytes(raw.replace("+", " ").encode("latin-1")).decode()
    except UnicodeDecodeError:
        shown = name.encode("ascii", "replace").decode()[:80]
        raise Malformed(f"The field {shown} is not UTF-8 text.") from None


def _path(name: str, depth: int) -> tuple[str | None, ...]:
    """``a[b][]`` -> ``("a", "b", None)``; ``[]`` without a name is an empty path."""
    name = _decode(name, name).lstrip(" ")
    if "\0" in name:  # to PHP a name is a C string
        name = name[: name.index("\0")]
    base, bracket, _ = name.partition("[")
    base = base.replace(" ", "_").replace(".", "_")
    if not base:
        return ()
    path: list[str | None] = [base]
    at = len(base)
    while bracket and at < len(name) and name[at] == "[":
        end = name.find("]", at + 1)
        # PHP skips one blank after the bracket, then looks for an immediate "]"
        if end == at + 1 or (end == at + 2 and name[at + 1] in " \t\n\v\f\r"):
            path.append(None)
        elif end < 0:
            if len(path) == 1:
                path = [re.sub(r"[ .\[]", "_", name)]
            break
        else:
            path.append(name[at + 1 : end])
        at = end + 1
        if len(path) - 1 > depth:
            shown = f"{base[:80]}[...]"
            raise TooLarge(f"The field {shown} is nested deeper than {depth}.")
    return tuple(path)


# the same names come with each order and each product
_known = functools.lru_cache(maxsize=4096)(_path)


def _array_of(root: _Array, path: Sequence[str | None]) -> _Array:
    for part in path[:-1]:
        root = root.inner(part)
    return root


def _settle(value: Any) -> Any:
    """Arrays that count from 0 become lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key == at for at, key in enumerate(value)):
        return [_settle(member) for member in value.values()]
    return {
        str(key): member if isinstance(member, str) else _settle(member)
        for key, member in value.items()
    }


def encode(value: dict[str, Any]) -> bytes:
    """Encode as PHP's ``http_build_query`` does.

    None vanishes, booleans become 1 and 0, empty containers disappear with their
    key, blanks are ``+`` and ``~`` is ``%7E``.
    """
    parts: list[str] = []
    for key, member in value.items():
        _encode(parts, quote(str(key)), member)
    return "&".join(parts).encode("ascii")


def count_fields(value: Any) -> int:
    """How many form fields ``value`` becomes (PHP receivers stop at 1,000)."""
    if isinstance(value, dict):
        return sum(count_fields(member) for member in value.values())
    if isinstance(value, (list, tuple)):
        return sum(count_fields(member) for member in value)
    return 0 if value is None else 1


def quote(text: str) -> str:
    """``urlencode`` of PHP."""
    # nearly all of a push: names of fields, digits, SKUs
    if _PLAIN.fullmatch(text):
        return text
    return quote_plus(text, safe="-_.").replace("~", "%7E")


def _encode(parts: list[str], name: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, dict):
        for key, member in value.items():
            _encode(parts, f"{name}%5B{quote(str(key))}%5D", member)
    elif isinstance(value, (list, tuple)):
        for at, member in enumerate(value):
            _encode(parts, f"{name}%5B{at}%5D", member)
    else:
        text = str(int(value)) if isinstance(value, bool) else str(value)
        parts.append(f"{name}={quote(text)}")
