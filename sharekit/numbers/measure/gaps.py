"""Periods without rows: filled as `missing` says, left out where a number is measured now and then,
and warned of where a query looks back over them by rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.late_members import LateMembers
from sharekit.numbers.measure.levels import carry_forward
from sharekit.numbers.measure.partial_members import PartialMember
from sharekit.numbers.measure.rows import MetricRows
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.measure.totals import Totals, Values
from sharekit.numbers.periods import count_periods, infer_grain, last_day
from sharekit.numbers.results import Cell, Point, points
from sharekit.project.manifest import Metric
from sharekit.project.shapes import Grain

WEEKS_TO_TELL = 4
"""Weeks without a row on one day of the week, after which none is expected on it."""


def filled(metric: Metric, totals: Totals, timeline: Timeline, late: LateMembers) -> Totals:
    """With `missing: zero`, gaps as zeros as far as the data reach, also in periods of which a day
    is over; those of a member that ends early or begins late only as far as it has any. With
    `missing: last`, gaps as the measurement before."""
    if metric.front.missing == "gap":
        return totals
    if metric.front.missing == "last":
        return totals.changed(lambda values: carry_forward(values, len(timeline.starts)))
    slices = {
        dimension: {
            member: _with_zeros(row, timeline, late.get(dimension, {}).get(member))
            for member, row in members.items()
        }
        for dimension, members in totals.slices.items()
    }
    total = None if totals.total is None else _with_zeros(totals.total, timeline)
    return Totals(totals.rule, total, slices)


def _with_zeros(values: Values, timeline: Timeline, edge: PartialMember | None = None) -> Values:
    """The values of all slots, with zeros for gaps as far as the data reach. The last slot is for
    rows of no period and stays as it is."""
    covered = [
        start <= timeline.zero_until and _has_begun_and_not_ended(start, timeline.grain, edge)
        for start in timeline.all_starts
    ]
    return [
        0.0 if value is None and is_covered else value
        for value, is_covered in zip(values, [*covered, False], strict=True)
    ]


def _has_begun_and_not_ended(start: date, grain: Grain, edge: PartialMember | None) -> bool:
    if edge is None:
        return True
    return start <= edge.on if edge.ends else last_day(start, grain) >= edge.on


def partly_covered(
    metric: Metric, totals: Totals, timeline: Timeline
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """What there is of the periods after the headline's, and of those before the first whole
    one."""
    values = headline_values(metric, totals)
    if values is None:
        return (), ()
    later_points = points(timeline.all_starts, values[:-1])[len(timeline.starts) :]
    count = len(timeline.opens)
    return tuple(point for point in later_points[:count] if point.value is not None), later_points[
        count:
    ]


def only_measured(
    metric: Metric, totals: Totals, timeline: Timeline
) -> tuple[Timeline, Totals, bool]:
    """Of a series measured now and then, only the periods in which it was; whether it is one. Of a
    daily one, without the days of the week on which nothing is ever measured.

    It is measured now and then where between the first and the last measurement there are more
    periods without than with one."""
    values = (headline_values(metric, totals) or [])[: len(timeline.starts)]
    slots = [slot for slot, value in enumerate(values) if value is not None]
    keeps_gaps = metric.front.missing != "gap" or (
        metric.okr is not None and metric.okr.front.type == "milestone"
    )
    if keeps_gaps or len(slots) < 2:
        return timeline, totals, False
    if 2 * len(slots) < slots[-1] - slots[0] + 1:
        return timeline.measured(slots), totals.at(slots), True
    if closed := _closed_weekdays(timeline, slots):
        starts = enumerate(timeline.starts)
        open_slots = [slot for slot, start in starts if start.weekday() not in closed]
        return timeline.measured(open_slots), totals.at(open_slots), False
    return timeline, totals, False


def _closed_weekdays(timeline: Timeline, slots: Sequence[int]) -> set[int]:
    """Of days, those of the week on which nothing was ever measured, though each came often enough
    to tell: Saturdays and Sundays, say."""
    span = slots[-1] - slots[0] + 1
    if timeline.grain != "day" or span < 7 * WEEKS_TO_TELL:
        return set()
    return set(range(7)) - {timeline.starts[slot].weekday() for slot in slots}


def headline_values(metric: Metric, totals: Totals) -> Values | None:
    """The total, or the member that `headline` lets speak where there is none."""
    if totals.total is not None:
        return totals.total
    name = metric.front.headline
    return next((members[name] for members in totals.slices.values() if name in members), None)


def window_over_gaps(
    rows: MetricRows, cells: Sequence[Cell], timeline: Timeline
) -> Iterator[Problem]:
    """The warning for a window by rows over rows with missing days, of all or of one member."""
    columns = [rows.columns[at] for _, at in rows.roles.dimensions]
    days: dict[tuple[Cell, ...], set[date]] = {}
    for cell, *members in zip(cells, *columns, strict=True):
        if cell in timeline.days:
            days.setdefault(tuple(members), set()).add(timeline.days[cell])
    step = infer_grain(sorted(set(timeline.days.values()))) or timeline.grain
    for members_of_row, member_days in days.items():
        missing = count_periods(min(member_days), max(member_days), step) - len(member_days)
        if missing > 0:
            of = f" of {', '.join(map(str, members_of_row))}" if members_of_row else ""
            yield _window_over_gaps(rows.metric, missing, step, of)
            return


def _window_over_gaps(metric: Metric, missing: int, step: Grain, of: str) -> Problem:
    plural = "s have" if missing > 1 else " has"
    return column_problem(
        metric,
        "window-over-gaps",
        f"the query looks back by rows, and {missing:,} {step}{plural} no row{of}: "
        "its windows reach further back than they say",
        hint=(
            "Begin with the table of days, which has no holes: FROM days LEFT JOIN"
            " (...) USING"
            f" (day){'' if step == 'day' else f', grouped by its column `{step}`'}."
        ),
        severity="warning",
    )
