"""Merge named and nested queries into the query that reads them, where the rows stay the same.

Each rule names what it needs. A query in which anything is volatile, or whose names are not all
certain, is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from sqlglot import exp

from sharekit.sqldiff.canonical.canonical_names import cte_number, query_of, rename_apart
from sharekit.sqldiff.canonical.functions import PURE, is_aggregate
from sharekit.sqldiff.canonical.passed_through import pass_set_through, pass_through
from sharekit.sqldiff.canonical.scopes import is_star, open_questions
from sharekit.sqldiff.canonical.select_parts import (
    add_condition,
    blend_notes,
    has_places,
    is_certain,
    is_movable,
    is_only_source,
    join_kind,
    joins_of,
    keeps_left,
    outputs_of,
    parts_of,
    permutes,
    reads,
    shows_order,
)
from sharekit.sqldiff.canonical.syntax_trees import (
    Query,
    Unproven,
    call,
    condition,
    conjuncts,
    has_aggregate,
    has_volatile,
    output_name,
    own_nodes,
    sources_of,
    unalias,
)
from sharekit.sqldiff.canonical.value_types import typed

LARGEST_MERGED = 6_000
"""Nodes; named queries are not written out beyond that."""
PASSES = 200
ROW_PARTS = frozenset({"expressions", "from_", "joins", "where"})
GROUP_PARTS = ROW_PARTS | {"group", "having", "qualify", "distinct"}
OUTER_PARTS = frozenset({"expressions", "from_", "where", "order", "limit", "offset", "distinct"})


def merged(tree: Query, dialect: str) -> Query | None:
    """The query with what it reads merged into it; the tree is used up. None where nothing may be
    moved."""
    if has_volatile(tree) or any(cte.meta_get("recursive") for cte in tree.find_all(exp.CTE)):
        return None
    if not _write_out_ctes(tree):
        return None
    rename_apart(tree, dialect)
    for _ in range(PASSES):
        changed, tree = _merge_once(tree, dialect)
        if not changed:
            break
    return tree


# -- named queries --------------------------------------------------------------------------------


def _write_out_ctes(tree: Query) -> bool:
    """Put each named query in the place of its name. Whether all could be."""
    size = sum(1 for _ in tree.walk())
    while (with_ := tree.find(exp.With)) is not None:
        for cte in reversed(with_.expressions):
            number = cte_number(cte)
            readers = [table for table in tree.find_all(exp.Table) if cte_number(table) == number]
            size += len(readers) * sum(1 for _ in cte.walk())
            if size > LARGEST_MERGED or not all(map(_has_only_a_name, readers)):
                return False
            if len(readers) > 1 and shows_order(cte):
                return False  # read once it is one choice of rows; written out twice it may be two
            for table in readers:
                alias = table.args.get("alias") or exp.TableAlias(
                    this=exp.to_identifier(table.name)
                )
                table.replace(exp.Subquery(this=cte.this.copy(), alias=alias.copy()))
        if with_.parent is None:
            return False
        with_.parent.set("with_", None)
    return True


def _has_only_a_name(source: exp.Table | exp.Subquery) -> bool:
    """Whether a source has an alias at most: no names for its columns, no sample, no pivot."""
    others = any(value for name, value in source.args.items() if name not in ("this", "alias"))
    return not source.alias_column_names and not others


# -- nested queries -------------------------------------------------------------------------------


def _merge_once(tree: Query, dialect: str) -> tuple[bool, Query]:
    """One merge, innermost first; whether there was one, and the tree."""
    for select in reversed(list(tree.find_all(exp.Select, bfs=True))):
        certain, marks = is_certain(select), open_questions(select)
        for holder in sources_of(select) if not (marks.open or marks.opaque) else ():
            inner = query_of(holder)
            if (
                inner is None
                or not isinstance(holder, exp.Subquery)
                or not _has_only_a_name(holder)
            ):
                continue
            if _merge_everything(tree, select, holder, inner):
                return True, tree
            if not certain:
                continue
            if (
                isinstance(inner, exp.Select)
                and is_certain(inner)
                and _merge(tree, select, holder, inner, dialect)
            ):
                return True, tree
            replaced = pass_set_through(select, holder, inner)
            if replaced is not None and select is tree:
                return True, replaced
            if replaced is not None:
                select.replace(replaced)
                return True, tree
    return False, tree


def _merge(
    tree: Query, outer: exp.Select, holder: exp.Subquery, inner: exp.Select, dialect: str
) -> bool:
    return (
        _drop_unread(tree, holder, inner, dialect)
        or _merge_constants(tree, outer, holder, inner, dialect)
        or _merge_rows(tree, outer, holder, inner, dialect)
        or _merge_groups(outer, holder, inner, dialect)
        or pass_through(outer, holder, inner)
    )


def _drop_unread(tree: Query, holder: exp.Subquery, inner: exp.Select, dialect: str) -> bool:
    """Leave out columns that nobody reads. Not under DISTINCT, where each counts, nor where they go
    by their place."""
    if inner.args.get("distinct") is not None or has_places(inner) or len(inner.expressions) == 1:
        return False
    read = {column.name for column in reads(tree, holder.alias)}
    still_read = [expression for expression in inner.expressions if output_name(expression) in read]
    if not still_read or len(still_read) == len(inner.expressions):
        return False
    implicit = inner.args.get("group") is None and any(
        has_aggregate(expression, dialect) for expression in inner.expressions
    )
    if implicit and not any(has_aggregate(expression, dialect) for expression in still_read):
        return False
    if not all(_keeps_row_count(unalias(expression), dialect) for expression in inner.expressions):
        return False
    inner.set("expressions", still_read)
    _filter_without_windows(inner, implicit)
    return True


def _filter_without_windows(select: exp.Select, implicit: bool) -> None:
    """QUALIFY where no window is left is WHERE, or HAVING after GROUP BY."""
    qualify = select.args.get("qualify")
    if (
        qualify is None
        or implicit
        or any(part.find(exp.Window) for part in (qualify, *select.expressions))
    ):
        return
    select.set("qualify", None)
    add_condition(
        select, qualify.this, "having" if select.args.get("group") is not None else "where"
    )


def _keeps_row_count(projection: exp.Expr, dialect: str) -> bool:
    """Whether it is certain what it does to the number of rows: `SELECT unnest(list)` returns one
    for each member, an aggregate makes one of all, and a function that is not known may do either.
    """
    if projection.find(exp.Explode, exp.Unnest):
        return False
    calls = [
        inner_node for inner_node in own_nodes(projection) if isinstance(inner_node, exp.Anonymous)
    ]
    return all(
        call(function) in PURE
        or is_aggregate(call(function), dialect)
        or isinstance(function.parent, exp.Window)
        for function in calls
    )


def _substitute(tree: exp.Expr, alias: str, outputs: Mapping[str, exp.Expr], dialect: str) -> None:
    columns = reads(tree, alias)
    sizes = {name: sum(1 for _ in output.walk()) for name, output in outputs.items()}
    if sum(sizes[column.name] for column in columns) > LARGEST_MERGED:
        raise Unproven  # each step may double the one before
    for column in columns:
        output = outputs[column.name]
        column.replace(typed(output) if dialect == "duckdb" else output.copy())


# -- a query of rows ------------------------------------------------------------------------------


def _merge_rows(
    tree: Query, outer: exp.Select, holder: exp.Subquery, inner: exp.Select, dialect: str
) -> bool:
    """`FROM (SELECT a AS x FROM t WHERE p) s`: rows of tables, filtered and computed, nothing
    else."""
    outputs = outputs_of(inner)
    if outputs is None or not parts_of(inner) <= ROW_PARTS or inner.args.get("from_") is None:
        return False
    if not all(is_movable(output, dialect) for output in outputs.values()) or _is_positional(
        outer, holder.alias, outputs
    ):
        return False
    join = holder.parent if isinstance(holder.parent, exp.Join) else None
    joins, inner_joins = joins_of(outer), joins_of(inner)
    stands_in_from = join is None and isinstance(holder.parent, exp.From)
    stands_in_join = join is not None and any(other_join is join for other_join in joins)
    if (
        not (stands_in_from or stands_in_join)
        or not keeps_left(joins)
        or not keeps_left(inner_joins)
    ):
        return False
    if any(column.name not in outputs for column in reads(tree, holder.alias)):
        return False
    where = inner.args["where"].this if inner.args.get("where") is not None else None
    if join is not None and join_kind(join) == "LEFT":
        if inner_joins or not all(isinstance(output, exp.Column) for output in outputs.values()):
            return False  # a computed column would be computed where it should be NULL
        on = [*conjuncts(join.args.get("on")), *conjuncts(where)]
        join.set("on", condition([conjunct.copy() for conjunct in on]))
    elif join is not None and any(join_kind(inner_join) == "LEFT" for inner_join in inner_joins):
        return False
    else:
        add_condition(outer, where)
    _splice(outer, holder, inner, join)
    _substitute(tree, holder.alias, outputs, dialect)
    blend_notes(outer, inner)
    return True


def _merge_everything(
    tree: Query, outer: exp.Select, holder: exp.Subquery, inner: exp.Expr
) -> bool:
    """`FROM (SELECT * FROM t WHERE p) s`: the rows of one table, filtered, with all its columns
    under their names.

    Which columns those are need not be known: `s.x` is `t.x`, and a star of `s` is one of `t`. The
    filter may stand outside unless an outer join would bring rows back. Not of a star with EXCLUDE
    or REPLACE, and not of several tables, whose columns may share a name."""
    table = (
        inner.args["from_"].this
        if isinstance(inner, exp.Select) and inner.args.get("from_") is not None
        else None
    )
    if not isinstance(inner, exp.Select) or not parts_of(inner) <= {
        "expressions",
        "from_",
        "where",
    }:
        return False
    if (
        not _is_plain_table(table)
        or not _is_whole_star(inner.expressions)
        or open_questions(inner).open
        or open_questions(inner).opaque
    ):
        return False
    join, joins = holder.parent, joins_of(outer)
    if isinstance(join, exp.From):
        join = None
    elif not any(other_join is join for other_join in joins):
        return False
    if not keeps_left(joins):
        return False
    where = inner.args["where"].this if inner.args.get("where") is not None else None
    if isinstance(join, exp.Join) and join_kind(join) == "LEFT":
        on = [*conjuncts(join.args.get("on")), *conjuncts(where)]
        join.set("on", condition([conjunct.copy() for conjunct in on]))
    else:
        add_condition(outer, where)
    for column in reads(tree, holder.alias):
        column.set("table", exp.to_identifier(table.alias))
    holder.replace(table)
    return True


def _is_plain_table(table: exp.Expr | None) -> TypeGuard[exp.Table]:
    """A table by its name or path, with an alias and nothing else."""
    if (
        not isinstance(table, exp.Table)
        or not isinstance(table.this, exp.Identifier)
        or not table.alias
    ):
        return False
    others = any(
        value
        for name, value in table.args.items()
        if name not in ("this", "db", "catalog", "alias")
    )
    return not others and not table.alias_column_names


def _is_whole_star(expressions: list[exp.Expr]) -> bool:
    """Whether a query shows all columns of what it reads, as they are."""
    if len(expressions) != 1 or not is_star(expressions[0]):
        return False
    star = expressions[0].this if isinstance(expressions[0], exp.Column) else expressions[0]
    return not any(star.args.get(name) for name in ("except_", "replace", "rename", "ilike"))


def _merge_constants(
    tree: Query, outer: exp.Select, holder: exp.Subquery, inner: exp.Select, dialect: str
) -> bool:
    """`FROM t, (SELECT 15 AS late) p`: one row of constants beside every row."""
    outputs = outputs_of(inner)
    join, joins = holder.parent, joins_of(outer)
    if (
        outputs is None
        or parts_of(inner) != {"expressions"}
        or not any(other_join is join for other_join in joins)
    ):
        return False
    if not keeps_left(joins) or join_kind(join) not in ("INNER", "CROSS"):  # type: ignore[arg-type]
        return False
    if any(
        output.find(exp.Column) or not is_movable(output, dialect) for output in outputs.values()
    ):
        return False
    if _is_positional(outer, holder.alias, outputs) or any(
        column.name not in outputs for column in reads(tree, holder.alias)
    ):
        return False
    outer.set("joins", [other_join for other_join in joins if other_join is not join])
    add_condition(outer, join.args.get("on") if join is not None else None)
    _substitute(tree, holder.alias, outputs, dialect)
    blend_notes(outer, inner)
    return True


def _is_positional(outer: exp.Select, alias: str, outputs: Mapping[str, exp.Expr]) -> bool:
    """Whether a constant would come to stand where a number means a place: in GROUP BY or ORDER
    BY."""
    constants = {name for name, node in outputs.items() if not node.find(exp.Column)}
    clauses = [outer.args[name] for name in ("group", "order") if outer.args.get(name) is not None]
    return any(column.name in constants for clause in clauses for column in reads(clause, alias))


def _splice(
    outer: exp.Select, holder: exp.Subquery, inner: exp.Select, join: exp.Join | None
) -> None:
    """The inner FROM and its joins in the place of the derived table."""
    joins, inner_joins = joins_of(outer), joins_of(inner)
    place = next((place for place, other_join in enumerate(joins, 1) if other_join is join), 0)
    holder.replace(inner.args["from_"].this)
    outer.set("joins", [*joins[:place], *inner_joins, *joins[place:]])


# -- a query of groups or windows -----------------------------------------------------------------


def _merge_groups(outer: exp.Select, holder: exp.Subquery, inner: exp.Select, dialect: str) -> bool:
    """`SELECT ... FROM (SELECT k, sum(x) AS n ... GROUP BY k) WHERE n > 5` is the inner query with
    HAVING.

    Needs an outer query that only filters and computes; over windows its filter becomes QUALIFY.
    """
    outputs = outputs_of(inner)
    if (
        outputs is None
        or has_places(inner)
        or not parts_of(outer) <= OUTER_PARTS
        or not parts_of(inner) <= GROUP_PARTS
    ):
        return False
    if inner.args.get("from_") is None or not _only_filters(outer, holder, dialect):
        return False
    if not all(is_movable(output, dialect, groups=True) for output in outputs.values()):
        return False
    windowed = (
        any(output.find(exp.Window) for output in outputs.values())
        or inner.args.get("qualify") is not None
    )
    grouped = inner.args.get("group") is not None or any(
        has_aggregate(output, dialect) for output in outputs.values()
    )
    distinct = inner.args.get("distinct")
    if distinct is not None and (
        windowed or grouped or distinct.args.get("on") or not permutes(outer, holder, outputs)
    ):
        return False
    return _lift(
        outer, holder, inner, "qualify" if windowed else "having" if grouped else "where", dialect
    )


def _only_filters(outer: exp.Select, holder: exp.Subquery, dialect: str) -> bool:
    """Whether the outer query has one source and looks at one row at a time."""
    distinct = outer.args.get("distinct")
    if not is_only_source(outer, holder) or (distinct is not None and distinct.args.get("on")):
        return False
    return all(is_movable(node, dialect) for node in _own_expressions(outer))


def _own_expressions(outer: exp.Select) -> list[exp.Expr]:
    where, order = outer.args.get("where"), outer.args.get("order")
    nodes = [unalias(expression) for expression in outer.expressions]
    nodes += [where.this] if where is not None else []
    nodes += (
        [item.this for item in order.expressions if isinstance(item, exp.Ordered)]
        if order is not None
        else []
    )
    return nodes


def _lift(
    outer: exp.Select, holder: exp.Subquery, inner: exp.Select, clause: str, dialect: str
) -> bool:
    """Put the outer projections, filter and order on the inner query, and that in the outer one's
    place."""
    outputs = outputs_of(inner) or {}
    names = {
        column.name for node in _own_expressions(outer) for column in reads(node, holder.alias)
    }
    if not names <= set(outputs) or _is_positional(outer, holder.alias, outputs):
        return False
    if clause == "having" and inner.args.get("group") is None:
        # Without an aggregate left, the one row of the whole table would become a row for each of
        # its rows.
        read_outputs = {
            column.name
            for expression in outer.expressions
            for column in reads(expression, holder.alias)
        }
        if not any(has_aggregate(outputs[name], dialect) for name in read_outputs):
            return False
    if clause == "qualify" and not _keeps_window(outer, holder, inner, outputs, dialect):
        return False
    where = outer.args["where"].this if outer.args.get("where") is not None else None
    outer.set("where", None)
    for name in ("joins", "where", "group", "having", "qualify"):
        outer.set(name, inner.args.get(name))
    if inner.args.get("distinct") is not None:
        outer.set("distinct", inner.args["distinct"])
    add_condition(outer, where, clause)
    holder.replace(inner.args["from_"].this)
    _substitute(outer, holder.alias, outputs, dialect)
    _filter_without_windows(outer, implicit=False)
    blend_notes(outer, inner)
    return True


def _keeps_window(
    outer: exp.Select,
    holder: exp.Subquery,
    inner: exp.Select,
    outputs: Mapping[str, exp.Expr],
    dialect: str,
) -> bool:
    """Whether QUALIFY still has a window beside it, or can be WHERE or HAVING where nobody reads
    one."""
    order, where, qualify = (
        outer.args.get("order"),
        outer.args.get("where"),
        inner.args.get("qualify"),
    )
    read = {
        column.name
        for expression in (*outer.expressions, where)
        if expression
        for column in reads(expression, holder.alias)
    }
    if any(outputs[name].find(exp.Window) for name in read) or (
        qualify is not None and qualify.find(exp.Window)
    ):
        return True
    sorts = order is not None and any(
        outputs[column.name].find(exp.Window) for column in reads(order, holder.alias)
    )
    implicit = inner.args.get("group") is None and any(
        has_aggregate(output, dialect) for output in outputs.values()
    )
    return not sorts and not implicit
