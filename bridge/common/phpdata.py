"""PHP ``serialize``/``unserialize`` for plain data: strict, bounded, no objects.

Arrays become dicts in their order, with int or text keys; lists and dicts both
become arrays. Lengths are bytes, as PHP counts them. Objects, references and
anything after the value are refused: what WordPress stores in options and metas
never needs them, and a program that reads foreign data must not follow them.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 100
_INTEGER = re.compile(rb"[+-]?\d{1,20}")
_KEY = re.compile(r"0|-?[1-9][0-9]{0,18}")
_FLOAT = re.compile(rb"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-?INF|NAN")


class PhpDataError(ValueError):
    """The bytes are no plain serialized PHP value; ``position`` tells where."""

    def __init__(self, reason: str, position: int) -> None:
        self.position = position
        super().__init__(f"{reason} at byte {position}")


def loads(text: str | bytes) -> Any:
    """Read one serialized value; raises PhpDataError for anything that is not one."""
    # a lone surrogate becomes bytes that no string is decoded from
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_BYTES:
        raise PhpDataError("too long", MAX_BYTES)
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise PhpDataError("trailing bytes", reader.at)
    return value


def dumps(value: Any) -> str:
    """Serialize None, bool, int, float, str, lists and dicts with int or str keys."""
    parts: list[str] = []
    _write(parts, value, 0)
    return "".join(parts)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def fail(self, reason: str) -> PhpDataError:
        return PhpDataError(reason, self.at)

    def until(self, mark: bytes) -> bytes:
        end = self.data.find(mark, self.at, self.at + 40)
        if end < 0:
            raise self.fail(f"no {mark.decode()!r}")
        part, self.at = self.data[self.at : end], end + len(mark)
        return part

    def expect(self, mark: bytes) -> None:
        if not self.data.startswith(mark, self.at):
            raise self.fail(f"expected {mark.decode()!r}")
        self.at += len(mark)

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self.fail("nested too deep")
        kind = self.data[self.at : self.at + 2]
        if kind == b"N;":
            self.at += 2
            return None
        self.at += 2
        if kind == b"s:":
            return self.string()
        if kind == b"i:":
            return self.integer(self.until(b";"))
        if kind == b"a:":
            return self.array(depth)
        if kind == b"b:":
            flag = self.until(b";")
            if flag not in (b"0", b"1"):
                raise self.fail("a boolean is 0 or 1")
            return flag == b"1"
        if kind == b"d:":
            return self.double(self.until(b";"))
        self.at -= 2
        if kind in (b"O:", b"C:", b"r:", b"R:", b"E:", b"S:"):
            raise self.fail("objects and references are refused")
        raise self.fail("unknown type")

    def integer(self, digits: bytes) -> int:
        if not _INTEGER.fullmatch(digits):
            raise self.fail("not an integer")
        number = int(digits)
        if not _fits(number):
            raise self.fail("an integer of more than 64 bits")
        return number

    def double(self, digits: bytes) -> float:
        if not _FLOAT.fullmatch(digits):
            raise self.fail("not a float")
        return float(digits.decode().lower())

    def string(self) -> str:
        length = self.integer(self.until(b":"))
        self.expect(b'"')
        end = self.at + length
        if length < 0 or end > len(self.data):
            raise self.fail("a string longer than the data")
        part, self.at = self.data[self.at : end], end
        self.expect(b'";')
        try:
            return part.decode()
        except UnicodeDecodeError:
            raise self.fail("a string that is not UTF-8") from None

    def array(self, depth: int) -> dict[int | str, Any]:
        length = self.integer(self.until(b":"))
        if not 0 <= length <= len(self.data):
            raise self.fail("an array longer than the data")
        self.expect(b"{")
        out: dict[int | str, Any] = {}
        for _ in range(length):
            key = self.value(depth + 1)
            if isinstance(key, bool) or not isinstance(key, (int, str)):
                raise self.fail("a key that is no integer or string")
            out[array_key(key)] = self.value(depth + 1)
        self.expect(b"}")
        return out


def array_key(key: int | str) -> int | str:
    """PHP knows no text key ``"7"``: it is the integer 7 (``"07"`` stays text)."""
    if isinstance(key, str) and _KEY.fullmatch(key) and _fits(int(key)):
        return int(key)
    return key


def _fits(number: int) -> bool:
    return -(2**63) <= number < 2**63


def _write(parts: list[str], value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    if value is None:
        parts.append("N;")
    elif isinstance(value, bool):
        parts.append(f"b:{int(value)};")
    elif isinstance(value, int):
        if not _fits(value):
            raise ValueError("an integer of more than 64 bits")
        parts.append(f"i:{value};")
    elif isinstance(value, float):
        parts.append(f"d:{_float(value)};")
    elif isinstance(value, str):
        parts.append(f's:{len(value.encode())}:"{value}";')
    elif isinstance(value, (dict, list, tuple)):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        parts.append(f"a:{len(value)}:{{")
        for key, member in members:
            if isinstance(key, bool) or not isinstance(key, (int, str)):
                raise TypeError(f"a key of type {type(key).__name__}")
            _write(parts, array_key(key), depth)
            _write(parts, member, depth + 1)
        parts.append("}")
    else:
        raise TypeError(f"{type(value).__name__} cannot be serialized")


def _float(value: float) -> str:
    """PHP's own spelling: ``3`` for 3.0, ``1.0E+25`` for 1e25, INF and NAN.

    The digits are the shortest that read back the same, as Python's; PHP turns to
    an exponent one power of ten later.
    """
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    text = repr(value)
    if 1e16 <= abs(value) < 1e17:
        return f"{Decimal(text):f}"
    if text.endswith(".0"):
        return text[:-2]
    mantissa, mark, exponent = text.partition("e")
    if not mark:
        return text
    sign = "-" if exponent.startswith("-") else "+"
    mantissa = mantissa if "." in mantissa else mantissa + ".0"
    return f"{mantissa}E{sign}{exponent.lstrip('+-').lstrip('0')}"
