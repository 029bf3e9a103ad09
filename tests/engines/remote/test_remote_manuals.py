"""The guard against a second corpus: what the manual of each engine says that a statement can do
beside reading (manuals/refused_*.txt), and what its chapter on queries recommends
(manuals/passed_*.txt). It was written from the manuals before the guard was looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from remote_asking import Farm, ask
from remote_servers import Server
from sqlglot import TokenType

from sharekit.engines.remote.guard import EngineRules
from sharekit.engines.remote.query_text import tokens_of
from sharekit.errors import QueryError
from sharekit.project.shapes.configuration import EngineDialect

MANUALS = Path(__file__).parent / "manuals"
DAY = date(2025, 11, 20)
QUOTES = {
    "postgres": '""',
    "tsql": "[]",
    "redshift": '""',
    "snowflake": '""',
    "trino": '""',
    "sqlite": '""',
}


def rules(dialect: str) -> EngineRules:
    tables = ("orders", "customers", "main.orders") if dialect == "sqlite" else ("analytics.*",)
    return EngineRules("warehouse", dialect, tables)


def statements(kind: str, dialect: str) -> list[str]:
    name = "spark" if dialect == "databricks" else dialect
    lines = (MANUALS / f"{kind}_{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("# ")]


def refusal(dialect: str, sql: str) -> QueryError | None:
    try:
        rules(dialect).guarded(sql, DAY)
    except QueryError as error:
        return error
    return None


def spellings(sql: str, dialect: str) -> Iterator[str]:
    """The same statement in other letters, with other blanks and comments, with its names in
    quotes, and inside other statements."""
    yield from (sql.upper(), sql.lower(), sql.swapcase())
    yield from (sql.replace(" ", gap) for gap in ("\n", "\t", "/**/", " /* x; */ ", "\r\n"))
    yield from (f"{sql};", f"{sql} -- x", f"-- x\n{sql}", f";{sql}", f"\ufeff{sql}")
    yield from (f"({sql})", f"WITH q AS ({sql}) SELECT * FROM q", f"SELECT * FROM ({sql}) AS q")
    yield from (f"SELECT 1 AS value UNION ALL {sql}", f"SELECT 1 AS v WHERE EXISTS ({sql})")
    yield from _quoted(sql, dialect)


def _quoted(sql: str, dialect: str) -> Iterator[str]:
    start, end = QUOTES.get(dialect, "``")
    try:
        tokens = tokens_of(sql, dialect)
    except QueryError:
        return
    beside = (TokenType.DOT, TokenType.L_PAREN)
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        is_name = token.token_type == TokenType.VAR and (
            (before is not None and before.token_type == TokenType.DOT)
            or (after is not None and after.token_type in beside)
        )
        if is_name:
            word = sql[token.start : token.end + 1]
            yield f"{sql[: token.start]}{start}{word}{end}{sql[token.end + 1 :]}"


@pytest.mark.parametrize("dialect", get_args(EngineDialect))
def test_what_a_manual_offers_beside_reading_is_refused_with_its_place(dialect: str) -> None:
    hostile = statements("refused", dialect)
    assert len(hostile) >= 30
    refusals = {sql: refusal(dialect, sql) for sql in hostile}
    assert not [sql for sql, error in refusals.items() if error is None]
    for sql, error in refusals.items():
        assert error is not None
        assert error.fault in ("refused", "syntax"), sql
        assert error.hint or error.fault == "syntax", sql
        assert error.line is not None or "several statements" in error.message, sql


@pytest.mark.slow
@pytest.mark.parametrize("dialect", get_args(EngineDialect))
def test_no_other_spelling_of_it_passes(dialect: str) -> None:
    tried = {
        other: sql for sql in statements("refused", dialect) for other in spellings(sql, dialect)
    }
    assert len(tried) > 500
    assert not [other for other in tried if refusal(dialect, other) is None]


@pytest.mark.parametrize("dialect", get_args(EngineDialect))
def test_what_a_manual_recommends_for_reading_passes(dialect: str) -> None:
    harmless = statements("passed", dialect)
    assert len(harmless) >= 15
    assert {sql: str(error) for sql in harmless if (error := refusal(dialect, sql))} == {}


# -- what a server itself says about its functions ---------------------------------------------------

ARGUMENTS = ("", "1", "1, 2", "1, 2, 3", "'a'", "'a', 'b'")
TELL_THE_TIME_OR_CHANCE = {"clock_timestamp", "gen_random_uuid", "random", "random_normal"}


def test_functions_that_postgresql_calls_volatile_are_refused(postgres: Server) -> None:
    """Volatile is what may change a database or do more than compute."""
    import psycopg

    with psycopg.connect(postgres.url) as connection:
        query = "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND prokind = 'f'"
        names = {str(name) for (name,) in connection.execute(query).fetchall()}
    assert "pg_sleep" in names
    assert len(names) > 200
    passed = {
        name
        for name in names
        for arguments in ARGUMENTS
        if refusal("postgres", f"SELECT {name}({arguments}) AS value") is None
    }
    assert passed <= TELL_THE_TIME_OR_CHANCE


def test_a_value_has_a_greatest_length_in_sqlite(tmp_path: Path, farm: Farm) -> None:
    """The guard cannot know how long a text becomes; SQLite is told the limit."""
    twice = "WITH RECURSIVE t(s) AS (SELECT '0123456789' UNION ALL SELECT s || s FROM t)"
    got = ask(tmp_path, farm["sqlite"], f"{twice} SELECT max(length(s)) AS value FROM t")
    assert got.error.fault == "memory"


def test_functions_of_sqlite_with_effects_are_refused() -> None:
    rows = sqlite3.connect(":memory:").execute("SELECT DISTINCT name FROM pragma_function_list")
    passed = {name for (name,) in rows if refusal("sqlite", f"SELECT {name}('a') AS value") is None}
    assert not passed & {
        "load_extension", "fts3_tokenizer", "sqlite_log", "changes", "last_insert_rowid", "randomblob", "zeroblob",
    }  # fmt: skip
