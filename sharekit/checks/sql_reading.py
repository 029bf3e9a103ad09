"""Reads the facts of a query off its text with sqlglot. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import sqlglot
from sqlglot import Token, TokenType, exp

from sharekit.checks.sql_facts import NotOneSelect, SqlFacts, WordPosition
from sharekit.errors import QueryError
from sharekit.sqldiff.parse import parse, tables_in

LONGEST = 64 * 1024
"""Bytes of UTF-8 that a query may have."""

_UNSTEADY_NODES: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.CurrentDate: ("current_date", "today"),
    exp.CurrentTime: ("current_time", "get_current_time"),
    exp.CurrentTimestamp: ("current_timestamp", "now"),
    exp.Localtime: ("localtime", "current_localtime"),
    exp.Localtimestamp: ("localtimestamp", "current_localtimestamp"),
    exp.Rand: ("random",),
    exp.Uuid: ("uuid", "gen_random_uuid"),
}
"""Nodes of what changes from run to run -> the names by which people write it."""
_UNSTEADY_NAMES = frozenset(
    ("now", "today", "get_current_timestamp", "get_current_time", "transaction_timestamp", "current_localtime",
     "current_localtimestamp", "random", "setseed", "uuidv4", "uuidv7", "txid_current")
)  # fmt: skip
_CHANGES = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Copy,
    exp.Command,
)
_BARE = frozenset(
    ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
)
"""What is called without parentheses."""
_TEXTS = frozenset((TokenType.STRING, TokenType.IDENTIFIER))
_CHANCES = frozenset(("random", "setseed", "uuid", "gen_random_uuid", "uuidv4", "uuidv7"))


def facts_of(text: str, dialect: str) -> SqlFacts:
    """The facts of one query."""
    if len(text.encode(errors="replace")) > LONGEST:
        hint = "Put long lists into a file in metrics/data/ and join it."
        return SqlFacts(
            NotOneSelect("sql-too-long", f"the query is longer than {LONGEST // 1024} KiB", hint)
        )
    try:
        tree = parse(text, dialect)
    except QueryError as error:
        return SqlFacts(_syntax_fault(error, text, dialect))
    if fault := _not_a_select(tree, text, dialect):
        return SqlFacts(fault)
    if isinstance(tree, exp.Select) and not tree.expressions:
        return SqlFacts(
            NotOneSelect(
                "sql-syntax",
                "this SELECT names no columns",
                "Write what it returns: SELECT count(*) AS value.",
            )
        )
    totals = tree.find(exp.GroupingSets, exp.Rollup, exp.Cube) is not None
    return SqlFacts(
        None, tables_in(tree), tuple(_unsteady(tree, text, dialect)), totals, _outputs(tree)
    )


def _syntax_fault(error: QueryError, text: str, dialect: str) -> NotOneSelect:
    hint, word_and_rest = error.hint, text.split(maxsplit=1)
    first = word_and_rest[0].lower() if word_and_rest else ""
    if (
        hint is None
        and first not in ("select", "with", "from")
        and _off_by_a_letter(first, "select")
    ):
        return NotOneSelect(
            "sql-syntax",
            f"`{word_and_rest[0]}` cannot begin a query",
            "Did you mean SELECT?",
            *_first_word(text, word_and_rest[0]),
        )
    if error.line is None and word_and_rest and ";" in text and "statements" in error.message:
        return NotOneSelect(
            "not-one-select", error.message, hint, *_second_statement(text, dialect)
        )
    code = "not-one-select" if error.hint == "Write exactly one SELECT." else "sql-syntax"
    return NotOneSelect(code, error.message, hint, error.line or 1, error.column, error.length)


def _off_by_a_letter(word: str, right: str) -> bool:
    return sorted(word) == sorted(right) or any(
        word in (right[:at] + right[at + 1 :], right[:at] + right[at] + right[at:])
        for at in range(len(right))
    )


def _first_word(text: str, word: str) -> tuple[int, int, int]:
    start = text.index(word)
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start), len(word)


def _second_statement(text: str, dialect: str) -> tuple[int, int, int]:
    tokens = sqlglot.tokenize(text, read=dialect)
    for before, token in pairwise(tokens):
        if before.token_type == TokenType.SEMICOLON and token.token_type != TokenType.SEMICOLON:
            return _token_place(token)
    return 1, 1, 1


def _not_a_select(tree: exp.Expr, text: str, dialect: str) -> NotOneSelect | None:
    also = " or FROM" if dialect == "duckdb" else ""
    hint = f"Write exactly one SELECT; it can begin with WITH{also}."
    verb = None
    if isinstance(tree, exp.Command):
        verb = str(tree.this).upper()
    elif isinstance(tree, exp.Condition) and not isinstance(tree, exp.Query):
        return NotOneSelect("not-one-select", "this is not a query", hint)
    elif not isinstance(tree, exp.Query | exp.Pivot | exp.Values):
        verb = tree.key.upper()
    elif (change := tree.find(*_CHANGES)) is not None:
        verb = change.key.upper()
    if verb is None:
        return None
    return NotOneSelect(
        "not-one-select",
        f"{verb} is not allowed: a query only reads",
        hint,
        *_word(text, (verb.lower(),), dialect),
    )


def _unsteady(tree: exp.Expr, text: str, dialect: str) -> Iterator[WordPosition]:
    """What changes from run to run, where it stands. The tree says whether, the tokens say
    where."""
    names: set[str] = set()
    for node in tree.find_all(*_UNSTEADY_NODES, exp.Anonymous):
        if not isinstance(node, exp.Anonymous):
            names.update(_UNSTEADY_NODES[type(node)])
        elif (name := node.name.lower()) in _UNSTEADY_NAMES or (
            name == "age" and len(node.expressions) == 1
        ):
            names.add(name)
    tokens = sqlglot.tokenize(text, read=dialect) if names else []
    for index, token in enumerate(tokens):
        word = token.text.lower()
        if word in names and token.token_type not in _TEXTS and not _is_name(tokens, index):
            yield WordPosition(word, *_token_place(token), chance=word in _CHANCES)
    for sample in tree.find_all(exp.TableSample):
        if sample.args.get("seed") is None:
            yield WordPosition(
                "sample", *_word(text, ("tablesample", "sample"), dialect), chance=True
            )


def _is_name(tokens: list[Token], index: int) -> bool:
    """Whether a word is a column's or an alias's name there, not a function."""
    before = tokens[index - 1].token_type if index else None
    after = tokens[index + 1].token_type if index + 1 < len(tokens) else None
    calls = after == TokenType.L_PAREN
    return before in (TokenType.DOT, TokenType.ALIAS) or not (
        calls or tokens[index].text.lower() in _BARE
    )


def _word(text: str, words: Iterable[str], dialect: str) -> tuple[int, int, int]:
    lower_words = frozenset(words)
    tokens = sqlglot.tokenize(text, read=dialect)
    return next(
        (_token_place(token) for token in tokens if token.text.lower() in lower_words), (1, 1, 1)
    )


def _token_place(token: Token) -> tuple[int, int, int]:
    """Line, column and length of a token; sqlglot's column is that of its last character."""
    return token.line, max(1, token.col - len(token.text) + 1), len(token.text)


def _outputs(tree: exp.Expr) -> tuple[str, ...] | None:
    while isinstance(tree, exp.Subquery | exp.SetOperation):
        if isinstance(tree, exp.SetOperation) and tree.args.get("by_name"):
            return None
        tree = tree.this
    if not isinstance(tree, exp.Select):
        return None
    names: list[str] = []
    for column in tree.expressions:
        plain = isinstance(column, exp.Alias | exp.Column) and not column.is_star
        if not plain or column.find(exp.Columns) is not None:
            return None  # DuckDB names what has no name by its text
        names.append(column.alias_or_name.lower())
    return tuple(names)
