"""The code's own measures: how long a function is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "sharekit"
MOST_LINES = 60


def _long_functions() -> Iterator[str]:
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_LINES:
                    yield f"{file.relative_to(PACKAGE)}:{node.lineno} {node.name}: {lines} lines"


def test_a_person_can_hold_each_function_in_the_head() -> None:
    assert list(_long_functions()) == []
