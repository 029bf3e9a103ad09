"""The series as a line: one number over time, with its gaps, open period, targets and revisions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from sharekit.site.charts import figures
from sharekit.site.charts.findings import line_finding
from sharekit.site.charts.labels import Anchor, Label
from sharekit.site.charts.model import Cell, Chart, ChartTable, Mark, Size, Subject
from sharekit.site.charts.panel import Sheet, XScale, YScale, along, day_marks, frame, has_years, no_data, targets, within, x_days, y_grid
from sharekit.site.charts.scale import Axis, day_scale, period_ticks, value_axis
from sharekit.site.charts.series import SeriesView, day_cell, value_cell, view_of
from sharekit.site.charts.svg import broken_path, el
from sharekit.numbers.results import Point, Reading


def line_chart(
    subject: Subject, reading: Reading, *, last: int | None = None, size: Size = "half", marks: Sequence[Mark] = ()
) -> Chart:
    """The series as a line: gaps break it, the open period is dashed to an open dot, targets are
    dotted and labelled (stepped where dated), marks are thin lines. `last` counts complete periods;
    None shows all."""
    view = view_of(reading, last)
    finding = line_finding(subject, view)
    complete = [point.value for point in view.points]
    axis = value_axis(
        complete, subject, wish=view.target_values, near=[point.value for point in (*view.partial, *view.opens)]
    )
    return Chart(
        finding,
        _draw(subject, view, axis, size, marks, finding, narrow=False),
        _draw(subject, view, axis, size, marks, finding, narrow=True),
        lambda: line_table(subject, view),
        lambda: figures.line_figure(subject, view, axis, marks),
    )


def line_table(subject: Subject, view: SeriesView) -> ChartTable:
    """Periods as rows, oldest first, with the target where it changed."""
    stepped = len(view.targets) > 1

    def row(point: Point) -> tuple[Cell, ...]:
        target = next((value for start, _, value in reversed(view.targets) if start <= point.on), None)
        head = day_cell(
            point.on, subject.grain, subject.fiscal, running=point in view.opens, partial=point in view.partial
        )
        cells = (head, value_cell(subject, point.value))
        return (*cells, value_cell(subject, target)) if stepped else cells

    rows = [row(point) for point in view.all_points]
    head = ((subject.grain or "day").capitalize(), subject.title, *(["Target"] if stepped else []))
    return ChartTable(f"{subject.title} by {subject.grain or 'day'}", head, tuple(rows))


def _draw(
    subject: Subject, view: SeriesView, axis: Axis, size: Size, marks: Sequence[Mark], finding: str, *, narrow: bool
) -> Markup:
    words = _end_words(subject, view)
    ground = frame(size, narrow, axis, ends=words, years=has_years(subject, view.days), top=24 if marks else 14)
    sheet = Sheet(ground)
    y = axis.scale(ground.bottom, ground.top)
    if view.empty:
        no_data(sheet, "No data yet")
        return sheet.svg(finding)
    y_grid(sheet, axis, y)
    x = day_scale(view.days[0], view.days[-1], ground.left, ground.right)
    x_days(sheet, period_ticks(view.days, subject.grain, ground.plot_width, subject.fiscal), x)
    line = along([(point.on, point.value) for point in view.points], x, y, steps=subject.steps)
    sheet.line(line)
    day_marks(sheet, marks, x, view.days[0], view.days[-1])
    targets(sheet, subject, view, axis, x, y)
    sheet.add(el("path", class_="ln", d=broken_path(line)))
    if view.irregular:
        for at in filter(None, line):
            sheet.dot(*at, 3)
    _beginning(sheet, view, axis, x, y)
    _ends(sheet, subject, view, axis, x, y)
    return sheet.svg(finding)


def _end_words(subject: Subject, view: SeriesView) -> list[str]:
    if view.open:
        return [f"{subject.short(view.open.value)} so far"]
    return [subject.short(view.last.value)] if view.last else []


def _ends(sheet: Sheet, subject: Subject, view: SeriesView, axis: Axis, x: XScale, y: YScale) -> None:
    """The newest complete value, and the open period behind a dashed line."""
    last = view.last
    at = (x(last.on), y(last.value)) if last and last.value is not None else None
    if view.open and view.open.value is not None:
        there = (x(view.open.on), y(view.open.value))
        corners = [at] if at and view.points[-1] is last else []
        corners += [(x(point.on), y(point.value)) for point in view.opens if point.value is not None]
        _dashed(sheet, corners)
        for corner in corners[1 if at and view.points[-1] is last else 0 : -1]:
            sheet.dot(*corner, 3.5, "dot dot--open")
        if axis.shows(view.open.value):
            sheet.dot(*there, 4.5, "dot dot--open")
        height = min(max(there[1], sheet.frame.top), sheet.frame.bottom - 4)
        sheet.label([Label(_end_words(subject, view)[0], there[0] + 11, height + 4, bold=True)], "lb lb--soft lb--sm")
    if not at or last is None:
        return
    sheet.dot(*at, 4.5)
    words, bold = subject.short(last.value), "lb lb--accent"
    if not view.open:
        sheet.label([Label(words, at[0] + 11, at[1] + 4.5, size=13, bold=True)], bold)
        return
    above, below = at[1] - 12, at[1] + 22
    spots = [Label(words, at[0], row, anchor, 13, True) for row in (above, below) for anchor in _SIDES]
    spots.append(Label(words, at[0] + 9, at[1] + 1, "start", 13, True))
    sheet.label(spots, bold)


def _beginning(sheet: Sheet, view: SeriesView, axis: Axis, x: XScale, y: YScale) -> None:
    """The periods that are there only in part, with hollow dots and dashed to the first whole
    one."""
    corners = [(x(point.on), y(point.value)) for point in view.partial if point.value is not None]
    if corners and view.points and view.points[0].value is not None:
        _dashed(sheet, [*corners, (x(view.points[0].on), y(view.points[0].value))])
    for point in view.partial:
        if point.value is not None and axis.shows(point.value):
            sheet.dot(x(point.on), y(point.value), 3.5, "dot dot--open")


def _dashed(sheet: Sheet, corners: Sequence[tuple[float, float]]) -> None:
    for before, after in pairwise(corners):
        run = within(before, after, sheet.frame.top, sheet.frame.bottom)
        sheet.line(run)
        sheet.add(el("path", class_="ln ln--open", d=broken_path(run)))


_SIDES: tuple[Anchor, ...] = ("middle", "end", "start")
