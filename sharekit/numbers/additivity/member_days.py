"""On which days the members of a dimension have rows: a query that asks it of what a number reads,
before days become weeks or months. Pure.

A dimension may be a column of a source, have another name there, or be made of columns, as by a
lookup (`names.region`), CASE or upper(). It is followed, with the column of days, through steps,
subqueries and views to the SELECT that reads a source by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.numbers.additivity.dated import DatedColumns, MemberDays
from sharekit.numbers.additivity.expressions import aggregations
from sharekit.numbers.additivity.member_names import NO_MEMBER, pair_name
from sharekit.project.lineage import SCHEMA
from sharekit.sqldiff.canonical.syntax_trees import conjuncts, sources_of
from sharekit.sqldiff.parse import parse

_MOST_LEVELS = 20
_IN_TIME = (exp.Cast, exp.TryCast, exp.TimestampTrunc, exp.DateTrunc, exp.Paren)
"""What makes a period of a day."""


class _ScopedQuery(Struct, frozen=True):
    """A query that is read by a name, with the steps that it may read itself."""

    tree: exp.Expr
    steps: Mapping[str, _ScopedQuery]


class _Level(Struct):
    """One SELECT on the way down, and what is looked for in terms of what it reads."""

    select: exp.Select
    steps: Mapping[str, _ScopedQuery]
    member: exp.Expr
    times: list[exp.Column]
    conditions: list[exp.Expr]
    """Of the SELECTs above it."""


def member_days(sql: str, dimensions: Sequence[str], sources: DatedColumns) -> MemberDays | None:
    """What to ask for the days of a dimension's members, or of the pairs of members of two, by
    their `pair_name`; None where that cannot be followed."""
    try:
        level = _top(parse(sql), [dimension.lower() for dimension in dimensions])
        for _ in range(_MOST_LEVELS):
            if level is None:
                return None
            inner = _read_alone(level, sources)
            if inner is None:
                return _question(level, sources)
            level = _below(level, inner)
    except (QueryError, RecursionError):
        pass
    return None


def _top(tree: exp.Expr, dimensions: Sequence[str]) -> _Level | None:
    opened = _opened(_ScopedQuery(tree, {}))
    if opened is None:
        return None
    select, steps = opened
    members = [member for name in dimensions if (member := _output(select, name)) is not None]
    if len(members) < len(dimensions):
        return None
    member = members[0] if len(members) == 1 else _pair_of_members(members)
    return _Level(select, steps, member, _days(select, members), [])


def _pair_of_members(members: Sequence[exp.Expr]) -> exp.Expr:
    """A pair of members as one text."""
    names = [
        exp.Coalesce(
            this=exp.cast(member.copy(), "VARCHAR"), expressions=[exp.Literal.string(NO_MEMBER)]
        )
        for member in members
    ]
    return exp.ConcatWs(expressions=[exp.Literal.string(pair_name("", "")), *names])


def _opened(step: _ScopedQuery) -> tuple[exp.Select, Mapping[str, _ScopedQuery]] | None:
    """The one SELECT of a query, and the steps it may read."""
    tree, steps = step.tree, dict(step.steps)
    while True:
        clause = tree.args.get("with_")
        if clause is not None and clause.args.get("recursive"):
            return None
        for step_node in clause.expressions if clause is not None else ():
            steps[step_node.alias.lower()] = _ScopedQuery(step_node.this, dict(steps))
        if not isinstance(tree, exp.Subquery | exp.Paren):
            break
        tree = tree.this
    return (tree, steps) if isinstance(tree, exp.Select) else None


def _output(select: exp.Select, name: str) -> exp.Expr | None:
    """What a SELECT returns under a name, made of columns that it reads; None where it is made of
    anything else."""
    for node in select.expressions:
        if isinstance(node, exp.Alias | exp.Column) and node.alias_or_name.lower() == name:
            inner = node.unalias()
            is_made = next(aggregations(inner), None) or inner.find(
                exp.Window, exp.Query, exp.Unnest
            )
            return None if is_made else inner
    return exp.column(name) if _is_starred(select) else None


def _is_starred(select: exp.Select) -> bool:
    return any(isinstance(node, exp.Star) for node in select.expressions)


def _days(select: exp.Select, members: Sequence[exp.Expr]) -> list[exp.Column]:
    """The columns of which it may make its days, weeks or months."""
    days = (
        _day_of(node)
        for node in select.expressions
        if not any(node.unalias() is member for member in members)
    )
    return [column for column in days if column is not None]


def _day_of(node: exp.Expr) -> exp.Column | None:
    """The column of which a day, week or month is made."""
    inner = node.unalias()
    while isinstance(inner, _IN_TIME):
        inner = inner.this
    return inner if isinstance(inner, exp.Column) else None


def _read_alone(level: _Level, sources: DatedColumns) -> _ScopedQuery | None:
    """The step, subquery or view that a SELECT reads and nothing beside it."""
    nodes = sources_of(level.select)
    if len(nodes) != 1 or nodes[0].args.get("pivots"):
        return None
    node = nodes[0]
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return None
    if isinstance(node, exp.Subquery):
        return _ScopedQuery(node.this, level.steps)
    if not isinstance(node, exp.Table):
        return None
    if not node.db:
        return level.steps.get(node.name.lower())
    is_table = _table_name(node) in sources.columns
    text = sources.text(node.name) if node.db.lower() == SCHEMA and not is_table else None
    return _ScopedQuery(parse(text), {}) if text is not None else None


def _below(level: _Level, inner: _ScopedQuery) -> _Level | None:
    opened = _opened(inner)
    if opened is None:
        return None
    select, steps = opened
    member = _in_terms_of(level.member, select)
    days = (_in_terms_of(column, select) for column in level.times)
    times = [column for day in days if day is not None and (column := _day_of(day)) is not None]
    if member is not None and _is_starred(level.select):
        times += _days(select, [member])
    conditions = [*level.conditions, *_conditions(level.select)]
    below = [inside for node in conditions if (inside := _in_terms_of(node, select)) is not None]
    return None if member is None else _Level(select, steps, member, times, below)


def _in_terms_of(node: exp.Expr, select: exp.Select) -> exp.Expr | None:
    """An expression with the columns that a SELECT reads, in place of those it returns."""
    if next(aggregations(node), None) is not None or node.find(exp.Window, exp.Query):
        return None
    columns = [*node.find_all(exp.Column)]
    written = {column.name.lower(): _output(select, column.name.lower()) for column in columns}
    if None in written.values():
        return None

    def replaced(inner: exp.Expr) -> exp.Expr:
        below = written[inner.name.lower()] if isinstance(inner, exp.Column) else None
        if below is None:
            return inner
        return below.copy() if isinstance(below, exp.Column) else exp.paren(below)

    return node.copy().transform(replaced)


def _conditions(select: exp.Select) -> list[exp.Expr]:
    where = select.args.get("where")
    return conjuncts(where.this) if where is not None else []


def _question(level: _Level, sources: DatedColumns) -> MemberDays | None:
    for time in level.times:
        source = next(_sources_with(time, level, sources.dated), None)
        if source is None:
            continue
        column = level.member if isinstance(level.member, exp.Column) else None
        is_of_it = column is not None and source in _sources_with(column, level, sources.columns)
        return MemberDays(
            source,
            time.name,
            column.name if column is not None and is_of_it else None,
            _sql(level, time),
            of_calendar=any(_is_same(time, node) for node in level.member.find_all(exp.Column)),
        )
    return None


def _is_same(left: exp.Column, right: exp.Column) -> bool:
    may_be_of_one = not left.table or not right.table or left.table == right.table
    return may_be_of_one and left.name.lower() == right.name.lower()


def _sources_with(
    column: exp.Column, level: _Level, columns: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """The sources in FROM that have a column, in order."""
    by_lower_name = {name.lower(): name for name in columns}
    for node in sources_of(level.select):
        name = _table_name(node)
        if not isinstance(node, exp.Table) or name in level.steps or name not in by_lower_name:
            continue
        if column.table and column.table.lower() != node.alias_or_name.lower():
            continue
        if column.name.lower() in columns[by_lower_name[name]]:
            yield by_lower_name[name]


def _table_name(node: exp.Expr) -> str:
    """The name of what stands in FROM, with its schema where one is written, in lower case."""
    schema = node.db if isinstance(node, exp.Table) else ""
    return f"{schema}.{node.name}".lower() if schema else node.name.lower()


def _sql(level: _Level, time: exp.Column) -> str:
    select = level.select.copy()
    for key in ("group", "having", "qualify", "order", "limit", "offset", "windows", "with_"):
        select.set(key, None)
    select.set("distinct", exp.Distinct())
    day = exp.TryCast(this=time.copy(), to=exp.DataType.build("date"))
    select.set("expressions", [level.member.copy().as_("member"), day.as_("day")])
    for node in level.conditions:
        select = select.where(node.copy(), copy=False)
    names = {table.name.lower() for table in select.find_all(exp.Table) if not table.db}
    steps = "".join(
        f"{exp.to_identifier(name).sql(dialect='duckdb')} AS ({step.tree.sql(dialect='duckdb')}), "
        for name, step in level.steps.items()
    )
    with_steps = f"WITH {steps.removesuffix(', ')} " if names & level.steps.keys() else ""
    return with_steps + select.sql(dialect="duckdb")
