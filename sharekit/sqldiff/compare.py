"""Do two queries mean the same? Anything not proved is `changed`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from sqlglot.dialects.dialect import Dialect
from sqlglot.tokenizer_core import TokenType

from sharekit.sqldiff.canonical.constants import Fold, constants, with_values
from sharekit.sqldiff.canonical.form import (
    merged_tree,
    resolved_trees,
    settled,
    source_tables,
)
from sharekit.sqldiff.canonical.prepare import Prepare, prepared
from sharekit.sqldiff.canonical.syntax_trees import Query, are_equal
from sharekit.sqldiff.differences.sentences import sentences
from sharekit.sqldiff.types import Schema, SqlComparison, Verdict

LONGEST_QUERY = 200_000
"""Characters; a longer query is compared by its words alone, as is one of too many nodes."""
EXACT = frozenset(
    {
        TokenType.VAR,
        TokenType.IDENTIFIER,
        TokenType.STRING,
        TokenType.RAW_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.BYTE_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.UNICODE_STRING,
        TokenType.HEX_STRING,
        TokenType.BIT_STRING,
    }
)
"""Tokens in which upper and lower case may differ in meaning."""
CASED = frozenset({"bigquery"})
"""Dialects in which `events` and `Events` are two tables."""


def compare_sql(
    before: str,
    after: str,
    *,
    schema: Schema | None = None,
    dialect: str = "duckdb",
    fold: Fold | None = None,
) -> SqlComparison:
    """Whether two queries mean the same, and what changed where that is not proved. Never raises.

    `schema` tells the columns of tables ("flights" or "metrics.on_time" -> names, or names with
    types), and `fold` asks the engine what expressions of literals are worth; each lets more be
    proved, and neither is needed. `identical`, `cosmetic` and `rewritten` are proofs about form;
    that both queries also return equal rows on today's data is for those who have an engine
    (`revisions.effect.confirm_equal_values`)."""
    prepare = cache(partial(prepared, dialect=dialect))
    proved = verdict(before, after, schema=schema, dialect=dialect, fold=fold, prepare=prepare)
    if proved != "changed":
        return SqlComparison(proved)
    changes = sentences(before, after, schema=schema, dialect=dialect, prepare=prepare)
    return SqlComparison("changed", changes)


def verdict(
    before: str,
    after: str,
    *,
    schema: Schema | None = None,
    dialect: str = "duckdb",
    fold: Fold | None = None,
    prepare: Prepare | None = None,
) -> Verdict:
    """The verdict of `compare_sql` alone, without the sentences. `prepare`: see `sentences`. Never
    raises."""
    if before.strip() == after.strip():
        return "identical"
    prepare = prepare or partial(prepared, dialect=dialect)
    # sqlglot may raise anything on SQL that nobody foresaw, and "not proved" is the right answer to
    # all of it.
    try:
        return _proved_verdict(before, after, prepare, schema, dialect, fold)
    except Exception:
        return "changed"


def _proved_verdict(
    before: str,
    after: str,
    prepare: Prepare,
    schema: Schema | None,
    dialect: str,
    fold: Fold | None,
) -> Verdict:
    if _tokens(before, dialect) == _tokens(after, dialect):
        return "cosmetic"
    if max(len(before), len(after)) > LONGEST_QUERY:
        return "changed"
    queries, source_columns = [prepare(before), prepare(after)], source_tables(schema)
    trees = resolved_trees(queries, source_columns, dialect)
    if dialect != "duckdb" or not any(constants(tree, dialect) for tree in trees):
        fold = None  # there is nothing to ask the engine
    proved = _verdict_of(trees, dialect)
    if proved != "changed" or fold is None:
        return proved
    trees = resolved_trees(queries, source_columns, dialect)
    folded = [with_values(tree, fold, dialect) for tree in trees]
    return _verdict_of(trees, dialect) if any(folded) else proved


def _verdict_of(trees: Sequence[Query], dialect: str) -> Verdict:
    """What two resolved trees say of each other; they are used up."""
    left, right = (settled(tree, dialect) for tree in trees)
    if are_equal(left, right):
        return "cosmetic"
    return (
        "rewritten"
        if are_equal(merged_tree(left, dialect), merged_tree(right, dialect))
        else "changed"
    )


def _tokens(sql: str, dialect: str) -> list[tuple[TokenType, str]]:
    """The words of a query without comments and spacing; only the case of keywords is let go."""
    tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    exact = dialect in CASED  # a table there may be called `Date`
    comparable = [
        (token.token_type, token.text if exact or token.token_type in EXACT else token.text.upper())
        for token in tokens
    ]
    while comparable and comparable[-1][0] is TokenType.SEMICOLON:
        comparable.pop()
    return comparable
