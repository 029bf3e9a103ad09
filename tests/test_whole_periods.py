"""What is incomplete is never compared as if it were whole: projects as people have them, from
files to readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from commandline import sharekit

from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.numbers.evaluate import evaluate
from sharekit.numbers.results import Point, Reading, Results
from sharekit.project.load import load

pytestmark = pytest.mark.slow

MakeProject = Callable[[Mapping[str, str | bytes]], Path]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def csv(head: str, rows: Iterable[tuple[object, ...]]) -> str:
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def config(as_of: str, more: str = "") -> str:
    project = (
        f'[project]\nname = "P"\nurl = "https://numbers.example.com/"\nas_of = {as_of}\n{more}\n'
    )
    return f'{project}\n[people.ana]\nname = "Ana Ruiz"\n'


def metric(sql: str, *, title: str = "X", unit: str = "things", **front: object) -> str:
    keys = "".join(f"{key}: {value}\n" for key, value in front.items())
    return f"/* ---\ntitle: {title}\nowner: ana\nunit: {unit}\n{keys}--- */\n{sql}\n"


def results_of(root: Path) -> Results:
    manifest = load(root)
    assert not manifest.problems, manifest.problems
    as_of = manifest.config.project.as_of
    assert as_of is not None
    with open_duckdb(manifest, as_of=as_of, cache_dir=None) as engine:
        return evaluate(manifest, engine, as_of)


def reading_of(results: Results, name: str = "x") -> Reading:
    reading = results.results[name].reading
    assert reading is not None, results.problems
    return reading


def codes(results: Results) -> list[str]:
    return [problem.code for problem in results.problems]


# -- the first period -----------------------------------------------------------------------------


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
    assert found.notes == ("August 2026 is not compared with: its data begin on 27 Aug 2026",)


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
    assert "September 2025 is not compared with" in found.notes[0]


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


# -- the end of the data --------------------------------------------------------------------------

TICKETS = csv("day,n", [(day, 10) for day in days(date(2026, 9, 1), date(2026, 11, 10))])


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


# -- members --------------------------------------------------------------------------------------


def sales(ends: Mapping[str, date], starts: Mapping[str, date] | None = None, step: int = 1) -> str:
    begin = starts or {}
    return csv(
        "day,region,n",
        [
            (day, region, 10)
            for region, last in ends.items()
            for day in days(begin.get(region, date(2026, 8, 3)), last)[::step]
        ],
    )


BY_REGION = (
    "SELECT date_trunc('week', day)::DATE AS week, region, sum(n) AS value FROM pos GROUP BY ALL"
)


def by_region(project: MakeProject, data: str, sql: str = BY_REGION) -> Results:
    return results_of(
        project(
            {
                "sharekit.toml": config("2026-11-21"),
                "metrics/data/pos.csv": data,
                "metrics/x.sql": metric(sql, grain="week", dimensions="[region]"),
            }
        )
    )


def test_a_total_says_which_member_is_late(project: MakeProject) -> None:
    last = date(2026, 11, 20)
    results = by_region(project, sales({"north": date(2026, 11, 11), "south": last, "west": last}))
    found = reading_of(results)
    assert found.notes == ("without north since 11 Nov",)
    assert codes(results) == ["late-member"]
    parts = {part.member: part for part in found.slices["region"]}
    assert parts["north"].previous is None, "three days are not compared with seven"
    assert parts["south"].previous is not None


@pytest.mark.parametrize(
    ("compare", "notes"),
    [("[previous]", ()), ("[previous, previous_to_date]", ("so far without north since 7 Nov",))],
)
def test_a_comparison_to_date_says_which_member_is_late(
    project: MakeProject, compare: str, notes: tuple[str, ...]
) -> None:
    last = date(2026, 11, 20)
    data = sales({"north": date(2026, 11, 7), "south": last, "west": last})
    sql = "SELECT day, region, sum(n) AS value FROM pos GROUP BY ALL"
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/pos.csv": data,
            "metrics/x.sql": metric(sql, grain="month", dimensions="[region]", compare=compare),
        }
    )
    results = results_of(root)
    found = reading_of(results)
    assert found.notes == notes
    assert codes(results) == ["late-member"] * len(notes)
    assert all(part.previous for part in found.slices["region"]), "October is whole for all"


def test_a_late_member_is_told_from_the_rows_where_no_source_has_it(project: MakeProject) -> None:
    last = date(2026, 11, 20)
    sql = BY_REGION.replace("region,", "upper(region) AS region,")
    results = by_region(
        project, sales({"north": date(2026, 11, 8), "south": last, "west": last}), sql
    )
    assert reading_of(results).notes == ("without NORTH since 8 Nov",)


def test_a_note_calls_a_member_by_its_name(project: MakeProject) -> None:
    last = date(2026, 11, 20)
    data = sales({"north": date(2026, 11, 11), "south": last, "west": last})
    front = {"grain": "week", "dimensions": "[region]", "labels": "{region: regions.name}"}
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/pos.csv": data,
            "metrics/data/regions.csv": "region,name\nnorth,The North\nsouth,The South\n",
            "metrics/x.sql": metric(BY_REGION, **front),
        }
    )
    results = results_of(root)
    assert reading_of(results).notes == ("without The North since 11 Nov",)
    assert "without The North since 11 Nov 2026" in results.problems[0].message


@pytest.mark.parametrize(
    "ends",
    [
        {"north": date(2026, 9, 1), "south": date(2026, 11, 20), "west": date(2026, 11, 20)},
        {"north": date(2026, 11, 20), "south": date(2026, 11, 20)},
        {f"c{n}": date(2026, 8, 20) + timedelta(days=7 * n) for n in range(14)},
    ],
    ids=["closed long ago", "all there", "campaigns come and go"],
)
def test_no_false_alarm(project: MakeProject, ends: Mapping[str, date]) -> None:
    results = by_region(project, sales(ends))
    assert reading_of(results).notes == ()
    assert "late-member" not in codes(results)


def test_a_member_that_has_rows_now_and_then_is_not_late(project: MakeProject) -> None:
    rare = [
        (day, "rare", 1)
        for day in (date(2026, 8, 5), date(2026, 8, 20), date(2026, 9, 20), date(2026, 10, 30))
    ]
    data = sales({"south": date(2026, 11, 20)}) + csv("", rare).lstrip("\n")
    assert reading_of(by_region(project, data)).notes == ()


def test_many_late_members_are_counted(project: MakeProject) -> None:
    ends = {f"r{n}": date(2026, 11, 20 if n > 6 else 11) for n in range(20)}
    (note,) = reading_of(by_region(project, sales(ends))).notes
    assert note == "without r0 since 11 Nov, r1 since 11 Nov, r2 since 11 Nov and 4 more"


def test_a_member_that_has_just_begun_is_said(project: MakeProject) -> None:
    last = date(2026, 11, 20)
    data = sales({"north": last, "south": last, "west": last}, {"north": date(2026, 11, 6)})
    found = reading_of(by_region(project, data))
    assert found.notes == ("with north only from 6 Nov",)


# -- so far ---------------------------------------------------------------------------------------


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


# -- to date --------------------------------------------------------------------------------------


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


# -- values that settle ---------------------------------------------------------------------------


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


# -- the project's time zone ----------------------------------------------------------------------


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


# -- ages -----------------------------------------------------------------------------------------


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


# -- fiscal years ---------------------------------------------------------------------------------


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


# -- the table of days ----------------------------------------------------------------------------

EVENTS = csv("day,n", [("2026-11-01", 1), ("2026-11-05", 2), ("2026-11-19", 3)])
ROLLING = (
    "SELECT day, sum(n) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS value"
    " FROM ev"
)
WITH_DAYS = """SELECT day, sum(coalesce(n, 0)) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS value
FROM days LEFT JOIN ev USING (day)"""


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


# -- now and then ---------------------------------------------------------------------------------


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


def test_zeros_of_a_late_member_end_with_it(project: MakeProject) -> None:
    last = date(2026, 11, 20)
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/pos.csv": sales(
                {"north": date(2026, 11, 5), "south": last, "west": last}
            ),
            "metrics/x.sql": metric(BY_REGION, grain="week", dimensions="[region]", missing="zero"),
        }
    )
    parts = {part.member: part.value for part in reading_of(results_of(root)).slices["region"]}
    assert parts == {
        "south": 70,
        "west": 70,
        "north": None,
    }, "nothing is known of north, so it did not sell nothing"


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


def test_a_late_member_of_a_joined_table_is_told_from_the_rows(project: MakeProject) -> None:
    last = date(2026, 11, 20)
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/pos.csv": (
                sales({"1": date(2026, 11, 11), "2": last, "3": last}).replace("region", "id")
            ),
            "metrics/data/shops.csv": "id,name\n1,north\n2,south\n3,west\n",
            "metrics/x.sql": metric(
                "SELECT day, name, sum(n) AS value FROM pos JOIN shops USING (id) GROUP BY ALL",
                grain="week",
                dimensions="[name]",
                total="sum",
            ),
        }
    )
    assert reading_of(results_of(root)).notes == ("without north since 11 Nov",)


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
