"""Rows that a query loses without a word: what TRY_CAST and its like make NULL is left out of sums
and of time.

Each such cast is counted over the rows that it sees: a query with the same tables and conditions,
but for conditions that ask the cast itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from sqlglot import exp
from sqlglot.errors import SqlglotError

from sharekit.engines import Engine
from sharekit.engines.sources.advice import Advice
from sharekit.errors import Place, Problem, QueryError
from sharekit.project.manifest import Metric, View
from sharekit.sqldiff.parse import parse

_TRIES = re.compile(r"\btry(?:_cast|_strptime)?\s*\(", re.IGNORECASE)
_CALLS = frozenset(("try_strptime",))


class LossyCast(Struct, frozen=True):
    """One cast that makes NULL of what it cannot read."""

    name: str
    count: exp.Expr | None
    """SELECT of how many values there are, how many are lost, and one of those; None where nothing
    can be counted."""


def losses(
    engine: Engine, item: Metric | View, advice: Advice, *, failed: bool = False
) -> Iterator[Problem]:
    """A warning for each cast of a query that loses rows, once for casts of the same values.

    Of a query that failed only what can be counted is told: the loss may be why.
    """
    spots = list(_TRIES.finditer(item.sql.text))
    if not spots:
        return
    try:
        tries = list(_tries(parse(item.sql.text)))
    except (QueryError, SqlglotError, RecursionError):
        return  # its own error is told elsewhere
    counted = set()
    for number, lossy_cast in enumerate(tries):
        if lossy_cast.count is not None and lossy_cast.count in counted:
            continue
        counted.add(lossy_cast.count)
        problem = _loss_message_and_hint(engine, lossy_cast, failed)
        if problem is not None:
            message, hint = problem
            place = _place(item, spots[min(number, len(spots) - 1)])
            hint = advice.hint(item.sql.text, "") or hint
            yield Problem("lost-rows", message, place, hint=hint, severity="warning", phase="data")


def _loss_message_and_hint(engine: Engine, cast: LossyCast, failed: bool) -> tuple[str, str] | None:
    row = None
    if cast.count is not None:
        try:
            row = engine.query(cast.count.sql(dialect="duckdb")).rows[0]
        except (QueryError, SqlglotError):
            row = None
    if row is None and failed:
        return None
    if row is None:
        message = (
            f"what {cast.name} cannot read becomes NULL, and how many rows that loses cannot be"
            " counted here"
        )
        return (
            message,
            "Cast in a view of its own, straight from the source, so that it can be counted.",
        )
    total, lost, example = row
    if not isinstance(lost, int) or lost == 0:
        return None
    example_text = str(example) if len(str(example)) <= 40 else f"{str(example)[:37]}..."
    hint = (
        "Correct them, say under [sources] how they are written, or leave them out by name: <>"
        f" '{example_text}'."
    )
    return (
        (
            f"{cast.name} makes NULL of {lost:,} of {total:,} values, such as `{example_text}`: their rows"
            " are lost"
        ),
        hint,
    )


def _tries(tree: exp.Expr) -> Iterator[LossyCast]:
    for node in tree.find_all(exp.TryCast, exp.Try, exp.Anonymous, bfs=False):
        if isinstance(node, exp.Anonymous) and node.name.lower() not in _CALLS:
            continue
        if isinstance(node.parent, exp.Is) and node.find_ancestor(exp.Case, exp.If) is not None:
            continue  # the query says what is to become of them
        name = {exp.TryCast: "TRY_CAST", exp.Try: "TRY"}.get(type(node), node.name.lower())
        yield LossyCast(name, _count(node))


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


def _place(item: Metric | View, spot: re.Match[str]) -> Place:
    before = item.sql.text[: spot.start()]
    line = item.sql.first_line + before.count("\n")
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Place(item.path, line, column, len(spot[0].rstrip("(").rstrip()))
