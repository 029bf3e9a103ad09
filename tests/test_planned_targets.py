"""Targets of periods to come, from a plan: another metric or a column, and what charts add them up
to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from commandline import sharekit

from sharekit.numbers.additivity import Additivity, Outputs
from sharekit.numbers.cache.codec import CachedReading, decode, encode
from sharekit.numbers.measure import Coverage, measure, with_target_metric
from sharekit.numbers.results import Cell, Column, ColumnKind, Point, Reading, Rows
from sharekit.project.manifest import Metric, Sql
from sharekit.project.shapes import AccumulateSpan, MetricFront, ProjectConfig
from sharekit.site.charts import Accumulated, Subject, accumulated, accumulated_chart
from sharekit.site.charts.findings import line_finding
from sharekit.site.charts.lines import line_table
from sharekit.site.charts.series_view import view_of

AS_OF = date(2026, 11, 24)
SUMS = Outputs(rest=Additivity("adds"))
PROJECT = ProjectConfig(name="P")
FROM_JULY = ProjectConfig(name="P", fiscal_year_start=7)
SUBJECT = Subject("sales", "Sales", "€", None, "up", "month")
KINDS: dict[str, ColumnKind] = {"month": "date", "day": "date", "shop": "text"}
PLAN = {7: 400, 8: 420, 9: 440, 10: 500, 11: 520, 12: 540}


def month(number: int) -> date:
    """The first day of a month of 2026; 13 is January 2027."""
    return date(2026 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def metric(**front: Any) -> Metric:
    shape = MetricFront.model_validate({"title": "X", "grain": "month", **front})
    return Metric("x", "metrics/x.sql", ("everyone",), keys={}, front=shape, sql=Sql("\nX", 10))


def read(of: Metric, columns: str, cells: Sequence[Sequence[Cell]], **more: Any) -> Reading:
    described = tuple(Column(name, "?", KINDS.get(name, "number")) for name in columns.split())
    rows = Rows(described, tuple(map(tuple, cells)))
    as_of, project = more.pop("as_of", AS_OF), more.pop("project", PROJECT)
    found = measure(of, rows, as_of, project, outputs=SUMS, **more)
    assert found.reading is not None, found.problems
    return found.reading


def planned(values: Mapping[int, float], **more: Any) -> Reading:
    """The reading of a plan by month."""
    cells = [(month(number), value) for number, value in values.items()]
    return read(metric(), "month value", cells, **more)


def sold(**more: Any) -> Reading:
    cells = [(month(number), 450) for number in range(7, 11)] + [(month(11), 300)]
    return read(metric(target="metrics.plan"), "month value", cells, **more)


def against(plan: Reading, **more: Any) -> Reading:
    reading, problems = with_target_metric(metric(target="metrics.plan"), sold(**more), plan)
    assert not problems
    return reading


def course(reading: Reading, span: AccumulateSpan, as_of: date = AS_OF) -> Accumulated:
    found = accumulated(reading, span, as_of, "monday")
    assert found is not None
    return found


def finding(reading: Reading, span: AccumulateSpan) -> str:
    chart = accumulated_chart(SUBJECT, course(reading, span))
    return chart.finding.replace("\xa0", " ")


# -- what is kept of a plan -----------------------------------------------------------------------


def test_rows_of_periods_to_come_are_a_plan_and_never_measured() -> None:
    found = planned(PLAN)
    assert found.planned == (Point(month(12), 540),)
    assert (found.value, found.series[-1]) == (500, Point(month(10), 500))
    assert found.open_point == Point(month(11), 520)
    assert found.targets == ()


def test_a_plan_goes_as_far_as_a_year_that_begins_today() -> None:
    far = {number: 10 * number for number in range(7, 40)}
    found = planned(far)
    assert [found.planned[0].on, found.planned[-1].on] == [month(12), month(23)]


def test_a_plan_by_day_and_shop_adds_up_as_values_do() -> None:
    cells = [
        (date(2026, number, day), shop, 5)
        for number in (9, 10, 11, 12)
        for day in (1, 9, 20)
        for shop in ("a", "b")
    ]
    found = read(metric(dimensions=["shop"], total="sum"), "day shop value", cells)
    assert found.planned == (Point(month(12), 30),)


def test_a_member_that_speaks_for_the_plan_speaks_for_its_future() -> None:
    cells = [(month(n), shop, n) for n in (9, 10, 11, 12) for shop in ("a", "b")]
    found = read(metric(dimensions=["shop"], total="none", headline="a"), "month shop value", cells)
    assert found.planned == (Point(month(12), 12),)


def test_periods_to_come_without_a_value_are_not_planned() -> None:
    cells = [(month(9), 1), (month(10), 1), (month(11), 1), (month(12), None), (month(13), 7)]
    found = read(metric(missing="zero"), "month value", cells)
    assert found.planned == (Point(month(13), 7),)


# -- targets of periods to come -------------------------------------------------------------------


def test_a_target_metric_brings_the_targets_of_periods_to_come() -> None:
    found = against(planned(PLAN))
    assert found.targets[-2:] == ((month(11), 520), (month(12), 540))
    assert found.target == 500
    assert [(entry.kind, entry.value) for entry in found.comparisons][-1] == ("target", 500)


def test_in_mid_quarter_the_target_is_the_plan_of_all_its_months() -> None:
    said = finding(against(planned(PLAN)), "quarter")
    assert said == (
        "Sales in Q4 2026: €450 by 31 Oct, €50 behind the pace of €500; €750 with the month so far."
        " Target €1,560."
    )


def test_no_target_is_made_up_for_months_after_the_plan() -> None:
    year = against(planned(PLAN), project=FROM_JULY)
    found = course(year, "year")
    assert (found.target, found.lacks_target) == (None, month(13))
    assert found.pace[-1] == Point(date(2026, 12, 31), sum(PLAN.values()))
    assert found.expected == 400 + 420 + 440 + 500
    chart = accumulated_chart(SUBJECT, found)
    assert chart.finding.replace("\xa0", " ").endswith(
        " Target €2,820 through 31 Dec; January 2027 has none."
    )
    assert "target" not in chart.wide
    assert "goal" not in json.dumps(chart.figure)


def test_a_plan_of_the_whole_fiscal_year_is_its_target() -> None:
    plan = {number: 100 + number for number in range(7, 19)}
    found = course(against(planned(plan), project=FROM_JULY), "year")
    assert (found.target, found.lacks_target) == (sum(plan.values()), None)
    assert found.pace[-1].on == date(2027, 6, 30)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (12, "€50 behind the pace of €500; €750 with the month so far."
             " Target €1,020 through 30 Nov; December 2026 has none."),
        (11, "€50 behind the pace of €500; €750 with the month so far."
             " Target €500 through 31 Oct; November 2026 has none."),
    ],
)  # fmt: skip
def test_a_pace_ends_before_the_first_month_without_a_plan(gap: int, words: str) -> None:
    plan = {number: value for number, value in {**PLAN, 13: 560}.items() if number != gap}
    assert finding(against(planned(plan)), "quarter").endswith(words)


def test_without_a_plan_of_its_first_month_a_span_has_no_pace() -> None:
    plan = {number: value for number, value in PLAN.items() if number != 7}
    found = course(against(planned(plan), project=FROM_JULY), "year")
    assert (found.pace, found.target, found.lacks_target) == ((), None, None)


def test_what_was_measured_after_the_plan_ended_has_no_pace() -> None:
    cells = [(month(number), 450, PLAN[number] if number < 11 else None) for number in (9, 10, 11)]
    as_of = date(2026, 12, 3)
    found = course(
        read(metric(target="plan"), "month value plan", cells, as_of=as_of), "quarter", as_of
    )
    assert (found.last.value, found.expected) == (900, None)
    table = accumulated_chart(SUBJECT, found).table
    assert [row[2].text for row in table.rows] == ["€500", ""]


def test_a_column_of_targets_goes_on_where_nothing_is_measured_yet() -> None:
    cells = [(month(n), 450 if n < 12 else None, plan) for n, plan in PLAN.items()]
    found = read(metric(target="plan"), "month value plan", cells)
    assert found.targets[-1] == (month(12), 540)
    assert (found.target, found.planned) == (500, ())
    assert course(found, "quarter").target == 1560


def test_a_column_of_targets_goes_on_where_data_are_late() -> None:
    cells = [(month(n), 450 if n < 12 else None, plan) for n, plan in PLAN.items()]
    as_of = date(2026, 12, 10)
    late = Coverage.through(date(2026, 11, 23))
    found = read(metric(target="plan"), "month value plan", cells, as_of=as_of, coverage=late)
    assert found.series[-1].on == month(10)
    assert course(found, "quarter", as_of).target == 1560


def test_targets_of_slices_add_up_in_periods_to_come_too() -> None:
    cells = [(month(n), shop, 9, plan) for n, plan in PLAN.items() for shop in ("a", "b")]
    found = read(
        metric(target="plan", dimensions=["shop"], total="sum"), "month shop value plan", cells
    )
    assert course(found, "quarter").target == 2 * 1560


DATED = [{"from": "2026-01-01", "value": 400}, {"from": "2026-12-01", "value": 700}]


@pytest.mark.parametrize(("target", "goal"), [(500, 1500), (DATED, 1500)])
def test_a_declared_target_holds_on(target: object, goal: float) -> None:
    cells = [(month(number), 450) for number in range(7, 12)]
    found = course(read(metric(target=target), "month value", cells), "quarter")
    assert (found.target, found.lacks_target) == (goal, None)


def test_a_kept_reading_gives_the_same() -> None:
    cells = [(month(n), 450 if n < 12 else None, plan) for n, plan in PLAN.items()]
    for reading in (planned(PLAN), read(metric(target="plan"), "month value plan", cells)):
        assert decode(encode(CachedReading(reading))).reading == reading
    plan = decode(encode(CachedReading(planned(PLAN)))).reading
    assert plan is not None
    assert against(plan) == against(planned(PLAN))


# -- on pages -------------------------------------------------------------------------------------

CONFIG = '[project]\nname = "P"\nas_of = 2026-11-24\n\n[people.ana]\nname = "Ana Ruiz"\n'
BUDGET = "month,amount\n" + "".join(f"{month(n)},{value}\n" for n, value in PLAN.items())
SOLD = "month,amount\n" + "".join(f"{month(n)},450\n" for n in range(7, 12))
FRONT = '/* ---\ntitle: {}\nowner: ana\nunit: "€"\ngrain: month\n{}--- */\n'
BOARD = "---\ntitle: D\n---\n```metrics\n- {id: sales, accumulate: quarter}\n```\n"


@pytest.mark.slow
def test_a_dashboard_adds_up_a_plan_from_the_cache_too(
    project: Callable[[Mapping[str, str | bytes]], Path],
) -> None:
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/budget.csv": BUDGET,
            "metrics/data/sold.csv": SOLD,
            "metrics/plan.sql": FRONT.format("Plan", "")
            + "SELECT month, amount AS value FROM budget\n",
            "metrics/sales.sql": FRONT.format("Sales", "target: metrics.plan\n")
            + "SELECT month, sum(amount) AS value FROM sold GROUP BY 1\n",
            "dashboards/d.md": BOARD,
        }
    )
    for words in ("", "Other words.\n"):
        (root / "dashboards/d.md").write_text(BOARD + words)
        said = sharekit("build", "--project", root)
        assert said.code == 0, said
        assert "Target €1,560." in (root / "site/dashboards/d.md").read_text().replace("\xa0", " ")
    for file in ("data/plan.csv", "data/plan.json", "metrics/plan.html", "metrics/plan.md"):
        assert "540" not in (root / "site" / file).read_text(), file
    (root / "metrics/data/budget.csv").write_text(BUDGET.replace("540", "640"))
    assert sharekit("build", "--project", root).code == 0
    assert "Target €1,660." in (root / "site/dashboards/d.md").read_text().replace("\xa0", " ")


def test_a_line_is_told_against_the_target_of_its_last_whole_period() -> None:
    view = view_of(against(planned(PLAN)))
    assert line_finding(SUBJECT, view).endswith("Target €500: €50 below it.")


def test_a_month_without_a_plan_has_no_target_in_the_table() -> None:
    gap = {number: value for number, value in PLAN.items() if number != 9}
    rows = line_table(SUBJECT, view_of(against(planned(gap)))).rows
    assert [row[-1].text for row in rows] == ["€400", "€420", "", "€500", "€520"]
