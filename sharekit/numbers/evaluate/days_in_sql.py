"""What the SQL of one query says about days: from which on it counts, and whether it looks back by
rows, where a day without a row makes it look further than its author thinks. Pure."""

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
_OVER = re.compile(r"\bover\b", re.IGNORECASE)
_OFFSETS = (exp.Lag, exp.Lead)
_MAKERS = frozenset({"range", "generate_series"})


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


def looks_back_by_rows(sql: str) -> bool:
    """Whether a query has a window of so many rows, or `lag` and `lead`, over rows that it does not
    make itself."""
    if not _OVER.search(sql):
        return False
    try:
        tree = parse(sql)
    except QueryError:
        return False
    if tree.find(exp.GenerateSeries) or any(
        function.name.lower() in _MAKERS for function in tree.find_all(exp.Anonymous)
    ):
        return False
    windows_by_name = {
        entry.name: entry
        for select in tree.find_all(exp.Select)
        for entry in select.args.get("windows") or ()
    }
    return any(
        _by_rows(window, windows_by_name.get(window.alias, window))
        for window in tree.find_all(exp.Window)
    )


def _by_rows(window: exp.Window, frame: exp.Expr) -> bool:
    """`frame` is what the window is declared as, which stands elsewhere where it has a name."""
    if frame.args.get("order") is None:
        return False
    function = (
        window.this.this
        if isinstance(window.this, exp.IgnoreNulls | exp.RespectNulls)
        else window.this
    )
    if isinstance(function, _OFFSETS):
        return True
    spec = frame.args.get("spec")
    if not isinstance(spec, exp.WindowSpec) or str(spec.args.get("kind")).upper() != "ROWS":
        return False
    return any(isinstance(spec.args.get(end), exp.Expression) for end in ("start", "end"))
