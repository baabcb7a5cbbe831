"""The error codes in the source, found by reading it: what README.rst must explain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# calls whose argument ``code`` reaches somebody outside, and its position
TAKERS = {
    "CannotServe": 1,
    "FieldProblem": 2,
    "ItemResult": 6,
    "PictureRefused": 1,
    "_problem": 2,
    "_refusal": 2,
    "fail": 2,
    "refuse": 2,
}
# where "code" means a carrier, a currency, a tax total of Bizuno
OTHER = (
    "portal/intake/rules.py",
    "portal/quoting/",
    "portal/sample/",
    "bridge/sample/",
)


def error_codes() -> set[str]:
    """Every code that a reply, a message or an item of ours may carry."""
    found: set[str] = set()
    for app in ("bridge", "portal"):
        for file in (ROOT / app).rglob("*.py"):
            name = str(file.relative_to(ROOT))
            tree = ast.parse(file.read_text("utf-8"))
            keywords = not name.startswith(OTHER)
            for node in ast.walk(tree):
                found |= set(_codes(node, keywords))
    return found - {""}


def _codes(node: ast.AST, keywords: bool) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _given(node, keywords)
    elif isinstance(node, ast.ClassDef):
        for member in node.body:
            yield from _declared(member)
    elif isinstance(node, ast.keyword) and node.arg == "unservable":
        if isinstance(node.value, ast.Tuple):
            yield from _texts(node.value.elts[1])
    elif isinstance(node, ast.FunctionDef) and node.name == "_code":
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return) and inner.value is not None:
                yield from _texts(inner.value)


def _given(call: ast.Call, keywords: bool) -> Iterator[str]:
    """The codes that a call hands over."""
    at = TAKERS.get(ast.unparse(call.func).split(".")[-1])
    if at is not None and len(call.args) > at:
        yield from _texts(call.args[at])
    for keyword in call.keywords:
        if keyword.arg == "code" and (keywords or at is not None):
            yield from _texts(keyword.value)


def _declared(member: ast.stmt) -> Iterator[str]:
    """The code of a class: ``status, code = 422, "unprocessable"``."""
    if isinstance(member, ast.Assign):
        target, value = ast.unparse(member.targets[0]).strip("()"), member.value
        if target == "status, code" and isinstance(value, ast.Tuple):
            yield from _texts(value.elts[1])
        elif target == "code":
            yield from _texts(value)
    elif isinstance(member, ast.AnnAssign) and member.value is not None:
        if ast.unparse(member.target) == "code":
            yield from _texts(member.value)


def _texts(value: ast.AST) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body)
        yield from _texts(value.orelse)
    elif isinstance(value, ast.BoolOp):
        for part in value.values:
            yield from _texts(part)
