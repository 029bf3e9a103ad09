"""One number by the members of a dimension, over time: labelled lines, or small multiples where
they are many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharekit.site.charts import figures
from sharekit.site.charts.findings import members_finding
from sharekit.site.charts.labels import fit_text, spread_labels, text_width
from sharekit.site.charts.model import ALL, Chart, ChartTable, Figure, Size, Subject, member_key
from sharekit.site.charts.panel import LABEL_GAP, Frame, Sheet, XScale, YScale, along, frame, has_years, no_data, targets, x_days, y_grid
from sharekit.site.charts.scale import Axis, DayTick, day_scale, period_ticks, value_axis
from sharekit.site.charts.series import SeriesView, additive, day_cell, members, value_cell, view_of
from sharekit.site.charts.svg import broken_path, drawing, el, text
from sharekit.numbers.results import Point, Reading

MOST_LINES = 5
"""More members than this are told apart side by side, not in one plot."""
MOST_CELLS = 12


@dataclass(frozen=True)
class MemberLine:
    """One line: a member, or the total."""

    key: str
    name: str
    points: tuple[Point, ...]

    @property
    def last(self) -> Point | None:
        return next((point for point in reversed(self.points) if point.value is not None), None)


def by_lines(
    subject: Subject, reading: Reading, by: str, *, last: int | None = None, size: Size = "half", lit: str | None = None
) -> Chart:
    """One line per member of a dimension, each labelled at its end, labels kept 14 px apart.

    Up to 5 members: total and members in one plot. More: small multiples on one scale. Each line is
    a group with `data-s` = member_key(member) (the total: "all"), so that a `data-lights` switch
    lights one. `lit` is the key that is lit at first; default: the total where there is one, else
    every line has a colour of its own. """
    view = view_of(reading, last, by)
    entries = [MemberLine(member_key(entry.member), entry.member, points) for entry, points in members(reading, by, view)]
    shown = [line for line in entries if line.last is not None]
    total = MemberLine(ALL, "All", view.points) if view.last and reading.headline is None else None
    finding = members_finding(
        subject, by, [(entry.member, entry.value) for entry in reading.slices.get(by, ())], reading.total
    )
    if len(shown) > MOST_LINES:
        behind = None if additive(reading, by) else total
        axis = value_axis(_values([*shown, behind]), subject, most=4)
        wide, narrow = (_multiples(subject, view, shown, behind, axis, size, finding, narrow=n) for n in (False, True))
    else:
        axis = value_axis(_values([*shown, total]), subject, wish=view.target_values)
        lit = lit or (total.key if total else None)
        plot = _Plot(subject, view, [*shown, *([total] if total else [])], axis, lit)
        wide, narrow = (_one_plot(plot, size, finding, narrow=n) for n in (False, True))
    lines = [(line.name, line.points) for line in shown]

    def figure() -> Figure:
        return figures.lines_figure(subject, total.points if total else (), lines, view, axis) if shown else {}

    return Chart(finding, wide, narrow, lambda: members_table(subject, by, view, entries, total), figure)


def _values(lines: Sequence[MemberLine | None]) -> list[float | None]:
    return [point.value for line in lines if line for point in line.points]


def members_table(subject: Subject, by: str, view: SeriesView, lines: Sequence[MemberLine], total: MemberLine | None) -> ChartTable:
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


@dataclass(frozen=True)
class _Plot:
    """What stands in one plot together."""

    subject: Subject
    view: SeriesView
    lines: list[MemberLine]
    axis: Axis
    lit: str | None


def _one_plot(plot: _Plot, size: Size, finding: str, *, narrow: bool) -> Markup:
    subject, view, lines, axis = plot.subject, plot.view, plot.lines, plot.axis
    days = [point.on for point in view.points]
    ground = frame(size, narrow, axis, ends=[_words(subject, line) for line in lines], years=has_years(subject, days))
    sheet = Sheet(ground)
    y = axis.scale(ground.bottom, ground.top)
    if not lines or not days:
        no_data(sheet, "No data yet")
        return sheet.svg(finding)
    y_grid(sheet, axis, y)
    x = day_scale(days[0], days[-1], ground.left, ground.right)
    x_days(sheet, period_ticks(days, subject.grain, ground.plot_width, subject.fiscal), x)
    for line in lines:
        sheet.line(along([(point.on, point.value) for point in line.points], x, y, steps=subject.steps))
    targets(sheet, subject, view, axis, x, y)
    _labelled(sheet, plot, x, y)
    return sheet.svg(finding)


def _words(subject: Subject, line: MemberLine) -> str:
    return f"{subject.short(line.last.value)} {line.name}" if line.last else line.name


def _labelled(sheet: Sheet, plot: _Plot, x: XScale, y: YScale) -> None:
    """The lines in their groups, with labels at the right edge that keep clear of each other."""
    ground, subject, lines = sheet.frame, plot.subject, plot.lines
    wanted = [y(line.last.value) if line.last and line.last.value is not None else ground.bottom for line in lines]
    places = spread_labels([at + 4 for at in wanted], LABEL_GAP, ground.top + 4, ground.bottom)
    for n, (line, at, place) in enumerate(zip(lines, wanted, places, strict=True)):
        path = broken_path(along([(point.on, point.value) for point in line.points], x, y, steps=subject.steps))
        end = x(line.last.on) if line.last else ground.right
        words = _words(subject, line)
        label = fit_text(words, ground.width - ground.right - 11, 12, bold=line.key == plot.lit)
        sheet.add(
            el(
                "g",
                *([el("title", words)] if label != words else []),
                el("path", class_="ln", d=path),
                el("circle", class_="dot", cx=end, cy=at, r=4.5),
                text(ground.right + 9, place, label, class_="lb lb--sm"),
                class_=_class(line, plot.lit, n),
                data_s=line.key,
            )
        )


def _class(line: MemberLine, lit: str | None, n: int) -> str:
    if lit is None:
        return f"s c{n + 1}"
    return "s is-on" if line.key == lit else "s"


# -- small multiples ------------------------------------------------------------------------------


def _multiples(
    subject: Subject,
    view: SeriesView,
    lines: Sequence[MemberLine],
    behind: MemberLine | None,
    axis: Axis,
    size: Size,
    finding: str,
    *,
    narrow: bool,
) -> Markup:
    """Each member in a cell of its own, all on one scale, with the total in grey behind where it is
    comparable."""
    width, columns = (320.0, 2) if narrow else (704.0, 4) if size == "full" else (536.0, 3)
    shown = lines[:MOST_CELLS]
    rest = len(lines) - len(shown)
    left, gap, tall = max(30.0, axis.room + 8), 16.0, 92.0
    cell = (width - left - gap * (columns - 1)) / columns
    rows = math.ceil(len(shown) / columns)
    days = [point.on for point in view.points]
    parts = []
    for n, line in enumerate(shown):
        column, row = n % columns, n // columns
        at = left + column * (cell + gap)
        ground = Frame(width, tall, at, at + cell, row * tall + 24, row * tall + tall - 8, narrow)
        x = day_scale(days[0], days[-1], ground.left + 2, ground.right - 6)
        parts.append(_cell(subject, line, behind, axis, ground, x, named=column == 0))
    base = rows * tall + 12
    if len(days) > 1:
        ticks = _with_year(period_ticks([days[0], days[-1]], subject.grain, 10_000, subject.fiscal))
        parts.append(text(left, base, ticks[0]))
        parts.append(text(left + cell, base, ticks[-1], anchor="end"))
    if rest:
        parts.append(text(left, base + 20, f"and {rest} more in the table"))
    height = rows * tall + 22 + (18 if rest else 0)
    return drawing(width, height, parts, class_="n" if narrow else "w", label=finding)


def _with_year(ticks: Sequence[DayTick]) -> list[str]:
    return [f"{tick.words} {tick.year}" if tick.year else tick.words for tick in ticks]


def _cell(
    subject: Subject, line: MemberLine, behind: MemberLine | None, axis: Axis, ground: Frame, x: XScale, *, named: bool
) -> Markup:
    y = axis.scale(ground.bottom, ground.top)
    value = subject.short(line.last.value if line.last else None)
    name = fit_text(line.name, ground.plot_width - text_width(value, 12, bold=True) - 10, 12)
    parts = [el("title", line.name)] if name != line.name else []
    for tick, kind in ((axis.ticks[0], "axis"), (axis.ticks[-1], "grid")):
        at = round(y(tick.value)) + 0.5
        parts.append(el("line", class_=kind, x1=ground.left, x2=ground.right, y1=at, y2=at))
        if named:
            parts.append(text(ground.left - 8, at + 4, tick.words, anchor="end"))
    for points, class_ in ((behind.points if behind else (), "ln ln--behind"), (line.points, "ln")):
        if drawn_path := broken_path(along([(point.on, point.value) for point in points], x, y, steps=subject.steps)):
            parts.append(el("path", class_=class_, d=drawn_path))
    if line.last and line.last.value is not None:
        parts.append(el("circle", class_="dot", cx=x(line.last.on), cy=y(line.last.value), r=3.5))
    parts.append(text(ground.left, ground.top - 8, name, class_="lb lb--soft lb--sm"))
    parts.append(text(ground.right, ground.top - 8, value, class_="lb lb--sm", anchor="end"))
    return el("g", *parts, class_="cell", data_s=line.key)
