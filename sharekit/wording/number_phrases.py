"""Bands, periods, and what a change is a change on, as a sentence about a number says them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from sharekit.numbers.formats import format_day, format_period, short_span_name
from sharekit.numbers.results import Comparison, Reading
from sharekit.project.days import MONTHS
from sharekit.project.manifest import Period
from sharekit.project.shapes import FiscalYear, Grain
from sharekit.wording.english import day_span


def crossable(band: tuple[float, float], unit: str | None) -> tuple[float | None, float | None]:
    """The bounds of a band that a value can cross at all: no share falls below 0 or rises above
    1."""
    low, high = band
    if unit != "%" or (low <= 0 and high >= 1):
        return band
    return None if low <= 0 else low, None if high >= 1 else high


def band_words(band: tuple[float, float], unit: str | None, say: Callable[[float], str]) -> str:
    """ "between 2 and 5 min"; "at most 1%" or "at least 98%" where the other bound cannot be
    crossed."""
    low, high = crossable(band, unit)
    if low is None or high is None:
        return f"at most {say(band[1])}" if low is None else f"at least {say(band[0])}"
    return f"between {say(low)} and {say(high)}"


def band_range(band: tuple[float, float], unit: str | None, say: Callable[[float], str]) -> str:
    """The same where there is little room: "2 to 5 min", "at most 1%"."""
    return band_words(band, unit, say).removeprefix("between ").replace(" and ", " to ")


def short_period(period: Period) -> str:
    """ "Q4" for "2013-Q4", "November" for "2013-11"; free dates and whole years as they are."""
    if period.name:
        return period.name.partition(" (")[0]
    match = re.fullmatch(r"\d{4}-([QH]\d)", period.label)
    if match:
        return match.group(1)
    if re.fullmatch(r"\d{4}-\d{2}", period.label):
        return MONTHS[period.start.month - 1]
    return period.label


def period_name(start: date, grain: Grain | None, fiscal: FiscalYear) -> str:
    """A period inside a sentence: "October", "Q3", "Q2 FY2027", "2013", "22 Nov"."""
    if grain == "month":
        return MONTHS[start.month - 1]
    if grain == "quarter" and fiscal.is_calendar and (start.month - 1) % 3 == 0:
        return f"Q{start.month // 3 + 1}"
    if grain in ("quarter", "year"):
        return short_span_name(start, 3 if grain == "quarter" else 12, fiscal)
    return format_day(start)


def period_before(reading: Reading) -> str:
    """What parts are compared with, without its date: "the week before"; of days without weekends,
    and of what is measured now and then, "the measurement before"."""
    previous = reading.comparison("previous")
    measured = previous is not None and previous.measured
    return f"the {'measurement' if measured else reading.grain or 'one'} before"


def base_words(
    comparison: Comparison,
    grain: Grain | None,
    fiscal: FiscalYear,
    *,
    level: bool = False,
) -> str:
    """What a change is a change on: "on the week before", "on October", "on a year ago"; of a level
    "on the end of October"."""
    if comparison.measured and comparison.period is not None:
        return (
            "on the measurement before,"
            f" {format_period(comparison.period, grain, year=True, fiscal=fiscal)}"
        )
    if level and comparison.kind != "target" and grain != "day":
        return _level_words(comparison, grain, fiscal)
    days = ""
    if comparison.through is not None and comparison.period is not None:
        days = f" ({day_span(comparison.period, comparison.through)})"
    match comparison.kind:
        case "year_ago":
            return "on a year ago"
        case "target":
            return "to the target"
        case "previous_to_date":
            return f"so far, on the same days of the {grain or 'period'} before{days}"
        case "year_ago_to_date":
            return f"so far, on the same days a year ago{days}"
    if grain in ("day", "week"):
        return f"on the {grain} before"
    return (
        f"on {period_name(comparison.period, grain, fiscal)}"
        if comparison.period
        else "on the one before"
    )


def _level_words(comparison: Comparison, grain: Grain | None, fiscal: FiscalYear) -> str:
    match comparison.kind:
        case "previous_to_date":
            return f"on the same day of the {grain or 'period'} before"
        case "year_ago_to_date":
            return "on the same day a year ago"
        case "year_ago":
            return f"on the end of the same {grain or 'period'} a year ago"
    if grain == "week" or comparison.period is None:
        return f"on the end of the {grain or 'one'} before"
    return f"on the end of {period_name(comparison.period, grain, fiscal)}"


def grain_title(grain: Grain | None) -> str:
    """ "By week"."""
    return f"By {grain}" if grain else "Over time"
