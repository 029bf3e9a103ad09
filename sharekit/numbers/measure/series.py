"""A series: rows with dates -> Reading. Pure.

Rows get their periods (timeline), become one value a period (spans), gaps are filled as the metric
says (gaps), and the last whole period is the headline that is compared (headline_comparisons)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from sharekit.errors import Problem
from sharekit.numbers.measure.comparisons import target_on, targets_of
from sharekit.numbers.measure.gaps import filled, only_measured, partly_covered, window_over_gaps
from sharekit.numbers.measure.headline_comparisons import (
    compared_with_periods,
    compares_to_date,
    to_date_problems,
)
from sharekit.numbers.measure.headline_member import with_headline_member
from sharekit.numbers.measure.inputs import MeasureInputs
from sharekit.numbers.measure.labels import names_of
from sharekit.numbers.measure.late_members import (
    LateMembers,
    late_member_problems,
    late_members,
    late_to_date,
)
from sharekit.numbers.measure.levels import measured_on, until_newest
from sharekit.numbers.measure.misleading_totals import counted_twice
from sharekit.numbers.measure.period_coverage import Coverage
from sharekit.numbers.measure.period_to_date import (
    beginning_problems,
    counted_since,
    early_problems,
    running,
)
from sharekit.numbers.measure.planned import planned_points, planned_rows
from sharekit.numbers.measure.reading_targets import with_row_targets
from sharekit.numbers.measure.remarks import (
    MissingSlice,
    hole_problems,
    missing_slice,
    no_value_problems,
    series_notes,
)
from sharekit.numbers.measure.series_rows import SeriesRows, series_rows
from sharekit.numbers.measure.slices import alike_members, misspelled_orders, slices_of_series
from sharekit.numbers.measure.timeline import Timeline, timeline_of
from sharekit.numbers.measure.totals import Totals
from sharekit.numbers.periods import last_day
from sharekit.numbers.results import Cell, Point, Reading, points
from sharekit.records import replace


class _Series(Struct, frozen=True):
    """What the rows of a series came to, period by period."""

    timeline: Timeline
    totals: Totals
    opens: tuple[Point, ...]
    partial: tuple[Point, ...]
    late: LateMembers
    missing: MissingSlice | None
    measured_on: date | None
    """The day of a level's newest measurement."""
    irregular: bool
    """Whether it is measured now and then."""
    notes: tuple[str, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """The totals of the whole periods."""
        complete = len(self.timeline.starts)
        total = self.totals.total
        return points(self.timeline.starts, total[:complete]) if total else ()


def series_reading(
    inputs: MeasureInputs, cells: Sequence[Cell]
) -> tuple[Reading, tuple[Problem, ...]]:
    """The reading of a query whose time column is `cells`, and warnings. Raises ProblemsError."""
    metric, data = inputs.metric, inputs.rows
    data.refuse_repeats()
    rule = data.rule()
    over_time = data.over_time(rule)
    timeline, problems = timeline_of(
        metric, cells, inputs.as_of, inputs.project, _coverage(inputs), level=over_time == "last"
    )
    if inputs.looks_back:
        problems.extend(window_over_gaps(data, cells, timeline))
    declared = series_rows(data, rule, over_time, cells, timeline)
    is_summed = timeline.finer and (over_time == "sum" or rule == "ratio")
    problems.extend(data.lacking_parts(rule, finer=is_summed))
    rows = declared.measured(timeline)
    series, warnings = _added_up(inputs, rows, timeline)
    problems.extend(warnings)
    reading = _reading(inputs, rows, series, timeline)
    problems.extend(to_date_problems(rows, series.timeline))
    problems.extend(beginning_problems(metric, rule))
    problems.extend(early_problems(metric, reading))
    problems.extend(misspelled_orders(metric, reading.slices))
    problems.extend(alike_members(metric, reading.slices, inputs.labels))
    planned = planned_rows(declared, timeline)
    reading = replace(reading, planned=planned_points(metric, planned))
    reading = with_row_targets(inputs, reading, rule, declared.table, timeline.all_starts, planned)
    has_total = series.totals.total is not None
    return with_headline_member(metric, reading, has_total=has_total), tuple(problems)


def _coverage(inputs: MeasureInputs) -> Coverage:
    """What covers its periods. A milestone stays where it is until its next step: nothing has
    to come."""
    okr = inputs.metric.okr
    if okr is not None and okr.front.type == "milestone":
        return Coverage(looked=False)
    return inputs.coverage


def _added_up(
    inputs: MeasureInputs, rows: SeriesRows, base: Timeline
) -> tuple[_Series, list[Problem]]:
    """The values of the periods, and warnings."""
    metric, level = inputs.metric, rows.level
    slot_totals = rows.totals(base.size)
    timeline, slot_totals = until_newest(base, slot_totals) if level else (base, slot_totals)
    names = names_of(inputs.labels, slot_totals.totals.slices)
    notes, warnings = counted_twice(metric, slot_totals.totals, names)
    problems = list(warnings)
    late = late_members(inputs, rows, slot_totals.totals, timeline)
    problems.extend(late_member_problems(metric, late, names, level=level))
    to_date: LateMembers = {}
    if not level and compares_to_date(rows, timeline):
        to_date = late_to_date(inputs, rows, slot_totals.totals, timeline, late)
        problems.extend(late_member_problems(metric, to_date, names, level=level))
    totals = filled(metric, slot_totals.totals, timeline, late)
    newest = (
        measured_on(timeline, slot_totals.times, inputs.coverage.until, inputs.as_of)
        if level
        else None
    )
    opens, partial = partly_covered(metric, totals, timeline)
    begun = range(len(timeline.starts) - 1, len(base.starts) + len(base.opens))
    missing = missing_slice(slot_totals, begun, names)
    timeline, totals, irregular = only_measured(metric, totals, timeline)
    remarks = series_notes(
        metric, inputs.project, timeline, late, to_date, missing, names, irregular=irregular
    )
    series = _Series(
        timeline, totals, opens, partial, late, missing, newest, irregular, (*notes, *remarks)
    )
    if not irregular:
        problems.extend(hole_problems(metric, timeline))
    is_gap = totals.total is not None and (not series.points or series.points[-1].value is None)
    problems.extend(
        no_value_problems(metric, inputs.project, timeline, missing, rows.over_time, is_gap=is_gap)
    )
    return series, problems


def _reading(inputs: MeasureInputs, rows: SeriesRows, series: _Series, base: Timeline) -> Reading:
    """The reading without the targets that rows bring. `base` is the timeline of all periods."""
    metric, timeline, opens = inputs.metric, series.timeline, series.opens
    targets = targets_of(metric)
    end = _headline_end(rows, series, inputs.as_of)
    target = target_on(targets, end)
    has_slices = bool(inputs.rows.roles.dimensions)
    to_date = running(metric, rows.rule, rows.over_time, rows.table, rows.cells, base)
    return Reading(
        "sliced" if has_slices else "series",
        series.points[-1].value if series.points else None,
        grain=timeline.grain,
        period_start=timeline.headline,
        period_end=end,
        series=series.points,
        open_point=opens[-1] if opens else None,
        unsettled=opens[:-1],
        partial=series.partial,
        irregular=series.irregular,
        notes=series.notes,
        silent_since=timeline.silent_since,
        fiscal=inputs.project.fiscal_year,
        comparisons=compared_with_periods(
            rows, timeline, series.points, target, series.measured_on, irregular=series.irregular
        ),
        slices=slices_of_series(
            metric, series.totals, timeline, series.late, inputs.project.week_start
        ),
        target=target,
        targets=targets,
        data_until=_data_until(inputs, timeline),
        rule=rows.rule if has_slices or rows.rule == "ratio" else None,
        over_time=rows.over_time,
        measured_on=series.measured_on,
        running=to_date,
        since=counted_since(metric, to_date, base),
    )


def _headline_end(rows: SeriesRows, series: _Series, as_of: date) -> date:
    """The day that the headline is of: the last of its period, of a level that of its newest
    measurement."""
    end = last_day(series.timeline.headline, series.timeline.grain)
    if not rows.level:
        return end
    return series.measured_on or min(end, as_of)


def _data_until(inputs: MeasureInputs, timeline: Timeline) -> date | None:
    """The last day of the data; None where it is not known."""
    if inputs.coverage.unknown_end is not None:
        return None
    return inputs.coverage.until or _last_date(timeline, inputs.as_of)


def _last_date(timeline: Timeline, as_of: date) -> date | None:
    """The last date of the series: the last day of its last period, so far as that is over."""
    if timeline.last_seen is None or timeline.finer:
        return timeline.last_seen
    period = timeline.period_of(timeline.last_seen)
    end = last_day(period, timeline.grain) if period else timeline.last_seen
    return max(timeline.last_seen, min(end, as_of - timedelta(days=1)))
