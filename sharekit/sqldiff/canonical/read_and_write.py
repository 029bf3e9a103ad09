"""Read SQL so that nothing is merged on the way, and write it back.

sqlglot's own parsers translate while they read: `x ~ 'p'` and `regexp_matches(x, 'p')` become one
node, and so do many functions that only resemble each other. That serves translation; a comparison
must not lose the difference. Here every function keeps the name it was written with
(`exp.Anonymous`), such an operator its symbol (`exp.Operator`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import sqlglot.parser
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.generator import Generator
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from sharekit.errors import OutsideError, QueryError

if not str(sqlglot.parser.__file__).endswith(".py"):
    # Its classes cannot be extended, and each comparison would say no more than "changed".
    raise OutsideError(
        "sqlglot is installed with its compiled part, sqlglotc, with which SQL cannot be compared",
        hint="Run pip uninstall sqlglotc, or install sharekit in an environment of its own.",
    )

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
"""Calls whose arguments have a grammar of their own, such as `EXTRACT(year FROM day)`: sqlglot must
read these."""

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
NO_LAMBDAS = frozenset(
    {"postgres", "redshift", "mysql", "sqlite", "bigquery", "materialize", "risingwave"}
)
"""Dialects in which `x -> 'y'` is always a look into JSON, never a lambda."""
LAMBDA_TAKERS = frozenset(
    {
        "apply",
        "array_apply",
        "array_filter",
        "array_reduce",
        "array_transform",
        "columns",
        "*columns",
        "filter",
        "list_apply",
        "list_filter",
        "list_reduce",
        "list_transform",
        "reduce",
    }
)
"""DuckDB's functions that take a lambda. In the arguments of any other, `x -> 'y'` looks into
JSON."""
SPAN = re.compile(r"\s*-?\d+(\.\d+)?\s*[A-Za-z]+\s*")
"""All that sqlglot keeps of the text of an interval with one unit: it drops the `ago` of '1 month
ago'."""


def read(sql: str, dialect: str = "duckdb") -> exp.Expr:
    """The tree of exactly one statement, functions and operators as written. Raises QueryError."""
    reader, sql_dialect = _reader(dialect)
    try:
        tokens = list(_typed_texts(sql_dialect.tokenize(sql), reader.TYPE_TOKENS))
        _refuse_unread_words(tokens)
        trees = [
            tree for tree in reader(dialect=sql_dialect).parse(tokens, sql) if tree is not None
        ]
        _tell_arrows(trees, dialect)
    except (SqlglotError, RecursionError):
        raise QueryError("the SQL cannot be read", fault="syntax") from None
    if len(trees) != 1:
        raise QueryError(
            f"the file holds {len(trees)} statements",
            fault="syntax",
            hint="Write exactly one SELECT.",
        )
    return trees[0]


def write(tree: exp.Expr, dialect: str = "duckdb", *, quote: bool = False) -> str:
    """One line of SQL, all names quoted if wanted. Raises QueryError where a node has no text in
    that dialect."""
    writer, sql_dialect = writer_of(dialect)
    try:
        return writer(dialect=sql_dialect, comments=False, identify=quote).generate(tree)
    except (SqlglotError, RecursionError, ValueError):
        raise QueryError("the SQL cannot be written", fault="syntax") from None


def _dialect(name: str) -> Dialect:
    """A dialect in which `a[1]` stays `a[1]`: sqlglot counts from 0, but only where it sees that
    `a` is a list."""
    dialect = Dialect.get_or_raise(name)
    vars(dialect)["INDEX_OFFSET"] = 0
    return dialect


@cache
def _reader(name: str) -> tuple[type[Parser], Dialect]:
    dialect = _dialect(name)
    base: Any = dialect.parser_class
    operators = {kind: _operator for kind in SYMBOLS if kind in base.RANGE_PARSERS}
    overrides: dict[str, Any] = {
        "FUNCTIONS": {},
        "FUNCTION_PARSERS": {
            key: value for key, value in base.FUNCTION_PARSERS.items() if key in GRAMMAR
        },
        "RANGE_PARSERS": {**base.RANGE_PARSERS, **operators},
        "JSON_OPERATORS": {
            key: _arrow(ARROWS[key]) for key in ARROWS if key in base.JSON_OPERATORS
        },
        "COLUMN_OPERATORS": {
            key: _arrow(ARROWS[key]) if key in ARROWS else value
            for key, value in base.COLUMN_OPERATORS.items()
        },
        "LAMBDAS": {
            key: _marked(value) if key in ARROWS else value for key, value in base.LAMBDAS.items()
        },
        "UNARY_PARSERS": {**base.UNARY_PARSERS, TokenType.PLUS: _plus},
        "_parse_interval_span": _interval(base._parse_interval_span),
        "_parse_star_ops": _star(base._parse_star_ops),
    }
    return type(f"Literal{base.__name__}", (base,), overrides), dialect


@cache
def writer_of(name: str) -> tuple[type[Generator], Dialect]:
    """The class that writes SQL of a dialect without turning one function into another, and the
    dialect."""
    dialect = _dialect(name)
    base = dialect.generator_class
    transforms = {
        **base.TRANSFORMS,
        exp.Distinct: _write_distinct,
        exp.IgnoreNulls: lambda self, node: f"{self.sql(node, 'this')} IGNORE NULLS",
        exp.Operator: lambda self, node: " ".join(
            self.sql(node, part) for part in ("this", "operator", "expression")
        ),
        exp.RespectNulls: lambda self, node: f"{self.sql(node, 'this')} RESPECT NULLS",
    }
    return type(f"Literal{base.__name__}", (base,), {"TRANSFORMS": transforms}), dialect


def _write_distinct(writer: Any, node: exp.Distinct) -> str:
    """Several columns stay a list: sqlglot would write `count(DISTINCT a, b)` as a CASE of a
    tuple."""
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


def _plus(parser: Any) -> exp.Expr:
    """`+x` says its argument's type: a literal or a big number comes out as another one."""
    return exp.Anonymous(this="+", expressions=[parser._parse_unary()])


def _marked(lambda_of: Callable[..., exp.Expr]) -> Callable[..., exp.Expr]:
    """Notes that a lambda was written with an arrow: it may be none."""

    def parsed(parser: Any, parameters: Any) -> exp.Expr:
        node = lambda_of(parser, parameters)
        node.set("arrow", True)
        return node

    return parsed


def _interval(span_of: Callable[..., exp.Expr]) -> Callable[..., exp.Expr]:
    """Keeps the whole text of an interval of which sqlglot would drop a part."""

    def parsed(parser: Any, this: exp.Expr, *args: Any, **options: Any) -> exp.Expr:
        if isinstance(this, exp.Literal) and this.is_string:
            units = exp.INTERVAL_STRING_RE.findall(this.name)
            if len(units) == 1 and not SPAN.fullmatch(this.name):
                return exp.Interval(this=this)
        return span_of(parser, this, *args, **options)

    return parsed


def _star(star_of: Callable[..., exp.Expr | None]) -> Callable[..., exp.Expr | None]:
    """Keeps the star of `*COLUMNS(...)`."""

    def parsed(parser: Any) -> exp.Expr | None:
        node = star_of(parser)
        if isinstance(node, exp.Anonymous):
            node.set("this", f"*{node.name}")
        return node

    return parsed


def _typed_texts(tokens: Sequence[Token], types: Any) -> Iterator[Token]:
    """`DATE '2013-10-01'::VARCHAR` with the parentheses that the engine means: sqlglot would cast
    the text first."""
    for place, token in enumerate(tokens):
        follows = [following.token_type for following in tokens[place + 1 : place + 3]]
        opens = token.token_type in types and follows == [TokenType.STRING, TokenType.DCOLON]
        closes = (
            follows[:1] == [TokenType.DCOLON] and token.token_type is TokenType.STRING and place > 0
        )
        if opens:
            yield _token(TokenType.L_PAREN, "(", token)
        yield token
        if closes and tokens[place - 1].token_type in types:
            yield _token(TokenType.R_PAREN, ")", token)


def _refuse_unread_words(tokens: Sequence[Token]) -> None:
    """Raise QueryError at words that sqlglot reads over: GROUP BY DISTINCT."""
    kinds = [token.token_type for token in tokens]
    if any(pair == (TokenType.GROUP_BY, TokenType.DISTINCT) for pair in pairwise(kinds)):
        raise QueryError("the SQL cannot be read", fault="syntax")


def _token(kind: TokenType, text: str, neighbour: Token) -> Token:
    return Token(kind, text, neighbour.line, neighbour.col, neighbour.start, neighbour.end)


def _tell_arrows(trees: Sequence[exp.Expr], dialect: str) -> None:
    """`f(j -> 'k')` looks into JSON unless `f` takes lambdas; sqlglot reads a lambda. Raises
    QueryError if unsure."""
    for node in [
        function
        for tree in trees
        for function in tree.find_all(exp.Lambda)
        if function.args.pop("arrow", None)
    ]:
        taker = node.parent.name.lower() if isinstance(node.parent, exp.Anonymous) else ""
        if dialect not in NO_LAMBDAS and (dialect != "duckdb" or taker in LAMBDA_TAKERS):
            continue
        name, body = node.expressions[0], node.this
        inside = any(
            not isinstance(identifier.parent, exp.Column)
            for identifier in body.find_all(exp.Identifier)
        )
        if (
            len(node.expressions) != 1
            or not isinstance(name, exp.Identifier)
            or name.quoted
            or inside
        ):
            raise QueryError("the SQL cannot be read", fault="syntax")
        node.replace(exp.Operator(this=exp.Column(this=name), expression=body, operator="->"))
