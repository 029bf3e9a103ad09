"""Show parts of a query as its author would write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from msgspec import Struct
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.generator import Generator
from sqlglot.tokenizer_core import TokenType

from sharekit.sqldiff.canonical.canonical_names import query_of, rename
from sharekit.sqldiff.canonical.read_and_write import writer_of
from sharekit.sqldiff.canonical.rules import simplified
from sharekit.sqldiff.canonical.scopes import default_alias, is_nameless_alias
from sharekit.sqldiff.canonical.syntax_trees import COMPARISONS, TreeKeys, sources_of

NAMELESS = "a subquery"
"""What a reader calls a subquery that has no name."""
LONGEST = 140
"""Characters of code in a sentence; the rest is in the SQL side by side."""
FIRST_WORDS = frozenset({TokenType.SELECT, TokenType.FROM, TokenType.WITH})
WORDS = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER})


class WritingStyle(Struct, frozen=True):
    """How an author writes."""

    lower: bool
    """Keywords in lower case."""
    colons: bool
    """`x::DATE` rather than `CAST(x AS DATE)`."""


class QuerySide:
    """One SELECT of a query: what its sources are called, and how its parts read."""

    def __init__(self, select: exp.Select, dialect: str, style: WritingStyle) -> None:
        self.select = select
        self.dialect = dialect
        self.style = style
        self.reads = _reads(select, dialect)

    def show(self, node: exp.Expr, qualified: bool = False) -> str:
        """A part between backticks, short enough for a sentence."""
        return code(self.text(node, qualified))

    def text(self, node: exp.Expr, qualified: bool = False) -> str:
        """A part as text on one line; with the table before each column if wanted, else as its
        author wrote it."""
        copy = exp.Tuple(expressions=[node.copy()])
        for inner_node in [] if qualified else list(copy.find_all(exp.Expr)):
            if name := inner_node.meta_get("called"):
                inner_node.replace(exp.column(str(name)))
        for column in list(copy.find_all(exp.Column)):
            alone = (
                len(self.reads) == 1
                and column.table in self.reads
                and column.find_ancestor(exp.Select) is None
            )
            if not qualified and (column.meta_get("bare") or alone):
                column.set("table", None)
        for table in copy.find_all(exp.Table):
            if table.db == "main":
                table.set("db", None)
            if table.alias == table.name:
                table.set("alias", None)
        for alias in list(copy.find_all(exp.Alias)):
            if isinstance(alias.this, exp.Column) and alias.this.name == alias.alias:
                alias.replace(alias.this)
        _turn_comparisons(copy)
        _add_parentheses(copy)
        return self.spell(
            _generator(self.dialect, self.style.colons)(
                comments=False, normalize_functions=False
            ).generate(copy.expressions[0])
        )

    def short(self, node: exp.Expr) -> str:
        """A part without the tables of its columns, where all come from one."""
        copy = node.copy()
        columns = list(copy.find_all(exp.Column))
        if len({column.table for column in columns}) == 1:
            for column in columns:
                column.meta["bare"] = True
        return self.show(copy)

    def spell(self, sql: str) -> str:
        """Keywords in the author's case, and not too long."""
        if self.style.lower:
            sql = _lower_keywords(sql, self.dialect)
        return sql if len(sql) <= LONGEST else f"{sql[: LONGEST - 3].rstrip()}..."

    def key(self, node: exp.Expr) -> str:
        """Equal for expressions that are equal up to spelling and the aliases of tables."""
        copy = exp.Tuple(expressions=[node.copy()])
        for query in [
            select
            for select in copy.find_all(exp.Select)
            if select.find_ancestor(exp.Select) is None
        ]:
            rename(query, self.dialect)
        for column in copy.find_all(exp.Column):
            if column.table in self.reads:
                column.set("table", exp.to_identifier(self.reads[column.table]))
        return TreeKeys()(simplified(copy, self.dialect))

    def inner(self, select: exp.Select) -> QuerySide:
        """The same for a query nested in this one."""
        return QuerySide(select, self.dialect, self.style)

    def part(self, name: str) -> str:
        """A clause as text; "" where there is none."""
        value = self.select.args.get(name)
        nodes = value if isinstance(value, list) else [value]
        return ", ".join(
            self.text(node) if isinstance(node, exp.Expr) else str(node) for node in nodes if node
        )

    def spelled(self, name: str) -> str:
        """A clause by its key: equal where the clauses are equal up to spelling."""
        value = self.select.args.get(name)
        nodes = value if isinstance(value, list) else [value]
        terms = [node for node in nodes if node]
        return " ".join(
            self.key(simplified(node.copy(), self.dialect))
            if isinstance(node, exp.Expr)
            else str(node)
            for node in terms
        )

    def noun(self, column: exp.Expr) -> str:
        """What rows of a column's table are called: "orders"; "rows" where the name is no plain
        word."""
        table = self.reads.get(column.table, "") if isinstance(column, exp.Column) else ""
        name = table.rpartition(".")[2].partition("#")[0].replace("_", " ").strip()
        return name if name.replace(" ", "").isalpha() and name.endswith("s") else "rows"


def code(text: str) -> str:
    """Text as code in a sentence. A backtick in it would end the code, so it becomes a quotation
    mark. A subquery without a name is called one."""
    if text == NAMELESS:
        return text
    return f"`{text.replace('`', chr(39))}`"


def style_of(sql: str, dialect: str) -> WritingStyle:
    """How the author of a query writes."""
    tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    first = next((token for token in tokens if token.token_type in FIRST_WORDS), None)
    colons = any(token.token_type is TokenType.DCOLON for token in tokens)
    return WritingStyle(lower=first is not None and first.text.islower(), colons=colons)


def source_name(node: exp.Expr, dialect: str) -> str:
    """What a source reads, as a reader knows it: a table, a named query, or its alias."""
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        return ".".join(part for part in (node.db if node.db != "main" else "", node.name) if part)
    if node.alias:
        return NAMELESS if is_nameless_alias(node.alias) else str(node.alias)
    return NAMELESS if query_of(node) is not None else default_alias(node, dialect) or "a function"


def _reads(select: exp.Select, dialect: str) -> Mapping[str, str]:
    """Alias -> what it reads; a table read twice is numbered, so that its aliases stay apart."""
    labels: dict[str, str] = {}
    for node in sources_of(select):
        name = source_name(node, dialect)
        namesakes = sum(label == name or label.startswith(f"{name}#") for label in labels.values())
        labels[default_alias(node, dialect)] = f"{name}#{namesakes + 1}" if namesakes else name
    return labels


@cache
def _generator(dialect: str, colons: bool) -> Callable[..., Generator]:
    writer, sql_dialect = writer_of(dialect)
    transforms: dict[type[exp.Expr], Callable[[Any, Any], str]] = {
        **writer.TRANSFORMS,
        exp.Cast: partial(_write_cast, colons=colons),
        exp.Exists: lambda self, node: f"EXISTS ({self.sql(node, 'this')})",
        exp.Filter: lambda self, node: (
            f"{self.sql(node, 'this')} FILTER (WHERE {self.sql(node.expression, 'this')})"
        ),
        exp.Interval: _write_interval,
        exp.Not: _write_not,
    }
    types = {**writer.TYPE_MAPPING, **({exp.DType.TEXT: "VARCHAR"} if dialect == "duckdb" else {})}
    kind = type(
        f"Shown{writer.__name__}", (writer,), {"TRANSFORMS": transforms, "TYPE_MAPPING": types}
    )
    return lambda **options: kind(dialect=sql_dialect, **options)


def _write_cast(writer: Any, node: exp.Cast, colons: bool) -> str:
    """A day as people write it; any other cast as its author does."""
    kind = writer.sql(node, "to")
    if isinstance(node.this, exp.Literal) and node.this.is_string and kind in ("DATE", "TIMESTAMP"):
        return f"{kind} {writer.sql(node, 'this')}"
    if not colons or isinstance(node, exp.TryCast):
        return str(writer.cast_sql(node))
    inner = writer.sql(node, "this")
    plain = isinstance(node.this, exp.Column | exp.Literal | exp.Anonymous | exp.Cast | exp.Paren)
    return f"{inner}::{kind}" if plain else f"({inner})::{kind}"


def _write_interval(writer: Any, node: exp.Interval) -> str:
    """A span of time as people write it: INTERVAL '28 days'."""
    unit = node.args.get("unit")
    if not isinstance(node.this, exp.Literal) or not isinstance(unit, exp.Var):
        return str(writer.interval_sql(node))
    many = "" if node.this.name == "1" else "s"
    return f"INTERVAL '{node.this.name} {unit.name.lower()}{many}'"


def _write_not(writer: Any, node: exp.Not) -> str:
    """`x NOT IN (...)`, `x IS NOT NULL`: NOT where people put it."""
    inner = node.this
    text = str(writer.sql(inner))
    if isinstance(inner, exp.In | exp.Like | exp.ILike | exp.Between):
        head = str(writer.sql(inner, "this"))
        return f"{head} NOT{text[len(head) :]}"
    if isinstance(inner, exp.Is):
        return f"{writer.sql(inner, 'this')} IS NOT {writer.sql(inner, 'expression')}"
    return f"NOT {text}"


def _turn_comparisons(tree: exp.Expr) -> None:
    """`15 < x` as `x > 15`."""
    turned = {
        exp.LT: exp.GT,
        exp.LTE: exp.GTE,
        exp.GT: exp.LT,
        exp.GTE: exp.LTE,
        exp.EQ: exp.EQ,
        exp.NEQ: exp.NEQ,
    }
    for node in list(tree.find_all(*turned)):
        if isinstance(node.this, exp.Literal) and not isinstance(node.expression, exp.Literal):
            node.replace(turned[type(node)](this=node.expression, expression=node.this))


STRENGTH: Mapping[type[exp.Expr], int] = {
    exp.Or: 1,
    exp.And: 2,
    exp.Not: 3,
    **dict.fromkeys((*COMPARISONS, exp.In, exp.Is, exp.Like, exp.ILike, exp.Between), 4),
    **dict.fromkeys((exp.Add, exp.Sub), 6),
    **dict.fromkeys((exp.Mul, exp.Div, exp.IntDiv, exp.Mod), 7),
    exp.Neg: 8,
}
"""How strongly operators bind; any other binds as between comparison and sum."""


def _add_parentheses(tree: exp.Expr) -> None:
    """Where an operand binds less strongly than its operator, or as strongly on the right of - and
    /."""
    for node in list(tree.walk()):
        parent = node.parent
        if parent is None or not (_is_operator(node) and _is_operator(parent)):
            continue
        inner, outer = STRENGTH.get(type(node), 5), STRENGTH.get(type(parent), 5)
        right = node.arg_key == "expression" and not isinstance(parent, exp.And | exp.Or)
        chained = isinstance(node, exp.Connector) and type(node) is type(parent)
        if not chained and (inner < outer or (inner == outer and (right or inner in (4, 5)))):
            wrapper = exp.Paren()
            node.replace(wrapper)
            wrapper.set("this", node)


def _is_operator(node: exp.Expr) -> bool:
    kinds = (exp.Binary, exp.Unary, exp.Between, exp.In)
    return isinstance(node, kinds) and not isinstance(node, exp.Paren | exp.Dot)


def _lower_keywords(sql: str, dialect: str) -> str:
    pieces: list[str] = []
    end = 0
    for token in Dialect.get_or_raise(dialect).tokenize(sql):
        pieces.append(sql[end : token.start])
        text = sql[token.start : token.end + 1]
        pieces.append(text if token.token_type in WORDS else text.lower())
        end = token.end + 1
    return "".join([*pieces, sql[end:]])
