"""What those who merge and order queries ask of a SELECT and of its parts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sharekit.sqldiff.canonical.functions import ORDER_BOUND, PURE, VOLATILE, is_aggregate
from sharekit.sqldiff.canonical.scopes import OpenQuestions, open_questions
from sharekit.sqldiff.canonical.syntax_trees import (
    call,
    condition,
    conjuncts,
    output_name,
    sources_of,
    unalias,
)

ROW_NODES = (
    exp.Alias,
    exp.Anonymous,
    exp.Array,
    exp.AtTimeZone,
    exp.Between,
    exp.Binary,
    exp.Boolean,
    exp.Bracket,
    exp.Case,
    exp.Cast,
    exp.Column,
    exp.CurrentDate,
    exp.CurrentTimestamp,
    exp.DataType,
    exp.DataTypeParam,
    exp.Identifier,
    exp.If,
    exp.ILike,
    exp.In,
    exp.Interval,
    exp.Is,
    exp.Like,
    exp.Literal,
    exp.Null,
    exp.Tuple,
    exp.Unary,
    exp.Var,
)
"""Nodes of which an expression of one row may consist to be moved or repeated; its calls must be
pure besides."""
GROUP_NODES = (
    exp.Distinct,
    exp.Filter,
    exp.Order,
    exp.Ordered,
    exp.Star,
    exp.Where,
    exp.Window,
    exp.WindowSpec,
    exp.WithinGroup,
)
CLAUSES: Mapping[str, type[exp.Where] | type[exp.Having] | type[exp.Qualify]] = {
    "where": exp.Where,
    "having": exp.Having,
    "qualify": exp.Qualify,
}


def is_certain(select: exp.Select) -> bool:
    """Whether all names in it are resolved, and none of them shows."""
    marks = open_questions(select)
    return not (marks.open or marks.starred or marks.opaque)


def parts_of(select: exp.Select) -> set[str]:
    """The clauses that a SELECT has."""
    return {name for name, value in select.args.items() if value}


def joins_of(select: exp.Select) -> list[exp.Join]:
    return list(select.args.get("joins") or [])


def join_kind(join: exp.Join) -> str:
    """INNER, CROSS, LEFT or RIGHT; "" for any other."""
    side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
    if any(join.args.get(name) for name in ("method", "using", "nearest")):
        return ""
    kinds = {
        ("", ""): "INNER",
        ("", "CROSS"): "CROSS",
        ("LEFT", ""): "LEFT",
        ("RIGHT", ""): "RIGHT",
    }
    return kinds.get((side, kind), "")


def keeps_left(joins: list[exp.Join]) -> bool:
    """Whether all joins are INNER, CROSS or LEFT: no row of what stands before them comes back
    filled with NULLs."""
    return all(join_kind(join) in ("INNER", "CROSS", "LEFT") for join in joins)


def outputs_of(select: exp.Select) -> Mapping[str, exp.Expr] | None:
    """Expressions by output name; None where two have one name, or one has none."""
    names = [output_name(expression) for expression in select.expressions]
    if None in names or len(set(names)) != len(names):
        return None
    return {
        str(name): unalias(projection)
        for name, projection in zip(names, select.expressions, strict=True)
    }


def reads(tree: exp.Expr, alias: str) -> list[exp.Column]:
    """All columns of a source. Aliases must be unique in the tree (`shape.rename_apart`)."""
    return [column for column in tree.find_all(exp.Column) if column.table == alias]


def is_movable(node: exp.Expr, dialect: str, groups: bool = False) -> bool:
    """Whether an expression may stand elsewhere, and more than once; with `groups`, aggregates and
    windows too."""
    allowed = (*ROW_NODES, *GROUP_NODES) if groups else ROW_NODES
    for inner_node in node.walk():
        if not isinstance(inner_node, allowed):
            return False
        if isinstance(inner_node, exp.Anonymous):
            name = call(inner_node)
            grouped = groups and (
                is_aggregate(name, dialect) or isinstance(inner_node.parent, exp.Window)
            )
            if name in VOLATILE or not (name in PURE or grouped):
                return False
    return True


def add_condition(select: exp.Select, added: exp.Expr | None, clause: str = "where") -> None:
    """AND a condition to WHERE, HAVING or QUALIFY."""
    if added is None:
        return
    present = select.args.get(clause)
    all_conjuncts = [*conjuncts(present.this if present is not None else None), *conjuncts(added)]
    select.set(
        clause, CLAUSES[clause](this=condition([conjunct.copy() for conjunct in all_conjuncts]))
    )


def blend_notes(select: exp.Select, inner: exp.Select) -> None:
    """What is open in a query merged into another is open there."""
    ours, theirs = open_questions(select), open_questions(inner)
    select.meta["open_questions"] = OpenQuestions(
        ours.open | theirs.open, ours.starred or theirs.starred, ours.opaque or theirs.opaque
    )


def has_places(select: exp.Select) -> bool:
    """Whether it names columns by their place: in ORDER BY, DISTINCT ON, or GROUP BY a constant."""
    order, distinct, group = (select.args.get(name) for name in ("order", "distinct", "group"))
    on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
    items = [
        expression
        for clause in (order, on, group)
        if clause is not None
        for expression in clause.expressions
    ]
    targets = [item.this if isinstance(item, exp.Ordered) else item for item in items]
    return any(
        isinstance(target, exp.Literal | exp.Var) and not target.is_string for target in targets
    )


def is_plain_group(select: exp.Select) -> bool:
    """GROUP BY a list of expressions, and nothing else."""
    group = select.args.get("group")
    if (
        group is None
        or not group.expressions
        or any(value for name, value in group.args.items() if name != "expressions")
    ):
        return False
    return not any(
        isinstance(key, exp.GroupingSets | exp.Rollup | exp.Cube) for key in group.expressions
    )


def shows_order(tree: exp.Expr) -> bool:
    """Whether the order in which rows arrive may show in the result."""
    for node in tree.walk():
        if (
            isinstance(node, exp.Limit | exp.Offset | exp.Fetch | exp.TableSample)
            or call(node) in ORDER_BOUND
        ):
            return True
        if (call(node) == "array" or isinstance(node, exp.Array)) and node.find(exp.Query):
            return True  # ARRAY(SELECT ...)
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            return True
        if isinstance(node, exp.WindowSpec) and str(node.args.get("kind")).upper() == "ROWS":
            return True
    return False


def is_only_source(outer: exp.Select, holder: exp.Expr) -> bool:
    """Whether a SELECT reads this source and no other."""
    sources = sources_of(outer)
    return len(sources) == 1 and sources[0] is holder


def permutes(outer: exp.Select, holder: exp.Subquery, outputs: Mapping[str, exp.Expr]) -> bool:
    """Whether the outer query shows every inner column once, as it is."""
    outer_columns = [unalias(expression) for expression in outer.expressions]
    names = [
        column.name
        for column in outer_columns
        if isinstance(column, exp.Column) and column.table == holder.alias
    ]
    return len(names) == len(outer_columns) and sorted(names) == sorted(outputs)
