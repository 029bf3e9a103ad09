"""Order what a query may say in any order: inner joins, branches of a union, columns of an inner
query.

Only after merging, and only where no rule of SQL makes the order of rows or columns show.
"""

from __future__ import annotations

from sqlglot import exp

from sharekit.sqldiff.canonical.canonical_names import query_of
from sharekit.sqldiff.canonical.scopes import default_alias, is_open, open_questions
from sharekit.sqldiff.canonical.select_parts import (
    add_condition,
    has_places,
    is_certain,
    is_plain_group,
    join_kind,
    joins_of,
    keeps_left,
    outputs_of,
    parts_of,
    shows_order,
)
from sharekit.sqldiff.canonical.syntax_trees import (
    Query,
    TreeKeys,
    body,
    condition,
    conjuncts,
    has_aggregate,
    is_of_one_row,
    output_name,
    selects,
    sources_of,
    tables_of,
    unalias,
    with_alias,
)
from sharekit.sqldiff.canonical.value_types import kind_of


def rewritten(tree: Query, dialect: str) -> Query:
    """Filters where they can stand earliest, one form for a query of distinct rows and for one of
    membership."""
    for select in reversed(list(tree.find_all(exp.Select, bfs=True))):
        _filter_before_grouping(select, dialect)
        _distinct_for_grouping(select, dialect)
        _exists_for_in(select, dialect)
        if is_certain(select):
            _pool_conditions(select)
    return tree


def sort_sources(tree: Query, dialect: str) -> bool:
    """Sources of joins and columns of inner queries in one order; whether there was something to
    sort."""
    shows = shows_order(tree)
    moved = False
    for select in reversed(list(tree.find_all(exp.Select, bfs=True))):
        if is_certain(select) and not shows and joins_of(select):
            moved = True
            _sort_joins(select, dialect)
        moved |= _sort_inner_columns(select)
    return moved


def sort_branches(tree: Query, _dialect: str) -> bool:
    """Branches of unions in one order; whether there was something to sort."""
    operations = [] if shows_order(tree) else list(tree.find_all(exp.SetOperation, bfs=True))
    for operation in reversed(operations):
        _sort_branches(operation)
    return bool(operations)


# -- filters and groups ---------------------------------------------------------------------------


def _filter_before_grouping(select: exp.Select, dialect: str) -> None:
    """HAVING on grouping keys alone is WHERE."""
    having = select.args.get("having")
    if having is None or not is_plain_group(select):
        return
    nodes: list[exp.Expr] = []
    moved: list[exp.Expr] = []
    for conjunct in conjuncts(having.this):
        columns = list(conjunct.find_all(exp.Column))
        fixed = (
            has_aggregate(conjunct, dialect)
            or conjunct.find(exp.Window, exp.Query)
            or not columns
            or any(map(is_open, columns))
        )
        (nodes if fixed else moved).append(conjunct.copy())
    if moved:
        select.set("having", exp.Having(this=condition(nodes)) if nodes else None)
        add_condition(select, condition(moved))


def _distinct_for_grouping(select: exp.Select, dialect: str) -> None:
    """`SELECT a, b GROUP BY a, b` without an aggregate is `SELECT DISTINCT a, b`."""
    if not is_plain_group(select) or parts_of(select) & {"having", "qualify", "distinct", "order"}:
        return
    spell = TreeKeys()
    outputs = [unalias(expression) for expression in select.expressions]
    if any(has_aggregate(node, dialect) or node.find(exp.Window, exp.Query) for node in outputs):
        return
    if {spell(node) for node in outputs} == {
        spell(key) for key in select.args["group"].expressions
    }:
        select.set("group", None)
        select.set("distinct", exp.Distinct())


def _exists_for_in(select: exp.Select, dialect: str) -> None:
    """`WHERE x IN (SELECT y FROM u)` is EXISTS; under NOT it is not, because of NULLs, and
    stays."""
    where = select.args.get("where")
    if where is None or open_questions(select).opaque:
        return
    new_conjuncts = []
    for conjunct in conjuncts(where.this):
        inner = body(conjunct.args.get("query")) if isinstance(conjunct, exp.In) else None
        new_conjuncts.append(
            _as_exists(conjunct, inner, dialect) if isinstance(inner, exp.Select) else conjunct
        )
    select.set("where", exp.Where(this=condition([conjunct.copy() for conjunct in new_conjuncts])))


def _as_exists(membership: exp.Expr, inner: exp.Select, dialect: str) -> exp.Expr:
    distinct = inner.args.get("distinct")
    plain = parts_of(inner) <= {
        "expressions",
        "from_",
        "joins",
        "where",
        "distinct",
    } and is_certain(inner)
    if not plain or inner.args.get("from_") is None or len(inner.expressions) != 1:
        return membership
    if distinct is not None and distinct.args.get("on"):
        return membership
    output = unalias(inner.expressions[0])
    if not is_of_one_row(output, dialect) or output.find(exp.Window, exp.Query):
        return membership
    if isinstance(membership.this, exp.Tuple) or any(
        map(is_open, membership.this.find_all(exp.Column))
    ):
        return membership
    inner = inner.copy()
    add_condition(inner, exp.EQ(this=membership.this.copy(), expression=output.copy()))
    inner.set("expressions", [exp.Literal.number(1)])
    inner.set("distinct", None)
    return exp.Exists(this=inner)


# -- joins ----------------------------------------------------------------------------------------


def _pool_conditions(select: exp.Select) -> None:
    """ON of an inner join is a filter like any other, where no RIGHT or FULL JOIN may bring rows
    back."""
    joins = joins_of(select)
    if not keeps_left(joins):
        return
    pooled: list[exp.Expr] = []
    for join in joins:
        if join_kind(join) == "INNER":
            pooled += conjuncts(join.args.get("on"))
            join.set("on", None)
            join.set("kind", "CROSS")
    add_condition(select, condition([part.copy() for part in pooled]))


def _sort_joins(select: exp.Select, dialect: str) -> None:
    """Sources of inner joins in one order, then LEFT JOINs, each after what it needs."""
    _left_for_right(select)
    joins = joins_of(select)
    if not joins or not keeps_left(joins) or len(sources_of(select)) != len(joins) + 1:
        return
    lead = next(
        (place for place, join in enumerate(joins) if join_kind(join) != "CROSS"), len(joins)
    )
    members = [select.args["from_"].this, *(join.this for join in joins[:lead])]
    if any(
        isinstance(member, exp.Lateral | exp.Unnest) or not default_alias(member, dialect)
        for member in members
    ):
        return
    names = {default_alias(member, dialect) for member in members}
    if any(tables_of(member) & (names - {default_alias(member, dialect)}) for member in members):
        return  # a derived table that looks at those before it
    ordered = sorted(members, key=_spell_source)
    left_joins = _sort_left_joins(joins[lead:], names, dialect)
    select.set("from_", exp.From(this=ordered[0]))
    select.set(
        "joins", [*(exp.Join(this=member, kind="CROSS") for member in ordered[1:]), *left_joins]
    )


def _left_for_right(select: exp.Select) -> None:
    """`a RIGHT JOIN b` is `b LEFT JOIN a`, if there is no other join."""
    joins = joins_of(select)
    if len(joins) != 1 or join_kind(joins[0]) != "RIGHT":
        return
    join, first = joins[0], select.args["from_"].this
    select.set("from_", exp.From(this=join.this))
    join.set("this", first)
    join.set("side", "LEFT")


def _spell_source(member: exp.Expr) -> str:
    """A source without its alias."""
    bare = member.copy()
    bare.set("alias", None)
    return TreeKeys()(bare)


def _sort_left_joins(joins: list[exp.Join], available: set[str], dialect: str) -> list[exp.Join]:
    """LEFT JOINs that do not need each other, in one order; others stay."""
    if any(join_kind(join) != "LEFT" for join in joins):
        return joins
    names = {id(join): default_alias(join.this, dialect) for join in joins}
    waiting, placed = list(joins), set(available)
    ordered: list[exp.Join] = []
    while waiting:
        ready = [
            join
            for join in waiting
            if _needs(join) & set(names.values()) <= placed | {names[id(join)]}
        ]
        if not ready:
            return joins
        next_join = min(ready, key=lambda join: _spell_source(join.this))
        ordered.append(next_join)
        placed.add(names[id(next_join)])
        waiting = [join for join in waiting if join is not next_join]
    return ordered


def _needs(join: exp.Join) -> set[str]:
    on = join.args.get("on")
    return tables_of(on) if on is not None else set()


# -- columns and branches -------------------------------------------------------------------------


def _sort_inner_columns(select: exp.Select) -> bool:
    """The columns of a derived table are read by name: their order says nothing."""
    moved = False
    for holder in sources_of(select) if is_certain(select) else ():
        inner = query_of(holder)
        if (
            isinstance(inner, exp.Select)
            and not has_places(inner)
            and outputs_of(inner) is not None
        ):
            spell = TreeKeys()
            inner.set(
                "expressions", sorted(inner.expressions, key=lambda column: spell(unalias(column)))
            )
            moved = True
    return moved


def _sort_branches(operation: exp.SetOperation) -> None:
    """UNION and INTERSECT in one order of branches, where all branches call their columns alike."""
    if isinstance(operation.parent, exp.SetOperation) and _same_operation(
        operation.parent, operation
    ):
        return
    if (
        isinstance(operation, exp.Except)
        or operation.args.get("by_name")
        or operation.args.get("order") is not None
    ):
        return
    branches = [
        branch for branch in _branches(operation, operation) if isinstance(branch, exp.Select)
    ]
    if len(branches) != len(_branches(operation, operation)):
        return
    names = [output_name(expression) for expression in branches[0].expressions]
    if any(len(branch.expressions) != len(names) for branch in branches) or len(branches) < 2:
        return
    bare = [[unalias(expression) for expression in branch.expressions] for branch in branches]
    for branch, expressions in zip(branches, bare, strict=True):
        branch.set("expressions", expressions)
    spell = TreeKeys()
    ordered = sorted(branches, key=spell)
    pairs = zip(ordered[0].expressions, names, strict=True)
    ordered[0].set(
        "expressions",
        [with_alias(expression, name) if name else expression for expression, name in pairs],
    )
    joined: exp.Expr = ordered[0]
    kind, distinct = type(operation), operation.args.get("distinct")
    for branch in ordered[1:-1]:
        joined = kind(this=joined, expression=branch, distinct=distinct)
    operation.set("this", joined)
    operation.set("expression", ordered[-1])


def _same_operation(left: exp.Expr, right: exp.Expr) -> bool:
    return (
        type(left) is type(right)
        and bool(left.args.get("distinct")) is bool(right.args.get("distinct"))
        and not left.args.get("by_name")
        and not right.args.get("by_name")
    )


def _are_of_one_type(operation: exp.SetOperation) -> bool:
    """Whether each column surely has one type in all branches.

    Else parentheses count: a number put together with a DECIMAL first, and with a text then, comes
    out as '1.00'."""
    branches = selects(operation)
    kinds = [
        [kind_of(unalias(expression)) for expression in branch.expressions] for branch in branches
    ]
    return all(kind == kinds[0] for kind in kinds) and all(kinds[0])


def _branches(operation: exp.SetOperation, root: exp.SetOperation) -> list[exp.Expr]:
    nodes: list[exp.Expr] = []
    for side in (operation.this, operation.expression):
        inner = body(side)
        apart = inner is not side and side is operation.this
        if (
            isinstance(inner, exp.SetOperation)
            and _same_operation(inner, root)
            and inner.args.get("order") is None
            and not (apart and not _are_of_one_type(root))
        ):
            nodes += _branches(inner, root)
        else:
            nodes.append(inner if inner is not None else side)
    return nodes
