"""The calendar: what people write as periods and spans, and where periods of each grain begin and
end."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.numbers.periods import (
    GRAIN_DAYS,
    Span,
    add_months,
    age_problem,
    count_periods,
    floor,
    free_period,
    infer_grain,
    infer_starts,
    last_complete,
    last_day,
    next_period,
    parse_period,
    parse_span,
    periods,
    same_day,
    shift_periods,
)
from sharekit.project.days import WEEKDAYS
from sharekit.project.shapes import FiscalYear, Grain

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
GRAINS = tuple(GRAIN_DAYS)
"""Finest first."""
GRAIN = st.sampled_from(GRAINS)


@pytest.mark.parametrize(
    ("text", "fiscal_year_start", "start", "end"),
    [
        ("2013-Q4", 1, date(2013, 10, 1), date(2013, 12, 31)),
        ("2013-q1", 1, date(2013, 1, 1), date(2013, 3, 31)),
        ("2013-H2", 1, date(2013, 7, 1), date(2013, 12, 31)),
        ("2013-11", 1, date(2013, 11, 1), date(2013, 11, 30)),
        ("2012-02", 4, date(2012, 2, 1), date(2012, 2, 29)),
        (" 2013 ", 1, date(2013, 1, 1), date(2013, 12, 31)),
        ("2014-Q1", 4, date(2013, 4, 1), date(2013, 6, 30)),
        ("2014-Q4", 4, date(2014, 1, 1), date(2014, 3, 31)),
        ("2014", 4, date(2013, 4, 1), date(2014, 3, 31)),
        ("2014-H1", 7, date(2013, 7, 1), date(2013, 12, 31)),
        ("2014-Q2", 10, date(2014, 1, 1), date(2014, 3, 31)),
    ],
)
def test_a_period_is_read_as_people_write_it(
    text: str, fiscal_year_start: int, start: date, end: date
) -> None:
    period = parse_period(text, FiscalYear(fiscal_year_start))
    assert period is not None
    assert (period.start, period.end) == (start, end)
    assert period.label == text.strip().upper()


@pytest.mark.parametrize(
    "text",
    ["", "Q4", "2013-Q5", "2013-13", "2013-1", "13-Q4", "2013 Q4", "2013-H3", "0000", "9999"],
)
def test_what_is_no_period_is_not_guessed(text: str) -> None:
    assert parse_period(text, FiscalYear(1)) is None


@given(st.integers(1990, 2100), st.integers(1, 12))
def test_quarters_and_halves_make_up_their_fiscal_year(year: int, start: int) -> None:
    whole = parse_period(str(year), FiscalYear(start))
    quarters = [parse_period(f"{year}-Q{number}", FiscalYear(start)) for number in (1, 2, 3, 4)]
    halves = [parse_period(f"{year}-H{number}", FiscalYear(start)) for number in (1, 2)]
    assert whole is not None
    assert whole.end.year == year, "a fiscal year bears the year in which it ends"
    for parts in (quarters, halves):
        assert next(part.start for part in parts if part) == whole.start
        assert [part.end for part in parts if part][-1] == whole.end
        for before, after in itertools.pairwise(parts):
            assert before is not None
            assert after is not None
            assert after.start - before.end == timedelta(days=1)


def test_free_dates_are_labelled() -> None:
    assert free_period(date(2013, 10, 1), date(2013, 12, 31)).label == "1 Oct 2013 to 31 Dec 2013"


@pytest.mark.parametrize(
    ("text", "span", "before"),
    [
        ("8 days", Span(8, "day"), date(2013, 11, 14)),
        ("1 day", Span(1, "day"), date(2013, 11, 21)),
        ("36 hours", Span(36, "hour"), date(2013, 11, 21)),
        ("26 weeks", Span(26, "week"), date(2013, 5, 24)),
        ("12 Months", Span(12, "month"), date(2012, 11, 22)),
        ("2quarters", Span(2, "quarter"), date(2013, 5, 22)),
        ("1 year", Span(1, "year"), date(2012, 11, 22)),
    ],
)
def test_a_span_is_read_and_counted_back(text: str, span: Span, before: date) -> None:
    found = parse_span(text)
    assert found == span
    assert found is not None
    assert found.before(date(2013, 11, 22)) == before


@pytest.mark.parametrize(
    "text", ["", "8", "days", "0 days", "-1 days", "1.5 days", "8 fortnights", "8 days ago"]
)
def test_what_is_no_span_is_not_guessed(text: str) -> None:
    assert parse_span(text) is None


@pytest.mark.slow
@given(
    st.integers(1, 999_999), st.sampled_from(["hours", "days", "weeks", "months", "years"]), DAYS
)
def test_any_span_counts_back_without_falling_off_the_calendar(
    count: int, unit: str, day: date
) -> None:
    span = parse_span(f"{count} {unit}")
    assert span is not None
    assert date.min <= span.before(day) <= day


def test_spans_say_themselves() -> None:
    assert [str(parse_span(text)) for text in ("1 days", "36hours")] == ["1 day", "36 hours"]


def test_weeks_begin_where_the_project_says() -> None:
    friday = date(2013, 11, 22)
    assert floor(friday, "week", "monday") == date(2013, 11, 18)
    assert floor(friday, "week", "sunday") == date(2013, 11, 17)
    assert floor(friday, "week", "saturday") == date(2013, 11, 16)
    assert last_day(date(2013, 11, 18), "week") == date(2013, 11, 24)


def test_fiscal_quarters_begin_by_the_fiscal_year() -> None:
    day = date(2013, 11, 22)
    assert floor(day, "quarter") == date(2013, 10, 1)
    assert floor(day, "quarter", fiscal_year_start=2) == date(2013, 11, 1)
    assert floor(day, "year", fiscal_year_start=4) == date(2013, 4, 1)
    assert floor(datetime(2013, 11, 22, 23, 59), "month") == date(2013, 11, 1)


@given(DAYS, GRAIN, st.sampled_from(WEEKDAYS), st.integers(1, 12))
def test_each_day_lies_in_exactly_one_period(
    day: date, grain: Grain, week_start: str, fiscal: int
) -> None:
    start = floor(day, grain, week_start, fiscal)  # type: ignore[arg-type]
    assert start <= day <= last_day(start, grain)
    assert floor(start, grain, week_start, fiscal) == start  # type: ignore[arg-type]
    after = next_period(start, grain)
    assert after == last_day(start, grain) + timedelta(days=1)
    assert floor(after, grain, week_start, fiscal) == after  # type: ignore[arg-type]
    assert shift_periods(after, grain, -1) == start


@given(DAYS, GRAIN, st.integers(0, 60))
def test_periods_are_listed_without_holes(day: date, grain: Grain, count: int) -> None:
    first = floor(day, grain)
    last = shift_periods(first, grain, count)
    listed = list(periods(first, last, grain))
    assert len(listed) == count + 1 == count_periods(first, last, grain)
    assert listed[0] == first
    assert listed[-1] == last
    assert all(next_period(before, grain) == after for before, after in itertools.pairwise(listed))


def test_no_periods_before_the_first() -> None:
    assert list(periods(date(2013, 11, 18), date(2013, 11, 11), "week")) == []
    assert count_periods(date(2013, 11, 18), date(2013, 11, 11), "week") == 0


def test_the_calendar_ends_without_a_crash() -> None:
    for grain in GRAINS:
        start = floor(date.max, grain)
        assert last_day(start, grain) == date.max
        assert next(iter(periods(start, date.max, grain))) == start
        assert floor(date.min, grain, "sunday") == date.min
    assert add_months(date.max, 12) == date.max
    assert add_months(date.min, -1) == date.min


@pytest.mark.parametrize(
    ("grain", "start"),
    [
        ("day", date(2013, 11, 21)),
        ("week", date(2013, 11, 11)),
        ("month", date(2013, 10, 1)),
        ("quarter", date(2013, 7, 1)),
        ("year", date(2012, 1, 1)),
    ],
)
def test_the_headline_is_the_last_complete_period(grain: Grain, start: date) -> None:
    assert last_complete(date(2013, 11, 22), grain) == start


def test_a_period_is_complete_the_day_after_its_last() -> None:
    assert last_complete(date(2013, 11, 24), "week") == date(2013, 11, 11), "Sunday still runs"
    assert last_complete(date(2013, 11, 25), "week") == date(2013, 11, 18)
    assert last_complete(date(2013, 12, 1), "month") == date(2013, 11, 1)


@given(DAYS, GRAIN)
def test_the_headline_is_over_and_its_successor_is_not(as_of: date, grain: Grain) -> None:
    start = last_complete(as_of, grain)
    assert last_day(start, grain) < as_of <= last_day(next_period(start, grain), grain)


def test_the_same_day_never_leave_the_other_period() -> None:
    assert same_day(date(2013, 11, 1), date(2013, 11, 21), date(2013, 10, 1), "month") == date(
        2013, 10, 21
    )
    assert same_day(date(2013, 3, 1), date(2013, 3, 31), date(2013, 2, 1), "month") == date(
        2013, 2, 28
    )


@pytest.mark.parametrize(
    ("days", "grain"),
    [
        (["2013-11-20", "2013-11-21"], "day"),
        (["2013-11-04", "2013-11-18"], "week"),
        (["2013-11-03", "2013-11-10"], "week"),
        (["2013-10-01", "2013-11-01"], "month"),
        (["2013-10-31", "2013-11-30"], "month"),
        (["2013-04-01", "2013-10-01"], "quarter"),
        (["2013-02-01", "2013-05-01", "2013-08-01"], "quarter"),
        (["2012-01-01", "2013-01-01"], "year"),
        (["2012-12-31", "2013-12-31"], "year"),
    ],
)
def test_the_grain_is_told_from_the_dates(days: list[str], grain: Grain) -> None:
    assert infer_grain([date.fromisoformat(day) for day in days]) == grain


def test_one_date_tells_no_grain() -> None:
    assert infer_grain([date(2013, 11, 1)]) is None
    assert infer_grain([]) is None


@given(DAYS, GRAIN, st.lists(st.integers(1, 9), min_size=8, max_size=30))
def test_the_grain_of_a_gappy_series_is_never_told_finer(
    day: date, grain: Grain, steps: list[int]
) -> None:
    start = floor(day, grain)
    days = [start]
    for step in steps:
        days.append(shift_periods(days[-1], grain, step))
    told = infer_grain(days)
    assert told is not None
    assert GRAINS.index(told) >= GRAINS.index(grain) or {told, grain} == {"week", "month"}


def test_weeks_of_the_data_win_over_the_projects() -> None:
    mondays = [date(2013, 11, 4), date(2013, 11, 11)]
    assert infer_starts(mondays, "week", "sunday") == ("monday", 1)
    assert infer_starts([*mondays, date(2013, 11, 13)], "week", "sunday") == ("sunday", 1)
    assert infer_starts([date(2013, 2, 1), date(2013, 5, 1)], "quarter", "monday", 1) == (
        "monday",
        2,
    )
    assert infer_starts([date(2012, 4, 1), date(2013, 4, 1)], "year") == ("monday", 4)
    assert infer_starts([], "week", "saturday", 7) == ("saturday", 7)


def test_months_end_on_their_own_last_day() -> None:
    ends = [add_months(date(2026, 1, 31), count).day for count in range(12)]
    assert ends == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_a_week_to_date_meets_the_same_weekday() -> None:
    monday, wednesday = date(2026, 11, 23), date(2026, 11, 25)
    assert same_day(monday, wednesday, date(2026, 11, 16), "week") == date(2026, 11, 18)
    assert same_day(monday, date(2026, 12, 2), date(2026, 11, 16), "week") == date(2026, 11, 22)


def test_old_data_say_how_old_they_are() -> None:
    today = date(2026, 11, 23)
    words = "Data is 9 days old; its limit is 8 days."
    assert age_problem("8 days", date(2026, 11, 14), today) == words
    assert age_problem("8 days", date(2026, 11, 15), today) is None
    assert age_problem("8 days", None, today) is None


@pytest.mark.parametrize("text", ["999999 years", "999999 months", "999999 weeks", "999999 hours"])
def test_a_span_ends_at_the_first_day_that_may_be_written(text: str) -> None:
    span = parse_span(text)
    assert span is not None
    assert span.before(date(2026, 11, 20)) >= date(1000, 1, 1)
