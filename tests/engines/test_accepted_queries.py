"""Queries as people write them: all of them run, on every DuckDB we support."""

from __future__ import annotations

import pytest
from enginekit import failure

from sharekit.engines.duckdb.engine import DuckDBEngine

ACCEPTED = {
    "weekly count": "SELECT date_trunc('week', day) AS week, count(*) AS value FROM flights GROUP BY 1 ORDER BY 1",
    "group by all": "SELECT date_trunc('month', day) AS month, origin, count(*) AS value FROM flights GROUP BY ALL",
    "a ratio with aliases": """
        SELECT date_trunc('week', day) AS week, count(*) FILTER (WHERE delay <= 15) AS on_time,
               count(*) AS scheduled, on_time / scheduled AS value
        FROM flights GROUP BY ALL""",
    "from first": "FROM flights SELECT carrier, avg(delay) AS value GROUP BY carrier",
    "only from": "FROM flights",
    "table": "TABLE flights",
    "values": "VALUES (1, 'a'), (2, 'b')",
    "a join": "SELECT name, count(*) AS value FROM flights JOIN carriers USING (carrier) GROUP BY name",
    "a left join with alias": "SELECT name FROM main.flights AS f LEFT JOIN main.carriers c ON c.carrier = f.carrier",
    "a view": "SELECT count(*) AS value FROM metrics._operated",
    "a metric": "SELECT origin, value FROM metrics.on_time WHERE origin = 'JFK'",
    "any case": "select COUNT(*) as VALUE from Flights, METRICS.On_Time, MAIN.CARRIERS",
    "quoted": 'SELECT "day" FROM "flights" WHERE "origin" = \'JFK\'',
    "with": "WITH late AS (SELECT * FROM flights WHERE delay > 15) SELECT count(*) AS value FROM late",
    "with in a row": "WITH a AS (FROM flights), b AS (FROM a WHERE delay > 0), c AS (FROM b) SELECT count(*) FROM c",
    "with nested": "SELECT * FROM (WITH a AS (SELECT 1 AS x) SELECT * FROM a) AS s, (WITH a AS (SELECT 2 AS y) FROM a)",
    "with materialized": "WITH a AS MATERIALIZED (SELECT origin FROM flights) SELECT * FROM a, a AS b",
    "recursive days": """
        WITH RECURSIVE days(d) AS (
            SELECT DATE '2013-11-18' UNION ALL SELECT (d + INTERVAL 1 DAY)::DATE FROM days WHERE d < as_of())
        SELECT d, count(flights.day) AS value FROM days LEFT JOIN flights ON day = d GROUP BY d ORDER BY d""",
    "a calendar": "SELECT d::DATE AS day FROM generate_series(DATE '2013-11-01', as_of(), INTERVAL 1 DAY) AS t(d)",
    "range": "SELECT i, i * 2 AS value FROM range(10) AS t(i)",
    "unnest": "SELECT unnest(['a', 'b']) AS name, unnest([1, 2]) AS value",
    "unnest in from": "SELECT x FROM flights, unnest([delay, distance]) AS t(x)",
    "as of": "SELECT count(*) AS value FROM flights WHERE day <= as_of() AND day > as_of() - INTERVAL 7 DAY",
    "grouping sets": "SELECT origin, carrier, count(*) FROM flights GROUP BY GROUPING SETS ((origin, carrier), ())",
    "rollup": "SELECT origin, grouping(origin) AS g, count(*) FROM flights GROUP BY ROLLUP (origin)",
    "quantiles": "SELECT quantile_cont(delay, 0.9) AS p90, median(delay), mode(origin), stddev(delay) FROM flights",
    "a window": """
        SELECT day, sum(count(*)) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS value,
               lag(count(*), 1, 0) OVER w AS before
        FROM flights GROUP BY day WINDOW w AS (ORDER BY day)""",
    "qualify": "SELECT * FROM flights QUALIFY rank() OVER (PARTITION BY origin ORDER BY delay DESC NULLS LAST) = 1",
    "distinct on": "SELECT DISTINCT ON (origin) origin, day FROM flights ORDER BY origin, day",
    "union": "SELECT origin AS place FROM flights UNION SELECT dest FROM flights ORDER BY 1",
    "union by name": "SELECT origin FROM flights UNION ALL BY NAME SELECT 'all' AS origin",
    "except": "SELECT carrier FROM carriers EXCEPT SELECT carrier FROM flights WHERE delay > 30",
    "brackets": "(SELECT 1 AS value) UNION ALL (SELECT 2 ORDER BY 1 LIMIT 1)",
    "subqueries": """
        SELECT (SELECT max(delay) FROM flights) AS most,
               EXISTS (FROM flights WHERE delay > 100) AS bad,
               'JFK' IN (SELECT origin FROM flights) AS there""",
    "a correlated subquery": "SELECT name, (SELECT max(delay) FROM flights WHERE carrier = c.carrier) FROM carriers c",
    "lateral": "SELECT name, n FROM carriers c, LATERAL (SELECT count(*) AS n FROM flights WHERE carrier = c.carrier)",
    "semi and anti": "SELECT * FROM carriers SEMI JOIN flights USING (carrier)",
    "asof": "SELECT f.day, c.name FROM flights f ASOF JOIN carriers c ON f.carrier >= c.carrier",
    "pivot with values": "PIVOT flights ON origin IN ('JFK', 'LGA') USING count(*) GROUP BY carrier",
    "pivot in from": "SELECT * FROM (PIVOT flights ON origin IN ('JFK', 'LGA') USING sum(distance) GROUP BY day)",
    "unpivot": "UNPIVOT (SELECT delay, distance FROM flights) ON delay, distance INTO NAME what VALUE amount",
    "columns": "SELECT min(COLUMNS(* EXCLUDE (day, carrier, origin, dest))) FROM flights",
    "replace": "SELECT * REPLACE (upper(dest) AS dest) FROM flights",
    "case": "SELECT CASE WHEN delay > 15 THEN 'late' ELSE 'on time' END AS kind, count(*) FROM flights GROUP BY 1",
    "lists": "SELECT list_transform([1, 2, 3], lambda x: x + 1) AS l, [x * 2 FOR x IN [1, 2] IF x > 1] AS m",
    "structs": "SELECT s.a AS a, s['b'] AS b, MAP {'k': 1}['k'] AS k FROM (SELECT {'a': 1, 'b': 'x'} AS s)",
    "json": "SELECT '{\"a\": [1, 2]}'::JSON ->> '$.a[0]' AS a, json_extract_string('{\"b\": 1}', 'b') AS b",
    "json rows": "SELECT key, value FROM json_each('{\"a\": 1, \"b\": 2}')",
    "text": "SELECT regexp_extract(name, '^\\w+'), split_part(name, ' ', 1), name ILIKE '%a%', name[1:3] FROM carriers",
    "dates": "SELECT year(day), dayname(day), strftime(day, '%d %b'), date_diff('day', day, as_of()) FROM flights",
    "time zones": "SELECT TIMESTAMP '2013-11-18 10:00' AT TIME ZONE 'America/New_York', timezone('UTC', now()) IS NULL",
    "types": "SELECT 1::DECIMAL(10, 2), 1::HUGEINT, try_cast('x' AS INT), '1'::TINYINT, typeof(1.5), 1e9, TRUE, NULL",
    "null handling": "SELECT coalesce(delay, 0), nullif(delay, 0), ifnull(delay, 1), if(delay > 0, 1, 0) FROM flights",
    "min by": "SELECT arg_max(dest, delay), max_by(origin, delay), first(day ORDER BY day) FROM flights",
    "string_agg": "SELECT string_agg(DISTINCT carrier, ', ' ORDER BY carrier) AS carriers FROM flights",
    "approximate": "SELECT approx_count_distinct(dest), approx_quantile(delay, 0.5), count(DISTINCT dest) FROM flights",
    "a sample": "SELECT count(*) FROM (SELECT * FROM flights USING SAMPLE 100%)",
    "positional": "SELECT origin, count(*) FROM flights GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3 OFFSET 1",
    "comments": "/* a ; */ SELECT 1 AS value -- DROP TABLE flights; \n ; -- done",
    "a semicolon": "SELECT count(*) AS value FROM flights;",
    "no-break and zero-width spaces": "SELECT\u00a0count(*) FROM flights\u200b",
    "other letters": "SELECT 'Zürich – 東京' AS \"Ort\", count(*) AS \"größe\" FROM flights",
    "no table": "SELECT 42 AS value",
    "names like functions": "WITH range AS (SELECT 1 AS getenv) SELECT getenv AS read_csv FROM range",
    "a column like a setting": "SELECT current_setting FROM (SELECT 1 AS current_setting)",
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_query_runs(engine: DuckDBEngine, name: str) -> None:
    rows = engine.query(ACCEPTED[name])

    assert rows.columns
    assert all(len(row) == len(rows.columns) for row in rows.rows)
    assert [column.name for column in engine.columns(ACCEPTED[name])] == [
        column.name for column in rows.columns
    ]


def test_same_name_as_schema_and_table(engine: DuckDBEngine) -> None:
    assert engine.query("FROM flights").rows == engine.query("FROM main.flights").rows


def test_spacing_does_not_change_a_query(engine: DuckDBEngine) -> None:
    for sql in ACCEPTED.values():
        assert engine.canonical(sql) == engine.canonical(f"\n  {sql}\n")


def test_a_hint_tells_the_columns(engine: DuckDBEngine) -> None:
    error = failure(engine, "SELECT count(*)\nFROM flights\nWHERE orgin = 'JFK'")

    assert error.fault == "unknown-column"
    assert (error.line, error.column, error.length) == (3, 7, 5)
    assert error.message == "there is no column `orgin`"
    assert (
        error.hint
        == "Did you mean `origin`? flights has: day, carrier, origin, dest, delay, distance."
    )
