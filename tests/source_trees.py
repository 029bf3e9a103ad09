"""The package's own source, read and parsed once for all tests that look at it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "sharekit"
SOURCES = sorted(PACKAGE.rglob("*.py"))


@cache
def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(source(path))


@cache
def nodes(path: Path) -> Sequence[ast.AST]:
    """All nodes of a file, as ast.walk gives them."""
    return tuple(ast.walk(tree(path)))
