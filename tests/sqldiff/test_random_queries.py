"""Random queries about truth values, types, steps and counts: a form returns the rows of its query.

And whatever is changed in one: where two queries are called equal, their rows are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharekit.engines.duckdb.constant_folding import ConstantFolder
from sharekit.sqldiff.compare import verdict
from tests.sqldiff.mutations import mutants
from tests.sqldiff.randomtruth import SCHEMA, open_small, random_truths

from .canonical_text import canonical_sql

FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
SEEDS = st.integers(min_value=0, max_value=10**9)
FOLD = ConstantFolder()


@pytest.fixture(scope="module")
def databases() -> Iterator[Sequence[duckdb.DuckDBPyConnection]]:
    opened = [open_small(seed, rows) for seed, rows in ((1, 0), (2, 1), (3, 6), (4, 20))]
    yield opened
    for connection in opened:
        connection.close()


def table(database: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], Counter[str]]:
    """Names of columns, and the rows with the kind of each value; floats to nine digits."""
    found = database.execute(sql)
    names = [column[0] for column in found.description or ()]
    return names, Counter(" | ".join(map(_spelled, row)) for row in found.fetchall())


def _spelled(value: object) -> str:
    return f"{value:.9g}." if isinstance(value, float) else repr(value)


@pytest.mark.slow
@FEW
@given(seed=SEEDS)
def test_a_form_returns_the_rows_of_its_query(
    seed: int, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    sql = random_truths(Random(seed))
    try:
        expected = [table(database, sql) for database in databases]
    except duckdb.Error:
        return  # more than a type holds, or a text that is no number
    for schema, fold in ((None, None), (SCHEMA, None), (SCHEMA, FOLD)):
        for merge in (False, True):
            form = canonical_sql(sql, schema=schema, merge=merge, fold=fold)
            assert [table(database, form) for database in databases] == expected, form


@pytest.mark.slow
@FEW
@given(seed=SEEDS)
def test_queries_called_equal_return_equal_rows(
    seed: int, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    chance = Random(seed)
    sql = random_truths(chance)
    for _, other in mutants(sql, keep=lambda: chance.random() < 0.05):
        if verdict(sql, other, schema=SCHEMA, fold=FOLD) == "changed":
            continue
        try:
            pairs = [(table(database, sql), table(database, other)) for database in databases]
        except duckdb.Error:
            continue
        assert all(before == after for before, after in pairs), other
