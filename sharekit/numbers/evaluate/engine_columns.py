"""What the query of another engine does with a column that it returns. Pure."""

from __future__ import annotations

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.parse import parse

_HANDED_ON = (exp.Select, exp.Group, exp.Order, exp.Ordered, exp.Alias)


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
