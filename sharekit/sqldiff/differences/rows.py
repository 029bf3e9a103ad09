"""How many rows a changed filter leaves out or takes in: the question to put to the data, and its
answer in words.

Asked only where it is cheap and sure: two SELECTs, or one step of the same name in both, over one
and the same source, whose WHERE differs. The conditions are counted as their author wrote them. A
condition may name an alias of a projection, which a count does not have: then nothing is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.read_and_write import read, write
from sharekit.sqldiff.canonical.rules import simplified
from sharekit.sqldiff.canonical.syntax_trees import (
    TreeKeys,
    condition,
    conjuncts,
    has_aggregate,
    has_volatile,
    parenthesised,
    unparenthesised,
)
from sharekit.sqldiff.types import RowChange

MOST = 4
"""Most conditions counted one by one; more tell nobody anything."""


class RowQuestion(Struct, frozen=True):
    """A query of one row of counts, and what each of them is of."""

    sql: str
    """Returns the rows that counted before, those that count now, then one number a condition."""
    conditions: tuple[tuple[Literal["+", "-"], str], ...]
    """("-" rows no longer count, "+" rows count now; the condition that does it)."""


def row_question(before: str, after: str, dialect: str = "duckdb") -> RowQuestion | None:
    """What to ask the data about two queries that differ in a filter; None where it is not sure."""
    try:
        differing = _differing_selects(read(before, dialect), read(after, dialect))
        return None if differing is None else _question(*differing, dialect)
    except QueryError:
        return None


def row_changes(question: RowQuestion, counts: Sequence[object]) -> tuple[RowChange, ...]:
    """The answer: one change for each condition that some rows fail.

    () where an answer is no number.
    """
    numbers = [count for count in counts if isinstance(count, int)]
    if len(numbers) != len(question.conditions) + 2:
        return ()
    bases = {"-": numbers[0], "+": numbers[1]}
    pairs = zip(question.conditions, numbers[2:], strict=True)
    return tuple(RowChange(op, text, rows, bases[op]) for (op, text), rows in pairs if rows)


def _differing_selects(
    old: exp.Expr, new: exp.Expr
) -> tuple[exp.Select, exp.Select, exp.With | None] | None:
    """The two SELECTs whose filters differ, with the steps that stand before them."""
    if not isinstance(old, exp.Select) or not isinstance(new, exp.Select):
        return None
    left, right = ({cte.alias: cte for cte in select.ctes} for select in (old, new))
    if list(left) != list(right) or any(
        select.args["with_"].recursive for select in (old, new) if left
    ):
        return None
    keys = TreeKeys()
    steps = [name for name in left if keys(left[name].this) != keys(right[name].this)]
    if not steps:
        return old, new, old.args.get("with_")
    first, second = left[steps[0]].this, right[steps[0]].this
    if len(steps) > 1 or not isinstance(first, exp.Select) or not isinstance(second, exp.Select):
        return None
    earlier = [cte.copy() for cte in old.ctes[: list(left).index(steps[0])]]
    return first, second, exp.With(expressions=earlier) if earlier else None


def _question(
    old: exp.Select, new: exp.Select, with_: exp.With | None, dialect: str
) -> RowQuestion | None:
    source = _only_source(old)
    if source is None or TreeKeys()(source) != _key_of(_only_source(new)):
        return None
    before, after = _conditions(old), _conditions(new)
    form_before, form_after = (
        [_form(node, dialect) for node in conjuncts_of_side]
        for conjuncts_of_side in (before, after)
    )
    added = [node for node, form in zip(after, form_after, strict=True) if form not in form_before]
    dropped = [
        node for node, form in zip(before, form_before, strict=True) if form not in form_after
    ]
    changed = [*added, *dropped]
    if not changed or len(changed) > MOST or not all(map(_may_be_counted, (*before, *after))):
        return None
    names = {
        alias.alias
        for select in (old, new)
        for alias in select.expressions
        if isinstance(alias, exp.Alias)
    }
    if any(
        not column.table and column.name in names
        for node in changed
        for column in node.find_all(exp.Column)
    ):
        return None
    counts = [_count(before), _count(after)]
    counts += [_count([*before, _fails(node)]) for node in added]
    counts += [_count([*after, _fails(node)]) for node in dropped]
    query = exp.Select(
        expressions=counts, from_=exp.From(this=source.copy()), with_=with_ and with_.copy()
    )
    conditions: list[tuple[Literal["+", "-"], exp.Expr]] = [("-", node) for node in added]
    conditions += [("+", node) for node in dropped]
    return RowQuestion(
        write(parenthesised(query), dialect),
        tuple((op, write(unparenthesised(node), dialect)) for op, node in conditions),
    )


def _only_source(select: exp.Select) -> exp.Table | None:
    """The table that a query reads, if it reads one and nothing else."""
    from_ = select.args.get("from_")
    others = any(
        select.args.get(name) for name in ("joins", "laterals", "sample", "connect", "match")
    )
    table = from_.this if from_ is not None else None
    if others or not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return None
    return None if table.args.get("joins") else table


def _key_of(node: exp.Expr | None) -> str:
    return "" if node is None else TreeKeys()(node)


def _conditions(select: exp.Select) -> list[exp.Expr]:
    where = select.args.get("where")
    return [] if where is None else conjuncts(where.this)


def _form(node: exp.Expr, dialect: str) -> str:
    """The spelling that sets a filter apart from others."""
    without = exp.Where(this=node.copy().transform(_without_paren))
    return TreeKeys()(simplified(without, dialect))


def _without_paren(node: exp.Expr) -> exp.Expr:
    return unparenthesised(node)


def _may_be_counted(node: exp.Expr) -> bool:
    """Whether a condition asks about one row of the source: no subquery, no aggregate, no
    window."""
    if node.find(exp.Query, exp.Window) or has_volatile(node):
        return False
    return not has_aggregate(node, "duckdb")


def _fails(node: exp.Expr) -> exp.Expr:
    return exp.Not(
        this=exp.Is(
            this=exp.Paren(this=unparenthesised(node).copy()), expression=exp.Boolean(this=True)
        )
    )


def _count(conjunct_list: list[exp.Expr]) -> exp.Expr:
    """`count(*) FILTER (WHERE ...)` of all conditions together."""
    count = exp.Anonymous(this="count", expressions=[exp.Star()])
    test = condition([unparenthesised(conjunct).copy() for conjunct in conjunct_list])
    return count if test is None else exp.Filter(this=count, expression=exp.Where(this=test))
