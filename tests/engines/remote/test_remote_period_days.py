"""From which column of which table the days of a query come, in the dialects of the engines."""

from __future__ import annotations

from datetime import date

import pytest

from sharekit.engines.remote.guard import EngineRules
from sharekit.engines.remote.period_days import period_days
from sharekit.sqldiff.parse import parse, tables_read

MONTHS = [
    ("postgres", "date_trunc('month', day)::date"),
    ("postgres", "to_char(day, 'YYYY-MM-01')::date"),
    ("tsql", "datefromparts(year(day), month(day), 1)"),
    ("tsql", "dateadd(month, datediff(month, 0, day), 0)"),
    ("mysql", "cast(date_format(day, '%Y-%m-01') AS date)"),
    ("clickhouse", "toStartOfMonth(day)"),
    ("bigquery", "date_trunc(day, MONTH)"),
    ("snowflake", "trunc(day, 'month')"),
    ("spark", "trunc(day, 'MM')"),
    ("sqlite", "date(day, 'start of month')"),
]


@pytest.mark.parametrize(("dialect", "month"), MONTHS)
def test_the_days_below_a_month_are_asked_for(dialect: str, month: str) -> None:
    period = period_days(f"SELECT {month} AS m, sum(n) AS value FROM a.f GROUP BY {month}", dialect)
    assert period is not None
    assert period.makes_periods
    (question,) = period.queries.values()
    assert "month" not in question.lower()
    assert [read.name for read in tables_read(question, dialect)] == ["f"]
    EngineRules("warehouse", dialect, ("a.*",)).guarded(question, date(2025, 11, 20))


PATHS = [
    ("date_trunc('month', o.at)", "a.o o JOIN a.c c ON c.id = o.c", ["a.o"]),
    ("date_trunc('month', at)", "a.o o JOIN a.c c ON c.id = o.c", []),
    ("date_trunc('week', day)", "(SELECT at::date AS day, n FROM a.o) x", ["a.o"]),
    ("date_trunc('week', day)", "(SELECT day, n FROM a.p UNION ALL SELECT d, n FROM a.q) u", ["a.p", "a.q"]),
    ("v.day", "a.v v JOIN a.n n ON n.day = v.day", ["a.v", "a.n"]),
    ("v.day", "a.v v JOIN a.holidays h ON h.day = v.day", ["a.v"]),
    ("d.day", "generate_series(date '2025-01-01', now(), '1 day') AS d(day) LEFT JOIN a.n n ON n.day = d.day", ["a.n"]),
    ("make_date(y, m, 1)", "a.o", []),
]  # fmt: skip


@pytest.mark.parametrize(("time", "sources", "tables"), PATHS)
def test_days_are_followed_to_their_tables(time: str, sources: str, tables: list[str]) -> None:
    counted = "n.n" if " n " in sources else "1"
    period = period_days(
        f"SELECT {time} AS t, sum({counted}) FROM {sources} GROUP BY 1", "postgres"
    )
    assert period is not None
    assert list(period.queries) == tables


def test_days_are_followed_through_steps_but_not_into_what_makes_rows_of_itself() -> None:
    months = "SELECT date_trunc('month', day) AS m, count(*) AS value FROM d GROUP BY 1"
    step = period_days(f"WITH d AS (SELECT at::date AS day FROM a.o) {months}", "postgres")
    made = period_days(
        f"WITH RECURSIVE d AS (SELECT date '2025-01-01' AS day UNION ALL SELECT day + 1 FROM d) {months}",
        "postgres",
    )
    assert step is not None
    assert made is not None
    assert list(step.queries) == ["a.o"]
    assert not made.queries


def test_a_question_has_the_lower_bound_of_its_query_and_no_other() -> None:
    """A table may refuse to be read whole; an upper bound would hide that rows go on."""
    sql = """SELECT date_trunc('month', day) AS m, sum(n) AS value FROM a.f
        WHERE day >= date '2025-01-01' AND day < date_trunc('month', now()) AND kind = 'bug' GROUP BY 1"""
    period = period_days(sql, "postgres")
    assert period is not None
    where = parse(period.queries["a.f"], "postgres").args["where"].this
    assert where.sql("postgres") == "day >= CAST('2025-01-01' AS DATE)"


def test_of_an_extract_the_period_is_its_time() -> None:
    sql = "SELECT kind, date_trunc('month', day) AS m, count(*) AS n FROM a.f GROUP BY 1, 2"
    period = period_days(sql, "postgres")
    assert period is not None
    assert period.name == "m"
    assert list(period.queries) == ["a.f"]
