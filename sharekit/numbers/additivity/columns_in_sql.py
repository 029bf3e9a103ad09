"""What a query does with one of its columns: how it writes it, whether it groups by it, whether it looks
at it. For advice and warnings, so that they name what is there to be changed. Pure."""

from __future__ import annotations

from collections.abc import Set

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.syntax_trees import has_aggregate
from sharekit.sqldiff.parse import parse

_HANDED_ON = (exp.Select, exp.Group, exp.Order, exp.Ordered, exp.Alias)


def written_as(sql: str, name: str, dialect: str) -> str:
    """The expression of a column, `n` of `n AS value`, as one operand; its name where the query does
    not show it."""
    try:
        tree = parse(sql, dialect)
    except QueryError:
        return name
    for output in tree.expressions if isinstance(tree, exp.Select) else ():
        if isinstance(output, exp.Alias) and output.alias.casefold() == name.casefold():
            text = output.this.sql(dialect=dialect, normalize_functions="lower")
            return text if isinstance(output.this, exp.Column | exp.Func) else f"({text})"
    return name


def also_grouped(sql: str, keys: Set[str]) -> str:
    """What to write where GROUP BY ALL also groups by an output that has no aggregate; else empty.

    An output of aliases alone, `a / b` beside `sum(x) AS a`, is grouped by only where the source
    has columns of these names, which go first: it is named where nothing else can be meant."""
    try:
        query = parse(sql)
    except QueryError:
        return ""
    group = query.args.get("group")
    if not isinstance(query, exp.Select) or group is None or not group.args.get("all"):
        return ""
    summed = {out.alias_or_name for out in query.selects if has_aggregate(out, "duckdb")}
    plain = [out for out in query.selects if out.alias_or_name not in summed | keys]
    sure = [out for out in plain if {col.name for col in out.find_all(exp.Column)} - summed]
    output = next(iter(sure or plain), None)
    if output is None:
        return ""
    text = output.unalias().sql("duckdb")
    if isinstance(output.unalias(), exp.Column) and output.alias_or_name != "value":
        return (
            f"GROUP BY ALL groups by `{text}` too: leave it out, or declare it in `dimensions` if it"
            " tells the rows apart."
        )
    for column in list(output.find_all(exp.Column)):
        column.replace(exp.Sum(this=column.copy()))
    return (
        f"GROUP BY ALL groups by `{text}` too, which has no aggregate: write"
        f" `{output.sql('duckdb')}`, or another aggregate."
    )


def looks_at(sql: str, dialect: str, column: str) -> bool:
    """Whether a query does more with a column than hand it on: it converts by it, or chooses. True
    where it cannot be read."""
    try:
        tree = parse(sql, dialect)
    except QueryError:
        return True
    name = column.lower()
    used = (node.parent for node in tree.find_all(exp.Column) if node.name.lower() == name)
    joined = (
        key.name.lower() for join in tree.find_all(exp.Join) for key in join.args.get("using") or ()
    )
    return name in joined or any(not isinstance(parent, _HANDED_ON) for parent in used)
