"""Queries that only rename, reorder or hide the columns of the one query that they read."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sharekit.sqldiff.canonical.select_parts import (
    blend_notes,
    is_only_source,
    outputs_of,
    parts_of,
    permutes,
)
from sharekit.sqldiff.canonical.syntax_trees import (
    first_select,
    output_name,
    unalias,
    with_alias,
)


def pass_through(outer: exp.Select, holder: exp.Subquery, inner: exp.Select) -> bool:
    """`SELECT a, b FROM (SELECT ... ORDER BY ... LIMIT 10)`: the inner query, with other names for
    its columns."""
    outputs = outputs_of(inner)
    if (
        outputs is None
        or parts_of(outer) != {"expressions", "from_"}
        or not is_only_source(outer, holder)
    ):
        return False
    if not permutes(outer, holder, outputs) or inner.args.get("with_") is not None:
        return False
    before = {name: place for place, name in enumerate(outputs, 1)}
    outer_names = [unalias(expression).name for expression in outer.expressions]
    _renumber(inner, {before[name]: place for place, name in enumerate(outer_names, 1)})
    names = [output_name(expression) for expression in outer.expressions]
    projections = [
        with_alias(outputs[old].copy(), new) for old, new in zip(outer_names, names, strict=True)
    ]
    for name in list(outer.args):
        outer.set(name, None)
    for name, value in list(inner.args.items()):
        outer.set(name, value)
    outer.set("expressions", projections)
    blend_notes(outer, inner)
    return True


def _renumber(select: exp.Select, places: Mapping[int, int]) -> None:
    """ORDER BY, DISTINCT ON and GROUP BY by the new places of columns."""
    order, distinct, group = (select.args.get(name) for name in ("order", "distinct", "group"))
    on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
    targets = (
        [item.this for item in order.expressions if isinstance(item, exp.Ordered)]
        if order is not None
        else []
    )
    targets += on.expressions if on is not None else []
    targets += group.expressions if group is not None else []
    for target in targets:
        if isinstance(target, exp.Literal) and target.name.isdigit() and int(target.name) in places:
            target.replace(exp.Literal.number(places[int(target.name)]))


def pass_set_through(
    outer: exp.Select, holder: exp.Subquery, inner: exp.Expr
) -> exp.SetOperation | None:
    """`SELECT a, b FROM (... UNION ...)`: the set operation itself, if its columns are shown in
    their order."""
    alone = parts_of(outer) == {"expressions", "from_"} and is_only_source(outer, holder)
    if isinstance(outer.parent, exp.SetOperation):
        return None  # its columns have found their types before the outer operation sees them
    if not alone or not isinstance(inner, exp.SetOperation) or inner.args.get("by_name"):
        return None
    first = first_select(inner)
    outer_columns = [unalias(expression) for expression in outer.expressions]
    names = [output_name(expression) for expression in first.expressions]
    plain = all(
        isinstance(column, exp.Column) and column.table == holder.alias for column in outer_columns
    )
    if not plain or [node.name for node in outer_columns] != names or len(set(names)) != len(names):
        return None
    shown_as = [
        with_alias(unalias(old), output_name(new))
        for old, new in zip(first.expressions, outer.expressions, strict=True)
    ]
    first.set("expressions", shown_as)
    inner.pop()
    return inner
