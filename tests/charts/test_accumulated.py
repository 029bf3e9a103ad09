"""What a number adds up to within a span, against the pace of its target."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.numbers.results import Point, Reading
from sharekit.project.shapes import FiscalYear
from sharekit.records import replace
from sharekit.site.charts import Subject, accumulated, accumulated_chart

SALES = Subject("sales", "Sales", "€", None, "up", "week")
MONDAY = date(2026, 8, 31)


def reading(values: list[float | None], **more: object) -> Reading:
    series = tuple(Point(MONDAY + timedelta(weeks=at), value) for at, value in enumerate(values))
    last = series[-1]
    made = Reading(
        "series", last.value, "week", last.on, last.on + timedelta(days=6), series, over_time="sum"
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_week_counts_where_its_last_day_lies() -> None:
    found = accumulated(reading([1] * 12), "quarter", date(2026, 11, 24), "monday")
    assert found is not None
    assert (found.name, found.first, found.end) == (
        "Q4 2026", date(2026, 10, 1), date(2026, 12, 31),
    )  # fmt: skip
    assert found.sums[0] == Point(date(2026, 10, 1), 0.0)
    assert found.sums[1] == Point(date(2026, 10, 4), 1.0)
    assert found.last == Point(date(2026, 11, 22), 8.0)


def test_the_pace_is_the_targets_of_all_weeks_of_the_span() -> None:
    targets = ((date.min, 2.0), (date(2026, 11, 16), 3.0))
    found = accumulated(
        reading([1] * 12, target=3.0, targets=targets), "quarter", date(2026, 11, 24), "monday"
    )
    assert found is not None
    assert found.expected == 7 * 2 + 3, "seven weeks with 2, the newest with 3"
    assert found.target == 7 * 2 + 6 * 3, "the newest target holds for those to come"
    assert found.pace[0] == Point(date(2026, 10, 1), 0.0)
    assert found.pace[-1].on == date(2026, 12, 27)
    said = accumulated_chart(SALES, found).finding
    assert said == (
        "Sales in Q4 2026: €8 by 22 Nov, €9 behind the pace of €17. Target €32."
        " A week counts in the span in which it ends: the first one began on 28 Sep."
    )


def test_the_week_so_far_is_told_apart() -> None:
    found = accumulated(
        reading([1] * 12, open_point=Point(date(2026, 11, 23), 0.5)),
        "month",
        date(2026, 11, 24),
        "monday",
    )
    assert found is not None
    assert found.name == "November 2026"
    assert found.last.value == 4
    assert found.open == Point(date(2026, 11, 24), 4.5)
    assert found.pace == ()


def test_a_fiscal_year_begins_where_the_project_says() -> None:
    found = accumulated(
        reading([1] * 12, fiscal=FiscalYear(10, "end")), "year", date(2026, 11, 24), "monday"
    )
    assert found is not None
    assert (found.first, found.end) == (date(2026, 10, 1), date(2027, 9, 30))


@pytest.mark.parametrize("over", ["last", "mean", "none", None])
def test_what_does_not_add_up_is_not_added_up(over: str | None) -> None:
    assert accumulated(reading([1.0], over_time=over), "year", MONDAY, "monday") is None


def test_the_table_has_the_sum_and_the_pace_of_each_week() -> None:
    found = accumulated(
        reading([1, None, 2, 3, 4, 5, 6], target=2.0), "quarter", date(2026, 10, 20), "monday"
    )
    assert found is not None
    table = accumulated_chart(SALES, found).table
    assert table.head == ("Through", "Sales", "Pace")
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Week of 28 Sep 2026", "€4", "€2"],
        ["Week of 5 Oct 2026", "€9", "€4"],
        ["Week of 12 Oct 2026", "€15", "€6"],
    ]


@given(
    st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=1, max_size=60),
    st.sampled_from(["month", "quarter", "year"]),
)
def test_the_last_sum_is_the_sum_of_its_weeks(values: list[float | None], span: str) -> None:
    given_reading = reading(values)
    as_of = given_reading.series[-1].on + timedelta(days=8)
    found = accumulated(given_reading, span, as_of, "monday")  # type: ignore[arg-type]
    assert found is not None
    inside = [
        point.value or 0.0
        for point in given_reading.series
        if found.first <= point.on + timedelta(days=6) <= found.end
    ]
    assert found.last.value == pytest.approx(sum(inside))
    chart = accumulated_chart(SALES, found)
    assert "NaN" not in chart.wide
    assert chart.figure["layout"]["meta"]["kind"] == "pace"
