"""What a query writes for a column that it returns, so that advice names what is there to be
changed: `n` where it says `n AS value`. Pure."""

from __future__ import annotations

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.parse import parse


def written_as(sql: str, name: str, dialect: str = "duckdb") -> str:
    """The expression of a column, as one operand; its name where the query does not show it."""
    try:
        tree = parse(sql, dialect)
    except QueryError:
        return name
    for output in tree.expressions if isinstance(tree, exp.Select) else ():
        if isinstance(output, exp.Alias) and output.alias.casefold() == name.casefold():
            text = output.this.sql(dialect=dialect, normalize_functions="lower")
            return text if isinstance(output.this, exp.Column | exp.Func) else f"({text})"
    return name
