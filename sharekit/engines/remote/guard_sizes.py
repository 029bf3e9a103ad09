"""Rows and texts that a query asks a server to make out of nothing, as far as it says how many. The
time limit and the memory of the engine's role bound the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

MOST_ROWS = 10_000_000
"""Rows that one function may make: more than the minutes of ten years."""
LONGEST_TEXT = 1_000_000
"""Characters that a text may be padded or repeated to."""

_SERIES = (
    exp.GenerateSeries, exp.ExplodingGenerateSeries, exp.GenerateDateArray, exp.GenerateTimestampArray,
)  # fmt: skip
_SERIES_NAMES = frozenset(("range", "sequence", "numbers", "generate_array"))
_TEXTS = (exp.Repeat, exp.Space, exp.Pad)
_TEXT_NAMES = frozenset(("replicate", "repeat", "space", "lpad", "rpad", "array_repeat"))
_FINER_THAN_SECONDS = re.compile(r"\b(milli|micro|nano)second", re.IGNORECASE)


def too_much(node: exp.Expr) -> str | None:
    """What a function would make too much of, for a message; None where it says no such number."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if isinstance(node, _SERIES) or name in _SERIES_NAMES:
        if any(number > MOST_ROWS for number in _numbers(node)) or _is_fine(node):
            return f"more than {MOST_ROWS:,} rows"
    elif isinstance(node, _TEXTS) or name in _TEXT_NAMES:
        counts = (value for inner_node in node.iter_expressions() for value in _numbers(inner_node))
        if any(number > LONGEST_TEXT for number in counts):
            return f"more than {LONGEST_TEXT:,} characters"
    return None


def _is_fine(series: exp.Expr) -> bool:
    steps = (*series.find_all(exp.Literal), *series.find_all(exp.Var))
    return any(_FINER_THAN_SECONDS.search(step.name) for step in steps)


def _numbers(node: exp.Expr) -> Iterator[float]:
    """The size of each number that is written there, or that follows from those that are."""
    for inner_node in node.walk():
        value = _value(inner_node)
        if value is not None:
            yield abs(value)


def _value(node: exp.Expr) -> float | None:
    if isinstance(node, exp.Literal):
        return None if node.is_string else float(node.name)
    if isinstance(node, exp.Paren | exp.Neg | exp.Cast):
        return _value(node.this)
    if not isinstance(node, exp.Mul | exp.Pow):
        return None
    left, right = _value(node.this), _value(node.expression)
    if left is None or right is None:
        return None
    try:
        return left * right if isinstance(node, exp.Mul) else abs(left) ** right
    except OverflowError:
        return float("inf")
