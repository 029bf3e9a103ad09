"""Bars by period, from zero. Where there are too many to be told apart, neighbours are drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median_low

from markupsafe import Markup

from sharekit.numbers.results import Point, Reading
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas, PlotFrame, Sheet
from sharekit.site.charts.chart_types import NO_OPTIONS, Chart, ChartOptions, Mark, Subject
from sharekit.site.charts.findings import line_finding
from sharekit.site.charts.labels import Anchor, Box, Label
from sharekit.site.charts.lines import line_table
from sharekit.site.charts.plot_area import (
    day_marks,
    group_size,
    has_years,
    neighbours,
    no_data,
    noted,
    targets,
    together_words,
    top_for,
    x_periods,
    y_grid,
)
from sharekit.site.charts.scale import value_axis
from sharekit.site.charts.series_view import SeriesView, view_of
from sharekit.site.charts.svg import boxes, el, num

DENSE_BARS = 120
"""More bars than this are not told apart."""
Bar = tuple[float, float, float, float]
"""Left, top, width and height in px."""


class Bands:
    """Where the bars of some periods stand: each has an equal share of the plot."""

    def __init__(self, days: Sequence[date], ground: PlotFrame) -> None:
        self._step = ground.plot_width / len(days)
        self._left = ground.left
        self._days = days
        self._places = {day: n for n, day in enumerate(days)}

    def middle(self, day: date) -> float:
        """The middle of the period that begins on this day; of another day, where it would be."""
        place = self._places.get(day)
        if place is None:
            return self._left + self._step * sum(earlier < day for earlier in self._days)
        return self._left + (place + 0.5) * self._step

    def span(self, days: Sequence[date]) -> tuple[float, float]:
        """Left and width of one bar for these neighbours."""
        middle = (self.middle(days[0]) + self.middle(days[-1])) / 2
        width = max(min(self._step * len(days) * 0.68, 44.0), 0.8)
        return middle - width / 2, width


def bar_size(subject: Subject, days: Sequence[date], ground: PlotFrame) -> int:
    """How many neighbours share a bar."""
    if len(days) <= DENSE_BARS:
        return 1
    return group_size(len(days), ground.plot_width, subject.grain)


def mean_words(subject: Subject, points: Sequence[Point]) -> str:
    """What a caption says about stacks that are drawn together; "" where each has its own place."""
    if len(points) <= DENSE_BARS:
        return ""
    return together_words(subject, "each bar is their mean")


def bar_chart(
    subject: Subject,
    reading: Reading,
    options: ChartOptions = NO_OPTIONS,
) -> Chart:
    """The series as vertical bars from zero, the open period hollow; negative values hang below the
    axis. Neighbours that are drawn together are a bar of their median with a line over their
    range."""
    view = view_of(reading, options.last)
    finding = line_finding(subject, view)
    if len(view.days) > DENSE_BARS:
        finding += together_words(subject, "the bar is their median, the line their range")
    axis = value_axis(view.values, subject, wish=view.target_values, zero=True)
    return Canvas(subject, axis, finding, options.size).chart(
        lambda canvas: _columns(canvas, view, options.marks),
        lambda: noted(line_table(subject, view), options.marks),
        lambda: {} if view.empty else plotly_figures.bar_figure(subject, view, axis, options.marks),
    )


def _columns(canvas: Canvas, view: SeriesView, marks: Sequence[Mark]) -> Markup:
    subject = canvas.subject
    ends = [f"{subject.short(view.open.value)} so far"] if view.open else []
    ground = canvas.frame(ends=ends, years=has_years(subject, view.days), top=top_for(marks, 22))
    if view.empty:
        return no_data(canvas, ground, "No data yet")
    bands = Bands(view.days, ground)
    sheet = Sheet(canvas, ground, bands.middle)
    y_grid(sheet, base=0)
    x_periods(sheet, view.days)
    day_marks(sheet, marks, view.days[0], view.days[-1])
    size = bar_size(subject, view.days, ground)
    _bars(sheet, bands, view.points, size, "r1")
    for points in (view.partial, view.opens):
        _bars(sheet, bands, points, size, "bar--open")
    if view.open and view.open.value is not None:
        left, width = bands.span([view.open.on])
        place = left + width + 7, sheet.y(view.open.value) + 4
        sheet.label([Label(ends[0], *place, class_="lb lb--soft lb--sm")])
    targets(sheet, view)
    _newest(sheet, bands, view, size)
    return sheet.svg()


def _bars(sheet: Sheet, bands: Bands, points: Sequence[Point], size: int, class_: str) -> None:
    """A bar for each `size` neighbours, and a line from the lowest to the highest of them."""
    bars, ranges = list[Bar](), ""
    for group in neighbours(points, size):
        values = [point.value for point in group if point.value is not None]
        if not values:
            continue
        left, width = bands.span([point.on for point in group])
        bars.append(_from_zero(sheet, left, width, median_low(values)))
        if size > 1:
            middle = left + width / 2
            top, bottom = sheet.y(max(values)), sheet.y(min(values))
            ranges += f"M{num(middle)} {num(top)}V{num(bottom)}"
            sheet.line([(middle, top), (middle, bottom)])
    if bars:
        sheet.add(el("path", class_=class_, d=boxes(bars)))
    if ranges:
        sheet.add(el("path", class_="reach", d=ranges))
    if class_ == "r1":
        for left, top, wide, tall in bars:
            sheet.room.add_box(Box(left, top, left + wide, top + tall))


def _newest(sheet: Sheet, bands: Bands, view: SeriesView, size: int) -> None:
    """The newest whole period's value, beyond the end of its bar; beside a dot, where it has no bar
    of its own."""
    if not view.last or view.last.value is None:
        return
    middle, end = sheet.at(view.last.on, view.last.value)
    _, width = bands.span([view.last.on])
    off = 0
    if size > 1:
        sheet.dot(middle, end, 3)
        off = 3
    label = sheet.canvas.subject.short(view.last.value)
    spots: list[tuple[float, Anchor]] = [(middle, "middle"), (middle + width / 2, "end")]
    up = view.last.value >= 0
    rows = (end - 6 - off, end - 22 - off) if up else (end + 16 + off, end + 32 + off)
    sheet.label([Label(label, at, row, side, "lb lb--sm") for row in rows for at, side in spots])


def _from_zero(sheet: Sheet, left: float, width: float, value: float) -> Bar:
    end, zero = sheet.y(value), sheet.y(0)
    return left, min(end, zero), width, max(abs(end - zero), 0.5)
