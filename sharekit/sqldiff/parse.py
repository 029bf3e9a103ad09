"""Parse SQL with sqlglot: the one place where sqlglot's exceptions are met."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from sharekit.errors import QueryError


@dataclass(frozen=True)
class TableRead:
    """A table named in FROM or JOIN. Lines and columns count from 1 inside the query's text."""

    name: str
    schema: str
    """"" for a plain name; "metrics" for `metrics.on_time`."""
    line: int
    column: int


def parse(sql: str, dialect: str = "duckdb") -> exp.Expr:
    """The tree of exactly one statement. Raises QueryError with sqlglot's position and our words."""
    try:
        statements = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except SqlglotError as error:
        detail = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        raise QueryError(
            "the SQL cannot be read" + (f": {detail['description']}" if detail.get("description") else ""),
            fault="syntax",
            line=detail.get("line"),
            column=detail.get("col"),
        ) from None
    except RecursionError:
        raise QueryError("the SQL is nested too deeply", fault="syntax") from None
    if len(statements) != 1:
        raise QueryError(
            "the file holds no query" if not statements else f"the file holds {len(statements)} statements",
            fault="syntax",
            hint="Write exactly one SELECT.",
        )
    return statements[0]


def tables_read(sql: str, dialect: str = "duckdb") -> tuple[TableRead, ...]:
    """Every real table a query reads, CTE names left out, in order of appearance. Raises QueryError."""
    tree = parse(sql, dialect)
    found: list[TableRead] = []
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
                meta = source.this.meta
                line, end = meta.get("line", 1), meta.get("col", 1)
                column = max(1, end - len(source.name) + 1)
                found.append(TableRead(source.name, source.db, line, column))
    unique = {(read.schema, read.name): read for read in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda read: (read.line, read.column, read.schema, read.name)))
