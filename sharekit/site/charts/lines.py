"""The series as a line: one number over time, with its gaps, open period, targets and revisions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from sharekit.numbers.results import Point, Reading
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas, Sheet
from sharekit.site.charts.chart_types import (
    NO_OPTIONS,
    Cell,
    Chart,
    ChartOptions,
    ChartTable,
    Mark,
    Subject,
)
from sharekit.site.charts.findings import line_finding
from sharekit.site.charts.labels import Anchor, Label
from sharekit.site.charts.plot_area import (
    day_marks,
    dense_words,
    has_years,
    no_data,
    noted,
    targets,
    top_for,
    trail,
    within,
    x_periods,
    y_grid,
)
from sharekit.site.charts.scale import day_scale, so_far, value_axis
from sharekit.site.charts.series_view import SeriesView, day_cell, value_cell, view_of
from sharekit.site.charts.svg import broken_path, el


def line_chart(
    subject: Subject,
    reading: Reading,
    options: ChartOptions = NO_OPTIONS,
) -> Chart:
    """The series as a line: gaps break it, the open period is dashed to an open dot, targets are
    dotted and labelled (stepped where dated), marks are thin lines."""
    view = view_of(reading, options.last)
    finding = line_finding(subject, view) + dense_words(subject, view.points)
    complete = [point.value for point in view.points]
    axis = value_axis(
        complete,
        subject,
        wish=view.target_values,
        near=[point.value for point in (*view.partial, *view.opens)],
    )
    return Canvas(subject, axis, finding, options.size).chart(
        lambda canvas: _draw(canvas, view, options.marks),
        lambda: noted(line_table(subject, view), options.marks),
        lambda: plotly_figures.line_figure(subject, view, axis, options.marks),
    )


def line_table(subject: Subject, view: SeriesView) -> ChartTable:
    """Periods as rows, oldest first, with the target where it changed."""
    stepped = len(view.targets) > 1

    def row(point: Point) -> tuple[Cell, ...]:
        head = day_cell(
            point.on,
            subject.grain,
            subject.fiscal,
            running=point in view.opens,
            partial=point in view.partial,
        )
        cells = (head, value_cell(subject, point.value))
        return (*cells, value_cell(subject, view.target_on(point.on))) if stepped else cells

    rows = [row(point) for point in view.all_points]
    head = ((subject.grain or "day").capitalize(), subject.title, *(["Target"] if stepped else []))
    return ChartTable(f"{subject.title} by {subject.grain or 'day'}", head, tuple(rows))


def _draw(canvas: Canvas, view: SeriesView, marks: Sequence[Mark]) -> Markup:
    subject = canvas.subject
    ground = canvas.frame(
        ends=_end_words(canvas, view), years=has_years(subject, view.days), top=top_for(marks)
    )
    if view.empty:
        return no_data(canvas, ground, "No data yet")
    sheet = Sheet(canvas, ground, day_scale(view.days[0], view.days[-1], ground.left, ground.right))
    y_grid(sheet)
    x_periods(sheet, view.days)
    line = trail(sheet, view.points)
    sheet.line(line.line)
    day_marks(sheet, marks, view.days[0], view.days[-1])
    targets(sheet, view)
    sheet.add(*line.parts())
    if view.irregular:
        for at in filter(None, line.line):
            sheet.dot(*at, 3)
    _beginning(sheet, view)
    _ends(sheet, view)
    return sheet.svg()


def _end_words(canvas: Canvas, view: SeriesView) -> list[str]:
    if view.open:
        return [so_far(canvas.subject, canvas.axis, view.open.value)]
    return [canvas.subject.short(view.last.value)] if view.last else []


def _ends(sheet: Sheet, view: SeriesView) -> None:
    """The newest complete value, and the open period behind a dashed line."""
    subject, last = sheet.canvas.subject, view.last
    at = sheet.at(last.on, last.value) if last and last.value is not None else None
    if view.open and view.open.value is not None:
        open_at = sheet.at(view.open.on, view.open.value)
        corners = [at] if at and view.points[-1] is last else []
        corners += [
            sheet.at(point.on, point.value) for point in view.opens if point.value is not None
        ]
        _dashed(sheet, corners)
        for corner in corners[1 if at and view.points[-1] is last else 0 : -1]:
            sheet.dot(*corner, 3.5, "dot dot--open")
        if sheet.canvas.axis.shows(view.open.value):
            sheet.dot(*open_at, 4.5, "dot dot--open")
        height = min(max(open_at[1], sheet.frame.top), sheet.frame.bottom - 4)
        label, class_ = _end_words(sheet.canvas, view)[0], "lb lb--soft lb--sm"
        sheet.label([Label(label, open_at[0] + 11, height + 4, class_=class_)])
    if not at or last is None:
        return
    sheet.dot(*at, 4.5)
    label, class_ = subject.short(last.value), "lb lb--accent"
    if not view.open:
        sheet.label([Label(label, at[0] + 11, at[1] + 4.5, class_=class_)])
        return
    above, below = at[1] - 12, at[1] + 22
    spots = [
        Label(label, at[0], row, anchor, class_) for row in (above, below) for anchor in _SIDES
    ]
    spots.append(Label(label, at[0] + 9, at[1] + 1, "start", class_))
    sheet.label(spots)


def _beginning(sheet: Sheet, view: SeriesView) -> None:
    """The periods that are there only in part, with hollow dots and dashed to the first whole
    one."""
    corners = [sheet.at(point.on, point.value) for point in view.partial if point.value is not None]
    if corners and view.points and view.points[0].value is not None:
        _dashed(sheet, [*corners, sheet.at(view.points[0].on, view.points[0].value)])
    for point in view.partial:
        if point.value is not None and sheet.canvas.axis.shows(point.value):
            sheet.dot(*sheet.at(point.on, point.value), 3.5, "dot dot--open")


def _dashed(sheet: Sheet, corners: Sequence[tuple[float, float]]) -> None:
    for before, after in pairwise(corners):
        run = within(before, after, sheet.frame.top, sheet.frame.bottom)
        sheet.line(run)
        sheet.add(el("path", class_="ln ln--open", d=broken_path(run)))


_SIDES: tuple[Anchor, ...] = ("middle", "end", "start")
