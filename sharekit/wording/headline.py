"""A number's headline in words: its value, its period, also where none is whole yet, and what goes
with it. Pure."""

from __future__ import annotations

from datetime import date

from sharekit.numbers.formats import NO_TOTAL, Formatted, format_day, format_period, format_value
from sharekit.numbers.periods import floor, next_period
from sharekit.numbers.results import Reading
from sharekit.project.days import Weekday
from sharekit.wording.english import day_span, near_day
from sharekit.wording.number_phrases import period_name


def headline_value(reading: Reading | None, unit: str | None, format: str | None) -> Formatted:
    """The headline as people read it: "78.4%", "no total" where only its parts have a value, "no
    data"; "85 sign-ups so far this month" where no period is whole."""
    open_value = reading.so_far if reading else None
    if reading is None or open_value is None:
        if reading is not None and reading.parts_only:
            return Formatted(NO_TOTAL)
        return format_value(reading.value if reading else None, unit, format)
    value = format_value(open_value.value, unit, format)
    return Formatted(
        value.number, " ".join(part for part in (value.unit, _so_far(reading)) if part)
    )


def has_headline(reading: Reading | None) -> bool:
    """Whether there is a value to show: that of a whole period, or what there is of the first one
    so far."""
    return reading is not None and (reading.value is not None or reading.so_far is not None)


def headline_period(reading: Reading) -> str:
    """The period of the headline, for people: "week of 11 Nov 2013", "October 2013", of a level the
    day it was measured on, "19 Nov 2013"; "" for a number without time.

    Behind it the member that speaks for the number, where one does: "October 2013, p50".
    """
    period = value_period(reading)
    if reading.headline is None:
        return period
    return f"{period}, {reading.speaker}" if period else f"slice {reading.speaker}"


def value_period(reading: Reading) -> str:
    """The period of all values at the headline, whoever speaks for the number."""
    if reading.period_start is None or _not_begun(reading):
        return ""
    if reading.since is not None and reading.period_end is not None:
        return day_span(reading.since, reading.period_end)
    if reading.measured_on is not None:
        return format_day(reading.measured_on, year=True)
    open_value = reading.so_far
    start = open_value.on if open_value else reading.period_start
    return format_period(start, reading.grain, year=True, fiscal=reading.fiscal)


def _not_begun(reading: Reading) -> bool:
    """Whether a value to date is of a period that lies ahead, or has no day of data yet."""
    return reading.since is not None and reading.period_end is None and not has_headline(reading)


def brief_period(reading: Reading | None, as_of: date | None = None) -> str:
    """The period of the headline where room is short: "week to 17 Nov", "October", "19 Nov", with
    the year where it is not that of `as_of`; "" without a period, and where the value says it
    itself ("so far this month").

    `as_of` None: always with the year, for what is read far from its page."""
    if reading is None or reading.period_start is None or reading.so_far is not None:
        return ""
    if _not_begun(reading):
        return ""
    start, end, grain = reading.period_start, reading.period_end, reading.grain

    def day(of: date) -> str:
        return near_day(of, as_of) if as_of else format_day(of, year=True)

    if reading.since is not None and end is not None:
        same = reading.since.year == end.year
        return f"{format_day(reading.since) if same else day(reading.since)} to {day(end)}"
    if reading.measured_on is not None:
        return day(reading.measured_on)
    if grain == "week" and end is not None:
        return f"week to {day(end)}"
    if grain in ("week", "day", None):
        return day(start)
    if as_of is not None and start.year == as_of.year:
        return period_name(start, grain, reading.fiscal)
    return format_period(start, grain, year=True, fiscal=reading.fiscal)


def data_lag(reading: Reading | None, as_of: date, week_start: Weekday = "monday") -> bool:
    """Whether the data end earlier than the period of the value makes one expect: before the end of
    the last period that was over on the as-of date. Nothing is expected of a value without a
    period, nor of one that stands with the day on which it was measured."""
    if reading is None or reading.data_until is None:
        return False
    if reading.irregular or reading.measured_on is not None:
        return False
    if reading.grain is None:
        return True
    start = floor(as_of, reading.grain, week_start, reading.fiscal.start)
    return (start - reading.data_until).days > 1


def with_period(value: str, period: str) -> str:
    """A value and its period on one line: "78.4%, week to 17 Nov"."""
    return f"{value}, {period}" if period else value


def value_notes(reading: Reading | None) -> str:
    """What must be said with the value, as one piece: "without LGA since 9 Nov; ..."; "" where
    there is nothing."""
    return "; ".join(reading.notes) if reading else ""


def _so_far(reading: Reading) -> str:
    """ "so far this month", or "so far in October 2026" where that period is over and not whole."""
    open_value, start, grain = reading.so_far, reading.period_start, reading.grain
    if open_value is None or start is None or grain is None:
        return ""
    if open_value.on == next_period(start, grain):
        return "so far today" if grain == "day" else f"so far this {grain}"
    period_text = format_period(open_value.on, grain, year=True, fiscal=reading.fiscal)
    where = {"day": "on ", "week": "in the "}.get(grain, "in ") + period_text
    return f"in a part of {period_text}" if open_value in reading.partial else f"so far {where}"
