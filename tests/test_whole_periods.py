"""What is incomplete is never compared as if it were whole: projects as people have them, from
files to readings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from commandline import sharekit
from untidy_projects import (
    MakeProject,
    config,
    csv,
    days,
    metric,
    reading_of,
    results_of,
)

from sharekit.numbers.results import Point

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("grouped", [False, True], ids=["rows a day", "rows a month"])
def test_a_first_month_that_data_cover_in_part_is_no_base(
    project: MakeProject, grouped: bool
) -> None:
    rows = [(day, 10) for day in days(date(2026, 8, 27), date(2026, 10, 20))]
    by_month = (
        "SELECT date_trunc('month', day)::DATE AS month, sum(n) AS value FROM signups GROUP BY 1"
    )
    root = project(
        {
            "sharekit.toml": config("2026-10-21"),
            "metrics/data/signups.csv": csv("day,n", rows),
            "metrics/x.sql": metric(
                by_month if grouped else "SELECT day, n AS value FROM signups",
                grain="month",
                total="sum",
            ),
        }
    )
    found = reading_of(results_of(root))
    assert (found.value, found.series) == (300, (Point(date(2026, 9, 1), 300),))
    assert found.comparisons == ()
    assert found.partial == (Point(date(2026, 8, 1), 50),)
    assert found.notes == ("nothing is compared with August 2026: its data begin on 27 Aug 2026",)


@pytest.mark.parametrize(
    ("first", "compared"),
    [(date(2026, 8, 1), True), (date(2026, 8, 2), True), (date(2026, 8, 3), False)],
    ids=["whole", "one usual step late", "two steps late"],
)
def test_a_month_is_whole_when_data_begin_at_most_one_usual_step_after_it(
    project: MakeProject, first: date, compared: bool
) -> None:
    rows = [(day, 10) for day in days(first, date(2026, 10, 20))]
    root = project(
        {
            "sharekit.toml": config("2026-10-21"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric("SELECT day, n AS value FROM t", grain="month", total="sum"),
        }
    )
    assert bool(reading_of(results_of(root)).comparisons) is compared


def test_a_year_ago_that_is_covered_in_part_is_no_base(project: MakeProject) -> None:
    rows = [(day, 1) for day in days(date(2025, 9, 12), date(2026, 10, 20))]
    root = project(
        {
            "sharekit.toml": config("2026-10-21"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric(
                "SELECT day, n AS value FROM t",
                grain="month",
                total="sum",
                compare="[year_ago, previous]",
            ),
        }
    )
    found = reading_of(results_of(root))
    assert [entry.kind for entry in found.comparisons] == ["previous"]
    assert "nothing is compared with September 2025" in found.notes[0]


def test_since_says_from_when_data_are_whole(project: MakeProject) -> None:
    rows = [(day, 1) for day in days(date(2026, 1, 1), date(2026, 10, 20))]
    root = project(
        {
            "sharekit.toml": config("2026-10-21"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric(
                "SELECT day, n AS value FROM t", grain="month", total="sum", since="2026-08-15"
            ),
        }
    )
    found = reading_of(results_of(root))
    assert [point.on for point in found.series] == [date(2026, 9, 1)]
    assert found.comparisons == ()


def test_rows_that_stand_for_months_cover_their_first_month(project: MakeProject) -> None:
    rows = [(date(2026, month, 1), month) for month in range(1, 11)]
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/t.csv": csv("month,n", rows),
            "metrics/x.sql": metric("SELECT month, n AS value FROM t", grain="month"),
        }
    )
    found = reading_of(results_of(root))
    assert (len(found.series), found.partial) == (10, ())


def test_a_list_that_ended_long_ago_stops_no_number(project: MakeProject) -> None:
    rows = [(day, 1) for day in days(date(2026, 9, 1), date(2026, 11, 20))]
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/sales.csv": csv("day,n", rows),
            "metrics/data/offices.csv": csv(
                "opened,city", [("2019-03-04", "Oslo"), ("2021-06-01", "Bergen")]
            ),
            "metrics/x.sql": metric(
                "SELECT day, n AS value FROM sales WHERE (SELECT count(*) FROM offices) > 0",
                grain="week",
                total="sum",
            ),
        }
    )
    found = reading_of(results_of(root))
    assert (found.value, found.period_start) == (7, date(2026, 11, 9))


def test_a_number_in_its_first_month_says_what_it_has(project: MakeProject) -> None:
    rows = [(day, 5) for day in days(date(2026, 11, 3), date(2026, 11, 19))]
    page = (
        "---\ntitle: Main\nowner: ana\n---\nWe have {{ x }}.\n\n```metrics\n- x\n- {id: x, chart:"
        " line}\n```\n"
    )
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/signups.csv": csv("day,n", rows),
            "metrics/x.sql": metric(
                "SELECT day, n AS value FROM signups", grain="month", total="sum", unit="sign-ups"
            ),
            "dashboards/main.md": page,
        }
    )
    assert "85 sign-ups so far this month (November 2026)" in sharekit("show", "x", cwd=root).out
    sharekit("build", cwd=root)
    site = root / "site"
    said = "85 sign-ups so far this month"
    for path in (
        "metrics/x.md",
        "badges/x.svg",
        "sharekit.json",
        "metrics/index.html",
        "index.html",
    ):
        assert "so far this month" in (site / path).read_text("utf-8"), path
    assert said in (site / "sharekit.json").read_text("utf-8")
    prose = (site / "dashboards/main.html").read_text("utf-8")
    assert prose.count("so far") >= 3, "in prose, on the card and in the chart"
    assert '"so_far":{"period":"2026-11-01","value":85}' in (site / "data/x.json").read_text(
        "utf-8"
    )
    for path in site.rglob("*.html"):
        assert "no data" not in path.read_text("utf-8").lower(), path


def test_a_year_to_date_after_a_leap_year_is_by_the_calendar(project: MakeProject) -> None:
    rows = [
        (day, 1000 if (day.month, day.day) == (3, 31) else 10)
        for day in days(date(2023, 1, 1), date(2025, 3, 31))
    ]
    root = project(
        {
            "sharekit.toml": config("2025-04-01"),
            "metrics/data/billing.csv": csv("day,eur", rows),
            "metrics/x.sql": metric(
                "SELECT day, eur AS value FROM billing",
                grain="year",
                total="sum",
                compare="[year_ago_to_date]",
            ),
        }
    )
    (found,) = reading_of(results_of(root)).comparisons
    assert (found.value, found.change, found.through) == (1900, -10, date(2024, 3, 31))
    assert (
        "on the same days a year ago (1 Jan to 31 Mar 2024)" in sharekit("show", "x", cwd=root).out
    )


def test_a_period_is_open_until_it_has_settled(project: MakeProject) -> None:
    rows = [(day, 1) for day in days(date(2026, 1, 5), date(2026, 3, 17))]
    root = project(
        {
            "sharekit.toml": config("2026-03-18"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric(
                "SELECT day, n AS value FROM t", grain="week", total="sum", settles="7 days"
            ),
        }
    )
    found = reading_of(results_of(root))
    assert found.period_start == date(2026, 3, 2)
    assert found.unsettled == (Point(date(2026, 3, 9), 7),)
    assert found.open_point == Point(date(2026, 3, 16), 2)


def test_a_query_that_looks_ahead_settles_as_late_as_it_looks(project: MakeProject) -> None:
    """Every other visitor buys six days later: half of them in every week, once the week after it
    is over."""
    visits = [
        (day, f"{day}-{n}") for day in days(date(2026, 1, 5), date(2026, 3, 17)) for n in "ab"
    ]
    buys = [(day + timedelta(days=6), who) for day, who in visits if who.endswith("a")]
    sql = (
        "SELECT date_trunc('week', day)::DATE AS week, avg(CASE WHEN EXISTS (SELECT 1 FROM buys b"
        " WHERE b.who = v.who AND b.day BETWEEN v.day AND v.day + 7) THEN 1 ELSE 0 END) AS value"
        " FROM visits v GROUP BY 1"
    )
    root = project(
        {
            "sharekit.toml": config("2026-03-18"),
            "metrics/data/visits.csv": csv("day,who", visits),
            "metrics/data/buys.csv": csv(
                "day,who", [buy for buy in buys if buy[0] < date(2026, 3, 18)]
            ),
            "metrics/x.sql": metric(sql, grain="week", unit='"%"'),
        }
    )
    reading = reading_of(results_of(root))
    assert (reading.period_start, reading.value) == (date(2026, 3, 2), 0.5)
    warned = sharekit("check", cwd=root)
    assert 'Say so in the front matter: settles: "7 days"' in warned.out + warned.err
    said = metric(sql, grain="week", unit='"%"', settles="7 days")
    (root / "metrics/x.sql").write_text(said, encoding="utf-8")
    assert "still-moves" not in sharekit("check", cwd=root).out
    assert reading_of(results_of(root)).period_start == date(2026, 3, 2)


def test_a_wrong_settles_is_said(project: MakeProject) -> None:
    root = project(
        {
            "sharekit.toml": config("2026-03-18"),
            "metrics/data/t.csv": csv("day,n", [("2026-01-01", 1)]),
            "metrics/x.sql": metric("SELECT day, n AS value FROM t", grain="week", settles="soon"),
        }
    )
    said = sharekit("check", "--no-run", cwd=root)
    assert (said.code, '"soon" is not a span of time' in said.out + said.err) == (2, True)


def test_days_of_moments_are_those_of_the_project(project: MakeProject) -> None:
    """Half-hourly events in UTC, as read on 28 October at 06:30 in Manila; and each hour of a day
    with 25."""
    moments = [
        f"2026-10-{20 + n // 48:02d} {n % 48 // 2:02d}:{n % 2 * 30:02d}:00+00" for n in range(374)
    ]
    files = {
        "metrics/data/events.csv": csv("happened", [(moment,) for moment in moments]),
        "metrics/x.sql": metric(
            "SELECT happened, 1 AS value FROM events", grain="day", total="sum"
        ),
        "metrics/grouped.sql": metric(
            "SELECT happened::DATE AS day, count(*) AS value FROM events WHERE happened < as_of()"
            " GROUP BY 1",
            grain="day",
        ),
    }
    manila = project({"sharekit.toml": config("2026-10-28", 'timezone = "Asia/Manila"'), **files})
    results = results_of(manila)
    for name in ("x", "grouped"):
        found = reading_of(results, name)
        assert (found.value, found.period_start) == (48, date(2026, 10, 27)), name
        assert found.partial == (Point(date(2026, 10, 20), 32),), "its first day begins at eight"
    berlin = project({"sharekit.toml": config("2026-10-26", 'timezone = "Europe/Berlin"'), **files})
    found = reading_of(results_of(berlin))
    assert (found.value, found.period_start) == (50, date(2026, 10, 25)), "a day of 25 hours"


def test_a_day_that_was_not_over_when_it_was_read_is_open(project: MakeProject) -> None:
    rows = [
        (f"2026-10-{day:02d} {hour:02d}:00:00",)
        for day in range(10, 28)
        for hour in range(24)
        if (day, hour) < (27, 8)
    ]
    root = project(
        {
            "sharekit.toml": config("2026-10-28"),
            "metrics/data/events.csv": csv("happened", rows),
            "metrics/x.sql": metric(
                "SELECT happened, 1 AS value FROM events", grain="day", total="sum"
            ),
        }
    )
    found = reading_of(results_of(root))
    assert (found.value, found.period_start) == (24, date(2026, 10, 26))


@pytest.mark.parametrize(
    ("as_of", "time_is", "stale"),
    [
        ("2026-11-21", "", None),
        ("2026-12-20", "", "Data is 50 days old; its limit is 45 days."),
        (
            "2026-11-21",
            '[sources.close]\ntime_is = "day"\n',
            "Data is 51 days old; its limit is 45 days.",
        ),
    ],
    ids=["found", "too old", "declared days"],
)
def test_a_row_of_a_month_is_as_old_as_its_end(
    project: MakeProject, as_of: str, time_is: str, stale: str | None
) -> None:
    root = project(
        {
            "sharekit.toml": config(as_of) + time_is,
            "metrics/data/close.csv": csv(
                "month,eur", [(date(2026, month, 1), month) for month in (8, 9, 10)]
            ),
            "metrics/x.sql": metric(
                "SELECT month, eur AS value FROM close", grain="month", max_age="45 days"
            ),
        }
    )
    assert results_of(root).results["x"].stale == stale


@pytest.mark.parametrize(("named_by", "year"), [("end", 2027), ("start", 2026)])
def test_periods_of_key_results_and_of_values_have_one_name(
    project: MakeProject, named_by: str, year: int
) -> None:
    rows = [(day, 1) for day in days(date(2024, 4, 1), date(2026, 11, 20))]
    more = f'fiscal_year_start = 4\nfiscal_year_named_by = "{named_by}"'
    root = project(
        {
            "sharekit.toml": config("2026-11-21", more),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/okrs/q/objective.md": (
                f"---\ntitle: G\nowner: ana\nperiod: {year}-Q2\n---\nG.\n"
            ),
            "metrics/okrs/q/kr.sql": metric(
                "SELECT day, n AS value FROM t", grain="quarter", total="sum", baseline=0, target=92
            ),
            "metrics/y.sql": metric("SELECT day, n AS value FROM t", grain="year", total="sum"),
        }
    )
    name = f"Q2 FY{year} (Jul to Sep 2026)"
    said = sharekit("show", "kr", cwd=root).out
    assert f"92 things, {name}" in said
    assert f"{name}, day 92 of 92" in said
    assert f"FY{year - 1} (Apr 2025 to Mar 2026)" in sharekit("show", "y", cwd=root).out


def test_the_periods_of_a_table_have_the_names_that_cards_have(project: MakeProject) -> None:
    rows = [(day, 1) for day in days(date(2025, 1, 1), date(2026, 11, 20))]
    root = project(
        {
            "sharekit.toml": config("2026-11-21", "fiscal_year_start = 7"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric("SELECT day, n AS value FROM t", grain="quarter", total="sum"),
            "dashboards/d.md": "---\ntitle: D\n---\n```table\nid: x\n```\n",
        }
    )
    assert sharekit("build", cwd=root).code == 0
    page = (root / "site/dashboards/d.html").read_text()
    assert "Q1 FY2027 (Jul to Sep 2026)" in page
    assert "Q3 2026" not in page


def test_what_is_measured_every_five_years_is_compared_with_the_measurement_before(
    project: MakeProject,
) -> None:
    rows = [
        (date(year, 1, 1), value)
        for year, value in ((2006, 10), (2011, 14), (2016, 12), (2021, 15))
    ]
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/census.csv": csv("year,n", rows),
            "metrics/x.sql": metric("SELECT year, n AS value FROM census", grain="year"),
        }
    )
    found = reading_of(results_of(root))
    assert (found.value, found.period_start, found.irregular) == (15, date(2021, 1, 1), True)
    assert [point.on.year for point in found.series] == [
        2006,
        2011,
        2016,
        2021,
    ], "without gaps: they are joined"
    (previous,) = found.comparisons
    assert (previous.period, previous.change, previous.measured) == (date(2016, 1, 1), 3, True)
    assert "on the measurement before, 2016" in sharekit("show", "x", cwd=root).out
    sharekit("build", cwd=root)
    page = (root / "site/metrics/x.html").read_text("utf-8")
    assert "4 measurements to 2021" in page
    assert "Measured now and then; the points are joined." in page


def test_a_query_that_counts_from_a_day_on_has_a_first_month_in_part(project: MakeProject) -> None:
    rows = [(day, 10) for day in days(date(2025, 1, 1), date(2026, 10, 20))]
    sql = (
        "SELECT date_trunc('month', day)::DATE AS month, sum(n) AS value FROM t"
        " WHERE day >= DATE '2026-08-27' AND n > 0 GROUP BY 1"
    )
    root = project(
        {
            "sharekit.toml": config("2026-10-21"),
            "metrics/data/t.csv": csv("day,n", rows),
            "metrics/x.sql": metric(sql, grain="month"),
        }
    )
    found = reading_of(results_of(root))
    assert (found.comparisons, found.partial) == ((), (Point(date(2026, 8, 1), 50),))


def test_the_only_row_of_a_month_stands_for_it(project: MakeProject) -> None:
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/close.csv": csv("month,eur", [("2026-10-01", 12)]),
            "metrics/x.sql": metric(
                "SELECT month, eur AS value FROM close", grain="month", max_age="45 days"
            ),
        }
    )
    results = results_of(root)
    assert (reading_of(results).value, results.results["x"].stale) == (12, None)
