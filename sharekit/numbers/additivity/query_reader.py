"""Follows the columns of a query through its steps, subqueries, views and metrics to the aggregates
they come from.

`AdditivityReader.outputs` is the way in. What cannot be followed (PIVOT, recursion, a function that is not
known) is said not to add up; nothing here guesses, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.numbers.additivity.column_additivity import NOTHING, ROW, UNKNOWN, Additivity, Outputs
from sharekit.numbers.additivity.relations import (
    SOURCE,
    UNREADABLE,
    Relation,
    with_groups_left_out,
)
from sharekit.numbers.additivity.select_scope import SelectScope
from sharekit.project.lineage import DAYS, DAYS_COLUMNS, SCHEMA
from sharekit.records import replace
from sharekit.sqldiff.parse import parse

_DAYS = Relation(dict.fromkeys(DAYS_COLUMNS, ROW), ROW)
"""The table of days; a source of that name may have other columns."""
Steps = Mapping[str, Relation]
"""The steps (WITH) that are in scope, by name in lower case."""


class AdditivityReader(Struct):
    """Reads queries, each text once. `text` gives the SQL of a view or a metric by its id, None
    where there is none."""

    text: Callable[[str], str | None]
    columns: Callable[[str], tuple[str, ...]] = lambda name: ()
    """The columns of a source, or of `metrics.NAME` where that is a table; () where they are not
    known."""
    selects: list[SelectScope] = field(default_factory=list)
    """Every SELECT that was read."""
    reading: str = ""
    """The view or metric whose text is being read."""
    _relations: dict[str, Relation] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def outputs(self, sql: str) -> Outputs:
        """How each column of a query adds up."""
        relation = self._relation(sql)
        return Outputs(relation.columns, relation.rest, relation.totals)

    def _relation(self, sql: str) -> Relation:
        try:
            tree = parse(sql)
            return self.query(tree, {})
        except (QueryError, RecursionError):
            return UNREADABLE

    def item(self, name: str) -> Relation:
        """What `metrics.NAME` returns."""
        if name in self._relations:
            return self._relations[name]
        sql = self.text(name)
        if sql is None or name in self._open:
            return UNREADABLE
        self._open.add(name)
        before, self.reading = self.reading, name
        self._relations[name] = self._relation(sql)
        self.reading = before
        self._open.discard(name)
        return self._relations[name]

    # -- queries
    # -------------------------------------------------------------------------------------------

    def query(self, tree: exp.Expr, steps: Steps) -> Relation:
        """What a query returns."""
        steps = self._with_steps(tree, steps)
        if isinstance(tree, exp.Subquery | exp.Paren):
            inner = self.query(tree.this, steps)
            return with_groups_left_out(inner) if tree.args.get("limit") else inner
        if isinstance(tree, exp.SetOperation):
            return self._set(tree, steps)
        if isinstance(tree, exp.Select):
            selecting = SelectScope(self.reading, tree, lambda node: self.source(node, steps))
            self.selects.append(selecting)
            return selecting.relation()
        return UNREADABLE

    def _with_steps(self, tree: exp.Expr, steps: Steps) -> Steps:
        clause = tree.args.get("with_")
        if clause is None:
            return steps
        relations = dict(steps)
        for step in clause.expressions:
            name = step.alias.lower()
            if clause.args.get("recursive"):
                relations[name] = UNREADABLE
            else:
                relations[name] = _renamed(self.query(step.this, relations), step)
        return relations

    def source(self, node: exp.Expr, steps: Steps) -> Relation:
        """What stands in FROM."""
        if node.args.get("pivots"):
            return UNREADABLE
        if isinstance(node, exp.Subquery):
            return _renamed(self.query(node, steps), node)
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            alias = node.args.get("alias")
            column_names = (
                [entry.name.lower() for entry in alias.args.get("columns") or ()]
                if alias is not None
                else []
            )
            return Relation(dict.fromkeys(column_names, ROW)) if column_names else SOURCE
        name, schema = node.name.lower(), node.db.lower()
        if not schema and name in steps:
            return _renamed(steps[name], node)
        if schema != SCHEMA:
            return self._table(name)
        # What another engine returned is a table here, whatever its own text says there.
        is_table = bool(self.columns(f"{SCHEMA}.{name}"))
        return _renamed(self._table(f"{SCHEMA}.{name}") if is_table else self.item(name), node)

    def _table(self, name: str) -> Relation:
        columns = self.columns(name)
        if columns:
            return Relation({column.lower(): ROW for column in columns})
        return _DAYS if name == DAYS else SOURCE

    def _set(self, tree: exp.SetOperation, steps: Steps) -> Relation:
        left, right = self.query(tree.this, steps), self.query(tree.expression, steps)
        if not isinstance(tree, exp.Union):
            return replace(
                left,
                columns={name: _only_rows(additivity) for name, additivity in left.columns.items()},
            )
        if left.rest is not None or right.rest is not None:
            additivities = {
                left.rest,
                right.rest,
                *left.columns.values(),
                *right.columns.values(),
            } - {None}
            return Relation(
                rest=ROW
                if {additivity.how for additivity in additivities if additivity}
                <= {"row", "constant"}
                else UNKNOWN
            )
        names = list(left.columns)
        others = (
            right.columns
            if tree.args.get("by_name")
            else dict(zip(names, right.columns.values(), strict=False))
        )
        columns = {name: _either(left.columns[name], others.get(name, NOTHING)) for name in names}
        is_subtotal = any(
            (left.columns[name] == NOTHING) != (others.get(name) == NOTHING) for name in names
        )
        keys = None if left.keys is None and right.keys is None else frozenset(names) & (
            (left.keys or frozenset()) | (right.keys or frozenset())
        )  # fmt: skip
        if tree.args.get("distinct"):
            keys = frozenset(names)
            why = "UNION leaves out rows that are equal (UNION ALL keeps them)"
            columns = {
                name: Additivity("not", why) if additivity.how == "adds" else additivity
                for name, additivity in columns.items()
            }
        totals = is_subtotal or left.totals or right.totals
        spread = dict(left.spread)
        if not tree.args.get("by_name"):
            spread |= _renamed_spread(right.spread, dict(zip(right.columns, names, strict=False)))
        return Relation(columns, None, keys, left.hidden or right.hidden, totals, spread)


def _either(left: Additivity, right: Additivity) -> Additivity:
    """A column of UNION ALL: it adds up where it does in both branches."""
    if left.how == right.how:
        return Additivity(left.how, left.why or right.why, left.apart | right.apart)
    if {left.how, right.how} == {"row", "constant"}:
        return ROW
    if {left.how, right.how} == {"adds", "constant"}:
        addend = right if left.how == "adds" else left
        return (left if left.how == "adds" else right) if addend == NOTHING else UNKNOWN
    return next(
        (replace(additivity, parts=()) for additivity in (left, right) if additivity.how == "not"),
        UNKNOWN,
    )


def _only_rows(additivity: Additivity) -> Additivity:
    return additivity if additivity.how in ("row", "constant") else UNKNOWN


def _renamed(relation: Relation, node: exp.Expr) -> Relation:
    """Under the column names that an alias gives: `AS t (a, b)`."""
    alias = node.args.get("alias")
    column_names = (
        [entry.name.lower() for entry in alias.args.get("columns") or ()]
        if alias is not None
        else []
    )
    if not column_names:
        return relation
    names = dict(zip(relation.columns, column_names, strict=False))
    columns = {
        names.get(name, name): _under_names(additivity, names)
        for name, additivity in relation.columns.items()
    }
    relation = replace(relation, origin=None)
    keys = (
        None
        if relation.keys is None
        else frozenset(names.get(name, name) for name in relation.keys)
    )
    spread = _renamed_spread(relation.spread, names)
    return replace(relation, columns=columns, keys=keys, spread=spread)


def _renamed_spread(
    spread: Mapping[str, frozenset[str]], names: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    return {
        names.get(name, name): frozenset(names.get(still_once, still_once) for still_once in once)
        for name, once in spread.items()
    }


def _under_names(additivity: Additivity, names: Mapping[str, str]) -> Additivity:
    return replace(additivity, apart=frozenset(names.get(name, name) for name in additivity.apart))
