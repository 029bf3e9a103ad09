"""Which period each row belongs to, and which one is the headline. Pure.

The headline is the last period that is over before the as-of day. Where the data are known to stop inside it, so
that a number made of four days would stand beside numbers made of seven, it counts as still open and the one before
it is the headline. Two things are not taken for a stop: a missing Saturday and Sunday at the end, and anything where
`missing: zero` says that no rows truly mean none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.formats import format_day
from sharekit.numbers.measure.columns import complaint
from sharekit.numbers.periods import (
    count_periods,
    floor,
    last_complete,
    last_day,
    periods,
    shift,
    tell_grain,
    tell_starts,
)
from sharekit.numbers.results import Cell
from sharekit.project.manifest import Metric
from sharekit.project.shapes import Grain, ProjectConfig

MOST_PERIODS = 20_000
"""More periods (54 years of days) mean a wrong date in the data, not a long series."""


@dataclass(frozen=True)
class Timeline:
    """The periods of a series. Slots 0 to len(starts) - 1 are complete, the next is the open one, the last is waste."""

    grain: Grain
    starts: tuple[date, ...]
    """First days of all complete periods from the first with rows to the headline, without holes."""
    headline: date
    """First day of the last complete period, whether it has rows or not."""
    open_start: date
    """First day of the period that still runs."""
    slots: Mapping[Cell, int]
    """Time cell -> slot."""
    days: Mapping[Cell, date]
    """Time cell -> its day; cells without a day are missing."""
    finer: bool
    """Whether rows come in steps shorter than the grain, so that several make one period."""
    last_seen: date | None
    """Latest day on or before the as-of day that has rows."""

    @property
    def open_slot(self) -> int:
        return len(self.starts)

    @property
    def size(self) -> int:
        """How many slots there are, waste included."""
        return len(self.starts) + 2


def timeline_of(
    metric: Metric, cells: Sequence[Cell], as_of: date, project: ProjectConfig, data_until: date | None
) -> tuple[Timeline, list[Problem]]:
    """The timeline of a time column's cells, and warnings. Raises ProblemsError where it cannot be told."""
    distinct = dict.fromkeys(cells)
    days = {cell: day for cell in distinct if (day := _day(cell)) is not None}
    warnings = _undated(metric, cells, len(distinct) - len(days))
    known = sorted(set(days.values()))
    grain = metric.front.grain or tell_grain(known)
    if grain is None:
        raise ProblemsError([_unknown_grain(metric, known)])
    week_start, year_start = tell_starts(known, grain, project.week_start, project.fiscal_year_start)
    starts = {day: floor(day, grain, week_start, year_start) for day in known}
    headline = last_complete(as_of, grain, week_start, year_start)
    if _stops_inside(headline, grain, data_until) and metric.front.missing != "zero":
        headline = shift(headline, grain, -1)
    open_start = shift(headline, grain, 1)
    seen = [start for start in starts.values() if start <= open_start]
    if not seen and metric.front.missing != "zero":
        raise ProblemsError([_nothing_yet(metric, known, as_of)])
    first = min(seen, default=headline)
    if count_periods(first, headline, grain) > MOST_PERIODS:
        raise ProblemsError([_too_long(metric, first, headline, grain)])
    complete = tuple(periods(first, headline, grain))
    numbers = {start: number for number, start in enumerate(complete)}
    numbers[open_start] = len(complete)
    waste = len(complete) + 1
    return (
        Timeline(
            grain=grain,
            starts=complete,
            headline=headline,
            open_start=open_start,
            slots={cell: numbers.get(starts[days[cell]], waste) if cell in days else waste for cell in distinct},
            days=days,
            finer=len(days) > len(set(starts.values())),
            last_seen=max((day for day in known if day <= as_of), default=None),
        ),
        warnings,
    )


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else None


def _stops_inside(headline: date, grain: Grain, data_until: date | None) -> bool:
    end = last_day(headline, grain)
    if data_until is None or not headline < data_until < end:
        return False
    left = (end - data_until).days
    return left > 2 or any((data_until + timedelta(days=step)).weekday() < 5 for step in range(1, left + 1))


def _undated(metric: Metric, cells: Sequence[Cell], kinds: int) -> list[Problem]:
    if not kinds:
        return []
    count = sum(_day(cell) is None for cell in cells)
    message = f"{count} row{' has' if count == 1 else 's have'} no date and {'is' if count == 1 else 'are'} left out"
    hint = "Filter them out in the query, or give them a date."
    return [complaint(metric, "no-date", message, key="time", hint=hint, severity="warning")]


def _unknown_grain(metric: Metric, known: Sequence[date]) -> Problem:
    if not known:
        return complaint(metric, "empty-result", "the query returns no row that has a date", key="time")
    return complaint(
        metric,
        "unknown-grain",
        f"one date, {format_day(known[0], year=True)}, does not tell the grain of the series",
        hint="Write `grain: week` (or day, month, quarter, year) on top.",
    )


def _nothing_yet(metric: Metric, known: Sequence[date], as_of: date) -> Problem:
    when = format_day(as_of, year=True)
    if not known:
        return complaint(metric, "empty-result", f"the query returns no rows as of {when}", hint=EMPTY_HINT)
    first = format_day(known[0], year=True)
    return complaint(metric, "empty-result", f"all rows are later than {when}: the first is of {first}")


def _too_long(metric: Metric, first: date, headline: date, grain: Grain) -> Problem:
    span = f"{format_day(first, year=True)} to {format_day(headline, year=True)}"
    return complaint(
        metric,
        "too-many-periods",
        f"the dates run from {span}: more than {MOST_PERIODS:,} {grain}s",
        hint="A wrong date in the data, most likely; filter it out in the query.",
    )


EMPTY_HINT = "Check its filters and joins; where no row truly means none, write `missing: zero`."
"""The way out of an empty result."""
