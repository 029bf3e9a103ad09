"""How many values a cast of a query loses, as a query over the rows that the cast sees: the same
tables and conditions, but for conditions that ask the cast itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from sqlglot import exp
from sqlglot.errors import SqlglotError

from sharekit.errors import QueryError
from sharekit.sqldiff.parse import parse

_CALLS = frozenset(("try_strptime",))


class LossyCast(Struct, frozen=True):
    """One cast that makes NULL of what it cannot read."""

    name: str
    count: str | None
    """A SELECT of how many values there are, how many are lost, and one of those; None where nothing
    can be counted."""


def lossy_casts(sql: str) -> list[LossyCast]:
    """The casts of a query that may make NULL of a value, in their order; none where it cannot be
    read, which is said elsewhere."""
    try:
        return list(_tries(parse(sql)))
    except (QueryError, SqlglotError, RecursionError):
        return []


def _tries(tree: exp.Expr) -> Iterator[LossyCast]:
    for node in tree.find_all(exp.TryCast, exp.Try, exp.Anonymous, bfs=False):
        if isinstance(node, exp.Anonymous) and node.name.lower() not in _CALLS:
            continue
        if isinstance(node.parent, exp.Is) and node.find_ancestor(exp.Case, exp.If) is not None:
            continue  # the query says what is to become of them
        name = {exp.TryCast: "TRY_CAST", exp.Try: "TRY"}.get(type(node), node.name.lower())
        count = _count(node)
        yield LossyCast(name, None if count is None else count.sql(dialect="duckdb"))


def _count(node: exp.Expr) -> exp.Expr | None:
    select = node.find_ancestor(exp.Select)
    outer = node
    while isinstance(outer.parent, exp.Coalesce):
        outer = outer.parent
    value = _value(node)
    if select is None or value is None or select.args.get("from_") is None:
        return None
    text = exp.func("trim", exp.cast(value.copy(), "VARCHAR"))
    is_filled = exp.func("nullif", text, exp.Literal.string("")).is_(exp.null()).not_()
    is_lost = exp.and_(is_filled.copy(), exp.paren(outer.copy()).is_(exp.null()))
    count = exp.Count(this=exp.Star())
    counted = exp.select(
        _with_filter(count, is_filled),
        _with_filter(count, is_lost),
        _with_filter(exp.Min(this=exp.cast(value.copy(), "VARCHAR")), is_lost),
    )
    counted.set("from_", select.args["from_"].copy())
    for key in ("joins", "laterals"):
        counted.set(key, [entry.copy() for entry in select.args.get(key) or ()])
    where = select.args.get("where")
    conditions = (
        [entry for entry in where.this.flatten() if entry.find(type(node)) is None] if where else []
    )
    if where is not None and not isinstance(where.this, exp.And):
        conditions = [where.this] if where.this.find(type(node)) is None else []
    if conditions:
        counted = counted.where(*(entry.copy() for entry in conditions))
    steps = [step.copy() for with_ in _withs(select) for step in with_.expressions]
    if steps:
        counted.set("with_", exp.With(expressions=steps))
    return counted


def _value(node: exp.Expr) -> exp.Expr | None:
    """What the cast reads."""
    if isinstance(node, exp.Anonymous):
        return node.expressions[0] if node.expressions else None
    if isinstance(node, exp.Try):
        return node.find(exp.Column)
    value = node.this
    return value if isinstance(value, exp.Expr) else None


def _withs(select: exp.Select) -> list[exp.With]:
    """The steps that a SELECT sees, those of the queries around it first."""
    clauses: list[exp.With] = []
    around: exp.Expr | None = select
    while around is not None:
        with_ = around.args.get("with_")
        if isinstance(with_, exp.With):
            clauses.insert(0, with_)
        around = around.parent
    return clauses


def _with_filter(what: exp.Expr, condition: exp.Expr) -> exp.Expr:
    return exp.Filter(this=what.copy(), expression=exp.Where(this=condition.copy()))
