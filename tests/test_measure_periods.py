"""Rows -> Reading: which periods are whole, and what the headline is compared with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from measured_rows import (
    AS_OF,
    MONDAYS,
    PROJECT,
    daily,
    metric,
    read,
    rows,
    weekly,
)

from sharekit.numbers.measure import measure
from sharekit.numbers.results import Point
from sharekit.project.manifest import KeyResultTerms, Metric, Period
from sharekit.project.shapes import KeyResultFront, ProjectConfig

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


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_rows_without_a_value_are_said_to_be_there(nothing: float | None) -> None:
    found = rows("week DATE, value DOUBLE", [MONDAYS[1], 1], [MONDAYS[2], nothing])
    (warning,) = measure(metric(grain="week"), found, AS_OF, PROJECT).problems
    assert warning.code == "headline-gap"
    assert "week of 11 Nov 2013" in warning.message
    assert warning.message.endswith("; its rows have no value")
    assert "division by zero" in (warning.hint or "")


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
    assert [problem.code for problem in measured.problems] == ["no-date"]


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
    assert [(problem.code, problem.severity) for problem in measured.problems] == [
        ("no-daily-rows", "warning")
    ]
