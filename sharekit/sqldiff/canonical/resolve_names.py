"""Resolve the names in a query, block by block: sources, projections, keys, order.

Where the columns of a table are not known, a name is resolved only if every query that could be
meant resolves it so. Else it stays as written, and whatever could be confused with it keeps its
name too (`scopes.OpenQuestions`)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sharekit.sqldiff.canonical.functions import PURE, is_aggregate
from sharekit.sqldiff.canonical.scopes import (
    Cte,
    KnownColumns,
    OpenQuestions,
    Outputs,
    SelectBlock,
    TableKey,
    Types,
    is_open,
    is_star,
    require_followed_reads,
)
from sharekit.sqldiff.canonical.sources import SourceBinder
from sharekit.sqldiff.canonical.stars import write_out_stars, write_out_using
from sharekit.sqldiff.canonical.syntax_trees import (
    Query,
    TreeKeys,
    Unproven,
    call,
    has_aggregate,
    has_volatile,
    output_name,
    unalias,
    with_alias,
)

CLAUSES = ("where", "having", "qualify", "connect", "match", "limit", "offset", "sample")
GROUPINGS = (exp.GroupingSets, exp.Rollup, exp.Cube)


def resolve(
    tree: Query, source_columns: KnownColumns, dialect: str
) -> Mapping[TableKey, frozenset[str]]:
    """Resolve a prepared tree in place; returns the columns that it names together with their
    table."""
    resolver = NameResolver(source_columns, dialect)
    resolver.query(tree, {}, None)
    require_followed_reads(tree)
    return {table: frozenset(names) for table, names in resolver.names_read.items()}


class NameResolver(SourceBinder):
    """Resolves one tree in place."""

    def query(
        self, node: exp.Expr, ctes: Mapping[str, Cte], outer: SelectBlock | None
    ) -> tuple[Outputs, Types]:
        """Resolve a query; its output columns, and the types of those that are plain columns."""
        ctes = self.named_queries(node, ctes, outer)
        if isinstance(node, exp.Select):
            return self._select(node, ctes, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, ctes, outer)
        if isinstance(node, exp.Subquery):
            outputs, types = self.query(node.this, ctes, outer)
            _order_by_place(node, outputs)
            return outputs, types
        raise Unproven

    def _set_operation(
        self, node: exp.SetOperation, ctes: Mapping[str, Cte], outer: SelectBlock | None
    ) -> tuple[Outputs, Types]:
        left, types = self.query(node.this, ctes, outer)
        right, _ = self.query(node.expression, ctes, outer)
        if node.args.get("by_name"):
            left = None if left is None or right is None else tuple(dict.fromkeys((*left, *right)))
            types = {}
        _order_by_place(node, left)
        return left, types

    # -- one SELECT
    # -----------------------------------------------------------------------------------------

    def _select(
        self, node: exp.Select, ctes: Mapping[str, Cte], outer: SelectBlock | None
    ) -> tuple[Outputs, Types]:
        block = SelectBlock(node, outer)
        self.sources(block, ctes)
        write_out_using(block, self.dialect)
        write_out_stars(block)
        for join in node.args.get("joins") or []:
            if join.args.get("on") is not None:
                join.set("on", self.bind(join.args["on"], block, ctes, "on"))
        self._projections(block, ctes)
        self._group(block, ctes)
        self._projections(block, ctes)
        for name in CLAUSES:
            clause = node.args.get(name)
            if isinstance(clause, exp.Expr):
                self.bind(clause, block, ctes, name)
        self._order(block, ctes)
        node.meta["open_questions"] = OpenQuestions(_open_names(node), block.starred, block.opaque)
        return _outputs(block)

    def _projections(self, block: SelectBlock, ctes: Mapping[str, Cte]) -> None:
        """In order, so that a projection may use the aliases before it."""
        block.aliases = {}
        bound: list[exp.Expr] = []
        for projection in block.node.expressions:
            name = output_name(projection)
            projection = self.bind(projection, block, ctes, "select")
            if name is not None and output_name(projection) != name:
                projection = with_alias(projection, name)
            bound.append(projection)
            if isinstance(projection, exp.Alias):
                inner = projection.this
                identity = isinstance(inner, exp.Column) and inner.name == projection.alias
                block.aliases.pop(
                    projection.alias, None
                )  # the last of several of one name is meant
                if not identity and not has_volatile(inner):
                    block.aliases[projection.alias] = inner
        block.node.set("expressions", bound)

    # -- GROUP BY
    # -------------------------------------------------------------------------------------------

    def _group(self, block: SelectBlock, ctes: Mapping[str, Cte]) -> None:
        group = block.node.args.get("group")
        if group is None:
            return
        if group.args.get("all"):
            self._group_by_all(block, group)
            return
        group.set("expressions", [self._key(item, block, ctes) for item in group.expressions])
        for name in ("grouping_sets", "rollup", "cube"):
            for extra in group.args.get(name) or []:
                if isinstance(extra, exp.Expr):
                    self.bind(extra, block, ctes, "group")
        special = any(value for name, value in group.args.items() if name != "expressions")
        keys = group.expressions
        if (
            not special
            and not any(isinstance(key, GROUPINGS) for key in keys)
            and _all_certain(keys)
        ):
            block.note_keys(keys)

    def _key(self, item: exp.Expr, block: SelectBlock, ctes: Mapping[str, Cte]) -> exp.Expr:
        """A grouping key by its expression, where it is given by position."""
        if not (isinstance(item, exp.Literal) and item.name.isdigit() and not item.is_string):
            return _no_place(self.bind(item, block, ctes, "group"))
        projections = block.node.expressions
        place = int(item.name) - 1
        if block.starred or not 0 <= place < len(projections):
            return item
        return _no_place(unalias(projections[place]).copy())

    def _group_by_all(self, block: SelectBlock, group: exp.Group) -> None:
        """Write the keys out: all projections without an aggregate. Left as it is where that is not
        certain.

        One that reads no column is no key to DuckDB: `SELECT 'NY', count(*) ... GROUP BY ALL`
        returns a row even of no rows, as if nothing were grouped, and `GROUP BY 'NY'` returns none.
        Beside another key it parts no rows."""
        projections = [unalias(expression) for expression in block.node.expressions]
        keys = [
            projection for projection in projections if not has_aggregate(projection, self.dialect)
        ]
        others = [
            projection for projection in projections if has_aggregate(projection, self.dialect)
        ]
        unsure = (
            block.starred
            or not _all_certain(projections)
            or not all(map(self._has_known_type, projections))
        )
        keys = [key for key in keys if key.find(exp.Column)]
        if unsure or not keys or any(map(self._mixes, others)):
            return
        group.set("all", None)
        group.set("expressions", [key.copy() for key in keys])
        block.note_keys(keys)

    def _has_known_type(self, node: exp.Expr) -> bool:
        """Whether it is certain of every part whether it is an aggregate."""
        if is_star(node) or node.find(exp.Window, exp.Query):
            return False
        calls = map(call, node.find_all(exp.Anonymous))
        return all(name in PURE or is_aggregate(name, self.dialect) for name in calls)

    def _mixes(self, node: exp.Expr) -> bool:
        """Whether a column stands outside the aggregates of an expression that has some."""
        for column in node.find_all(exp.Column):
            above: exp.Expr | None = column
            while above is not None and not is_aggregate(call(above), self.dialect):
                if isinstance(above.parent, exp.Filter):
                    above = above.parent.this
                    break
                above = None if above is node else above.parent
            if above is None:
                return True
        return False

    # -- ORDER BY
    # -------------------------------------------------------------------------------------------

    def _order(self, block: SelectBlock, ctes: Mapping[str, Cte]) -> None:
        """ORDER BY and DISTINCT ON by the place of a projection where they mean one, else by
        expression."""
        order, distinct = block.node.args.get("order"), block.node.args.get("distinct")
        on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
        for item in order.expressions if order is not None else ():
            if isinstance(item, exp.Ordered):
                item.set("this", self._order_target(item.this, block, ctes))
            else:
                self.bind(item, block, ctes, "order")
        if isinstance(on, exp.Expr):
            on.set(
                "expressions",
                [self._order_target(expression, block, ctes) for expression in on.expressions],
            )

    def _order_target(
        self, target: exp.Expr, block: SelectBlock, ctes: Mapping[str, Cte]
    ) -> exp.Expr:
        projections = block.node.expressions
        names = [output_name(projection) for projection in projections]
        if (
            isinstance(target, exp.Column)
            and not target.table
            and not block.starred
            and names.count(target.name) == 1
        ):
            return exp.Literal.number(names.index(target.name) + 1)
        is_ambiguous = isinstance(target, exp.Column) and not target.table and target.name in names
        if is_ambiguous or isinstance(
            target, exp.Literal | exp.Var
        ):  # which of two columns of one name is not known
            return target
        bound = self.bind(target, block, ctes, "order")
        if block.starred or has_volatile(bound):
            return bound
        keys = TreeKeys()
        places = [
            place
            for place, projection in enumerate(projections, 1)
            if keys(unalias(projection)) == keys(bound)
        ]
        return exp.Literal.number(places[0]) if places else bound


def _no_place(key: exp.Expr) -> exp.Expr:
    """A number that an alias or a place stands for, so that it is not read as the place of a
    column."""
    return (
        exp.cast(key, exp.DType.INT) if isinstance(key, exp.Literal) and not key.is_string else key
    )


def _open_names(select: exp.Select) -> frozenset[str]:
    """Names not resolved in a SELECT and in queries nested in it. Those in its CTEs cannot mean
    anything of it."""
    ctes = select.args.get("with_")
    walked = select.walk(prune=lambda node: node is ctes)
    return frozenset(
        column.parts[0].name
        for column in walked
        if isinstance(column, exp.Column) and is_open(column)
    )


def _outputs(block: SelectBlock) -> tuple[Outputs, Types]:
    projections = block.node.expressions
    if any(map(is_star, projections)) or (
        block.starred and any(projection.find(exp.Star) for projection in projections)
    ):
        return None, {}
    types: dict[str, str] = {}
    for projection in projections:
        column, name = unalias(projection), output_name(projection)
        if name and isinstance(column, exp.Column) and (kind := column.meta_get("type")):
            types[name] = kind
    return tuple(map(output_name, projections)), types


def _order_by_place(node: exp.Expr, outputs: Outputs) -> None:
    """ORDER BY of a set operation: its names are those of the result."""
    order = node.args.get("order")
    if order is None or outputs is None:
        return
    for item in order.expressions:
        target = item.this
        if isinstance(target, exp.Column) and not target.table and outputs.count(target.name) == 1:
            item.set("this", exp.Literal.number(outputs.index(target.name) + 1))


def _all_certain(nodes: list[exp.Expr]) -> bool:
    return not any(is_open(column) for node in nodes for column in node.find_all(exp.Column))
