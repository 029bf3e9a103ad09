"""How long after a row's day a query still counts what belongs to it: `buys.day BETWEEN visits.day
AND visits.day + 7` counts, for a visit, what is bought up to seven days later. The value of a day
is final only then. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from msgspec import Struct
from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.project.lineage import DAYS
from sharekit.sqldiff.canonical.syntax_trees import sources_of
from sharekit.sqldiff.parse import parse

_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 744, "quarter": 2208, "year": 8784}
_PERIODS = frozenset(("week", "month", "quarter", "year"))
"""Grains, and the columns of the table of days that hold the first day of each."""
_MAY_ADD = re.compile(r"[+-]|interval|date_?(add|sub|diff)", re.IGNORECASE)
_MOST_STEPS = 20
"""Steps of a query inside each other; the engine refuses many more."""
_COMPARISONS = (exp.Between, exp.LTE, exp.LT, exp.GTE, exp.GT)


def settling_days(sql: str) -> int:
    """The longest such wait in days; 0 where a query has none.

    A wait is a condition `later <= earlier + N days` in a query whose periods come from `earlier`:
    it groups by that column, or returns it, and not by `later`; the condition may be in a subquery
    about those rows. Where `earlier` is the first day of a period, its own days are no wait."""
    if not _MAY_ADD.search(sql):
        return 0
    try:
        tree = parse(sql)
    except QueryError:
        return 0
    return max((_wait(node) for node in tree.find_all(*_COMPARISONS)), default=0)


class _Sum(Struct, frozen=True):
    """A column, or none, plus hours."""

    column: exp.Column | None
    hours: int


def _wait(node: exp.Expr) -> int:
    for small, large in _sides(node):
        for later, earlier, hours in _bounds(small, large):
            wait = hours - _hours_of_period(earlier, node)
            if wait > 0 and _is_of_rows(earlier, node) and not _is_of_rows(later, node):
                return ceil(wait / 24)
    return 0


def _hours_of_period(column: exp.Column, node: exp.Expr) -> int:
    """How long the period takes whose first day a column holds, at most; 0 where it holds a plain
    day. A condition that includes the day after the period waits for that day."""
    grain = _grain_of(column, node.find_ancestor(exp.Select))
    if grain is None:
        return 0
    return _HOURS[grain] - (0 if isinstance(node, exp.LT | exp.GT) else 24)


def _grain_of(column: exp.Column, select: exp.Select | None, depth: int = 0) -> str | None:
    """The grain of a column that a step before, or the table of days, cuts to the first days of
    periods."""
    for source in sources_of(select) if select is not None and depth < _MOST_STEPS else ():
        if column.table and source.alias_or_name.lower() != column.table.lower():
            continue
        if isinstance(source, exp.Table) and source.name.lower() == DAYS:
            return column.name.lower() if column.name.lower() in _PERIODS else None
        inner = _select_of(source, select)
        expression = _output(inner, column.name) if inner is not None else None
        if isinstance(expression, exp.Column):
            return _grain_of(expression, inner, depth + 1)
        if isinstance(expression, exp.DateTrunc | exp.TimestampTrunc):
            unit = expression.args.get("unit")
            grain = unit.name.lower() if unit is not None else ""
            return grain if grain in _PERIODS else None
    return None


def _select_of(source: exp.Expr, select: exp.Select | None) -> exp.Select | None:
    """The SELECT of a subquery, or of the step of WITH that a table is."""
    if isinstance(source, exp.Subquery):
        return source.this if isinstance(source.this, exp.Select) else None
    root = select.root() if select is not None else None
    for step in root.find_all(exp.CTE) if root is not None else ():
        if step.alias.lower() == source.name.lower() and isinstance(step.this, exp.Select):
            return step.this
    return None


def _output(select: exp.Select, name: str) -> exp.Expr | None:
    """What a SELECT returns under a name, without casts."""
    for item in select.expressions:
        if item.alias_or_name.lower() == name.lower():
            expression: exp.Expr = item.unalias()
            while isinstance(expression, exp.Paren | exp.Cast):
                expression = expression.this
            return expression
    return None


def _sides(node: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """The smaller side and the larger one."""
    if isinstance(node, exp.Between):
        yield node.this, node.args["high"]
    elif isinstance(node, exp.LTE | exp.LT):
        yield node.this, node.expression
    else:
        yield node.expression, node.this


def _is_of_rows(column: exp.Column, node: exp.Expr) -> bool:
    """Whether the SELECT that a column belongs to groups by it, or returns it."""
    select = node.find_ancestor(exp.Select)
    while select is not None and column.table and column.table.lower() not in _sources(select):
        select = select.find_ancestor(exp.Select)
    return select is not None and any(
        key.name.lower() == column.name.lower()
        and (not key.table or not column.table or key.table.lower() == column.table.lower())
        for key in _keys(select)
    )


def _sources(select: exp.Select) -> frozenset[str]:
    """Aliases of what a SELECT reads itself."""
    return frozenset(source.alias_or_name.lower() for source in sources_of(select))


def _keys(select: exp.Select) -> list[exp.Column]:
    """Columns that a SELECT groups by; those that it returns where it has no list of them."""
    group = select.args.get("group")
    keys = list(group.expressions) if group is not None else []
    places = {int(key.name) - 1 for key in keys if isinstance(key, exp.Literal) and key.is_int}
    names = {key.name.lower() for key in keys if isinstance(key, exp.Column) and not key.table}
    returned = [
        item
        for place, item in enumerate(select.expressions)
        if place in places
        or item.alias.lower() in names
        or (not keys and not item.find(exp.AggFunc, *_COMPARISONS))
    ]
    return [column for key in [*keys, *returned] for column in key.find_all(exp.Column)]


def _bounds(small: exp.Expr, large: exp.Expr) -> Iterator[tuple[exp.Column, exp.Column, int]]:
    """`small <= large` as later column, earlier column, and hours between them at most."""
    high = _sum(large)
    if high is None:
        return
    difference = _difference(small)
    if difference is not None and high.column is None:
        yield *difference, high.hours
    low = _sum(small)
    if low is not None and low.column is not None and high.column is not None:
        yield low.column, high.column, high.hours - low.hours


def _sum(node: exp.Expr | None) -> _Sum | None:
    if isinstance(node, exp.Paren | exp.Cast | exp.TsOrDsToDate | exp.Date):
        return _sum(node.this)
    if isinstance(node, exp.Column):
        return _Sum(node, 0)
    if isinstance(node, exp.Add | exp.Sub):
        left, right = _sum(node.this), _sum(node.expression)
        if left is None or right is None or right.column is not None:
            return None
        sign = 1 if isinstance(node, exp.Add) else -1
        return _Sum(left.column, left.hours + sign * right.hours)
    if isinstance(node, exp.DateAdd | exp.TsOrDsAdd | exp.TimestampAdd):
        base, hours = _sum(node.this), _hours(node.expression, node.args.get("unit"))
        return _Sum(base.column, base.hours + hours) if base and hours is not None else None
    amount = _hours(node, None)
    return None if amount is None else _Sum(None, amount)


def _hours(node: exp.Expr | None, unit: exp.Expr | None) -> int | None:
    """An integer, of days where no unit is given, or an interval."""
    if isinstance(node, exp.Paren | exp.Cast):
        return _hours(node.this, unit)
    if isinstance(node, exp.Interval):
        return _hours(node.this, node.args.get("unit"))
    if not isinstance(node, exp.Literal):
        return None
    number, _, word = node.name.partition(" ")
    name = (word or (unit.name if unit is not None else "day")).lower().rstrip("s")
    return int(number) * _HOURS[name] if number.isdigit() and name in _HOURS else None


def _difference(node: exp.Expr) -> tuple[exp.Column, exp.Column] | None:
    """The columns of `later - earlier` or `datediff('day', earlier, later)`."""
    if isinstance(node, exp.Paren):
        return _difference(node.this)
    unit = node.args.get("unit")
    if not isinstance(node, exp.Sub | exp.DateDiff) or (
        unit is not None and unit.name.lower().rstrip("s") != "day"
    ):
        return None
    later, earlier = _sum(node.this), _sum(node.expression)
    if later is None or earlier is None or later.column is None or earlier.column is None:
        return None
    return later.column, earlier.column
