"""One number by the members of a dimension, over time: labelled lines, or small multiples where
they are many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.results import Point, Reading, newest_point
from sharekit.records import replace
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas, PlotFrame, Sheet
from sharekit.site.charts.chart_types import (
    ALL,
    NO_OPTIONS,
    Chart,
    ChartOptions,
    ChartTable,
    Figure,
    Mark,
    Subject,
    member_key,
)
from sharekit.site.charts.findings import members_finding
from sharekit.site.charts.labels import Anchor, fit_apart, fit_text, spread_labels, text_width
from sharekit.site.charts.plot_area import (
    LABEL_GAP,
    Trail,
    day_marks,
    has_years,
    no_data,
    noted,
    targets,
    top_for,
    trail,
    x_periods,
    y_grid,
)
from sharekit.site.charts.scale import Axis, DayTick, day_scale, finite, period_ticks, value_axis
from sharekit.site.charts.series_view import (
    SeriesView,
    additive,
    day_cell,
    members,
    rest_words,
    telling_of,
    value_cell,
    view_of,
)
from sharekit.site.charts.svg import broken_path, el, text

MOST_LINES = 5
"""More members than this are told apart side by side, not in one plot."""
MOST_CELLS = 12


class MemberLine(Struct, frozen=True):
    """One line: a member, or the total."""

    key: str
    name: str
    points: tuple[Point, ...]
    target: float | None = None
    """The member's own."""
    few: bool = False
    """Whether it is based on too few cases to be compared: it is grey."""

    @property
    def last(self) -> Point | None:
        return newest_point(self.points)


def by_lines(
    subject: Subject,
    reading: Reading,
    by: str,
    options: ChartOptions = NO_OPTIONS,
    *,
    lit: str | None = None,
) -> Chart:
    """One line per member of a dimension, each labelled at its end, labels kept 14 px apart.

    Up to 5 members: total and members in one plot. More: small multiples on one scale. Each line is
    a group with `data-s` = member_key(member) (the total: "all"), so that a `data-lights` switch
    lights one. `lit` is the key that is lit at first; default: the total where there is one, else
    every line has a colour of its own."""
    plot = _member_plot(subject, reading, by, view_of(reading, options.last, by), options.marks)
    if lit is not None:
        plot = replace(plot, lit=lit)
    axis = _axis_of(subject, plot)
    finding = members_finding(subject, reading, by)
    return Canvas(subject, axis, finding, options.size).chart(
        lambda canvas: _multiples(canvas, plot) if plot.side_by_side else _one_plot(canvas, plot),
        lambda: noted(
            members_table(subject, by, plot.view, plot.listed_lines, plot.total), options.marks
        ),
        lambda: _figure(subject, plot, axis),
        lambda canvas: _height_side_by_side(canvas, plot) if plot.side_by_side else canvas.height,
    )


class _MemberPlot(Struct, frozen=True):
    """What one chart by members shows."""

    view: SeriesView
    listed_lines: Sequence[MemberLine]
    """The members that the table has."""
    total: MemberLine | None
    comparable: bool
    """Whether the total may stand behind each member: no sum of them."""
    others_note: str
    """What is said about the members that have no room."""
    marks: Sequence[Mark]
    """Days on which something happened; side by side they are lines without words."""
    lit: str | None
    """Key of the line that is lit at first; None where every line has a colour of its own."""

    @property
    def lines(self) -> Sequence[MemberLine]:
        """The members that are drawn: those that have a value."""
        return [line for line in self.listed_lines if line.last is not None]

    @property
    def side_by_side(self) -> bool:
        return len(self.lines) > MOST_LINES

    @property
    def behind(self) -> MemberLine | None:
        """The total in grey behind each member."""
        return self.total if self.comparable else None

    @property
    def lines_with_total(self) -> Sequence[MemberLine]:
        """The lines of one plot, the total last."""
        return [*self.lines, *([self.total] if self.total else [])]


def _member_plot(
    subject: Subject, reading: Reading, by: str, view: SeriesView, marks: Sequence[Mark]
) -> _MemberPlot:
    lines = {
        entry.member: MemberLine(
            member_key(entry.member),
            entry.name,
            points,
            finite(entry.target),
            subject.too_few(entry),
        )
        for entry, points in members(reading, by, view)
    }
    slices = reading.slices.get(by, ())
    listed_lines, others_note = list(lines.values()), ""
    if len(slices) > MOST_CELLS:
        chosen = telling_of(subject, slices, MOST_CELLS)
        listed_lines = [lines[entry.member] for entry in chosen]
        others_note = rest_words(len(slices), len(chosen), subject.direction)
    total = MemberLine(ALL, "All", view.points) if view.last and reading.headline is None else None
    lit = total.key if total else None
    return _MemberPlot(
        view, listed_lines, total, not additive(reading, by), others_note, marks, lit
    )


def _axis_of(subject: Subject, plot: _MemberPlot) -> Axis:
    """One axis of values for all lines, with the members' own targets on it."""
    aims = [line.target for line in plot.lines]
    if plot.side_by_side:
        return value_axis(_values([*plot.lines, plot.behind]), subject, wish=aims, most=4)
    return value_axis(
        _values([*plot.lines, plot.total]), subject, wish=[*plot.view.target_values, *aims]
    )


def _figure(subject: Subject, plot: _MemberPlot, axis: Axis) -> Figure:
    if not plot.lines:
        return {}
    return plotly_figures.lines_figure(
        subject,
        plot.total.points if plot.total else (),
        [(line.key, line.name, line.points) for line in plot.lines],
        plot.view,
        axis,
        extras={line.key: _extras(line, axis) for line in plot.lines},
        behind=plot.behind is not None,
        others_note=plot.others_note,
        marks=plot.marks,
    )


def _extras(line: MemberLine, axis: Axis) -> dict[str, Any]:
    """What the page's script draws of a member besides its line."""
    extras: dict[str, Any] = {"few": True} if line.few else {}
    return extras | ({"target": line.target} if _aims(line, axis) else {})


def _aims(line: MemberLine, axis: Axis) -> bool:
    """Whether a member's own target is drawn."""
    return line.target is not None and axis.shows(line.target)


def _aim(sheet: Sheet, line: MemberLine) -> list[Markup]:
    """The member's own target as a dotted line."""
    if line.target is None or not _aims(line, sheet.canvas.axis):
        return []
    at = sheet.y(line.target)
    run = [(sheet.frame.left, at), (sheet.frame.right, at)]
    return [el("path", class_="target", d=broken_path(run), fill="none")]


def _values(lines: Sequence[MemberLine | None]) -> list[float | None]:
    return [point.value for line in lines if line for point in line.points]


def members_table(
    subject: Subject,
    by: str,
    view: SeriesView,
    lines: Sequence[MemberLine],
    total: MemberLine | None,
) -> ChartTable:
    """Periods as rows, members as columns, the total last."""
    columns = [*lines, *([total] if total else [])]
    at = [{point.on: point.value for point in line.points} for line in columns]
    rows = [
        (
            day_cell(point.on, subject.grain, subject.fiscal),
            *(value_cell(subject, values.get(point.on)) for values in at),
        )
        for point in view.points
    ]
    head = ((subject.grain or "day").capitalize(), *(line.name for line in columns))
    return ChartTable(f"{subject.title} by {by.replace('_', ' ')}", head, tuple(rows))


# -- one plot -------------------------------------------------------------------------------------


def _one_plot(canvas: Canvas, plot: _MemberPlot) -> Markup:
    subject, view, lines = canvas.subject, plot.view, plot.lines_with_total
    days = [point.on for point in view.points]
    ground = canvas.frame(
        ends=[f"{_full_label(subject, line)}xx" for line in lines],
        years=has_years(subject, days),
        top=top_for(plot.marks),
    )
    if not lines or not days:
        return no_data(canvas, ground, "No data yet")
    sheet = Sheet(canvas, ground, day_scale(days[0], days[-1], ground.left, ground.right))
    y_grid(sheet)
    x_periods(sheet, days)
    trails = [trail(sheet, line.points) for line in lines]
    for line_trail in trails:
        sheet.line(line_trail.line)
    day_marks(sheet, plot.marks, days[0], days[-1])
    targets(sheet, view)
    _add_labelled_lines(sheet, plot, trails)
    return sheet.svg()


def _full_label(subject: Subject, line: MemberLine) -> str:
    return f"{subject.short(line.last.value)} {line.name}" if line.last else line.name


def _add_labelled_lines(sheet: Sheet, plot: _MemberPlot, trails: Sequence[Trail]) -> None:
    """The lines in their groups, with labels at the right edge that keep clear of each other, each
    behind a dot of its line's colour."""
    ground, lines = sheet.frame, plot.lines_with_total
    heights = [
        sheet.y(line.last.value) if line.last and line.last.value is not None else ground.bottom
        for line in lines
    ]
    places = spread_labels([at + 4 for at in heights], LABEL_GAP, ground.top + 4, ground.bottom)
    for n, (line, at, place) in enumerate(zip(lines, heights, places, strict=True)):
        end = sheet.x(line.last.on) if line.last else ground.right
        full_label = _full_label(sheet.canvas.subject, line)
        label = fit_text(
            full_label, ground.width - ground.right - 22, 12, bold=line.key == plot.lit
        )
        sheet.add(
            el(
                "g",
                *([el("title", full_label)] if label != full_label else []),
                *_aim(sheet, line),
                *trails[n].parts(),
                el("circle", class_="dot", cx=end, cy=at, r=4.5),
                el("circle", class_="dot", cx=ground.right + 13, cy=place - 4, r=4.5),
                text(ground.right + 20, place, label, class_="lb lb--sm"),
                class_=_class(line, plot.lit, n),
                data_s=line.key,
            )
        )


def _class(line: MemberLine, lit: str | None, n: int) -> str:
    """The class of a line's group: the lit one, a member's colour, or grey behind a lit member."""
    if line.key == lit:
        return "s is-on"
    return f"s c{n + 1}" if lit in (None, ALL) and not line.few else "s"


# -- small multiples ------------------------------------------------------------------------------


_CELL_HEIGHT = 92.0
_HEADING_LINE = 16.0
_CELL_GAP = 16.0


class _Cells(Struct, frozen=True):
    """The cells of one drawing, and what stands above each."""

    columns: int
    left: float
    width: float
    names: Sequence[str]
    values: Sequence[str]
    two_lines: bool
    """Whether the value stands below the name: beside it, names would be cut alike."""

    @property
    def height(self) -> float:
        return _CELL_HEIGHT + (_HEADING_LINE if self.two_lines else 0)


def _cells(canvas: Canvas, lines: Sequence[MemberLine]) -> _Cells:
    columns = 2 if canvas.narrow else 4 if canvas.size == "full" else 3
    left = max(30.0, canvas.axis.room + 8)
    width = (canvas.width - left - _CELL_GAP * (columns - 1)) / columns
    values = [canvas.subject.short(line.last.value if line.last else None) for line in lines]
    full_names = [line.name for line in lines]
    names = [
        fit_text(name, width - text_width(value, 12, bold=True) - 10, 12, bold=True)
        for name, value in zip(full_names, values, strict=True)
    ]
    two_lines = len(set(names)) < len(set(full_names))
    names = fit_apart(full_names, width, 12, bold=True) if two_lines else names
    return _Cells(columns, left, width, names, values, two_lines)


def _multiples(canvas: Canvas, plot: _MemberPlot) -> Markup:
    """Each member in a cell of its own, all on one scale."""
    subject, lines, others_note = canvas.subject, plot.lines, plot.others_note
    cells = _cells(canvas, lines)
    columns, left, cell, tall, gap = (
        cells.columns,
        cells.left,
        cells.width,
        cells.height,
        _CELL_GAP,
    )
    days = [point.on for point in plot.view.points]
    parts = []
    for n, line in enumerate(lines):
        column, row = n % columns, n // columns
        at = left + column * (cell + gap)
        ground = PlotFrame(
            canvas.width,
            tall,
            at,
            at + cell,
            row * tall + tall - _CELL_HEIGHT + 24,
            row * tall + tall - 8,
        )
        sheet = Sheet(canvas, ground, day_scale(days[0], days[-1], at + 2, at + cell - 6))
        heading = _heading(ground, line.name, cells, n)
        parts.append(_cell(sheet, line, plot, heading, with_axis_labels=column == 0))
    base = math.ceil(len(lines) / columns) * tall + 12
    if len(days) > 1:
        ticks = _with_year(period_ticks([days[0], days[-1]], subject.grain, 10_000, subject.fiscal))
        right = left + min(columns, len(lines)) * (cell + gap) - gap
        parts.append(text(left, base, ticks[0]))
        parts.append(text(right, base, ticks[-1], anchor="end"))
    if others_note:
        parts.append(text(left, base + 20, others_note))
    return canvas.svg(_height_side_by_side(canvas, plot), parts)


def _height_side_by_side(canvas: Canvas, plot: _MemberPlot) -> float:
    cells = _cells(canvas, plot.lines)
    rows = math.ceil(len(plot.lines) / cells.columns)
    return rows * cells.height + 22 + (18 if plot.others_note else 0)


def _heading(ground: PlotFrame, name: str, cells: _Cells, n: int) -> list[Markup]:
    """A member's name and value above its cell, and the whole name where it is cut."""
    shown, value, base = cells.names[n], cells.values[n], ground.top - 8
    above = base - (_HEADING_LINE if cells.two_lines else 0)
    side: tuple[float, Anchor] = (
        (ground.left, "start") if cells.two_lines else (ground.right, "end")
    )
    return [
        *([el("title", name)] if shown != name else []),
        text(ground.left, above, shown, class_="lb lb--soft lb--sm"),
        text(side[0], base, value, class_="lb lb--sm", anchor=side[1]),
    ]


def _with_year(ticks: Sequence[DayTick]) -> list[str]:
    return [f"{tick.label} {tick.year}" if tick.year else tick.label for tick in ticks]


def _cell(
    sheet: Sheet,
    line: MemberLine,
    plot: _MemberPlot,
    heading: Sequence[Markup],
    *,
    with_axis_labels: bool,
) -> Markup:
    ground, axis = sheet.frame, sheet.canvas.axis
    parts = list(heading[:-2])
    for tick, kind in ((axis.ticks[0], "axis"), (axis.ticks[-1], "grid")):
        at = round(sheet.y(tick.value)) + 0.5
        parts.append(el("line", class_=kind, x1=ground.left, x2=ground.right, y1=at, y2=at))
        if with_axis_labels:
            parts.append(text(ground.left - 8, at + 4, tick.label, anchor="end"))
    days = plot.view.days
    for mark in plot.marks:
        if days[0] <= mark.on <= days[-1]:
            at = sheet.x(mark.on)
            line_at = el("line", class_="today", x1=at, x2=at, y1=ground.top, y2=ground.bottom)
            parts.append(el("g", el("title", mark.label), line_at))
    if plot.behind:
        parts += Trail(trail(sheet, plot.behind.points).line).parts("ln ln--behind")
    parts += _aim(sheet, line)
    parts += trail(sheet, line.points).parts()
    if line.last and line.last.value is not None:
        end = sheet.at(line.last.on, line.last.value)
        parts.append(el("circle", class_="dot", cx=end[0], cy=end[1], r=3.5))
    parts += heading[-2:]
    return el("g", *parts, class_="cell cell--few" if line.few else "cell", data_s=line.key)
