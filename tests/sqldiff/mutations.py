"""Small changes of meaning at every spot of a query where one can be made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sqlglot import exp, parse_one

from tests.sqldiff.tables import SCHEMA

Change = Callable[[exp.Expr], None]
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
CONNECTORS = (exp.And, exp.Or)
SETS = (exp.Union, exp.Except, exp.Intersect)
AGGREGATES = (exp.Sum, exp.Avg, exp.Max, exp.Min, exp.Median)
UNITS = {"week": "month", "month": "week", "day": "week"}
FRAME = "sum(x) OVER (ORDER BY x ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)"


def mutants(sql: str, keep: Callable[[], bool] = lambda: True) -> Iterator[tuple[str, str]]:
    """(kind of change, changed query) for every spot and every change that can be made there, one
    at a time.

    `keep` is asked for each whether it is wanted.
    """
    tree = exp.Paren(this=parse_one(sql, read="duckdb"))
    for spot, node in enumerate(tree.walk()):
        if _is_idle(node):
            continue
        for kind, change in (each for each in _changes(node) if keep()):
            copy = tree.copy()
            change(next(each for place, each in enumerate(copy.walk()) if place == spot))
            yield kind, copy.this.sql("duckdb")


def _is_idle(node: exp.Expr) -> bool:
    """What EXISTS selects, places in GROUP BY and ORDER BY, and repetition inside IN say nothing,
    or something else."""
    if isinstance(node, exp.Literal) and isinstance(node.parent, exp.Group | exp.Ordered):
        return True
    select = node if isinstance(node, exp.Select) else node.find_ancestor(exp.Select)
    if select is None:
        return False
    exists = isinstance(select.parent, exp.Exists) and any(
        node is each for each in select.expressions
    )
    repeated = isinstance(node, exp.Select) and node.find_ancestor(exp.In, exp.Exists) is not None
    return exists or repeated


def _changes(node: exp.Expr) -> Iterator[tuple[str, Change]]:
    """Kinds and changes for one node."""
    if isinstance(node, exp.Literal):
        yield from (("literal", _put(literal)) for literal in _other_literals(node))
    for family in (COMPARISONS, ARITHMETIC, CONNECTORS, SETS):
        if isinstance(node, family):
            yield from (("operator", _become(other)) for other in family if type(node) is not other)
    if isinstance(node, AGGREGATES):
        yield from (
            ("aggregate", _become(other)) for other in AGGREGATES if type(node) is not other
        )
    if isinstance(node, exp.Rank):
        yield "aggregate", _become(exp.DenseRank)
    if isinstance(node, exp.Union):
        yield "distinct", lambda each: each.set("distinct", not each.args.get("distinct"))
    if isinstance(node, exp.Select) and not (
        node.args.get("distinct") and node.args["distinct"].args.get("on")
    ):
        yield (
            "distinct",
            lambda each: each.set(
                "distinct", None if each.args.get("distinct") else exp.Distinct()
            ),
        )
    if isinstance(node, exp.Count):
        yield from _count_changes(node)
    if isinstance(node, exp.Table) and node.name in SCHEMA:
        yield from (
            ("table", _read(other))
            for other in ("archive", *(name for name in SCHEMA if name != node.name))
        )
    if isinstance(node, exp.Join) and (node.args.get("on") or node.args.get("using")):
        sides = [side for side in ("", "LEFT", "RIGHT", "FULL") if side != node.side]
        yield from (("join", _set("side", side)) for side in sides)
        yield "join", _set("kind", "SEMI" if not node.side else "CROSS")
    yield from _filter_changes(node)
    yield from _shape_changes(node)


def _other_literals(node: exp.Literal) -> list[exp.Expr]:
    if not node.is_string:
        value = float(node.name)
        return [exp.Literal.number(f"{value + 1:g}"), exp.Literal.number(f"{value * 10 + 7:g}")]
    if node.name in UNITS:
        return [exp.Literal.string(UNITS[node.name])]
    if re.match(r"\d{4}-\d{2}-\d{2}", node.name):
        return [
            exp.Literal.string(f"2012{node.name[4:]}"),
            exp.Literal.string(f"{node.name[:8]}09{node.name[10:]}"),
        ]
    if node.name.isdigit():
        return [exp.Literal.string(str(int(node.name) + 1))]
    return [exp.Literal.string(f"{node.name}x"), exp.Literal.string(node.name.swapcase())]


def _count_changes(node: exp.Count) -> Iterator[tuple[str, Change]]:
    if isinstance(node.this, exp.Distinct):
        yield "distinct", lambda each: each.set("this", each.this.expressions[0])
    elif isinstance(node.this, exp.Column):
        yield "distinct", lambda each: each.set("this", exp.Distinct(expressions=[each.this]))
        yield "count of rows", lambda each: each.set("this", exp.Star())


def _filter_changes(node: exp.Expr) -> Iterator[tuple[str, Change]]:
    if isinstance(node, exp.And) and not isinstance(node.parent, exp.Or):
        yield "condition", lambda each: _replace(each, each.this)
        yield "condition", lambda each: _replace(each, each.expression)
    if isinstance(node, exp.Where) and isinstance(node.parent, exp.Select):
        yield "filter", lambda each: each.parent.set("where", None)
    if isinstance(node, exp.Having | exp.Qualify):
        yield "filter", lambda each: each.parent.set(each.key, None)
    if isinstance(node, exp.Filter):
        yield "filter", lambda each: _replace(each, each.this)
    if isinstance(node, exp.Not):
        yield "negation", lambda each: _replace(each, exp.paren(each.this))
    negated = isinstance(node.parent, exp.Not)
    if isinstance(node, exp.In | exp.Is | exp.Exists | exp.Between | exp.Like) and not negated:
        yield "negation", lambda each: _replace(each, exp.Not(this=each.copy()))
    if isinstance(node, exp.In) and len(node.expressions) > 1:
        yield "member", lambda each: each.set("expressions", each.expressions[1:])
        yield (
            "member",
            lambda each: each.set("expressions", [*each.expressions, exp.Literal.string("more")]),
        )
    if (
        isinstance(node, exp.Column)
        and node.find_ancestor(exp.Where, exp.AggFunc, exp.Join, exp.Having) is not None
    ):
        yield (
            "column",
            lambda each: _replace(each, exp.column(f"{each.name}_gross", each.table or None)),
        )


def _shape_changes(node: exp.Expr) -> Iterator[tuple[str, Change]]:
    if isinstance(node, exp.Group) and len(node.expressions) > 1:
        yield "grouping key", lambda each: each.set("expressions", each.expressions[1:])
    if isinstance(node, exp.Group) and node.expressions:
        yield (
            "grouping key",
            lambda each: each.set("expressions", [*each.expressions, exp.column("one_more")]),
        )
    if isinstance(node, exp.Ordered):
        yield "direction", lambda each: each.set("desc", not each.args.get("desc"))
    if isinstance(node, exp.Alias) and _shows(node):
        yield "output name", lambda each: each.set("alias", exp.to_identifier(f"{each.alias}_2"))
    if isinstance(node, exp.Window):
        yield (
            "window",
            lambda each: each.set(
                "partition_by", None if each.args.get("partition_by") else [exp.column("carrier")]
            ),
        )
    if isinstance(node, exp.Window) and node.args.get("order"):
        frame = None if node.args.get("spec") else parse_one(FRAME, read="duckdb").args["spec"]
        yield "window", _set("spec", frame)
    if isinstance(node, exp.Limit):
        yield "limit", lambda each: each.parent.set("limit", None)
    if isinstance(node, exp.Case) and node.args.get("default") is not None:
        yield "case", _set("default", None)


def _shows(node: exp.Alias) -> bool:
    """Whether an alias names a column of the whole query."""
    select = node.parent
    if not isinstance(select, exp.Select) or node.find_ancestor(exp.CTE, exp.Subquery) is not None:
        return False
    return not (isinstance(select.parent, exp.SetOperation) and select.arg_key == "expression")


def _put(other: exp.Expr) -> Change:
    return lambda node: _replace(node, other.copy())


def _become(kind: type[exp.Expr]) -> Change:
    return lambda node: _replace(node, kind(**node.args))


def _set(name: str, value: object) -> Change:
    return lambda node: node.set(name, value.copy() if isinstance(value, exp.Expr) else value)


def _read(table: str) -> Change:
    def change(node: exp.Expr) -> None:
        node.set(
            "alias", node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
        )
        node.set("this", exp.to_identifier(table))

    return change


def _replace(node: exp.Expr, other: exp.Expr) -> None:
    node.replace(other)
