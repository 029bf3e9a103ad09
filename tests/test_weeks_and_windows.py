"""Weeks that begin on another day than the project's, and windows of so many rows: projects as people
have them, from files to readings."""

from __future__ import annotations

from datetime import date

import pytest
from commandline import sharekit
from untidy_projects import (
    MakeProject,
    codes,
    config,
    csv,
    days,
    metric,
    reading_of,
    results_of,
)

pytestmark = pytest.mark.slow


EVENTS = csv("day,n", [("2026-11-01", 1), ("2026-11-05", 2), ("2026-11-19", 3)])


ROLLING = (
    "SELECT day, sum(n) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS value"
    " FROM ev"
)


WITH_DAYS = """SELECT day, sum(coalesce(n, 0)) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS value
FROM days LEFT JOIN ev USING (day)"""


MONDAYS = "SELECT date_trunc('week', day)::DATE AS week, sum(n) AS value FROM t GROUP BY 1"
SUNDAYS = (
    "SELECT date_trunc('week', day + INTERVAL 1 DAY)::DATE - 1 AS week, sum(n) AS value"
    " FROM t GROUP BY 1"
)
SATURDAYS = SUNDAYS.replace("1 DAY)::DATE - 1", "2 DAYS)::DATE - 2")


@pytest.mark.parametrize(
    ("week_start", "sql", "value", "hint"),
    [
        ("sunday", MONDAYS, None, "+ INTERVAL 1 DAY)::DATE - 1"),
        ("saturday", MONDAYS, None, "+ INTERVAL 2 DAYS)::DATE - 2"),
        ("monday", SUNDAYS, None, "Return one row a day"),
        ("sunday", SUNDAYS, sum(range(15, 22)), None),
        ("saturday", SATURDAYS, sum(range(14, 21)), None),
        ("monday", MONDAYS, sum(range(16, 23)), None),
    ],
)
def test_weeks_of_a_query_that_are_not_the_projects_are_said(
    project: MakeProject, week_start: str, sql: str, value: int | None, hint: str | None
) -> None:
    """What the hint says to write gives the project's weeks, without a warning."""
    rows = [(day, day.day) for day in days(date(2026, 9, 1), date(2026, 11, 24))]
    root = project(
        {
            "sharekit.toml": config("2026-11-25", f'week_start = "{week_start}"'),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric(sql, grain="week"),
        }
    )
    results = results_of(root)
    assert codes(results) == (["other-weeks"] if hint else [])
    if hint:
        assert hint in (results.problems[0].hint or "")
    else:
        assert reading_of(results).value == value


def test_weeks_of_a_source_by_the_week_are_its_own(project: MakeProject) -> None:
    rows = [(day, 5) for day in days(date(2026, 8, 3), date(2026, 11, 16))[::7]]
    root = project(
        {
            "sharekit.toml": config("2026-11-25", 'week_start = "sunday"'),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric(MONDAYS, grain="week"),
        }
    )
    assert codes(results_of(root)) == []


def test_windows_have_no_holes_over_the_table_of_days(project: MakeProject) -> None:
    root = project(
        {
            "sharekit.toml": config("2026-11-21", 'week_start = "sunday"\nfiscal_year_start = 4'),
            "metrics/data/ev.csv": EVENTS,
            "metrics/x.sql": metric(WITH_DAYS, grain="day"),
            "metrics/holes.sql": metric(ROLLING, grain="day"),
            "metrics/own.sql": metric("WITH days AS (SELECT 4 AS value) SELECT value FROM days"),
        }
    )
    results = results_of(root)
    values = {point.on.day: point.value for point in reading_of(results).series}
    assert values == {**dict.fromkeys((*range(1, 5),), 1), 5: 3, 6: 3, 7: 3, **dict.fromkeys(range(8, 12), 2),
                      **dict.fromkeys(range(12, 19), 0), 19: 3, 20: 3}  # fmt: skip
    warned = [problem for problem in results.problems if problem.code == "window-over-gaps"]
    assert [problem.place.path for problem in warned] == ["metrics/holes.sql"]
    assert "FROM days LEFT JOIN" in (warned[0].hint or "")
    assert reading_of(results, "own").value == 4
    last = sharekit(
        "sql", "SELECT * FROM days ORDER BY day DESC LIMIT 1", cwd=root
    ).out.splitlines()
    assert last[0].split() == [
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "fiscal_quarter",
        "fiscal_year",
        "weekday",
    ]
    assert last[1].split() == [
        "2026-11-21", "2026-11-15", "2026-11-01", "2026-10-01", "2026-01-01", "2026-10-01", "2026-04-01", "6",
    ]  # fmt: skip


RUNNING = """SELECT day, sum(coalesce(n, 0)) OVER (PARTITION BY year ORDER BY day) AS value
FROM days LEFT JOIN (SELECT day, sum(n) AS n FROM orders GROUP BY day) USING (day)"""


@pytest.mark.parametrize(
    ("last", "on", "value"),
    [
        (date(2026, 11, 21), date(2026, 11, 21), 2 * 325),
        (date(2026, 11, 22), date(2026, 11, 22), 2 * 326),
        (date(2026, 11, 10), date(2026, 11, 10), 2 * 314),
    ],
    ids=["loaded through yesterday", "today has rows", "stopped twelve days ago"],
)
def test_a_running_sum_over_days_ends_with_the_last_day_of_data(
    project: MakeProject, last: date, on: date, value: float
) -> None:
    orders = csv("day,n", [(day, 2) for day in days(date(2026, 1, 1), last)])
    root = project(
        {
            "sharekit.toml": config("2026-11-22"),
            "metrics/data/orders.csv": orders,
            "metrics/x.sql": metric(RUNNING, grain="day"),
            "metrics/y.sql": metric(RUNNING, grain="month", over_time="last"),
        }
    )
    results = results_of(root)
    for name in ("x", "y"):
        found = reading_of(results, name)
        assert (found.measured_on, found.value) == (on, value), name
    previous = next(entry for entry in reading_of(results).comparisons if entry.kind == "previous")
    assert previous.change == 2, "the day before, not the same sum once more"


def test_a_level_that_is_dated_by_today_alone_is_of_today(project: MakeProject) -> None:
    staff = csv(
        "hired,name", [(day, "x") for day in days(date(2026, 1, 1), date(2026, 11, 3))[::7]]
    )
    sql = "SELECT as_of() AS day, count(*) AS value FROM staff"
    root = project(
        {
            "sharekit.toml": config("2026-11-22"),
            "metrics/data/staff.csv": staff,
            "metrics/x.sql": metric(sql, grain="month", over_time="last"),
        }
    )
    found = reading_of(results_of(root))
    assert (found.measured_on, found.value) == (date(2026, 11, 22), 44)


def test_a_source_of_ones_own_called_days_is_read_instead(project: MakeProject) -> None:
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/days.csv": csv("day,n", [("2026-11-01", 7)]),
            "metrics/x.sql": metric("SELECT sum(n) AS value FROM days"),
        }
    )
    assert reading_of(results_of(root)).value == 7
