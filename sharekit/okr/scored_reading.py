"""The reading that a key result is scored by: of its own period, through the last day that is
whole. Pure.

Pages, mails and files show this reading of a key result and no other, so that they say what was
scored:

- `measured: period_to_date` scores the OKR's period so far; else the last whole period counts.
- A number whose one period is as long as the OKR's own has nothing whole before the end: it is
  scored by its period so far, where that follows the same line (a share, or what begins at zero).
- A milestone stays where it is until its next step.
- Once the OKR's period is over, it is what the last whole period within it says, and nothing later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sharekit.numbers.periods import last_day
from sharekit.numbers.results import Comparison, Point, Reading, Slice, newest_point
from sharekit.project.manifest import KeyResultTerms, Period
from sharekit.records import replace

_DAY = timedelta(days=1)


def scored(terms: KeyResultTerms, reading: Reading | None, as_of: date) -> Reading | None:
    """The reading as of a day that the key result is scored by. A number without time has no
    other."""
    if reading is None or reading.grain is None:
        return reading
    if terms.front.measured == "period_to_date" and (
        reading.running or not _is_one_period(terms, reading)
    ):
        return _to_date(reading, terms.period)
    if terms.front.type == "milestone":
        reading = _held_reading(reading, as_of)
    if as_of > terms.period.end:
        return _closed_reading(reading, terms.period)
    if _is_one_period(terms, reading):
        return _so_far(reading, as_of)
    return reading


def own_periods(reading: Reading, period: Period) -> tuple[Point, ...]:
    """The whole periods that belong to the OKR's, each dated by the last day that it covers: those
    that end in it."""
    if reading.grain is None:
        return ()
    until = reading.period_end or date.max
    ended = (
        Point(min(last_day(point.on, reading.grain), until), point.value)
        for point in reading.series
    )
    return tuple(point for point in ended if period.start <= point.on <= period.end)


def own_points(reading: Reading, period: Period) -> tuple[Point, ...]:
    """The course of a key result: its own periods, or the value to date at the end of each.

    What is measured to date counts only days of the OKR's period, so that its last point may end
    with it."""
    if reading.grain is None:
        return ()
    if reading.since is not None and reading.running:
        ended = ((last_day(point.on, reading.grain), point.value) for point in reading.running)
        return tuple(Point(min(day, period.end), value) for day, value in ended)
    periods = own_periods(reading, period)
    if (
        not periods
        and reading.since is not None
        and reading.period_end is not None
        and reading.value is not None
    ):
        return (Point(reading.period_end, reading.value),)
    return periods


def _to_date(reading: Reading, period: Period) -> Reading:
    """The sum or ratio of the OKR's period so far; nothing where no whole period of it is there
    yet. The series stays that of the periods."""
    assert reading.grain is not None
    series = reading.running
    last = series[-1] if series else Point(period.start, None)
    return replace(
        reading,
        value=last.value,
        series=tuple(point for point in reading.series if not series or point.on <= last.on),
        since=reading.since or period.start,
        period_start=last.on,
        period_end=min(last_day(last.on, reading.grain), period.end) if series else None,
        open_point=None,
        unsettled=(),
        comparisons=_against(reading, last.value),
    )


def _held_reading(reading: Reading, as_of: date) -> Reading:
    """Each gap as the step before it, and the open period's step as the newest value."""
    points: list[Point] = []
    began = [*reading.unsettled, *([reading.open_point] if reading.open_point else [])]
    newest = newest_point(began)
    for point in (*reading.series, *([newest] if newest else [])):
        before = points[-1].value if points else None
        points.append(Point(point.on, before if point.value is None else point.value))
    value = points[-1].value if points else None
    held_reading = replace(
        reading,
        series=tuple(points),
        value=value,
        open_point=None,
        unsettled=(),
        comparisons=_against(reading, value) if newest else reading.comparisons,
    )
    return (
        replace(held_reading, period_start=newest.on, period_end=as_of - _DAY)
        if newest
        else held_reading
    )


def _is_one_period(terms: KeyResultTerms, reading: Reading) -> bool:
    """Whether the period that still runs holds the OKR's whole own, and so far says how far it has
    come."""
    if reading.open_point is None or reading.grain is None:
        return False
    front, period, start = terms.front, terms.period, reading.open_point.on
    follows = (
        front.baseline == 0
        or front.unit == "%"
        or front.numerator
        or front.measured == "period_to_date"
    )
    return bool(follows) and start <= period.start and last_day(start, reading.grain) >= period.end


def _so_far(reading: Reading, as_of: date) -> Reading:
    assert reading.open_point is not None
    through = min(reading.data_until or as_of, as_of - _DAY)
    if through < reading.open_point.on:
        return reading
    value = reading.open_point.value
    return replace(
        reading,
        value=value,
        since=reading.open_point.on,
        period_start=reading.open_point.on,
        period_end=through,
        open_point=None,
        unsettled=(),
        comparisons=_against(reading, value),
    )


def _closed_reading(reading: Reading, period: Period) -> Reading:
    """The reading as it was at the OKR's end: nothing later is in it."""
    assert reading.grain is not None
    grain = reading.grain
    series = tuple(point for point in reading.series if last_day(point.on, grain) <= period.end)
    last = series[-1] if series and last_day(series[-1].on, grain) >= period.start else None
    value = last.value if last else None
    start = last.on if last else reading.period_start
    slices = {
        name: tuple(_slice_on(member_slice, start, value) for member_slice in member_slices)
        for name, member_slices in reading.slices.items()
    }
    return replace(
        reading,
        value=value,
        series=series,
        period_start=start,
        period_end=last_day(last.on, grain) if last else period.end,
        open_point=None,
        unsettled=(),
        comparisons=_against(reading, value)
        if start != reading.period_start
        else reading.comparisons,
        slices=slices if start != reading.period_start else reading.slices,
    )


def _slice_on(member_slice: Slice, start: date | None, total: float | None) -> Slice:
    """A member at an earlier period."""
    series = tuple(
        point for point in member_slice.series if start is not None and point.on <= start
    )
    value = series[-1].value if series and series[-1].on == start else None
    share = (
        value / total if member_slice.share is not None and value is not None and total else None
    )
    return replace(member_slice, value=value, series=series, previous=None, share=share, count=None)


def _against(reading: Reading, value: float | None) -> tuple[Comparison, ...]:
    """Of the comparisons, the target's: those with other periods are of another value."""
    comparisons: Sequence[Comparison] = [
        comparison for comparison in reading.comparisons if comparison.kind == "target"
    ]
    if value is None:
        return ()
    return tuple(_comparison_with(comparison, value) for comparison in comparisons)


def _comparison_with(old: Comparison, value: float) -> Comparison:
    change = value - old.value
    was_better = old.better if old.change else None
    better = (
        None
        if was_better is None or change == 0
        else was_better == ((change > 0) == (old.change > 0))
    )
    return Comparison(
        old.kind,
        old.period,
        old.value,
        change,
        change / abs(old.value) if old.value else None,
        better,
    )
