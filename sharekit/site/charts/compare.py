"""The number under its old and its new definition, and the way from the one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.results import Point
from sharekit.revisions.revision import EffectStep
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas, Sheet, XScale, YScale
from sharekit.site.charts.chart_types import Chart, ChartTable, Figure, Size, Subject
from sharekit.site.charts.labels import spread_labels
from sharekit.site.charts.plot_area import has_years, no_data, x_periods, y_grid
from sharekit.site.charts.scale import Axis, day_scale, drawn, value_axis
from sharekit.site.charts.series_view import day_cell, stretch_words, value_cell
from sharekit.site.charts.svg import XY, broken_path, el, path, runs, text


class Pair(Struct, frozen=True):
    """Both series over the same days."""

    days: tuple[date, ...]
    old: tuple[float | None, ...]
    new: tuple[float | None, ...]

    @property
    def common_days(self) -> list[tuple[date, float, float]]:
        """Days on which both are known."""
        triples = zip(self.days, self.old, self.new, strict=True)
        return [(day, old, new) for day, old, new in triples if old is not None and new is not None]

    def newest(self, values: Sequence[float | None]) -> tuple[date, float] | None:
        measured = [
            (day, value) for day, value in zip(self.days, values, strict=True) if value is not None
        ]
        return measured[-1] if measured else None


def pair_of(old: Sequence[Point], new: Sequence[Point]) -> Pair:
    """Two series on their common calendar: every day of either, None where one has nothing."""
    before = {point.on: point.value for point in drawn(old)}
    after = {point.on: point.value for point in drawn(new)}
    days = tuple(sorted({*before, *after}))
    return Pair(days, tuple(before.get(day) for day in days), tuple(after.get(day) for day in days))


def definition_chart(
    subject: Subject, old: Sequence[Point], new: Sequence[Point], *, size: Size = "half"
) -> Chart:
    """The number under its old and its new definition, with the difference hatched between."""
    pair = pair_of(old, new)
    finding = definition_finding(subject, pair)
    axis = value_axis([*pair.old, *pair.new], subject, most=4)
    return Canvas(subject, axis, finding, size).chart(
        lambda canvas: _draw(canvas, pair),
        lambda: _table(subject, pair),
        lambda: _figure(subject, pair, axis) if pair.days else {},
    )


def _table(subject: Subject, pair: Pair) -> ChartTable:
    rows = tuple(
        (
            day_cell(day, subject.grain, subject.fiscal),
            value_cell(subject, before),
            value_cell(subject, after),
        )
        for day, before, after in zip(pair.days, pair.old, pair.new, strict=True)
    )
    head = ((subject.grain or "day").capitalize(), "Old definition", "New definition")
    return ChartTable(f"{subject.title} under both definitions", head, rows)


def difference_words(subject: Subject, pair: Pair, *, short: bool = False) -> str | None:
    """What the new definition does to the newest value: "227 flights lower"; None where it does
    nothing. `short` is for inside a drawing."""
    if not pair.common_days:
        return None
    _, old, new = pair.common_days[-1]
    size = (
        subject.short_change(abs(new - old)).removeprefix("+")
        if short
        else subject.distance(new - old)
    )
    return None if old == new else f"{size} {'lower' if new < old else 'higher'}"


def definition_finding(subject: Subject, pair: Pair) -> str:
    """ "Active offices, 8 weeks to ..., under both definitions. Old: 2,010 to 2,268. New: 1,884 to
    2,041." """
    if not pair.days:
        return f"{subject.title} under both definitions: no data."
    finding = f"{subject.title}, {stretch_words(pair.days, subject.grain, subject.fiscal)}, under both definitions."
    for name, values in (("Old", pair.old), ("New", pair.new)):
        measured = [value for value in values if value is not None]
        ends = subject.reach(measured[0], measured[-1]) if measured else "no data"
        finding += f" {name}: {ends}."
    difference = difference_words(subject, pair)
    return finding + (
        f" The newest value is {difference}." if difference else " The newest value is the same."
    )


def _draw(canvas: Canvas, pair: Pair) -> Markup:
    subject = canvas.subject
    old, new = pair.newest(pair.old), pair.newest(pair.new)
    ends = [
        f"{subject.short(end[1])} {name} definition"
        for end, name in ((old, "old"), (new, "new"))
        if end
    ]
    if canvas.narrow:
        ends = [label.removesuffix(" definition") for label in ends]
    ground = canvas.frame(
        ends=ends, years=has_years(subject, pair.days), height=240 if canvas.narrow else 250
    )
    if not pair.days:
        return no_data(canvas, ground, "No data")
    sheet = Sheet(canvas, ground, day_scale(pair.days[0], pair.days[-1], ground.left, ground.right))
    y_grid(sheet)
    x_periods(sheet, pair.days)
    for shape in between(pair, sheet.x, sheet.y):
        sheet.add(el("path", class_="between", d=path(shape) + "Z"))
    for values, class_ in ((pair.old, "ln ln--old"), (pair.new, "ln")):
        if line := broken_path(sheet.along(list(zip(pair.days, values, strict=True)))):
            sheet.add(el("path", class_=class_, d=line))
    _end_labels(sheet, pair, ends)
    return sheet.svg()


def between(pair: Pair, x: XScale, y: YScale) -> list[list[XY]]:
    """The areas between the two lines, one for each unbroken stretch."""
    tops: list[XY | None] = []
    bottoms: list[XY | None] = []
    for day, old, new in zip(pair.days, pair.old, pair.new, strict=True):
        has_both = old is not None and new is not None
        tops.append((x(day), y(old)) if has_both and old is not None else None)
        bottoms.append((x(day), y(new)) if has_both and new is not None else None)
    return [
        [*upper, *reversed(lower)]
        for upper, lower in zip(runs(tops), runs(bottoms), strict=True)
        if len(upper) > 1
    ]


def _end_labels(sheet: Sheet, pair: Pair, ends: Sequence[str]) -> None:
    ground, x, y = sheet.frame, sheet.x, sheet.y
    lines = [
        (pair.newest(pair.old), "dot dot--old", "lb lb--old"),
        (pair.newest(pair.new), "dot", "lb lb--accent"),
    ]
    ends_with_words = [(end, dot, class_) for end, dot, class_ in lines if end]
    for (day, value), dot, _ in ends_with_words:
        sheet.dot(x(day), y(value), 4.5, dot)
    labels = [
        (y(end[1]) + 5, label, class_)
        for (end, _, class_), label in zip(ends_with_words, ends, strict=True)
    ]
    difference = difference_words(sheet.canvas.subject, pair, short=True)
    if difference and len(ends_with_words) == 2 and abs(labels[0][0] - labels[1][0]) > 34:
        labels.append(((labels[0][0] + labels[1][0]) / 2, difference, "lb lb--soft lb--sm"))
    places = spread_labels([at for at, _, _ in labels], 16, ground.top + 4, ground.bottom)
    for (_, label, class_), place in zip(labels, places, strict=True):
        small = f"{class_} lb--sm" if sheet.canvas.narrow and "lb--sm" not in class_ else class_
        sheet.add(text(ground.right + 11, place, label, class_=small))


def _figure(subject: Subject, pair: Pair, axis: Axis) -> Figure:
    traces = []
    for role, name, values in (
        ("old", "Old definition", pair.old),
        ("new", "New definition", pair.new),
    ):
        newest = pair.newest(values)
        end = f"{subject.short(newest[1])} {role}" if newest else None
        traces.append(
            plotly_figures.line_trace(
                subject, list(zip(pair.days, values, strict=True)), role, name, end=end
            )
        )
    return plotly_figures.time_figure("definitions", subject, traces, axis, pair.days, ())


# -- bridge ---------------------------------------------------------------------------------------


class BridgeRow(Struct, frozen=True):
    """One row of the table from the old to the new number."""

    label: str
    text: str
    """A value ("2,268") in the first and last row, a change ("+139") in between."""
    total: bool = False


def bridge(
    subject: Subject, old: float, new: float, steps: Sequence[EffectStep]
) -> tuple[BridgeRow, ...]:
    """From the old to the new number, step by step; what the steps leave over is a row too, so that
    it adds up."""
    rows = [BridgeRow("Old definition", subject.text(old), total=True)]
    rows += [BridgeRow(step.label, subject.change(step.effect)) for step in steps]
    unexplained = new - old - sum(step.effect for step in steps)
    if abs(unexplained) > 1e-9 * max(abs(old), abs(new)):
        rows.append(
            BridgeRow(
                "Other differences" if steps else "The new definition", subject.change(unexplained)
            )
        )
    rows.append(BridgeRow("New definition", subject.text(new), total=True))
    return tuple(rows)
