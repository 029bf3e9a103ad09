"""Days without rows: usual ones, such as weekends, are no gap; others are said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from untidy_projects import (
    TICKETS,
    MakeProject,
    codes,
    config,
    csv,
    days,
    metric,
    reading_of,
    results_of,
)

from sharekit.numbers.results import Point, Results

pytestmark = pytest.mark.slow


def test_no_row_means_none_only_as_far_as_there_are_data(project: MakeProject) -> None:
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/tickets.csv": TICKETS,
            "metrics/x.sql": metric(
                "SELECT day, n AS value FROM tickets", grain="day", missing="zero"
            ),
            "metrics/week.sql": metric(
                "SELECT day, n AS value FROM tickets", grain="week", missing="zero", total="sum"
            ),
        }
    )
    results = results_of(root)
    found, week = reading_of(results), reading_of(results, "week")
    assert (found.value, found.period_start) == (
        10,
        date(2026, 11, 10),
    ), "never a zero of a day without data"
    assert all(point.value == 10 for point in found.series)
    assert (week.value, week.period_start) == (
        70,
        date(2026, 11, 2),
    ), "the week in which the data stop is open"
    assert all(entry.change == 0 for entry in week.comparisons)
    assert (
        results.results["x"].stale == results.results["week"].stale == "No data since 10 Nov 2026."
    )
    assert codes(results).count("stale") == 2


@pytest.mark.parametrize("outages", [1, 2])
def test_an_outage_of_the_past_excuses_no_silence_of_today(
    project: MakeProject, outages: int
) -> None:
    """A feed that was dead for three weeks in spring is dead after ten days in autumn."""
    out = [date(2026, 5, 1), date(2026, 7, 10)][:outages]
    rows = [
        (day, 10)
        for day in days(date(2026, 1, 1), date(2026, 11, 10))
        if not any(0 <= (day - first).days < 21 for first in out)
    ]
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/tickets.csv": csv("day,n", rows),
            "metrics/x.sql": metric(
                "SELECT day, n AS value FROM tickets", grain="week", missing="zero", total="sum"
            ),
            "metrics/weeks.sql": metric(
                "SELECT date_trunc('week', day)::DATE AS week, sum(n) AS value"
                " FROM tickets GROUP BY 1",
                total="sum",
            ),
        }
    )
    results = results_of(root)
    for name in ("x", "weeks"):
        found = reading_of(results, name)
        assert (found.value, found.period_start) == (70, date(2026, 11, 2)), name
        assert results.results[name].stale == "No data since 10 Nov 2026.", name


@pytest.mark.parametrize("outages", [0, 1, 2])
def test_an_outage_in_a_few_weeks_of_rows_excuses_no_silence_of_today(
    project: MakeProject, outages: int
) -> None:
    """Thirty weekly rows are too few for two in a hundred to be outages: all but two count."""
    out = [date(2026, 3, 9), date(2026, 6, 1)][:outages]
    rows = [
        (day, 10)
        for day in days(date(2026, 1, 5), date(2026, 9, 28))[::7]
        if not any(0 <= (day - first).days < 35 for first in out)
    ]
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/returns.csv": csv("week,n", rows),
            "metrics/x.sql": metric(
                "SELECT week, n AS value FROM returns", grain="week", missing="zero", total="sum"
            ),
        }
    )
    results = results_of(root)
    found = reading_of(results)
    assert (found.value, found.period_start) == (10, date(2026, 9, 28)), "never a zero"
    assert results.results["x"].stale == "No data since 4 Oct 2026."


def test_no_row_means_none_where_rows_come_when_something_happens(project: MakeProject) -> None:
    rows = [
        (day,)
        for day in (date(2026, 7, 1), date(2026, 8, 9), date(2026, 8, 30), date(2026, 10, 12))
    ]
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/incidents.csv": csv("day", rows),
            "metrics/x.sql": metric(
                "SELECT day, count(*) AS value FROM incidents GROUP BY day",
                grain="month",
                missing="zero",
                total="sum",
            ),
        }
    )
    results = results_of(root)
    assert (reading_of(results).value, results.results["x"].stale) == (1, None)
    assert reading_of(results).open_point == Point(date(2026, 11, 1), 0)


def test_working_days_are_whole_weeks_and_friday_is_the_last_day(project: MakeProject) -> None:
    rows = [(day, 1) for day in days(date(2026, 9, 1), date(2026, 11, 20)) if day.weekday() < 5]
    root = project(
        {
            "sharekit.toml": config("2026-11-23"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric("SELECT day, n AS value FROM t", grain="day"),
            "metrics/week.sql": metric("SELECT day, n AS value FROM t", grain="week", total="sum"),
        }
    )
    results = results_of(root)
    assert reading_of(results).period_start == date(2026, 11, 20)
    assert (reading_of(results, "week").value, reading_of(results, "week").period_start) == (
        5,
        date(2026, 11, 16),
    )
    assert results.results["x"].stale is None


def working_days(
    project: MakeProject, as_of: str, last: date, *, without: date | None = None
) -> Path:
    rows = [
        (day, day.day)
        for day in days(date(2026, 9, 1), last)
        if day.weekday() < 5 and day != without
    ]
    return project(
        {
            "sharekit.toml": config(as_of),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric("SELECT day, n AS value FROM t", grain="day"),
        }
    )


@pytest.mark.parametrize(
    ("as_of", "last", "day", "before"),
    [
        ("2026-11-23", date(2026, 11, 23), date(2026, 11, 20), date(2026, 11, 19)),
        ("2026-11-24", date(2026, 11, 24), date(2026, 11, 23), date(2026, 11, 20)),
        ("2026-11-22", date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 19)),
    ],
    ids=["monday", "tuesday", "sunday"],
)
def test_a_day_of_the_week_that_never_has_rows_is_no_gap(
    project: MakeProject, as_of: str, last: date, day: date, before: date
) -> None:
    results = results_of(working_days(project, as_of, last))
    found = reading_of(results)
    assert (found.period_start, found.value) == (day, day.day)
    assert found.comparisons[0].period == before
    assert found.comparisons[0].measured is (day.weekday() == 0)
    assert codes(results) == []


def test_a_working_day_without_rows_stays_a_gap(project: MakeProject) -> None:
    root = working_days(project, "2026-11-24", date(2026, 11, 24), without=date(2026, 11, 23))
    results = results_of(root)
    assert reading_of(results).value is None
    assert codes(results) == ["headline-gap"]


def with_holes(
    project: MakeProject, *holes: tuple[date, date], working_days_only: bool = False, **front: str
) -> Results:
    """A row a day from May to 19 November 2026, but for these days."""
    rows = [
        (day, 10)
        for day in days(date(2026, 5, 1), date(2026, 11, 19))
        if not any(first <= day <= last for first, last in holes)
        and not (working_days_only and day.weekday() > 4)
    ]
    root = project(
        {
            "sharekit.toml": config("2026-11-20"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric("SELECT day, sum(n) AS value FROM t GROUP BY 1", **front),
        }
    )
    return results_of(root)


HOLE = (date(2026, 10, 10), date(2026, 10, 20))


@pytest.mark.parametrize(
    "front",
    [{"grain": "month"}, {"grain": "week"}, {"grain": "day", "missing": "zero"}],
    ids=["month", "week", "days as zeros"],
)
@pytest.mark.parametrize("working_days_only", [False, True], ids=["every day", "working days"])
def test_days_that_are_missing_in_the_middle_are_said(
    project: MakeProject, front: Mapping[str, str], working_days_only: bool
) -> None:
    hole = (date(2026, 10, 5), date(2026, 10, 23)) if working_days_only else HOLE
    results = with_holes(project, hole, working_days_only=working_days_only, **front)
    first, last = ("3", "25") if working_days_only else ("10", "20")
    assert f"no data from {first} Oct to {last} Oct 2026" in reading_of(results).notes
    assert "hole-in-data" in codes(results)


@pytest.mark.parametrize(
    ("holes", "working_days_only"),
    [
        ([(date(2026, 10, 10), date(2026, 10, 13))], False),
        ([(date(2026, 10, 3), date(2026, 10, 11))], True),
        ([HOLE, (date(2026, 7, 1), date(2026, 7, 11)), (date(2026, 8, 20), date(2026, 8, 31))], False),
        ([(date(2026, 6, 1), date(2026, 6, 14))], False),
    ],
    ids=["a few days", "a week of holidays", "as it often is", "long ago"],
)  # fmt: skip
def test_what_is_no_hole_is_not_said(
    project: MakeProject, holes: list[tuple[date, date]], working_days_only: bool
) -> None:
    results = with_holes(project, *holes, working_days_only=working_days_only, grain="month")
    assert reading_of(results).notes == ()
    assert codes(results) == []


def test_weeks_that_are_missing_in_the_middle_are_said(project: MakeProject) -> None:
    rows = [
        (day, 10)
        for day in days(date(2026, 3, 2), date(2026, 11, 9))[::7]
        if not date(2026, 9, 14) <= day <= date(2026, 10, 12)
    ]
    root = project(
        {
            "sharekit.toml": config("2026-11-20"),
            "metrics/data/t.csv": csv("week,n", rows),
            "metrics/x.sql": metric(
                "SELECT week, n AS value FROM t", grain="week", missing="zero", total="sum"
            ),
        }
    )
    results = results_of(root)
    assert reading_of(results).notes == ("no data from 14 Sep to 18 Oct 2026",)
    assert codes(results) == ["hole-in-data"]


def test_rows_that_come_when_something_happens_have_no_holes(project: MakeProject) -> None:
    steps = [
        3,
        1,
        9,
        2,
        14,
        1,
        1,
        6,
        4,
        11,
        2,
        7,
        1,
        3,
        12,
        5,
        1,
        8,
        2,
        2,
        10,
        1,
        4,
        6,
        3,
        15,
        2,
        9,
        5,
        7,
    ]
    happened = [date(2026, 11, 18) - timedelta(days=sum(steps[:n])) for n in range(len(steps))]
    root = project(
        {
            "sharekit.toml": config("2026-11-20"),
            "metrics/data/t.csv": csv("day,n", [(day, 1) for day in happened]),
            "metrics/x.sql": metric(
                "SELECT day, sum(n) AS value FROM t GROUP BY 1", grain="month", missing="zero"
            ),
        }
    )
    assert "hole-in-data" not in codes(results_of(root))


def with_empty_tail(project: MakeProject, sql: str, last_row: date, **front: str) -> Results:
    """A source of which `n` has no value after 31 October, and rows go on."""
    rows = [
        (day, 5 if day <= date(2026, 10, 31) else "", 6) for day in days(date(2026, 7, 1), last_row)
    ]
    return results_of(
        project(
            {
                "sharekit.toml": config("2026-11-21"),
                "metrics/data/feed.csv": csv("day,n,planned", rows),
                "metrics/x.sql": metric(sql, grain="week", **front),
            }
        )
    )


@pytest.mark.parametrize("last_row", [date(2026, 11, 20), date(2026, 12, 31)])
@pytest.mark.parametrize(
    ("value", "front"),
    [("sum(n)", {}), ("sum(n)", {"missing": "zero"}), ("coalesce(sum(n), 0)", {})],
)
def test_a_column_without_values_ends_like_rows_that_end(
    project: MakeProject, value: str, front: dict[str, str], last_row: date
) -> None:
    results = with_empty_tail(
        project, f"SELECT day, {value} AS value FROM feed GROUP BY day", last_row, **front
    )
    reading = reading_of(results)
    assert (reading.period_start, reading.value) == (date(2026, 10, 19), 35)
    assert reading.silent_since == date(2026, 10, 31)
    (stale,) = results.problems
    assert stale.code == "stale"
    assert "their `n` is empty" in (stale.hint or "")


@pytest.mark.parametrize("as_of", ["2026-11-21", "2026-12-16"])
def test_what_is_advised_for_values_that_come_late_ends_the_warning(
    project: MakeProject, as_of: str
) -> None:
    rows = [
        (day, 5 if day <= date(2026, 10, 31) else "")
        for day in days(date(2026, 7, 1), date.fromisoformat(as_of) - timedelta(days=1))
    ]
    sql = "SELECT date_trunc('week', day)::DATE AS week, sum(n) AS value FROM feed GROUP BY 1"
    files = {"sharekit.toml": config(as_of), "metrics/data/feed.csv": csv("day,n", rows)}
    (stale,) = results_of(project({**files, "metrics/x.sql": metric(sql)})).problems
    advised = (stale.hint or "").rpartition("settles: ")[2].rstrip(".")
    results = results_of(project({**files, "metrics/x.sql": metric(sql, settles=advised)}))
    assert codes(results) == []
    assert (reading_of(results).value, reading_of(results).period_start) == (35, date(2026, 10, 19))


@pytest.mark.parametrize(
    ("sql", "front"),
    [
        ("SELECT day, sum(planned) AS value FROM feed GROUP BY day", {}),
        ("SELECT day, count(*) AS n FROM feed GROUP BY day", {}),
        ("SELECT day, sum(n) AS value FROM feed GROUP BY day", {"settles": "30 days"}),
        ("SELECT day, sum(coalesce(n, planned)) AS value FROM feed GROUP BY day", {}),
        ("SELECT day, coalesce(n, planned) AS value FROM feed", {"over_time": "sum"}),
        ("SELECT day, sum(planned) AS value FROM feed GROUP BY day -- not n", {}),
        ("SELECT day, count(*) AS rows FROM feed WHERE n > 0 OR n IS NULL GROUP BY day", {}),
    ],
)
def test_no_false_alarm_of_columns_without_values(
    project: MakeProject, sql: str, front: dict[str, str]
) -> None:
    results = with_empty_tail(project, sql, date(2026, 11, 20), **front)
    assert reading_of(results).silent_since is None
    assert codes(results) == []
