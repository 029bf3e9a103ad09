"""Write a query out: what it reads from other declared queries stands in it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.read_and_write import read, write

DEEPEST = 20
"""Queries that read queries that read queries; a circle ends here."""
LARGEST = 8_000
"""Nodes; a query that grows beyond is not written out."""


def expanded(
    sql: str, definitions: Mapping[str, str], *, schema: str = "metrics", dialect: str = "duckdb"
) -> str:
    """The query with each `schema.name` replaced by the query that `definitions` has for that name,
    and so on.

    Two queries that mean the same written out mean the same, however their steps are spread over
    shared views. Raises QueryError where something cannot be read, goes in a circle, or grows too
    large."""
    tree = read(sql, dialect)
    for _ in range(DEEPEST):
        tables = [
            table for table in tree.find_all(exp.Table) if _is_defined(table, definitions, schema)
        ]
        if not tables:
            return write(tree, dialect)
        for table in tables:
            _write_out(table, read(definitions[table.name.lower()], dialect))
        if sum(1 for _ in tree.walk()) > LARGEST:
            break
    raise QueryError("the query cannot be written out: it reads itself, or too much")


def _is_defined(table: exp.Table, definitions: Mapping[str, str], schema: str) -> bool:
    return (
        table.db.lower() == schema
        and isinstance(table.this, exp.Identifier)
        and table.name.lower() in definitions
    )


def _write_out(table: exp.Table, query: exp.Expr) -> None:
    """The query in the place of the table, under the name by which its columns are called."""
    others = any(
        value for name, value in table.args.items() if name not in ("this", "db", "alias", "joins")
    )
    if not isinstance(query, exp.Query) or others or table.args.get("joins"):
        raise QueryError("a query is read in a way that cannot be written out")
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name))
    inner = (
        query.this
        if isinstance(query, exp.Subquery) and isinstance(query.this, exp.Query)
        else query
    )
    table.replace(exp.Subquery(this=inner, alias=alias.copy()))
