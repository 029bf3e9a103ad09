"""What stands beside a number: its period in words, also where none is whole yet."""

from __future__ import annotations

from datetime import date

import pytest

from sharekit.numbers.results import Point, Reading
from sharekit.project.shapes import Grain
from sharekit.records import replace
from sharekit.wording.headline import (
    brief_period,
    data_lag,
    has_headline,
    headline_value,
    value_period,
)

OVER = date(2026, 10, 1)
"""First day of the last period over, a month."""


def no_whole_period(on: date, grain: Grain = "month", start: date = OVER) -> Reading:
    return Reading("series", None, grain=grain, period_start=start, open_point=Point(on, 85.0))


@pytest.mark.parametrize(
    ("start", "on", "grain", "words"),
    [
        (OVER, date(2026, 11, 1), "month", "sign-ups so far this month"),
        (OVER, date(2026, 10, 1), "month", "sign-ups so far in October 2026"),
        (date(2026, 11, 9), date(2026, 11, 16), "week", "sign-ups so far this week"),
        (date(2026, 11, 9), date(2026, 11, 9), "week", "sign-ups so far in the week of 9 Nov 2026"),
        (date(2026, 11, 15), date(2026, 11, 16), "day", "sign-ups so far today"),
        (date(2026, 11, 15), date(2026, 11, 15), "day", "sign-ups so far on 15 Nov 2026"),
    ],
)
def test_a_value_of_a_period_that_is_not_whole_says_so(
    start: date, on: date, grain: Grain, words: str
) -> None:
    reading = no_whole_period(on, grain, start)
    shown = headline_value(reading, "sign-ups", None)
    assert (shown.number, shown.unit) == ("85", words)
    assert brief_period(reading, date(2026, 11, 20)) == "", "the value says it"


def test_a_part_at_the_beginning_is_called_one() -> None:
    part = Point(OVER, 85.0)
    reading = Reading("series", None, grain="month", period_start=OVER, partial=(part,))
    assert headline_value(reading, None, None).unit == "in a part of October 2026"


def test_a_headline_is_a_value_or_what_there_is_so_far() -> None:
    assert not has_headline(None)
    assert not has_headline(Reading("number", None))
    assert has_headline(Reading("number", 7.0))
    assert has_headline(no_whole_period(OVER))


@pytest.mark.parametrize(
    ("since", "end", "words"),
    [
        (date(2026, 10, 1), date(2026, 11, 15), "1 Oct to 15 Nov"),
        (date(2025, 12, 1), date(2026, 11, 15), "1 Dec 2025 to 15 Nov"),
    ],
)
def test_a_value_to_date_has_its_days(since: date, end: date, words: str) -> None:
    reading = Reading(
        "series", 7.0, grain="week", period_start=date(2026, 11, 9), period_end=end, since=since
    )
    assert brief_period(reading, date(2026, 11, 20)) == words
    assert brief_period(reading) == f"{words} 2026", "the year once, where nobody knows the day"


def test_data_lag_where_they_end_before_the_last_period_over() -> None:
    today = date(2026, 11, 20)
    reading = Reading(
        "series", 7.0, grain="month", period_start=OVER, data_until=date(2026, 10, 31)
    )
    assert not data_lag(reading, today)
    assert data_lag(replace(reading, data_until=date(2026, 10, 30)), today)
    assert not data_lag(None, today)
    assert not data_lag(replace(reading, data_until=None), today)


def test_a_value_without_a_period_has_no_period() -> None:
    assert value_period(Reading("number", 7.0)) == ""
    assert value_period(Reading("series", 7.0, grain="month", period_start=OVER)) == "October 2026"
