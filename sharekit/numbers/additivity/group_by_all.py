"""What GROUP BY ALL groups by without being asked to."""

from __future__ import annotations

from collections.abc import Set

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.syntax_trees import has_aggregate
from sharekit.sqldiff.parse import parse


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
