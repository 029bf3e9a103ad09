"""Rewrites of every day are proved, and none of their twins is taken for one.

Every pair runs on DuckDB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from sharekit.engines.duckdb.constant_folding import ConstantFolder
from sharekit.sqldiff import compare_sql
from tests.sqldiff.cases import Rewrite, rewrites
from tests.sqldiff.tables import SCHEMA, open_tables

EVERYDAY = rewrites("everyday.sql")
HARMLESS = [each for each in EVERYDAY if each.same]
HARMFUL = [each for each in EVERYDAY if each.twin]
NAMES = {table: tuple(columns) for table, columns in SCHEMA.items()}


@pytest.fixture(scope="module")
def databases() -> Iterator[Sequence[duckdb.DuckDBPyConnection]]:
    opened = [
        open_tables(seed, rows) for seed, rows in ((0, 60), (1, 60), (2, 25), (3, 3), (4, 60))
    ]
    empty = open_tables(5, 1)
    for table in SCHEMA:
        empty.execute(f"DELETE FROM {table}")
    opened.append(empty)
    yield opened
    for connection in opened:
        connection.close()


@pytest.fixture(scope="module")
def fold() -> ConstantFolder:
    return ConstantFolder()


def table(
    database: duckdb.DuckDBPyConnection, sql: str
) -> tuple[list[str], Counter[tuple[str, ...]]]:
    """Names of columns, and the rows with the kind of each value: TRUE is not 1."""
    found = database.execute(sql)
    names = [column[0] for column in found.description or ()]
    return names, Counter(tuple(map(_spelled, row)) for row in found.fetchall())


def _spelled(value: object) -> str:
    return f"{value:.9g}." if isinstance(value, float) else repr(value)


def test_there_are_enough_of_both() -> None:
    assert len(HARMLESS) >= 60
    assert len(HARMFUL) >= len(HARMLESS)


@pytest.mark.slow
@pytest.mark.parametrize("pair", HARMLESS, ids=str)
def test_a_rewrite_returns_the_same_rows(
    pair: Rewrite, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    for database in databases:
        assert table(database, pair.query) == table(database, pair.same)


@pytest.mark.parametrize("pair", HARMLESS, ids=str)
def test_a_rewrite_is_proved(pair: Rewrite, fold: ConstantFolder) -> None:
    schema = SCHEMA if "types" in pair.needs else None
    folding = fold if "engine" in pair.needs else None
    for before, after in ((pair.query, pair.same), (pair.same, pair.query)):
        found = compare_sql(before, after, schema=schema, fold=folding)
        assert (found.verdict, found.changes) == (pair.verdict, ())


@pytest.mark.parametrize("pair", [each for each in HARMLESS if each.needs], ids=str)
def test_without_what_the_proof_needs_nothing_is_proved(
    pair: Rewrite, fold: ConstantFolder
) -> None:
    if "types" in pair.needs:
        assert compare_sql(pair.query, pair.same, fold=fold).verdict == "changed"
    if "engine" in pair.needs:
        assert compare_sql(pair.query, pair.same, schema=SCHEMA).verdict == "changed"


@pytest.mark.slow
@pytest.mark.parametrize("pair", HARMFUL, ids=str)
def test_a_twin_returns_something_else(
    pair: Rewrite, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    assert any(table(database, pair.query) != table(database, pair.twin) for database in databases)


@pytest.mark.slow
@pytest.mark.parametrize("pair", HARMFUL, ids=str)
def test_a_twin_is_a_change(pair: Rewrite, fold: ConstantFolder) -> None:
    for schema, folding in ((None, None), (NAMES, fold), (SCHEMA, fold)):
        for before, after in ((pair.query, pair.twin), (pair.twin, pair.query)):
            found = compare_sql(before, after, schema=schema, fold=folding)
            assert found.verdict == "changed"
            assert found.changes
            assert all(change.sentence for change in found.changes)


# -- types that differ -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "kind", "other"),
    [
        ("SELECT a = true AS v FROM t", "SELECT a AS v FROM t", "BOOLEAN", "INTEGER"),
        ("SELECT a AND true AS v FROM t", "SELECT a AS v FROM t", "BOOLEAN", "INTEGER"),
        ("SELECT a::DOUBLE AS v FROM t", "SELECT a AS v FROM t", "DOUBLE", "DECIMAL(9,2)"),
        (
            "SELECT a::DECIMAL(9,2) AS v FROM t",
            "SELECT a AS v FROM t",
            "DECIMAL(9, 2)",
            "DECIMAL(9,3)",
        ),
        ("SELECT a::FLOAT8 AS v FROM t", "SELECT a AS v FROM t", "double", "real"),
        ("SELECT a::TEXT AS v FROM t", "SELECT a AS v FROM t", "VARCHAR", "ENUM('x', 'y')"),
        (
            "SELECT a::TIMESTAMP AS v FROM t",
            "SELECT a AS v FROM t",
            "TIMESTAMP",
            "TIMESTAMP WITH TIME ZONE",
        ),
        ("SELECT a::INT8[] AS v FROM t", "SELECT a AS v FROM t", "BIGINT[]", "INTEGER[]"),
        ("SELECT b FROM t WHERE a < 5", "SELECT b FROM t WHERE a <= 4", "INTEGER", "DECIMAL(9,2)"),
        ("SELECT b FROM t WHERE a > -1", "SELECT b FROM t WHERE a >= 0", "SMALLINT", "DOUBLE"),
        (
            "SELECT b FROM t WHERE a < DATE '2013-03-01'",
            "SELECT b FROM t WHERE a <= DATE '2013-02-28'",
            "DATE",
            "TIMESTAMP",
        ),
        (
            "SELECT b FROM t WHERE a LIKE 'x%'",
            "SELECT b FROM t WHERE starts_with(a, 'x')",
            "TEXT",
            "BLOB",
        ),
    ],
)
def test_a_proof_by_type_holds_for_that_type_alone(
    before: str, after: str, kind: str, other: str
) -> None:
    """The same pair with the column of another type, or of none that is known, is a change."""
    assert (
        compare_sql(before, after, schema={"t": {"a": kind, "b": "INTEGER"}}).verdict == "cosmetic"
    )
    for schema in ({"t": {"a": other, "b": "INTEGER"}}, {"t": ["a", "b"]}, None):
        assert compare_sql(before, after, schema=schema).verdict == "changed"


def test_a_type_reaches_through_steps() -> None:
    before = "WITH s AS (SELECT ok AS fine, n FROM t) SELECT sum(n) AS v FROM s WHERE fine = true"
    after = "SELECT sum(n) AS v FROM t WHERE ok"
    assert (
        compare_sql(before, after, schema={"t": {"ok": "BOOLEAN", "n": "INTEGER"}}).verdict
        == "rewritten"
    )
    assert (
        compare_sql(before, after, schema={"t": {"ok": "INTEGER", "n": "INTEGER"}}).verdict
        == "changed"
    )


# -- volatile parts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "SELECT coalesce(random(), 1) AS v",
            "SELECT CASE WHEN random() IS NULL THEN 1 ELSE random() END AS v",
        ),
        (
            "SELECT nullif(random(), 1) AS v",
            "SELECT CASE WHEN random() = 1 THEN NULL ELSE random() END AS v",
        ),
        (
            "SELECT a FROM t WHERE (random() < 0.5 AND a > 1) OR (random() < 0.5 AND a > 2)",
            "SELECT a FROM t WHERE random() < 0.5 AND (a > 1 OR a > 2)",
        ),
        (
            "SELECT a FROM t WHERE random() < 0.5 AND (random() < 0.5 OR a > 1)",
            "SELECT a FROM t WHERE random() < 0.5",
        ),
        (
            "WITH s AS (SELECT * FROM t WHERE random() < 0.5) SELECT a FROM s",
            "SELECT a FROM t WHERE random() < 0.5",
        ),
    ],
)
def test_what_may_vary_is_not_said_more_or_less_often(before: str, after: str) -> None:
    assert compare_sql(before, after).verdict == "changed"


# -- stars -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    [
        "SELECT * EXCLUDE (b) FROM t",
        "SELECT * REPLACE (1 AS a) FROM t",
        "SELECT * FROM t LIMIT 5",
        "SELECT DISTINCT * FROM t",
        "SELECT * FROM t TABLESAMPLE 10%",
        "SELECT *, 1 AS a FROM t",
        "SELECT * FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
        "SELECT * FROM t, u",
        "SELECT * FROM t UNION ALL SELECT * FROM t",
    ],
)
def test_a_step_of_less_or_more_than_everything_stays(step: str) -> None:
    for query in ("SELECT sum(a) AS v FROM {}", "SELECT * FROM {}"):
        assert compare_sql(query.format(f"({step}) s"), query.format("t s")).verdict == "changed"


def test_a_filter_stays_where_an_outer_join_brings_rows_back() -> None:
    before = "SELECT s.a, u.b FROM (SELECT * FROM t WHERE a > 1) s RIGHT JOIN u ON u.a = s.a"
    assert (
        compare_sql(
            before, "SELECT s.a, u.b FROM t s RIGHT JOIN u ON u.a = s.a WHERE s.a > 1"
        ).verdict
        == "changed"
    )
    before = before.replace("RIGHT", "FULL")
    assert (
        compare_sql(before, "SELECT s.a, u.b FROM t s FULL JOIN u ON u.a = s.a AND s.a > 1").verdict
        == "changed"
    )


# -- table functions -------------------------------------------------------------------------------


@pytest.fixture
def semicolons(tmp_path: Path) -> str:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n1;x\n2;y\n")
    return str(path)


def test_options_of_a_table_function_have_no_order(semicolons: str) -> None:
    reads = [
        f"SELECT sum(a) AS v FROM read_csv('{semicolons}', header = true, delim = ';')",
        f"SELECT sum(a) AS v FROM read_csv('{semicolons}', delim := ';', HEADER := true)",
        f"SELECT sum(a) AS v FROM read_csv_auto('{semicolons}', delim => ';', header => true)",
    ]
    connection = duckdb.connect()
    assert {str(connection.execute(sql).fetchall()) for sql in reads} == {"[(Decimal('3'),)]"} or {
        str(connection.execute(sql).fetchall()) for sql in reads
    } == {"[(3,)]"}
    assert {compare_sql(reads[0], other).verdict for other in reads[1:]} == {"cosmetic"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("read_csv('a.csv', delim = ';')", "read_csv('a.csv', delim = ',')"),
        ("read_csv('a.csv', delim = ';')", "read_csv('a.csv', quote = ';')"),
        ("read_csv(['a.csv', 'b.csv'])", "read_csv(['b.csv', 'a.csv'])"),
        ("read_csv('a.csv', header = true)", "read_csv('A.csv', header = true)"),
        ("range(1, 5)", "range(5, 1)"),
    ],
)
def test_what_a_table_function_is_given_counts(before: str, after: str) -> None:
    assert compare_sql(f"SELECT * FROM {before} r", f"SELECT * FROM {after} r").verdict == "changed"


# -- constants -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "SELECT a FROM t WHERE b < now() - INTERVAL 1 DAY",
            "SELECT a FROM t WHERE b < now() - INTERVAL 24 HOUR",
        ),
        ("SELECT a + 1 / 4 AS v FROM t", "SELECT a + 0.25 AS v FROM t"),
        ("SELECT a FROM t WHERE b = lower('İ')", "SELECT a FROM t WHERE b = 'i'"),
        ("SELECT a, b FROM t ORDER BY 1 + 1", "SELECT a, b FROM t ORDER BY 2"),
        ("SELECT a, b FROM t GROUP BY a, b, 1 + 1", "SELECT a, b FROM t GROUP BY a, 2"),
        ("SELECT '1' || '2' AS v FROM t", "SELECT 12 AS v FROM t"),
        ("SELECT CAST('x' AS INTEGER) AS v FROM t", "SELECT 1 AS v FROM t"),
        ("SELECT repeat('a', 3) AS v FROM t", "SELECT 'aaa' AS v FROM t"),
        (
            "SELECT CAST('2013-01-01 00:00:00+02' AS TIMESTAMPTZ) AS v FROM t",
            "SELECT CAST('2012-12-31 22:00:00' AS TIMESTAMP) AS v FROM t",
        ),
    ],
)
def test_what_only_looks_like_a_constant(before: str, after: str, fold: ConstantFolder) -> None:
    assert compare_sql(before, after, fold=fold).verdict == "changed"


def test_the_engine_is_asked_for_literals_alone() -> None:
    asked: list[str] = []

    def fold(expressions: Sequence[str]) -> list[None]:
        asked.extend(expressions)
        return [None] * len(expressions)

    sql = (
        "SELECT a * (1 / 4) AS v, random() + 1 AS r, (SELECT 1 + 1) AS q "
        "FROM read_csv('a' || '.csv') "
        "WHERE d > DATE '2013-01-01' - INTERVAL 7 DAY AND n < now() AND x > repeat('a', 1000000000)"
    )
    compare_sql(sql, sql.replace("v,", "w,"), fold=fold)
    assert sorted(set(asked)) == ["1 / 4", "CAST('2013-01-01' AS DATE) - (INTERVAL '7' DAY)"]
