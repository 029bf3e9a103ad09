"""The ground of a panel's drawing: its frame, gridlines and axes, and what is said along the
edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from sharekit.site.charts.labels import Anchor, Box, Label, OccupiedArea, fit_text, text_width
from sharekit.site.charts.model import Mark, Size, Subject
from sharekit.site.charts.scale import AXIS_SIZE, Axis, DayTick, spans_years
from sharekit.site.charts.series import SeriesView
from sharekit.site.charts.svg import XY, drawing, el, num, stepped, text

XScale = Callable[[date], float]
YScale = Callable[[float], float]

LABEL_GAP = 14
"""Least distance between the baselines of two labels, in px."""


@dataclass(frozen=True)
class Frame:
    """A drawing and the plot inside it, in px of its view box."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    narrow: bool

    @property
    def plot_width(self) -> float:
        return self.right - self.left


def frame(
    size: Size,
    narrow: bool,
    axis: Axis,
    *,
    ends: Sequence[str] = (),
    years: bool = False,
    top: float = 14,
    height: float | None = None,
) -> Frame:
    """A frame with room for the axis' words on the left and for the line's end labels on the
    right."""
    if narrow:
        width, tall, share = 320.0, height or 270.0, 0.33
    elif size == "full":
        width, tall, share = 704.0, height or 320.0, 0.22
    else:
        width, tall, share = 536.0, height or 300.0, 0.31
    left = max(30.0, min(axis.room + 8, width * 0.25))
    wanted = max((text_width(words, 12 if narrow else 13, bold=True) for words in ends), default=0)
    right = width - (min(wanted + 14, width * share) if wanted else 8)
    bottom = tall - (48 if years else 30)
    return Frame(width, tall, left, right, top, bottom, narrow)


class Sheet:
    """One drawing while it is made: parts in painting order, and the room that is left for
    labels."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.room = OccupiedArea(Box(0, 0, frame.width, frame.height))
        self._parts: list[Markup] = []

    def add(self, *parts: Markup) -> None:
        self._parts.extend(parts)

    def label(self, candidates: Sequence[Label], class_: str) -> Label:
        """Write the candidate that has the most room."""
        placed = self.room.place(candidates)
        self.add(text(placed.x, placed.y, placed.words, class_=class_, anchor=placed.anchor))
        return placed

    def line(self, points: Sequence[XY | None]) -> None:
        """Keep labels off a line that is drawn."""
        self.room.add_line(points)

    def dot(self, x: float, y: float, radius: float, class_: str = "dot") -> None:
        self.add(el("circle", class_=class_, cx=x, cy=y, r=radius))
        self.room.add_box(Box(x - radius, y - radius, x + radius, y + radius))

    def svg(self, finding: str) -> Markup:
        return drawing(
            self.frame.width, self.frame.height, self._parts, class_="n" if self.frame.narrow else "w", label=finding
        )


def y_grid(sheet: Sheet, axis: Axis, y: YScale, *, base: float | None = None) -> None:
    """Gridlines with their words; the axis line is at `base`, by default at the lowest tick."""
    frame = sheet.frame
    base = axis.low if base is None else base
    for tick in axis.ticks:
        at = round(y(tick.value)) + 0.5
        kind = "axis" if tick.value == base else "grid"
        sheet.add(el("line", class_=kind, x1=frame.left, x2=frame.right, y1=at, y2=at))
        sheet.add(text(frame.left - 8, at + 4, tick.words, anchor="end"))


def no_data(sheet: Sheet, words: str) -> None:
    """An axis without values, and why."""
    frame = sheet.frame
    sheet.add(el("line", class_="axis", x1=frame.left, x2=frame.right, y1=frame.bottom + 0.5, y2=frame.bottom + 0.5))
    sheet.add(text((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, words, anchor="middle"))


def x_days(sheet: Sheet, ticks: Sequence[DayTick], x: XScale) -> None:
    """Words below the plot: a day or month, and the year where one begins."""
    frame = sheet.frame
    for tick in ticks:
        at = x(tick.on)
        half = text_width(tick.words, AXIS_SIZE) / 2
        anchor: Anchor = "start" if at - half < 0 else "end" if at + half > frame.width else "middle"
        sheet.add(text(at, frame.bottom + 18, tick.words, anchor=anchor))
        sheet.room.add_box(Label(tick.words, at, frame.bottom + 18, anchor, AXIS_SIZE).box)
        if tick.year:
            sheet.add(text(at, frame.bottom + 36, tick.year, anchor=anchor))


def has_years(subject: Subject, days: Sequence[date]) -> bool:
    """Whether the words below the plot need a second line for years."""
    if subject.grain in ("month", "quarter"):
        return True
    return bool(days) and subject.grain != "year" and days[0].year != days[-1].year and not spans_years(days)


def targets(sheet: Sheet, subject: Subject, view: SeriesView, axis: Axis, x: XScale, y: YScale) -> None:
    """The targets in view as one dotted line, stepped where they changed, each with its words; a
    target that the axis does not reach is told in words."""
    ground = sheet.frame
    newest = len(view.targets) - 1
    steps = [
        (x(start) if n else ground.left, ground.right if n == newest else x(end), value)
        for n, (start, end, value) in enumerate(view.targets)
    ]
    _dotted(sheet, [(left, right, y(value)) for left, right, value in steps if axis.shows(value)])
    for n, (left, right, value) in enumerate(steps):
        words = f"Target {subject.goal(value)}" if n == newest else subject.goal(value)
        if axis.shows(value):
            _target_label(sheet, words, left, right, y(value))
        elif n == newest:
            above = value > axis.high
            at, where = (ground.top + 10, "above") if above else (ground.bottom - 8, "below")
            spots = [Label(f"{words}, {where}{tail}", ground.left + 4, at) for tail in (" this chart", "")]
            sheet.label(spots, "lb lb--soft lb--sm")


def _dotted(sheet: Sheet, steps: Sequence[tuple[float, float, float]]) -> None:
    """A dotted line along (x from, x to, y), joined upright from step to step."""
    drawn = ""
    for n, (left, right, y) in enumerate(steps):
        drawn += f"{'V' if n else f'M{num(left)} '}{num(y)}H{num(right)}"
        sheet.line([(left, y), (right, y)])
    if drawn:
        sheet.add(el("path", class_="target", d=drawn, fill="none"))


def _target_label(sheet: Sheet, words: str, left: float, right: float, y: float) -> None:
    """The target's words, above or below its line where they touch least."""
    spots: list[tuple[float, Anchor]] = [(left + 4, "start"), (right - 4, "end"), ((left + right) / 2, "middle")]
    rows = [y - 6, y + 15] if y - 18 > 0 else [y + 15]
    labels = [Label(words, x, row, anchor) for row in rows for x, anchor in spots]
    inside = [label for label in labels if label.box.right <= sheet.frame.right + 2]
    sheet.label(inside or labels, "lb lb--soft lb--sm")


def day_marks(sheet: Sheet, marks: Sequence[Mark], x: XScale, first: date, last: date) -> None:
    """Thin lines on the days when something happened; newest first they take what room there is for
    words."""
    frame = sheet.frame
    for mark in sorted(marks, key=lambda mark: mark.on, reverse=True):
        if not first <= mark.on <= last:
            continue
        at = x(mark.on)
        line = el("line", class_="today", x1=at, x2=at, y1=18, y2=frame.bottom)
        sheet.add(el("g", el("title", mark.label), line))
        sheet.line([(at, 18), (at, frame.bottom)])
        words = fit_text(mark.label, frame.width * 0.4, 12)
        labels = [Label(words, at, 12, anchor) for anchor in _anchors(at, words, frame)]
        if labels and sheet.room.fits(labels[0]):
            sheet.label(labels[:1], "mark")


def _anchors(at: float, words: str, frame: Frame) -> list[Anchor]:
    half = text_width(words, 12) / 2
    if at - half < 0:
        return ["start"]
    return ["end"] if at + half > frame.width else ["middle"]


def within(start: XY, end: XY, top: float, bottom: float) -> list[XY]:
    """The straight line from `start`, which lies between top and bottom, cut off where it leaves
    them."""
    limit = min(max(end[1], top), bottom)
    share = 1.0 if end[1] == limit else (limit - start[1]) / (end[1] - start[1])
    return [start, (start[0] + share * (end[0] - start[0]), limit)]


def along(
    days_and_values: Sequence[tuple[date, float | None]], x: XScale, y: YScale, *, steps: bool = False
) -> list[XY | None]:
    """Points in px; None where there is a gap. `steps`: each value holds until the next one."""
    line = [None if value is None else (x(day), y(value)) for day, value in days_and_values]
    return stepped(line) if steps else line
