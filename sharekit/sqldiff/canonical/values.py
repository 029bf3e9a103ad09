"""What is known of single values: days, numbers, and what surely is no list."""

from __future__ import annotations

import re

from sqlglot import exp

from sharekit.sqldiff.canonical.functions import SCALARS
from sharekit.sqldiff.canonical.trees import call

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LARGEST_INT = 2**31 - 1
LARGEST_BIGINT = 2**63 - 1
WHOLE_TYPES = (exp.DType.INT, exp.DType.BIGINT)
TEXTS = frozenset({"VARCHAR", "TEXT", "STRING"})
WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT"}
NUMBERS = frozenset(
    {*WHOLE_NUMBERS, *(f"U{kind}" for kind in WHOLE_NUMBERS), "FLOAT", "REAL", "DOUBLE", "DECIMAL", "NUMERIC"}
)


def compared(left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Both sides of a comparison: numbers without idle zeros, days in one spelling where the column's type is known."""
    left, right = untyped(left, kind_of(right)), untyped(right, kind_of(left))
    for column, other in ((left, right), (right, left)):
        if str(column.meta_get("type", "")).upper() in ("DATE", "TIMESTAMP"):
            text = _day(other)
            if text is not None:
                cast = exp.cast(exp.Literal.string(text), exp.DType.DATE)
                return (left, cast) if other is right else (cast, right)
    return _shortest(left), _shortest(right)


def kind_of(node: exp.Expr) -> str:
    """The type of a column as the schema names it, of a text, a count or a cast; "" where it is not known."""
    if isinstance(node, exp.Column):
        return str(node.meta_get("type", "") or "").upper()
    if isinstance(node, exp.Cast):
        return node.to.sql().upper().replace("TEXT", "VARCHAR")
    if isinstance(node, exp.Filter | exp.Window):
        return kind_of(node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        return "VARCHAR"
    return "BIGINT" if call(node) == "count" else ""


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


def typed(node: exp.Expr) -> exp.Expr:
    """A copy of an output of an inner query, to stand elsewhere: a bare literal with the type that it had as a column.

    To DuckDB a literal is of whatever type stands beside it: `x + 100` of a TINYINT overflows where `x + c` does not.
    """
    literal = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(literal, exp.Literal):
        return node.copy()
    if literal.is_string:
        return exp.cast(node.copy(), exp.DType.TEXT)
    if not literal.name.isdigit():
        return node.copy()
    size = int(literal.name)
    kind = exp.DType.INT if size <= LARGEST_INT else exp.DType.BIGINT if size <= LARGEST_BIGINT else exp.DType.INT128
    return exp.cast(node.copy(), kind)


def untyped(node: exp.Expr, kind: str) -> exp.Expr:
    """The literal in `CAST('x' AS TEXT)` or `CAST(15 AS INT)`, where it stands beside a column of a type to compare.

    Both then say the same; beside a type that is not known, they may not.
    """
    if not isinstance(node, exp.Cast) or isinstance(node, exp.TryCast) or node.to.expressions:
        return node
    literal = node.this.this if isinstance(node.this, exp.Neg) else node.this
    if not isinstance(literal, exp.Literal):
        return node
    text = literal.is_string and node.to.this is exp.DType.TEXT and kind in TEXTS
    whole = not literal.is_string and literal.name.isdigit() and node.to.this in WHOLE_TYPES
    number = whole and int(literal.name) <= LARGEST_INT and kind.partition("(")[0] in NUMBERS
    return node.this if text or number else node


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
