"""One SELECT: how each column that it returns adds up over the others, what tells its groups apart,
and which rows it leaves out. Pure."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from sqlglot import exp

from sharekit.numbers.additivity.column_additivity import UNKNOWN, Additivity
from sharekit.numbers.additivity.expressions import (
    COUNTS,
    ExpressionReader,
    aggregations,
    function_name,
    is_aggregation,
    text_of,
)
from sharekit.numbers.additivity.relations import (
    UNREADABLE,
    Ref,
    Relation,
    SourceScope,
    expand,
    with_groups_left_out,
)
from sharekit.records import replace
from sharekit.sqldiff.canonical.syntax_trees import conjuncts


class _Output(Struct, frozen=True):
    """One column that a SELECT returns."""

    name: str
    node: exp.Expr | None
    """None where a star brought it."""
    ref: Ref | None
    """The column of a source that it is as it stands."""


class SelectScope:
    """One SELECT on its way to a relation."""

    def __init__(
        self, item: str, select: exp.Select, source: Callable[[exp.Expr], Relation]
    ) -> None:
        """`item`: id of the metric or view whose SELECT it is. `source` reads one of FROM."""
        self.item = item
        self.select = select
        self._source = source
        self.nodes: dict[str, exp.Expr] = {}
        self.scope = self._scope()
        self.readable = True
        self.rest: Additivity | None = None
        self.output_by_name: dict[str, exp.Expr] = {}
        self.values = ExpressionReader(self._column, self._aggregate, self._is_time)
        self.outputs = self._outputs()
        group = select.args.get("group")
        projected = (output.node for output in self.outputs if output.node is not None)
        having = select.args.get("having")
        self.aggregated = (
            group is not None
            or any(next(aggregations(node), None) is not None for node in projected)
            or (having is not None and next(aggregations(having.this), None) is not None)
        )
        self.grouping = (
            [output for output in self.outputs if self._is_key(output)] if self.aggregated else []
        )

    # -- sources and columns
    # -------------------------------------------------------------------------------

    def _scope(self) -> SourceScope:
        scope = SourceScope()
        start = self.select.args.get("from_")
        if start is not None:
            self._place(scope, start.this)
        for lateral in self.select.args.get("laterals") or ():
            self._place(scope, lateral)
        for join in self.select.args.get("joins") or ():
            if join.args.get("kind") in ("SEMI", "ANTI"):
                continue
            before = list(scope.sources)
            alias = self._place(scope, join.this)
            for nested in join.this.args.get("joins") or ():
                self._place(scope, nested.this)
                scope.join(nested, nested.this.alias_or_name.lower(), [alias])
            scope.join(join, alias, before)
        where = self.select.args.get("where")
        if where is not None and len(scope.sources) > 1:
            scope.conditions(where.this)
        return scope

    def _place(self, scope: SourceScope, node: exp.Expr) -> str:
        alias = node.alias_or_name.lower() or f"#{len(scope.sources)}"
        if isinstance(node, exp.Unnest | exp.Lateral):
            scope.unnested.add(alias)
        scope.add(alias, self._source(node))
        self.nodes[alias] = node
        return alias

    def _outputs(self) -> list[_Output]:
        select_outputs: list[_Output] = []
        for node in self.select.expressions:
            inner = node.this if isinstance(node, exp.Column) else node
            if isinstance(inner, exp.Star):
                self._star(node, select_outputs)
            elif isinstance(node, exp.Columns) or node.find(exp.Columns):
                self.readable = False
            else:
                name = (
                    node.alias_or_name.lower()
                    if isinstance(node, exp.Alias | exp.Column)
                    else text_of(node).lower()
                )
                bare = node.unalias().unnest()
                ref = (
                    self.scope.resolve(bare)
                    if isinstance(bare, exp.Column) and not self._renames(bare)
                    else None
                )
                select_outputs.append(_Output(name, node.unalias(), ref))
                self.output_by_name.setdefault(name, node.unalias())
        return select_outputs

    def _star(self, node: exp.Expr, outputs: list[_Output]) -> None:
        names = expand(self.scope, node)
        if names is None:
            self.readable = False
            return
        output_names = {output.name for output in outputs}
        outputs += (_Output(name, None, ref) for name, ref in names if name not in output_names)
        inner = node.this if isinstance(node, exp.Column) else node
        for entry in inner.args.get("replace") or ():
            outputs.append(_Output(entry.alias.lower(), entry.this, None))
        rests = {
            relation.rest for relation in self.scope.sources.values() if relation.rest is not None
        }
        if rests:
            self.rest = rests.pop() if len(rests) == 1 else UNKNOWN

    def _renames(self, column: exp.Column) -> bool:
        """Whether a name is that of another output: `sum(a) AS total, total / 2 AS value`."""
        name = column.name.lower()
        is_column = any(
            name in source_relation.columns for source_relation in self.scope.sources.values()
        )
        output = self.output_by_name.get(name)
        if column.table or is_column or output is None or _inside(column, output):
            return False
        return not (self._is_taken(column) and next(aggregations(output), None) is not None)

    def _is_taken(self, column: exp.Expr) -> bool:
        """Whether an aggregate takes a column: there a name is never that of another aggregate."""
        above = column.parent
        while above is not None and above is not self.select:
            if is_aggregation(above) and not isinstance(above.parent, exp.Window):
                return True
            above = above.parent
        return False

    def _column(self, column: exp.Column) -> Additivity:
        if self._renames(column):
            return self.values.of(self.output_by_name[column.name.lower()])
        ref = self.scope.resolve(column)
        return UNKNOWN if ref is None else replace(self.scope.additivity(ref), parts=())

    def _is_time(self, node: exp.Expr | None) -> bool:
        """Whether an expression is what the query groups by in time: `max_by(value, day)` by
        month."""
        inner = node.unnest() if isinstance(node, exp.Expr) else None
        if not isinstance(inner, exp.Column):
            return False
        dated = (exp.TimestampTrunc, exp.DateTrunc, exp.Cast)
        return any(
            any(
                column.name.lower() == inner.name.lower()
                for column in output.node.find_all(exp.Column)
            )
            for output in self.outputs
            if output.node is not None and isinstance(output.node, dated)
        )

    def _is_key(self, output: _Output) -> bool:
        if output.node is None:
            return True
        return next(
            aggregations(self._written_out(output.node)), None
        ) is None and not output.node.find(exp.Window)

    def _written_out(self, node: exp.Expr) -> exp.Expr:
        """An expression in which names of other outputs stand for what they are: `on_time /
        scheduled`."""
        for column in node.find_all(exp.Column):
            if self._renames(column):
                output = self.output_by_name[column.name.lower()]
                if next(aggregations(output), None) is not None:
                    return output
        return node

    def in_full(self, node: exp.Expr, of: exp.Expr) -> exp.Expr:
        """An expression with what the names of other outputs stand for that `of` has, which it is
        made of."""
        names = {column.name.lower() for column in of.find_all(exp.Column) if self._renames(column)}

        def replaced(inner: exp.Expr) -> exp.Expr:
            if isinstance(inner, exp.Column) and not inner.table and inner.name.lower() in names:
                return exp.paren(self.output_by_name[inner.name.lower()].copy())
            return inner

        return node.copy().transform(replaced) if names else node

    # -- what comes of them
    # --------------------------------------------------------------------------------

    @property
    def is_plain(self) -> bool:
        """Whether its rows are those of its sources, one by one."""
        return not self.aggregated and self.select.args.get("distinct") is None

    def relation(self) -> Relation:
        """The rows of this SELECT."""
        if not self.readable:
            return UNREADABLE
        columns = {output.name: self._output(output) for output in self.outputs}
        keys, hidden = self._keys()
        spread = {} if self.aggregated else self._spread()
        relation = Relation(columns, self.rest, keys, hidden, self._totals(), spread, self)
        if why := self._leaves_out():
            relation = with_groups_left_out(relation, why)
        return relation

    def _output(self, output: _Output) -> Additivity:
        additivity = (
            replace(self.scope.additivity(output.ref), parts=())
            if output.node is None and output.ref
            else None
        )
        if additivity is None:
            assert output.node is not None
            additivity = self.values.of(output.node)
        if self.aggregated or additivity.how not in ("adds", "scaled"):
            return additivity
        origins = {output.ref[0]} if output.ref else self._sources_of(output.node)
        repeated = frozenset[str]().union(*(self._repeating_outputs(origin) for origin in origins))
        return replace(
            additivity, apart=self._still_apart(additivity, origins) | repeated, parts=()
        )

    def _sources_of(self, node: exp.Expr | None) -> set[str]:
        refs = (
            [self.scope.resolve(column) for column in node.find_all(exp.Column)]
            if node is not None
            else []
        )
        return {ref[0] for ref in refs if ref}

    def _still_apart(self, additivity: Additivity, origins: set[str]) -> frozenset[str]:
        """The columns of sources over which values do not add up, by their names here."""
        refs = {(alias, name) for alias in origins for name in additivity.apart}
        return frozenset(
            output.name
            for output in self.outputs
            if output.ref and self.scope.equal_refs(output.ref) & refs
        )

    def _repeating_outputs(self, origin: str) -> frozenset[str]:
        """Outputs of other groups, for each of which a source's values come again: a plan of the
        month by region."""
        repeated = set()
        for output in self.outputs:
            if not output.ref or output.ref[0] == origin:
                continue
            keys = self.scope.sources[output.ref[0]].keys
            equals = {alias for alias, _ in self.scope.equal_refs(output.ref)}
            if keys and output.ref[1] in keys and origin not in equals:
                repeated.add(output.name)
        return frozenset(repeated)

    def _aggregate(
        self, node: exp.Expr, counted: Additivity, conditions: list[exp.Expr]
    ) -> Additivity:
        """A sum or a count of this SELECT's rows."""
        if counted.how == "not":
            return counted
        if counted.how == "level":
            return Additivity("not", f"{text_of(node)} sums what does not add up: {counted.why}")
        if self.scope.totals:
            return Additivity(
                "not", f"{text_of(node)} counts the total rows of what it reads once more"
            )
        refs = [ref for column in node.find_all(exp.Column) if (ref := self.scope.resolve(column))]
        apart, not_grouped = set[str](), set[str]()
        for alias in {alias for alias, _ in refs} or set(self.scope.sources):
            for name in counted.apart:
                names = {
                    output.name
                    for output in self.grouping
                    if output.ref and (alias, name) in self.scope.equal_refs(output.ref)
                }
                apart |= names
                not_grouped |= set() if names or self._is_fixed((alias, name)) else {name}
        if not_grouped:
            return Additivity(
                "not",
                f"{text_of(node)} sums over {' and '.join(sorted(not_grouped))} what does not add up"
                " over it",
            )
        of_groups = counted.how == "constant" or any(self._is_group_key(ref) for ref in refs)
        all_conditions = [*conditions, *self._where_conditions()]
        if of_groups or any(self._chooses_groups(condition) for condition in all_conditions):
            apart |= self._merging(of_groups)
        apart |= self._many({alias for alias, _ in refs}) | self._many_inside(refs)
        why = f"{text_of(node)} counts once in each what may be in several" if apart else ""
        natural = function_name(node) in COUNTS or counted.natural
        return Additivity("adds", why, frozenset(apart), natural)

    def _where_conditions(self) -> list[exp.Expr]:
        where = self.select.args.get("where")
        return [] if where is None else [where.this]

    def _chooses_groups(self, condition: exp.Expr) -> bool:
        """Whether a condition leaves groups out by what they come to. Groups of nothing may go:
        they add nothing."""
        return any(
            self.values.of_groups(conjunct) and not self._leaves_out_nothing(conjunct)
            for conjunct in conjuncts(condition)
        )

    def _leaves_out_nothing(self, condition: exp.Expr) -> bool:
        inner = condition.unnest()
        if isinstance(inner, exp.Not) and isinstance(inner.this.unnest(), exp.Is):
            return self.values.of(inner.this.unnest().this).how == "adds"
        if not isinstance(inner, exp.GT | exp.GTE | exp.NEQ) or not isinstance(
            inner.expression, exp.Literal
        ):
            return False
        least = {exp.GT: "0", exp.GTE: "1", exp.NEQ: "0"}[type(inner)]
        additivity = self.values.of(inner.this)
        plain = additivity.how == "adds" and inner.expression.this == least
        return plain and (additivity.natural or isinstance(inner, exp.NEQ))

    def _is_group_key(self, ref: Ref) -> bool:
        keys = self.scope.sources[ref[0]].keys
        return keys is not None and ref[1] in keys

    def _is_fixed(self, ref: Ref) -> bool:
        """Whether a condition chooses one value of a column: `WHERE region = 'EU'`."""
        for conjunct in (
            conjunct for where in self._where_conditions() for conjunct in conjuncts(where)
        ):
            inner = conjunct.unnest()
            if isinstance(inner, exp.EQ):
                sides = (inner.this.unnest(), inner.expression.unnest())
                for column, constant in (sides, sides[::-1]):
                    if isinstance(column, exp.Column) and isinstance(constant, exp.Literal):
                        resolved = self.scope.resolve(column)
                        if resolved and ref in self.scope.equal_refs(resolved):
                            return True
        return False

    def _merging(self, of_groups: bool) -> set[str]:
        """Where groups are counted: the outputs without which some of them would be one group."""
        keys = self.scope.keys
        if keys is None:
            return set()
        plain = {
            output.name: self.scope.equal_refs(output.ref) & keys
            for output in self.grouping
            if output.ref
        }
        covered = set[Ref]().union(*plain.values()) if plain else set()
        is_grouped_by_keys = not self.scope.hidden and all(
            self.scope.equal_refs(key) & covered for key in keys
        )
        if is_grouped_by_keys and of_groups:
            return set()
        return {name for name, refs in plain.items() if refs}

    def _many(self, read_aliases: set[str]) -> set[str]:
        """Outputs of a source that stands beside the counted one without an equal column: each
        thing is in several."""
        return {
            output.name
            for output in self.grouping
            for alias in self._spreading(output)
            if alias not in read_aliases
        }

    def _spreading(self, output: _Output) -> set[str]:
        """The sources of an output that are joined to others by no equal column, such as days by
        BETWEEN: the rows of the others come again for each of its values."""
        spreading = set()
        aliases = self._sources_of(output.node) | ({output.ref[0]} if output.ref else set())
        for alias in filter(self.scope.loose, aliases):
            joined_names = {name for _, name in self.scope.joined.get(alias, ())}
            if alias in self.scope.unnested or self._column_names(output) & joined_names:
                spreading.add(alias)
        return spreading

    def _column_names(self, output: _Output) -> set[str]:
        nodes = output.node.find_all(exp.Column) if output.node else ()
        return {column.name.lower() for column in nodes}

    def _refs_of(self, output: _Output) -> set[Ref]:
        """The columns that an output is made of."""
        nodes = output.node.find_all(exp.Column) if output.node else ()
        refs = {self.scope.resolve(column) for column in nodes} | {output.ref}
        return {ref for ref in refs if ref}

    def _many_inside(self, read_refs: list[Ref]) -> set[str]:
        """Outputs over which rows come again already in what is read: each day of a contract is
        one row of a step."""
        many = set()
        for output in self.grouping:
            for alias, name in self._refs_of(output):
                once = self.scope.sources[alias].spread.get(name)
                read_names = {column for source, column in read_refs if source == alias}
                if once is not None and not (read_names and read_names <= once):
                    many.add(output.name)
        return many

    def _spread(self) -> dict[str, frozenset[str]]:
        """Of rows that are not counted here: the outputs over which they come again."""
        refs_by_output = {output.name: self._refs_of(output) for output in self.outputs}
        spread: dict[str, frozenset[str]] = {}
        for output in self.outputs:
            is_spread = output.node is not None and bool(output.node.find(exp.Explode, exp.Unnest))
            once = {output.name}
            if aliases := self._spreading(output):
                is_spread = True
                once |= {
                    name
                    for name, refs in refs_by_output.items()
                    if aliases & {alias for alias, _ in refs}
                }
            for alias, name in refs_by_output[output.name]:
                if (inner := self.scope.sources[alias].spread.get(name)) is not None:
                    is_spread = True
                    inner_refs = {(alias, column) for column in inner}
                    once |= {
                        name for name, refs in refs_by_output.items() if refs and refs <= inner_refs
                    }
            if is_spread:
                spread[output.name] = frozenset(once)
        return spread

    # -- rows
    # ----------------------------------------------------------------------------------------------

    def _keys(self) -> tuple[frozenset[str] | None, bool]:
        names = frozenset(output.name for output in self.outputs)
        distinct = self.select.args.get("distinct")
        if distinct is not None:
            on = distinct.args.get("on")
            distinct_on = list(on.expressions) if on is not None else []
            return (self._named_keys(distinct_on), True) if distinct_on else (names, False)
        qualify = self.select.args.get("qualify")
        if qualify is not None and not self.aggregated:
            partition_columns = [
                partition
                for window in qualify.find_all(exp.Window)
                for partition in window.args.get("partition_by") or ()
            ]
            return self._named_keys(partition_columns), True
        if self.aggregated:
            return frozenset(output.name for output in self.grouping), self._groups_beside()
        keys = self.scope.keys
        if keys is None:
            return None, False
        joined = {
            output.name: self.scope.equal_refs(output.ref) & keys
            for output in self.outputs
            if output.ref
        }
        covered = set[Ref]().union(*joined.values()) if joined else set()
        hidden = self.scope.hidden or any(not self.scope.equal_refs(key) & covered for key in keys)
        return frozenset(name for name, refs in joined.items() if refs), hidden

    def _named_keys(self, nodes: list[exp.Expr]) -> frozenset[str]:
        refs = {self.scope.resolve(node) for node in nodes if isinstance(node, exp.Column)}
        return frozenset(
            output.name for output in self.outputs if output.ref and output.ref in refs
        )

    def _groups_beside(self) -> bool:
        """Whether rows are also grouped by something that is not returned."""
        group = self.select.args.get("group")
        if group is None or group.args.get("all"):
            return False
        names = {output.name for output in self.grouping}
        written = {
            output.node.sql(dialect="duckdb").lower()
            for output in self.grouping
            if output.node is not None
        }
        refs = {output.ref for output in self.grouping if output.ref}
        for expression in group.expressions:
            inner = expression.unnest()
            if isinstance(inner, exp.Literal) or inner.sql(dialect="duckdb").lower() in written:
                continue
            if isinstance(inner, exp.Column) and (
                inner.name.lower() in names or self.scope.resolve(inner) in refs
            ):
                continue
            return True
        return False

    def _totals(self) -> bool:
        if any(self.select.find_all(exp.GroupingSets, exp.Rollup, exp.Cube)):
            group = self.select.args.get("group")
            if group is not None and group.find(exp.GroupingSets, exp.Rollup, exp.Cube):
                return True
        return self.scope.totals and not self.aggregated

    def _leaves_out(self) -> str:
        """Why some groups are not returned, "" where all are."""
        having = self.select.args.get("having")
        if having is not None and self._chooses_groups(having.this):
            return "HAVING leaves groups out by an aggregate"
        if self.aggregated and self.select.args.get("qualify") is not None:
            return "QUALIFY leaves groups out"
        grouped = self.aggregated or self.scope.keys is not None
        if grouped and (self.select.args.get("limit") or self.select.args.get("offset")):
            return "LIMIT leaves groups out"
        if (
            not self.aggregated
            and grouped
            and any(self._chooses_groups(node) for node in self._where_conditions())
        ):
            return "WHERE leaves groups out by an aggregate"
        return ""


def _inside(node: exp.Expr, within: exp.Expr) -> bool:
    """Whether a node stands inside another."""
    above: exp.Expr | None = node
    while above is not None:
        if above is within:
            return True
        above = above.parent
    return False
