"""Parse SQL with sqlglot: the one place where sqlglot's exceptions are met."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokens import Tokenizer

from sharekit.errors import QueryError
from sharekit.sqldiff.types import TableRead

logging.getLogger("sqlglot").addHandler(
    logging.NullHandler()
)  # its remarks on syntax are not for the terminal


def parse(sql: str, dialect: str = "duckdb") -> exp.Expr:
    """The tree of exactly one statement. Raises QueryError with sqlglot's position and our
    words."""
    try:
        statements = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except ParseError as error:
        raise _syntax_error(error.errors[0] if error.errors else {}) from None
    except SqlglotError:
        raise _open_error(sql) from None
    except RecursionError:
        raise QueryError(
            "the SQL is nested too deeply", fault="syntax", hint="Split it into views."
        ) from None
    if len(statements) != 1:
        raise QueryError(
            "the file holds no query"
            if not statements
            else f"the file holds {len(statements)} statements",
            fault="syntax",
            hint="Write exactly one SELECT.",
        )
    return statements[0]


def _syntax_error(detail: Mapping[str, Any]) -> QueryError:
    description, token = str(detail.get("description", "")), str(detail.get("highlight", ""))
    word = f"`{token}`" if token.strip() else "the end"
    if description.startswith("Expecting )"):
        message = f"a closing parenthesis is missing before {word}"
    elif description.startswith("Expected END"):
        message = f"a CASE has no END before {word}"
    elif description.startswith(
        ("Required keyword", "Expected table", "Failed to parse any statement")
    ):
        message = f"something is missing after {word}"
    else:
        message = f"the SQL cannot be read at {word}"
    line, end = detail.get("line"), detail.get("col")
    column = max(1, int(end) - len(token) + 1) if end else None
    hint = _one_name(str(detail.get("start_context", "")), token)
    length = max(1, len(token))
    return QueryError(message, fault="syntax", hint=hint, line=line, column=column, length=length)


def _one_name(before: str, token: str) -> str | None:
    """What to write where a name with a space stands without quotes: two words in a row that SQL
    does not know."""
    match = re.search(r"([^\W\d]\w*) +$", before)
    if match is None or not re.fullmatch(r"[^\W\d]\w*", token):
        return None
    if {match[1].upper(), token.upper()} & Tokenizer.KEYWORDS.keys():
        return None
    name = f"{match[1]} {token}"
    return f'If `{name}` is one name, put it in double quotes: "{name}".'


_CLOSED = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|" r'"(?:[^"]|"")*"|' r"(?P<tag>\$\w*\$).*?(?P=tag)",
    re.DOTALL,
)
_OPENING = re.compile(r"'|\"|/\*|\$\w*\$")


def _open_error(sql: str) -> QueryError:
    """What the tokenizer stumbled over: a text or comment without an end."""
    uncommented = _CLOSED.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), sql)
    opening = _OPENING.search(uncommented)
    if opening is None:
        return QueryError("the SQL cannot be read", fault="syntax")
    return QueryError(
        "a comment is not closed"
        if opening.group() == "/*"
        else "a quotation mark is opened and not closed",
        fault="syntax",
        line=uncommented.count("\n", 0, opening.start()) + 1,
        column=opening.start() - uncommented.rfind("\n", 0, opening.start()),
        length=len(opening.group()),
    )


def tables_read(sql: str, dialect: str = "duckdb") -> tuple[TableRead, ...]:
    """Every real table a query reads, CTE names left out, in order of appearance. Raises
    QueryError."""
    return tables_in(parse(sql, dialect))


def tables_in(tree: exp.Expr) -> tuple[TableRead, ...]:
    """The same of a tree. Every table node counts, wherever it stands (a PIVOT, a VALUES row, a
    subquery in a call), unless it names a CTE that is in scope there: who may see what depends on
    none being missed."""
    table_reads: dict[tuple[str, str, str], TableRead] = {}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or (not table.db and is_cte(table)):
            continue
        meta = table.this.meta
        column = max(1, meta.get("col", 1) - len(table.name) + 1)
        read = TableRead(table.name, table.db, meta.get("line", 1), column, table.catalog)
        table_read = table_reads.get((read.catalog, read.schema, read.name))
        if table_read is None or (read.line, read.column) < (table_read.line, table_read.column):
            table_reads[read.catalog, read.schema, read.name] = read
    return tuple(
        sorted(
            table_reads.values(), key=lambda read: (read.line, read.column, read.schema, read.name)
        )
    )


def is_cte(table: exp.Table) -> bool:
    """Whether a plain name means a CTE there: one of an enclosing query, or an earlier one of the
    same WITH."""
    name = table.name.lower()
    below: exp.Expr = table
    node = table.parent
    within: exp.Expr | None = None
    while node is not None:
        if isinstance(node, exp.With):
            within = below
        elif (clause := node.args.get("with_")) is not None:
            for cte in clause.expressions:
                if cte is within and not clause.recursive:
                    break
                if cte.alias.lower() == name:
                    return True
                if cte is within:
                    break
            within = None
        below, node = node, node.parent
    return False
