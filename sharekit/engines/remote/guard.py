"""What a query may do in an engine, judged on its parse in that engine's dialect: read tables of
`allow`, and compute.

A positive list: every kind of node, every clause, every function and every table must be known.
Anything else, and any exception of the parser, is a refusal with its place. The role that the
keeper made is the wall; this is the fence in front of it, which turns running into the wall into a
sentence that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from typing import NoReturn

from msgspec import Struct
from sqlglot import Token, TokenType, exp

from sharekit.engines.remote.guard_lists import (
    ARGUMENTS,
    DENIED,
    EFFECTS,
    LAMBDA_TRANSFORM,
    NODES,
    ROW_MAKER_NAMES,
    ROW_MAKERS,
    WORDS,
    pure_functions,
)
from sharekit.engines.remote.guard_sizes import too_much
from sharekit.engines.remote.query_text import SentQuery, one_statement, prepared, tokens_of
from sharekit.errors import QueryError, QueryFault
from sharekit.sqldiff.parse import is_cte, parse

LONGEST = 64 * 1024
"""Bytes of UTF-8 that a query may have."""
ITEMS_SCHEMA = "metrics"

_SYSTEM = (
    "pg_*", "information_schema*", "sqlite_*", "mysql", "sys", "performance_schema", "system", "snowflake",
    "account_usage", "svv_*", "stv_*", "stl_*", "svl_*", "dbo.sys*", "syscat", "master", "msdb", "tempdb",
    "__*", "*$*",
)  # fmt: skip
"""Names of catalogs of the engine itself, and of tables about tables (__TABLES__ of BigQuery,
"orders$files" of Trino): `*` in `allow` never means them."""
_WRITES = frozenset(("INTO", "OUTFILE", "DUMPFILE", "SETTINGS", "PROCEDURE"))
_QUOTED = (TokenType.STRING, TokenType.IDENTIFIER)
_OPAQUE = frozenset(
    (
        TokenType.HEREDOC_STRING,
        TokenType.UNICODE_STRING,
        TokenType.PARAMETER,
        TokenType.HINT,
    )
)
_VARIABLE = re.compile(r"\$|@(?!>$|@$)|@@\w")
_UNICODE = re.compile(r"""\bu&\s*["']""", re.IGNORECASE)
_ESCAPED = re.compile(r"""\\["'`]""")
_SEQUENCES = ("nextval", "currval")
_FOLDS_UPPER = ("snowflake",)
_FOLDS_LOWER = ("postgres", "redshift")
_WAY = "A query only reads and computes."
_VALUES = "Write the value itself; parameters, variables, hints and $$ quotes are not for metrics."
_CLAUSES = {
    "locks": "FOR UPDATE",
    "rows_from": "ROWS FROM",
    "sample": "TABLESAMPLE",
    "version": "time travel",
}


class TableName(Struct, frozen=True):
    """A table that a query reads, with where it stands in the owner's text."""

    parts: tuple[str, ...]
    line: int
    column: int

    @property
    def text(self) -> str:
        return ".".join(self.parts)


class GuardedQuery(Struct, frozen=True):
    """A query that the guard let through."""

    sent: SentQuery
    tables: tuple[TableName, ...]
    ordered: bool
    """Whether its own top level says in which order its rows come."""


class EngineRules(Struct, frozen=True):
    """What one engine's queries may read and call."""

    engine: str
    dialect: str
    allow: tuple[str, ...]
    functions: tuple[str, ...] = ()

    def guarded(self, sql: str, as_of: date) -> GuardedQuery:
        """The query as it may be sent. Raises QueryError with its place and what to do."""
        if len(sql.encode(errors="replace")) > LONGEST:
            hint = "Load long lists into a table and join it."
            raise QueryError(
                f"the query is longer than {LONGEST // 1024} KiB", fault="refused", hint=hint
            )
        sent = prepared(sql, self.dialect, as_of)
        try:
            return self._check(sent)
        except _QueryRefusedError as refused:
            line, column = sent.place(refused.place(sent.text))
            length = refused.length
            raise QueryError(
                refused.message,
                fault=refused.fault,
                line=line,
                column=column,
                length=length,
                hint=refused.hint,
            ) from None
        except QueryError:
            raise
        except Exception:
            # sqlglot stumbles over some texts with errors of its own; what cannot be read cannot be
            # let through.
            hint = "Write it more simply: a query that sharekit cannot parse is not run."
            raise QueryError("this query cannot be checked", fault="refused", hint=hint) from None

    def _check(self, sent: SentQuery) -> GuardedQuery:
        tokens = tokens_of(sent.text, self.dialect)
        self._look_at_words(sent.text, tokens)
        tree = _parsed(sent, self.dialect)
        if not isinstance(tree, exp.Query):
            _refuse("this is no SELECT", tree, hint=f"Write exactly one SELECT. {_WAY}")
        tables = [name for node in tree.walk() for name in self._look_at(node, sent)]
        return GuardedQuery(sent, tuple(dict.fromkeys(tables)), _orders(tree))

    # -- words
    # ---------------------------------------------------------------------------------------------

    def _look_at_words(self, text: str, tokens: list[Token]) -> None:
        """What a server might read otherwise than the parser: quotes behind backslashes, dollar
        quotes, parameters."""
        if not tokens:
            raise QueryError(
                "the file holds no query", fault="syntax", hint="Write exactly one SELECT."
            )
        if not one_statement(tokens):
            raise QueryError(
                "the file holds several statements",
                fault="syntax",
                hint="Write exactly one SELECT.",
            )
        if match := _UNICODE.search(text):
            _refuse_at(
                'names written as U&"..." are not accepted',
                match.start(),
                hint="Write the name itself.",
            )
        if match := _ESCAPED.search(text):
            hint = "Put the text into the other kind of quotes, or double the quote."
            _refuse_at(
                "a quote behind a backslash is read differently by different servers",
                match.start(),
                hint,
            )
        for before, token in zip([None, *tokens], tokens, strict=False):
            if token.token_type in _OPAQUE or (
                _VARIABLE.match(token.text) and token.token_type not in _QUOTED
            ):
                _refuse_at(f"`{token.text[:40]}` cannot be used in a query", token.start, _VALUES)
            is_name = before is not None and before.token_type in (TokenType.DOT, TokenType.ALIAS)
            if token.text.upper() in _WRITES and token.token_type not in _QUOTED and not is_name:
                _refuse_at(
                    f"{token.text.upper()} cannot be used in a query",
                    token.start,
                    f"{_WAY} Quote it if a column.",
                )

    # -- nodes
    # ---------------------------------------------------------------------------------------------

    def _look_at(self, node: exp.Expr, sent: SentQuery) -> Iterator[TableName]:
        kind = type(node)
        allowed = next((ARGUMENTS[base] for base in kind.__mro__ if base in ARGUMENTS), None)
        if allowed is not None:
            refused_clauses = [
                name
                for name, value in node.args.items()
                if value not in (None, False, []) and name not in allowed
            ]
            if refused_clauses:
                _refuse(
                    f"{_CLAUSES.get(refused_clauses[0], refused_clauses[0].rstrip('_').upper())} is not allowed",
                    node,
                    hint=_WAY,
                )
        if (much := too_much(node)) is not None:
            _refuse(f"it makes {much}", node, hint="Ask for fewer, or read them from a table.")
        if isinstance(node, exp.Placeholder):
            _refuse("a parameter cannot be used in a query", node, hint=_VALUES)
        if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
            self._look_at_name(node, node.name)
        elif isinstance(node, exp.Func):
            self._look_at_function(node)
        elif kind not in NODES:
            _refuse(f"{kind.__name__} is not allowed", node, hint=_WAY)
        if isinstance(node, exp.DataType) and node.this == exp.DType.USERDEFINED:
            _refuse(
                f"the type `{node.sql(self.dialect)}` is not known",
                node,
                hint="Cast to one of SQL's own types.",
            )
        if (
            isinstance(node, exp.Dot)
            and isinstance(node.expression, exp.Func)
            and not self._is_named(node)
        ):
            self._refuse_function(_qualified_name(node) or node.expression.name, node)
        if isinstance(node, exp.Column):
            self._look_at_column(node)
        if isinstance(node, exp.In | exp.Exists):
            self._look_at_rows(node)
        if isinstance(node, exp.CTE) and not isinstance(node.this, exp.Query):
            _refuse("a step of WITH is no SELECT", node, hint=_WAY)
        if isinstance(node, exp.Table):
            yield from self._look_at_table(node, sent)

    def _look_at_column(self, node: exp.Column) -> None:
        """Words that look like columns and are functions."""
        if node.table and node.name.lower() in _SEQUENCES:
            self._refuse_function(f"{node.table}.{node.name}", node, is_listed=True)
        is_plain = not node.table and not node.this.args.get("quoted")
        if is_plain and node.name.lower() in WORDS.get(self.dialect, ()):
            self._refuse_function(node.name, node, is_listed=True)

    def _look_at_rows(self, node: exp.In | exp.Exists) -> None:
        """Tables that need no FROM: `id IN salaries` reads one in SQLite and ClickHouse."""
        if isinstance(node, exp.Exists):
            if not isinstance(node.this, exp.Query) and not node.expression:
                _refuse("EXISTS needs a SELECT", node, hint="Write EXISTS (SELECT ...).")
            return
        expressions = node.expressions
        is_name = len(expressions) == 1 and isinstance(expressions[0], exp.Column | exp.Dot)
        if node.args.get("field") or (is_name and self.dialect == "clickhouse"):
            hint = "Write IN (SELECT ... FROM ...), or the values."
            _refuse("IN needs a list of values or a SELECT", node, hint=hint)

    def _look_at_function(self, node: exp.Func) -> None:
        name = type(node).__name__
        if isinstance(
            node, exp.ParameterizedAgg | exp.CombinedAggFunc | exp.CombinedParameterizedAgg
        ):
            self._look_at_name(node, str(node.this))
        elif name == "Transform" and self.dialect in LAMBDA_TRANSFORM:
            return
        elif name in DENIED or type(node) in (exp.Func, exp.AggFunc):
            self._refuse_function(node.sql_name().lower(), node, is_listed=True)

    def _look_at_name(self, node: exp.Expr, name: str) -> None:
        qualified = isinstance(node.parent, exp.Dot) and node.parent.expression is node
        if qualified and self._is_named(node.parent):
            return
        if not qualified and not self._is_harmless(name) and not self._is_listed_maker(node, name):
            self._refuse_function(name, node)

    def _is_harmless(self, name: str) -> bool:
        return name.lower() in pure_functions(self.dialect) or name.lower() in (
            function.lower() for function in self.functions
        )

    def _is_listed_maker(self, node: exp.Expr, name: str) -> bool:
        return (
            isinstance(node.parent, exp.Table | exp.Lateral | exp.From)
            and name.lower() in ROW_MAKER_NAMES
        )

    def _is_named(self, dot: exp.Expr | None) -> bool:
        """Whether the keeper names this qualified function, or it is one of the dialect's own, such
        as NET.HOST."""
        name = _qualified_name(dot)
        return name is not None and self._is_harmless(name)

    def _refuse_function(self, name: str, node: exp.Expr, *, is_listed: bool = False) -> NoReturn:
        if is_listed or any(fnmatchcase(name.lower(), effect) for effect in EFFECTS):
            _refuse(
                f"the function `{name}` does more than compute",
                node,
                hint=_WAY,
                length=len(name),
                word=name,
            )
        hint = (
            f'If it only computes, allow it: functions = ["{name}"] under [engines.{self.engine}].'
        )
        _refuse(f"the function `{name}` is not known", node, hint=hint, length=len(name))

    # -- tables
    # --------------------------------------------------------------------------------------------

    def _look_at_table(self, table: exp.Table, sent: SentQuery) -> Iterator[TableName]:
        this = table.this
        if isinstance(this, exp.Func):
            is_row_maker = isinstance(this, exp.Anonymous) and this.name.lower() in (
                ROW_MAKER_NAMES | {function.lower() for function in self.functions}
            )
            if type(this) not in ROW_MAKERS and not is_row_maker:
                self._refuse_function(this.name or this.sql_name().lower(), this)
            return
        identifiers = [
            identifier
            for identifier in (table.args.get("catalog"), table.args.get("db"), this)
            if identifier is not None
        ]
        if not identifiers or not all(
            isinstance(identifier, exp.Identifier) for identifier in identifiers
        ):
            _refuse(
                "what stands in FROM is no table's name",
                table,
                hint="Name a table from `allow`, as it is written there.",
            )
        if len(identifiers) == 1 and self._is_step(table):
            return
        name = ".".join(identifier.name for identifier in identifiers)
        if identifiers[0].name.lower() == ITEMS_SCHEMA and not any(
            pattern.lower().startswith(f"{ITEMS_SCHEMA}.") for pattern in self.allow
        ):
            hint = (
                "Read both from a second file, which has no `engine:`; there this one is"
                f" {ITEMS_SCHEMA}.NAME."
            )
            _refuse(
                f"this runs in {self.engine}, where {name} is not",
                identifiers[0],
                hint=hint,
                length=len(name),
            )
        if not any(self._matches(identifiers, pattern) for pattern in self.allow):
            hint = (
                f"It may read: {', '.join(self.allow)}. The keeper widens `allow` under"
                f" [engines.{self.engine}]."
            )
            _refuse(
                f"the table `{name}` is not among those allowed",
                identifiers[0],
                hint=hint,
                length=len(name),
            )
        yield TableName(
            tuple(identifier.name for identifier in identifiers),
            *sent.place(_start(identifiers[0]) or 0),
        )

    def _is_step(self, table: exp.Table) -> bool:
        """Whether a plain name is a step of WITH there. Where quotes tell case apart, "Pay" is no
        name for pay."""
        if not is_cte(table):
            return False
        written = [cte.args["alias"].this for cte in table.root().find_all(exp.CTE)]
        same = {self._fold(name) for name in written if name.name.lower() == table.name.lower()}
        return same == {self._fold(table.this)}

    def _fold(self, identifier: exp.Identifier) -> str:
        if identifier.args.get("quoted") and self.dialect in (*_FOLDS_LOWER, *_FOLDS_UPPER):
            return identifier.name
        return identifier.name.upper() if self.dialect in _FOLDS_UPPER else identifier.name.lower()

    def _matches(self, identifiers: list[exp.Identifier], pattern: str) -> bool:
        pattern_parts = pattern.split(".")
        return len(pattern_parts) == len(identifiers) and all(
            self._matches_part(identifier, pattern_part)
            for identifier, pattern_part in zip(identifiers, pattern_parts, strict=True)
        )

    def _matches_part(self, identifier: exp.Identifier, pattern: str) -> bool:
        name = identifier.name
        if "*" in pattern and any(fnmatchcase(name.lower(), system) for system in _SYSTEM):
            return False
        if identifier.args.get("quoted") and self.dialect in (*_FOLDS_LOWER, *_FOLDS_UPPER):
            if self.dialect in _FOLDS_UPPER:
                return fnmatchcase(name, pattern.upper())
            return fnmatchcase(name, pattern) or fnmatchcase(name, pattern.lower())
        return fnmatchcase(name.lower(), pattern.lower())


class _QueryRefusedError(Exception):
    """A refusal, with its place in the text that would be sent."""

    def __init__(
        self,
        message: str,
        offset: int | None,
        length: int,
        hint: str | None,
        word: str = "",
        near: int = 0,
    ) -> None:
        super().__init__(message)
        self.word = word
        self.near = near
        self.message = message
        self.offset = offset
        self.length = length
        self.hint = hint
        self.fault: QueryFault = "refused"

    def place(self, text: str) -> int:
        """The character in the text that is sent."""
        if self.offset is not None:
            return self.offset
        word_place = _word_at(text, self.word)
        return word_place if word_place is not None else self.near


def _refuse(
    message: str, node: exp.Expr, *, hint: str | None = None, length: int = 1, word: str = ""
) -> NoReturn:
    raise _QueryRefusedError(message, _start(node), length, hint, word, _nearest_place(node))


def _word_at(text: str, word: str) -> int | None:
    """Where a word stands of which the parse keeps no place."""
    match = re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) if word else None
    return match.start() if match else None


def _qualified_name(node: exp.Expr | None) -> str | None:
    """`schema.name` of a qualified call; None where something else stands before the last dot."""
    if isinstance(node, exp.Identifier | exp.Var):
        return node.name
    if isinstance(node, exp.Column):
        return ".".join(part.name for part in node.parts)
    if not isinstance(node, exp.Dot):
        return None
    before = _qualified_name(node.this)
    last = node.expression
    name = (
        last.sql_name()
        if isinstance(last, exp.Func) and not isinstance(last, exp.Anonymous)
        else last.name
    )
    return None if before is None else f"{before}.{name}".lower()


def _refuse_at(message: str, offset: int, hint: str | None = None) -> NoReturn:
    raise _QueryRefusedError(message, offset, 1, hint)


def _start(node: exp.Expr) -> int | None:
    """Where a node stands: its own place, else the first among what it holds."""
    start = node.meta.get("start")
    if start is not None:
        return int(start)
    return min(
        (int(expression.meta["start"]) for expression in node.walk() if "start" in expression.meta),
        default=None,
    )


def _nearest_place(node: exp.Expr) -> int:
    """The place of a node, or of what it stands in where the parse keeps none of its own."""
    around: exp.Expr | None = node
    while around is not None:
        if (start := _start(around)) is not None:
            return start
        around = around.parent
    return 0


def _parsed(sent: SentQuery, dialect: str) -> exp.Expr:
    try:
        return parse(sent.text, dialect)
    except QueryError as error:
        # Its line and column are of the text that is sent.
        if error.line is not None:
            error.line, error.column = sent.place(sent.at_line(error.line, error.column))
        raise


def _orders(tree: exp.Expr) -> bool:
    while isinstance(tree, exp.Subquery) and not tree.args.get("order"):
        tree = tree.this
    return bool(tree.args.get("order") or tree.args.get("sort"))


def patterns(allow: Iterable[str]) -> Iterator[str]:
    """Entries of `allow` that are none: parts of names with dots between, and * in them."""
    for entry in allow:
        if not re.fullmatch(r"[^.\s;'\"`]+(\.[^.\s;'\"`]+){0,2}", entry):
            yield entry
