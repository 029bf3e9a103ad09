"""What is known of single values: days, numbers, and what surely is no list."""

from __future__ import annotations

import re

from sqlglot import exp

from sharekit.sqldiff.functions import SCALARS
from sharekit.sqldiff.trees import call

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def compared(left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Both sides of a comparison: numbers without idle zeros, days in one spelling where the column's type is known."""
    for column, other in ((left, right), (right, left)):
        if str(column.meta_get("type", "")).upper() in ("DATE", "TIMESTAMP"):
            text = _day(other)
            if text is not None:
                cast = exp.cast(exp.Literal.string(text), exp.DType.DATE)
                return (left, cast) if other is right else (cast, right)
    return _shortest(left), _shortest(right)


def _day(node: exp.Expr) -> str | None:
    """The text of a day: '2013-10-01', DATE '2013-10-01' or the midnight of that day."""
    if (
        isinstance(node, exp.Cast)
        and not isinstance(node, exp.TryCast)
        and node.to.this
        in (
            exp.DType.DATE,
            exp.DType.TIMESTAMP,
            exp.DType.TIMESTAMPNTZ,
        )
    ):
        node = node.this
    return node.name if isinstance(node, exp.Literal) and node.is_string and DAY.fullmatch(node.name) else None


def _shortest(node: exp.Expr) -> exp.Expr:
    """1.50 compares like 1.5."""
    if isinstance(node, exp.Literal) and not node.is_string and re.fullmatch(r"\d+\.\d+0+", node.name):
        whole, part = node.name.split(".")
        return exp.Literal.number(f"{whole}.{part.rstrip('0') or '0'}")
    return node


def is_scalar(node: exp.Expr) -> bool:
    """Whether a value is surely no list: a number, a span of time, a product, a count, a column of such a type."""
    if isinstance(node, exp.Column):
        kind = str(node.meta_get("type", ""))
        return bool(kind) and "[" not in kind and "(" not in kind.removeprefix("DECIMAL(")
    if isinstance(node, exp.Add):
        return is_scalar(node.this) or is_scalar(node.expression)
    if isinstance(node, exp.Cast):
        return not node.to.expressions and node.to.this not in (exp.DType.ARRAY, exp.DType.LIST)
    if isinstance(node, exp.Filter | exp.Window):
        return is_scalar(node.this)
    numeric = (exp.Literal, exp.Neg, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Interval)
    return isinstance(node, numeric) or call(node) in SCALARS
