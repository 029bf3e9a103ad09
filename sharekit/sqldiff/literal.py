"""Read SQL so that nothing is merged on the way, and write it back.

sqlglot's own parsers translate while they read: `x ~ 'p'` and `regexp_matches(x, 'p')` become one node, and so do
many functions that only resemble each other. That serves translation; a comparison must not lose the difference.
Here every function keeps the name it was written with (`exp.Anonymous`), such an operator its symbol (`exp.Operator`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.generator import Generator
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import TokenType

from sharekit.errors import QueryError

GRAMMAR = frozenset(
    {
        "CAST",
        "CONVERT",
        "EXTRACT",
        "JSON_OBJECT",
        "JSON_OBJECTAGG",
        "JSON_TABLE",
        "MATCH",
        "OPENJSON",
        "OVERLAY",
        "POSITION",
        "SAFE_CAST",
        "SUBSTRING",
        "TRIM",
        "TRY_CAST",
        "TRY_CONVERT",
        "XMLELEMENT",
        "XMLTABLE",
    }
)
"""Calls whose arguments have a grammar of their own, such as `EXTRACT(year FROM day)`: sqlglot must read these."""

SYMBOLS = frozenset(
    {
        TokenType.TILDE,
        TokenType.RLIKE,
        TokenType.IRLIKE,
        TokenType.CARET_AT,
        TokenType.SIMILAR_TO,
        TokenType.AT_GT,
        TokenType.LT_AT,
        TokenType.DAMP,
    }
)
ARROWS = {TokenType.ARROW: "->", TokenType.DARROW: "->>"}


def read(sql: str, dialect: str = "duckdb") -> exp.Expr:
    """The tree of exactly one statement, functions and operators as written. Raises QueryError."""
    reader, known = _reader(dialect)
    try:
        trees = [tree for tree in reader(dialect=known).parse(known.tokenize(sql), sql) if tree is not None]
    except (SqlglotError, RecursionError):
        raise QueryError("the SQL cannot be read", fault="syntax") from None
    if len(trees) != 1:
        raise QueryError(f"the file holds {len(trees)} statements", fault="syntax", hint="Write exactly one SELECT.")
    return trees[0]


def write(tree: exp.Expr, dialect: str = "duckdb", *, quote: bool = False) -> str:
    """One line of SQL, all names quoted if wanted. Raises QueryError where a node has no text in that dialect."""
    writer, known = writer_of(dialect)
    try:
        return writer(dialect=known, comments=False, identify=quote).generate(tree)
    except (SqlglotError, RecursionError, ValueError):
        raise QueryError("the SQL cannot be written", fault="syntax") from None


@cache
def _reader(name: str) -> tuple[type[Parser], Dialect]:
    known = Dialect.get_or_raise(name)
    base = known.parser_class
    operators = {kind: _operator for kind in SYMBOLS if kind in base.RANGE_PARSERS}
    overrides: dict[str, Any] = {
        "FUNCTIONS": {},
        "FUNCTION_PARSERS": {key: value for key, value in base.FUNCTION_PARSERS.items() if key in GRAMMAR},
        "RANGE_PARSERS": {**base.RANGE_PARSERS, **operators},
        "JSON_OPERATORS": {key: _arrow(ARROWS[key]) for key in ARROWS if key in base.JSON_OPERATORS},
        "COLUMN_OPERATORS": {
            key: _arrow(ARROWS[key]) if key in ARROWS else value for key, value in base.COLUMN_OPERATORS.items()
        },
    }
    return type(f"Literal{base.__name__}", (base,), overrides), known


@cache
def writer_of(name: str) -> tuple[type[Generator], Dialect]:
    """The class that writes SQL of a dialect without turning one function into another, and the dialect."""
    known = Dialect.get_or_raise(name)
    base = known.generator_class
    transforms = {
        **base.TRANSFORMS,
        exp.Distinct: _write_distinct,
        exp.IgnoreNulls: lambda self, node: f"{self.sql(node, 'this')} IGNORE NULLS",
        exp.Operator: lambda self, node: " ".join(self.sql(node, part) for part in ("this", "operator", "expression")),
        exp.RespectNulls: lambda self, node: f"{self.sql(node, 'this')} RESPECT NULLS",
    }
    return type(f"Literal{base.__name__}", (base,), {"TRANSFORMS": transforms}), known


def _write_distinct(writer: Any, node: exp.Distinct) -> str:
    """Several columns stay a list: sqlglot would write `count(DISTINCT a, b)` as a CASE of a tuple."""
    on = node.args.get("on")
    columns = ", ".join(writer.sql(column) for column in node.expressions)
    return "DISTINCT" + (f" ON {writer.sql(on)}" if on else "") + (f" {columns}" if columns else "")


def _operator(parser: Any, this: exp.Expr | None) -> exp.Expr | None:
    symbol = parser._prev.text.upper()
    node = exp.Operator(this=this, expression=parser._parse_bitwise(), operator=symbol)
    result: exp.Expr | None = parser._parse_escape(node)
    return result


def _arrow(symbol: str) -> Callable[[Any, exp.Expr, exp.Expr], exp.Expr]:
    return lambda _, this, path: exp.Operator(this=this, expression=path, operator=symbol)
