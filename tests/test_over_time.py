"""How several rows of one period become one value, and levels: final when measured, carried, never
a zero in a sum."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from sharekit.errors import Place
from sharekit.numbers.additivity import Additivity, Outputs
from sharekit.numbers.measure import Measurement, measure, member
from sharekit.numbers.results import Cell, Column, Reading, Rows
from sharekit.project.manifest import Metric, Sql
from sharekit.project.shapes import MetricFront, ProjectConfig

AS_OF = date(2026, 3, 18)
ADDS = Outputs(rest=Additivity("adds"))
LEVEL = Outputs(rest=Additivity("level", "max_by(balance, day) is the last value of many"))
MEAN = Outputs(rest=Additivity("not", "avg(x) is a mean"))
SOURCE = Outputs(rest=Additivity("row"))


def metric(**front: Any) -> Metric:
    keys = {name: Place("metrics/x.sql", number) for number, name in enumerate(front, 2)}
    shape = MetricFront.model_validate({"title": "X", **front})
    return Metric(
        "x",
        "metrics/x.sql",
        ("everyone",),
        keys=keys,
        front=shape,
        sql=Sql("SELECT 1 AS value", 10),
    )


def days(*cells: Sequence[Cell]) -> Rows:
    columns = (Column("day", "DATE", "date"), Column("value", "DOUBLE", "number"))
    return Rows(columns, tuple(map(tuple, cells)))


def by_store(*cells: Sequence[Cell]) -> Rows:
    columns = (
        Column("day", "DATE", "date"),
        Column("store", "VARCHAR", "text"),
        Column("value", "DOUBLE", "number"),
    )
    return Rows(columns, tuple(map(tuple, cells)))


def run(of: Metric, rows: Rows, outputs: Outputs, as_of: date = AS_OF, **more: Any) -> Measurement:
    return measure(of, rows, as_of, ProjectConfig(name="P"), outputs=outputs, **more)


def read(of: Metric, rows: Rows, outputs: Outputs, as_of: date = AS_OF, **more: Any) -> Reading:
    measured = run(of, rows, outputs, as_of, **more)
    assert measured.reading is not None, measured.problems
    return measured.reading


MONTHS = days(
    (date(2026, 1, 5), 10.0),
    (date(2026, 1, 31), 30.0),
    (date(2026, 2, 3), 50.0),
    (date(2026, 2, 20), 40.0),
    (date(2026, 3, 2), 70.0),
    (date(2026, 3, 16), 60.0),
)


@pytest.mark.parametrize(
    ("over", "january", "february"),
    [("sum", 40, 90), ("mean", 20, 45), ("max", 30, 50), ("min", 10, 40)],
)
def test_rows_of_a_period_become_one_value_as_it_says(
    over: str, january: float, february: float
) -> None:
    found = read(metric(grain="month", over_time=over), MONTHS, MEAN)
    assert [point.value for point in found.series] == [january, february]
    assert found.value == february
    assert found.over_time == over


def test_what_adds_up_is_summed_over_time_unasked() -> None:
    found = read(metric(grain="month"), MONTHS, ADDS)
    assert (found.value, found.over_time) == (90, "sum")
    assert found.open_point is not None
    assert found.open_point.value == 130


def test_a_count_that_does_not_add_up_over_time_is_refused_there() -> None:
    users = Outputs(rest=Additivity("adds", "", frozenset({"day"})))
    (wrong,) = run(metric(grain="month"), MONTHS, users).problems
    assert wrong.code == "several-rows-a-period"


@pytest.mark.parametrize("outputs", [MEAN, SOURCE])
def test_everything_else_is_refused_and_each_fix_works(outputs: Outputs) -> None:
    (wrong,) = run(metric(grain="month"), MONTHS, outputs).problems
    assert wrong.code == "several-rows-a-period"
    assert "date_trunc('month', ...)" in (wrong.hint or "")
    for over in ("sum", "last", "mean", "max", "min"):
        assert over in (wrong.hint or "")
        assert run(metric(grain="month", over_time=over), MONTHS, outputs).reading is not None
    monthly = days((date(2026, 1, 1), 1.0), (date(2026, 2, 1), 2.0))
    assert run(metric(grain="month"), monthly, outputs).reading is not None


# -- levels ---------------------------------------------------------------------------------------


def test_the_headline_of_a_level_is_its_newest_measurement_against_the_end_of_the_period_before() -> (
    None
):
    found = read(metric(grain="month", over_time="last"), MONTHS, SOURCE)
    assert (found.value, found.measured_on, found.period_end) == (
        60,
        date(2026, 3, 16),
        date(2026, 3, 16),
    )
    assert found.open_point is None
    previous = found.comparison("previous")
    assert previous is not None
    assert (previous.value, previous.period) == (40, date(2026, 2, 1))
    assert read(metric(grain="month"), MONTHS, LEVEL).value == 60


def test_a_level_is_compared_with_the_end_of_the_period_a_year_ago() -> None:
    rows = days(
        *((date(2025, month, 20), float(month)) for month in range(1, 13)),
        (date(2026, 1, 10), 99.0),
    )
    found = read(
        metric(grain="month", over_time="last", compare=["year_ago"]),
        rows,
        SOURCE,
        date(2026, 1, 20),
    )
    year_ago = found.comparison("year_ago")
    assert (found.value, year_ago and year_ago.value) == (99, 1)


def test_rows_after_the_as_of_day_are_plans_and_no_measurements() -> None:
    found = read(metric(grain="month", over_time="last"), MONTHS, SOURCE, date(2026, 3, 5))
    assert (found.value, found.measured_on) == (70, date(2026, 3, 2))


def test_a_level_measured_long_ago_keeps_its_day() -> None:
    found = read(metric(grain="month", over_time="last"), MONTHS, SOURCE, date(2026, 7, 1))
    assert (found.value, found.measured_on) == (60, date(2026, 3, 16))
    assert found.period_start == date(2026, 3, 1)


def test_a_level_so_far_is_compared_with_what_it_was_on_the_same_day() -> None:
    found = read(
        metric(grain="month", over_time="last", compare=["previous_to_date"]), MONTHS, SOURCE
    )
    compared = found.comparison("previous_to_date")
    assert compared is not None
    assert compared.value == 50  # on 16 February it was that of 3 February


def test_a_to_date_comparison_of_what_does_not_add_up_says_how_to_have_it() -> None:
    monthly = days((date(2026, 1, 1), 1.0), (date(2026, 2, 1), 2.0))
    (wrong,) = run(metric(grain="month", compare=["previous_to_date"]), monthly, MEAN).problems
    assert (wrong.code, wrong.severity) == ("no-daily-rows", "warning")
    assert "over_time: sum" in (wrong.hint or "")


def test_missing_last_carries_a_measurement_to_the_next_and_no_further() -> None:
    rows = days((date(2026, 1, 31), 10.0), (date(2026, 2, 28), None), (date(2026, 3, 1), 30.0))
    gap = read(metric(grain="month", over_time="last"), rows, SOURCE)
    carried = read(
        metric(grain="month", over_time="last", missing="last"), rows, SOURCE, date(2026, 5, 9)
    )
    assert [point.value for point in gap.series] == [10, None, 30]
    assert [point.value for point in carried.series] == [10, 10, 30]
    assert carried.measured_on == date(2026, 3, 1) or carried.measured_on == date(2026, 3, 31)


# -- slices ---------------------------------------------------------------------------------------

GAP = by_store(
    (date(2026, 3, 15), "south", 80.0),
    (date(2026, 3, 15), "north", 80.0),
    (date(2026, 3, 16), "south", 90.0),
    (date(2026, 3, 16), "north", 90.0),
    (date(2026, 3, 17), "south", 100.0),
)


def test_a_slice_without_a_row_is_never_a_zero_in_the_total_of_a_level() -> None:
    of = metric(grain="day", dimensions=["store"], total="sum")
    measured = run(of, GAP, LEVEL)
    assert measured.reading is not None
    assert (measured.reading.value, measured.reading.measured_on) == (180, date(2026, 3, 16))
    (said,) = measured.problems
    assert (said.code, said.severity) == ("slice-gap", "warning")
    assert "no total on 17 Mar 2026: north has no row" in said.message


def test_missing_last_carries_a_slice_within_the_total() -> None:
    of = metric(grain="day", dimensions=["store"], total="sum", over_time="last", missing="last")
    measured = run(of, GAP, LEVEL)
    assert measured.reading is not None
    assert measured.reading.value == 190
    assert measured.problems == ()
    north = member(measured.reading, "north")
    assert north is not None
    assert north.value == 90


def test_a_slice_that_is_carried_for_unusually_long_is_named_with_its_day() -> None:
    rows = [
        (date(2026, 3, day), store, 10.0)
        for day in range(1, 18)
        for store in ("north", "south")
        if store == "north" or day <= 9
    ]
    of = metric(grain="day", dimensions=["store"], total="sum", missing="last")
    found = run(of, by_store(*rows), LEVEL)
    assert found.reading is not None
    assert found.reading.value == 20
    assert found.reading.notes == ("with south of 9 Mar",)
    assert [each.code for each in found.problems] == ["late-member"]
    assert [part.previous for part in found.reading.slices["store"] if part.member == "south"] == [
        None
    ]


def test_a_level_says_which_slice_has_no_row_after_its_headline() -> None:
    found = read(metric(grain="day", dimensions=["store"], total="sum"), GAP, LEVEL)
    assert found.notes == ("no total on 17 Mar 2026: north has no row there",)


@pytest.mark.parametrize("outputs", [MEAN, SOURCE])
def test_what_nothing_is_known_of_has_no_total_where_a_slice_is_missing(outputs: Outputs) -> None:
    measured = run(metric(grain="day", dimensions=["store"], total="sum"), GAP, outputs)
    assert measured.reading is not None
    assert [point.value for point in measured.reading.series] == [160, 180, None]
    (said,) = measured.problems
    assert said.code == "slice-gap"
    for fix, total in (
        ({"over_time": "last", "missing": "last"}, 190),
        ({"missing": "zero"}, 100),
        ({"over_time": "sum"}, 100),
    ):
        assert all(f"{key}: {value}" in (said.hint or "") for key, value in fix.items())
        mended = run(metric(grain="day", dimensions=["store"], total="sum", **fix), GAP, outputs)
        assert mended.reading is not None
        assert mended.reading.value == total
        assert mended.problems == ()


def test_no_row_of_a_count_adds_nothing() -> None:
    found = read(metric(grain="day", dimensions=["store"]), GAP, ADDS)
    assert found.value == 100


def test_a_slice_that_has_not_begun_is_not_missing() -> None:
    later = by_store(*GAP.rows[2:4], (date(2026, 3, 15), "south", 80.0), (date(2026, 3, 17), "south", 1.0),
                     (date(2026, 3, 17), "north", 2.0))  # fmt: skip
    found = read(metric(grain="day", dimensions=["store"], total="sum"), later, LEVEL)
    assert [point.value for point in found.series] == [80, 180, 3]


def test_the_peak_of_a_total_is_that_of_the_sums_not_the_sum_of_peaks() -> None:
    rows = by_store(
        (date(2026, 2, 1), "a", 9.0), (date(2026, 2, 1), "b", 1.0), (date(2026, 2, 2), "a", 2.0),
        (date(2026, 2, 2), "b", 7.0), (date(2026, 3, 1), "a", 1.0), (date(2026, 3, 1), "b", 1.0),
    )  # fmt: skip
    found = read(
        metric(grain="month", dimensions=["store"], total="sum", over_time="max"), rows, SOURCE
    )
    assert found.value == 10
    assert [part.value for part in found.slices["store"]] == [9, 7]


def test_the_order_of_rows_changes_nothing() -> None:
    of = metric(grain="month", dimensions=["store"], total="sum", over_time="last", missing="last")
    assert run(of, GAP, SOURCE) == run(of, by_store(*reversed(GAP.rows)), SOURCE)


def test_a_ratio_of_levels_divides_the_last_of_both() -> None:
    columns = (
        Column("day", "DATE", "date"),
        Column("hotel", "VARCHAR", "text"),
        Column("taken", "DOUBLE", "number"),
        Column("rooms", "DOUBLE", "number"),
    )
    rows = Rows(
        columns,
        (
            (date(2026, 3, 1), "a", 1.0, 10.0),
            (date(2026, 3, 1), "b", 30.0, 30.0),
            (date(2026, 3, 17), "a", 5.0, 10.0),
            (date(2026, 3, 17), "b", 3.0, 30.0),
        ),
    )
    of = metric(
        grain="month",
        dimensions=["hotel"],
        numerator="taken",
        denominator="rooms",
        over_time="last",
    )
    assert read(of, rows, SOURCE).value == pytest.approx(8 / 40)
