"""From which tables and columns the days of a query come, and the small queries that ask an engine
for these days. Pure.

A query that makes months of days returns one row for half a month as for a whole one: up to which
day its rows reach only the table can tell. So its time column is followed, through steps and
subqueries, to the columns that it is made of; each is one question, and queries over the same
column share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.syntax_trees import conjuncts, sources_of
from sharekit.sqldiff.parse import parse

_DATES = frozenset(
    ("DATE", "DATE32", "DATETIME", "DATETIME2", "DATETIME64", "SMALLDATETIME", "TIMESTAMP", "TIMESTAMPTZ",
     "TIMESTAMPLTZ", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
)  # fmt: skip
_TRUNCATIONS = (exp.TimestampTrunc, exp.DateTrunc, exp.DatetimeTrunc)
_FINE_UNITS = frozenset(
    ("day", "dd", "d", "hour", "minute", "second", "millisecond", "microsecond")
)
_WITHIN_A_DAY = (
    exp.Column, exp.Identifier, exp.Cast, exp.DataType, exp.Literal, exp.AtTimeZone, exp.ConvertTimezone, exp.Coalesce,
    exp.Date, exp.StrToDate, exp.StrToTime, exp.UnixToTime, exp.TsOrDsToDate, exp.Paren,
)  # fmt: skip
"""Of an expression of these nodes the day is its own: no period is made in it."""
_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_LEAVES_OUT = ("where", "having", "qualify", "joins", "limit")


class PeriodDays(Struct, frozen=True):
    """The time column of a query, and what to ask about its days."""

    name: str
    """As the query calls it, in lower case."""
    makes_periods: bool
    """Whether its values are days no more: months, or what cannot be told."""
    leaves_out: bool
    """Whether the query may leave out rows, and with them days that its tables have."""
    queries: Mapping[str, str]
    """Table -> query for the days of one column of it; none where it is not known which."""


class _DayColumn(Struct, frozen=True):
    """A day, as an expression over one table."""

    table: exp.Table
    day: exp.Expr
    bounds: tuple[exp.Expr, ...]
    """Conditions on that day from below: a table may refuse to be read without one."""
    makes_periods: bool


class _ReadQuery(Struct, frozen=True):
    """A step of WITH, or a subquery, with the steps that it may read."""

    query: exp.Expr | None
    steps: Mapping[str, _ReadQuery]


class _NoTableError(Exception):
    """The day comes from no table that can be named."""


def period_days(
    sql: str, dialect: str, time: str | None = None, dimensions: Iterable[str] = ()
) -> PeriodDays | None:
    """How the days of a query are to be asked for. `time` and `dimensions` are declared columns.
    None where it has no column that may be one of time, or reads no table: what stands in the query
    itself is all there."""
    try:
        tree = parse(sql, dialect)
        if tree.find(exp.Table) is None:
            return None
        output = _time_output(tree, time, [name.lower() for name in dimensions])
        if output is None:
            return None
        leaves_out = any(
            select.args.get(part) for select in tree.find_all(exp.Select) for part in _LEAVES_OUT
        )
        name = output.alias_or_name.lower()
        place = _selects(tree).index(output)
    except (QueryError, RecursionError, AttributeError):
        return None
    try:
        columns = list(_days_at(_ReadQuery(tree, {}), place))
    except (_NoTableError, RecursionError):
        return PeriodDays(name, _peeled(output)[1], leaves_out, {})
    makes_periods = any(column.makes_periods for column in columns)
    return PeriodDays(name, makes_periods, leaves_out, _queries(columns, dialect))


def _time_output(tree: exp.Expr, time: str | None, dimensions: Sequence[str]) -> exp.Expr | None:
    """The declared column of time; else the first, of those that are neither a dimension nor a
    number made of many rows, that is a period; else the first of them."""
    outputs = _selects(tree)
    if time is not None:
        return next((node for node in outputs if node.alias_or_name.lower() == time.lower()), None)
    left_out = {"value", *dimensions}
    candidates = [
        output
        for output in outputs
        if output.alias_or_name.lower() not in left_out and not output.find(exp.AggFunc, exp.Star)
    ]
    periods = (output for output in candidates if output.find(*_TRUNCATIONS))
    return next(periods, next(iter(candidates), None))


def _selects(tree: exp.Expr | None) -> list[exp.Expr]:
    """What a query returns, by the first branch of a UNION."""
    while isinstance(tree, exp.Subquery | exp.Paren | exp.SetOperation):
        tree = tree.this
    return list(tree.expressions) if isinstance(tree, exp.Select) else []


def _queries(columns: Iterable[_DayColumn], dialect: str) -> dict[str, str]:
    queries: dict[str, str] = {}
    for column in columns:
        table = ".".join(part.name for part in column.table.parts)
        queries.setdefault(table, _days_query(column, dialect))
    return queries


def _days_query(column: _DayColumn, dialect: str) -> str:
    """Each day of a column with its first and its last moment. Rows of later days are asked for too:
    a plan goes on after today."""
    day: exp.Expr = exp.cast(column.day.copy(), "DATE")
    moment: exp.Expr = exp.cast(column.day.copy(), "TIMESTAMP")
    if dialect == "sqlite":  # It has no dates, and casts a text to the number it begins with.
        day, moment = exp.func("DATE", column.day.copy()), column.day.copy()
    table = column.table.copy()
    for name in ("joins", "laterals"):
        table.set(name, None)
    query = exp.select(
        exp.alias_(day, "day"),
        exp.alias_(exp.Min(this=moment), "earliest"),
        exp.alias_(exp.Max(this=moment.copy()), "latest"),
    ).from_(table)
    if column.bounds:
        query = query.where(*(bound.copy() for bound in column.bounds))
    return query.group_by(day.copy()).sql(dialect, comments=False)


# -- following ------------------------------------------------------------------------------------


def _days_at(step: _ReadQuery, place: int) -> Iterator[_DayColumn]:
    """The days of an output, by its place, of each branch of a query."""
    query, steps = _opened(step)
    if isinstance(query, exp.Union):
        yield from _days_at(_ReadQuery(query.this, steps), place)
        yield from _days_at(_ReadQuery(query.expression, steps), place)
    elif isinstance(query, exp.SetOperation):
        yield from _days_at(_ReadQuery(query.this, steps), place)
    elif isinstance(query, exp.Select) and place < len(query.expressions):
        yield from _SelectSources(query, steps).days(query.expressions[place])
    else:
        raise _NoTableError


def _days_of(step: _ReadQuery, name: str) -> Iterator[_DayColumn]:
    """The days of an output by its name, also where the query only says `*`."""
    query, steps = _opened(step)
    outputs = _selects(query)
    names = [output.alias_or_name.lower() for output in outputs]
    if name in names:
        yield from _days_at(step, names.index(name))
    elif isinstance(query, exp.Select) and any(output.is_star for output in outputs):
        yield from _SelectSources(query, steps).days(exp.column(name))
    else:
        raise _NoTableError


def _opened(step: _ReadQuery) -> tuple[exp.Expr | None, Mapping[str, _ReadQuery]]:
    """A query without what is around it, and the steps that it may read."""
    query, steps = step.query, dict(step.steps)
    while query is not None:
        clause = query.args.get("with_")
        recursive = clause is not None and bool(clause.args.get("recursive"))
        for cte in clause.expressions if clause is not None else ():
            # What a recursive step makes of itself is in no table.
            steps[cte.alias.lower()] = _ReadQuery(None if recursive else cte.this, dict(steps))
        if not isinstance(query, exp.Subquery | exp.Paren):
            return query, steps
        query = query.this
    return None, steps


def _peeled(node: exp.Expr) -> tuple[exp.Expr, bool]:
    """The day of which an expression is made, NULL where it is made of several columns; and whether a
    period is made of it."""
    makes_periods = False
    while True:
        if isinstance(node, exp.Cast) and node.to.this.name not in _DATES:
            break
        if isinstance(node, _TRUNCATIONS):
            unit = node.args.get("unit")
            makes_periods |= unit is None or unit.name.lower() not in _FINE_UNITS
        elif not isinstance(node, exp.Alias | exp.Paren | exp.Cast) and not (
            isinstance(node, exp.TsOrDsToDate | exp.Date) and len(_arguments(node)) == 1
        ):
            break
        node = node.this
    columns = {column.sql(): column for column in node.find_all(exp.Column)}
    if all(isinstance(inner, _WITHIN_A_DAY) for inner in node.walk()):
        return node, makes_periods
    # What else is done to a day may make a period of it: to_char(day, 'YYYY-MM-01').
    return (next(iter(columns.values())) if len(columns) == 1 else exp.null()), True


def _arguments(node: exp.Expr) -> list[object]:
    return [value for name, value in node.args.items() if value and name not in ("safe", "big_int")]


class _SelectSources:
    """What one SELECT reads, by alias."""

    def __init__(self, select: exp.Select, steps: Mapping[str, _ReadQuery]) -> None:
        self._select = select
        self._steps = steps
        self._joins: Sequence[exp.Join] = select.args.get("joins") or ()
        self._nodes: Mapping[str, exp.Expr] = {
            node.alias_or_name.lower(): node for node in sources_of(select)
        }

    def days(self, output: exp.Expr) -> Iterator[_DayColumn]:
        """Where the days of an output come from: its own source, and what is joined to it by day
        and has a say in what is returned."""
        day, makes_periods = _peeled(output)
        alias = self._only_holder(day)
        makes_rows = self._source(alias) is None
        day_columns = [] if makes_rows else list(self._follow(alias, day, makes_periods))
        for partner in self._equal_days(day, alias, makes_rows):
            partner_day, _ = _peeled(partner)
            try:
                partner_alias = self._only_holder(partner_day)
                if makes_rows or self._has_a_say(partner_alias, output):
                    day_columns += self._follow(partner_alias, partner_day, makes_periods)
            except _NoTableError:
                continue
        if not day_columns:
            raise _NoTableError
        yield from day_columns

    def _follow(self, alias: str, day: exp.Expr, makes_periods: bool) -> Iterator[_DayColumn]:
        source = self._source(alias)
        columns = {column.sql(): column for column in day.find_all(exp.Column)}
        if isinstance(source, exp.Table):
            bounds = tuple(self._lower_bounds(alias, columns))
            yield _DayColumn(source, day, bounds, makes_periods)
            return
        if source is None or len(columns) != 1:
            raise _NoTableError
        (column,) = columns.values()
        for inner in _days_of(source, column.name.lower()):
            bounds = inner.bounds
            if not inner.makes_periods:
                outer = self._lower_bounds(alias, columns)
                bounds += tuple(_with_day(bound, inner.day) for bound in outer)
            periods = makes_periods or inner.makes_periods
            yield _DayColumn(inner.table, _with_day(day, inner.day), bounds, periods)

    def _source(self, alias: str) -> exp.Table | _ReadQuery | None:
        """A table, or a query; None for what makes rows of nothing."""
        node = self._nodes.get(alias)
        if isinstance(node, exp.Subquery):
            return _ReadQuery(node, self._steps)
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            return None
        if not node.db and (step := self._steps.get(node.name.lower())) is not None:
            return step if step.query is not None else None
        return node

    def _only_holder(self, day: exp.Expr) -> str:
        """The alias of the source that all columns of a day are of."""
        aliases = {self._holder(column) for column in day.find_all(exp.Column)}
        if len(aliases) != 1 or day.find(exp.Query, exp.AggFunc, exp.Window):
            raise _NoTableError
        alias = aliases.pop()
        if alias is None:
            raise _NoTableError
        return alias

    def _holder(self, column: exp.Column) -> str | None:
        """The alias of the source that a column is of; None where that is open."""
        name = column.name.lower()
        if column.table:
            return column.table.lower() if column.table.lower() in self._nodes else None
        if len(self._nodes) == 1:
            return next(iter(self._nodes))
        used = {key.name.lower() for join in self._joins for key in join.args.get("using") or ()}
        if name in used:
            return next(iter(self._nodes))
        making = [alias for alias in self._nodes if name in self._outputs(alias)]
        tables = [alias for alias in self._nodes if isinstance(self._source(alias), exp.Table)]
        candidates = making or tables
        return candidates[0] if len(candidates) == 1 else None

    def _outputs(self, alias: str) -> set[str]:
        """The columns of a source, as far as the text names them."""
        source, node = self._source(alias), self._nodes[alias]
        if isinstance(source, _ReadQuery):
            return {output.alias_or_name.lower() for output in _selects(_opened(source)[0])}
        table_alias = node.args.get("alias")
        columns = table_alias.columns if isinstance(table_alias, exp.TableAlias) else []
        return {alias, *(column.name.lower() for column in columns)} if source is None else set()

    def _conditions(self) -> Iterator[exp.Expr]:
        where = self._select.args.get("where")
        for condition in (*(join.args.get("on") for join in self._joins), where and where.this):
            yield from (conjunct.unnest() for conjunct in conjuncts(condition))

    def _equal_days(self, day: exp.Expr, alias: str, makes_rows: bool) -> Iterator[exp.Expr]:
        """What is joined to a day. Rows that are made of nothing, as those of a calendar, may also be
        compared with the bounds of their period."""
        text = {column.name.lower() for column in day.find_all(exp.Column)}
        for join in self._joins:
            if text & {name.name.lower() for name in join.args.get("using") or ()}:
                yield exp.column(next(iter(text)), table=join.this.alias_or_name)
        for condition in self._conditions():
            if not isinstance(condition, _COMPARISONS if makes_rows else exp.EQ):
                continue
            sides = [
                side
                for name in ("this", "expression", "low", "high")
                if isinstance(side := condition.args.get(name), exp.Expr)
            ]
            is_of_day = [self._is_of(side, alias, text) for side in sides]
            if any(is_of_day) or (makes_rows and any(self._is_of(side, alias) for side in sides)):
                yield from (side for side in sides if not self._is_of(side, alias))

    def _is_of(self, node: exp.Expr, alias: str, names: set[str] | None = None) -> bool:
        """Whether an expression has columns of this source only: of these names, where some are
        given."""
        columns = list(node.find_all(exp.Column))
        return bool(columns) and all(
            self._holder(column) == alias and (names is None or column.name.lower() in names)
            for column in columns
        )

    def _has_a_say(self, alias: str, time: exp.Expr) -> bool:
        """Whether a value of a source, not only its day, is in what the query returns."""
        return any(
            self._holder(column) == alias
            for output in self._select.expressions
            if output is not time
            for column in output.find_all(exp.Column)
        )

    def _lower_bounds(self, alias: str, columns: Iterable[str]) -> Iterator[exp.Expr]:
        """The conditions of WHERE that leave out days before one that is written there."""
        where = self._select.args.get("where")
        names = {name.rpartition(".")[2].strip('"').lower() for name in columns}
        for condition in conjuncts(where.this if where is not None else None):
            node = condition.unnest()
            bound, low = node, None
            if isinstance(node, exp.GTE | exp.GT) and self._is_of(node.this, alias, names):
                low = node.expression
            elif isinstance(node, exp.LTE | exp.LT) and self._is_of(node.expression, alias, names):
                low = node.this
            elif isinstance(node, exp.Between) and self._is_of(node.this, alias, names):
                low = node.args["low"]
                bound = exp.GTE(this=node.this.copy(), expression=low.copy())
            if low is not None and not low.find(exp.Column, exp.Query):
                yield bound


def _with_day(node: exp.Expr, day: exp.Expr) -> exp.Expr:
    """An expression with a day in the place of its column."""
    return node.copy().transform(
        lambda inner: exp.paren(day.copy()) if isinstance(inner, exp.Column) else inner
    )
