"""Whether a query looks back by rows, where a day without a row makes it look further than its
author thinks. Pure."""

from __future__ import annotations

import re

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.parse import parse

_OVER = re.compile(r"\bover\b", re.IGNORECASE)
_OFFSETS = (exp.Lag, exp.Lead)
_MAKERS = frozenset({"range", "generate_series"})


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
