"""The code's own measures: how long a function is, and what names say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "sharekit"
MOST_LINES = 60
SAYS_NOTHING = frozenset({"each", "told", "found", "known"})
"""Names that say what was done with a thing, and not what it is."""
PUBLIC = frozenset({"mcp/shapes.py found"})
"""Fields of documents that others read."""


def _parsed() -> Iterator[tuple[str, ast.AST]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield name, node


def _long_functions() -> Iterator[str]:
    for file, node in _parsed():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_LINES:
                yield f"{file}:{node.lineno} {node.name}: {lines} lines"


def _given_name(node: ast.AST) -> str:
    """The name that a statement, a parameter or a loop gives; "" where it gives none."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.attr
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    return ""


def test_a_person_can_hold_each_function_in_the_head() -> None:
    assert list(_long_functions()) == []


def test_names_say_what_a_thing_is() -> None:
    names = {
        f"{file} {name}"
        for file, node in _parsed()
        if (name := _given_name(node)).strip("_").lower() in SAYS_NOTHING
    }
    assert names - PUBLIC == set()


def test_a_class_name_means_one_thing() -> None:
    files: dict[str, list[str]] = {}
    for file, node in _parsed():
        if isinstance(node, ast.ClassDef):
            files.setdefault(node.name.strip("_"), []).append(file)
    assert {name: where for name, where in files.items() if len(where) > 1} == {}
