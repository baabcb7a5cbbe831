"""The house rules: who may import what, how long a module is, what never stays in.

The import contracts of setup.cfg say which package may know which; these tests say
the same once more from the source, and what those contracts cannot.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bridge.common.config import SECTIONS

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(
    str(file.relative_to(ROOT))
    for app in ("bridge", "portal")
    for file in (ROOT / app).rglob("*.py")
)
TESTS = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("*.py"))
# declarations of tables: as long as the tables are wide
DECLARATIONS = ("bridge/wordpress/tables/", "portal/books/tables/")
# where a request comes in; what is below knows nothing of Flask
EDGES = {
    "bridge/app.py",
    "bridge/auth.py",
    "bridge/hooks.py",
    "bridge/orders.py",
    "bridge/products.py",
    "bridge/shop.py",
    "bridge/common/web.py",
    "portal/app.py",
    "portal/auth.py",
    "portal/books/__init__.py",
    "portal/orders.py",
    "portal/rates.py",
}
VIEWS = {
    "bridge/app.py",
    "bridge/hooks.py",
    "bridge/orders.py",
    "bridge/products.py",
    "portal/app.py",
    "portal/orders.py",
    "portal/rates.py",
}
# values in, values out
PURE = (
    "bridge/catalog/changes.py",
    "bridge/catalog/plan.py",
    "bridge/catalog/rows.py",
    "bridge/common/contract/",
    "bridge/common/envelope.py",
    "bridge/common/errors.py",
    "bridge/common/money.py",
    "bridge/common/phpdata.py",
    "bridge/common/phpform.py",
    "bridge/common/secrets.py",
    "bridge/confirm/plan.py",
    "bridge/export/mapping.py",
    "portal/intake/",
    "portal/push/guards.py",
    "portal/push/pricing.py",
    "portal/quoting/simple.py",
    "portal/quoting/table.py",
)
TOP_LEVEL = {
    "CHANGES.rst",
    "LICENSE",
    "Makefile",
    "MANIFEST.in",
    "README.rst",
    "bridge",
    "config.example.ini",
    "portal",
    "setup.cfg",
    "setup.py",
    "tests",
    "wsgi.py",
}
# what a tool or a person leaves behind, as .gitignore has it
LEFT_BEHIND = {"build", "config.ini", "dist", "var", "__pycache__"}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text("utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """The absolute names of everything a module imports."""
    package = module.removesuffix(".py").removesuffix("/__init__").split("/")
    if not module.endswith("__init__.py"):
        package = package[:-1]
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            parts = [*base, *([node.module] if node.module else [])]
            found |= {".".join([*parts, alias.name]) for alias in node.names}
    return frozenset(found)


def importing(name: str) -> set[str]:
    """The modules that import ``name`` or something in it."""
    return {
        module
        for module in MODULES
        if any(one == name or one.startswith(f"{name}.") for one in imports(module))
    }


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 50
    assert "bridge.common.web" in imports("portal/app.py")
    assert "bridge.common.errors.Problem" in imports("bridge/common/web.py")


# who knows whom


def test_the_bridge_never_imports_the_portal() -> None:
    assert {m for m in importing("portal") if m.startswith("bridge/")} == set()


def test_the_portal_takes_only_the_common_ground_of_the_bridge() -> None:
    for module in MODULES:
        if module.startswith("portal/"):
            taken = {n for n in imports(module) if n.split(".")[0] == "bridge"}
            assert {n for n in taken if not n.startswith("bridge.common")} == set()


def test_the_common_ground_knows_neither_app() -> None:
    for module in MODULES:
        if module.startswith("bridge/common/"):
            ours = {
                n for n in imports(module) if n.split(".")[0] in ("bridge", "portal")
            }
            strange = {n for n in ours if not n.startswith("bridge.common")}
            assert strange == set(), module


def test_the_apps_import_nothing_of_the_tests() -> None:
    assert importing("tests") == set()


def test_flask_is_known_at_the_edges_only() -> None:
    assert importing("flask") <= EDGES
    assert importing("werkzeug") <= EDGES


def test_no_view_knows_sql() -> None:
    assert importing("sqlalchemy") & VIEWS == set()
    assert importing("pymysql") == set()
    assert importing("sqlite3") == set()


@pytest.mark.parametrize("place", PURE)
def test_what_is_pure_knows_no_database_and_no_network(place: str) -> None:
    found = [m for m in MODULES if m == place or m.startswith(place)]
    assert found, f"{place} is not there any more; change this test"
    for outer in ("sqlalchemy", "requests", "flask", "socket", "time"):
        assert importing(outer).isdisjoint(found), outer


def test_only_the_common_ground_calls_out() -> None:
    # one builder of requests: deadline, outcome, nothing a firewall refuses
    callers = importing("requests") | importing("urllib3") | importing("http.client")
    assert callers <= {
        "bridge/common/http.py",
        "bridge/common/deadline.py",
        "portal/quoting/easypost.py",  # the library of the carrier has its own
    }
    assert importing("urllib.request") == set()


def test_nothing_happens_at_import() -> None:
    """No engine, no thread, no configuration is made before it is asked for."""
    for module in MODULES:
        for node in tree(module).body:
            value = getattr(node, "value", None)
            if isinstance(value, ast.Call):
                called = ast.unparse(value.func)
                assert called.split(".")[-1] not in {
                    "create_engine",
                    "create_app",
                    "load",
                    "Database",
                    "Thread",
                    "Timer",
                    "Session",
                }, f"{module}: {called}"


# the look of the modules


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_one_noun_under_300_lines(module: str) -> None:
    if not module.startswith(DECLARATIONS):
        lines = (ROOT / module).read_text("utf-8").count("\n")
        assert lines <= 300, f"{module} has {lines} lines: find its second noun"


def test_no_module_is_called_after_nothing() -> None:
    for module in MODULES:
        assert Path(module).stem not in {"utils", "util", "helpers", "misc", "base"}


def test_every_module_and_every_public_name_says_what_it_is() -> None:
    silent = []
    for module in MODULES:
        if (ROOT / module).stat().st_size and not ast.get_docstring(tree(module)):
            silent.append(module)
        if module.startswith(DECLARATIONS) or "/sample/" in module:
            continue
        for node in tree(module).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                if not node.name.startswith("_") and not ast.get_docstring(node):
                    silent.append(f"{module}: {node.name}")
    assert silent == []


def test_no_statement_is_put_together_from_text() -> None:
    """Parameters are bound. The names of our own tables are the one exception."""
    formatted = []
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and node.args:
                name = ast.unparse(node.func).split(".")[-1]
                sql = name == "exec_driver_sql" or (
                    name == "text" and "sqlalchemy.text" in imports(module)
                )
                if sql and not isinstance(node.args[0], ast.Constant):
                    formatted.append(f"{module}: {ast.unparse(node.args[0])}")
    assert {one.partition(":")[0] for one in formatted} <= {
        "bridge/common/batch.py",  # several compiled statements in one
        "bridge/common/bulk.py",  # INSERT of rows, by the names of our tables
        "bridge/common/database.py",  # DROP of a temporary table of ours
        "bridge/common/embedded.py",  # one of two ways to begin
        "bridge/wordpress/users.py",  # every column of the users table
    }, formatted


def left_open(text: str) -> Iterator[str]:
    # put together here, so that this test does not find itself
    for word in ("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"):
        yield from re.findall(rf"\b{word}\b.*", text)


@pytest.mark.parametrize("where", ["bridge", "portal", "tests"])
def test_nothing_is_left_open(where: str) -> None:
    found = [
        f"{file}: {line}"
        for file in (ROOT / where).rglob("*.py")
        for line in left_open(file.read_text("utf-8"))
    ]
    assert found == []


def test_no_program_prints_or_stops_for_a_debugger() -> None:
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"print", "breakpoint", "eval", "exec"}


def test_there_are_no_other_top_level_names() -> None:
    there = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    there = {name for name in there if not name.endswith((".egg-info", ".sqlite"))}
    assert there - TOP_LEVEL - LEFT_BEHIND == set()


# secrets


def test_no_secret_has_a_default_but_the_samples() -> None:
    for section, kind in SECTIONS.items():
        for field in dataclasses.fields(kind):
            if field.metadata.get("secret") and field.default:
                assert str(field.default).startswith(
                    "sqlite:///"
                ), f"[{section}] {field.name}"


def test_secrets_are_not_compared_with_equals() -> None:
    """A comparison that ends at the first difference tells how much was right."""
    word = re.compile(r"(^|_)(password|passwd|secret|token|digest)s?$")
    for module in MODULES:
        if module in ("bridge/common/secrets.py", "bridge/common/ledger.py"):
            continue
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Compare) and isinstance(
                node.ops[0], (ast.Eq, ast.NotEq)
            ):
                sides = [node.left, node.comparators[0]]
                plain = [s for s in sides if isinstance(s, (ast.Name, ast.Attribute))]
                for side in plain:
                    name = ast.unparse(side).split(".")[-1]
                    if name == "digest":  # of content, which is no secret
                        continue
                    assert not word.search(name), f"{module}: {ast.unparse(node)}"
