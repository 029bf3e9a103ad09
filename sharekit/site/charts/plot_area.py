"""The ground of a panel's drawing: gridlines and axes, and what is said along the edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.results import Point
from sharekit.project.shapes import Grain
from sharekit.records import replace
from sharekit.site.charts.canvas import Canvas, PlotFrame, Sheet
from sharekit.site.charts.chart_types import Cell, ChartTable, Mark, Subject
from sharekit.site.charts.labels import Anchor, Label, fit_text, text_width
from sharekit.site.charts.scale import AXIS_SIZE, DayTick, period_ticks, spans_years
from sharekit.site.charts.series_view import SeriesView
from sharekit.site.charts.svg import XY, broken_path, el, num, path, runs, text

TWO_ROWS = 30
"""A plot that begins so far down has room for two rows of words above it."""
LABEL_GAP = 14
"""Least distance between the baselines of two labels, in px."""
_MOST_TARGETS = 3
"""More targets than these have words in the drawing only where all of them have room."""
_SOFT = "lb lb--soft lb--sm"
_T = TypeVar("_T")
_TICK_GAP = 6
"""Least distance between two words below the plot, in px."""


def y_grid(sheet: Sheet, *, base: float | None = None) -> None:
    """Gridlines with their words; the axis line is at `base`, by default at the lowest tick."""
    frame, axis = sheet.frame, sheet.canvas.axis
    base = axis.low if base is None else base
    for tick in axis.ticks:
        at = round(sheet.y(tick.value)) + 0.5
        kind = "axis" if tick.value == base else "grid"
        sheet.add(el("line", class_=kind, x1=frame.left, x2=frame.right, y1=at, y2=at))
        sheet.add(text(frame.left - 8, at + 4, tick.label, anchor="end"))


def no_data(canvas: Canvas, frame: PlotFrame, message: str) -> Markup:
    """A drawing of an axis without values, and why."""
    base = el(
        "line",
        class_="axis",
        x1=frame.left,
        x2=frame.right,
        y1=frame.bottom + 0.5,
        y2=frame.bottom + 0.5,
    )
    notice = text(
        (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, message, anchor="middle"
    )
    return canvas.svg(frame.height, [base, notice])


def x_periods(sheet: Sheet, days: Sequence[date]) -> None:
    """Words below the plot for periods that begin on these days."""
    subject = sheet.canvas.subject
    x_days(sheet, period_ticks(days, subject.grain, sheet.frame.plot_width, subject.fiscal))


def x_days(sheet: Sheet, ticks: Sequence[DayTick]) -> None:
    """Words below the plot: a day or month, and the year where one begins."""
    bottom = sheet.frame.bottom
    for tick, at in _separate_labels(sheet, ticks):
        sheet.add(text(at, bottom + 18, tick.label, anchor="middle"))
        sheet.room.add_label(Label(tick.label, at, bottom + 18, "middle"))
        if tick.year:
            sheet.add(text(at, bottom + 36, tick.year, anchor="middle"))


def _separate_labels(sheet: Sheet, ticks: Sequence[DayTick]) -> list[tuple[DayTick, float]]:
    """The words with their places, which are within the drawing. What would touch the words after
    it is left out, and its year goes to those."""
    placed: list[tuple[DayTick, float]] = []
    room = math.inf
    for tick in reversed(ticks):
        half = text_width(tick.label, AXIS_SIZE) / 2
        at = min(max(sheet.x(tick.on), half), sheet.frame.width - half)
        if at + half <= room:
            placed.append((tick, at))
            room = at - half - _TICK_GAP
        elif tick.year and not placed[-1][0].year:
            placed[-1] = (replace(placed[-1][0], year=tick.year), placed[-1][1])
    return placed[::-1]


def has_years(subject: Subject, days: Sequence[date]) -> bool:
    """Whether the words below the plot need a second line for years."""
    if subject.grain in ("month", "quarter"):
        return True
    return (
        bool(days)
        and subject.grain != "year"
        and days[0].year != days[-1].year
        and not spans_years(days)
    )


def targets(sheet: Sheet, view: SeriesView) -> None:
    """The targets in view as one dotted line, stepped where they changed, each with its words; a
    target that the axis does not reach is told in words."""
    ground, axis, subject = sheet.frame, sheet.canvas.axis, sheet.canvas.subject
    newest = len(view.targets) - 1
    steps = [
        (sheet.x(start) if n else ground.left, ground.right if n == newest else sheet.x(end), value)
        for n, (start, end, value) in enumerate(view.targets)
    ]
    _dotted(
        sheet, [(left, right, sheet.y(value)) for left, right, value in steps if axis.shows(value)]
    )
    crowded = len(steps) > _MOST_TARGETS
    for n, (left, right, value) in enumerate(steps):
        if crowded and n < newest:
            continue
        label = f"Target {subject.target(value)}" if n == newest else subject.target(value)
        if axis.shows(value):
            sheet.label(_target_spots(sheet, label, left, right, sheet.y(value)))
        elif n == newest:
            above = value > axis.high
            at, where = (ground.top + 10, "above") if above else (ground.bottom - 8, "below")
            spots = [
                Label(f"{label}, {where}{tail}", ground.left + 4, at, class_=_SOFT)
                for tail in (" this chart", "")
            ]
            sheet.label(spots)
    if crowded:
        older = [
            _target_spots(sheet, subject.target(value), left, right, sheet.y(value))
            for left, right, value in steps[:newest]
            if axis.shows(value)
        ]
        for free_label in _all_or_none(sheet, older):
            sheet.label([free_label])


def _all_or_none(sheet: Sheet, label_spots: Sequence[Sequence[Label]]) -> list[Label]:
    """A free place for each of many words; none for any where one of them has none: the few that
    fit by chance would tell nothing."""
    placed: list[Label] = []
    for spots in label_spots:
        free = next(
            (
                spot
                for spot in spots
                if spot.box.left >= sheet.frame.left
                and sheet.room.fits(spot)
                and not any(spot.box.overlap(placed_label.box) for placed_label in placed)
            ),
            None,
        )
        if free is None:
            return []
        placed.append(free)
    return placed


def _dotted(sheet: Sheet, steps: Sequence[tuple[float, float, float]]) -> None:
    """A dotted line along (x from, x to, y), joined upright from step to step."""
    path = ""
    for n, (left, right, y) in enumerate(steps):
        path += f"{'V' if n else f'M{num(left)} '}{num(y)}H{num(right)}"
        sheet.line([(left, y), (right, y)])
    if path:
        sheet.add(el("path", class_="target", d=path, fill="none"))


def _target_spots(
    sheet: Sheet, label_text: str, left: float, right: float, y: float
) -> list[Label]:
    """Places for the target's words, above and below its line."""
    spots: list[tuple[float, Anchor]] = [
        (left + 4, "start"),
        (right - 4, "end"),
        ((left + right) / 2, "middle"),
    ]
    rows = [y - 6, y + 15] if y - 18 > 0 else [y + 15]
    labels = [Label(label_text, x, row, anchor, _SOFT) for row in rows for x, anchor in spots]
    inside = [label for label in labels if label.box.right <= sheet.frame.right + 2]
    return inside or labels


def day_marks(sheet: Sheet, marks: Sequence[Mark], first: date, last: date) -> None:
    """Thin lines on the days when something happened; newest first they take what room there is for
    words."""
    frame = sheet.frame
    for mark in sorted(marks, key=lambda mark: mark.on, reverse=True):
        if not first <= mark.on <= last:
            continue
        at = sheet.x(mark.on)
        line = el("line", class_="today", x1=at, x2=at, y1=18, y2=frame.bottom)
        sheet.add(el("g", el("title", mark.label), line))
        sheet.line([(at, 18), (at, frame.bottom)])
        label_text, heavy = fit_text(mark.text, frame.width * 0.4, 12, bold=True), bool(mark.sign)
        class_ = "lb lb--sm" if mark.sign else "mark"
        labels = [
            Label(
                label_text,
                at,
                12,
                _anchor(at, text_width(label_text, 12, bold=heavy), frame),
                class_,
            )
        ]
        if frame.top >= TWO_ROWS:  # beside the line, where the row above is taken
            labels.append(Label(label_text, at - 5, 28, "end", class_))
            labels.append(Label(label_text, at + 5, 28, "start", class_))
        if fitting := [label for label in labels if sheet.room.fits(label)]:
            sheet.label(fitting[:1])


def _anchor(at: float, width: float, frame: PlotFrame) -> Anchor:
    half = width / 2
    return "start" if at - half < 0 else "end" if at + half > frame.width else "middle"


def noted(table: ChartTable, marks: Sequence[Mark]) -> ChartTable:
    """The table with the notes of each row's period at its heading: "Week of 11 Nov 2013, note
    2"."""
    labels: dict[object, str] = {}
    for mark in marks:
        if mark.pointer:
            labels[mark.on.isoformat()] = f"{labels.get(mark.on.isoformat(), '')}, {mark.pointer}"
    if not labels:
        return table
    rows = tuple(
        (Cell(row[0].text + labels.get(row[0].value, ""), row[0].value), *row[1:])
        for row in table.rows
    )
    return replace(table, rows=rows)


def top_for(marks: Sequence[Mark], otherwise: float = 14) -> float:
    """Where a plot begins: lower where words of marks stand above it."""
    return 24 if marks else otherwise


def within(start: XY, end: XY, top: float, bottom: float) -> list[XY]:
    """What lies between top and bottom of the straight line from `start` to `end`; nothing where
    none of it does."""
    if max(start[1], end[1]) < top or min(start[1], end[1]) > bottom:
        return []

    def cut(at: XY) -> XY:
        row = min(max(at[1], top), bottom)
        share = 0.0 if at[1] == row else (row - at[1]) / (end[1] - start[1])
        return at[0] + share * (end[0] - start[0]), row

    return [cut(start), cut(end)]


DENSE = 240
"""More values than this are not told apart in one line."""
_APART = 4.0
"""Width in px that neighbours share where they are drawn together."""


def dense_words(subject: Subject, points: Sequence[Point]) -> str:
    """What a caption says about values that are drawn together; "" where each has its own place."""
    many = sum(point.value is not None for point in points)
    if subject.steps or many <= DENSE:
        return ""
    return together_words(subject, "the line is their median, the band their range")


def together_words(subject: Subject, how: str) -> str:
    """The sentence for a caption that says how neighbours are drawn together."""
    return f" Neighbouring {subject.grain or 'day'}s are drawn together: {how}."


def group_size(many: int, width: float, grain: Grain | None) -> int:
    """How many neighbours are drawn together where `many` periods share `width` px."""
    size = math.ceil(many / (width / _APART))
    return math.ceil(size / 7) * 7 if grain == "day" else size  # whole weeks, whose days differ


def neighbours(items: Sequence[_T], size: int) -> list[Sequence[_T]]:
    """The items in groups of `size`, counted from the newest one."""
    return [items[max(0, end - size) : end] for end in range(len(items), 0, -size)][::-1]


class Trail(Struct, frozen=True):
    """A line in px, and around it the range of what was drawn together: path data, or ""."""

    line: list[XY | None]
    band: str = ""

    def parts(self, class_: str = "ln") -> list[Markup]:
        path = broken_path(self.line)
        markups = [el("path", class_="range", d=self.band)] if self.band else []
        return [*markups, *([el("path", class_=class_, d=path)] if path else [])]


def trail(sheet: Sheet, points: Sequence[Point]) -> Trail:
    """The line along these points. More than DENSE of them would be a blob: then neighbours are
    drawn together, as the line of their medians within the band of their lowest and highest."""
    steps = sheet.canvas.subject.steps
    line = sheet.along([(point.on, point.value) for point in points], steps=steps)
    many = sum(at is not None for at in line)
    if steps or many <= DENSE:
        return Trail(line)
    size = group_size(many, sheet.frame.plot_width, sheet.canvas.subject.grain)
    middles: list[XY | None] = []
    band = ""
    for run in runs(line):
        chunks = neighbours(run, size)
        places = [(chunk[0][0] + chunk[-1][0]) / 2 for chunk in chunks]
        heights = [sorted(y for _, y in chunk) for chunk in chunks]
        if len(chunks) > 1:
            upper = [(x, ys[0]) for x, ys in zip(places, heights, strict=True)]
            lower = [(x, ys[-1]) for x, ys in zip(places, heights, strict=True)]
            band += path([*upper, *reversed(lower)]) + "Z"
        medians = [(x, ys[(len(ys) - 1) // 2]) for x, ys in zip(places, heights, strict=True)]
        middles += [*([None] if middles else []), *medians, run[-1]]
    return Trail(middles, band)
