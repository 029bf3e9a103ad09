"""What a number adds up to within a month, quarter or year, against the pace of its target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import format_day, span_name
from sharekit.numbers.periods import add_months, floor, last_day, next_period
from sharekit.numbers.results import Point, Reading
from sharekit.project.days import Weekday
from sharekit.project.shapes import AccumulateSpan, Grain
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas, Sheet
from sharekit.site.charts.chart_types import Cell, Chart, ChartTable, Figure, Mark, Size, Subject
from sharekit.site.charts.labels import Anchor, Label, spread_labels
from sharekit.site.charts.plot_area import day_marks, noted, top_for, x_days, y_grid
from sharekit.site.charts.scale import Axis, day_scale, finite, span_ticks, value_axis
from sharekit.site.charts.series_view import period_words, value_cell
from sharekit.site.charts.svg import broken_path, el, text
from sharekit.wording.english import capital

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Accumulated(Struct, frozen=True):
    """The sums of one span, each dated by the last day that it covers."""

    name: str
    """ "Q4 2026"."""
    first: date
    end: date
    starts: tuple[date, ...]
    """First days of the whole periods so far."""
    sums: tuple[Point, ...]
    """From nothing on the first day on, whole periods only."""
    open: Point | None
    """With the period that still runs, through today."""
    pace: tuple[Point, ...]
    """What the targets of the periods of the span add up to, as far as each has one."""
    lacks_target: date | None = None
    """First day of the first period without a target, where the pace ends before it."""

    @property
    def last(self) -> Point:
        return self.sums[-1]

    @property
    def expected(self) -> float | None:
        """The pace on the day of the last sum."""
        days = {point.on: point.value for point in self.pace}
        return days.get(self.last.on)

    @property
    def target(self) -> float | None:
        """The target of the whole span; None where one of its periods has no target."""
        return self.pace[-1].value if self.pace and self.lacks_target is None else None


def accumulated(
    reading: Reading, span: AccumulateSpan, as_of: date, week_start: Weekday
) -> Accumulated | None:
    """The sums of the span in which the newest value lies. A period belongs to the span in which
    its last day lies. None where there is no value over time."""
    grain = reading.grain
    measured = [point for point in (*reading.series, reading.open_point) if point is not None]
    if grain is None or not measured or reading.over_time != "sum":
        return None
    newest = min(last_day(measured[-1].on, grain), as_of)
    first = floor(newest, span, week_start, reading.fiscal.start)
    end = last_day(first, span)
    inside = [point for point in reading.series if first <= last_day(point.on, grain) <= end]
    sums = list(accumulate(finite(point.value) or 0.0 for point in inside))
    days = [last_day(point.on, grain) for point in inside]
    complete = (Point(first, 0.0), *map(Point, days, sums))
    pace, lacks_target = _pace(reading, grain, measured[-1].on, first, end)
    return Accumulated(
        period_words(first, "month", reading.fiscal)
        if span == "month"
        else span_name(first, _MONTHS[span], reading.fiscal),
        first,
        end,
        tuple(point.on for point in inside),
        complete,
        _with_open(reading, grain, complete, as_of),
        pace,
        lacks_target,
    )


def _with_open(reading: Reading, grain: Grain, sums: Sequence[Point], as_of: date) -> Point | None:
    """The last sum with the periods after it that are not whole."""
    running, first, last = reading.open_point, sums[0].on, sums[-1]
    if running is None or running.value is None or last_day(running.on, grain) < first:
        return None
    after = last.on if len(sums) > 1 else first - timedelta(days=1)
    begun = (*reading.unsettled, running)
    more = [point.value or 0.0 for point in begun if last_day(point.on, grain) > after]
    return Point(min(as_of, last_day(running.on, grain)), (last.value or 0.0) + sum(more))


def _pace(
    reading: Reading, grain: Grain, newest_start: date, first: date, end: date
) -> tuple[tuple[Point, ...], date | None]:
    """The targets of the span's periods, added up, and the first day of the period before which
    that ends for want of a target. A declared target holds on in the periods to come."""
    targets = sorted(reading.targets) or (
        [(date.min, reading.target)] if reading.target is not None else []
    )
    start = newest_start
    while last_day(start, grain) >= first:
        start = _before(start, grain)
    points = [Point(first, 0.0)]
    while (day := last_day(start := next_period(start, grain), grain)) <= end:
        if day < first:
            continue
        since = start if reading.targets_by_period else date.min
        target = next((value for on, value in reversed(targets) if since <= on <= day), None)
        if target is None:
            goes_on = reading.targets_by_period and len(points) > 1
            return (tuple(points), start) if goes_on else ((), None)
        points.append(Point(day, (points[-1].value or 0.0) + target))
    return tuple(points), None


def _before(start: date, grain: Grain) -> date:
    """First day of the period before."""
    if grain in _MONTHS:
        return add_months(start, -_MONTHS[grain])
    return date.fromordinal(start.toordinal() - (7 if grain == "week" else 1))


def accumulated_chart(
    subject: Subject,
    course: Accumulated,
    *,
    size: Size = "half",
    marks: Sequence[Mark] = (),
) -> Chart:
    """The sum so far as a line, the period that still runs dashed, and the pace of the targets."""
    inside = [mark for mark in marks if course.first <= mark.on <= course.end]
    points = (*course.sums, *([course.open] if course.open else []), *course.pace)
    axis = value_axis([point.value for point in points], subject, zero=True)
    return Canvas(subject, axis, accumulated_finding(subject, course), size).chart(
        lambda canvas: _draw(canvas, course, inside),
        lambda: noted(_table(subject, course), _at_rows(course, inside)),
        lambda: _figure(subject, course, axis, inside),
    )


def accumulated_finding(subject: Subject, course: Accumulated) -> str:
    """ "Sales in Q4 2026: 12,300 by 22 Nov, 400 behind the pace of 12,700. Target 20,000." """
    if course.open and len(course.sums) == 1:
        finding = f"{subject.title} in {course.name}: {subject.text(course.open.value)}"
        grain = subject.grain or "period"
        return f"{finding} with the {grain} so far.{_target_words(subject, course)}"
    finding = f"{subject.title} in {course.name}: {subject.text(course.last.value)}"
    finding += f" by {format_day(course.last.on)}" if len(course.sums) > 1 else " so far"
    expected, value = course.expected, course.last.value
    if expected is not None and value is not None and len(course.sums) > 1:
        gap = value - expected
        where = f"{subject.distance(gap)} {'ahead of' if gap > 0 else 'behind'}" if gap else "on"
        finding += f", {where} the pace of {subject.text(expected)}"
    if course.open:
        finding += (
            f"; {subject.text(course.open.value)} with the {subject.grain or 'period'} so far"
        )
    return finding + "." + _target_words(subject, course) + _week_words(course)


def _week_words(course: Accumulated) -> str:
    """ " A week counts in the span in which it ends: the first one began on 28 Sep." """
    begin = course.starts[0] if course.starts else course.first
    if begin >= course.first:
        return ""
    return (
        f" A week counts in the span in which it ends: the first one began on {format_day(begin)}."
    )


def _target_words(subject: Subject, course: Accumulated) -> str:
    """ " Target 20,000." Or, of a plan that ends early: " Target 15,000 through 30 Nov; December
    2026 has none." """
    if course.target is not None:
        return f" Target {subject.text(course.target)}."
    if course.lacks_target is None:
        return ""
    planned = course.pace[-1]
    target = f"{subject.text(planned.value)} through {format_day(planned.on)}"
    period = period_words(course.lacks_target, subject.grain, subject.fiscal)
    return f" Target {target}; {period} has none."


def _draw(canvas: Canvas, course: Accumulated, marks: Sequence[Mark]) -> Markup:
    subject = canvas.subject
    target_label = f"{subject.target(course.target)} target" if course.target is not None else ""
    newest = course.open if course.open and len(course.sums) == 1 else course.last
    now = subject.short(newest.value)
    ground = canvas.frame(ends=[target_label] if target_label else [], top=top_for(marks, 22))
    x = day_scale(course.first, course.end, ground.left, ground.right - 4)
    sheet = Sheet(canvas, ground, x)
    y_grid(sheet, base=0)
    x_days(sheet, span_ticks(course.first, course.end, ground.plot_width))
    day_marks(sheet, marks, course.first, course.end)
    pace = sheet.along([(point.on, point.value) for point in course.pace])
    line = sheet.along([(point.on, point.value) for point in course.sums])
    sheet.line(pace)
    sheet.line(line)
    if pace:
        sheet.add(el("path", class_="ln ln--pace", d=broken_path(pace)))
    if course.open and course.open.value is not None:
        run = [line[-1], sheet.at(course.open.on, course.open.value)]
        sheet.add(el("path", class_="ln ln--open", d=broken_path(run)))
        sheet.dot(*sheet.at(course.open.on, course.open.value), 4, "dot dot--open")
    sheet.add(el("path", class_="ln", d=broken_path(line)))
    at = sheet.at(newest.on, newest.value or 0.0)
    if newest is course.last:
        sheet.dot(*at, 4.5)
    spots: list[tuple[float, float, Anchor]] = [(-8, -8, "end"), (8, 18, "start"), (-8, 18, "end")]
    sheet.label(
        [
            Label(now, at[0] + right, at[1] + down, side, "lb lb--accent")
            for right, down, side in spots
        ]
    )
    if target_label and course.target is not None:
        end = sheet.at(course.end, course.target)
        sheet.dot(*sheet.at(course.pace[-1].on, course.target), 4, "dot dot--target")
        (row,) = spread_labels([end[1] + 4.5], 16, ground.top, ground.bottom)
        sheet.add(text(ground.right + 8, row, target_label, class_="lb lb--sm"))
    return sheet.svg()


def _table(subject: Subject, course: Accumulated) -> ChartTable:
    """Periods as rows: the sum through each, and the pace."""
    pace = {point.on: point.value for point in course.pace}
    rows = tuple(
        (
            Cell(capital(period_words(start, subject.grain, subject.fiscal)), start.isoformat()),
            value_cell(subject, point.value),
            *([value_cell(subject, pace.get(point.on))] if pace else []),
        )
        for start, point in zip(course.starts, course.sums[1:], strict=True)
    )
    head = ("Through", subject.title, *(["Pace"] if pace else []))
    return ChartTable(f"{subject.title} in {course.name}, added up", head, rows)


def _at_rows(course: Accumulated, marks: Sequence[Mark]) -> list[Mark]:
    """Each mark at the row in whose period its day lies."""
    placed = []
    for mark in marks:
        for start, point in zip(course.starts, course.sums[1:], strict=True):
            if start <= mark.on <= point.on:
                placed.append(Mark(start, mark.label, mark.sign))
    return placed


def _figure(subject: Subject, course: Accumulated, axis: Axis, marks: Sequence[Mark]) -> Figure:
    pairs = [(point.on, point.value) for point in course.sums]
    traces = [plotly_figures.line_trace(subject, pairs, "series", subject.title)]
    if course.open:
        run = [pairs[-1], (course.open.on, course.open.value)]
        traces.append(plotly_figures.line_trace(subject, run, "open", "So far"))
    if course.pace:
        pace = [(point.on, point.value) for point in course.pace]
        traces.append(plotly_figures.line_trace(subject, pace, "pace", "Pace"))
    if course.target is not None:
        label = f"{subject.target(course.target)} target"
        end = [(course.pace[-1].on, course.target)]
        traces.append(plotly_figures.line_trace(subject, end, "goal", "Target", end=label))
    figure = plotly_figures.time_figure(
        "pace", subject, traces, axis, [course.first, course.end], marks
    )
    ticks = [
        [tick.on.isoformat(), tick.label, ""] for tick in span_ticks(course.first, course.end, 520)
    ]
    figure["layout"]["meta"] |= {"ticks": ticks}
    figure["layout"]["xaxis"]["unifiedhovertitle"] = {"text": plotly_figures.HOVER_TITLES["day"]}
    return figure
