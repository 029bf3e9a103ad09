"""Whose rows are missing at the end, or begin late, is told with every total that they are in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from untidy_projects import MakeProject, codes, config, csv, days, metric, reading_of, results_of

from sharekit.numbers.results import Results

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize("region", ["region", "upper(region) AS region"])
def test_an_outage_of_the_past_excuses_no_late_member(project: MakeProject, region: str) -> None:
    """North was silent for six weeks in spring; ten days in autumn are told all the same."""
    first, last = date(2025, 1, 6), date(2026, 11, 20)
    out = days(date(2026, 3, 2), date(2026, 4, 12))
    rows = [
        (day, region, 10)
        for region, end in (("north", date(2026, 11, 8)), ("south", last), ("west", last))
        for day in days(first, end)
        if region != "north" or day not in out
    ]
    sql = BY_REGION.replace("region,", f"{region},")
    results = by_region(project, csv("day,region,n", rows), sql)
    (note,) = reading_of(results).notes
    assert note.lower() == "without north since 8 nov"
    assert "late-member" in codes(results)


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


def by_pair(project: MakeProject, end: date, sql: str = "", **front: object) -> Results:
    """Sales of two regions and two channels each day, those of south online only until a day."""
    rows = [
        (day, region, channel, 5)
        for region in ("north", "south")
        for channel in ("online", "shop")
        for day in days(date(2026, 7, 6), date(2026, 11, 20))
        if day <= end or (region, channel) != ("south", "online")
    ]
    names = csv("region,name", [("north", "Nord"), ("south", "Süd")])
    written = sql or (
        "SELECT date_trunc('week', day)::DATE AS week, region, channel, sum(n) AS value"
        " FROM pos GROUP BY ALL"
    )
    front = {"grain": "week", "dimensions": "[region, channel]", **front}
    return results_of(
        project(
            {
                "sharekit.toml": config("2026-11-21"),
                "metrics/data/pos.csv": csv("day,region,channel,n", rows),
                "metrics/data/regions.csv": names,
                "metrics/x.sql": metric(written, **front),
            }
        )
    )


@pytest.mark.parametrize(
    ("sql", "front", "note"),
    [
        ("", {}, "without south × online since 11 Nov"),
        ("", {"labels": "{region: regions.name}"}, "without Süd × online since 11 Nov"),
        (
            "SELECT day, upper(region) AS region, channel, sum(n) AS value FROM pos GROUP BY ALL",
            {},
            "without SOUTH × online since 11 Nov",
        ),
        (
            "SELECT day, name AS region, channel, n AS value FROM pos JOIN regions USING (region)",
            {"total": "sum", "over_time": "sum"},
            "without Süd × online since 11 Nov",
        ),
    ],
)
def test_a_pair_of_members_that_stops_is_said(
    project: MakeProject, sql: str, front: Mapping[str, str], note: str
) -> None:
    results = by_pair(project, date(2026, 11, 11), sql, **front)
    assert reading_of(results).notes == (note,)
    assert codes(results) == ["late-member"]
    assert "`region` and `channel`" in results.problems[0].message


@pytest.mark.parametrize("end", [date(2026, 11, 20), date(2026, 11, 18), date(2026, 9, 1)])
def test_a_pair_that_goes_on_or_ended_long_ago_is_not_said(project: MakeProject, end: date) -> None:
    results = by_pair(project, end)
    assert (reading_of(results).notes, codes(results)) == ((), [])


def test_a_pair_that_a_number_leaves_out_is_not_said(project: MakeProject) -> None:
    sql = (
        "SELECT date_trunc('week', day)::DATE AS week, region, channel, sum(n) AS value"
        " FROM pos WHERE NOT (region = 'south' AND channel = 'online') GROUP BY ALL"
    )
    results = by_pair(project, date(2026, 11, 11), sql)
    assert (reading_of(results).notes, codes(results)) == ((), [])


def test_many_late_members_are_counted(project: MakeProject) -> None:
    ends = {f"r{n}": date(2026, 11, 20 if n > 6 else 11) for n in range(20)}
    (note,) = reading_of(by_region(project, sales(ends))).notes
    assert note == "without r0 since 11 Nov, r1 since 11 Nov, r2 since 11 Nov and 4 more"


def test_a_member_that_has_just_begun_is_said(project: MakeProject) -> None:
    last = date(2026, 11, 20)
    data = sales({"north": last, "south": last, "west": last}, {"north": date(2026, 11, 6)})
    found = reading_of(by_region(project, data))
    assert found.notes == ("with north only from 6 Nov",)


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


@pytest.mark.parametrize(
    "area",
    [
        "shops.name AS area",
        "CASE id WHEN 1 THEN 'north' ELSE 'rest' END AS area",
        "split_part(shops.name || ',', ',', 1) AS area",
    ],
)
def test_a_late_member_is_told_by_the_day_however_its_dimension_is_made(
    project: MakeProject, area: str
) -> None:
    last = date(2026, 11, 20)
    root = project(
        {
            "sharekit.toml": config("2026-11-21"),
            "metrics/data/pos.csv": (
                sales({"1": date(2026, 11, 11), "2": last, "3": last}).replace("region", "id")
            ),
            "metrics/data/shops.csv": "id,name\n1,north\n2,south\n3,west\n",
            "metrics/_week.sql": (
                f"SELECT date_trunc('week', day)::DATE AS week, {area}, sum(n) AS n"
                " FROM pos JOIN shops USING (id) GROUP BY ALL"
            ),
            "metrics/x.sql": metric(
                "SELECT week, area AS place, n AS value FROM metrics._week",
                grain="week",
                dimensions="[place]",
            ),
        }
    )
    assert reading_of(results_of(root)).notes == ("without north since 11 Nov",)


@pytest.mark.parametrize("grain", ["day", "week"])
@pytest.mark.parametrize("area", ["year(day)", "region || ' Q' || quarter(day)"])
def test_years_and_quarters_end_by_the_calendar(
    project: MakeProject, area: str, grain: str
) -> None:
    first, last = date(2025, 11, 1), date(2026, 1, 19)
    data = sales({"1": last, "2": last}, {"1": first, "2": first})
    root = project(
        {
            "sharekit.toml": config("2026-01-20"),
            "metrics/data/pos.csv": data,
            "metrics/x.sql": metric(
                f"SELECT date_trunc('{grain}', day)::DATE AS day_or_week, {area} AS area,"
                " sum(n) AS value FROM pos GROUP BY ALL",
                grain=grain,
                dimensions="[area]",
            ),
        }
    )
    results = results_of(root)
    assert reading_of(results).notes == ()
    assert "late-member" not in codes(results)
