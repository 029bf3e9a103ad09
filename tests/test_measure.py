"""Rows -> Reading: columns, periods, totals, slices, comparisons, and what is wrong with rows."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.errors import Place, Problem
from sharekit.numbers.additivity import Additivity, Outputs
from sharekit.numbers.measure import Measurement, may_have_total_rows, measure, member
from sharekit.numbers.results import Cell, Column, ColumnKind, Point, Reading, Rows
from sharekit.project.manifest import KeyResultTerms, Metric, Period, Sql
from sharekit.project.shapes import KeyResultFront, MetricFront, ProjectConfig

COUNTED = Outputs(rest=Additivity("adds"))
"""A query whose columns are sums or counts."""
AS_OF = date(2013, 11, 22)
PROJECT = ProjectConfig(name="New York Airports")
MONDAYS = [date(2013, 10, 28), date(2013, 11, 4), date(2013, 11, 11), date(2013, 11, 18)]
KINDS: dict[str, ColumnKind] = {
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "DOUBLE": "number",
    "VARCHAR": "text",
    "BOOLEAN": "bool",
    "INTERVAL": "text",
    "TIME": "text",
    "INTEGER[]": "text",
}


def metric(sql: str = "SELECT 1 AS value", **front: Any) -> Metric:
    keys = {name: Place("metrics/x.sql", number) for number, name in enumerate(front, 2)}
    for number, _ in enumerate(front.get("dimensions", ())):
        keys[f"dimensions[{number}]"] = keys["dimensions"]
    return Metric(
        "x",
        "metrics/x.sql",
        ("everyone",),
        keys=keys,
        front=MetricFront.model_validate({"title": "X", **front}),
        sql=Sql("\n" + sql, 10),
    )


def rows(columns: str, *cells: Sequence[Cell]) -> Rows:
    """`rows("week DATE, value DOUBLE", [...], ...)`."""
    described = [part.split() for part in columns.split(", ")]
    return Rows(
        tuple(Column(name, kind, KINDS[kind]) for name, kind in described), tuple(map(tuple, cells))
    )


def read(of: Metric, found: Rows, as_of: date = AS_OF, **more: Any) -> Reading:
    measured = measure(
        of, found, as_of, more.pop("project", PROJECT), **{"outputs": COUNTED, **more}
    )
    assert measured.reading is not None, measured.problems
    assert not [problem for problem in measured.problems if problem.severity == "error"]
    return measured.reading


def problem(measured: Measurement) -> Problem:
    """The only problem of rows that make no reading."""
    assert measured.reading is None
    (found,) = measured.problems
    assert (found.severity, found.phase) == ("error", "data")
    return found


def refused(of: Metric, found: Rows, as_of: date = AS_OF, **more: Any) -> Problem:
    return problem(measure(of, found, as_of, PROJECT, **more))


UNCOUNTED = Outputs(rest=Additivity("not", "avg(minutes) is a mean"))
"""A query whose columns do not add up."""


def weekly(*values: float | None) -> Rows:
    """One value a week; the last is of the open week."""
    return rows("week DATE, value DOUBLE", *zip(MONDAYS[-len(values) :], values, strict=True))


# -- shapes and columns ---------------------------------------------------------------------------


def test_one_number() -> None:
    found = read(
        metric(target=300_000), rows("value DOUBLE", [293_740]), data_until=date(2013, 11, 21)
    )
    assert (found.shape, found.value, found.grain, found.series) == ("number", 293_740, None, ())
    assert found.data_until == date(2013, 11, 21)
    (target,) = found.comparisons
    assert (target.kind, target.value, target.change) == ("target", 300_000, -6_260)


def test_one_number_that_is_null_is_no_data() -> None:
    assert read(metric(), rows("value DOUBLE", [None])).value is None


def test_a_series_has_its_headline_and_its_open_week() -> None:
    found = read(metric(direction="up"), weekly(10, 20, 25, 7))
    assert found.shape == "series"
    assert (found.grain, found.value) == ("week", 25)
    assert (found.period_start, found.period_end) == (date(2013, 11, 11), date(2013, 11, 17))
    assert found.series == tuple(map(Point, MONDAYS[:3], [10, 20, 25]))
    assert found.open_point == Point(date(2013, 11, 18), 7)
    (previous,) = found.comparisons
    assert (previous.kind, previous.period, previous.value) == ("previous", date(2013, 11, 4), 20)
    assert (previous.change, previous.change_pct, previous.better) == (5, 0.25, True)


def test_rows_come_in_any_order_and_dates_as_timestamps() -> None:
    shuffled = list(zip(MONDAYS, [10.0, 20, 25, 7], strict=True))
    random.Random(1).shuffle(shuffled)
    stamped = [(datetime(day.year, day.month, day.day), value) for day, value in shuffled]
    assert read(metric(), rows("week TIMESTAMP, value DOUBLE", *stamped)) == read(
        metric(), weekly(10, 20, 25, 7)
    )


def test_the_value_is_the_only_number_or_the_one_called_so() -> None:
    assert (
        read(metric(), rows("week DATE, flights DOUBLE", [MONDAYS[1], 1], [MONDAYS[2], 2])).value
        == 2
    )
    both = rows("week DATE, flights DOUBLE, VALUE DOUBLE", [MONDAYS[1], 1, 5], [MONDAYS[2], 2, 6])
    assert read(metric(), both).value == 6
    assert read(metric(value="Flights"), both).value == 2
    assert (
        read(
            metric(time="day"),
            rows(
                "week DATE, day DATE, value DOUBLE",
                [MONDAYS[0], MONDAYS[2], 1],
                [MONDAYS[0], MONDAYS[1], 2],
            ),
        ).value
        == 1
    )


def test_a_dimension_may_be_a_date_or_a_number() -> None:
    found = read(
        metric(dimensions=["opened", "floor"], total="sum"),
        rows(
            "opened DATE, week DATE, floor DOUBLE, value DOUBLE",
            [MONDAYS[0], MONDAYS[2], 2.0, 5],
            [MONDAYS[1], MONDAYS[1], 1.0, 1],
        ),
    )
    assert [part.member for part in found.slices["opened"]] == ["2013-10-28", "2013-11-04"]
    assert [part.member for part in found.slices["floor"]] == ["2", "1"]


def test_a_table_is_shown_as_it_is() -> None:
    table = rows("week DATE, a VARCHAR", [MONDAYS[0], "x"])
    assert read(metric(kind="table"), table).table == table
    empty = measure(metric(kind="table"), rows("a VARCHAR"), AS_OF, PROJECT)
    assert empty.reading is not None
    assert [(each.code, each.severity) for each in empty.problems] == [("empty-result", "warning")]


@pytest.mark.parametrize(
    ("front", "found", "code", "message", "hint", "line"),
    [
({}, rows("a VARCHAR", ["x"]), "no-value-column", "returns no number", "kind: table", 11),
        ({}, rows("a DOUBLE, b DOUBLE", [1, 2]), "no-value-column", "2 numbers", "AS value", 11),
        ({"value": "valeu"}, rows("value DOUBLE", [1]),
         "unknown-column", "no column `valeu`", "Did you mean `value`?", 2),
        ({"value": "a"}, rows("a VARCHAR", ["1"]),
         "not-a-number", "column `a` is VARCHAR", "CAST(a AS DOUBLE)", 2),
        ({"value": "a"}, rows("a VARCHAR", ["1.234,50"]),
         "not-a-number", "column `a` is VARCHAR", "CAST(replace(replace(a, '.', ''), ',', '.') AS DOUBLE)", 2),
        ({"value": "a"}, rows("a INTERVAL", ["04:52:12"]),
         "not-a-number", "column `a` is INTERVAL", "epoch(a) / 60 AS a, minutes", 2),
        ({"value": "a"}, rows("a TIME", ["04:52:12"]),
         "not-a-number", "column `a` is TIME", "epoch(a) / 60 AS a, minutes", 2),
        ({"value": "a"}, rows("a TIMESTAMP", [datetime(2013, 11, 4)]),
         "not-a-number", "column `a` is TIMESTAMP", "date_diff('day', a::DATE, as_of()) AS a", 2),
        ({"value": "a"}, rows("a INTEGER[]", ["[1, 2]"]),
         "not-a-number", "column `a` is INTEGER[]", "len(a) AS a", 2),
        ({"grain": "week"}, rows("value DOUBLE", [1]),
         "no-time-column", "the grain is week", "date_trunc('week'", 2),
        ({"grain": "week"}, rows("day VARCHAR, value DOUBLE", ["21/11/2013", 1]),
         "no-time-column", "`day` (VARCHAR)", "strptime(day, '%d/%m/%Y')::DATE AS day", 2),
        ({"grain": "month"}, rows("month VARCHAR, value DOUBLE", ["2013-10", 1], ["2013-11", 2]),
         "no-time-column", "`month` (VARCHAR)", "CAST(month || '-01' AS DATE) AS month", 2),
        ({"time": "week"}, rows("week VARCHAR, value DOUBLE", ["w1", 1]),
         "not-a-date", "is VARCHAR, not a date", "Return a date, such as", 2),
        ({"dimensions": ["orign"]}, rows("origin VARCHAR, value DOUBLE", ["JFK", 1]),
         "unknown-dimension", "`orign`", "Did you mean `origin`?", 2),
        ({"numerator": "on_tiem", "denominator": "all"}, rows("on_time DOUBLE, all DOUBLE", [1, 2]),
         "unknown-column", "`on_tiem`", "`on_time`", 2),
        ({}, rows("value DOUBLE", [1], [2]), "several-rows", "returns 2 rows", "kind: table", 11),
        ({}, rows("day VARCHAR, value DOUBLE", ["21.11.2013", 1], ["22.11.2013", 2]),
         "several-rows", "returns 2 rows", "strptime(day, '%d.%m.%Y')::DATE AS day", 11),
        ({"time": "day"}, rows("day VARCHAR, value DOUBLE", ["2013-11-21", 1]),
         "not-a-date", "is VARCHAR", "CAST(day AS DATE)", 2),
        ({"time": "day"}, rows("day VARCHAR, value DOUBLE", [None, 1], ["21/11/2013", 1]),
         "not-a-date", "is VARCHAR", "strptime(day, '%d/%m/%Y')::DATE", 2),
        ({}, rows("value DOUBLE"), "empty-result", "returns no rows", "missing: zero", 11),
        ({}, rows("day DATE, value DOUBLE"), "empty-result", "returns no rows", "filters and joins", 11),
        ({}, rows("day DATE, value DOUBLE", [date(2013, 11, 21), 1]),
         "unknown-grain", "21 Nov 2013", "grain: week", 11),
        ({"grain": "day"}, rows("day DATE, value DOUBLE", [date(2014, 11, 21), 1]),
         "empty-result", "later than 22 Nov 2013", None, 11),
        ({"grain": "day"}, rows("day DATE, value DOUBLE", [date(1013, 11, 21), 1]),
         "too-many-periods", "21 Nov 1013", "wrong date", 11),
        ({"grain": "week"}, rows("day DATE, value DOUBLE", [MONDAYS[1], 1], [MONDAYS[1], 2]),
         "repeated-rows", "day 2013-11-04", "GROUP BY day", 11),
        ({"grain": "week"}, rows("day DATE, value DOUBLE", [MONDAYS[1], 1], [date(2013, 11, 5), 2]),
         "several-rows-a-period", "several dates for one week", "over_time: sum", 2),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_way_out(
    front: dict[str, Any], found: Rows, code: str, message: str, hint: str | None, line: int
) -> None:
    wrong = refused(metric(**front), found)
    assert wrong.code == code
    assert message in wrong.message
    assert not wrong.message.endswith(".")
    assert hint is None or hint in (wrong.hint or "")
    assert wrong.place == Place("metrics/x.sql", line), "at the key that says so, else at the query"


def test_a_number_that_is_none_is_told() -> None:
    found = measure(metric(), rows("value DOUBLE", [None]), AS_OF, PROJECT)
    assert found.reading is not None
    assert [(each.code, each.severity) for each in found.problems] == [("no-value", "warning")]
    assert measure(metric(), rows("value DOUBLE", [0.0]), AS_OF, PROJECT).problems == ()


def test_all_missing_columns_are_told_at_once() -> None:
    wrong = measure(
        metric(dimensions=["a", "b"], value="c"), rows("value DOUBLE", [1]), AS_OF, PROJECT
    )
    assert [each.code for each in wrong.problems] == [
        "unknown-dimension",
        "unknown-dimension",
        "unknown-column",
    ]


# -- periods --------------------------------------------------------------------------------------


def test_a_period_without_rows_is_a_gap() -> None:
    found = read(metric(), rows("week DATE, value DOUBLE", [MONDAYS[0], 1], [MONDAYS[2], 3]))
    assert [point.value for point in found.series] == [1, None, 3]
    assert found.comparisons == (), "nothing to compare with a gap"
    assert found.open_point is None


def test_no_rows_may_truly_mean_none() -> None:
    zero = metric(missing="zero", grain="week")
    found = read(zero, rows("week DATE, value DOUBLE", [MONDAYS[0], 1]))
    assert [point.value for point in found.series] == [1, 0, 0]
    assert found.value == 0
    assert found.open_point == Point(MONDAYS[3], 0)
    nothing = read(zero, rows("week DATE, value DOUBLE"))
    assert (nothing.value, nothing.series) == (0, (Point(MONDAYS[2], 0),))


def test_an_open_week_of_which_no_day_is_over_is_not_zero() -> None:
    found = read(
        metric(missing="zero", grain="week"),
        rows("week DATE, value DOUBLE", [MONDAYS[0], 1]),
        MONDAYS[3],
    )
    assert found.open_point is None


def test_a_missing_headline_is_no_data_and_is_said() -> None:
    measured = measure(
        metric(grain="week"), rows("week DATE, value DOUBLE", [MONDAYS[0], 1]), AS_OF, PROJECT
    )
    assert measured.reading is not None
    assert measured.reading.value is None
    assert [point.value for point in measured.reading.series] == [
        1,
        None,
        None,
    ], "not the last value"
    assert measured.reading.period_start == MONDAYS[2]
    (warning,) = measured.problems
    assert (warning.code, warning.severity) == ("headline-gap", "warning")
    assert "week of 11 Nov 2013" in warning.message
    assert "28 Oct 2013" in warning.message


def test_the_first_open_period_alone_has_no_headline() -> None:
    found = read(metric(grain="week"), rows("week DATE, value DOUBLE", [MONDAYS[3], 5]))
    assert (found.value, found.series, found.open_point) == (None, (), Point(MONDAYS[3], 5))


def test_rows_of_the_future_are_left_out() -> None:
    found = read(
        metric(),
        rows(
            "week DATE, value DOUBLE",
            *[(day, 1.0) for day in MONDAYS],
            [date(2013, 11, 25), 9],
            [date(2019, 1, 7), 9],
        ),
    )
    assert found.series[-1].on == MONDAYS[2]
    assert found.open_point == Point(MONDAYS[3], 1)


def test_rows_without_a_date_are_left_out_and_said() -> None:
    measured = measure(
        metric(),
        rows("week DATE, value DOUBLE", [MONDAYS[1], 1], [MONDAYS[2], 2], [None, 3]),
        AS_OF,
        PROJECT,
    )
    assert measured.reading is not None
    assert measured.reading.value == 2
    assert [each.code for each in measured.problems] == ["no-date"]


def test_the_week_that_the_data_stop_in_is_open() -> None:
    wednesday = date(2013, 11, 13)
    found = read(metric(), weekly(10, 20, 8, 0), date(2013, 11, 18), data_until=wednesday)
    assert (found.period_start, found.value) == (
        MONDAYS[1],
        20,
    ), "half a week is never compared with a whole one"
    assert found.open_point == Point(MONDAYS[2], 8)
    friday = read(metric(), weekly(10, 20, 8, 0), date(2013, 11, 18), data_until=date(2013, 11, 15))
    assert friday.period_start == MONDAYS[2], "only a Saturday and a Sunday are missing"
    sparse = read(
        metric(missing="zero"), weekly(10, 20, 8, 0), date(2013, 11, 18), data_until=wednesday
    )
    assert sparse.period_start == MONDAYS[2], "where no rows mean none, a quiet end is no stop"
    monthly = rows("month DATE, value DOUBLE", [date(2013, 9, 1), 1], [date(2013, 10, 1), 2])
    assert read(metric(), monthly, data_until=date(2013, 10, 1)).value == 2, (
        "dated by its first day, not stopped"
    )


def test_weeks_begin_where_the_rows_say() -> None:
    sunday = ProjectConfig(name="x", week_start="sunday")
    found = read(metric(grain="week"), weekly(10, 20, 25, 7), project=sunday)
    assert (found.period_start, found.value) == (
        MONDAYS[2],
        25,
    ), "SQL's date_trunc begins on Monday"
    days = [(date(2013, 11, 1) + timedelta(days=number), 1.0) for number in range(21)]
    found = read(
        metric(grain="week", total="sum"), rows("day DATE, value DOUBLE", *days), project=sunday
    )
    assert (found.period_start, found.value) == (date(2013, 11, 10), 7)


def test_fiscal_quarters_are_told_by_the_rows() -> None:
    quarters = rows(
        "quarter DATE, value DOUBLE",
        [date(2013, 5, 1), 1],
        [date(2013, 8, 1), 2],
        [date(2013, 11, 1), 3],
    )
    found = read(metric(), quarters)
    assert (found.grain, found.value, found.period_end) == ("quarter", 2, date(2013, 10, 31))
    assert found.open_point == Point(date(2013, 11, 1), 3)


def test_month_ends_stand_for_their_months() -> None:
    found = read(
        metric(), rows("month DATE, value DOUBLE", [date(2013, 9, 30), 1], [date(2013, 10, 31), 2])
    )
    assert [point.on for point in found.series] == [date(2013, 9, 1), date(2013, 10, 1)]


def test_how_far_the_data_go() -> None:
    assert read(metric(), weekly(1, 2, 3, 4)).data_until == date(2013, 11, 21), (
        "the open week, through yesterday"
    )
    assert read(
        metric(), rows("week DATE, value DOUBLE", [MONDAYS[0], 1], [MONDAYS[1], 2])
    ).data_until == date(2013, 11, 10)
    assert read(metric(), weekly(1, 2, 3, 4), data_until=date(2013, 11, 20)).data_until == date(
        2013, 11, 20
    )


# -- targets and comparisons ----------------------------------------------------------------------


def test_targets_hold_from_their_day_on() -> None:
    dated = [{"from": date(2013, 11, 14), "value": 30}, {"from": date(2013, 1, 1), "value": 24}]
    found = read(metric(target=dated, direction="up"), weekly(10, 20, 25, 7))
    assert found.target == 30, "the one that holds on the headline's last day"
    assert found.targets == ((date(2013, 1, 1), 24), (date(2013, 11, 14), 30))
    assert read(metric(target=dated), weekly(10, 20, 25, 7), date(2013, 11, 12)).target == 24
    assert read(metric(target=dated[:1]), weekly(10, 20, 25, 7), date(2013, 11, 12)).target is None
    target = found.comparison("target")
    assert target is not None
    assert (target.period, target.change, target.better) == (None, -5, False)


def test_the_target_of_a_baseline_key_result_is_none_of_the_value() -> None:
    front = KeyResultFront.model_validate({"title": "X", "type": "baseline", "target": 4})
    learning = Metric(
        "x",
        "x.sql",
        ("all",),
        front=front,
        okr=KeyResultTerms("o", Period("", AS_OF, AS_OF), "committed", front),
    )
    assert read(learning, weekly(1, 2, 3, 4)).target is None


def test_a_year_ago_is_the_same_week_52_weeks_back() -> None:
    days = [date(2013, 11, 18) - timedelta(weeks=back) for back in range(60)]
    found = read(
        metric(compare=["year_ago", "previous"], direction="down"),
        rows("week DATE, value DOUBLE", *[(day, float(day.year)) for day in days]),
    )
    assert [entry.kind for entry in found.comparisons] == [
        "year_ago",
        "previous",
    ], "in the declared order"
    assert found.comparisons[0].period == date(2012, 11, 12)
    assert found.comparisons[0].change == 1
    assert found.comparisons[0].better is False
    assert found.comparisons[1].better is None, "nothing changed"


@pytest.mark.parametrize(
    ("grain", "days", "period"),
    [
        ("day", [date(2012, 11, 22), date(2013, 11, 21)], date(2012, 11, 22)),
        ("month", [date(2012, 10, 1), date(2013, 10, 1)], date(2012, 10, 1)),
        ("quarter", [date(2012, 7, 1), date(2013, 7, 1)], date(2012, 7, 1)),
        ("year", [date(2011, 1, 1), date(2012, 1, 1)], date(2011, 1, 1)),
    ],
)
def test_a_year_ago_at_every_grain(grain: str, days: list[date], period: date) -> None:
    found = read(
        metric(grain=grain, compare=["year_ago"]),
        rows("day DATE, value DOUBLE", *[(day, 1.0) for day in days]),
    )
    assert [entry.period for entry in found.comparisons] == [period]


def test_no_change_from_nothing_or_below_it_has_a_percentage() -> None:
    (previous,) = read(metric(direction="up"), weekly(0, 0, 5, 1)).comparisons
    assert (previous.change, previous.change_pct) == (5, None)
    (previous,) = read(metric(), weekly(0, -4, -2, 1)).comparisons
    assert (previous.change, previous.change_pct, previous.better) == (2, None, None)


def daily(start: date, count: int, value: float = 1.0) -> list[tuple[date, float]]:
    return [(start + timedelta(days=number), value) for number in range(count)]


def test_to_date_takes_the_same_elapsed_days() -> None:
    days = rows(
        "day DATE, value DOUBLE",
        *daily(date(2012, 11, 1), 365, 1.0),
        *daily(date(2013, 11, 1), 21, 3.0),
    )
    found = read(
        metric(grain="month", total="sum", compare=["previous_to_date", "year_ago_to_date"]), days
    )
    assert found.value == 31
    assert found.open_point == Point(date(2013, 11, 1), 63)
    previous, year_ago = found.comparisons
    assert (previous.kind, previous.period, previous.value, previous.change) == (
        "previous_to_date",
        date(2013, 10, 1),
        21,
        42,
    )
    assert (year_ago.period, year_ago.value) == (date(2012, 11, 1), 21)


def test_to_date_stops_where_the_data_stop_and_at_the_end_of_a_short_month() -> None:
    days = rows(
        "day DATE, value DOUBLE", *daily(date(2013, 2, 1), 28), *daily(date(2013, 3, 1), 31)
    )
    of = metric(grain="month", total="sum", compare=["previous_to_date"])
    (found,) = read(of, days, date(2013, 3, 31)).comparisons
    assert (found.value, found.change) == (28, 2)
    (found,) = read(of, days, date(2013, 3, 31), data_until=date(2013, 3, 10)).comparisons
    assert (found.value, found.change) == (10, 0)
    assert read(of, days, date(2013, 3, 1)).comparisons == (), "no day has passed"


def test_ratios_to_date_are_ratios_of_sums() -> None:
    of = metric(
        grain="month", numerator="good", denominator="all", compare=["previous_to_date"], unit="%"
    )
    days = [
        (day, good, 10.0)
        for start, good in ((date(2013, 10, 1), 5.0), (date(2013, 11, 1), 6.0))
        for day, _ in daily(start, 21)
    ]
    (found,) = read(of, rows("day DATE, good DOUBLE, all DOUBLE", *days)).comparisons
    assert (found.value, found.change) == (0.5, pytest.approx(0.1))


def test_to_date_without_days_is_said() -> None:
    measured = measure(
        metric(compare=["previous", "previous_to_date"]), weekly(1, 2, 3, 4), AS_OF, PROJECT
    )
    assert measured.reading is not None
    assert [entry.kind for entry in measured.reading.comparisons] == ["previous"]
    assert [(each.code, each.severity) for each in measured.problems] == [
        ("no-daily-rows", "warning")
    ]


# -- slices and totals ----------------------------------------------------------------------------


def sliced(*cells: tuple[date, str | None, float]) -> Rows:
    return rows("week DATE, origin VARCHAR, value DOUBLE", *cells)


FLIGHTS = sliced(
    (MONDAYS[1], "JFK", 30), (MONDAYS[1], "LGA", 20),
    (MONDAYS[2], "JFK", 33), (MONDAYS[2], "LGA", 11), (MONDAYS[2], "EWR", 44),
    (MONDAYS[3], "TEB", 1),
)  # fmt: skip


def test_counts_add_up() -> None:
    found = read(metric(dimensions=["origin"], unit="flights", direction="up"), FLIGHTS)
    assert found.shape == "sliced"
    assert found.value == 88
    assert [point.value for point in found.series] == [50, 88]
    parts = found.slices["origin"]
    assert [(part.member, part.value) for part in parts] == [
        ("EWR", 44),
        ("JFK", 33),
        ("LGA", 11),
        ("TEB", None),
    ]
    assert [part.share for part in parts] == [0.5, 0.375, 0.125, None]
    assert [point.value for point in parts[0].series] == [None, 44]
    assert parts[0].previous is None
    jfk = member(found, "JFK")
    assert jfk is not None
    assert jfk.previous is not None
    assert (jfk.previous.change, jfk.previous.better) == (3, True)
    assert member(found, "SFO") is None


def test_ratios_are_sums_by_sums_and_not_means_of_ratios() -> None:
    cells = [
        (MONDAYS[2], "JFK", 90.0, 100.0, 0.9),
        (MONDAYS[2], "LGA", 1.0, 2.0, 0.5),
        (MONDAYS[2], "EWR", 0.0, 0.0, None),
    ]
    columns = "week DATE, origin VARCHAR, on_time DOUBLE, scheduled DOUBLE, value DOUBLE"
    of = metric(
        dimensions=["origin"], unit="%", numerator="on_time", denominator="scheduled", grain="week"
    )
    found = read(of, rows(columns, *cells))
    assert found.value == pytest.approx(91 / 102)
    assert [(part.member, part.value, part.share) for part in found.slices["origin"]] == [
        ("JFK", 0.9, None),
        ("LGA", 0.5, None),
    ], "nothing was ever scheduled at EWR"
    without = rows(
        "week DATE, origin VARCHAR, on_time DOUBLE, scheduled DOUBLE", *[cell[:4] for cell in cells]
    )
    assert read(of, without) == found, "the value column is not needed"


def test_a_value_that_is_another_ratio_is_refused() -> None:
    of = metric(unit="%", numerator="on_time", denominator="scheduled", grain="week")
    columns = "week DATE, on_time DOUBLE, scheduled DOUBLE, value DOUBLE"
    wrong = refused(of, rows(columns, (MONDAYS[2], 90.0, 100.0, 90.0)))
    assert wrong.code == "value-disagrees"
    assert "the value is 90 where on_time / scheduled is 0.9" in wrong.message
    assert read(of, rows(columns, (MONDAYS[2], 2.0, 3.0, 0.667))).value == pytest.approx(2 / 3), (
        "rounded in the query"
    )


def test_two_dimensions_are_each_added_up_over_the_other() -> None:
    cells = [
        (MONDAYS[2], origin, carrier, value)
        for origin, carrier, value in (("JFK", "AA", 1.0), ("JFK", "B6", 2.0), ("LGA", "AA", 4.0))
    ]
    found = read(
        metric(dimensions=["origin", "carrier"], grain="week"),
        rows("week DATE, origin VARCHAR, carrier VARCHAR, value DOUBLE", *cells),
    )
    assert found.value == 7
    assert {part.member: part.value for part in found.slices["origin"]} == {"JFK": 3, "LGA": 4}
    assert {part.member: part.value for part in found.slices["carrier"]} == {"AA": 5, "B6": 2}


def test_slices_without_time() -> None:
    found = read(
        metric(dimensions=["origin"], total="sum"),
        rows("origin VARCHAR, value DOUBLE", ("JFK", 3.0), ("LGA", 1.0)),
    )
    assert (found.shape, found.value, found.series) == ("sliced", 4, ())
    assert [
        (part.member, part.value, part.share, part.series) for part in found.slices["origin"]
    ] == [
        ("JFK", 3, 0.75, ()),
        ("LGA", 1, 0.25, ()),
    ]


def test_what_does_not_add_up_must_say_how() -> None:
    wrong = refused(metric(dimensions=["origin"], unit="min"), FLIGHTS)
    assert wrong.code == "no-total-rule"
    for way_out in ("numerator", "GROUPING SETS", "total: none"):
        assert way_out in (wrong.hint or "")


def test_there_may_be_no_total() -> None:
    found = read(metric(dimensions=["origin"], unit="min", total="none"), FLIGHTS)
    assert (found.value, found.series, found.comparisons) == (None, (), ())
    assert [part.value for part in found.slices["origin"]] == [44, 33, 11, None]
    assert [len(part.series) for part in found.slices["origin"]] == [2, 2, 2, 2]
    assert all(part.share is None for part in found.slices["origin"])


GROUPED = "SELECT ... GROUP BY GROUPING SETS ((week, origin), (week))"


@pytest.mark.parametrize(
    "front", [{"total": "none", "unit": "min"}, {"unit": "airports"}, {"unit": "min"}]
)
def test_a_query_may_bring_its_own_totals(front: dict[str, Any]) -> None:
    found = sliced(
        (MONDAYS[2], None, 40),
        (MONDAYS[2], "JFK", 33),
        (MONDAYS[2], "LGA", 38),
        (MONDAYS[1], None, 9),
        (MONDAYS[1], "JFK", 8),
    )
    reading = read(metric(GROUPED, dimensions=["origin"], **front), found)
    assert reading.value == 40
    assert [part.member for part in reading.slices["origin"]] == [
        "LGA",
        "JFK",
    ], "NULL is the total and no member"


def test_totals_of_two_dimensions_come_with_their_slices() -> None:
    cells: list[tuple[Cell, ...]] = [
        (MONDAYS[2], None, None, 50.0), (MONDAYS[2], "JFK", None, 33.0), (MONDAYS[2], "LGA", None, 40.0),
        (MONDAYS[2], None, "AA", 12.0), (MONDAYS[2], "JFK", "AA", 11.0),
    ]  # fmt: skip
    columns = "week DATE, origin VARCHAR, carrier VARCHAR, value DOUBLE"
    of = metric(
        "SELECT ... GROUP BY CUBE (origin, carrier)",
        dimensions=["origin", "carrier"],
        unit="min",
        grain="week",
    )
    found = read(of, rows(columns, *cells))
    assert found.value == 50
    assert {part.member: part.value for part in found.slices["origin"]} == {"JFK": 33, "LGA": 40}
    assert {part.member: part.value for part in found.slices["carrier"]} == {"AA": 12}
    wrong = refused(of, rows(columns, *[cell for cell in cells if cell[2] is None]))
    assert wrong.code == "no-slice-rows"
    assert "`carrier`" in wrong.message
    counts = metric(
        "SELECT ... GROUP BY GROUPING SETS ((origin, carrier), ())",
        dimensions=["origin", "carrier"],
        grain="week",
    )
    found = read(
        counts, rows(columns, (MONDAYS[2], None, None, 11.0), (MONDAYS[2], "JFK", "AA", 11.0))
    )
    assert found.slices["origin"][0].value == 11, "counts add up from the finest rows"


def test_a_member_without_a_name_shows_where_parts_add_up() -> None:
    for front in ({"total": "sum"}, {"unit": "flights"}):
        found = read(
            metric(dimensions=["origin"], **front),
            sliced(
                (MONDAYS[1], "JFK", 1),
                (MONDAYS[2], None, 7),
                (MONDAYS[2], "JFK", 3),
                (MONDAYS[2], "", 2),
            ),
        )
        assert found.value == 12
        assert [part.member for part in found.slices["origin"]] == ["(none)", "JFK", "(empty)"]


@pytest.mark.parametrize(
    "cells",
    [
        [
            (MONDAYS[2], None, 40.0),
            (MONDAYS[2], None, 2.0),
            (MONDAYS[2], "JFK", 38.0),
        ],  # total and member in one period
        [
            (MONDAYS[1], "JFK", 38.0),
            (MONDAYS[2], None, 40.0),
            (MONDAYS[2], "JFK", 38.0),
        ],  # no total for one period
        [(MONDAYS[2], None, 2.0), (MONDAYS[2], "JFK", 38.0)],  # a total below one of its parts
    ],
)
def test_a_nameless_member_is_never_taken_for_a_total(
    cells: list[tuple[date, str | None, float]],
) -> None:
    counted = "SELECT week, origin, count(*) AS value FROM flights GROUP BY ROLLUP (week, origin)"
    wrong = refused(metric(counted, dimensions=["origin"], grain="week"), sliced(*cells))
    assert wrong.code == "null-member"
    assert "COALESCE(origin, 'unknown')" in (wrong.hint or "")


def test_total_rows_are_not_added_to_their_parts() -> None:
    cells = [
        (day, name, value)
        for day in MONDAYS[:3]
        for name, value in ((None, 41.0), ("JFK", 30.0), ("LGA", 11.0))
    ]
    wrong = refused(metric(GROUPED, dimensions=["origin"], total="sum"), sliced(*cells))
    assert wrong.code == "total-counted-twice"
    ratio = [(day, name, value / 2, value) for day, name, value in cells]
    of = metric(GROUPED, dimensions=["origin"], unit="%", numerator="a", denominator="b")
    assert (
        refused(of, rows("week DATE, origin VARCHAR, a DOUBLE, b DOUBLE", *ratio)).code
        == "total-counted-twice"
    )


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT a FROM b GROUP BY GROUPING  SETS ((a), ())", True),
        ("select a from b group by rollup (a)", True),
        ("SELECT 1 UNION ALL SELECT 2", True),
        ("SELECT 'rollup' AS x, a -- union\n/* cube */ FROM b GROUP BY a", False),
        ("SELECT reunion FROM cubes", False),
    ],
)
def test_only_some_queries_can_bring_totals(sql: str, found: bool) -> None:
    assert may_have_total_rows(sql) is found


def test_a_union_of_sources_further_up_makes_no_totals() -> None:
    assert may_have_total_rows("SELECT * FROM a UNION ALL SELECT * FROM b")
    assert not may_have_total_rows("SELECT * FROM a UNION ALL SELECT * FROM b", upstream=True)
    assert may_have_total_rows("SELECT a, sum(b) FROM c GROUP BY ROLLUP (a)", upstream=True)


def test_totals_may_be_brought_by_what_the_query_reads() -> None:
    found = sliced(
        (MONDAYS[2], None, 40),
        (MONDAYS[2], "JFK", 33),
        (MONDAYS[1], None, 20),
        (MONDAYS[1], "JFK", 13),
    )
    of = metric("FROM metrics._delays", dimensions=["origin"], unit="min", total="none")
    assert read(of, found, totals=True).value == 40
    without = read(of, found)
    assert without.value is None
    assert [part.member for part in without.slices["origin"]] == ["(none)", "JFK"]


def test_rows_that_a_join_multiplied_are_refused() -> None:
    wrong = refused(
        metric(dimensions=["origin"]),
        sliced((MONDAYS[1], "LGA", 1), (MONDAYS[2], "JFK", 3), (MONDAYS[2], "JFK", 3)),
    )
    assert wrong.code == "repeated-rows"
    assert "week 2013-11-11, origin JFK" in wrong.message
    assert "GROUP BY week, origin" in (wrong.hint or "")


def test_gaps_of_members_follow_the_metrics_rule() -> None:
    found = read(metric(dimensions=["origin"], missing="zero"), FLIGHTS)
    ewr = member(found, "EWR")
    assert ewr is not None
    assert [point.value for point in ewr.series] == [0, 44]
    assert ewr.previous is not None
    assert ewr.previous.change == 44


def test_shares_need_parts_of_one_sign() -> None:
    found = read(
        metric(dimensions=["origin"]),
        sliced((MONDAYS[1], "JFK", 1), (MONDAYS[2], "JFK", 5), (MONDAYS[2], "LGA", -2)),
    )
    assert [part.share for part in found.slices["origin"]] == [None, None]


# -- numbers --------------------------------------------------------------------------------------


def test_nan_is_a_gap_and_infinity_is_said() -> None:
    assert [point.value for point in read(metric(), weekly(1, math.nan, 3, 1)).series] == [
        1,
        None,
        3,
    ]
    measured = measure(metric(), weekly(1, math.inf, 3, -math.inf), AS_OF, PROJECT)
    assert measured.reading is not None
    assert [point.value for point in measured.reading.series] == [1, None, 3]
    (warning,) = measured.problems
    assert (warning.code, warning.severity) == ("not-a-number", "warning")
    assert "2 rows" in warning.message
    assert "NULLIF" in (warning.hint or "")


def test_percentages_that_should_be_shares_are_noticed() -> None:
    measured = measure(metric(unit="%"), weekly(88, 96.4, 95, 97), AS_OF, PROJECT)
    (warning,) = measured.problems
    assert (warning.code, warning.severity, warning.place.line) == ("not-a-share", "warning", 2)
    assert warning.message == "the value is 95, which reads 9,500.0%"
    for fine in (weekly(0.88, 0.96, 0.95, 0.97), weekly(0.9, 2.5, 3, 1), weekly(250, 300, 280, 1)):
        assert measure(metric(unit="%"), fine, AS_OF, PROJECT).problems == ()
    assert measure(metric(unit="min"), weekly(88, 96.4, 95, 97), AS_OF, PROJECT).problems == ()


@pytest.mark.parametrize(
    ("goal", "message", "hint"),
    [
        ({"target": 80}, "`target` is 80, which reads 8,000.0%", "Write 0.8:"),
        (
            {"target": [{"from": date(2013, 1, 1), "value": 75}]},
            "`target` is 75, which",
            "Write 0.75",
        ),
        ({"band": [60, 90]}, "`band` is 60, which reads 6,000.0%", "Write 0.6:"),
    ],
)
def test_a_goal_in_per_cent_beside_values_that_are_shares_is_noticed(
    goal: dict[str, Any], message: str, hint: str
) -> None:
    shares = weekly(0.7, 0.72, 0.69, 0.71)
    warning, *_ = measure(metric(unit="%", **goal), shares, AS_OF, PROJECT).problems
    assert (warning.code, warning.severity, warning.place.line) == ("not-a-share", "warning", 3)
    assert warning.message.startswith(message)
    assert (warning.hint or "").startswith(hint)
    assert measure(metric(unit="min", **goal), shares, AS_OF, PROJECT).problems == ()


def test_a_goal_above_100_percent_is_one() -> None:
    growth = weekly(0.9, 1.1, 1.2, 1.1)
    assert measure(metric(unit="%", target=3), growth, AS_OF, PROJECT).problems == ()
    assert measure(metric(unit="%", target=0.8), weekly(0.5, 0.6), AS_OF, PROJECT).problems == ()


def test_the_row_of_totals_that_is_named_does_not_depend_on_the_order_of_rows() -> None:
    """Both are half of all, as far as a double tells."""
    cells = [
        (MONDAYS[0], name, value) for name, value in (("total", 1e9), ("LGA", 1.0), ("all", 1e9))
    ]
    of = metric(dimensions=["origin"], grain="week", total="sum")
    forward, back = (
        measure(of, sliced(*order), AS_OF, PROJECT, outputs=COUNTED)  # type: ignore[arg-type]
        for order in (cells, cells[::-1])
    )
    assert forward == back
    assert "`all`" in forward.problems[0].message


def test_numbers_too_large_to_add_are_taken_for_infinite() -> None:
    huge = rows("week DATE, value DOUBLE", [MONDAYS[1], 10**400], [MONDAYS[2], 1.7e308])
    measured = measure(metric(), huge, AS_OF, PROJECT)
    assert measured.reading is not None
    assert measured.reading.value is None


ORIGINS = st.sampled_from(["JFK", "LGA", "EWR", None])
CELLS = st.lists(
    st.tuples(
        st.sampled_from(MONDAYS),
        ORIGINS,
        st.one_of(st.none(), st.integers(0, 1000), st.floats(-1e6, 1e6)),
    ),
    unique_by=lambda cell: cell[:2],
    min_size=1,
    max_size=16,
)


@pytest.mark.slow
@given(CELLS, st.randoms(use_true_random=False))
def test_totals_are_those_of_sql_and_do_not_depend_on_the_order(
    cells: list[tuple[date, str | None, float | None]], shuffler: random.Random
) -> None:
    of = metric(dimensions=["origin"], grain="week", total="sum")
    measured = measure(of, sliced(*cells), AS_OF, PROJECT, outputs=COUNTED)  # type: ignore[arg-type]
    if measured.reading is None:
        assert measured.problems[0].code == "total-counted-twice"
        return
    shuffled = list(cells)
    shuffler.shuffle(shuffled)
    assert measure(of, sliced(*shuffled), AS_OF, PROJECT, outputs=COUNTED) == measured  # type: ignore[arg-type]
    for number, point in enumerate(measured.reading.series):
        known = [value for day, _, value in cells if day == point.on and value is not None]
        assert (point.value is None) is (not known)
        assert (point.value or 0) == pytest.approx(math.fsum(known), rel=1e-15, abs=1e-9)
        parts = [part.series[number].value for part in measured.reading.slices["origin"]]
        total = math.fsum(part for part in parts if part is not None)
        assert total == pytest.approx(point.value or 0, abs=1e-6)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.dates(date(2013, 1, 1), date(2013, 12, 31)), st.floats(0, 1e6)),
        min_size=2,
        max_size=60,
        unique_by=lambda cell: cell[0],
    ),
    st.dates(date(2013, 2, 1), date(2014, 2, 1)),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
)
def test_the_headline_is_always_over_and_the_series_has_no_holes(
    cells: list[tuple[date, float]], as_of: date, grain: str
) -> None:
    measured = measure(
        metric(grain=grain, total="sum"), rows("day DATE, value DOUBLE", *cells), as_of, PROJECT
    )
    if measured.reading is None:
        assert measured.problems[0].code == "empty-result"
        return
    found = measured.reading
    assert found.period_end is not None
    assert found.period_end < as_of
    assert all(point.on <= found.period_end for point in found.series)
    if found.series:
        assert found.series[-1].on == found.period_start
        counted = math.fsum(value for day, value in cells if day <= found.period_end)
        assert math.fsum(point.value or 0 for point in found.series) == pytest.approx(counted)
    if found.open_point is not None:
        assert found.open_point.on > found.period_end


def test_a_result_of_duckdb_reads_like_its_own_arithmetic() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE flights AS SELECT DATE '2013-09-01' + (i % 80)::INTEGER AS day, ['JFK',"
            " 'LGA', 'EWR'][1 + i % 3] AS origin, (i * 7919) % 13 < 9 AS on_time FROM range(5000)"
            " AS t(i)"
        )
        sql = (
            "SELECT date_trunc('week', day)::DATE AS week, origin, count(*) FILTER (WHERE on_time)"
            " AS good, count(*) AS total FROM flights GROUP BY ALL"
        )
        cells = connection.execute(sql).fetchall()
        expected = connection.execute(
            "SELECT avg(on_time::INTEGER) FROM flights WHERE day BETWEEN DATE '2013-11-11' AND DATE"
            " '2013-11-17'"
        ).fetchone()
    found = read(
        metric(dimensions=["origin"], numerator="good", denominator="total", unit="%"),
        rows("week DATE, origin VARCHAR, good DOUBLE, total DOUBLE", *cells),
    )
    assert expected is not None
    assert found.value == pytest.approx(expected[0], rel=1e-12)
