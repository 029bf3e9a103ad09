"""The calendar: periods people write, spans of time, and the grain of a series. Pure.

A period of a grain is named by its first day. Weeks begin on the project's `week_start`; quarters
and years begin by the fiscal year where one is given. A fiscal year bears the number of the
calendar year in which it ends, the most common convention, unless `fiscal_year_named_by` says that
it is the one in which it begins: with `fiscal_year_start = 4`, "2014-Q1" is April to June 2013 and
"2014" runs to 31 March 2014. With 1, the fiscal year is the calendar year and "2013-Q4" is October
to December 2013."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from sharekit.numbers.formats import format_day, span_name
from sharekit.project.days import FIRST, LAST, WEEKDAYS, Weekday
from sharekit.project.manifest import Period
from sharekit.project.shapes import FiscalYear, Grain

SpanUnit = Literal["hour", "day", "week", "month", "quarter", "year"]

GRAIN_DAYS: dict[Grain, float] = {
    "day": 1,
    "week": 7,
    "month": 365.2425 / 12,
    "quarter": 365.2425 / 4,
    "year": 365.2425,
}
"""Mean length in days (Gregorian), for rates."""
_GRAIN_MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
_SPAN_MONTHS: dict[SpanUnit, int] = {"month": 1, "quarter": 3, "year": 12}
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?", re.I
)
_SPAN = re.compile(r"(?P<count>\d{1,6})\s*(?P<unit>hour|day|week|month|quarter|year)s?", re.I)


class Span(Struct, frozen=True):
    """A length of time as people write it: "8 days", "36 hours", "26 weeks", "12 months"."""

    count: int
    unit: SpanUnit

    def before(self, day: date) -> date:
        """The day this long before `day`, or the first that may be written; whole days counted (36
        hours: 1 day). Months keep the day where they can."""
        if self.unit in _SPAN_MONTHS:
            return max(FIRST, add_months(day, -self.count * _SPAN_MONTHS[self.unit]))
        try:
            return max(FIRST, day - timedelta(days=int(self.days)))
        except OverflowError:
            return FIRST

    @property
    def days(self) -> float:
        """Its length in days; a month is a twelfth of a Gregorian year."""
        return self.count / 24 if self.unit == "hour" else self.count * GRAIN_DAYS[self.unit]

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


def parse_period(text: str, fiscal: FiscalYear) -> Period | None:
    """The period that "2013-Q4", "2013-H2", "2013-11" or "2013" means; None where it is not
    understood.

    Quarters, halves and years are of the fiscal year (see the module); a month is always the
    calendar's own. Where the fiscal year is not the calendar's, the
    period's name says the months as well: "Q2 FY2027 (Jul to Sep 2026)"."""
    name = ""
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        return None
    year = int(match["year"])
    if not FIRST.year <= year <= LAST.year:
        return None
    if match["month"]:
        start, months = date(year, int(match["month"]), 1), 1
    else:
        first = fiscal.first_day(year)
        skip, months = 0, 12
        if match["quarter"]:
            skip, months = 3 * (int(match["quarter"]) - 1), 3
        elif match["half"]:
            skip, months = 6 * (int(match["half"]) - 1), 6
        start = add_months(first, skip)
        if not fiscal.is_calendar:
            name = span_name(start, months, fiscal)
    return Period(text.strip().upper(), start, add_months(start, months) - timedelta(days=1), name)


def free_period(start: date, end: date) -> Period:
    """A period given by its first and last day, labelled "1 Oct 2013 to 31 Dec 2013"."""
    return Period(f"{format_day(start, year=True)} to {format_day(end, year=True)}", start, end)


def parse_span(text: str) -> Span | None:
    """The span that "8 days" or "36 hours" means; None where it is not understood or is zero."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or not int(match["count"]):
        return None
    unit: SpanUnit = match["unit"].lower()  # type: ignore[assignment]
    return Span(int(match["count"]), unit)


def age_problem(max_age: str | None, until: date | None, on: date) -> str | None:
    """ "Data is 9 days old; its limit is 8 days.", on a day; None where it is fresh, not limited or
    not known.

    Data through yesterday are one day old.
    """
    limit = parse_span(max_age) if max_age else None
    if limit is None or until is None or until >= limit.before(on):
        return None
    days = (on - until).days
    return f"Data is {days} day{'' if days == 1 else 's'} old; its limit is {limit}."


def floor(
    day: date, grain: Grain, week_start: Weekday = "monday", fiscal_year_start: int = 1
) -> date:
    """First day of the period of this grain in which `day` lies. A datetime counts by its date."""
    if isinstance(day, datetime):
        day = day.date()
    if grain == "day":
        return day
    if grain == "week":
        ordinal = day.toordinal()  # 1 is a Monday
        return date.fromordinal(max(1, ordinal - (ordinal - 1 - WEEKDAYS.index(week_start)) % 7))
    back = (day.month - fiscal_year_start) % _GRAIN_MONTHS[grain]
    return add_months(day.replace(day=1), -back)


def next_period(start: date, grain: Grain) -> date:
    """First day of the next period, given the first day of one. Stays at the calendar's last day at
    its end."""
    return shift_periods(start, grain, 1)


def shift_periods(start: date, grain: Grain, count: int) -> date:
    """First day of the period `count` periods later (earlier where negative)."""
    if grain in _GRAIN_MONTHS:
        return add_months(start, count * _GRAIN_MONTHS[grain])
    try:
        return start + timedelta(days=count * (7 if grain == "week" else 1))
    except OverflowError:
        return date.max if count > 0 else date.min


def last_day(start: date, grain: Grain) -> date:
    """Last day of the period that begins on `start`."""
    after = next_period(start, grain)
    return after if after == date.max else after - timedelta(days=1)


def periods(first: date, last: date, grain: Grain) -> Iterator[date]:
    """First days of all periods from the one that begins on `first` to the one that begins on
    `last`."""
    if grain in ("day", "week"):
        yield from map(
            date.fromordinal,
            range(first.toordinal(), last.toordinal() + 1, 7 if grain == "week" else 1),
        )
        return
    start = first
    count = 0
    while start <= last:
        yield start
        count += 1
        after = shift_periods(first, grain, count)
        if after <= start:
            return
        start = after


def count_periods(first: date, last: date, grain: Grain) -> int:
    """How many periods `periods` would yield, without making them."""
    if last < first:
        return 0
    if grain in _GRAIN_MONTHS:
        months = (last.year - first.year) * 12 + last.month - first.month
        return months // _GRAIN_MONTHS[grain] + 1
    return (last - first).days // (7 if grain == "week" else 1) + 1


def last_complete(
    as_of: date, grain: Grain, week_start: Weekday = "monday", fiscal_year_start: int = 1
) -> date:
    """First day of the last period whose last day lies before `as_of`: the headline's period.

    The as-of day itself still runs, so the period that holds it is open: on Friday 22 November the
    last complete day is the 21st, the last complete week is that of Monday 11 November and the last
    complete month is October."""
    return shift_periods(floor(as_of, grain, week_start, fiscal_year_start), grain, -1)


def same_day(open_start: date, through: date, other_start: date, grain: Grain) -> date:
    """The day of another period that `through` is of the open one, by the calendar.

    The same day of the same month of the period: 1 January to 31 March of a year meet 1 January to
    31 March of a leap year. A day that a shorter month does not have is its last: 29 February meets
    28 February. Of weeks and days, the same weekday."""
    if grain in ("day", "week"):
        return min(other_start + (through - open_start), last_day(other_start, grain))
    months = (through.year - open_start.year) * 12 + through.month - open_start.month
    first = add_months(other_start.replace(day=1), months)
    return min(
        first.replace(day=min(through.day, _month_days(first))), last_day(other_start, grain)
    )


def infer_grain(days: list[date]) -> Grain | None:
    """The coarsest grain that the sorted, distinct dates of a series fit; None for fewer than two
    dates.

    Dates are period starts, or all of them last days of months. Gaps do no harm: 4 and 18 November
    are weeks."""
    if len(days) < 2:
        return None
    firsts = all(day.day == 1 for day in days)
    if firsts or all((day + timedelta(days=1)).day == 1 for day in days if day != date.max):
        if len({day.month for day in days}) == 1:
            return "year"
        return "quarter" if len({day.month % 3 for day in days}) == 1 else "month"
    return "week" if len({day.weekday() for day in days}) == 1 else "day"


def infer_starts(
    days: list[date], grain: Grain, week_start: Weekday = "monday", fiscal_year_start: int = 1
) -> tuple[Weekday, int]:
    """Where weeks and years begin in these dates: told by the data where it is of one mind, else as
    configured.

    SQL's `date_trunc('week', ...)` begins on Monday whatever the project says; such rows keep their
    own weeks."""
    if not days:
        return week_start, fiscal_year_start
    weekdays = {day.weekday() for day in days}
    if grain == "week" and len(weekdays) == 1:
        return WEEKDAYS[weekdays.pop()], fiscal_year_start
    if grain in ("quarter", "year") and all(day.day == 1 for day in days):
        remainders = {day.month % _GRAIN_MONTHS[grain] for day in days}
        if len(remainders) == 1:
            return week_start, remainders.pop() or 12
    return week_start, fiscal_year_start


def add_months(day: date, count: int) -> date:
    """The same day of the month `count` months later, or that month's last day; the calendar's ends
    stop it."""
    month = day.year * 12 + day.month - 1 + count
    if month < 12:
        return date.min
    if month >= 120_000:
        return date.max
    first = date(month // 12, month % 12 + 1, 1)
    if day.day == 1:
        return first
    return first.replace(day=min(day.day, _month_days(first)))


def _month_days(first: date) -> int:
    if first.month == 2:
        leap = first.year % 4 == 0 and (first.year % 100 != 0 or first.year % 400 == 0)
        return 29 if leap else 28
    return 30 if first.month in (4, 6, 9, 11) else 31
