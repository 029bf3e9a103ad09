"""What an aggregate says: how it adds up over slices, what it reads, and how DuckDB writes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from sqlglot import Token, TokenType, exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokens import Tokenizer

from sharekit.errors import QueryError
from sharekit.sqldiff.parse import parse

Kind = Literal["additive", "ratio", "other"]
TEMPLATES = ("{{", "{%", "${", "{#")
_SYNTAX = frozenset(
    [
        "all",
        "as_of",
        "and",
        "any",
        "as",
        "between",
        "by",
        "case",
        "cast",
        "distinct",
        "else",
        "end",
        "except",
        "exclude",
        "exists",
        "extract",
        "filter",
        "from",
        "grouping",
        "if",
        "in",
        "interval",
        "is",
        "like",
        "ilike",
        "not",
        "null",
        "on",
        "or",
        "order",
        "over",
        "partition",
        "qualify",
        "replace",
        "select",
        "sets",
        "then",
        "try_cast",
        "union",
        "using",
        "values",
        "when",
        "where",
        "with",
        "within",
        "coalesce",
        "nullif",
        "join",
        "array",
        "map",
        "struct",
        "columns",
        "unnest",
        "limit",
        "having",
        "group",
        "cube",
        "rollup",
    ]
)
"""Words that a parenthesis may follow and that are no functions of the catalogue."""


_CLOCKS = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentDatetime)


class CannotCarryError(Exception):
    """Why a definition cannot be carried, as a sentence without a full stop."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class AggregateShape(Struct, frozen=True):
    """How an aggregate adds up: its parts, each of which is a sum where it is additive or a ratio."""

    kind: Kind
    parts: tuple[exp.Expr, ...]
    """The aggregate itself, or numerator and denominator."""


def refuse_templates(sql: str) -> None:
    """Raise CannotCarryError where SQL is not SQL yet."""
    for mark in TEMPLATES:
        if (at := sql.find(mark)) >= 0:
            what = " ".join(sql[at : at + 60].split())
            raise CannotCarryError(f"it holds a template: `{what}`")


def parsed(expression: str, dialect: str) -> exp.Expr:
    """The tree of one expression. Raises CannotCarryError."""
    refuse_templates(expression)
    try:
        tree = parse(f"SELECT {expression}", dialect)
    except QueryError as error:
        raise CannotCarryError(f"its SQL is not read: {error.message}") from None
    others = [
        key for key, value in tree.args.items() if value and key not in ("expressions", "kind")
    ]
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or others:
        raise CannotCarryError("its SQL is not one expression")
    node: exp.Expr = tree.expressions[0].unalias()
    return node


def parsed_query(query: str, dialect: str) -> exp.Expr:
    """The tree of a query. Raises CannotCarryError."""
    refuse_templates(query)
    try:
        tree = parse(query, dialect)
    except QueryError as error:
        raise CannotCarryError(f"its SQL is not read: {error.message}") from None
    if not isinstance(tree, exp.Query):
        raise CannotCarryError("its SQL is not a query")
    return tree


def steady(tree: exp.Expr) -> tuple[exp.Expr, tuple[str, ...]]:
    """The tree with the date that a build is for in place of the clock, and what that changes.
    Raises CannotCarryError where it draws at random."""
    if chance := tree.find(exp.Rand, exp.Uuid):
        raise CannotCarryError(f"`{chance.sql()}` is another value at every run")

    def without_clock(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, _CLOCKS):
            return node
        day = exp.Anonymous(this="as_of")
        return day if isinstance(node, exp.CurrentDate) else exp.cast(day, "TIMESTAMP")

    if tree.find(*_CLOCKS) is None:
        return tree, ()
    return tree.transform(without_clock), ("its clock becomes as_of(), the date of the build",)


def written(tree: exp.Expr, functions: Collection[str], *, pretty: bool = False) -> str:
    """As DuckDB writes it. Raises CannotCarryError where it cannot, or does not know a function."""
    try:
        sql = tree.sql("duckdb", comments=False, pretty=pretty, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise CannotCarryError(f"DuckDB has no such SQL: {' '.join(str(error).split())}") from None
    tokens = Tokenizer(dialect="duckdb").tokenize(sql)
    for at, (token, after) in enumerate(pairwise(tokens)):
        name = token.text.casefold()
        quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER)
        if after.token_type is not TokenType.L_PAREN or quoted or not name.isidentifier():
            continue
        before = tokens[at - 1] if at else None
        type_name = before is not None and before.token_type in (TokenType.ALIAS, TokenType.DCOLON)
        if before is not None and before.token_type is TokenType.DOT:
            raise CannotCarryError(f"DuckDB has no function `{_dotted(tokens, at)}`")
        if name not in functions and name not in _SYNTAX and not type_name:
            raise CannotCarryError(f"DuckDB has no function `{name}`")
    return sql


def _dotted(tokens: Sequence[Token], at: int) -> str:
    """The whole name that ends with a token: mozfun.map.get_key."""
    begin = at
    while begin >= 2 and tokens[begin - 1].token_type is TokenType.DOT:
        begin -= 2
    return "".join(token.text for token in tokens[begin : at + 1])


def reads_files(query: str, dialect: str) -> bool:
    """Whether a query reads files or addresses itself, not tables."""
    try:
        tables = parse(query, dialect).find_all(exp.Table)
    except QueryError:
        return False
    return any(
        not isinstance(table.this, exp.Identifier) or re.search(r"[/:]|\.\w+$", table.name)
        for table in tables
    )


def shape_of(tree: exp.Expr) -> AggregateShape:
    """How an aggregate adds up over slices. Raises CannotCarryError where it is not an aggregate."""
    if tree.find(exp.Window):
        raise CannotCarryError("it holds a window over other periods; write that by hand")
    if tree.find(exp.Query):
        raise CannotCarryError("it holds a query inside an expression")
    if not tree.find(exp.AggFunc) and not _unknown_aggregate(tree):
        raise CannotCarryError("it is not an aggregate: each row would be a value")
    if _is_additive(tree):
        return AggregateShape("additive", (tree,))
    ratio = _as_ratio(tree)
    return AggregateShape("ratio", ratio) if ratio else AggregateShape("other", (tree,))


def _unknown_aggregate(tree: exp.Expr) -> bool:
    return tree.find(exp.Anonymous, exp.WithinGroup) is not None


def _bare(node: exp.Expr) -> exp.Expr:
    """Without parentheses and casts, and without what an empty sum counts as."""
    while isinstance(node, exp.Paren | exp.Cast) or _is_zero_if_empty(node):
        node = node.this
    return node


def _is_zero_if_empty(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.Coalesce)
        and len(node.expressions) == 1
        and node.expressions[0].sql() in ("0", "0.0")
    )


def _is_additive(node: exp.Expr) -> bool:
    node = _bare(node)
    if isinstance(node, exp.Filter):
        return _is_additive(node.this)
    if isinstance(node, exp.Sum | exp.Count | exp.CountIf):
        return node.find(exp.Distinct) is None and len(list(node.find_all(exp.AggFunc))) == 1
    if isinstance(node, exp.Add | exp.Sub):
        sides = (node.this, node.expression)
        return all(_is_additive(side) and _is_never_null(side) for side in sides)
    if isinstance(node, exp.Mul):
        left, right = _bare(node.this), _bare(node.expression)
        return (_is_number(left) and _is_additive(right)) or (
            _is_number(right) and _is_additive(left)
        )
    if isinstance(node, exp.Div):
        return _is_number(_bare(node.expression)) and _is_additive(node.this)
    return isinstance(node, exp.Neg) and _is_additive(node.this)


def _is_never_null(node: exp.Expr) -> bool:
    """Whether what adds up has a value in every slice. A sum without one takes the other side of its
    difference with it, and what the slices add up to would lack that."""
    while isinstance(node, exp.Paren | exp.Cast | exp.Neg | exp.Filter | exp.Div):
        node = node.this
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        return _is_never_null(node.this) and _is_never_null(node.expression)
    return isinstance(node, exp.Count | exp.CountIf | exp.Literal) or _is_zero_if_empty(node)


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


def _as_ratio(node: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    """Numerator and denominator, both of which add up."""
    node = _bare(node)
    condition = None
    if isinstance(node, exp.Filter) and isinstance(node.this, exp.Avg):
        condition, node = node.expression, node.this
    if isinstance(node, exp.Avg) and not isinstance(node.this, exp.Distinct):
        pair = (exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy()))
        return (
            pair
            if condition is None
            else (_filtered(pair[0], condition), _filtered(pair[1], condition))
        )
    if isinstance(node, exp.Div | exp.SafeDivide):
        below = _bare(node.expression)
        if isinstance(below, exp.Nullif):
            below = _bare(below.this)
        return (node.this, below) if _is_additive(node.this) and _is_additive(below) else None
    if isinstance(node, exp.Mul):
        for number, ratio in ((node.this, node.expression), (node.expression, node.this)):
            if _is_number(_bare(number)) and (pair_or_none := _as_ratio(ratio)):
                upper = exp.Mul(this=exp.paren(pair_or_none[0].copy()), expression=number.copy())
                return upper, pair_or_none[1]
    return None


def _filtered(node: exp.Expr, condition: exp.Expr) -> exp.Expr:
    return exp.Filter(this=node, expression=condition.copy())


def filtered(expression: str, condition: str) -> str:
    """An aggregate over those rows alone that meet a condition."""
    return f"{expression} FILTER (WHERE {condition})" if condition else expression
