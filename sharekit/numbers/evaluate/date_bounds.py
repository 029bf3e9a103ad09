"""The days from which on a query says that it counts: lower bounds of a column that are written as
dates. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.syntax_trees import conjuncts
from sharekit.sqldiff.parse import parse

_A_DAY = re.compile(r"'(\d{4}-\d{2}-\d{2})[^']*'")


def lower_bounds(sql: str) -> tuple[date, ...]:
    """Each day of `day >= DATE '2026-08-27'`, `day > ...` or `day BETWEEN ... AND ...`, in
    order."""
    if not _A_DAY.search(sql):
        return ()
    try:
        tree = parse(sql)
    except QueryError:
        return ()
    return tuple(sorted(set(_bounds(tree))))


def _bounds(tree: exp.Expr) -> Iterator[date]:
    for where in tree.find_all(exp.Where):
        for node in (part.unnest() for part in conjuncts(where.this)):
            low: object = None
            if isinstance(node, exp.GTE | exp.GT) and isinstance(_bare(node.this), exp.Column):
                low = node.expression
            elif isinstance(node, exp.LTE | exp.LT) and isinstance(
                _bare(node.expression), exp.Column
            ):
                low = node.this
            elif isinstance(node, exp.Between) and isinstance(_bare(node.this), exp.Column):
                low = node.args.get("low")
            literal = _bare(low)
            if isinstance(literal, exp.Literal) and literal.is_string:
                with suppress(ValueError):
                    yield date.fromisoformat(literal.name[:10])


def _bare(node: object) -> object:
    """A column or literal without the casts around it."""
    while isinstance(node, exp.Cast | exp.TryCast | exp.Paren):
        node = node.this
    return node
