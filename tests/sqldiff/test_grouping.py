"""All operators beside all others: sqlglot groups them as DuckDB does, or nothing is proved of
them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import duckdb
import pytest

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.prepare import prepared
from sharekit.sqldiff.canonical.syntax_trees import TreeKeys, Unproven
from sharekit.sqldiff.compare import verdict

LAST = {"IN": "(1, 2)", "IS": "NULL", "IS NOT": "NULL", "COLLATE": "nocase", "::": "INTEGER"}
"""What has to stand on the right of these."""
SYMBOLS = (
    "+ - * / // % ** ^ || = <> < <= > >= AND OR LIKE ILIKE GLOB ~ !~ & | << >> -> ->> ^@ @> <@ &&"
    " :: IN IS COLLATE"
)
WORDS = (
    "NOT LIKE",
    "NOT ILIKE",
    "SIMILAR TO",
    "NOT SIMILAR TO",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
    "IS NOT",
)
OPERATORS = (*SYMBOLS.split(), *WORDS, "AT TIME ZONE")
PREFIX = ("NOT", "-", "@", "~")
SETS = ("UNION", "UNION ALL", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL")


@pytest.fixture(scope="module")
def duck() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def spelled(duck: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """DuckDB's own text of what it read, with all parentheses; None where it refuses."""
    try:
        row = duck.execute("SELECT json_deserialize_sql(json_serialize_sql(?))", [sql]).fetchone()
    except duckdb.Error:
        return None
    return row[0] if row else None


def form(sql: str) -> str | None:
    try:
        return TreeKeys()(prepared(sql, "duckdb"))
    except (QueryError, Unproven):
        return None


def triples() -> Iterator[tuple[str, list[str]]]:
    """A text without parentheses, and the ways in which it can be meant."""
    for first, second in product(OPERATORS, OPERATORS):
        left, right = LAST.get(first, "b"), LAST.get(second, "c")
        ways = [f"SELECT (a {first} {left}) {second} {right}"]
        ways += [] if first in LAST else [f"SELECT a {first} ({left} {second} {right})"]
        yield f"SELECT a {first} {left} {second} {right}", ways
    for prefix, second in product(PREFIX, OPERATORS):
        right = LAST.get(second, "c")
        ways = [f"SELECT ({prefix} a) {second} {right}", f"SELECT {prefix} (a {second} {right})"]
        yield f"SELECT {prefix} a {second} {right}", ways
    for first, prefix in product(OPERATORS, PREFIX):
        if first not in LAST:
            for second in ("+", "||", "=", "AND", "LIKE"):
                text = f"SELECT a {first} {prefix} b {second} c"
                inner = [f"({prefix} b) {second} c", f"{prefix} (b {second} c)"]
                ways = [
                    f"SELECT (a {first} {prefix} b) {second} c",
                    *(f"SELECT a {first} ({each})" for each in inner),
                ]
                yield text, ways
    for second in OPERATORS:
        right, left = LAST.get(second, "d"), LAST.get(second, "b")
        ways = [
            f"SELECT (a BETWEEN b AND c) {second} {right}",
            f"SELECT a BETWEEN b AND (c {second} {right})",
        ]
        yield f"SELECT a BETWEEN b AND c {second} {right}", ways
        ways = [f"SELECT (a {second} {left}) BETWEEN c AND d"]
        ways += [] if second in LAST else [f"SELECT a {second} ({left} BETWEEN c AND d)"]
        yield f"SELECT a {second} {left} BETWEEN c AND d", ways
    for first, second in product(SETS, SETS):
        ways = [
            f"(SELECT 1 {first} SELECT 2) {second} SELECT 3",
            f"SELECT 1 {first} (SELECT 2 {second} SELECT 3)",
        ]
        yield f"SELECT 1 {first} SELECT 2 {second} SELECT 3", ways


@pytest.mark.slow
def test_no_text_is_read_in_a_way_in_which_the_engine_does_not_mean_it(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    tried = 0
    wrong = []
    for text, ways in triples():
        meant, read = spelled(duck, text), form(text)
        if meant is None or read is None:
            continue
        tried += 1
        by_engine = {place for place, way in enumerate(ways) if spelled(duck, way) == meant}
        by_us = {place for place, way in enumerate(ways) if form(way) == read}
        if by_us and not by_engine & by_us:
            wrong.append(text)
    assert wrong == []
    assert tried > 1000


def test_parentheses_make_it_sure() -> None:
    before, after = (
        "SELECT a FROM t WHERE j ->> 'k' = 'x' AND b = 1",
        "SELECT a FROM t WHERE b = 1 AND j ->> 'k' = 'x'",
    )
    assert verdict(before, after) == "changed"
    before, after = (sql.replace("j ->> 'k'", "(j ->> 'k')") for sql in (before, after))
    assert verdict(before, after) == "cosmetic"


def test_elsewhere_an_arrow_binds_closer() -> None:
    before, after = (
        "SELECT a FROM t WHERE j ->> 'k' = 'x' AND b = 1",
        "SELECT a FROM t WHERE b = 1 AND j ->> 'k' = 'x'",
    )
    assert verdict(before, after, dialect="postgres") == "cosmetic"
