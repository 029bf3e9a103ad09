"""Other engines' SQL gets the same service, with fewer rules: what is proved of DuckDB alone stays
there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sampling import mostly_slow

from sharekit.sqldiff import compare_sql
from sharekit.sqldiff.compare import verdict

HARMLESS = [
    (
        "bigquery",
        "SELECT DATE_TRUNC(day, WEEK) AS w, COUNT(*) AS n FROM `p.d.t` GROUP BY 1",
        "select date_trunc(day, week) as w, count(1) as n from `p.d.t` group by 1",
    ),
    (
        "bigquery",
        "SELECT a FROM t WHERE b > 1 AND c = 2",
        "SELECT x.a FROM t AS x WHERE c = 2 AND x.b > 1",
    ),
    ("bigquery", "SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b = 2 OR b = 1"),
    (
        "bigquery",
        "WITH s AS (SELECT a, COUNT(*) AS n FROM t GROUP BY a) SELECT a FROM s WHERE n > 1",
        "SELECT a FROM t GROUP BY a HAVING COUNT(*) > 1",
    ),
    ("snowflake", "SELECT A FROM T WHERE B <> 1", 'select "A" from t where not (b = 1)'),
    (
        "snowflake",
        (
            "SELECT DATE_TRUNC('WEEK', d) AS w FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a"
            " ORDER BY b) = 1"
        ),
        (
            "select date_trunc('WEEK', x.d) as w from t x qualify row_number() over (partition by a"
            " order by b) = 1"
        ),
    ),
    ("snowflake", "SELECT v:a.b::string AS s FROM t", "select x.v:a.b::string as s from t x"),
    (
        "postgres",
        "SELECT a FROM t WHERE b BETWEEN 1 AND 2",
        "SELECT a FROM t WHERE 2 >= b AND b >= 1",
    ),
    (
        "postgres",
        "SELECT count(*) FILTER (WHERE a) AS n FROM t",
        "SELECT count(CASE WHEN a THEN 1 END) AS n FROM t",
    ),
    (
        "postgres",
        "SELECT a::date FROM t LEFT JOIN u ON t.i = u.i",
        "SELECT CAST(a AS date) FROM t LEFT OUTER JOIN u ON u.i = t.i",
    ),
    (
        "spark",
        "SELECT a, COUNT(*) AS n FROM t GROUP BY a",
        "WITH s AS (SELECT a FROM t) SELECT a, COUNT(1) AS n FROM s GROUP BY a",
    ),
    (
        "spark",
        "SELECT x.a FROM t x LATERAL VIEW explode(b) e AS c WHERE c > 1 AND x.a < 2",
        "SELECT x.a FROM t x LATERAL VIEW explode(b) e AS c WHERE x.a < 2 AND c > 1",
    ),
    (
        "trino",
        "SELECT a FROM t WHERE d >= DATE '2013-10-01'",
        "SELECT q.a FROM t q WHERE q.d >= CAST('2013-10-01' AS DATE)",
    ),
    (
        "trino",
        "SELECT a FROM t UNION ALL SELECT b FROM u",
        "SELECT a FROM t UNION ALL SELECT b AS c FROM u",
    ),
]
CHANGES = [
    (
        "bigquery",
        "SELECT DATE_TRUNC(day, WEEK) AS w FROM t",
        "SELECT DATE_TRUNC(day, MONTH) AS w FROM t",
    ),
    (
        "bigquery",
        "SELECT DATE_TRUNC(day, WEEK(MONDAY)) AS w FROM t",
        "SELECT DATE_TRUNC(day, WEEK) AS w FROM t",
    ),
    ("bigquery", "SELECT a FROM `p.d.Orders`", "SELECT a FROM `p.d.orders`"),
    ("bigquery", "SELECT a FROM t WHERE NOT b < 1", "SELECT a FROM t WHERE b >= 1"),
    (
        "bigquery",
        "SELECT APPROX_COUNT_DISTINCT(a) AS n FROM t",
        "SELECT COUNT(DISTINCT a) AS n FROM t",
    ),
    ("bigquery", "SELECT SAFE_DIVIDE(a, b) AS v FROM t", "SELECT a / b AS v FROM t"),
    ("bigquery", "SELECT STRUCT(1 AS A) AS s", "SELECT STRUCT(1 AS B) AS s"),
    ("snowflake", 'SELECT "a" AS v FROM t', 'SELECT "A" AS v FROM t'),
    ("snowflake", "SELECT v:a.b FROM t", "SELECT v:a.c FROM t"),
    (
        "snowflake",
        "SELECT LISTAGG(a, ',') WITHIN GROUP (ORDER BY b) AS s FROM t",
        "SELECT LISTAGG(a, ',') WITHIN GROUP (ORDER BY c) AS s FROM t",
    ),
    (
        "snowflake",
        "SELECT DATEDIFF(day, a, b) AS n FROM t",
        "SELECT DATEDIFF(week, a, b) AS n FROM t",
    ),
    ("postgres", "SELECT a FROM t WHERE b ~ 'x'", "SELECT a FROM t WHERE b ~* 'x'"),
    ("postgres", "SELECT a FROM t WHERE b ~ 'x'", "SELECT a FROM t WHERE b LIKE 'x'"),
    ("postgres", "SELECT j -> 'a' FROM t", "SELECT j ->> 'a' FROM t"),
    (
        "postgres",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS v FROM t",
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY a) AS v FROM t",
    ),
    (
        "postgres",
        "SELECT extract(dow FROM d) AS v FROM t",
        "SELECT extract(isodow FROM d) AS v FROM t",
    ),
    ("spark", "SELECT b <=> 1 AS v FROM t", "SELECT b = 1 AS v FROM t"),
    ("spark", "SELECT collect_list(a) AS v FROM t", "SELECT collect_set(a) AS v FROM t"),
    (
        "spark",
        "SELECT x.a FROM t x LATERAL VIEW explode(b) e AS c",
        "SELECT x.a FROM t x LATERAL VIEW OUTER explode(b) e AS c",
    ),
    (
        "trino",
        "SELECT approx_percentile(a, 0.9) AS v FROM t",
        "SELECT approx_percentile(a, 0.5) AS v FROM t",
    ),
    ("trino", "SELECT a FROM t WHERE NOT b > 1e0", "SELECT a FROM t WHERE b <= 1e0"),
    ("trino", "SELECT try_cast(a AS integer) AS v FROM t", "SELECT cast(a AS integer) AS v FROM t"),
    (
        "trino",
        "SELECT u.x FROM t CROSS JOIN UNNEST(b) AS u(x)",
        "SELECT u.x FROM t CROSS JOIN UNNEST(c) AS u(x)",
    ),
]


@pytest.mark.parametrize(("dialect", "before", "after"), HARMLESS)
def test_a_harmless_rewrite_is_proved(dialect: str, before: str, after: str) -> None:
    assert compare_sql(before, after, dialect=dialect).verdict in ("cosmetic", "rewritten")


@pytest.mark.parametrize(("dialect", "before", "after"), CHANGES)
def test_a_change_is_never_missed(dialect: str, before: str, after: str) -> None:
    found = compare_sql(before, after, dialect=dialect)
    assert found.verdict == "changed"
    assert found.changes


def documented() -> Iterator[tuple[str, str, str]]:
    """Dialect, before and after of each line of dialects.txt."""
    for block in (Path(__file__).parent / "dialects.txt").read_text().split("\n## ")[1:]:
        dialect, *lines = block.splitlines()
        for line in filter(None, lines):
            before, after = line.split(" ---> ")
            yield dialect, before, after


@pytest.mark.parametrize(("dialect", "before", "after"), mostly_slow(documented(), quick=40))
def test_what_is_documented_as_different_is_changed(dialect: str, before: str, after: str) -> None:
    for one, other in ((before, after), (after, before)):
        assert verdict(one, other, dialect=dialect) == "changed"


def test_there_are_enough_of_each_dialect() -> None:
    counts = Counter(dialect for dialect, _, _ in documented())
    assert all(
        counts[dialect] >= 50 for dialect in ("bigquery", "snowflake", "postgres", "spark", "trino")
    )


def test_names_of_tables_of_bigquery_have_a_case_and_others_have_none() -> None:
    pairs = [
        ("SELECT Orders.a FROM Orders", "SELECT ORDERS.A FROM Orders"),
        ("SELECT o.a FROM T o", "SELECT O.a FROM T O"),
    ]
    assert [verdict(before, after, dialect="bigquery") for before, after in pairs] == [
        "cosmetic"
    ] * 2
