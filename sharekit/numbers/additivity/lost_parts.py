"""Sums and differences that lose what one of their parts has, where another part has no value.

In SQL `a - b` is NULL where either is. `coalesce(sum(a) FILTER (...) - sum(b), 0)` is then 0, and
`sum(price - discount)` leaves the row out, though the other part has a value. Each becomes a query
that counts such rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from sharekit.numbers.additivity.expressions import (
    SUMS,
    function_name,
    is_aggregation,
    text_of,
    whole_text,
)
from sharekit.numbers.additivity.probe_texts import position_of, steps_in_scope
from sharekit.numbers.additivity.probe_types import LostParts
from sharekit.numbers.additivity.select_scope import SelectScope

_FILLS = (exp.Coalesce, exp.Greatest, exp.Least)
"""What has a value where one of its arguments is NULL."""
_CHOICES = (exp.Case, exp.If, exp.Window, exp.Query, exp.Lambda)
"""Inside these only some rows count, or others."""
_LONGEST_HINT = 160
_LOST, _LACKS = "sharekit_lost", "sharekit_lacks_"
"""Names that no query gives a column of its own."""


def lost_parts(selects: Iterable[SelectScope]) -> Iterator[LostParts]:
    """What to ask of these SELECTs."""
    for selecting in selects:
        for output in selecting.outputs:
            for node in _places(output.node) if output.node is not None else ():
                if (probe := _probe(selecting, node)) is not None:
                    yield probe


def _places(node: exp.Expr) -> Iterator[exp.Expr]:
    """The outermost sums and fills in an expression."""
    if isinstance(node, _CHOICES):
        return
    if isinstance(node, _FILLS):
        if _others_are_constants(node):
            yield node
        return
    if function_name(node) in SUMS and isinstance(node.this, exp.Expr):
        inner = list(_places(node.this))
        yield from inner or [node]
        return
    for child in node.iter_expressions():
        yield from _places(child)


def _others_are_constants(fill: exp.Expr) -> bool:
    """Whether a fill has one argument that is made of columns, and a value for where it is NULL."""
    arguments = [fill.this, *fill.expressions]
    column_arguments = [node for node in arguments if node.find(exp.Column, exp.AggFunc)]
    constants = [
        node for node in arguments if node.find(exp.Literal) and node not in column_arguments
    ]
    return len(column_arguments) == 1 and bool(constants)


def _probe(selecting: SelectScope, node: exp.Expr) -> LostParts | None:
    is_fill = isinstance(node, _FILLS)
    arguments = [node.this, *node.expressions] if is_fill else [node.this]
    combined = next(entry for entry in arguments if entry.find(exp.Column, exp.AggFunc))
    parts = list(_parts(combined))
    if len({whole_text(part) for part in parts}) < 2:
        return None
    aggregate = _aggregate_around(node, selecting.select)
    filled = _with_zeros(combined, parts)
    before = node if is_fill else exp.Coalesce(this=combined.copy(), expressions=[_zero()])
    after = node.copy() if is_fill else filled.copy()
    if is_fill:
        place = next(at for at, entry in enumerate(arguments) if entry is combined)
        _set_argument(after, place, filled.copy())
    has_part = exp.or_(*(exp.paren(part.copy()).is_(exp.null()).not_() for part in parts))
    is_lost = exp.and_(
        exp.paren(combined.copy()).is_(exp.null()),
        exp.paren(has_part),
        exp.NEQ(this=exp.paren(after), expression=exp.paren(before.copy())),
    )
    flags = [selecting.in_full(flag, node) for flag in _flags(is_lost, parts)]
    rows = (
        _rows(selecting.select, flags)
        if aggregate is None
        else _counted_rows(selecting.select, aggregate, flags)
    )
    missing = ", ".join(f"count(*) FILTER ({_LOST} AND {_LACKS}{at})" for at in range(len(parts)))
    hint = whole_text(filled)
    return LostParts(
        f"{steps_in_scope(selecting.select)}SELECT count(*), count(*) FILTER ({_LOST}), {missing}"
        f" FROM ({rows})",
        text_of(aggregate or node),
        tuple(map(text_of, parts)),
        hint if len(hint) <= _LONGEST_HINT else "",
        aggregate is not None,
        position_of(next(_identifiers(node), None), selecting.item),
    )


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of the sums and differences in an expression, constants left out."""
    inner = node.unnest()
    if isinstance(inner, exp.Add | exp.Sub):
        for side in (inner.this, inner.expression):
            below = list(_parts(side))
            has_column = side.find(exp.Column, exp.AggFunc) is not None
            yield from below or ([side] if has_column else [])
    elif isinstance(inner, exp.Mul | exp.Div):
        yield from _parts(inner.this)
        yield from _parts(inner.expression)
    elif isinstance(inner, exp.Cast | exp.Round | exp.Neg):
        yield from _parts(inner.this)


def _with_zeros(combined: exp.Expr, parts: list[exp.Expr]) -> exp.Expr:
    """The expression with a 0 for each part that has no value."""
    written = {whole_text(part) for part in parts}

    def filled(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Paren) and whole_text(node) in written:
            if isinstance(node, exp.Coalesce):
                return node
            return exp.Coalesce(this=node.copy(), expressions=[_zero()])
        return node

    return combined.copy().transform(filled)


def _zero() -> exp.Expr:
    return exp.Literal.number(0)


def _set_argument(fill: exp.Expr, place: int, value: exp.Expr) -> None:
    if place == 0:
        fill.set("this", value)
    else:
        fill.set(
            "expressions",
            [value if at == place - 1 else node for at, node in enumerate(fill.expressions)],
        )


def _aggregate_around(node: exp.Expr, select: exp.Select) -> exp.Expr | None:
    """The aggregate that takes a value row by row; None where it is one of groups, or of rows that
    are not added up here."""
    above: exp.Expr | None = node
    while above is not None and above is not select:
        if is_aggregation(above):
            return above.parent if isinstance(above.parent, exp.Filter) else above
        above = above.parent
    return None


def _flags(is_lost: exp.Expr, parts: list[exp.Expr]) -> list[exp.Expr]:
    lacks = [exp.paren(part.copy()).is_(exp.null()) for part in parts]
    return [
        is_lost.as_(_LOST),
        *(node.as_(f"{_LACKS}{at}") for at, node in enumerate(lacks)),
    ]


def _rows(select: exp.Select, flags: list[exp.Expr]) -> str:
    """The rows of a SELECT with what they lose."""
    rows = select.copy()
    rows.set("with_", None)
    if not rows.args.get("limit"):
        rows.set("order", None)
    rows.set("expressions", [*rows.expressions, *flags])
    return rows.sql(dialect="duckdb")


def _counted_rows(select: exp.Select, aggregate: exp.Expr, flags: list[exp.Expr]) -> str:
    """The rows that an aggregate of a SELECT takes, with what they lose."""
    rows = exp.select(*flags)
    for key in ("from_", "where"):
        if (clause := select.args.get(key)) is not None:
            rows.set(key, clause.copy())
    for key in ("joins", "laterals"):
        rows.set(key, [entry.copy() for entry in select.args.get(key) or ()])
    if isinstance(aggregate, exp.Filter):
        rows = rows.where(aggregate.expression.this.copy(), copy=False)
    return rows.sql(dialect="duckdb")


def _identifiers(node: exp.Expr) -> Iterator[exp.Identifier]:
    return (identifier for identifier in node.find_all(exp.Identifier) if "line" in identifier.meta)
