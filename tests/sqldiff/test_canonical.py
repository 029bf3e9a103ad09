"""The canonical form is one query for all spellings: it returns the same rows, and is its own
canonical form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharekit.sqldiff.compare import verdict
from tests.sqldiff.cases import Pair, pairs, queries
from tests.sqldiff.mutations import mutants
from tests.sqldiff.randomsql import random_query
from tests.sqldiff.rewrites import rewritten
from tests.sqldiff.tables import SCHEMA, open_tables, rows_of

from .canonical_text import canonical_sql

pytestmark = pytest.mark.slow

QUERIES = queries("queries.sql")
SLOW = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
SEEDS = st.integers(min_value=0, max_value=10**9)


@pytest.fixture(scope="module")
def databases() -> Iterator[Sequence[duckdb.DuckDBPyConnection]]:
    opened = [open_tables(seed, rows=25) for seed in (11, 12, 13)]
    yield opened
    for connection in opened:
        connection.close()


def test_there_are_enough_realistic_queries() -> None:
    assert len(QUERIES) >= 30


LAMBDAS = [
    "SELECT list_transform([value, 2], lambda x: x + 1)::VARCHAR AS v FROM events",
    "SELECT [x + value for x in [1, 2] if x > 1]::VARCHAR AS v FROM events",
    "SELECT {'A': value}::VARCHAR AS v, {'a': value}.a AS w FROM events",
    "SELECT r.i AS v FROM range(3) AS r(i), unnest([1, 2]) AS u(x) WHERE r.i < u.x",
    "SELECT e.rowid AS v FROM events e",
    "SELECT count(*) AS v FROM events e POSITIONAL JOIN events_v2 w WHERE e.value < w.value",
    (
        "SELECT 'x' AS v FROM (SELECT if(w > 1, w, 2) AS c FROM (SELECT kind AS k, sum(value) OVER"
        " (ORDER BY ts) AS w FROM events) s WHERE k <> 'buy') t"
    ),
]


@pytest.mark.parametrize("sql", LAMBDAS)
def test_unusual_parts_keep_their_rows(
    sql: str, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    for merge in (False, True):
        canonical = canonical_sql(sql, merge=merge)
        assert rows_of(databases[0], canonical) == rows_of(databases[0], sql)
        assert canonical_sql(canonical, merge=merge) == canonical


@pytest.mark.parametrize("merge", [False, True], ids=["cosmetic", "rewritten"])
@pytest.mark.parametrize(("title", "sql"), QUERIES, ids=[title for title, _ in QUERIES])
def test_realistic_queries_keep_their_rows(
    title: str, sql: str, merge: bool, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    for schema in (None, SCHEMA):
        canonical = canonical_sql(sql, schema=schema, merge=merge)
        assert canonical_sql(canonical, schema=schema, merge=merge) == canonical
        for database in databases:
            assert rows_of(database, canonical) == rows_of(database, sql)


@pytest.mark.parametrize("pair", pairs("harmless.sql"), ids=str)
def test_both_spellings_have_one_form(pair: Pair) -> None:
    forms = {canonical_sql(sql, schema=SCHEMA, merge=True) for sql in (pair.before, pair.after)}
    assert len(forms) == 1
    assert canonical_sql(forms.copy().pop(), schema=SCHEMA, merge=True) in forms


@SLOW
@given(seed=SEEDS)
def test_random_queries_keep_their_rows(
    seed: int, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    sql = random_query(Random(seed))
    try:
        expected = [rows_of(database, sql) for database in databases]
    except duckdb.BinderException:
        return  # the generator knows less of GROUP BY than DuckDB
    schema = SCHEMA if seed % 2 else None
    for merge in (False, True):
        canonical = canonical_sql(sql, schema=schema, merge=merge)
        assert [rows_of(database, canonical) for database in databases] == expected
        assert canonical_sql(canonical, schema=schema, merge=merge) == canonical


@SLOW
@given(seed=SEEDS)
def test_random_queries_called_equal_have_equal_rows(
    seed: int, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    """Whatever is changed at whatever spot: where the verdict is that nothing changed, the rows
    agree."""
    chance = Random(seed)
    sql = random_query(chance)
    if len(sql) > 700:
        return
    for _, other in mutants(sql, keep=lambda: chance.random() < 0.03):
        if verdict(sql, other, schema=SCHEMA if seed % 2 else None) == "changed":
            continue
        try:
            pairs_of_rows = [
                (rows_of(database, sql), rows_of(database, other)) for database in databases
            ]
        except duckdb.Error:
            continue  # a change that DuckDB refuses, in a part that nothing reads
        assert all(before == after for before, after in pairs_of_rows)


@pytest.mark.parametrize(("title", "sql"), QUERIES, ids=[title for title, _ in QUERIES])
def test_no_mutation_of_a_realistic_query_is_missed(title: str, sql: str) -> None:
    """Literals, operators, tables, joins, DISTINCT, filters, keys, frames: each spot, each change,
    one at a time."""
    found = list(mutants(sql))
    assert len(found) >= 10
    for place, (kind, other) in enumerate(found):
        schema = SCHEMA if place % 2 else None
        assert verdict(sql, other, schema=schema) == "changed", f"{kind}: {other}"


def test_random_rewrites_are_nearly_always_proved(
    databases: Sequence[duckdb.DuckDBPyConnection],
) -> None:
    """At least 95 of 100, of rewrites that one after the other change spelling, aliases, conditions
    and steps."""
    proved = tried = 0
    for title, sql in QUERIES:
        for turn in range(3):
            chance = Random(f"{title} {turn}")
            other, done = rewritten(sql, chance, chance.randint(1, 5))
            assert rows_of(databases[0], other) == rows_of(databases[0], sql), done
            tried += 1
            proved += verdict(sql, other, schema=None if turn else SCHEMA) != "changed"
    assert proved / tried >= 0.95
