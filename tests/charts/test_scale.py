"""Axes: nice ticks in the metric's own words, and dates that fit side by side."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.project.shapes import CALENDAR_YEAR
from sharekit.site.charts import Subject
from sharekit.site.charts.labels import text_width
from sharekit.site.charts.scale import (
    day_scale,
    even_decimals,
    period_ticks,
    span_ticks,
    value_axis,
)

PLAIN = Subject("x", "X")
SHARE = Subject("x", "X", "%")
EURO = Subject("x", "X", "€")
MINUTES = Subject("x", "X", "min", "duration_min")
WHOLE = Subject("x", "X", "flights", "integer")
SUBJECTS = st.sampled_from([PLAIN, SHARE, EURO, MINUTES, WHOLE])
VALUES = st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: float(f"{value:.9g}"))


@pytest.mark.parametrize(
    ("subject", "values", "wish", "words"),
    [
        (SHARE, [0.74, 0.81], [0.82], ["74%", "76%", "78%", "80%", "82%"]),
        (SHARE, [0.003, 0.0042], [], ["0.30%", "0.35%", "0.40%"]),
        (SHARE, [0.999, 0.9996], [], ["99.90%", "99.92%", "99.94%", "99.96%"]),
        (EURO, [1.52e6, 1.94e6], [2e6], ["€1.4m", "€1.6m", "€1.8m", "€2.0m"]),
        (EURO, [0, 101_000], [], ["€0", "€25k", "€50k", "€75k", "€100k"]),
        (EURO, [0, 1.2e6], [], ["€0", "€0.25m", "€0.50m", "€0.75m", "€1.00m"]),
        (EURO, [-3e4, 1.1e5], [], ["\N{MINUS SIGN}€50k", "€0", "€50k", "€100k"]),
        (WHOLE, [0, 1, 2, 3], [], ["0", "1", "2", "3"]),
        (MINUTES, [12, 95], [], ["0", "30 min", "1 h", "1 h 30 min"]),
        (PLAIN, [-30, 58], [], ["\N{MINUS SIGN}40", "\N{MINUS SIGN}20", "0", "20", "40"]),
        (PLAIN, [5], [], ["4.50", "4.75", "5.00", "5.25", "5.50"]),
    ],
)
def test_ticks_are_round_and_written_like_the_number(
    subject: Subject, values: list[float], wish: list[float], words: list[str]
) -> None:
    assert [tick.label for tick in value_axis(values, subject, wish=wish).ticks] == words


@given(SUBJECTS, st.lists(VALUES, max_size=30), st.lists(VALUES, max_size=2), st.booleans())
def test_an_axis_covers_its_values_with_few_ticks_that_differ(
    subject: Subject, values: list[float], wish: list[float], zero: bool
) -> None:
    axis = value_axis(values, subject, wish=wish, zero=zero)
    assert math.isfinite(axis.low)
    assert math.isfinite(axis.high)
    assert axis.low < axis.high
    slack = 1e-6 * max(abs(axis.low), abs(axis.high))
    assert all(axis.low - slack <= value <= axis.high + slack for value in values)
    assert 1 <= len(axis.ticks) <= 5
    assert all(axis.low - slack <= tick.value <= axis.high + slack for tick in axis.ticks)
    if zero:
        assert axis.low <= 0 <= axis.high


def test_a_far_target_does_not_squeeze_the_line() -> None:
    assert not value_axis([912, 1040], PLAIN, wish=[5000]).shows(5000)
    assert value_axis([912, 1040], PLAIN, wish=[1200]).shows(1200)


def test_a_running_period_does_not_squeeze_the_line() -> None:
    assert not value_axis([5996, 6236], WHOLE, near=[2310]).shows(2310)
    assert value_axis([5996, 6236], WHOLE, near=[5950]).shows(5950)


def test_shares_end_at_a_hundred_percent() -> None:
    assert value_axis([0.91, 1.0], SHARE).high == 1.0
    assert value_axis([1.0, 1.0], SHARE).high == 1.0


def test_what_is_no_number_is_left_out() -> None:
    axis = value_axis([None, math.nan, math.inf, 3.0, 4.0], PLAIN)
    assert axis == value_axis([3.0, 4.0], PLAIN)


def test_decimals_are_even_and_no_longer_than_needed() -> None:
    assert even_decimals(["84.0%", "88.0%"]) == ["84%", "88%"]
    assert even_decimals(["4.5", "5", "5.5"]) == ["4.5", "5.0", "5.5"]
    assert even_decimals(["€900k", "€1.20m"]) == ["€900k", "€1.20m"]
    assert even_decimals(["0", "0.25", "0.50"]) == ["0", "0.25", "0.50"]
    assert even_decimals(["no data"]) == ["no data"]


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.integers(1, 400),
    st.sampled_from(["day", "week"]),
    st.integers(150, 700),
)
def test_dates_below_the_plot_never_touch(last: date, count: int, grain: str, width: int) -> None:
    length = 7 if grain == "week" else 1
    days = [last - timedelta(days=length * n) for n in range(count)][::-1]
    ticks = period_ticks(days, grain, width, CALENDAR_YEAR)  # type: ignore[arg-type]
    if (days[-1] - days[0]).days > 731:
        assert len(ticks) > 1
        assert all(tick.label == str(tick.on.year) and tick.on in days for tick in ticks), (
            "years stand below years"
        )
    else:
        assert ticks[-1].on == last
    x = day_scale(days[0], days[-1], 0, width)
    places = [(x(tick.on), text_width(tick.label, 12) / 2) for tick in ticks]
    assert all(after - room > before + half for (before, half), (after, room) in pairwise(places))


def test_years_stand_below_the_first_tick_of_each() -> None:
    days = [date(2012 + month // 12, month % 12 + 1, 1) for month in range(10, 24)]
    years = [
        (tick.label, tick.year)
        for tick in period_ticks(days, "month", 2000, CALENDAR_YEAR)
        if tick.year
    ]
    assert years == [("Nov", "2012"), ("Jan", "2013")]
    weeks = [date(2013, 9, 2) + timedelta(weeks=n) for n in range(8)]
    assert all(tick.year is None for tick in period_ticks(weeks, "week", 500, CALENDAR_YEAR))


def test_a_quarter_of_days_is_told_by_its_months() -> None:
    words = [tick.label for tick in span_ticks(date(2013, 10, 1), date(2013, 12, 31), 520)]
    assert words == ["1 Oct", "1 Nov", "1 Dec", "31 Dec"]
    assert [tick.label for tick in span_ticks(date(2013, 10, 1), date(2013, 10, 1), 520)] == [
        "1 Oct"
    ]
