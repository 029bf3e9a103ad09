"""Sources that stop, and numbers that stop with them: projects as people have them, from files to
readings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from untidy_projects import (
    TICKETS,
    MakeProject,
    config,
    metric,
    reading_of,
    results_of,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("as_of", "silent"),
    [
        ("2026-11-12", {"day"}),
        ("2026-11-15", {"day"}),
        ("2026-11-16", {"day", "week"}),
        ("2026-11-17", {"day", "week", "month"}),
    ],
)
def test_a_source_that_is_loaded_every_monday_is_fresh_all_week(
    project: MakeProject, as_of: str, silent: set[str]
) -> None:
    first = date(2026, 10, 5)
    days = "".join(f"{first + timedelta(n)},10\n" for n in range(35))
    files = {
        f"metrics/{grain}.sql": metric("SELECT day, n AS value FROM t", grain=grain, total="sum")
        for grain in ("day", "week", "month")
    }
    files["metrics/data/t.csv"] = "day,n\n" + days
    results = results_of(project({"sharekit.toml": config(as_of), **files}))
    assert {name for name, result in results.results.items() if result.stale} == silent


def test_the_way_out_of_a_silent_source_works_when_followed(project: MakeProject) -> None:
    files = {
        "metrics/data/tickets.csv": TICKETS,
        "metrics/x.sql": metric("SELECT day, n AS value FROM tickets", grain="day", missing="zero"),
    }
    (said,) = results_of(project({"sharekit.toml": config("2026-11-21"), **files})).problems
    assert 'time = "none" under [sources.NAME]' in (said.hint or "")
    followed = config("2026-11-21") + '[sources.tickets]\ntime = "none"\n'
    results = results_of(project({"sharekit.toml": followed, **files}))
    assert (reading_of(results).value, results.problems) == (0, ())


def daily(first: date, last: date, row: str = "5") -> str:
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return "".join(f"{day},{row}\n" for day in days)


JUNE = date(2026, 6, 1)


STOPPED = date(2026, 11, 5)


YESTERDAY = date(2026, 11, 20)


SEVERAL = {
    "a": "day,n,who\n" + daily(JUNE, YESTERDAY, "5,x"),
    "b": "day,n,who\n" + daily(JUNE, STOPPED, "5,x"),
    "closed": "day,n,who\n" + daily(JUNE, date(2026, 9, 20), "5,x"),
    "newer": "day,n,who\n" + daily(STOPPED + timedelta(1), YESTERDAY, "5,x"),
}


BOTH = "SELECT * FROM {} UNION ALL SELECT * FROM {}"


@pytest.mark.parametrize(
    ("sql", "stops"),
    [
        (f"SELECT day, sum(n) AS value FROM ({BOTH.format('a', 'b')}) GROUP BY 1", True),
        (
            "WITH x AS (SELECT * FROM a), y AS (SELECT * FROM b)"
            f" SELECT day, sum(n) AS value FROM ({BOTH.format('x', 'y')}) GROUP BY ALL",
            True,
        ),
        ("SELECT day, sum(n) AS value FROM metrics._both GROUP BY 1", True),
        ("SELECT a.day, sum(a.n + b.n) AS value FROM a LEFT JOIN b USING (day) GROUP BY 1", True),
        (
            "SELECT a.day, sum(v.n) AS value FROM a LEFT JOIN metrics._b AS v"
            " ON v.day = a.day::DATE GROUP BY 1",
            True,
        ),
        # the next file begins where the older one ends
        (f"SELECT day, sum(n) AS value FROM ({BOTH.format('b', 'newer')}) GROUP BY 1", False),
        # long known
        (f"SELECT day, sum(n) AS value FROM ({BOTH.format('a', 'closed')}) GROUP BY 1", False),
        # joined by another column, or only looked at
        (
            "SELECT a.day, sum(a.n * p.price) AS value FROM a"
            " JOIN (SELECT who, max(n) AS price FROM b GROUP BY 1) AS p USING (who) GROUP BY 1",
            False,
        ),
        (
            "SELECT a.day, count(*) FILTER (WHERE b.day IS NULL) AS value FROM a"
            " LEFT JOIN b ON b.day = a.day GROUP BY 1",
            False,
        ),
    ],
)
@pytest.mark.parametrize("missing", ["gap", "zero"])
def test_a_number_of_several_feeds_stops_with_the_first_that_stops(
    project: MakeProject, sql: str, stops: bool, missing: str
) -> None:
    files = {f"metrics/data/{name}.csv": rows for name, rows in SEVERAL.items()}
    files["metrics/_both.sql"] = "/* ---\nowner: a\n--- */\n" + BOTH.format("a", "b")
    files["metrics/_b.sql"] = "/* ---\nowner: a\n--- */\nSELECT day, n FROM b"
    files["metrics/x.sql"] = metric(sql, grain="day", total="sum", missing=missing)
    results = results_of(project({"sharekit.toml": config("2026-11-21"), **files}))
    assert (results.results["x"].stale == "No data since 5 Nov 2026.") == stops
    assert reading_of(results).period_start == (STOPPED if stops else YESTERDAY)
