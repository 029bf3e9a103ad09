"""What is known of single values: their types, days, numbers, and what surely is no list.

A type is known where the schema names it for a column, where a cast says it, and where a predicate
or one of the functions of `functions.RESULTS` returns nothing else. Names of types are compared as
sqlglot spells them ("INT"), so that DuckDB's many names of one type are one: `INTEGER`, `INT4`,
`SIGNED`. What is not known is "", and no rule that needs a type applies."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

from sharekit.sqldiff.canonical.functions import RESULTS, SCALARS
from sharekit.sqldiff.canonical.syntax_trees import PREDICATES, call, make_call

DAY = re.compile(r"(\d{4}-\d{2}-\d{2})( 00:00:00)?")
BORDERED = re.compile(r"(?P<before>%?)(?P<text>[^%_\\]+)(?P<behind>%?)")
LARGEST_INT = 2**31 - 1
LARGEST_BIGINT = 2**63 - 1
WHOLE_TYPES = (exp.DType.INT, exp.DType.BIGINT)
TEXTS = frozenset({"VARCHAR", "TEXT", "STRING"})
DAYS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMPNTZ"})
SIGNED = frozenset({"TINYINT", "SMALLINT", "INT", "BIGINT", "INT128"})
UNSIGNED = frozenset({"UTINYINT", "USMALLINT", "UINT", "UBIGINT", "UINT128"})
NUMBERS = SIGNED | UNSIGNED | {"FLOAT", "DOUBLE", "DECIMAL"}


def normalised_comparison(left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Both sides of a comparison: numbers without idle zeros, days in one spelling where the
    column's type is known."""
    kinds = kind_of(left), kind_of(right)
    left, right = untyped(left, kinds[1]), untyped(right, kinds[0])
    for kind, day_side in ((kinds[0], right), (kinds[1], left)):
        text = _day(day_side, kind) if kind in DAYS else None
        if text is not None:
            day = exp.cast(exp.Literal.string(text), exp.DType.DATE)
            return (left, day) if day_side is right else (day, right)
    return _shortest(left), _shortest(right)


@cache
def type_named(text: str) -> str:
    """DuckDB's name of a type as sqlglot spells it; what it cannot read as it is."""
    try:
        return exp.DataType.build(text, dialect="duckdb").sql()
    except (SqlglotError, ValueError):
        return text.upper()


def kind_of(node: exp.Expr) -> str:
    """The type of an expression as sqlglot spells it; "" where it is not known."""
    if isinstance(node, exp.Column):
        type_ = node.meta_get("type")
        return type_named(str(type_)) if type_ else ""
    if isinstance(node, exp.Cast):
        return str(node.to.sql())
    if isinstance(node, exp.Filter | exp.Window):
        return kind_of(node.this)
    if isinstance(node, exp.Literal):
        return "TEXT" if node.is_string else ""
    if isinstance(node, PREDICATES):
        return "BOOLEAN"
    return RESULTS.get(call(node), "")


def has_its_type(cast: exp.Cast) -> bool:
    """Whether a cast, or TRY_CAST, asks for the type that its value has: it then returns the value
    as it is.

    Not of a literal: to DuckDB a bare literal is of whatever type stands beside it, and the cast
    ends that."""
    inner = cast.this.this if isinstance(cast.this, exp.Neg) else cast.this
    return not isinstance(inner, exp.Literal | exp.Null) and kind_of(inner) == cast.to.sql()


def next_below(kind: str, literal: exp.Expr) -> exp.Expr | None:
    """The value just below a literal among those that a type has: no whole number or day lies
    between the two.

    None for every other type: between 1 and 2 there are fractions, between two midnights a day of
    moments."""
    return _neighbour(kind, literal, -1)


def next_above(kind: str, literal: exp.Expr) -> exp.Expr | None:
    """The value just above a literal among those that a type has; None where it is not known."""
    return _neighbour(kind, literal, 1)


def _neighbour(kind: str, literal: exp.Expr, step: int) -> exp.Expr | None:
    if kind == "DATE":
        text = _day(literal, kind) if isinstance(literal, exp.Cast) else None
        try:
            day = date.fromisoformat(text) + timedelta(days=step) if text else None
        except (ValueError, OverflowError):
            return None
        return (
            None if day is None else exp.cast(exp.Literal.string(day.isoformat()), exp.DType.DATE)
        )
    if kind not in SIGNED | UNSIGNED:
        return None
    inner = literal.this if isinstance(literal, exp.Neg) else literal
    if not isinstance(inner, exp.Literal) or inner.is_string or not inner.name.isdigit():
        return None
    value = (-1 if inner is not literal else 1) * int(inner.name) + step
    fits = abs(value) < LARGEST_INT and (kind in SIGNED or value >= 0)
    return exp.Literal.number(value) if fits else None


def _day(node: exp.Expr, column_kind: str) -> str | None:
    """The text of a day: '2013-10-01', DATE '2013-10-01' or the midnight of that day, beside a
    value of a type."""
    moment = column_kind != "DATE"
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        if str(node.to.sql()) not in DAYS:
            return None
        moment = moment or node.to.this is not exp.DType.DATE
        node = node.this
    match = DAY.fullmatch(node.name) if isinstance(node, exp.Literal) and node.is_string else None
    return match[1] if match and (moment or not match[2]) else None


def pattern_as_call(node: exp.Like) -> exp.Expr:
    """`x LIKE 'JF%'` as `starts_with(x, 'JF')`, and so for an end and a part: DuckDB runs these
    patterns so itself.

    Only of a text, and of a pattern whose one wild card is a `%` at its border: `_` stands for any
    letter."""
    pattern = node.expression
    if isinstance(node.parent, exp.Escape):
        return node
    if (
        kind_of(node.this) != "TEXT"
        or not isinstance(pattern, exp.Literal)
        or not pattern.is_string
    ):
        return node
    match = BORDERED.fullmatch(pattern.name)
    if match is None or not (match["before"] or match["behind"]):
        return node
    name = (
        "contains"
        if match["before"] and match["behind"]
        else "suffix"
        if match["before"]
        else "starts_with"
    )
    return make_call(name, node.this, exp.Literal.string(match["text"]))


def _shortest(node: exp.Expr) -> exp.Expr:
    """1.50 compares like 1.5."""
    if (
        isinstance(node, exp.Literal)
        and not node.is_string
        and re.fullmatch(r"\d++\.\d++(?<=\d0)", node.name)
    ):
        integer, decimals = node.name.split(".")
        return exp.Literal.number(f"{integer}.{decimals.rstrip('0') or '0'}")
    return node


def typed(node: exp.Expr) -> exp.Expr:
    """A copy of an output of an inner query, to stand elsewhere: a bare literal with the type that
    it had as a column.

    To DuckDB a literal is of whatever type stands beside it: `x + 100` of a TINYINT overflows where
    `x + c` does not."""
    literal = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(literal, exp.Literal):
        return node.copy()
    if literal.is_string:
        return exp.cast(node.copy(), exp.DType.TEXT)
    if not literal.name.isdigit():
        return node.copy()
    size = int(literal.name)
    kind = (
        exp.DType.INT
        if size <= LARGEST_INT
        else exp.DType.BIGINT
        if size <= LARGEST_BIGINT
        else exp.DType.INT128
    )
    return exp.cast(node.copy(), kind)


def untyped(node: exp.Expr, kind: str) -> exp.Expr:
    """The literal in `CAST('x' AS TEXT)` or `CAST(15 AS INT)`, where it stands beside a column of a
    type to compare.

    Both then say the same; beside a type that is not known, they may not.
    """
    if not isinstance(node, exp.Cast) or isinstance(node, exp.TryCast) or node.to.expressions:
        return node
    literal = node.this.this if isinstance(node.this, exp.Neg) else node.this
    if not isinstance(literal, exp.Literal):
        return node
    text = literal.is_string and node.to.this is exp.DType.TEXT and kind in TEXTS
    is_integer = not literal.is_string and literal.name.isdigit() and node.to.this in WHOLE_TYPES
    number = is_integer and int(literal.name) <= LARGEST_INT and kind.partition("(")[0] in NUMBERS
    return node.this if text or number else node


def is_scalar(node: exp.Expr) -> bool:
    """Whether a value is surely no list: a number, a span of time, a product, a count, a column of
    such a type."""
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
