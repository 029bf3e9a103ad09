"""What is wrong, or uncertain, about the dates of a number's rows: the problems, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from sharekit.errors import Problem
from sharekit.numbers.formats import format_day
from sharekit.numbers.measure.columns import column_problem
from sharekit.project.days import WEEKDAYS, Weekday
from sharekit.project.manifest import Metric
from sharekit.project.shapes import Grain

MOST_PERIODS = 20_000
"""More periods (54 years of days) mean a wrong date in the data, not a long series."""
_FAR = timedelta(days=3_653)
"""Ten years without a row, or ahead of the as-of day: more likely a wrong date than a plan."""
_LONE = timedelta(days=300)
"""So long before all others stand one or two days of a wrong year, as 2025 is in January 2026."""
_FEWEST_OTHERS = 8
EMPTY_HINT = "Check its filters and joins; where no row truly means none, write `missing: zero`."
"""What to do about an empty result."""


def still_moves(metric: Metric, days: int) -> Problem:
    span = "1 day" if days == 1 else f"{days} days"
    return column_problem(
        metric,
        "still-moves",
        f"the query counts what happens up to {span} after a row's day, so a period is compared"
        f" only {span} after its end",
        hint=f'Say so in the front matter: settles: "{span}"',
        severity="warning",
    )


def other_weeks(metric: Metric, here: Weekday, declared: Weekday) -> Problem:
    """The warning for weeks that a query makes of days, and begins on another day than the
    project."""
    shift = -WEEKDAYS.index(declared) % 7
    hint = "Return one row a day, and sharekit adds up the project's weeks"
    if here == "monday" and metric.front.engine is None:
        plural = "" if shift == 1 else "s"
        hint = (
            "date_trunc('week', ...) begins weeks on Monday. Write date_trunc('week', day + INTERVAL"
            f" {shift} DAY{plural.upper()})::DATE - {shift}; or join the table `days` and group by"
            " its column `week`"
        )
    return column_problem(
        metric,
        "other-weeks",
        f"the query's weeks are dated by {here.title()}s and taken from {here.title()} to"
        f" {WEEKDAYS[WEEKDAYS.index(here) - 1].title()}, but the project's begin on {declared.title()}",
        key="time",
        hint=f"{hint}.",
        severity="warning",
    )


def unknown_end(metric: Metric, grain: Grain, why: str) -> Problem:
    return column_problem(
        metric,
        "unknown-end",
        f"it is not known which days the rows cover ({why}), so the last {grain} with rows counts"
        " as whole only once there are rows of a later one",
        key="time",
        hint=(
            f"Return one row a day, and sharekit adds them up; or build the {grain} from a single"
            " column, written with its table: date_trunc(..., orders.day)."
        ),
        severity="warning",
    )


def undated_rows(metric: Metric, count: int) -> Problem:
    message = (
        f"{count} row{' has' if count == 1 else 's have'} no date and"
        f" {'is' if count == 1 else 'are'} left out"
    )
    hint = "Filter them out in the query, or give them a date."
    return column_problem(metric, "no-date", message, key="time", hint=hint, severity="warning")


def far_dates(metric: Metric, days: Sequence[date], as_of: date) -> Iterator[Problem]:
    """Days far before or after all others, which are often a slip or what a system writes for "no
    date": 1900-01-01, 1970-01-01, 9999-12-31. `days` are in their order."""
    begins = [
        after
        for place, (before, after) in enumerate(pairwise(days))
        if after <= as_of and (after - before >= _FAR or _are_alone(days, place + 1))
    ]
    if begins:
        first, next_day = (format_day(day, year=True) for day in (days[0], begins[-1]))
        yield _far_date(
            metric,
            f"the first row is dated {first}, long before the next one, {next_day}",
        )
    if days and days[-1] - as_of >= _FAR:
        last = format_day(days[-1], year=True)
        yield _far_date(
            metric, f"the last row is dated {last}; it counts as a plan and is left out until then"
        )


def _are_alone(days: Sequence[date], count: int) -> bool:
    """Whether the first days, so many, stand a year before the others, which come close together."""
    others = days[count:]
    if count > 2 or len(others) < _FEWEST_OTHERS or others[0] - days[count - 1] < _LONE:
        return False
    return (others[0] - days[count - 1]) > 4 * max(
        after - before for before, after in pairwise(others)
    )


def _far_date(metric: Metric, message: str) -> Problem:
    hint = "If that date is wrong, correct it in the data, or leave such rows out in the query."
    return column_problem(metric, "far-date", message, key="time", hint=hint, severity="warning")


def unknown_grain(metric: Metric, days: Sequence[date]) -> Problem:
    if not days:
        return column_problem(
            metric, "empty-result", "the query returns no row that has a date", key="time"
        )
    return column_problem(
        metric,
        "unknown-grain",
        f"one date, {format_day(days[0], year=True)}, does not tell the grain of the series",
        hint="Write `grain: week` (or day, month, quarter, year) in the front matter.",
    )


def nothing_yet(metric: Metric, days: Sequence[date], as_of: date) -> Problem:
    when = format_day(as_of, year=True)
    if not days:
        return column_problem(
            metric, "empty-result", f"the query returns no rows as of {when}", hint=EMPTY_HINT
        )
    first = format_day(days[0], year=True)
    return column_problem(
        metric, "empty-result", f"all rows are later than {when}: the first is of {first}"
    )


def too_many_periods(metric: Metric, first: date, headline: date, grain: Grain) -> Problem:
    span = f"{format_day(first, year=True)} to {format_day(headline, year=True)}"
    return column_problem(
        metric,
        "too-many-periods",
        f"the dates run from {span}: more than {MOST_PERIODS:,} {grain}s",
        hint="A wrong date in the data, most likely; filter it out in the query.",
    )
