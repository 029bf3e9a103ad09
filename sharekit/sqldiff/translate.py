"""A query in another dialect, and what in it is known to mean something else there. Never run
without a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlglot
from msgspec import Struct
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from sharekit.errors import QueryError
from sharekit.sqldiff.parse import parse


class Translation(Struct, frozen=True):
    """A translated query, with the doubts about it."""

    sql: str
    doubts: tuple[str, ...]
    """Constructs that translate without an error and may mean something else."""


def _calls(*names: str) -> Callable[[exp.Expr], bool]:
    return lambda node: isinstance(node, exp.Anonymous) and node.name.lower() in names


def _reads_own_names(select: exp.Select) -> bool:
    """Whether a column of a SELECT reads another one of it by its new name: `late / orders`."""
    new_names = {column.alias for column in select.selects if isinstance(column, exp.Alias)}
    return any(
        read.name in new_names - {column.alias_or_name}
        and not read.table
        and read.find_ancestor(exp.AggFunc, exp.Select) is select
        for column in select.selects
        for read in column.find_all(exp.Column)
    )


_DOUBTS: Mapping[str, Callable[[exp.Expr], bool]] = {
    "day of week: engines count from 0 or 1, from Sunday or Monday": lambda node: (
        isinstance(node, exp.DayOfWeek | exp.DayOfWeekIso)
        or _calls("weekday", "isodow", "dow", "dayofweek")(node)
        or (
            isinstance(node, exp.Extract)
            and node.name.lower() in ("dow", "isodow", "dayofweek", "week")
        )
    ),
    "weeks: engines begin them on Sunday or Monday": lambda node: (
        isinstance(node, exp.Week | exp.WeekOfYear | exp.DateTrunc | exp.TimestampTrunc)
        and "week" in node.sql().lower()
    ),
    "date differences: engines count boundaries or whole units, and swap the arguments": (
        lambda node: isinstance(
            node, exp.DateDiff | exp.TimestampDiff | exp.DatetimeDiff | exp.TsOrDsDiff
        )
    ),
    "quantiles: engines interpolate, take a value that is there, or estimate": lambda node: (
        isinstance(
            node,
            exp.PercentileCont
            | exp.PercentileDisc
            | exp.Quantile
            | exp.ApproxQuantile
            | exp.Median,
        )
    ),
    "division: between integers some engines give integers, and by zero NULL or an error": (
        lambda node: isinstance(node, exp.Div)
    ),
    "averages: of decimals some engines keep few digits": lambda node: isinstance(node, exp.Avg),
    "approximate counts: every engine estimates in its own way": lambda node: isinstance(
        node, exp.ApproxDistinct | exp.Hll
    ),
    "patterns: engines tell upper and lower case apart, or do not": lambda node: isinstance(
        node, exp.Like | exp.RegexpLike | exp.SimilarTo
    ),
    "windows over a range of dates: not every engine has them right": lambda node: (
        isinstance(node, exp.WindowSpec) and str(node.args.get("kind")).upper() == "RANGE"
    ),
    "sorting: engines put NULL first or last": lambda node: (
        isinstance(node, exp.Ordered) and node.args.get("nulls_first") is None
    ),
    "GROUP BY ALL: not every engine knows it": lambda node: (
        isinstance(node, exp.Group) and bool(node.args.get("all"))
    ),
    "names used beside what they name: not every engine lets one column of a SELECT read another": (
        lambda node: isinstance(node, exp.Select) and _reads_own_names(node)
    ),
    "metrics.*: the engine has none of them; name a table with --table": lambda node: (
        isinstance(node, exp.Table) and node.db == "metrics"
    ),
    "random samples: another engine draws others": lambda node: isinstance(node, exp.TableSample),
}


def translate(
    sql: str, *, before: str, after: str, tables: Mapping[str, str] | None = None
) -> Translation:
    """The query of one dialect written in another. `tables`: other names for tables, each as the
    query has it. Raises QueryError."""
    tree = parse(sql, before)
    for table in list(tree.find_all(exp.Table)):
        new_name = (tables or {}).get(_name(table))
        if new_name is not None:
            renamed = exp.to_table(new_name)
            alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
            for name_part in ("this", "db", "catalog"):
                table.set(name_part, renamed.args.get(name_part))
            table.set("alias", alias)
    doubts = tuple(
        doubt for doubt, meets in _DOUBTS.items() if any(meets(node) for node in tree.walk())
    )
    try:
        written = tree.sql(after, pretty=True, comments=False, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        reason = " ".join(str(error).split())
        raise QueryError(
            f"this cannot be written in {after}: {reason}", hint="Write it by hand."
        ) from None
    return Translation(written, doubts)


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)


def tables_read(sql: str, dialect: str) -> tuple[str, ...]:
    """Names of the tables that a query reads, steps of its own left out. Raises QueryError."""
    tree = parse(sql, dialect)
    steps = {step.alias_or_name for step in tree.find_all(exp.CTE)}
    return tuple(sorted({_name(table) for table in tree.find_all(exp.Table)} - steps))


def dialects() -> tuple[str, ...]:
    """Names of all dialects that can be written."""
    return tuple(sorted(name for name in sqlglot.Dialect.classes if name))
