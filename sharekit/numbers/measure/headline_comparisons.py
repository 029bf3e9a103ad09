"""The headline of a number against what the metric declares: its target, the period before, a year
ago, and the same days of another period. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.comparisons import (
    TO_DATE,
    YEAR_AGO,
    comparison,
    declared_comparisons,
)
from sharekit.numbers.measure.series_rows import SeriesRows
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.measure.totals import MetricColumns, add_up
from sharekit.numbers.periods import same_day, shift_periods
from sharekit.numbers.results import Comparison, Point
from sharekit.project.manifest import Metric
from sharekit.project.shapes import CompareKind
from sharekit.records import replace


def compared_with_target(
    metric: Metric, value: float | None, target: float | None
) -> tuple[Comparison, ...]:
    """The value against its target, where both are there and the metric compares them."""
    if value is None or target is None or "target" not in declared_comparisons(metric):
        return ()
    return (comparison("target", None, value, target, metric.front),)


def compared_with_periods(
    rows: SeriesRows,
    timeline: Timeline,
    series: Sequence[Point],
    target: float | None,
    measured_on: date | None,
    *,
    irregular: bool,
) -> tuple[Comparison, ...]:
    """All comparisons of the headline, the last of `series`, in the order the metric declares them.

    `measured_on` is the day of a level's newest measurement, `irregular` says that the number is
    measured now and then."""
    metric = rows.metric
    value = series[-1].value if series else None
    comparisons: list[Comparison] = []
    for kind in declared_comparisons(metric):
        if kind == "target":
            comparisons.extend(compared_with_target(metric, value, target))
        elif kind in TO_DATE:
            comparisons.extend(_to_date(kind, rows, timeline, measured_on))
        else:
            base = _base(kind, series, timeline)
            if value is not None and base is not None and base.value is not None:
                entry = comparison(kind, base.on, value, base.value, metric.front)
                before = shift_periods(timeline.headline, timeline.grain, -1)
                is_measurement = kind == "previous" and (irregular or base.on != before)
                comparisons.append(replace(entry, measured=is_measurement))
    return tuple(comparisons)


def _base(kind: CompareKind, series: Sequence[Point], timeline: Timeline) -> Point | None:
    """The point that the headline is compared with; of what is measured now and then, the
    measurement before."""
    if kind == "previous":
        return series[-2] if len(series) > 1 else None
    day = shift_periods(timeline.headline, timeline.grain, -YEAR_AGO[timeline.grain])
    return next((point for point in reversed(series) if point.on == day), None)


# -- to date --------------------------------------------------------------------------------------


def compares_to_date(rows: SeriesRows, timeline: Timeline) -> bool:
    """Whether the metric declares a to-date comparison, and its rows allow one."""
    declared = declared_comparisons(rows.metric)
    return any(kind in TO_DATE for kind in declared) and _has_days_that_add_up(rows, timeline)


def to_date_problems(rows: SeriesRows, timeline: Timeline) -> list[Problem]:
    """The warnings for to-date comparisons that the rows are too coarse for."""
    if _has_days_that_add_up(rows, timeline):
        return []
    return [
        _needs_days(rows.metric, kind)
        for kind in declared_comparisons(rows.metric)
        if kind in TO_DATE
    ]


def _has_days_that_add_up(rows: SeriesRows, timeline: Timeline) -> bool:
    if timeline.grain == "day" or not timeline.finer:
        return False
    if rows.over_time == "sum":
        return rows.rule in ("sum", "ratio")
    return rows.rule != "none" and rows.over_time != "none"


def _to_date(
    kind: CompareKind, rows: SeriesRows, timeline: Timeline, measured_on: date | None
) -> tuple[Comparison, ...]:
    """The open period so far against the same days of another one, by the calendar; of a level,
    the one measured last."""
    if not _has_days_that_add_up(rows, timeline):
        return ()
    through = measured_on or timeline.through
    back = 1 if TO_DATE[kind] == "previous" else YEAR_AGO[timeline.grain]
    start = timeline.headline if measured_on else timeline.period_of(through)
    if start is None or (measured_on is None and start not in timeline.opens):
        return ()
    base_start = shift_periods(start, timeline.grain, -back)
    if base_start not in (*timeline.starts, *timeline.opens):
        return ()
    until = same_day(start, through, base_start, timeline.grain)
    now = _value_between(start, through, rows, timeline)
    then = _value_between(base_start, until, rows, timeline)
    if now is None or then is None:
        return ()
    return (comparison(kind, base_start, now, then, rows.metric.front, until),)


def _value_between(first: date, last: date, rows: SeriesRows, timeline: Timeline) -> float | None:
    """The value of some days. What does not add up over time looks at the days before too, for
    what is carried."""
    begin = first if rows.over_time == "sum" else date.min
    inside = {cell: first <= day for cell, day in timeline.days.items() if begin <= day <= last}
    keep = [cell in inside for cell in rows.cells]
    cells = [cell for cell, is_kept in zip(rows.cells, keep, strict=True) if is_kept]
    table = rows.table.only(keep).at([0 if inside[cell] else 1 for cell in cells])
    if rows.over_time == "sum":
        without_dimensions = MetricColumns(
            table.slots, (), table.value, table.numerator, table.denominator
        )
        total = add_up(rows.metric, rows.rule, without_dimensions, 2).total
    else:
        total = rows.with_rows(table, cells).totals(2).totals.total
    value = total[0] if total else None
    return 0.0 if value is None and rows.metric.front.missing == "zero" else value


def _needs_days(metric: Metric, kind: CompareKind) -> Problem:
    return column_problem(
        metric,
        "no-daily-rows",
        f"`{kind}` needs one row a day, and days that become one value",
        key="compare",
        hint=(
            "Return a row for each day, keep `grain` at week or longer, and say how days become"
            " one value: `over_time: sum` where they add up, `over_time: last` for a level, or"
            " `numerator` and `denominator`."
        ),
        severity="warning",
    )
